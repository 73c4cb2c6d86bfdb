"""Playbooks for tests: made, approved and enabled in one call."""

import json

from sdk.clients import Raw


def condition(field: str, operator: str, value: str) -> dict:
    """A rule of one condition."""
    return {
        "expression_type": "common",
        "conditions": [{"name": "one", "detail": value, "data": [field, operator, value]}],
        "logics": ["one"],
    }


def enabled(raw: Raw, name: str, dataclass_id: str, workflows: list[str], rule: dict | None = None, **version) -> str:
    """An enabled playbook that the creation of an object sets off, unless `version` says otherwise; its id."""
    made = _data(raw.post("/soc/playbooks", json={"name": name}))
    body = {
        "dataclass_id": dataclass_id,
        "trigger_type": "EVENT",
        "dataobject_create": True,
        "dataobject_update": False,
        "dataobject_delete": False,
        "action_strategy": "ASYNC",
        "rule_enable": rule is not None,
        "rule": {"rule": json.dumps(rule)} if rule is not None else None,
        "actions": [
            {"name": f"action {place}", "action_type": "AOP_WORKFLOW", "action_id": workflow, "sort_order": place}
            for place, workflow in enumerate(workflows, 1)
        ],
    }
    body = {key: value for key, value in (body | version).items() if value is not None}
    draft = _data(raw.post(f"/soc/playbooks/{made['id']}/versions", json=body))
    _data(raw.put(f"/soc/playbooks/versions/{draft['id']}", json={"status": "APPROVING"}))
    passed = {"result": "PASS", "content": "looked at it"}
    _data(raw.post(f"/soc/playbooks/versions/{draft['id']}/approval", json=passed))
    _data(raw.put(f"/soc/playbooks/{made['id']}", json={"enabled": True, "active_version_id": draft["id"]}))
    return made["id"]


def instances(raw: Raw, **filters) -> list[dict]:
    """Every run of playbooks, as far as the window of the list goes."""
    found, offset = [], 0
    while offset < 10_000:
        query = {"offset": offset, "limit": 1000, **filters}
        answer = raw.get("/soc/playbooks/instances", params=query)
        assert answer.status_code == 200, answer.text
        rows = answer.json()["instances"]
        found += rows
        if len(rows) < 1000:
            break
        offset += 1000
    return found


def _data(answer) -> dict:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
