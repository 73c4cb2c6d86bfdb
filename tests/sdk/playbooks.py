"""Playbooks for tests: made, approved and enabled in one call."""

import json

from huaweicloudsdksecmaster import v1

from sdk.clients import Api, Raw


def condition(field: str, operator: str, value: str) -> dict:
    """A rule of one condition."""
    return {
        "expression_type": "common",
        "conditions": [{"name": "one", "detail": value, "data": [field, operator, value]}],
        "logics": ["one"],
    }


# A version that the creation of an object sets off.
ON_CREATION = {
    "trigger_type": "EVENT",
    "dataobject_create": True,
    "dataobject_update": False,
    "dataobject_delete": False,
    "action_strategy": "ASYNC",
}


def enabled(raw: Raw, name: str, dataclass_id: str, workflows: list[str], rule: dict | None = None, **version) -> str:
    """An enabled playbook that the creation of an object sets off, unless `version` says otherwise; its id."""
    made = _data(raw.post("/soc/playbooks", json={"name": name}))
    body = {
        "dataclass_id": dataclass_id,
        **ON_CREATION,
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


# The same with the SDK.


def create(api: Api, name: str | None = None, **fields):
    body = v1.CreatePlaybookInfo(name=name or api.new_name("playbook"), workspace_id=api.workspace_id, **fields)
    return api.create_playbook(body=body).data


def draft(api: Api, playbook_id: str, workflows: list[str], rule: dict | None = None, **version):
    """A draft that new alerts set off, unless `version` says otherwise."""
    known = {
        "workspace_id": api.workspace_id,
        "playbook_id": playbook_id,
        "dataclass_id": api.dataclass().id,
        **ON_CREATION,
        "rule_enable": rule is not None,
        "rule": rule and v1.CreateRuleInfo(rule=rule),
        "actions": [
            v1.CreateAction(
                name=f"action {place}", action_type="AOP_WORKFLOW", action_id=workflow, sort_order=str(place)
            )
            for place, workflow in enumerate(workflows, 1)
        ],
    }
    body = v1.CreatePlaybookVersionInfo(**known | version)
    return api.create_playbook_version(playbook_id=playbook_id, body=body).data


def move(api: Api, version_id: str, status: str | None = None, **fields):
    body = v1.ModifyPlaybookVersionInfo(status=status, **fields)
    return api.update_playbook_version(version_id=version_id, body=body).data


def review(api: Api, version_id: str, result: str = "PASS", content: str = "looked at it"):
    body = v1.ApprovePlaybookInfo(result=result, content=content)
    return api.create_playbook_approve(version_id=version_id, body=body).data


def published(api: Api, workflows: list[str], rule: dict | None = None, name: str | None = None, **version):
    """A new playbook and its version, which is approved."""
    playbook = create(api, name)
    version = draft(api, playbook.id, workflows, rule, **version)
    move(api, version.id, "APPROVING")
    review(api, version.id)
    return playbook, version


def update(api: Api, playbook_id: str, **fields):
    return api.update_playbook(playbook_id=playbook_id, body=v1.ModifyPlaybookInfo(**fields)).data


def active(api: Api, workflows: list[str], rule: dict | None = None, name: str | None = None, **version):
    """An enabled playbook."""
    playbook, version = published(api, workflows, rule, name, **version)
    return update(api, playbook.id, enabled=True, active_version_id=version.id)


def runs(api: Api, playbook, **filters) -> list:
    """The runs of a playbook, newest first."""
    found = api.list_playbook_instances(playbook_name=playbook.name, limit=1000, offset=0, **filters)
    assert found.count == len(found.instances)
    return found.instances


def ended(api: Api, playbook, count: int = 1, **filters) -> list:
    """The runs of a playbook, once there are so many and each has ended or failed."""

    def all_there():
        found = runs(api, playbook, **filters)
        return len(found) >= count and all(run.end_time or run.status == "FAILED" for run in found) and found

    found = api.wait_for(all_there)
    assert found, f"{[(run.status, run.name) for run in runs(api, playbook, **filters)]}"
    return found


def branches(api: Api, run) -> list[tuple]:
    """Of each workflow of a run, its name, its status, and what went wrong."""
    topology = api.show_playbook_topology(instance_id=run.id)
    assert topology.count == len(topology.action_instances)
    rows = topology.action_instances
    return [(row.action.name, row.instance_log.status, row.instance_log.error_msg) for row in rows]
