"""Workflows: create exactly as the vendor's page shows it, list, show, change, delete."""

import json
import re
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.alerts import SHARED
from sdk.clients import Api
from sdk.refusal import (
    INVALID,
    VERSION_NOT_FOUND,
    VERSION_STATE,
    WORKFLOW_IN_USE,
    WORKFLOW_NAME_TAKEN,
    WORKFLOW_NOT_FOUND,
    check_refusal,
    refused,
)

HEX32 = re.compile(r"[0-9a-f]{32}")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\+0800")

# The request of the page's example; the data class is the workspace's own.
REQUEST = {
    "name": "Test_aop",
    "aop_type": "NORMAL",
    "engine_type": "public_engine",
    "description": "Aop workflow description",
    "labels": "IP",
}
# All 25 fields of the answer: a value, or a form.
EXPECTED = {
    "id": UUID,
    "name": "Test_aop",
    "description": "Aop workflow description",
    "project_id": HEX32,
    "owner_id": "",
    "creator_id": HEX32,
    "creator_name": "admin",
    "create_time": TIME,
    "modifier_id": "",
    "modifier_name": "",
    "update_time": TIME,
    "edit_role": "",
    "use_role": "",
    "approve_role": "",
    "enabled": False,
    "workspace_id": UUID,
    "version_id": "",
    "current_approval_version_id": "",
    "current_rejected_version_id": "",
    "aop_type": "NORMAL",
    "engine_type": "public_engine",
    "dataclass_id": UUID,
    "dataclass_name": "Alert",
    "labels": "IP",
    "version": "",
}


@pytest.fixture
def room(api):
    """A workspace of its own, where names are free."""
    body = v1.CreateWorkspaceRequestBody(name=Api.new_name("room"), region_id="local-1", project_name="local-1")
    inside = api.inside(api.create_workspace(body=body).id)
    yield inside
    inside.delete_workspace(permanent_delete=True)


def test_the_example_of_the_page_is_answered_field_by_field(room):
    alert = room.dataclass("Alert")
    created = room.create_aop_workflow(body=v1.CreateAopWorkflowInfo(**REQUEST, dataclass_id=alert.id))
    answer = json.loads(created.raw_content)
    assert {key: value for key, value in answer.items() if key != "data"} == {
        "code": "00000000",
        "message": "",
        "request_id": "",
        "success": True,
    }
    data = answer["data"]
    assert set(data) == set(EXPECTED) and len(data) == 25
    for field, expected in EXPECTED.items():
        if isinstance(expected, re.Pattern):
            assert expected.fullmatch(data[field]), f"{field}: {data[field]}"
        else:
            assert data[field] == expected, field
    assert data["update_time"] == data["create_time"]
    assert (data["project_id"], data["workspace_id"]) == (room.project_id, room.workspace_id)
    assert data["dataclass_id"] == alert.id


def seed_page() -> str:
    file = SHARED / "reference/seed-create-workflow.txt"
    return file.read_text() if file.exists() else ""


@pytest.mark.skipif(
    not seed_page(), reason="the vendor's page is not part of the repository; the test above has its facts"
)
def test_the_page_itself_is_answered(room):
    """Sends the page's request and compares with the page's answer: equal, but for ids, names and times."""
    page = seed_page()
    decode = json.JSONDecoder().raw_decode
    request, _ = decode(page, page.index("{\n", page.index("Example Requests")))
    shown, _ = decode(page, page.index("{\n", page.index("Example Responses")))
    request["dataclass_id"] = room.dataclass("Alert").id
    answer = json.loads(room.create_aop_workflow(body=v1.CreateAopWorkflowInfo(**request)).raw_content)
    data, example = answer.pop("data"), shown.pop("data")
    assert answer == shown
    assert data.keys() == example.keys()
    ours = {
        "id",
        "dataclass_id",
        "project_id",
        "creator_id",
        "creator_name",
        "workspace_id",
        "create_time",
        "update_time",
    }
    for field, value in example.items():
        if field not in ours:
            assert data[field] == value, field
            continue
        for form in (HEX32, UUID, TIME):
            if form.fullmatch(value):
                assert form.fullmatch(data[field]), f"{field}: {data[field]}"
    assert data["update_time"] == data["create_time"]


def test_unknown_fields_and_charsets_are_accepted(raw, by_token):
    body = json.dumps(REQUEST | {"name": Api.new_name(), "dataclass_id": by_token.dataclass().id, "colour": "red"})
    for content_type in ("application/json;charset=UTF-8", "application/json; charset=utf-8", "application/json"):
        renamed = body.replace("flow", "flow" + content_type[-3:].replace("/", ""))
        answer = raw.post("/soc/workflows", data=renamed, headers={"Content-Type": content_type})
        assert answer.status_code == 200, answer.text
        assert re.fullmatch(r"[0-9a-f-]{36}-\d+-.+", answer.headers["X-request-id"])


def test_a_workflow_is_shown_changed_and_deleted(api):
    created = api.create_workflow(description="before", labels="IP")
    assert api.show_aop_workflow(workflow_id=created.id).data.to_dict() == created.to_dict()

    change = v1.ModifyAopWorkflowInfo(name=created.name + " 2", description="", labels="DOMAIN")
    changed = api.update_aop_workflow(workflow_id=created.id, body=change).data
    assert (changed.name, changed.description, changed.labels) == (created.name + " 2", "", "DOMAIN")
    assert changed.modifier_name == "admin" and HEX32.fullmatch(changed.modifier_id)
    assert changed.create_time == created.create_time
    kept = api.update_aop_workflow(workflow_id=created.id, body=v1.ModifyAopWorkflowInfo(description="x")).data
    assert (kept.name, kept.labels) == (changed.name, changed.labels), "what is left out stays"

    deleted = api.delete_aop_workflow(workflow_id=created.id).data
    assert (deleted.id, deleted.enabled) == (created.id, False)
    for call in (api.show_aop_workflow, api.delete_aop_workflow, api.list_aop_workflow_versions):
        with refused(WORKFLOW_NOT_FOUND, created.id):
            call(workflow_id=created.id)


def test_workflows_are_listed_by_every_filter(room):
    incident = room.dataclass("Incident").id
    born = [row.id for row in room.list_workflows(limit=100).data]
    assert born, "a workspace has templates"
    one = room.create_workflow("alpha one", description="first of all")
    two = room.create_workflow("alpha two", aop_type="SURVEY", dataclass_id=incident)
    three = room.publish(flows.minimal(), "beta")

    def found(**filters):
        listed = room.list_workflows(limit=100, **filters)
        assert listed.total == len(listed.data)
        return [row.id for row in listed.data if row.id not in born]

    assert found() == [three.id, two.id, one.id], "newest first"
    for order in ("ASC", "asc"):
        assert found(order=order) == [one.id, two.id, three.id]
    assert found(order="DESC", sortby="create_time") == [three.id, two.id, one.id]
    room.update_aop_workflow(workflow_id=one.id, body=v1.ModifyAopWorkflowInfo(labels="IP"))
    assert found(sortby="update_time")[0] == one.id
    assert found(name="alpha") == [two.id, one.id]
    assert found(description="first") == [one.id]
    assert found(enabled=True) == [three.id]
    assert found(enabled=False) == [two.id, one.id]
    assert found(dataclass_id=incident) == [two.id]
    assert found(dataclass_name="Incident") == [two.id]
    assert found(aop_type="SURVEY") == [two.id]
    assert found(name="%") == [] and found(name="_") == [], "no wild cards"

    page = room.list_workflows(offset=1, limit=1)
    assert [row.id for row in page.data] == [two.id]
    assert (page.total, page.offset, page.limit, page.size, page.page) == (3 + len(born), 1, 1, 1, 2)
    end = room.list_workflows(offset=10_000, limit=100)
    assert end.data == [] and end.total == 3 + len(born), "a paging client comes to an end"
    assert room.list_workflows().limit == 10


@pytest.mark.parametrize(
    "query, words",
    [
        ({"offset": -1}, ["offset", "0", "10000"]),
        ({"offset": 10_001}, ["offset", "0", "10000"]),
        ({"limit": 0}, ["limit", "1", "100"]),
        ({"limit": 101}, ["limit", "1", "100"]),
        ({"order": "sideways"}, ["order", "ASC", "DESC"]),
        ({"sortby": "name"}, ["sortby", "create_time", "update_time"]),
        ({"aop_type": "normal"}, ["aop_type", "NORMAL"]),
        ({"dataclass_id": "x"}, ["dataclass_id", "UUID"]),
        ({"enabled": "perhaps"}, ["enabled"]),
        ({"limit": "many"}, ["limit"]),
    ],
)
def test_a_wrong_window_names_the_range(raw, query, words):
    answer = raw.get("/soc/workflows", params=query)
    assert answer.status_code == 400 and answer.json()["code"].startswith("SecMaster."), answer.text
    check_refusal(answer, answer.json()["code"], *words)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"name": ""}, ["name", "1 to 64"]),
        ({"name": "   "}, ["name", "1 to 64"]),
        ({"name": "x" * 65}, ["name", "1 to 64"]),
        ({"name": "a\0b"}, ["name", "control"]),
        ({"name": "a\nb"}, ["name", "control"]),
        ({"name": "a\x7fb"}, ["name", "control"]),
        ({"description": "x" * 1025}, ["description", "1024"]),
        ({"description": "a\0b"}, ["description", "U+0000"]),
        ({"engine_type": "private_engine"}, ["engine_type", "public_engine"]),
        ({"engine_type": ""}, ["engine_type", "public_engine"]),
        ({"aop_type": "normal"}, ["aop_type", "NORMAL", "SURVEY", "HEMOSTASIS", "EASE"]),
        ({"dataclass_id": ""}, ["dataclass_id"]),
        ({"dataclass_id": "Alert"}, ["dataclass_id", "UUID"]),
        ({"dataclass_id": str(uuid.uuid4())}, ["dataclass_id"]),
        ({"labels": "HOST"}, ["labels", "IP", "ACCOUNT", "DOMAIN"]),
        ({"name": "", "aop_type": "x", "labels": "x"}, ["name", "aop_type", "labels"]),
    ],
)
def test_a_wrong_field_of_a_workflow_is_named(by_key, fields, words):
    known = {"dataclass_id": by_key.dataclass().id, "engine_type": "public_engine", "aop_type": "NORMAL", "name": "x"}
    before = by_key.list_workflows().total
    with refused(INVALID, *words):
        by_key.create_aop_workflow(body=v1.CreateAopWorkflowInfo(**known | fields))
    assert by_key.list_workflows().total == before, "nothing is half-written"


@pytest.mark.parametrize("name", ["x" * 64, "流程" * 32, "Ünïcode – “quotes” & <tags> 'x'; DROP TABLE", "🚒"])
def test_any_text_can_be_a_name(room, name):
    created = room.create_workflow(name, description=name * 8)
    assert (created.name, created.description) == (name, name * 8)
    assert [row.id for row in room.list_workflows(name=name).data] == [created.id]
    with refused(WORKFLOW_NAME_TAKEN, "name"):
        room.create_workflow(name)


def test_a_name_is_taken_only_in_its_workspace(room, api):
    name = Api.new_name()
    room.create_workflow(name)
    api.create_workflow(name)
    other = room.create_workflow()
    with refused(WORKFLOW_NAME_TAKEN, name):
        room.update_aop_workflow(workflow_id=other.id, body=v1.ModifyAopWorkflowInfo(name=name))


def test_enabling_needs_an_approved_version_and_activates_it(api):
    workflow = api.create_workflow()
    draft = api.create_version(workflow.id, flows.minimal())
    with refused(INVALID, "version_id"):
        api.update_aop_workflow(workflow_id=workflow.id, body=v1.ModifyAopWorkflowInfo(enabled=True))
    with refused(VERSION_NOT_FOUND):
        api.enable(workflow.id, str(uuid.uuid4()))
    with refused(VERSION_STATE, "pending_submit", "activated"):
        api.enable(workflow.id, draft.id)
    assert api.show_aop_workflow(workflow_id=workflow.id).data.enabled is False

    first = api.approve(workflow.id, flows.minimal())
    enabled = api.enable(workflow.id, first.id)
    assert (enabled.enabled, enabled.version_id, enabled.version) == (True, first.id, "V2")
    second = api.approve(workflow.id, flows.minimal())
    assert api.enable(workflow.id, second.id).version_id == second.id
    states = {row.id: row.status for row in api.list_aop_workflow_versions(workflow_id=workflow.id).data}
    assert states == {draft.id: "pending_submit", first.id: "not_activated", second.id: "activated"}

    disabled = api.update_aop_workflow(workflow_id=workflow.id, body=v1.ModifyAopWorkflowInfo(enabled=False)).data
    assert (disabled.enabled, disabled.version_id) == (False, second.id)
    # Of another workflow.
    other = api.create_workflow()
    with refused(VERSION_NOT_FOUND):
        api.enable(other.id, second.id)


def test_a_workflow_that_another_one_calls_stays(api):
    called = api.publish(flows.minimal())
    calling = api.publish(flows.Flow().start().call("call", called.id).end().chain("start", "call", "end"))
    with refused(WORKFLOW_IN_USE, calling.name):
        api.delete_aop_workflow(workflow_id=called.id)
    api.update_aop_workflow(workflow_id=calling.id, body=v1.ModifyAopWorkflowInfo(enabled=False))
    api.delete_aop_workflow(workflow_id=called.id)


def test_an_enabled_workflow_is_disabled_when_it_is_deleted(api):
    workflow = api.publish(flows.asking())
    instance = api.start(workflow.id)
    task = api.task(instance)
    assert api.delete_aop_workflow(workflow_id=workflow.id).data.enabled is False
    # What runs goes on.
    api.answer(task.id)
    assert api.wait(instance).status == "FINISHED"


def test_unknown_workflows_are_refused(by_key):
    unknown = str(uuid.uuid4())
    for call in (
        lambda: by_key.show_aop_workflow(workflow_id=unknown),
        lambda: by_key.update_aop_workflow(workflow_id=unknown, body=v1.ModifyAopWorkflowInfo(name="x")),
        lambda: by_key.delete_aop_workflow(workflow_id=unknown),
        lambda: by_key.create_version(unknown, flows.minimal()),
        lambda: by_key.list_aop_workflow_versions(workflow_id=unknown),
        lambda: by_key.start(unknown),
        lambda: by_key.export_aopworkflow(body=v1.ExportAopworkflowInfo(id=[unknown])),
    ):
        with refused(WORKFLOW_NOT_FOUND, unknown):
            call()
