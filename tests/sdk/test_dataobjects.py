"""Objects of any data class, by the name of the class in the path."""

import json
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.objects import check_bad_searches, form_file, received, rows_of, search
from sdk.people import new_user
from sdk.refusal import (
    DATACLASS_NOT_FOUND,
    FORBIDDEN,
    INVALID,
    OBJECT_EXISTS,
    OBJECT_FILE,
    OBJECT_NOT_FOUND,
    refused,
)

UNKNOWN = str(uuid.uuid4())


def create(api, dataclass="resources", **form):
    form.setdefault("data_object", {"name": "web-1", "type": "vm"})
    return api.create_dataobject(dataclass_name=dataclass, body=v1.DataObjectCreateForm(**form)).data


def show(api, id, dataclass="resources"):
    return api.show_dataobject(dataclass_name=dataclass, data_object_id=id).data


def update(api, id, dataclass="resources", **fields):
    body = v1.DataObjectBatchUpdateForm(batch_ids=[id], data_object=fields)
    return api.update_dataobject(dataclass_name=dataclass, data_object_id=id, body=body).data


def delete(api, *ids, dataclass="resources"):
    body = v1.DataObjectDeleteForm(batch_ids=list(ids))
    return api.delete_dataobjects(dataclass_name=dataclass, body=body)


def imported(api, folder, content, dataclass="resources"):
    body = v1.ImportDataobjectsRequestBody(upload_file=form_file(folder, content))
    return api.import_dataobjects(dataclass_name=dataclass, body=body)


def exported(api, dataclass="resources", **body):
    return received(api.export_dataobjects(dataclass_name=dataclass, body=body))


def test_an_object_is_created_shown_changed_and_deleted(api):
    id = str(uuid.uuid4())
    data = {"type": "vm", "rack": 7, "own": {"deep": [1, None]}}
    form = {"id": id, "format_version": 2, "name": "web-1", "type": "DATA_SOURCE", "trigger_flag": False}
    created = create(api, data_object=data, **form)
    assert created.to_dict() == {"id": id, "event_id": ""}
    with refused(OBJECT_EXISTS, id):
        create(api, data_object=data, **form)
    shown = show(api, id)
    assert (shown.dataclass_ref.name, shown.format_version, shown.version) == ("Resource", 2, 1)
    for key, value in data.items():
        assert shown.data_object[key] == value, key
    for dataclass in ("Resource", "resource", shown.dataclass_ref.id):
        assert show(api, id, dataclass).to_dict() == shown.to_dict(), dataclass
    changed = update(api, id, rack=8, own=None)
    assert (changed.version, changed.data_object["rack"], changed.data_object["own"]) == (2, 8, None)
    gone = delete(api, id, UNKNOWN)
    assert (gone.success_ids, gone.error_ids) == ([id], [UNKNOWN])
    with refused(OBJECT_NOT_FOUND, id):
        show(api, id)
    with refused(OBJECT_NOT_FOUND, id):
        update(api, id, rack=9)


# Alerts, incidents and indicators have the same paths from operations of their own, which answer in their own way.
OBJECTS = {
    "vulnerabilities": {"vul_name": "CVE-1"},
    "resources": {"name": "r", "type": "vm"},
    "CommonContext": {"title": "context"},
}


@pytest.mark.parametrize("dataclass", OBJECTS)
def test_each_class_has_its_objects(by_key, dataclass):
    room = by_key.new_workspace()
    id = create(room, dataclass, data_object=OBJECTS[dataclass]).id
    found = room.list_dataobjects(dataclass_name=dataclass, body=search())
    assert (found.total, found.size, found.page, found.data[0].id) == (1, 100, 1, id)
    assert found.data[0].to_dict() == show(room, id, dataclass).to_dict()
    for other in OBJECTS.keys() - {dataclass}:
        assert room.list_dataobjects(dataclass_name=other, body=search()).total == 0
        with refused(OBJECT_NOT_FOUND, id):
            show(room, id, other)
        assert delete(room, id, dataclass=other).error_ids == [id]


def test_an_unknown_class_is_refused(by_key, tmp_path):
    for name in ("nothings", UNKNOWN, "%2e%2e", "x" * 1_000):
        for call in (
            lambda name: create(by_key, name),
            lambda name: show(by_key, UNKNOWN, name),
            lambda name: update(by_key, UNKNOWN, name, a=1),
            lambda name: delete(by_key, UNKNOWN, dataclass=name),
            lambda name: by_key.list_dataobjects(dataclass_name=name, body=search()),
            lambda name: exported(by_key, name),
            lambda name: imported(by_key, tmp_path, b"name\na\n", name),
        ):
            with refused(DATACLASS_NOT_FOUND):
                call(name)


@pytest.mark.parametrize(
    "form, words",
    [
        ({"data_object": None}, "data_object is required"),
        ({"data_object": []}, "data_object must be an object"),
        ({"data_object": {}}, "data_object.name is required"),
        ({"id": "x"}, "id must be a UUID"),
        ({"type": "MAIL"}, "type must be one of"),
        ({"format_version": 0}, "format_version must be between"),
        ({"format_version": "two"}, "format_version must be a whole number"),
        ({"trigger_flag": "yes"}, "trigger_flag must be true or false"),
    ],
)
def test_a_wrong_form_is_refused(raw, by_key, form, words):
    answer = raw.post("/soc/resources", json={"data_object": {"name": "n", "type": "vm"}} | form)
    assert (answer.status_code, answer.json()["code"]) == (400, INVALID), answer.text
    assert words in answer.json()["message"]


def test_bad_searches_are_refused(by_key):
    check_bad_searches(lambda body: by_key.list_dataobjects(dataclass_name="resources", body=body), INVALID, "created")


def test_objects_go_out_and_come_in_as_files(by_key, tmp_path):
    room = by_key.new_workspace()
    report = json.loads(imported(room, tmp_path, b"name,type,own\nweb-1,vm,1.10\nweb-2,vm,\n,vm,\n").raw_content)[
        "data"
    ]
    assert (report["imported"], report["refused_total"]) == (2, 1)
    assert report["refused"] == [{"row": 4, "message": "data_object.name is required"}]
    form = search(["name", "=", "web-1"])
    body = v1.CommonDataObjectExportRequest(
        action="exportDataObject", data_object_filters_form=form, title=["name", "own"]
    )
    assert received(room.export_dataobjects(dataclass_name="resources", body=body)).startswith(b"PK")
    assert rows_of(exported(room, **body.to_dict(), format="CSV")) == [{"name": "web-1", "own": "1.10"}]
    before = exported(room, format="JSON")
    ids = [row["id"] for row in json.loads(before)]
    assert delete(room, *ids).success_ids == ids
    assert sorted(imported(room, tmp_path, before).data.ids) == sorted(ids)
    template = exported(room, action="exportTemplate", format="CSV")
    assert "name" in template.decode("utf-8-sig").splitlines()[0].split(",")
    assert imported(room, tmp_path, template).data.ids == []
    with refused(INVALID, "action"):
        exported(room, action="exportAll")
    with refused(OBJECT_FILE):
        imported(room, tmp_path, b"\xff\xfei\0")


def test_objects_are_for_those_who_have_the_permission(server, raw, by_key, tmp_path):
    id = create(by_key).id
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert show(reader, id).id == id
    for forbidden in (
        lambda: create(reader),
        lambda: update(reader, id, rack=1),
        lambda: delete(reader, id),
        lambda: exported(reader),
        lambda: imported(reader, tmp_path, b"name\na\n"),
    ):
        with refused(FORBIDDEN, "secmaster:dataobject:", status=403):
            forbidden()
    # Alerts keep their own permission under whatever name they are asked for.
    with refused(FORBIDDEN, "secmaster:alert:create", status=403):
        create(reader, "Alert", data_object={"title": "t"})
