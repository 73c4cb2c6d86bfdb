"""Incidents: stored, found, changed and deleted, one by one and many at once, in files."""

import json
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.objects import check_bad_searches, form_file, received, rows_of, search
from sdk.people import new_user
from sdk.refusal import FORBIDDEN, INVALID, OBJECT_FILE, OBJECT_NOT_FOUND, SORT_FIELD, refused

UNKNOWN = str(uuid.uuid4())


def create(api, title="Breach", **fields):
    body = v1.CreateIncidentRequestBody(data_object=v1.Incident(title=title, **fields))
    return api.create_incident(body=body).data


def change(api, id, **fields):
    body = v1.ChangeIncidentRequestBody(batch_ids=[id], data_object=v1.Incident(**fields))
    return api.change_incident(incident_id=id, body=body).data


def delete(api, *ids):
    return api.delete_incident(body=v1.DeleteIncidentRequestBody(batch_ids=list(ids))).data


def imported(api, folder, content):
    return api.import_incidents(body=v1.ImportIncidentsRequestBody(upload_file=form_file(folder, content)))


def test_an_incident_is_created_shown_changed_and_deleted(api):
    sent = {
        "description": "of the web servers",
        "severity": "Fatal",
        "incident_type": v1.IncidentIncidentType(category="DDoS", incident_type="SYNFlood"),
        "environment": v1.IncidentEnvironment(vendor_type="MyCloud", region_id="r", cross_workspace_id="w"),
        "resource_list": [v1.IncidentResourceList(id="vm-1", type="vm", tags="team=blue")],
        "handle_status": "Open",
        "ipdrr_phase": "Preparation",
        "verification_state": "Unknown",
        "sla": "2023-04-18T13:00:00.000Z+0800",
        "labels": "vip",
    }
    created = create(api, **sent)
    for field, value in sent.items():
        assert getattr(created.data_object, field) == value, field
    assert (created.dataclass_ref.name, created.version, created.type) == ("Incident", 1, "MANUAL")
    assert api.show_incident(incident_id=created.id).data.to_dict() == created.to_dict()

    changed = change(api, created.id, handle_status="Closed", close_reason="Resolved", close_comment="patched")
    assert (changed.version, changed.data_object.handle_status) == (2, "Closed")
    assert changed.data_object.close_time == changed.update_time
    assert api.show_incident(incident_id=created.id).data.to_dict() == changed.to_dict()

    assert delete(api, created.id, UNKNOWN).to_dict() == {"success_ids": [created.id], "error_ids": [UNKNOWN]}
    with refused(OBJECT_NOT_FOUND, created.id):
        api.show_incident(incident_id=created.id)
    with refused(OBJECT_NOT_FOUND, created.id):
        change(api, created.id, owner="bob")


def test_incidents_are_searched(by_key):
    room = by_key.new_workspace()
    for title, severity in (("a", "Low"), ("b", "High"), ("c", "High")):
        create(room, title, severity=severity)
    room.create_alert(body={"data_object": {"title": "an alert", "severity": "High"}})
    found = room.list_incidents(body=search(["severity", "=", "High"], limit=1, offset=1))
    assert (found.total, found.size, found.page, found.success) == (2, 1, 2, True)
    assert found.data[0].data_object.title == "c"
    assert room.list_incidents(body=search(["incident_type.category", "exists"])).data == []


def test_bad_searches_are_refused(by_key):
    check_bad_searches(lambda body: by_key.list_incidents(body=body), INVALID)
    with refused(SORT_FIELD, "sort_by"):
        by_key.list_incidents(body=search(sort_by="no_such_field"))


def test_incidents_are_changed_and_deleted_together(by_key):
    ids = [create(by_key, f"incident {number}").id for number in range(3)]
    body = v1.ChangeIncidentRequestBody(batch_ids=[ids[0], UNKNOWN, ids[2]], data_object=v1.Incident(owner="ann"))
    changed = by_key.change_incidents(body=body)
    told = json.loads(changed.raw_content)["data"]
    assert (told["success_ids"], told["error_ids"]) == ([ids[0], ids[2]], [UNKNOWN])
    owners = [by_key.show_incident(incident_id=id).data.data_object.owner for id in ids]
    assert owners == ["ann", None, "ann"]
    gone = by_key.delete_incidents(body=v1.DeleteIncidentRequestBody(batch_ids=[ids[1], UNKNOWN])).data
    assert gone.to_dict() == {"success_ids": [ids[1]], "error_ids": [UNKNOWN]}


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("title", [5], "data_object.title must be text"),
        ("severity", "Awful", "data_object.severity must be one of"),
        ("incident_type", "DDoS", "data_object.incident_type must be an object"),
        ("close_time", "later", "data_object.close_time must be a time"),
        ("user_info", [7], "data_object.user_info[0] must be an object"),
    ],
)
def test_a_field_of_another_type_is_named(by_key, field, value, words):
    with refused(INVALID, words):
        by_key.create_incident(body={"data_object": {"title": "t", field: value}})


def test_what_is_no_incident_is_refused(by_key):
    with refused(INVALID, "data_object is required"):
        by_key.create_incident(body={})
    with refused(INVALID, "data_object.title is required"):
        create(by_key, None)
    with refused(INVALID, "incident_id"):
        by_key.show_incident(incident_id="x")
    alert = by_key.create_alert(body={"data_object": {"title": "an alert"}}).data.id
    for id in (UNKNOWN, alert):
        with refused(OBJECT_NOT_FOUND, id):
            by_key.show_incident(incident_id=id)
        assert delete(by_key, id).error_ids == [id]
    with refused(INVALID, "batch_ids"):
        by_key.delete_incidents(body={"batch_ids": []})
    with refused(INVALID, "batch_ids"):
        by_key.change_incidents(body={"data_object": {"owner": "ann"}})


def test_incidents_go_out_and_come_in_as_files(by_key, tmp_path):
    room = by_key.new_workspace()
    incident = create(room, severity="High")
    body = v1.ExportIncidentsRequestBody(
        data_object_filters_form=search(["severity", "=", "High"]), title=["id", "title", "severity"]
    )
    assert received(room.export_incidents(body=body)).startswith(b"PK")
    file = received(room.export_incidents(body=body.to_dict() | {"format": "CSV"}))
    assert rows_of(file) == [{"id": incident.id, "title": "Breach", "severity": "High"}]
    delete(room, incident.id)
    assert imported(room, tmp_path, file).data.ids == [incident.id]
    assert room.show_incident(incident_id=incident.id).data.data_object.severity == "High"
    assert imported(room, tmp_path, received(room.download_incident_template())).data.ids == []
    with refused(OBJECT_FILE, "Incident"):
        imported(room, tmp_path, b"name;severity\n")


def test_incidents_are_for_those_who_have_the_permission(server, raw, by_key, tmp_path):
    incident = create(by_key).id
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.show_incident(incident_id=incident).data.id == incident
    for forbidden in (
        lambda: create(reader),
        lambda: change(reader, incident, owner="x"),
        lambda: delete(reader, incident),
        lambda: reader.export_incidents(body={"data_object_filters_form": {}}),
        lambda: imported(reader, tmp_path, b"title\na\n"),
    ):
        with refused(FORBIDDEN, "secmaster:incident:", status=403):
            forbidden()
