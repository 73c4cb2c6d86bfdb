"""Export and import: what goes out comes in again, all of it or nothing, and no secrets."""

import json
import uuid

import pytest
from huaweicloudsdkcore.http.formdata import FormFile
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Api, Raw, output
from sdk.refusal import IMPORT, INVALID, UNAUTHENTICATED, WORKFLOW_NOT_FOUND, check_refusal, refused


@pytest.fixture
def room(api):
    """An empty workspace."""
    body = v1.CreateWorkspaceRequestBody(name=Api.new_name("room"), region_id="local-1", project_name="local-1")
    inside = api.inside(api.create_workspace(body=body).id)
    yield inside
    inside.delete_workspace(permanent_delete=True)


def export(api, *workflow_ids) -> dict:
    response = api.export_aopworkflow(body=v1.ExportAopworkflowInfo(id=list(workflow_ids)))
    chunks = []
    response.consume_download_stream(lambda stream: chunks.append(stream.content))
    return json.loads(b"".join(chunks))


@pytest.fixture
def upload(tmp_path):
    """Imports a document with the SDK."""

    def imported(api, document):
        file = tmp_path / f"{uuid.uuid4()}.json"
        file.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        with file.open("rb") as opened:
            return api.import_aopworkflow(body=v1.ImportAopworkflowRequestBody(upload_file=FormFile(opened)))

    return imported


def test_what_goes_out_comes_in_again(api, room, upload):
    first = api.create_workflow(Api.new_name("ünï 流程"), description="d", aop_type="EASE", labels="IP")
    flow = flows.straight(("who", "data_object.who"))
    approved = api.approve(first.id, flow, "JSON")
    api.enable(first.id, approved.id)
    draft = api.create_version(first.id, flows.triage(), "XML", input="in", output="out", description="second")
    second = api.create_workflow(dataclass_id=api.dataclass("Incident").id)
    document = export(api, first.id, second.id)
    assert (document["format"], document["format_version"]) == ("muster-workflows", 1)

    born = {row.name for row in room.list_workflows(limit=100).data}
    assert upload(room, document).success
    arrived = {row.name: row for row in room.list_workflows(limit=100).data if row.name not in born}
    assert set(arrived) == {first.name, second.name}
    copy = arrived[first.name]
    for field in ("description", "aop_type", "engine_type", "labels", "dataclass_name"):
        assert getattr(copy, field) == getattr(first, field)
    assert copy.id != first.id and copy.dataclass_id == room.dataclass("Alert").id
    assert arrived[second.name].dataclass_name == "Incident"
    assert (copy.enabled, copy.version_id) == (False, "")
    versions = room.list_aop_workflow_versions(workflow_id=copy.id).data[::-1]
    for number, (here, there) in enumerate(zip(versions, (approved, draft), strict=True), 1):
        for field in ("name", "description", "taskflow", "taskflow_type", "taskconfig", "aop_type", "input", "output"):
            assert getattr(here, field) == getattr(there, field)
        assert (here.status, here.version) == ("pending_submit", f"V{number}"), "an approval is not carried along"
    # And it runs, once approved here.
    room.move(versions[0].id, "pending_approval")
    room.review(versions[0].id)
    room.enable(copy.id, versions[0].id)
    assert output(room.wait(room.start(copy.id, {"who": "me"})), "who") == "me"
    again = export(room, copy.id)["workflows"]
    sent = [workflow for workflow in document["workflows"] if workflow["name"] == first.name]
    assert [without_state(workflow) for workflow in again] == [without_state(workflow) for workflow in sent]


def without_state(workflow):
    """As exported, but for the states of the versions, which are not carried along."""
    versions = [{key: value for key, value in row.items() if key != "status"} for row in workflow["versions"]]
    return workflow | {"versions": versions}


def minimal_document(*names, **fields):
    content = flows.minimal().content()
    version = content | {"name": "v", "aop_type": "NORMAL", "description": "", "input": "", "output": ""}
    workflow = {"aop_type": "NORMAL", "engine_type": "public_engine", "dataclass_name": "Alert", "versions": [version]}
    workflows = [workflow | {"name": name} | fields for name in names]
    return {"format": "muster-workflows", "format_version": 1, "workflows": workflows}


def test_all_conflicts_are_reported_and_nothing_is_imported(room, upload):
    born = room.list_workflows(limit=100).data
    room.create_workflow("taken")
    document = minimal_document("new", "taken", "new", "x" * 65, "no class", "no graph", "no type")
    entries = document["workflows"]
    entries[4]["dataclass_name"] = "Nothing"
    entries[5]["versions"] = [entries[5]["versions"][0] | {"taskflow": "bm90IGJwbW4="}]
    entries[6]["aop_type"] = "SOMETHING"
    with refused(IMPORT, "workflows[1].name", "taken", "workflows[2].name", "workflows[3].name", "1 to 64",
                 "workflows[4].dataclass_name", "Nothing", "workflows[5].versions[0]", "taskflow",
                 "workflows[6].aop_type"):  # fmt: skip
        upload(room, document)
    assert {row.name for row in room.list_workflows(limit=100).data} == {row.name for row in born} | {"taken"}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken JSON"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" * 10_000, id="nested 10 000 times"),
        pytest.param(b'{"format":"x","format_version":1,"workflows":[]}', id="another format"),
        pytest.param(b'{"format":"muster-workflows","format_version":2,"workflows":[]}', id="a newer version"),
        pytest.param(b'{"format":"muster-workflows","format_version":1,"workflows":[]}', id="no workflows"),
        pytest.param(json.dumps(minimal_document(*map(str, range(501)))).encode(), id="more than 500 workflows"),
    ],
)
def test_what_is_no_export_is_refused(by_key, upload, document):
    before = by_key.list_workflows().total
    with refused(IMPORT, "uploadFile"):
        upload(by_key, document)
    assert by_key.list_workflows().total == before


def test_the_form_has_one_part_with_its_name(raw):
    document = json.dumps(minimal_document(Api.new_name())).encode()
    check_refusal(raw.post("/soc/workflows/import", files={"file": ("a.json", document)}), INVALID, "uploadFile")
    check_refusal(raw.post("/soc/workflows/import", data={"uploadFile": "text"}), INVALID)
    check_refusal(raw.post("/soc/workflows/import", json={}), INVALID, "multipart/form-data")
    answer = raw.post("/soc/workflows/import", files={"uploadFile": ("a.json", document)})
    assert answer.status_code == 200, answer.text


def test_a_large_import_is_accepted_and_a_huge_one_refused(by_key, upload, raw):
    padding = minimal_document(Api.new_name()) | {"comment": "x" * (20 << 20)}
    assert upload(by_key, padding).success
    huge = json.dumps(minimal_document(Api.new_name()) | {"comment": "x" * (65 << 20)}).encode()
    answer = raw.post("/soc/workflows/import", files={"uploadFile": ("a.json", huge)})
    assert 400 <= answer.status_code < 500 and answer.json()["code"], answer.text


@pytest.mark.parametrize("ids, words", [(None, ["id"]), ([], ["id", "1 to 500"]), (["x"], ["id", "UUID"])])
def test_a_wrong_export_is_named(by_key, ids, words):
    with refused(INVALID, *words):
        by_key.export_aopworkflow(body=v1.ExportAopworkflowInfo(id=ids))


def test_an_export_of_something_unknown_is_refused(by_key):
    known, unknown = by_key.create_workflow().id, str(uuid.uuid4())
    with refused(WORKFLOW_NOT_FOUND, unknown):
        by_key.export_aopworkflow(body=v1.ExportAopworkflowInfo(id=[known, unknown]))


def test_an_upload_without_credentials_is_refused(server):
    files = {"uploadFile": ("a.json", b"x" * 1_000_000)}
    check_refusal(Raw(server).post("/soc/workflows/import", files=files), UNAUTHENTICATED, status=401)
