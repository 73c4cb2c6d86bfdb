"""The whole life of a workflow, on a real alert, across a crash; every operation with either kind of credentials."""

import json

import pytest
from huaweicloudsdkcore.http.formdata import FormFile
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.alerts import ALERT
from sdk.clients import access_key_api, log_in, nodes, output, token_api
from sdk.server import Server


@pytest.fixture(params=["access key", "token"])
def own(request):
    """A server to crash, and its administrator."""
    with Server() as server:
        if request.param == "token":
            yield server, token_api(server, log_in(server))
        else:
            yield server, access_key_api(server)


def test_a_workflow_is_approved_run_killed_answered_and_finished(own):
    server, api = own
    workflow = api.create_workflow("Triage", labels="IP")
    assert (workflow.enabled, workflow.version_id, workflow.dataclass_name) == (False, "", "Alert")

    flow = flows.triage()
    version = api.create_version(workflow.id, flow)
    assert (version.status, version.version, version.aopworkflow_id) == ("pending_submit", "V1", workflow.id)
    for mode in ("BASIC", "CIRCLE", "APP_PARAMS"):
        found = validate(api, workflow.id, flow, mode)
        assert found["result"] is True and (found["detail"], found["findings"]) == ("", []), found

    assert api.move(version.id, "pending_approval").status == "pending_approval"
    assert show(api, workflow.id).current_approval_version_id == version.id
    review = api.all_tasks(business_type="WORKFLOWPUBLISH")[0]
    assert (review.action_version_id, review.status) == (version.id, "waiting")
    opinion = api.review(version.id, content="sound")
    assert (opinion.result, opinion.content) == ("PASS", "sound")
    assert show(api, workflow.id).current_approval_version_id == ""

    enabled = api.enable(workflow.id, version.id)
    assert (enabled.enabled, enabled.version_id, enabled.version) == (True, version.id, "V1")

    instance = api.start(workflow.id, ALERT)
    paused = api.show(instance)
    assert paused.status == "RUNNING"
    assert output(paused, "score") == ALERT["alert"]["severity"] * 10
    task = api.task(instance)
    assert json.loads(task.view_parameters) == {"ip": ALERT["src_ip"]}

    server.restart()

    again = api.show(instance)
    assert again.to_dict() == paused.to_dict(), "what was acknowledged is there after a crash"
    assert api.task(instance).to_dict() == task.to_dict()
    answered = api.answer(task.id, comment="blocked", handle_parameters={"reason": "scanner"})
    assert (answered.status, json.loads(answered.handle_parameters)) == ("finished", {"reason": "scanner"})

    done = api.wait(instance, "FINISHED")
    assert done.end_time and done.workflow.version_id == version.id
    assert output(done, "ask") == {"reason": "scanner"}
    assert output(done, "note") == ALERT["src_ip"] + " seen"
    assert output(done, "check") == {"result": True}
    assert json.loads(nodes(done)["check"].input) == {"input": ALERT["src_ip"] + " seen", "pattern": ".*seen"}
    assert all(row.succeed and row.status == "FINISHED" for row in done.topology.audit_logs)


def show(api, workflow_id):
    return api.show_aop_workflow(workflow_id=workflow_id).data


def validate(api, workflow_id, flow, mode):
    body = v1.AopworkflowVersionValidateRes(
        mode=mode,
        taskflow=flows.encode(flow.json()),
        taskconfig=flow.taskconfig(),
        aopworkflow_id=workflow_id,
    )
    return api.validate_aop_workflow_version(body=body).data


# The operations of the contract that the server has so far, by group.
OPERATIONS = {
    "workspaces": ["create_workspace", "list_workspaces", "show_workspace", "update_workspace", "delete_workspace"],
    "data classes": [
        "list_dataclass",
        "show_data_class_info",
        "list_dataclass_fields",
        "create_dataclass_type",
        "enable_dataclass_type",
        "delete_dataclass_type",
    ],
    "components": ["list_components", "show_component", "list_component_actions", "show_component_action"],
    "connections": [
        "create_connection",
        "list_connections",
        "show_connection",
        "update_connection",
        "delete_connection",
    ],
    "workflows": [
        "create_aop_workflow",
        "list_workflows",
        "show_aop_workflow",
        "update_aop_workflow",
        "delete_aop_workflow",
        "export_aopworkflow",
        "import_aopworkflow",
    ],
    "versions": [
        "create_aop_workflow_version",
        "list_aop_workflow_versions",
        "show_aop_workflow_version",
        "update_aop_workflow_version",
        "delete_aop_workflow_version",
        "create_aop_workflow_version_approvel",
        "validate_aop_workflow_version",
    ],
    "instances": [
        "create_workflow_instance",
        "list_aop_workflow_instance",
        "show_aop_workflow_instance",
        "update_workflow_instance",
    ],
    "tasks": ["list_tasks", "show_task", "update_task"],
}


@pytest.mark.parametrize("credentials", ["access key", "token"])
def test_every_operation_answers_as_the_sdk_declares_it(server, token, credentials, tmp_path):
    """Each answer is compared with the SDK's model on the way, see `Api`."""
    api = access_key_api(server) if credentials == "access key" else token_api(server, token)

    workspace = v1.CreateWorkspaceRequestBody(name=api.new_name("ws"), region_id="local-1", project_name="local-1")
    workspace_id = api.create_workspace(body=workspace).id
    inside = api.inside(workspace_id)
    api.list_workspaces(offset=0, limit=10)
    inside.show_workspace()
    inside.update_workspace(body=v1.UpdateWorkspaceRequestBody(name=api.new_name("ws"), description="renamed"))

    alert = inside.dataclass("Alert")
    inside.show_data_class_info(dataclass_id=alert.id)
    inside.list_dataclass_fields(dataclass_id=alert.id, limit=10, offset=0)
    kind = inside.create_dataclass_type(
        dataclass_id=alert.id,
        body=v1.CreateDataclassTypeRequestBody(
            category="Own", category_code="own", sub_category="Kind", sub_category_code="kind", enabled=True, sla=1
        ),
    )
    ids = [kind.id]
    inside.enable_dataclass_type(dataclass_id=alert.id, body=v1.EnableDataclassTypeRequestBody(enable=False, ids=ids))
    inside.delete_dataclass_type(dataclass_id=alert.id, body=v1.DeleteDataclassTypeRequestBody(is_delete=True, ids=ids))

    component = next(row for row in inside.list_components(limit=100, offset=0).data if row.name == "HTTP")
    inside.show_component(component_id=component.id)
    actions = inside.list_component_actions(component_id=component.id, enabled=True, limit=100, offset=0).data
    inside.show_component_action(component_id=component.id, action_id=actions[0].id, enabled=True)

    connection = v1.CreateAssetsRequestBody(
        name="firewall",
        description="",
        component_id=component.id,
        component_version_id=component.versions[0].id,
        config='{"endpoint":"https://firewall.example.com","auth_type":"bearer","token":"t0ken"}',
    )
    asset_id = inside.create_connection(body=connection).asset.id
    inside.list_connections(limit=10, offset=0)
    inside.show_connection(asset_id=asset_id)
    inside.update_connection(asset_id=asset_id, body=connection)
    inside.delete_connection(asset_id=asset_id)

    workflow = inside.create_workflow()
    version = inside.create_version(workflow.id, flows.asking())
    validate(inside, workflow.id, flows.asking(), "BASIC")
    inside.move(version.id, "pending_approval")
    inside.review(version.id)
    inside.enable(workflow.id, version.id)
    inside.list_workflows()
    inside.show_aop_workflow(workflow_id=workflow.id)
    inside.list_aop_workflow_versions(workflow_id=workflow.id)
    inside.show_aop_workflow_version(version_id=version.id)
    draft = inside.create_version(workflow.id, flows.minimal())
    inside.delete_aop_workflow_version(version_id=draft.id)

    instance = inside.start(workflow.id, {"id": "a1"})
    inside.list_aop_workflow_instance()
    task = inside.task(instance)
    inside.show_task(task_id=task.id)
    inside.answer(task.id)
    inside.wait(instance, "FINISHED")
    instance = inside.start(workflow.id)
    inside.command(instance, "Terminate")
    inside.wait(instance, "TERMINATED")

    exported = export(inside, workflow.id)
    inside.delete_aop_workflow(workflow_id=workflow.id)
    file = tmp_path / "workflows.json"
    file.write_bytes(exported)
    with file.open("rb") as opened:
        inside.import_aopworkflow(body=v1.ImportAopworkflowRequestBody(upload_file=FormFile(opened)))

    inside.delete_workspace(permanent_delete=True)

    called = api.called
    for group, operations in OPERATIONS.items():
        missing = sorted(set(operations) - called)
        assert not missing, f"{group}: not called: {missing}"


def export(api, *workflow_ids) -> bytes:
    """The exported document."""
    response = api.export_aopworkflow(body=v1.ExportAopworkflowInfo(id=list(workflow_ids)))
    chunks = []
    response.consume_download_stream(lambda stream: chunks.append(stream.content))
    return b"".join(chunks)
