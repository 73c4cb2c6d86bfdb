"""Suricata's alerts come in by a webhook, and playbooks that the workspace is born with answer them.

    pip install huaweicloudsdksecmaster
    python examples/answer_alerts.py --eve FILE [FILE ...] [--data ./muster-data]

FILE is a Suricata eve.json: one event a line, or a JSON array. Its alerts are sent twice, as two sensors would that see
the same traffic.
"""
import argparse
import json
import pathlib
import time

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdksecmaster.v1 import (
    DataobjectSearch, ListAlertsRequest, ListDataclassRequest, ListPlaybookInstancesRequest, ListPlaybooksRequest,
    ListWorkflowsRequest, ModifyAopWorkflowInfo, ModifyPlaybookInfo, SecMasterClient, UpdateAopWorkflowRequest,
    UpdatePlaybookRequest,
)

PLAYBOOKS = ["Extract indicators from alerts", "Tag the addresses of alerts", "Close low-risk alerts"]


def alerts(path):
    """The alerts of a file."""
    text = pathlib.Path(path).read_text()
    events = json.loads(text) if text.lstrip().startswith("[") else map(json.loads, text.splitlines())
    return [event for event in events if event.get("event_type") == "alert"]


def log_in(first):
    """What Muster's own calls are made with: a session that sends a token."""
    user = {"name": first["user_name"], "password": first["password"], "domain": {"name": first["domain_name"]}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": first["project_id"]}}}}
    answer = requests.post(first["endpoint"] + "/v3/auth/tokens", json=body)
    answer.raise_for_status()
    session = requests.Session()
    session.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
    return session


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--data", default="./muster-data", help="the server's data folder")
    arguments.add_argument("--eve", nargs="+", required=True, help="Suricata's eve.json")
    arguments = arguments.parse_args()
    events = [event for path in arguments.eve for event in alerts(path)]
    first = json.loads((pathlib.Path(arguments.data) / "bootstrap.json").read_text())
    client = (
        SecMasterClient.new_builder()
        .with_credentials(BasicCredentials(first["access_key"], first["secret_key"], first["project_id"]))
        .with_endpoint(first["endpoint"])
        .build()
    )
    here = {"workspace_id": first["workspace_id"]}
    muster = log_in(first)
    own = f"{first['endpoint']}/v1/{first['project_id']}/workspaces/{first['workspace_id']}/muster"

    # An alert of the same signature between the same addresses, within an hour of the last one, is the same alert.
    alert_class = client.list_dataclass(ListDataclassRequest(name="Alert", offset=0, limit=1, **here)).dataclass_details[0]
    same = {"fields": ["title", "network_list.src_ip", "network_list.dest_ip"], "window_seconds": 3600}
    answer = muster.put(f"{own}/dataclasses/{alert_class.id}/settings", json={"deduplication": [same]})
    answer.raise_for_status()

    for name in PLAYBOOKS:
        workflow = client.list_workflows(ListWorkflowsRequest(name=name, offset=0, limit=1, **here)).data[0]
        client.update_aop_workflow(UpdateAopWorkflowRequest(
            workflow_id=workflow.id, body=ModifyAopWorkflowInfo(enabled=True, version_id=workflow.version_id), **here))
        playbook = client.list_playbooks(ListPlaybooksRequest(name=name, offset=0, limit=1, **here)).data[0]
        client.update_playbook(UpdatePlaybookRequest(
            playbook_id=playbook.id,
            body=ModifyPlaybookInfo(enabled=True, active_version_id=playbook.version_id), **here))
        print(f"enabled    {name}")

    source = muster.post(f"{own}/sources", json={
        "name": f"Suricata {time.strftime('%H:%M:%S')}", "builtin": "suricata-eve"})
    source.raise_for_status()
    source = source.json()["data"]
    lines = "\n".join(json.dumps(event) for event in events)
    begun = time.monotonic()
    for sensor in ["first", "second"]:
        sent = requests.post(first["endpoint"] + source["path"], data=lines.encode(), headers={
            "Authorization": f"Bearer {source['secret']}", "Content-Type": "application/x-ndjson"})
        sent.raise_for_status()
        counts = "  ".join(f"{name}={count}" for name, count in sent.json()["data"].items())
        print(f"sent       {len(events)} alerts of the {sensor} sensor: {counts}")

    def count(**query):
        return client.list_playbook_instances(ListPlaybookInstancesRequest(limit=1, offset=0, **query, **here)).count

    while count(status="RUNNING"):
        time.sleep(0.05)
    print(f"answered   in {time.monotonic() - begun:.1f} s")
    for name in PLAYBOOKS:
        print(f"  {name:31} FINISHED {count(playbook_name=name, status='FINISHED')}")

    def found(*condition):
        conditions = [{"name": "c", "data": list(condition)}] if condition else []
        body = DataobjectSearch(limit=1, offset=0, condition={"conditions": conditions, "logics": ["c"] * len(conditions)})
        return client.list_alerts(ListAlertsRequest(body=body, **here)).total

    print(f"alerts     {found()} kept, {found('count', '>', '1')} of them seen more than once, "
          f"{found('handle_status', '=', 'Closed')} closed")


if __name__ == "__main__":
    main()
