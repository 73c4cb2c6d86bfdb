"""What clients should not send: in every case a clear 4xx, nothing half-written, and a server that still answers."""

import json
import socket
import threading
import uuid
from urllib.parse import urlsplit

import pytest
import requests
from huaweicloudsdksecmaster import v1

from sdk import flows, playbooks
from sdk.clients import Api, Raw, access_key_api
from sdk.objects import an_indicator, form_file
from sdk.people import other_tenant
from sdk.refusal import (
    ATTACHMENT_NOT_FOUND,
    CONNECTION_NOT_FOUND,
    DATACLASS_NOT_FOUND,
    INSTANCE_NOT_FOUND,
    INVALID,
    OBJECT_NOT_FOUND,
    PLAYBOOK_INSTANCE_NOT_FOUND,
    PLAYBOOK_NOT_FOUND,
    PLAYBOOK_PART_NOT_FOUND,
    PROJECT_FORBIDDEN,
    TASK_NOT_FOUND,
    TEMPLATE_NOT_FOUND,
    TOO_LARGE,
    VERSION_NOT_FOUND,
    WORKFLOW_NOT_FOUND,
    WORKSPACE_FORBIDDEN,
    check_message,
    check_refusal,
    refused,
)
from sdk.test_components import component
from sdk.test_connections import body as connection_body

JSON = {"Content-Type": "application/json"}
# Each call with a body: method, path, and a body that is accepted (or would be, if what it names existed).
UNKNOWN = str(uuid.UUID(int=0x7000_8000_0000_0000_0000))
BODIES = {
    ("POST", "/v1/{project}/workspaces"): {"name": "w", "region_id": "r", "project_name": "p"},
    ("PUT", ""): {"name": "w"},
    ("POST", "/soc/workflows"): {
        "name": "n", "engine_type": "public_engine", "aop_type": "NORMAL", "dataclass_id": UNKNOWN,
    },
    ("PUT", f"/soc/workflows/{UNKNOWN}"): {"name": "n", "enabled": False},
    ("POST", f"/soc/workflows/{UNKNOWN}/versions"): {
        "name": "n", "description": "", "taskconfig": "", "taskflow": "", "taskflow_type": "JSON", "aop_type": "NORMAL",
    },
    ("PUT", f"/soc/workflows/versions/{UNKNOWN}"): {"status": "activated"},
    ("POST", f"/soc/workflows/versions/{UNKNOWN}/approval"): {"content": "c", "result": "PASS"},
    ("POST", "/soc/workflows/validation"): {
        "mode": "BASIC", "taskconfig": "", "taskflow": "", "aopworkflow_id": UNKNOWN,
    },
    ("POST", f"/soc/workflows/{UNKNOWN}/instances"): {
        "command_type": "ActionInstanceRunCommand", "action_type": "workflow",
        "playbook_context": {"data_object": {"content": {}, "dataclass": {"name": "Alert"}}},
    },
    ("PUT", f"/soc/workflows/instances/{UNKNOWN}"): {"command_type": "ActionInstanceTerminateCommand"},
    ("PUT", f"/soc/tasks/{UNKNOWN}"): {"action": "CONTINUE"},
    ("POST", "/soc/workflows/export"): {"id": [UNKNOWN]},
    ("POST", f"/soc/dataclasses/{UNKNOWN}/types"): {"category": "c", "category_code": "c", "enabled": True, "sla": 1},
    ("DELETE", f"/soc/dataclasses/{UNKNOWN}/types"): {"is_delete": True, "ids": [UNKNOWN]},
    ("POST", f"/soc/dataclasses/{UNKNOWN}/types/enable"): {"enable": True, "ids": [UNKNOWN]},
    ("POST", "/soc/assetcredentials"): {
        "name": "n", "component_id": UNKNOWN, "component_version_id": UNKNOWN, "config": "{}",
    },
    ("PUT", f"/soc/assetcredentials/{UNKNOWN}"): {
        "name": "n", "component_id": UNKNOWN, "component_version_id": UNKNOWN, "config": "{}",
    },
    ("POST", "/soc/alerts"): {"data_object": {"title": "t"}},
    ("PUT", f"/soc/alerts/{UNKNOWN}"): {"data_object": {"title": "t"}},
    ("POST", "/soc/alerts/search"): {
        "limit": 1, "offset": 0, "sort_by": "create_time", "order": "ASC", "from_date": "2020-01-01T00:00:00.000Z",
        "condition": {"conditions": [{"name": "a", "data": ["severity", "=", "High"]}], "logics": ["a"]},
    },
    ("POST", "/soc/alerts/batch-update"): {"batch_ids": [UNKNOWN], "data_object": {"title": "t"}},
    ("POST", "/soc/alerts/batch-delete"): {"batch_ids": [UNKNOWN]},
    ("DELETE", "/soc/alerts"): {"batch_ids": [UNKNOWN]},
    ("POST", "/soc/alerts/export"): {"data_object_filters_form": {}, "title": ["title"], "format": "CSV"},
    ("POST", "/soc/incidents"): {"data_object": {"title": "t"}},
    ("PUT", f"/soc/incidents/{UNKNOWN}"): {"data_object": {"title": "t"}},
    ("POST", "/soc/indicators"): {"data_object": {"name": "n"}},
    ("PUT", f"/soc/indicators/{UNKNOWN}"): {"data_object": {"name": "n"}},
    ("POST", "/soc/vulnerability/search"): {"limit": 1, "offset": 0},
    ("POST", "/soc/resources"): {
        "id": UNKNOWN, "format_version": 1, "name": "n", "type": "MANUAL", "trigger_flag": False, "data_object": {},
    },
    ("PUT", f"/soc/resources/{UNKNOWN}"): {"trigger_flag": False, "data_object": {"name": "n"}},
    ("POST", f"/soc/alerts/{UNKNOWN}/incidents"): {"ids": [UNKNOWN]},
    ("DELETE", f"/soc/alerts/{UNKNOWN}/incidents"): {"ids": [UNKNOWN]},
    ("POST", f"/soc/alerts/{UNKNOWN}/incidents/search"): {"limit": 1},
    ("POST", "/soc/alerts/incidents/batch-create"): {"dataobject_ids": [UNKNOWN], "related_dataobject_ids": [UNKNOWN]},
    ("POST", "/soc/datapanel/alerts/data-objects/batch-create"): {"data_object_list": [{"title": 5}], "name": "n"},
    ("POST", "/soc/datapanel/alerts/data-objects/search"): {"limit": 1, "offset": 0},
    ("POST", "/soc/notes"): {"war_room_id": UNKNOWN, "type": "textMessage", "content": "c", "note_type": "n"},
    ("POST", "/soc/notes/search"): {"war_room_id": UNKNOWN, "limit": 1, "offset": 0, "sort_by": "create_time"},
    ("DELETE", "/soc/notes"): {"batch_ids": [UNKNOWN]},
    ("POST", "/soc/components/template"): {"component_id": UNKNOWN, "template_name": "n", "task_config": "{}"},
    ("PUT", f"/soc/components/template/{UNKNOWN}"): {
        "component_id": UNKNOWN, "template_name": "n", "task_config": "{}",
    },
    ("PUT", f"/soc/playbooks/{UNKNOWN}"): {
        "name": "n", "description": "d", "enabled": True, "active_version_id": UNKNOWN,
    },
    ("POST", "/soc/playbooks/export"): {"id": [UNKNOWN]},
    ("POST", f"/soc/playbooks/{UNKNOWN}/versions"): {
        "dataclass_id": UNKNOWN, "description": "d", "trigger_type": "EVENT", "dataobject_create": True,
        "dataobject_update": False, "dataobject_delete": False, "action_strategy": "ASYNC", "rule_enable": False,
        "actions": [],
    },
    ("PUT", f"/soc/playbooks/versions/{UNKNOWN}"): {
        "status": "APPROVING", "description": "d", "rule_enable": True, "enabled": False, "actions": [],
    },
    ("POST", f"/soc/playbooks/versions/{UNKNOWN}/approval"): {"content": "c", "result": "PASS"},
    ("POST", f"/soc/playbooks/versions/{UNKNOWN}/clone"): {"name": "n"},
    ("PUT", f"/soc/playbooks/versions/{UNKNOWN}/actions/{UNKNOWN}"): {"name": "n", "action_id": UNKNOWN},
    ("POST", f"/soc/playbooks/instances/{UNKNOWN}/operation"): {"operation": "RETRY"},
    ("POST", "/soc/playbooks/instances/auditlogs"): {"instance_type": "PLAYBOOK", "status": "RUNNING", "input": "i"},
}  # fmt: skip
# The vendor's Terraform provider sends one id where the contract has a list.
ONE_OR_MANY = {"batch_ids", "ids", "dataobject_ids", "related_dataobject_ids"}
CALLS = [pytest.param(method, path, body, id=f"{method} {path}") for (method, path), body in BODIES.items()]


def send(raw, method, path, **options):
    if path.startswith("/v1/"):
        path = path.format(project=raw.server.credentials["project_id"])
    elif path == "":
        path = raw.base(UNKNOWN)
    return raw.send(method, path, **options)


def clear_4xx(answer, status=400):
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:300]}"
    body = answer.json()
    assert set(body) == {"code", "message"}, body
    check_message(body["message"])
    return body


@pytest.mark.parametrize("method, path, body", CALLS)
def test_a_broken_body_is_refused(raw, method, path, body):
    whole = json.dumps(body).encode()
    broken = [
        b"",
        b" ",
        b"{",
        whole[:-1],
        whole + b"x",
        whole.replace(b":", b"=", 1),
        whole.replace(b'"', b"'"),
        b"\xff\xfe" + whole,
        b"\xef\xbb\xbf" + whole,
        whole.decode().encode("utf-16"),
        b'{"name":"\xc3\x28"}',
        b'{"name":"\\ud800"}',
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b"NaN",
        b'{"a":1e99999999,' + whole[1:],
        b"[" * 10_000 + b"]" * 10_000,
        b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"ignored":' + b"[" * 9_000 + b"]" * 9_000 + b"," + whole[1:],
    ]
    for content in broken:
        answer = send(raw, method, path, data=content, headers=JSON)
        if b"1e9999" in content or b"ud800" in content or b"\xc3" in content:
            # In a field that nobody reads, or has to.
            assert answer.status_code in (200, 400, 403), content[:60]
        else:
            assert clear_4xx(answer)["code"] == INVALID, content[:60]
    for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "a/b/c", "json"):
        clear_4xx(send(raw, method, path, data=whole, headers={"Content-Type": content_type}))


@pytest.mark.parametrize("method, path, body", CALLS)
def test_a_field_of_another_type_is_named(raw, method, path, body):
    for field, value in body.items():
        others = [7, 1.5, True, "text", [], [1], {}, {"a": 1}, [[]]]
        if field == "input_dataobject":
            continue
        if field in ONE_OR_MANY:
            others = [other for other in others if not isinstance(other, str)]
        for other in others:
            if type(other) is type(value):
                continue
            body_of_other = clear_4xx(send(raw, method, path, json=body | {field: other}))
            assert body_of_other["code"] == INVALID and field in body_of_other["message"], (field, other, body_of_other)


@pytest.mark.parametrize("method, path, body", CALLS)
def test_a_missing_field_is_named_or_left_out(raw, method, path, body):
    for field in body:
        rest = {key: value for key, value in body.items() if key != field}
        for content in (rest, rest | {field: None}):
            answer = send(raw, method, path, json=content)
            assert answer.status_code in (200, 400, 403), answer.text
            if answer.status_code == 400 and answer.json()["code"] == INVALID:
                check_message(answer.json()["message"])


@pytest.mark.parametrize("method, path, body", CALLS)
def test_a_body_over_12_mb_is_refused_and_the_client_sees_it(raw, server, by_key, method, path, body):
    padded = json.dumps(body | {"ignored": "x" * (13 << 20)}).encode()
    check_refusal(send(raw, method, path, data=padded, headers=JSON), TOO_LARGE, "12582912", status=413)
    # Without a length, in pieces.
    pieces = iter([padded[at : at + 65536] for at in range(0, len(padded), 65536)])
    check_refusal(send(raw, method, path, data=pieces, headers=JSON), TOO_LARGE, status=413)
    assert server.answers()


def test_the_sdk_sees_a_413(by_key):
    with refused(TOO_LARGE, "12582912", status=413):
        by_key.create_workflow("n", description="x" * (13 << 20))
    assert by_key.list_workflows().success


def test_a_body_just_under_12_mb_is_read(by_key):
    with refused(INVALID, "description"):
        by_key.create_workflow("n", description="x" * (12_000_000))


# Ids of every kind in every path that has one, each with what is unknown then.
PATHS = [
    ("GET", "/soc/workflows/{}", WORKFLOW_NOT_FOUND),
    ("DELETE", "/soc/workflows/{}", WORKFLOW_NOT_FOUND),
    ("GET", "/soc/workflows/{}/versions", WORKFLOW_NOT_FOUND),
    ("GET", "/soc/workflows/versions/{}", VERSION_NOT_FOUND),
    ("DELETE", "/soc/workflows/versions/{}", VERSION_NOT_FOUND),
    ("GET", "/soc/workflows/instances/{}", INSTANCE_NOT_FOUND),
    ("GET", "/soc/tasks/{}", TASK_NOT_FOUND),
    ("GET", "/soc/dataclasses/{}", DATACLASS_NOT_FOUND),
    ("GET", "/soc/dataclasses/{}/fields", DATACLASS_NOT_FOUND),
    ("GET", "/soc/dataclasses/{}/types", DATACLASS_NOT_FOUND),
    ("GET", "/soc/assetcredentials/{}", CONNECTION_NOT_FOUND),
    ("DELETE", "/soc/assetcredentials/{}", CONNECTION_NOT_FOUND),
    ("GET", "/soc/alerts/{}", OBJECT_NOT_FOUND),
    ("GET", "/soc/incidents/{}", OBJECT_NOT_FOUND),
    ("GET", "/soc/indicators/{}", OBJECT_NOT_FOUND),
    ("GET", "/soc/vulnerability/{}", OBJECT_NOT_FOUND),
    ("GET", "/soc/resources/{}", OBJECT_NOT_FOUND),
    ("GET", "/soc/attachment/{}", ATTACHMENT_NOT_FOUND),
    ("GET", "/soc/attachment/{}/download", ATTACHMENT_NOT_FOUND),
    ("GET", "/soc/components/template/{}", TEMPLATE_NOT_FOUND),
    ("DELETE", "/soc/components/template/{}", TEMPLATE_NOT_FOUND),
    ("GET", "/soc/playbooks/{}", PLAYBOOK_NOT_FOUND),
    ("DELETE", "/soc/playbooks/{}", PLAYBOOK_NOT_FOUND),
    ("GET", "/soc/playbooks/{}/versions", PLAYBOOK_NOT_FOUND),
    ("GET", "/soc/playbooks/versions/{}", PLAYBOOK_PART_NOT_FOUND),
    ("DELETE", "/soc/playbooks/versions/{}", PLAYBOOK_PART_NOT_FOUND),
    ("GET", "/soc/playbooks/versions/{}/actions", OBJECT_NOT_FOUND),
    ("GET", "/soc/playbooks/instances/{}", PLAYBOOK_INSTANCE_NOT_FOUND),
    ("GET", "/soc/playbooks/instances/{}/topology", PLAYBOOK_INSTANCE_NOT_FOUND),
]


@pytest.mark.parametrize("method, path, code", PATHS)
def test_an_id_that_is_unknown_or_none_is_refused(raw, method, path, code):
    check_refusal(raw.send(method, path.format(UNKNOWN)), code, UNKNOWN)
    for id in (
        "x",
        "0" * 32 + "x",
        "%00",
        "%ff",
        "%F0%9F%9A%92",
        "'%20OR%20'1'='1",
        UNKNOWN + "x",
        "x" * 5000,
        "%2e%2e%2fx",
    ):
        body = clear_4xx(raw.send(method, path.format(id)))
        assert body["code"] in (INVALID, code) and ("_id" in body["message"] or "path" in body["message"]), body


@pytest.fixture(scope="module")
def theirs(server, raw, tmp_path_factory):
    """Somebody else's things, by kind."""
    api = other_tenant(server, raw)
    workflow = api.publish(flows.asking(), "secret plan")
    instance = api.start(workflow.id)
    alert = {"data_object": {"title": "secret plan"}}
    playbook = playbooks.active(api, [workflow.id], name="secret plan")
    objects = {
        "alerts": api.create_alert(body=alert).data.id,
        "incidents": api.create_incident(body=alert).data.id,
        "indicators": api.create_indicator(body={"data_object": an_indicator(name="secret plan")}).data.id,
    }
    for name, data in (("vulnerabilities", {"vul_name": "secret plan"}), ("resources", {"name": "secret plan"})):
        body = {"data_object": data | {"type": "vm"}}
        objects[name] = api.create_dataobject(dataclass_name=name, body=body).data.id
    template = {"component_id": component(api, "HTTP").id, "template_name": "secret plan", "task_config": "{}"}
    file = v1.UploadAttachmentRequestBody(
        file_type="user_task", upload_file=form_file(tmp_path_factory.mktemp("file"), b"x", "secret plan")
    )
    return api, {
        "workflows": workflow.id,
        "workflows/versions": workflow.version_id,
        "workflows/instances": instance,
        "tasks": api.task(instance).id,
        "dataclasses": api.dataclass().id,
        "assetcredentials": api.create_connection(body=connection_body(api)).asset.id,
        "vulnerability": objects["vulnerabilities"],
        "attachment": api.upload_attachment(body=file).data.id,
        "components/template": api.create_component_template(body=template).data.id,
        "playbooks": playbook.id,
        "playbooks/versions": playbook.version_id,
        "playbooks/instances": api.wait_for(lambda: playbooks.runs(api, playbook))[0].id,
        **objects,
    }


@pytest.mark.parametrize("method, path, code", PATHS)
def test_another_tenant_s_things_are_unknown(raw, theirs, method, path, code):
    """The same answer as for something that does not exist at all."""
    _, ids = theirs
    id = ids[path.split("/{}")[0].removeprefix("/soc/")]
    answer = raw.send(method, path.format(id))
    check_refusal(answer, code)
    unknown = raw.send(method, path.format(UNKNOWN))
    assert answer.json()["message"].replace(id, UNKNOWN) == unknown.json()["message"]
    assert "secret plan" not in answer.text


def test_nothing_of_another_tenant_can_be_used(by_token, theirs):
    _, ids = theirs
    with refused(WORKFLOW_NOT_FOUND):
        by_token.create_version(ids["workflows"], flows.minimal())
    with refused(WORKFLOW_NOT_FOUND):
        by_token.start(ids["workflows"])
    with refused(VERSION_NOT_FOUND):
        by_token.move(ids["workflows/versions"], "not_activated")
    with refused(VERSION_NOT_FOUND):
        by_token.review(ids["workflows/versions"])
    mine = by_token.create_workflow()
    with refused(VERSION_NOT_FOUND):
        by_token.enable(mine.id, ids["workflows/versions"])
    with refused(INSTANCE_NOT_FOUND):
        by_token.command(ids["workflows/instances"], "Terminate")
    with refused(TASK_NOT_FOUND):
        by_token.answer(ids["tasks"])
    with refused(INVALID, "dataclass_id"):
        by_token.create_workflow(dataclass_id=ids["dataclasses"])
    # A call activity or a connection by an id of theirs is as unknown.
    flow = flows.Flow().start().service("call", "HTTP", "request", {"url": "/"}, connection=ids["assetcredentials"])
    version = by_token.create_version(mine.id, flow.end().chain("start", "call", "end"))
    with refused("SecMaster.20090608", "unknown_connection"):
        by_token.move(version.id, "pending_approval")
    calls = flows.Flow().start().call("call", ids["workflows"]).end().chain("start", "call", "end")
    failed = by_token.run(calls, expect="FAILED")
    assert "secret plan" not in str(failed.topology)


def test_another_tenant_s_workspace_and_project_are_closed(raw, by_token, theirs):
    api, _ = theirs
    with refused(WORKSPACE_FORBIDDEN, "workspace_id", status=403):
        by_token.inside(api.workspace_id).list_workflows()
    unknown = Api(by_token.client, str(uuid.uuid4()), by_token.project_id)
    with refused(WORKSPACE_FORBIDDEN, "workspace_id", status=403):
        unknown.list_workflows()
    path = f"/v1/{api.project_id}/workspaces/{api.workspace_id}/soc/workflows"
    check_refusal(raw.get(path), PROJECT_FORBIDDEN, "project_id", status=403)
    check_refusal(raw.get(path.replace(api.project_id, uuid.uuid4().hex)), PROJECT_FORBIDDEN, status=403)


@pytest.mark.parametrize(
    "query",
    ["limit=1&limit=2", "offset=99999999999999999999", "limit=1.5", "limit=", "name=%00", "name=%ff", "%00=1", "&&&=&"],
)
def test_a_broken_query_is_refused_or_ignored(raw, query):
    for path in (
        "/soc/workflows", "/soc/workflows/instances", "/soc/tasks", "/soc/dataclasses", "/soc/assetcredentials",
        "/v3/users", "/v3/projects", "/v3/roles",
    ):  # fmt: skip
        answer = raw.get(f"{path}?{query}")
        assert answer.status_code in (200, 400), f"{path}?{query}: {answer.status_code} {answer.text}"
        if answer.status_code == 400 and not path.startswith("/v3"):
            clear_4xx(answer)


@pytest.mark.parametrize(
    "path, filters",
    [
        ("/soc/workflows", ["name", "description", "dataclass_name"]),
        ("/soc/workflows/instances", ["name", "dataobject_id", "defence_id"]),
        ("/soc/tasks", ["name", "note", "creator_name"]),
        ("/soc/dataclasses", ["name", "business_code", "description"]),
        ("/soc/assetcredentials", ["name", "component_name", "creator_name", "modifier_name", "description"]),
        ("/v3/users", ["name"]),
        ("/v3/projects", ["name"]),
    ],
)
def test_a_filter_may_hold_any_text_but_u_0000(raw, path, filters):
    for field in filters:
        for text in (
            "%",
            "_",
            "\\",
            "'",
            "a\x01b",
            "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"),
            "流" * 300,
        ):
            assert raw.get(path, params={field: text}).status_code == 200, (field, text)
        assert raw.get(path, params={field: "a\0b"}).status_code in (200, 400)


def test_a_long_query_is_refused_or_found_to_find_nothing(raw):
    answer = raw.get("/soc/workflows", params={"name": "x" * 30_000})
    assert answer.status_code in (200, 400, 414), answer.status_code


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "OPTIONS", "PROPFIND"])
def test_an_unknown_method_is_refused(raw, method):
    answer = raw.send(method, "/soc/workflows")
    assert answer.status_code in (404, 405) and answer.json()["code"], answer.text


@pytest.mark.parametrize("path", ["/soc/nothing/at/all/of/this", "/v1/x", "/v9", "/soc/workflows/versions"])
def test_an_unknown_path_is_refused(raw, path):
    answer = raw.get(path)
    assert answer.status_code in (400, 403, 404) and "code" in answer.json(), answer.text


def test_messages_come_in_the_language_of_the_client(raw):
    chinese = raw.get("/soc/workflows?limit=0", headers={"X-Language": "zh-cn"}).json()["message"]
    english = raw.get("/soc/workflows?limit=0", headers={"X-Language": "en-us"}).json()["message"]
    assert chinese == "limit必须在1到100之间" and english == "limit must be between 1 and 100"
    assert raw.get("/soc/workflows?limit=0", headers={"X-Language": "tlh"}).json()["message"] == english


def test_a_client_that_hangs_or_lies_harms_nobody(server, raw):
    """Half requests, wrong lengths, connections that only open."""
    host, port = urlsplit(server.endpoint).netloc.split(":")
    line = f"POST {raw.base()}/soc/workflows HTTP/1.1\r\nHost: {host}:{port}\r\nX-Auth-Token: {raw.token}\r\n"
    starts = [
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        line.encode(),
        (line + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{").encode(),
        (line + "Content-Length: -1\r\n\r\n").encode(),
        (line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}").encode(),
        (line + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n").encode(),
        (line + "Transfer-Encoding: chunked\r\n\r\nzz\r\n").encode(),
        (line + "X-Long: " + "x" * 100_000 + "\r\n\r\n").encode(),
        (line + "X-Bad\x00Header: 1\r\n\r\n").encode(),
    ]
    held = []
    for start in starts * 3:
        connection = socket.create_connection((host, int(port)), 10)
        connection.sendall(start)
        held.append(connection)
    assert raw.get("/soc/workflows").status_code == 200 and server.answers()
    for connection in held:
        connection.close()
    assert raw.get("/soc/workflows").status_code == 200


def test_many_bad_requests_at_once_leave_good_ones_alone(server, token):
    """One bad caller never fails the others, although their writes share a commit."""
    results = []

    def bad(number):
        raw = Raw(server, token)
        for _ in range(20):
            body = {"name": "same", "engine_type": "public_engine", "aop_type": "NORMAL", "dataclass_id": number}
            results.append(raw.post("/soc/workflows", json=body).status_code == 400)

    def good(api, name, dataclass):
        for index in range(20):
            results.append(api.create_workflow(f"{name} {index}", dataclass_id=dataclass).enabled is False)

    api = access_key_api(server)
    dataclass = api.dataclass().id
    threads = [threading.Thread(target=bad, args=(number,)) for number in range(4)]
    threads += [threading.Thread(target=good, args=(api, Api.new_name(), dataclass)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 160


def test_health_is_told_without_credentials(server):
    assert requests.get(server.endpoint + "/healthz", timeout=10).json() == {"status": "ok"}
    assert requests.get(server.endpoint + "/readyz", timeout=10).status_code == 200
    assert requests.get(server.endpoint + "/openapi.json", timeout=10).json()["openapi"].startswith("3.1")
