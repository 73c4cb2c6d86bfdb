"""A workflow's whole life through the vendor's official SDK, against a Muster on this machine.

    pip install huaweicloudsdksecmaster
    python examples/first_run.py [--data ./muster-data] [--eve FILE]

FILE is a Suricata eve.json; its first alert becomes the data object. Without it, examples/alert.json is used.
"""
import argparse
import base64
import json
import pathlib
import time

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdksecmaster.v1 import (
    AopInstanceEventData, CreateAopWorkflowInfo, CreateAopWorkflowRequest, CreateAopWorkflowVersionApprovelInfo,
    CreateAopWorkflowVersionApprovelRequest, CreateAopWorkflowVersionInfo, CreateAopWorkflowVersionRequest,
    CreateWorkflowInstanceRequest, DataClassRef, DataObjectRefInfo, ListDataclassRequest, ListTasksRequest,
    ModifyAopWorkflowInfo, ModifyAopWorkflowVersionInfo, ModifyTaskInfo, PlaybookcontextRef, SecMasterClient,
    ShowAopWorkflowInstanceRequest, UpdateAopWorkflowRequest, UpdateAopWorkflowVersionRequest, UpdateTaskRequest,
)

HERE = pathlib.Path(__file__).resolve().parent


def first_alert(path):
    """The first alert of a Suricata eve.json (one JSON document a line)."""
    for line in pathlib.Path(path).read_text().splitlines():
        event = json.loads(line)
        if event.get("event_type") == "alert":
            return event
    raise SystemExit(f"{path} holds no alert")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data", default="./muster-data", help="the server's data folder")
    arguments.add_argument("--eve", default=HERE / "alert.json", help="a Suricata eve.json")
    arguments = arguments.parse_args()
    first = json.loads((pathlib.Path(arguments.data) / "bootstrap.json").read_text())
    client = (
        SecMasterClient.new_builder()
        .with_credentials(BasicCredentials(first["access_key"], first["secret_key"], first["project_id"]))
        .with_endpoint(first["endpoint"])
        .build()
    )
    here = {"workspace_id": first["workspace_id"]}

    classes = client.list_dataclass(ListDataclassRequest(name="Alert", offset=0, limit=1, **here))
    alert_class = classes.dataclass_details[0]
    workflow = client.create_aop_workflow(CreateAopWorkflowRequest(
        body=CreateAopWorkflowInfo(name=f"Triage {time.strftime('%H:%M:%S')}", engine_type="public_engine",
                                   aop_type="NORMAL", dataclass_id=alert_class.id, labels="IP"), **here)).data
    print(f"created    {workflow.name}  {workflow.id}")

    graph = base64.b64encode((HERE / "triage.bpmn").read_bytes()).decode()
    version = client.create_aop_workflow_version(CreateAopWorkflowVersionRequest(
        workflow_id=workflow.id,
        body=CreateAopWorkflowVersionInfo(name="first", description="", taskflow=graph, taskflow_type="XML",
                                          taskconfig=(HERE / "triage.taskconfig.json").read_text(),
                                          aop_type="NORMAL"), **here)).data
    print(f"drafted    {version.version}  {version.status}")
    version = client.update_aop_workflow_version(UpdateAopWorkflowVersionRequest(
        version_id=version.id, body=ModifyAopWorkflowVersionInfo(status="pending_approval"), **here)).data
    print(f"submitted  {version.version}  {version.status}")
    client.create_aop_workflow_version_approvel(CreateAopWorkflowVersionApprovelRequest(
        version_id=version.id, body=CreateAopWorkflowVersionApprovelInfo(content="looks right", result="PASS"), **here))
    workflow = client.update_aop_workflow(UpdateAopWorkflowRequest(
        workflow_id=workflow.id, body=ModifyAopWorkflowInfo(enabled=True, version_id=version.id), **here)).data
    print(f"enabled    {workflow.version}  enabled={workflow.enabled}")

    alert = first_alert(arguments.eve)
    run = client.create_workflow_instance(CreateWorkflowInstanceRequest(
        workflow_id=workflow.id,
        body=AopInstanceEventData(
            command_type="ActionInstanceRunCommand", action_type="workflow", action_id=workflow.id,
            playbook_context=PlaybookcontextRef(data_object=DataObjectRefInfo(
                content=alert, dataclass=DataClassRef(id=alert_class.id, name="Alert")))), **here)).action_instance_id
    print(f"started    {run}")

    tasks = [task for task in client.list_tasks(ListTasksRequest(limit=100, **here)).data
             if task.action_instance_id == run]
    for task in tasks:
        print(f"to-do      {task.name}  {task.description}  {task.view_parameters}")
        client.update_task(UpdateTaskRequest(
            task_id=task.id, body=ModifyTaskInfo(action="CONTINUE", comment="known scanner"), **here))

    while True:
        shown = client.show_aop_workflow_instance(
            ShowAopWorkflowInstanceRequest(instance_id=run, show_topology=True, **here))
        if shown.status not in ("RUNNING", "RETRYING"):
            break
        time.sleep(0.05)
    print(f"ended      {shown.status}")
    for node in shown.topology.audit_logs:
        print(f"  {node.action_id:14} {node.status:9} in={node.input or '-'}  out={node.output or '-'}")


if __name__ == "__main__":
    main()
