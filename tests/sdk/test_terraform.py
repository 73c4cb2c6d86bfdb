"""What the vendor's Terraform provider does to its resources: its requests, signed, in its order and with its bodies,
and of the answers what it reads. It takes a resource for deleted when reading it gives the expected code.
"""

import json

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from sdk import flows
from sdk.clients import Api
from sdk.refusal import (
    CONNECTION_NOT_FOUND,
    OBJECT_NOT_FOUND,
    PLAYBOOK_PART_NOT_FOUND,
    TEMPLATE_NOT_FOUND,
    VERSION_NOT_FOUND,
    WORKFLOW_NOT_FOUND,
    WORKSPACE_FORBIDDEN,
    WORKSPACE_NOT_FOUND,
    check_refusal,
)

JSON = "application/json"
JSON_UTF_8 = "application/json;charset=UTF-8"
UNKNOWN = "00000000-0000-0000-0000-00000000dead"
PAGE = {"limit": 1000, "offset": 0}


class Provider:
    """Signs as the provider does, in a workspace."""

    def __init__(self, server, workspace_id: str):
        self.known = server.credentials
        self.host = server.endpoint.split("://")[1]
        self.workspace_id = workspace_id

    def inside(self, workspace_id: str) -> "Provider":
        other = object.__new__(Provider)
        other.__dict__ = self.__dict__ | {"workspace_id": workspace_id}
        return other

    def send(self, method: str, path: str, body=None, content_type: str | None = JSON, **query) -> requests.Response:
        """`path` starts below the workspaces, or with `/soc` inside this one."""
        path = f"/{self.workspace_id}{path}" if path.startswith("/soc") else path
        headers = {"X-Project-Id": self.known["project_id"], "X-Language": "en-us"}
        if content_type:
            headers["Content-Type"] = content_type
        request = SdkRequest(
            method=method,
            schema="http",
            host=self.host,
            resource_path=f"/v1/{self.known['project_id']}/workspaces{path}",
            query_params=list(query.items()),
            header_params=headers,
            # Its encoder ends a document with a newline, which is signed with the rest.
            body=None if body is None else json.dumps(body) + "\n",
        )
        Signer(BasicCredentials(self.known["access_key"], self.known["secret_key"])).sign(request)
        return requests.request(method, request.url, headers=request.header_params, data=request.body, timeout=60)

    def ok(self, method: str, path: str, body=None, content_type: str | None = JSON, **query) -> dict:
        """It takes nothing but a 200 for success."""
        answer = self.send(method, path, body, content_type, **query)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def gone(self, code: str, method: str, path: str, body=None, status: int = 400, **query) -> None:
        check_refusal(self.send(method, path, body, **query), code, status=status)


@pytest.fixture
def provider(server, by_key) -> Provider:
    return Provider(server, by_key.new_workspace().workspace_id)


def without(fields: dict, *names: str) -> dict:
    return {name: value for name, value in fields.items() if name not in names}


def whose(provider: Provider) -> dict:
    return {"domain_id": "d" * 32, "project_id": provider.known["project_id"], "region_id": "local-1"}


def an_event(provider: Provider, kind: str, **fields) -> dict:
    """An alert or an incident as its resource describes it."""
    where = whose(provider)
    known = {
        "title": "test-terraform",
        "description": "created by terraform",
        kind: {"category": "Abnormal network behavior", kind: "Abnormal access frequency of IP address"},
        "data_source": {"product_feature": "hss", "product_name": "hss", "source_type": 1},
        "severity": "Tips",
        "handle_status": "Open",
        "ipdrr_phase": "Preparation",
        "verification_state": "Unknown",
        "simulation": True,
        "environment": where,
        "domain_id": where["domain_id"],
        "region_id": where["region_id"],
        "first_observed_time": "2023-04-18T13:00:00.000Z+0800",
    }
    return known | fields


def an_indicator(provider: Provider) -> dict:
    where = whose(provider)
    return {
        "name": "test-terraform",
        "indicator_type": {"category": "Domain", "indicator_type": "Domain", "id": UNKNOWN},
        "verdict": "Black",
        "data_source": where | {"product_feature": "hss", "product_name": "hss", "source_type": 1},
        "status": "Open",
        "confidence": 80,
        "granular_marking": 1,
        "value": "test.terraform.com",
        "environment": where,
        "defanged": False,
        "first_report_time": "2023-10-24T17:23:55.000Z+0800",
        "last_report_time": "2023-10-25T17:23:55.000Z+0800",
    }


def reads_an_object(provider: Provider, path: str, expected: dict) -> None:
    """Everything that was sent is read back, and the times that it shows."""
    shown = provider.ok("GET", path)["data"]["data_object"]
    assert {name: shown.get(name) for name in expected} == expected
    for name in ("create_time", "update_time"):
        # It cuts the Z out by its place.
        assert shown[name][23] == "Z" and shown[name][24] in "+-", shown[name]


def lives(provider: Provider, path: str, created: dict, changed: dict, batch_ids) -> None:
    """Created, read, changed, read, deleted, not found."""
    id = provider.ok("POST", path, {"data_object": created})["data"]["id"]
    one = f"{path}/{id}"
    reads_an_object(provider, one, created)
    provider.ok("PUT", one, {"batch_ids": [id], "data_object": changed})
    reads_an_object(provider, one, changed)
    reads_an_object(provider, one, {"data_source": created["data_source"]})
    answer = provider.ok("DELETE", path, {"batch_ids": batch_ids(id)})
    assert answer["data"] == {"success_ids": [id], "error_ids": []}
    provider.gone(OBJECT_NOT_FOUND, "GET", one)
    # A workspace that is gone has taken its objects along.
    provider.inside(UNKNOWN).gone(WORKSPACE_FORBIDDEN, "GET", one, status=403)


def test_an_alert(provider):
    created = an_event(provider, "alert_type")
    changed = without(created, "data_source", "environment", "simulation") | {
        "title": "test-terraform-update",
        "handle_status": "Closed",
        "close_reason": "False detection",
        "close_comment": "closed by terraform",
        "labels": "a,b",
        "owner": "ann",
        "last_observed_time": "2023-04-19T13:00:00.000Z+0800",
    }
    lives(provider, "/soc/alerts", created, changed, lambda id: [id])


def test_an_incident(provider):
    created = an_event(provider, "incident_type", sla="2023-05-18T13:00:00.000Z+0800")
    changed = created | {
        "ipdrr_phase": "Detection and Analysis",
        "severity": "Low",
        "sla": "2023-06-18T13:00:00.000Z+0800",
    }
    # It deletes with one id where the contract has a list.
    lives(provider, "/soc/incidents", created, changed, lambda id: id)


def test_an_indicator(provider):
    created = an_indicator(provider)
    changed = without(created, "data_source") | {
        "granular_marking": 3,
        "defanged": True,
        "value": "other.terraform.com",
    }
    lives(provider, "/soc/indicators", created, changed, lambda id: [id])


def test_lists_of_objects(provider):
    """It reads on until it has as many as there are in all."""
    ids = {path: [] for path in ("alerts", "incidents", "indicators", "vulnerability")}
    for number in range(12):
        for path, data in (
            ("alerts", an_event(provider, "alert_type", network_list=[{"src_ip": "192.0.2.1", "src_port": 4711}])),
            ("incidents", an_event(provider, "incident_type")),
            ("indicators", an_indicator(provider)),
            ("vulnerabilities", {"vul_name": f"CVE-{number}", "resource_num": number}),
        ):
            made = provider.ok("POST", f"/soc/{path}", {"data_object": data})["data"]["id"]
            ids["vulnerability" if path == "vulnerabilities" else path].append(made)
    condition = {"conditions": [{"name": "new", "data": ["is_deleted", "=", "false"]}], "logics": ["new"]}
    span = {"from_date": "2023-02-20T00:00:00.000Z+0800", "to_date": "2999-02-20T00:00:00.000Z+0800"}
    for path, made in ids.items():
        # Vulnerabilities come in pages of the usual size.
        body = span | ({"condition": condition} if path == "vulnerability" else {"limit": 1000})
        rows, offset = [], 0
        while True:
            page = provider.ok("POST", f"/soc/{path}/search", body | {"offset": offset})
            rows += page["data"]
            offset += len(page["data"])
            if not page["data"] or page["total"] == offset:
                break
        assert sorted(row["data_object"]["id"] for row in rows) == sorted(made), path
        assert {"id", "project_id", "workspace_id", "create_time", "update_time", "dataclass_ref"} <= rows[0].keys()


def test_relations_of_an_object(provider):
    incident = provider.ok("POST", "/soc/incidents", {"data_object": an_event(provider, "incident_type")})["data"]["id"]
    alerts = [
        provider.ok("POST", "/soc/alerts", {"data_object": an_event(provider, "alert_type")})["data"]["id"]
        for _ in range(3)
    ]
    path = f"/soc/incidents/{incident}/alerts"

    def related() -> set[str]:
        rows = provider.ok("POST", f"{path}/search", PAGE)["data"]
        return {row["data_object"]["id"] for row in rows}

    provider.ok("POST", path, {"ids": alerts[:2]})
    assert related() == set(alerts[:2])
    provider.ok("DELETE", path, {"ids": alerts[:1]})
    provider.ok("POST", path, {"ids": alerts[2:]})
    assert related() == set(alerts[1:])
    provider.ok("DELETE", path, {"ids": alerts[1:]})
    # None left: it takes that for not found.
    assert related() == set()
    provider.gone(OBJECT_NOT_FOUND, "POST", f"/soc/incidents/{UNKNOWN}/alerts/search", PAGE)


DRAFT = flows.minimal().content("JSON") | {
    "name": "draft", "description": "", "taskconfig": '{"test":"abc"}', "aop_type": "NORMAL",
}  # fmt: skip
VERSION_READ = {
    "aopworkflow_id", "name", "taskflow", "taskconfig", "taskflow_type", "aop_type", "description", "status",
    "owner_id", "creator_id", "version", "enabled",
}  # fmt: skip


def a_workflow(provider: Provider, name: str) -> tuple[str, str]:
    """A workflow and its draft, and what the provider reads of them."""
    classes = provider.ok("GET", "/soc/dataclasses", limit=100, offset=0)["dataclass_details"]
    alert = next(row["id"] for row in classes if row["name"] == "Alert")
    body = {
        "name": name,
        "description": "created by terraform",
        "engine_type": "public_engine",
        "aop_type": "NORMAL",
        "dataclass_id": alert,
    }
    made = provider.ok("POST", "/soc/workflows", body, JSON_UTF_8)["data"]
    assert (made["name"], made["enabled"], made["dataclass_name"]) == (name, False, "Alert")
    draft = without(DRAFT, "description")
    version = provider.ok("POST", f"/soc/workflows/{made['id']}/versions", draft, JSON_UTF_8)["data"]["id"]
    shown = provider.ok("GET", f"/soc/workflows/versions/{version}", content_type=JSON_UTF_8)["data"]
    assert VERSION_READ <= shown.keys() and shown["status"] == "pending_submit"
    assert {name: shown[name] for name in draft} == draft and shown["aopworkflow_id"] == made["id"]
    # First what has changed, then the status, with everything again.
    update = DRAFT | {"name": "draft-update"}
    path = f"/soc/workflows/versions/{version}"
    provider.ok("PUT", path, update, JSON_UTF_8)
    submitted = provider.ok("PUT", path, update | {"status": "pending_approval"}, JSON_UTF_8)["data"]
    assert submitted["status"] == "pending_approval" and submitted["version"]
    provider.ok("POST", f"{path}/approval", {"content": "ok", "result": "PASS"}, JSON_UTF_8)
    provider.ok(
        "PUT", f"/soc/workflows/{made['id']}", {"name": name, "enabled": True, "version_id": version}, JSON_UTF_8
    )
    return made["id"], version


def test_a_workflow_and_its_version(provider):
    workflow, version = a_workflow(provider, "test")
    shown = provider.ok("GET", f"/soc/workflows/{workflow}", content_type=JSON_UTF_8)["data"]
    assert (shown["enabled"], shown["version_id"]) == (True, version)
    run = {"command_type": "ActionInstanceRunCommand", "action_type": "workflow", "action_id": workflow}
    started = provider.ok("POST", f"/soc/workflows/{workflow}/instances", run, JSON_UTF_8)
    assert started["action_instance_id"] and started["command_type"] == run["command_type"]
    provider.ok("PUT", f"/soc/workflows/{workflow}", {"name": "test", "enabled": False}, JSON_UTF_8)
    one = f"/soc/workflows/versions/{version}"
    # What is activated is not deleted.
    provider.ok("PUT", one, DRAFT | {"name": "draft-update", "status": "not_activated"}, JSON_UTF_8)
    provider.ok("DELETE", one, content_type=JSON_UTF_8)
    provider.gone(VERSION_NOT_FOUND, "GET", one)
    provider.gone(VERSION_NOT_FOUND, "DELETE", one)
    provider.ok("DELETE", f"/soc/workflows/{workflow}", content_type=JSON_UTF_8)
    provider.gone(WORKFLOW_NOT_FOUND, "GET", f"/soc/workflows/{workflow}")
    provider.gone(WORKFLOW_NOT_FOUND, "DELETE", f"/soc/workflows/{workflow}")


RULE = {
    "conditions": [{"data": ["waf.alarm.level", ">", "3"], "detail": "123", "name": "condition_0"}],
    "expression_type": "common",
    "logics": ["condition_0"],
    **dict.fromkeys(
        ["cron", "end_time", "end_type", "execution_type", "only_once", "repeat_range", "schedule_type", "start_time"]
    ),
    "start_type": None,
}
PLAYBOOK_READ = {
    "id", "name", "description", "enabled", "approve_role", "create_time", "update_time", "dataclass_id",
    "dataclass_name", "edit_role", "owner_id", "reject_version_id", "unaudited_version_id", "user_role", "version",
    "version_id",
}  # fmt: skip
PLAYBOOK_VERSION_READ = {
    "description", "dataclass_id", "rule_enable", "rule_id", "trigger_type", "dataobject_create", "dataobject_delete",
    "dataobject_update", "action_strategy", "create_time", "update_time", "approve_name", "creator_id",
    "dataclass_name", "enabled", "modifier_id", "playbook_id", "status", "version", "version_type",
}  # fmt: skip


def found(rows: list[dict], id: str) -> dict | None:
    return next((row for row in rows if row["id"] == id), None)


def test_a_playbook_from_its_creation_to_its_end(provider):
    workflow, _ = a_workflow(provider, "for a playbook")

    # playbook
    body = {"name": "test-terraform", "description": "created by terraform"}
    playbook = provider.ok("POST", "/soc/playbooks", body)["data"]["id"]
    provider.ok("PUT", f"/soc/playbooks/{playbook}", body)

    def listed() -> dict | None:
        """It looks for the playbook in pages, until one is empty."""
        rows, offset = [], 0
        while page := provider.ok("GET", "/soc/playbooks", limit=1000, offset=offset)["data"]:
            rows, offset = rows + page, offset + len(page)
        return found(rows, playbook)

    assert PLAYBOOK_READ <= listed().keys() and listed()["description"] == body["description"]

    # playbook version
    classes = provider.ok("GET", "/soc/dataclasses", limit=100, offset=0)["dataclass_details"]
    alert = next(row["id"] for row in classes if row["name"] == "Alert")
    body = {
        "dataclass_id": alert, "description": "created by terraform", "rule_enable": True, "trigger_type": "EVENT",
        "dataobject_create": True, "dataobject_update": True, "dataobject_delete": True, "action_strategy": "ASYNC",
    }  # fmt: skip
    versions = f"/soc/playbooks/{playbook}/versions"
    version = provider.ok("POST", versions, body)["data"]["id"]

    def version_listed() -> dict | None:
        return found(provider.ok("GET", versions, limit=1000)["data"], version)

    assert PLAYBOOK_VERSION_READ <= version_listed().keys() and version_listed()["status"] == "EDITING"
    # What is false it leaves out.
    update = without(body, "dataobject_update") | {"description": ""}
    one = f"/soc/playbooks/versions/{version}"
    provider.ok("PUT", one, update)
    assert version_listed()["description"] == ""

    # playbook rule: text that holds JSON
    rule = provider.ok("POST", f"{one}/rules", {"rule": json.dumps(RULE)})["data"]["id"]
    shown = provider.ok("GET", f"{one}/rules/{rule}")["data"]
    assert json.loads(shown["rule"])["conditions"] == RULE["conditions"]
    assert {"create_time", "update_time"} <= shown.keys()
    provider.ok("PUT", f"{one}/rules/{rule}", {"rule": json.dumps(RULE | {"logics": []})})

    # playbook action: a list of one, with a number to sort by
    body = {"action_id": workflow, "name": "test", "action_type": "AOP_WORKFLOW", "sort_order": 1.5}
    provider.gone("SecMaster.20030001", "POST", f"{one}/actions", [body])
    action = provider.ok("POST", f"{one}/actions", [body | {"sort_order": 1}])["data"][0]["id"]
    row = found(provider.ok("GET", f"{one}/actions", limit=1000)["data"], action)
    assert (row["name"], row["sort_order"], row["action_id"], row["playbook_id"]) == ("test", 1, workflow, playbook)
    assert row["action_type"] == "AOP_WORKFLOW" and {"create_time", "update_time", "description"} <= row.keys()
    provider.ok("PUT", f"{one}/actions/{action}", body | {"sort_order": 2, "description": "", "name": "changed"})

    # playbook version action: what it reads, and where to
    read = provider.ok("GET", one)["data"]
    names = PLAYBOOK_VERSION_READ - {"create_time", "update_time", "approve_name", "creator_id", "dataclass_name"}
    names -= {"modifier_id", "version", "version_type", "status"}
    provider.ok("PUT", one, {name: read[name] for name in names} | {"status": "APPROVING"})
    assert version_listed()["status"] == "APPROVING" and listed()["unaudited_version_id"] == version

    # playbook approval: what is empty is null
    provider.ok("POST", f"{one}/approval", {"result": "PASS", "content": None})
    assert (version_listed()["status"], version_listed()["version_type"]) == ("PUBLISHED", 1)

    # playbook enable
    enable = {"name": "test-terraform", "enabled": True, "active_version_id": version}
    provider.ok("PUT", f"/soc/playbooks/{playbook}", enable)
    assert (listed()["enabled"], listed()["version_id"]) == (True, version)
    assert version_listed()["enabled"] is True

    # And back.
    provider.ok("PUT", f"/soc/playbooks/{playbook}", {"name": "test-terraform", "enabled": False})
    assert listed()["enabled"] is False
    provider.ok("DELETE", f"{one}/actions/{action}")
    assert found(provider.ok("GET", f"{one}/actions", limit=1000)["data"], action) is None
    provider.gone(PLAYBOOK_PART_NOT_FOUND, "DELETE", f"{one}/actions/{action}")
    provider.ok("DELETE", f"{one}/rules/{rule}")
    for method in ("GET", "DELETE"):
        provider.gone(PLAYBOOK_PART_NOT_FOUND, method, f"{one}/rules/{rule}")
    provider.ok("DELETE", one)
    assert version_listed() is None
    provider.gone(PLAYBOOK_PART_NOT_FOUND, "DELETE", one)
    provider.gone(OBJECT_NOT_FOUND, "GET", f"{one}/actions", limit=1000)
    provider.ok("DELETE", f"/soc/playbooks/{playbook}")
    assert listed() is None
    provider.inside(UNKNOWN).gone(WORKSPACE_FORBIDDEN, "GET", "/soc/playbooks", status=403, limit=1000, offset=0)


def test_a_connection_and_a_template_of_a_component(provider):
    rows = provider.ok("GET", "/soc/components", limit=200, offset=0)["data"]
    http = next(row for row in rows if row["name"] == "HTTP")
    body = {
        "name": "test-terraform", "component_id": http["id"], "component_version_id": http["versions"][0]["id"],
        "config": '{"endpoint":"https://example.com"}', "description": "created by terraform",
    }  # fmt: skip
    connection = provider.ok("POST", "/soc/assetcredentials", body)["asset"]["id"]
    one = f"/soc/assetcredentials/{connection}"
    assert provider.ok("GET", one)["asset"]["name"] == "test-terraform"
    listed = provider.ok("GET", "/soc/assetcredentials", limit=200, offset=0)["assets"]
    assert found(listed, connection)["component_id"] == http["id"]
    provider.ok("PUT", one, body | {"name": "test-terraform-update"})
    assert provider.ok("GET", one)["asset"]["name"] == "test-terraform-update"
    provider.ok("DELETE", one)
    provider.gone(CONNECTION_NOT_FOUND, "GET", one)

    body = {"component_id": http["id"], "template_name": "test", "task_config": '{"action_id":"test_action"}'}
    template = provider.ok("POST", "/soc/components/template", body)["data"]["id"]
    one = f"/soc/components/template/{template}"
    assert without(provider.ok("GET", one)["data"], "id", "create_time", "update_time", "project_id") == body
    provider.ok("PUT", one, body | {"template_name": "test_update"})
    provider.ok("DELETE", one)
    provider.gone(TEMPLATE_NOT_FOUND, "GET", one)


def test_a_workspace(provider):
    body = {
        "name": Api.new_name("tf"),
        "project_name": "local-1",
        "region_id": "local-1",
        "description": "by terraform",
    }
    made = provider.ok("POST", "", body)["id"]
    shown = provider.ok("GET", f"/{made}")["workspace"]
    assert {name: shown[name] for name in body} == body
    provider.ok("PUT", f"/{made}", {"name": body["name"], "description": ""})
    assert provider.ok("GET", f"/{made}")["workspace"]["description"] == ""
    assert provider.send("DELETE", f"/{made}", permanent_delete="true").status_code == 200
    provider.gone(WORKSPACE_NOT_FOUND, "GET", f"/{made}")
