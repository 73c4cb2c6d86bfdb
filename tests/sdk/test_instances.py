"""Runs: start, list by every filter, topology, terminate, retry, step through."""

import json
import uuid
from datetime import datetime, timedelta

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Api, Run, nodes, output
from sdk.flows import Flow
from sdk.refusal import (
    INSTANCE_NOT_FOUND,
    INSTANCE_STATE,
    INVALID,
    WORKFLOW_NOT_ENABLED,
    WORKFLOW_NOT_FOUND,
    check_refusal,
    refused,
)


@pytest.fixture
def room(api):
    """A workspace of its own."""
    body = v1.CreateWorkspaceRequestBody(name=Api.new_name("room"), region_id="local-1", project_name="local-1")
    inside = api.inside(api.create_workspace(body=body).id)
    yield inside
    inside.delete_workspace(permanent_delete=True)


def test_a_start_echoes_its_command(api):
    workflow = api.publish(flows.minimal())
    alert = api.dataclass()
    content = {"id": str(uuid.uuid4()), "list": [1, {"a": None}], "text": "ü"}
    ref = v1.DataObjectRefInfo(content=content, dataclass=v1.DataClassRef(id=alert.id, name="Alert"))
    body = v1.AopInstanceEventData(
        command_type="ActionInstanceRunCommand",
        action_type="workflow",
        action_id=workflow.id,
        playbook_context=v1.PlaybookcontextRef(data_object=ref),
    )
    started = api.create_workflow_instance(workflow_id=workflow.id, body=body)
    assert (started.command_type, started.action_type) == ("ActionInstanceRunCommand", "workflow")
    assert started.action_id == workflow.id and uuid.UUID(started.action_instance_id)
    echoed = started.playbook_context.data_object
    assert echoed.content == content and (echoed.dataclass.id, echoed.dataclass.name) == (alert.id, "Alert")
    shown = api.wait(started.action_instance_id)
    assert (shown.dataobject_id, shown.dataclass.id, shown.dataclass.name) == (content["id"], alert.id, "Alert")
    assert (shown.workflow.id, shown.workflow.name, shown.workflow.version) == (workflow.id, workflow.name, "V1")
    assert (shown.playbook.id, shown.defense_id, shown.trigger_type) == ("", "", "MANUAL")


def test_a_start_needs_no_data_object(api):
    """Terraform's test sends none."""
    workflow = api.publish(flows.straight(("seen", "data_object")))
    body = v1.AopInstanceEventData(
        command_type="ActionInstanceRunCommand", action_type="workflow", action_id=workflow.id
    )
    started = api.create_workflow_instance(workflow_id=workflow.id, body=body)
    assert output(api.wait(started.action_instance_id), "seen") == {}


def test_the_topology_is_shown_only_when_asked_for(api):
    instance = api.start(api.publish(flows.minimal()).id)
    assert api.show_aop_workflow_instance(instance_id=instance).topology.audit_logs == []
    assert api.show_aop_workflow_instance(instance_id=instance, show_topology=False).topology.audit_logs == []
    assert len(api.show(instance).topology.audit_logs) == 2


def test_runs_are_listed_by_every_filter(room):
    finished = room.publish(flows.minimal(), "alpha")
    waiting = room.publish(flows.asking(), "beta")
    incident = room.dataclass("Incident")
    one = room.start(finished.id, {"id": "object-1"})
    two = room.start(waiting.id)
    three = room.start(waiting.id, command="ActionInstanceDebugCommand")
    ref = v1.DataObjectRefInfo(content={}, dataclass=v1.DataClassRef(id=incident.id, name="Incident"))
    body = v1.AopInstanceEventData(
        command_type="ActionInstanceRunCommand", action_type="workflow",
        playbook_context=v1.PlaybookcontextRef(data_object=ref),
    )  # fmt: skip
    four = room.create_workflow_instance(workflow_id=finished.id, body=body).action_instance_id
    for instance in (one, four):
        room.wait(instance)

    def found(**filters):
        listed = room.list_aop_workflow_instance(**filters)
        assert listed.count == len(listed.instances)
        return [row.id for row in listed.instances]

    assert found() == [four, three, two, one], "newest first"
    for direction in ("ASC", "asc"):
        assert found(sort_dir=direction) == [one, two, three, four]
    assert found(sort_key="create_time", sort_dir="DESC") == [four, three, two, one]
    room.command(two, "Terminate")
    room.wait(two)
    assert found(sort_key="update_time")[0] == two
    assert found(workflow_id=finished.id) == [four, one]
    assert found(id=three) == [three]
    assert found(name="alp") == [four, one]
    assert found(dataobject_id="object-1") == [one]
    assert found(dataclass_id=incident.id) == [four]
    assert found(status="FINISHED") == [four, one]
    assert found(status="RUNNING") == [three]
    assert found(status="TERMINATED") == [two]
    assert found(status="RETRYING") == []
    assert found(trigger_type="DEBUG") == [three]
    assert found(trigger_type="MANUAL") == [four, two, one]
    assert found(trigger_type="TIMER") == []
    assert found(playbook_id=str(uuid.uuid4())) == []
    assert found(defence_id=str(uuid.uuid4())) == []
    assert found(from_date=datetime.now().astimezone() - timedelta(hours=1)) == [four, three, two, one]
    assert found(from_date=datetime.now().astimezone() + timedelta(hours=1)) == []
    assert found(to_date=datetime.now().astimezone() - timedelta(hours=1)) == []
    page = room.list_aop_workflow_instance(offset=1, limit=2)
    assert (page.count, [row.id for row in page.instances]) == (4, [three, two])
    # Terraform asks for 1000 at a time, until a page is empty.
    assert len(room.list_aop_workflow_instance(limit=1000).instances) == 4
    assert room.list_aop_workflow_instance(offset=10_000, limit=1000).instances == []


@pytest.mark.parametrize(
    "query, words",
    [
        ({"offset": -1}, ["offset", "0", "10000"]),
        ({"offset": 10_001}, ["offset", "0", "10000"]),
        ({"limit": 0}, ["limit", "1", "1000"]),
        ({"limit": 1001}, ["limit", "1", "1000"]),
        ({"sort_key": "name"}, ["sort_key", "create_time", "update_time"]),
        ({"sort_dir": "up"}, ["sort_dir", "ASC", "DESC"]),
        ({"status": "running"}, ["status", "RUNNING"]),
        ({"trigger_type": "CRON"}, ["trigger_type", "MANUAL"]),
        ({"workflow_id": "x"}, ["workflow_id", "UUID"]),
        ({"id": "x"}, ["id", "UUID"]),
        ({"from_date": "yesterday"}, ["from_date"]),
        ({"to_date": "2025-13-45"}, ["to_date"]),
        ({"show_topology": "x", "limit": "many"}, ["limit"]),
    ],
)
def test_a_wrong_filter_is_named(raw, query, words):
    check_refusal(raw.get("/soc/workflows/instances", params=query), INVALID, *words)


def test_only_an_enabled_workflow_runs(api):
    workflow = api.create_workflow()
    with refused(WORKFLOW_NOT_ENABLED, workflow.name):
        api.start(workflow.id)
    version = api.approve(workflow.id, flows.minimal())
    api.move(version.id, "activated")
    with refused(WORKFLOW_NOT_ENABLED, workflow.name):
        api.start(workflow.id)
    api.enable(workflow.id, version.id)
    assert api.wait(api.start(workflow.id)).status == "FINISHED"
    api.update_aop_workflow(workflow_id=workflow.id, body=v1.ModifyAopWorkflowInfo(enabled=False))
    with refused(WORKFLOW_NOT_ENABLED, workflow.name):
        api.start(workflow.id)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"command_type": "Run"}, ["command_type", "ActionInstanceRunCommand"]),
        ({"command_type": None}, ["command_type", "required"]),
        ({"action_type": "playbook"}, ["action_type", "workflow"]),
        ({"action_type": None}, ["action_type", "required"]),
        ({"action_id": str(uuid.uuid4())}, ["action_id"]),
        ({"action_id": "x"}, ["action_id", "UUID"]),
        ({"simulation_context": [1]}, ["simulation_context"]),
    ],
)
def test_a_wrong_field_of_a_start_is_named(by_key, fields, words):
    workflow = by_key.publish(flows.minimal())
    known = {"command_type": "ActionInstanceRunCommand", "action_type": "workflow", "action_id": workflow.id}
    with refused(INVALID, *words):
        by_key.create_workflow_instance(workflow_id=workflow.id, body=Run(**known | fields))
    assert by_key.list_aop_workflow_instance(workflow_id=workflow.id).count == 0


def test_a_run_is_terminated(api):
    flow = Flow().start().user("ask").timer("late", "PT1H").gateway("parallel", "split").end().end("end2")
    flow.chain("start", "split", "ask", "end").chain("split", "late", "end2")
    workflow = api.publish(flow)
    instance = api.start(workflow.id)
    task = api.task(instance)
    assert api.command(instance, "Terminate").success
    done = api.wait(instance)
    assert done.status == "TERMINATED" and done.end_time
    assert not nodes(done)["ask"].succeed
    assert api.show_task(task_id=task.id).data.status == "canceled"
    for command in ("Terminate", "Retry"):
        with refused(INSTANCE_STATE):
            api.command(instance, command)


def test_a_finished_run_takes_no_commands(api):
    done = api.run(flows.minimal())
    for command, fields in (
        ("Terminate", {}),
        ("Retry", {}),
        ("Debug", {"task_id": "start", "input_dataobject": "{}"}),
    ):
        with refused(INSTANCE_STATE):
            api.command(done.id, command, **fields)
    assert api.show_aop_workflow_instance(instance_id=done.id).status == "FINISHED"


def dividing() -> Flow:
    """A service task that faults when `b` is 0."""
    flow = Flow().start().service("divide", "SecMasterUtilities", "divide", {"a": 12, "b": "${data_object.b}"})
    return flow.script("after", "nodes.divide.output.result").end().chain("start", "divide", "after", "end")


def test_a_failed_run_is_retried_with_the_same_and_with_corrected_input(api):
    failed = api.run(dividing(), {"b": 0}, expect="FAILED")
    row = nodes(failed)["divide"]
    assert row.error_msg and json.loads(row.input) == {"a": 12, "b": 0}
    assert "after" not in nodes(failed)

    api.command(failed.id, "Retry")
    again = api.wait(failed.id, "FAILED")
    assert again.retry_count == 1 and nodes(again)["divide"].error_msg == row.error_msg

    with refused(INSTANCE_STATE, "divide"):
        api.command(failed.id, "Retry", task_id="after")
    with refused(INVALID, "input_dataobject", "JSON"):
        api.command(failed.id, "Retry", task_id="divide", input_dataobject="{")
    api.command(failed.id, "Retry", task_id="divide", input_dataobject=json.dumps({"a": 12, "b": 4}))
    done = api.wait(failed.id, "FINISHED")
    assert output(done, "after") == 3 and done.retry_count == 2
    assert json.loads(nodes(done)["divide"].input) == {"a": 12, "b": 4}
    assert nodes(done)["divide"].error_msg == ""


def test_a_fault_holds_only_its_own_token(by_key):
    flow = Flow().start().gateway("parallel", "split").script("bad", "1 / 0").user("ask").script("good", "1")
    flow.end().end("end2").chain("start", "split", "bad", "end").chain("split", "ask", "good", "end2")
    instance = by_key.start(by_key.publish(flow).id)
    assert by_key.show_aop_workflow_instance(instance_id=instance).status == "RUNNING"
    by_key.answer(by_key.task(instance).id)
    failed = by_key.wait(instance)
    assert failed.status == "FAILED" and nodes(failed)["good"].succeed
    by_key.command(instance, "Terminate")
    assert by_key.wait(instance, "TERMINATED").status == "TERMINATED"


def test_a_run_is_stepped_through_with_substitute_data(api):
    """It waits before each task: for other input, for an output in place of running it, or just for a go."""
    flow = Flow().start().service("add", "SecMasterUtilities", "add", {"a": 1, "b": 2})
    flow.service("double", "SecMasterUtilities", "multiply", {"a": "${nodes.add.output.result}", "b": 2})
    flow.service("call", "HTTP", "request", {"url": "http://127.0.0.1/"})
    flow.script("status", "nodes.call.output.status").end().chain("start", "add", "double", "call", "status", "end")
    instance = api.start(api.publish(flow).id, command="ActionInstanceDebugCommand")
    shown = api.show(instance)
    assert (shown.status, shown.trigger_type) == ("RUNNING", "DEBUG")
    assert nodes(shown)["add"].status == "RUNNING" and "double" not in nodes(shown)
    with refused(INSTANCE_STATE, "double", "add"):
        api.command(instance, "Debug", task_id="double", input_dataobject="{}")

    def step(node, data):
        assert api.wait_for(lambda: node in nodes(api.show(instance)))
        api.command(instance, "Debug", task_id=node, input_dataobject=json.dumps(data))

    step("add", {"a": 20, "b": 1})
    step("double", None)
    step("call", {"output": {"status": 418}})
    step("status", None)
    done = api.wait(instance)
    assert done.status == "FINISHED"
    assert (output(done, "add"), output(done, "double")) == ({"result": 21}, {"result": 42})
    assert output(done, "status") == 418


def test_a_terraform_client_may_simulate(api):
    workflow = api.publish(flows.straight(("seen", "data_object.who")))
    body = Run(command_type="ActionInstanceRunCommand", action_type="workflow", simulation_context={"who": "nobody"})
    started = api.create_workflow_instance(workflow_id=workflow.id, body=body)
    assert output(api.wait(started.action_instance_id), "seen") == "nobody"


@pytest.mark.parametrize(
    "command, fields, words",
    [
        ("Fly", {}, ["command_type", "ActionInstanceTerminateCommand"]),
        ("Debug", {}, ["task_id", "input_dataobject"]),
        ("Debug", {"task_id": "ask"}, ["input_dataobject"]),
        ("Debug", {"task_id": "ask", "input_dataobject": "{"}, ["input_dataobject", "JSON"]),
    ],
)
def test_a_wrong_command_is_named(by_key, command, fields, words):
    instance = by_key.start(by_key.publish(flows.asking()).id)
    with refused(INVALID, *words):
        by_key.command(instance, command, **fields)
    with refused(INSTANCE_STATE, "ActionInstanceDebugCommand"):
        by_key.command(instance, "Debug", task_id="ask", input_dataobject="{}")
    by_key.command(instance, "Terminate")


def test_both_spellings_of_the_debug_input_are_understood(by_key, raw):
    flow = Flow().start().utility("add", "add", a=1, b=2).end().chain("start", "add", "end")
    workflow = by_key.publish(flow)
    for key, data in (("inputdataobject", '{"a":5,"b":5}'), ("input_dataobject", {"a": 5, "b": 5})):
        instance = by_key.start(workflow.id, command="ActionInstanceDebugCommand")
        body = {"command_type": "ActionInstanceDebugCommand", "task_id": "add", key: data}
        answer = raw.put(f"/soc/workflows/instances/{instance}", json=body)
        assert answer.status_code == 200, answer.text
        assert output(by_key.wait(instance), "add") == {"result": 10}


def test_unknown_runs_are_refused(by_key):
    unknown = str(uuid.uuid4())
    with refused(INSTANCE_NOT_FOUND, unknown):
        by_key.show_aop_workflow_instance(instance_id=unknown)
    with refused(INSTANCE_NOT_FOUND, unknown):
        by_key.command(unknown, "Terminate")
    with refused(WORKFLOW_NOT_FOUND, unknown):
        by_key.start(unknown)
