"""Alerts that Suricata wrote on honeypots come in by a webhook; playbooks that a workspace is born with answer them.

The alerts are reference material that is not part of the repository; without them there is nothing to test.
"""

import hashlib
import hmac
import json
from collections import Counter
from ipaddress import ip_address

import pytest
import requests

from sdk import playbooks
from sdk.alerts import more_alerts
from sdk.objects import search
from sdk.refusal import UNAUTHENTICATED, check_refusal

EVENTS = more_alerts()
SEVERITIES = {1: "High", 2: "Medium", 3: "Low"}
# Which playbooks answer, and whether an alert is one of theirs.
ANSWERING = {
    "Close repeated alerts": lambda event: True,
    "Close low-risk alerts": lambda event: event["alert"]["severity"] >= 3,
    "Extract indicators from alerts": lambda event: True,
    "Tag the addresses of alerts": lambda event: True,
}

pytestmark = pytest.mark.skipif(not EVENTS, reason="the real alerts are not here")


@pytest.fixture(scope="module")
def source(raw_room):
    """A webhook for Suricata, with the token of its sender."""
    answer = raw_room.post("/muster/sources", json={"name": "Suricata", "builtin": "suricata-eve"})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def send(server, source, data: bytes, content_type: str = "application/json", **headers) -> requests.Response:
    headers = {"Content-Type": content_type, **headers}
    if "X-Signature-256" not in headers:
        headers.setdefault("Authorization", f"Bearer {source['secret']}")
    return requests.post(server.endpoint + source["path"], data=data, headers=headers, timeout=60)


def enable(api, name: str):
    """Of the workflow and the playbook of that name, the version that they were born with."""
    (workflow,) = [row for row in api.list_workflows(name=name, limit=100).data if row.name == name]
    (playbook,) = [row for row in api.list_playbooks(name=name, limit=100, offset=0).data if row.name == name]
    assert not workflow.enabled and not playbook.enabled
    api.enable(workflow.id, workflow.version_id)
    return playbooks.update(api, playbook.id, enabled=True, active_version_id=playbook.version_id)


def objects(api, find) -> list:
    found, offset = [], 0
    while page := find(search(limit=1000, offset=offset)).data:
        found += page
        offset += len(page)
    return found


def test_real_alerts_are_taken_in_and_answered(server, room, raw_room, source, capsys):
    enabled = {name: enable(room, name) for name in ANSWERING}
    lines = "\n".join(json.dumps(event) for event in EVENTS).encode()
    taken = send(server, source, lines, "application/x-ndjson", **{"Idempotency-Key": "first"})
    assert taken.status_code == 200, taken.text
    assert taken.json()["data"] == {"accepted": len(EVENTS), "repeated": 0, "passed": 0, "refused": 0}

    # Each is an alert, field by field what Suricata has said.
    alerts = [row.data_object for row in objects(room, lambda body: room.list_alerts(body=body))]
    assert len(alerts) == len(EVENTS)
    told = Counter(
        (e["alert"]["signature"], SEVERITIES.get(e["alert"]["severity"], "Tips"), e["src_ip"]) for e in EVENTS
    )
    kept = Counter((alert.title, alert.severity, alert.network_list[0].src_ip) for alert in alerts)
    assert kept == told
    assert {alert.data_source.product_name for alert in alerts} == {"Suricata"}

    # Each playbook runs once for each alert that is one of its own, and finishes.
    counts = {}
    for name, is_its_own in ANSWERING.items():
        expected = sum(is_its_own(event) for event in EVENTS)
        found = playbooks.ended(room, enabled[name], expected)
        assert Counter(run.status for run in found) == {"FINISHED": expected}, name
        assert len({run.dataobject.id for run in found}) == expected, name
        counts[name] = expected
    ran = sum(counts.values())
    assert room.list_aop_workflow_instance(limit=1, offset=0, status="FINISHED").count == ran

    # And what they have done can be seen.
    alerts = [row.data_object for row in objects(room, lambda body: room.list_alerts(body=body))]
    low = [alert for alert in alerts if alert.severity in ("Low", "Tips")]
    assert len(low) == counts["Close low-risk alerts"] and {alert.handle_status for alert in low} == {"Closed"}
    assert all("ip:" in alert.labels for alert in alerts)
    # Below the SDK: its model of an indicator has a number where the action that makes them writes text.
    found = raw_room.post("/soc/indicators/search", json={"limit": 1000}).json()["data"]
    values = [indicator["data_object"]["value"] for indicator in found]
    public = {ip for event in EVENTS for ip in (event["src_ip"], event["dest_ip"]) if ip_address(ip).is_global}
    assert len(values) == len(set(values)) and public <= set(values)

    # The same once more: a sender that has not seen the answer.
    again = send(server, source, lines, "application/x-ndjson", **{"Idempotency-Key": "first"})
    assert again.json()["data"]["accepted"] == 0 and again.json()["data"]["repeated"] == len(EVENTS)
    assert len(objects(room, lambda body: room.list_alerts(body=body))) == len(EVENTS)
    with capsys.disabled():
        print(f"\n{len(EVENTS)} alerts accepted; {ran} runs of {len(counts)} playbooks finished: {counts}")


def test_who_is_not_the_sender_is_refused(server, raw_room, source):
    event = json.dumps(EVENTS[0]).encode()
    for headers in (
        {"Authorization": "Bearer wrong"},
        {"Authorization": ""},
        {"X-Muster-Token": "", "Authorization": "x"},
    ):
        check_refusal(send(server, source, event, **headers), UNAUTHENTICATED, status=401)
    body = {"name": "signed", "builtin": "suricata-eve", "authentication": "signature"}
    signed = raw_room.post("/muster/sources", json=body).json()["data"]
    mac = hmac.new(signed["secret"].encode(), event, hashlib.sha256).hexdigest()
    assert send(server, signed, event, **{"X-Signature-256": f"sha256={mac}"}).json()["data"]["accepted"] == 1
    forged = send(server, signed, event + b" ", **{"X-Signature-256": f"sha256={mac}"})
    check_refusal(forged, UNAUTHENTICATED, status=401)


def test_what_is_no_alert_goes_by_or_is_kept_to_be_looked_at(server, raw_room, source):
    other = [{"event_type": "flow"}, EVENTS[0] | {"event_type": "dns"}]
    broken = [EVENTS[0] | {"alert": {"severity": 1}}]
    before = raw_room.get("/muster/dead-letters", params={"limit": 1}).json()["total"]
    answer = send(server, source, json.dumps([*other, *broken, EVENTS[0]]).encode())
    assert answer.json()["data"] == {"accepted": 1, "repeated": 0, "passed": 2, "refused": 1}
    letters = raw_room.get("/muster/dead-letters", params={"source_id": source["id"]}).json()
    assert letters["total"] == before + 1 and "title" in letters["data"][0]["reason"]
    letter = raw_room.get(f"/muster/dead-letters/{letters['data'][0]['id']}").json()["data"]
    assert json.loads(letter["body"]) == broken[0]
