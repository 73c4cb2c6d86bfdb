"""Alerts: stored, found, changed and deleted, one by one and many at once."""

import io
import json
import time
import uuid
import zipfile

import pytest
from huaweicloudsdksecmaster import v1

from sdk.objects import check_bad_searches, form_file, received, rows_of, search
from sdk.people import new_user, other_tenant
from sdk.refusal import (
    FORBIDDEN,
    INVALID,
    OBJECT_NOT_FOUND,
    SORT_FIELD,
    SORT_ORDER,
    TOO_LARGE,
    WORKSPACE_FORBIDDEN,
    check_refusal,
    refused,
)

UNKNOWN = str(uuid.uuid4())
JSON = {"Content-Type": "application/json"}


def create(api, title="SYN flood", **fields):
    body = v1.CreateAlertRequestBody(data_object=v1.Alert(title=title, **fields))
    return api.create_alert(body=body).data


def change(api, id, **fields):
    body = v1.ChangeAlertRequestBody(data_object=v1.Alert(**fields))
    return api.change_alert(alert_id=id, body=body).data


def delete(api, *ids):
    return api.delete_alert(body=v1.DeleteAlertRequestBody(batch_ids=list(ids))).data


def titles(api, *conditions, **fields) -> str:
    return "".join(row.data_object.title for row in api.list_alerts(body=search(*conditions, **fields)).data)


def imported_file(api, tmp_path, content, name="alerts.csv"):
    return api.import_alerts(body=v1.ImportAlertsRequestBody(upload_file=form_file(tmp_path, content, name)))


def full() -> dict:
    """Nearly every field of the model."""
    geo = {"latitude": 52.5, "longitude": 13.4, "city_code": "BER", "country_code": "DE"}
    return {
        "description": "many half-open connections",
        "severity": "High",
        "confidence": 80,
        "criticality": 3,
        "count": 5,
        "labels": "vip,web",
        "first_observed_time": "2023-04-18T13:00:00.000Z+0800",
        "environment": v1.AlertEnvironment(vendor_type="MyCloud", domain_id="d", region_id="r", project_id="p"),
        "data_source": v1.AlertDataSource(source_type=1, product_name="waf", product_feature="attack"),
        "alert_type": v1.AlertAlertType(category="DDoS", alert_type="SYNFlood"),
        "network_list": [
            v1.AlertNetworkList(
                direction="IN",
                protocol="TCP",
                src_ip="192.0.2.7",
                src_port=4711,
                src_geo=v1.AlertSrcGeo(**geo),
                dest_ip="10.0.0.1",
                dest_port="443",
                dest_geo=v1.AlertDestGeo(**geo),
            )
        ],
        "resource_list": [v1.AlertResourceList(id="vm-1", name="web-1", type="vm", tags={"team": "blue"})],
        "remediation": v1.AlertRemediation(recommendation="block it", url="https://example.com"),
        "malware": v1.AlertMalware(malware_family="f", malware_class="c"),
        "process": [v1.AlertProcess(process_name="sh", process_pid=7, process_cmdline="sh -c 'id'")],
        "user_info": [v1.AlertUserInfo(user_id="1", user_name="ann")],
        "file_info": [v1.AlertFileInfo(file_path="/etc/passwd", file_md5="0" * 32)],
        "system_info": {"any": ["thing", 1.5]},
        "handle_status": "Open",
        "ipdrr_phase": "Preparation",
        "simulation": "false",
        "owner": "ann",
    }


def test_an_alert_is_created_shown_changed_and_deleted(api):
    sent = full()
    created = create(api, **sent)
    for field, value in sent.items():
        assert getattr(created.data_object, field) == value, field
    assert (created.dataclass_ref.name, created.version, created.workspace_id) == ("Alert", 1, api.workspace_id)
    assert created.project_id == api.project_id and created.data_object.id == created.id
    assert created.create_time == created.update_time == created.data_object.create_time
    assert api.show_alert(alert_id=created.id).data.to_dict() == created.to_dict()

    changed = change(api, created.id, severity="Low", environment=v1.AlertEnvironment(region_id="s"))
    assert (changed.version, changed.data_object.severity, changed.data_object.owner) == (2, "Low", "ann")
    assert (changed.data_object.environment.region_id, changed.data_object.environment.domain_id) == ("s", "d")
    assert changed.create_time == created.create_time and changed.update_time >= created.update_time
    assert api.show_alert(alert_id=created.id).data.to_dict() == changed.to_dict()

    assert delete(api, created.id, UNKNOWN).to_dict() == {"success_ids": [created.id], "error_ids": [UNKNOWN]}
    with refused(OBJECT_NOT_FOUND, created.id):
        api.show_alert(alert_id=created.id)
    with refused(OBJECT_NOT_FOUND, created.id):
        change(api, created.id, owner="bob")


def test_alerts_are_searched(by_key):
    room = by_key.new_workspace()
    create(room, "a", severity="Low", confidence=10, network_list=[v1.AlertNetworkList(src_ip="10.1.0.1")])
    create(room, "b", severity="High", confidence=9, environment=v1.AlertEnvironment(region_id="cn"))
    create(room, "c", severity="High", network_list=[v1.AlertNetworkList(src_ip="192.168.0.1")], labels="vip,web")
    create(room, "d", severity="Fatal", first_observed_time="2023-04-18T13:00:00.000Z+0800")
    for condition, expected in [
        (["severity", "=", "High"], "bc"),
        (["severity", "!=", "High"], "ad"),
        (["severity", "in", "Low,Fatal"], "ad"),
        (["confidence", ">", "9"], "a"),
        (["environment.region_id", "==", "cn"], "b"),
        (["network_list.src_ip", "cidr", "10.0.0.0/8"], "a"),
        (["labels", "contains", "vip"], "c"),
        (["title", "regex", "^[ab]$"], "ab"),
        (["first_observed_time", "<", "2023-04-18T05:00:00.001Z"], "d"),
        (["labels", "not-exists"], "abd"),
        (["no.such.field", "=", "x"], ""),
        (["no.such.field", "not-exists"], "abcd"),
    ]:
        assert titles(room, condition) == expected, condition
    both = [["severity", "=", "High"], ["severity", "=", "Low"], ["confidence", ">=", "10"]]
    assert titles(room, *both, logics=["(c0 or c1) and c2"]) == "a"
    assert titles(room, *both, logics=["c0", "OR", "c1"] + ["and", "not", "c2"]) == "bc"
    page = room.list_alerts(body=search(limit=2, offset=2))
    assert (page.total, page.size, page.page, page.success) == (4, 2, 2, True)
    assert [row.data_object.title for row in page.data] == ["c", "d"]
    assert titles(room, order="DESC") == "dcba"
    last = room.list_alerts(body=search(limit=1)).data[0]
    change(room, last.id, owner="ann")
    assert titles(room, sort_by="update_time") == "bcda"
    assert titles(room, from_date="2999-01-01T00:00:00.000Z") == ""
    assert titles(room, to_date="2000-01-01T00:00:00.000Z+0800") == ""


def test_bad_searches_are_refused(by_key):
    check_bad_searches(lambda body: by_key.list_alerts(body=body), INVALID)
    with refused(SORT_FIELD, "sort_by"):
        by_key.list_alerts(body=search(sort_by="no_such_field"))
    with refused(SORT_ORDER, "order"):
        by_key.list_alerts(body=search(order="up"))
    # What the class says of a field, a value has to fit.
    with refused(INVALID, "c0"):
        by_key.list_alerts(body=search(["confidence", ">", "many"]))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}"])
def test_a_regular_expression_that_back_tracks_answers_quickly(by_key, pattern):
    room = by_key.new_workspace()
    create(room, "long", description="a" * 50_000 + "!")
    began = time.monotonic()
    room.list_alerts(body=search(["description", "regex", pattern]))
    assert time.monotonic() - began < 5


def test_a_regular_expression_that_is_too_large_is_refused(by_key):
    with refused(INVALID, "c0"):
        by_key.list_alerts(body=search(["title", "regex", "((a{1,1000}){1,1000}){1,1000}"]))


WRONG = [
    ("title", ["a"], "data_object.title must be text"),
    ("title", "", "data_object.title is required"),
    ("severity", "Awful", "data_object.severity must be one of"),
    ("count", "many", "data_object.count must be a whole number"),
    ("count", 1.5, "data_object.count must be a whole number"),
    ("first_observed_time", "yesterday", "data_object.first_observed_time must be a time"),
    ("environment", "cloud", "data_object.environment must be an object"),
    ("network_list", {}, "data_object.network_list must be a list"),
    ("network_list", [{}, 5], "data_object.network_list[1] must be an object"),
    ("network_list", [{"src_port": "http"}], "data_object.network_list[0].src_port must be a whole number"),
    ("resource_list", [{"tags": 5}], "data_object.resource_list[0].tags"),
]


@pytest.mark.parametrize("field, value, words", WRONG)
def test_a_field_of_another_type_is_named(by_key, field, value, words):
    known = create(by_key)
    with refused(INVALID, words):
        by_key.create_alert(body={"data_object": {"title": "t", field: value}})
    with refused(INVALID, words):
        by_key.change_alert(alert_id=known.id, body={"data_object": {field: value}})
    with refused(INVALID, words):
        by_key.change_alerts(body={"batch_ids": [known.id], "data_object": {field: value}})
    assert by_key.show_alert(alert_id=known.id).data.version == 1


def test_a_body_without_an_object_is_refused(by_key):
    for body in ({}, {"data_object": None}):
        with refused(INVALID, "data_object is required"):
            by_key.create_alert(body=body)
    with refused(INVALID, "data_object must be an object"):
        by_key.create_alert(body={"data_object": []})
    with refused(INVALID, "data_object.title is required"):
        create(by_key, None)
    with refused(INVALID, "batch_ids"):
        delete(by_key)
    with refused(INVALID, "batch_ids"):
        by_key.delete_alerts(body=v1.DeleteAlertRequestBody(batch_ids=[UNKNOWN] * 1001))
    with refused(INVALID, "alert_id"):
        by_key.show_alert(alert_id="x")
    with refused(OBJECT_NOT_FOUND, UNKNOWN):
        by_key.show_alert(alert_id=UNKNOWN)


def test_alerts_are_changed_and_deleted_together(by_key):
    ids = [create(by_key, f"alert {number}").id for number in range(3)]
    body = v1.BatchChangeAlertRequestBody(batch_ids=[ids[1], UNKNOWN, ids[0]], data_object=v1.Alert(owner="ann"))
    changed = by_key.change_alerts(body=body)
    assert (changed.data.id, changed.data.data_object.owner) == (ids[1], "ann")
    told = json.loads(changed.raw_content)["data"]
    assert (told["success_ids"], told["error_ids"]) == ([ids[1], ids[0]], [UNKNOWN])
    owners = [by_key.show_alert(alert_id=id).data.data_object.owner for id in ids]
    assert owners == ["ann", "ann", None]
    body = v1.DeleteAlertRequestBody(batch_ids=[ids[0], UNKNOWN, ids[1]])
    gone = by_key.delete_alerts(body=body).data
    assert gone.to_dict() == {"success_ids": [ids[0], ids[1]], "error_ids": [UNKNOWN]}
    assert delete(by_key, *ids).to_dict() == {"success_ids": [ids[2]], "error_ids": ids[:2]}


def test_what_is_sent_comes_back_as_it_was_sent(raw):
    """Digits of numbers, U+0000, fields that no class knows, names in other scripts."""
    numbers = {
        "twenty": "12345678901234567890",
        "negative": "-98765432109876543210",
        "huge": "1e400",
        "tiny": "1e-400",
        "precise": "1.10",
        "zero": "-0.0",
        "many": "3.14159265358979323846264338327950288419716939937510",
    }
    own = {"own": {"deep": [1, [], {}, None, "x"]}, "own.key": "dotted", "": "no name", "字段": "值", "nul": "a\0b"}
    text = json.dumps({"title": "t", **own})[:-1] + "".join(f', "{key}": {value}' for key, value in numbers.items())
    answer = raw.post("/soc/alerts", data='{"data_object":' + text + "}}", headers=JSON)
    assert answer.status_code == 200, answer.text
    id = answer.json()["data"]["id"]
    condition = {"conditions": [{"name": "c", "data": ["twenty", "=", numbers["twenty"]]}], "logics": ["c"]}
    found = raw.post("/soc/alerts/search", json={"condition": condition})
    shown = raw.get(f"/soc/alerts/{id}")
    for read in (answer, shown, found):
        document = json.loads(read.text, parse_float=str, parse_int=str)["data"]
        data = (document[-1] if isinstance(document, list) else document)["data_object"]
        for key, value in numbers.items():
            assert data[key].replace("e+", "e") == value, key
        for key, value in own.items():
            assert data[key] == json.loads(json.dumps(value), parse_int=str), key
    # A change of something else leaves them as they are.
    changed = raw.put(f"/soc/alerts/{id}", json={"data_object": {"owner": "ann"}})
    assert json.loads(changed.text, parse_float=str, parse_int=str)["data"]["data_object"]["many"] == numbers["many"]


def test_what_only_the_server_sets_is_not_taken_from_clients(by_key):
    created = by_key.create_alert(
        body={"data_object": {"title": "t", "id": UNKNOWN, "create_time": "2000-01-01", "workspace_id": "x"}}
    ).data
    assert created.id != UNKNOWN and created.data_object.id == created.id
    assert created.data_object.create_time == created.create_time > "2024"
    assert created.data_object.workspace_id == by_key.workspace_id


def test_an_object_that_is_too_large_is_refused(raw, by_key, server):
    def sized(size):
        return json.dumps({"data_object": {"title": "t", "description": "x" * size}}).encode()

    check_refusal(raw.post("/soc/alerts", data=sized(12 << 20), headers=JSON), TOO_LARGE, "12582912", status=413)
    check_refusal(raw.post("/soc/alerts", data=sized(11 << 20), headers=JSON), INVALID, "data_object")
    largest = raw.post("/soc/alerts", data=sized((1 << 20) - 5_000), headers=JSON)
    assert largest.status_code == 200, largest.text[:300]
    shown = by_key.show_alert(alert_id=largest.json()["data"]["id"]).data
    assert len(shown.data_object.description) == (1 << 20) - 5_000
    # It cannot grow beyond the limit little by little.
    with refused(INVALID, "data_object"):
        by_key.change_alert(alert_id=shown.id, body={"data_object": {"more": "x" * 10_000}})
    delete(by_key, shown.id)
    assert server.answers()


def test_an_object_may_be_deep_but_not_bottomless(raw):
    deep = '{"data_object":{"title":"t","own":' + "[" * 100 + "]" * 100 + "}}"
    assert raw.post("/soc/alerts", data=deep, headers=JSON).status_code == 200
    deeper = deep.replace("[", "[" * 1_000).replace("]", "]" * 1_000)
    check_refusal(raw.post("/soc/alerts", data=deeper, headers=JSON), INVALID)


def test_alerts_go_out_and_come_in_as_files(by_key, tmp_path):
    room = by_key.new_workspace()
    first, second = create(room, "=cmd()", severity="High", **{"labels": 'ü, "x"'}), create(room, "b", count=7)
    form = search(["severity", "=", "High"])
    body = v1.ExportAlertsRequestBody(data_object_filters_form=form, title=["title", "severity"])
    with zipfile.ZipFile(io.BytesIO(received(room.export_alerts(body=body)))) as book:
        assert "xl/workbook.xml" in book.namelist()
    everything = received(room.export_alerts(body={"data_object_filters_form": {}, "format": "CSV"}))
    assert {row["title"] for row in rows_of(everything)} == {"'=cmd()", "b"}, (
        "no spreadsheet takes a title for a formula"
    )

    report = json.loads(imported_file(room, tmp_path, everything).raw_content)["data"]
    assert (report["imported"], report["refused_total"]) == (0, 2), "they are there already"
    delete(room, first.id, second.id)
    assert sorted(imported_file(room, tmp_path, everything).data.ids) == sorted([first.id, second.id])
    again = room.show_alert(alert_id=first.id).data.data_object
    assert (again.title, again.severity, again.labels) == ("=cmd()", "High", 'ü, "x"')
    assert room.show_alert(alert_id=second.id).data.data_object.count == 7

    template = received(room.download_alert_template())
    assert imported_file(room, tmp_path, template, "template.xlsx").data.ids == [], "a template holds no alerts"
    report = json.loads(imported_file(room, tmp_path, b"title,severity,count\na,Low,1\nb,Awful,x\n").raw_content)[
        "data"
    ]
    assert (report["imported"], report["refused_total"], report["refused"][0]["row"]) == (1, 1, 3)
    assert "severity must be one of" in report["refused"][0]["message"]
    for field, value in (("format", "PDF"), ("title", ["a", "a"])):
        with refused(INVALID, field):
            room.export_alerts(body={"data_object_filters_form": {}, field: value})


def test_alerts_are_for_those_who_have_the_permission(server, raw, by_key, tmp_path):
    alert = create(by_key)
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.show_alert(alert_id=alert.id).data.id == alert.id
    assert reader.list_alerts(body=search()).success
    for forbidden in (
        lambda: create(reader),
        lambda: change(reader, alert.id, owner="x"),
        lambda: delete(reader, alert.id),
        lambda: reader.delete_alerts(body=v1.DeleteAlertRequestBody(batch_ids=[alert.id])),
        lambda: reader.change_alerts(body={"batch_ids": [alert.id], "data_object": {"owner": "x"}}),
        lambda: reader.export_alerts(body={"data_object_filters_form": {}}),
        lambda: imported_file(reader, tmp_path, b"title\na\n"),
    ):
        with refused(FORBIDDEN, "secmaster:alert:", status=403):
            forbidden()
    stranger = other_tenant(server, raw)
    with refused(OBJECT_NOT_FOUND, alert.id):
        stranger.show_alert(alert_id=alert.id)
    assert delete(stranger, alert.id).error_ids == [alert.id]
    with refused(WORKSPACE_FORBIDDEN, status=403):
        by_key.inside(stranger.workspace_id).list_alerts(body=search())
    assert by_key.show_alert(alert_id=alert.id).data.version == 1


def order(api, *ids, **content):
    incident = v1.OrderAlertIncidentContent(**content)
    return api.create_batch_order_alerts(body=v1.OrderAlert(ids=list(ids), incident_content=incident)).data


def test_alerts_become_an_incident(api):
    title = f"breach {uuid.uuid4()}"
    one, two = create(api, severity="High"), create(api)
    kind = v1.OrderAlertIncidentContentIncidentType(id=UNKNOWN, category="DDoS", incident_type="ACK Flood")
    made = order(api, one.id, two.id, UNKNOWN, title=title, incident_type=kind)
    assert (made.success_ids, made.error_ids) == ([one.id, two.id], [UNKNOWN])
    [incident] = api.list_incidents(body=search(["title", "=", title])).data
    assert (incident.data_object.severity, incident.data_object.incident_type.category) == ("High", "DDoS")
    related = api.list_dataobject_relations(
        dataclass_type="incidents",
        data_object_id=incident.id,
        related_dataclass_type="alerts",
        body=search(),
    )
    assert {row.id for row in related.data} == {one.id, two.id}


def test_of_nothing_no_incident_is_made(by_token):
    made = order(by_token, UNKNOWN, title="none")
    assert (made.success_ids, made.error_ids) == ([], [UNKNOWN])
    with refused(INVALID, "ids must list 1 to 1000 ids"):
        order(by_token, title="none")
