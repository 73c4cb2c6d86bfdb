"""Vulnerabilities: made by imports or as data objects, found, shown, exported."""

import json
import uuid

from huaweicloudsdksecmaster import v1

from sdk.objects import check_bad_searches, form_file, received, rows_of, search
from sdk.people import new_user
from sdk.refusal import FORBIDDEN, INVALID, OBJECT_FILE, OBJECT_NOT_FOUND, refused

UNKNOWN = str(uuid.uuid4())
KNOWN = {
    "vul_name": "CVE-2021-44228",
    "description": "log4shell",
    "resource_num": 3,
    "first_observed_time": "2023-04-18T13:00:00.000Z+0800",
    "vulnerability": {"id": "CVE-2021-44228", "level": "high", "status": 1, "repair_severity": 1, "tags": ["rce"]},
    "resource": {"id": "vm-1", "name": "web-1", "tags": {"team": "blue"}},
    "remediation": {"recommendation": "update"},
    "data_source": {"source_type": 1, "product_name": "hss"},
}


def create(api, **fields) -> str:
    body = v1.DataObjectCreateForm(data_object=KNOWN | fields)
    return api.create_dataobject(dataclass_name="vulnerabilities", body=body).data.id


def imported(api, folder, content):
    return api.import_vulnerabilities(body=v1.ImportVulnerabilitiesRequestBody(upload_file=form_file(folder, content)))


def test_a_vulnerability_is_shown_and_searched(api):
    room = api.new_workspace()
    first = create(room)
    create(room, vul_name="CVE-2014-0160", vulnerability={"level": "low"})
    shown = room.show_vulnerability(vul_id=first).data
    stored = shown.data_object
    assert (shown.dataclass_ref.name, shown.version, stored.id) == ("Vulnerability", 1, first)
    assert (stored.vul_name, stored.resource_num, stored.remediation.recommendation) == ("CVE-2021-44228", 3, "update")
    assert (stored.vulnerability.level, stored.vulnerability.tags) == ("high", ["rce"])
    assert stored.resource.tags == {"team": "blue"}
    found = room.list_vulnerabilities(body=search(["vulnerability.level", "=", "high"]))
    assert (found.total, found.page, found.success) == (1, 1, True)
    assert found.data[0].to_dict() == shown.to_dict()
    for id in (UNKNOWN, room.create_alert(body={"data_object": {"title": "t"}}).data.id):
        with refused(OBJECT_NOT_FOUND, id):
            room.show_vulnerability(vul_id=id)
    with refused(INVALID, "vul_id"):
        room.show_vulnerability(vul_id="x")


def test_bad_searches_are_refused(by_key):
    check_bad_searches(lambda body: by_key.list_vulnerabilities(body=body), INVALID)


def test_vulnerabilities_go_out_and_come_in_as_files(by_key, tmp_path):
    room = by_key.new_workspace()
    id = create(room)
    form = v1.VulnerabilityDataObjectSearch(condition=search(["vul_name", "startswith", "CVE-2021"]).condition)
    body = v1.ExportVulnerabilitiesRequestBody(data_object_filters_form=form, title=["id", "vul_name"])
    assert received(room.export_vulnerabilities(body=body)).startswith(b"PK")
    file = received(room.export_vulnerabilities(body={"data_object_filters_form": {}, "format": "CSV"}))
    assert [row["id"] for row in rows_of(file)] == [id]
    room.delete_dataobjects(dataclass_name="vulnerabilities", body=v1.DataObjectDeleteForm(batch_ids=[id]))
    assert imported(room, tmp_path, file).data.ids == [id]
    stored = room.show_vulnerability(vul_id=id).data.data_object
    assert (stored.vul_name, stored.vulnerability.level, stored.resource.name) == ("CVE-2021-44228", "high", "web-1")
    assert imported(room, tmp_path, received(room.download_vulnerability_template())).data.ids == []
    report = json.loads(imported(room, tmp_path, b"vul_name,resource_num\nCVE-1,many\n").raw_content)["data"]
    assert report["imported"] == 0 and "resource_num must be a whole number" in report["refused"][0]["message"]
    with refused(OBJECT_FILE):
        imported(room, tmp_path, b"")


def test_vulnerabilities_are_for_those_who_have_the_permission(server, raw, by_key, tmp_path):
    id = create(by_key)
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.show_vulnerability(vul_id=id).data.id == id
    for forbidden in (
        lambda: reader.export_vulnerabilities(body={"data_object_filters_form": {}}),
        lambda: imported(reader, tmp_path, b"vul_name\na\n"),
    ):
        with refused(FORBIDDEN, "secmaster:vulnerability:", status=403):
            forbidden()
