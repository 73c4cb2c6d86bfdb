"""The data panel: many objects of a class at once."""

import json
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.objects import check_bad_searches, search
from sdk.people import new_user
from sdk.refusal import DATACLASS_NOT_FOUND, FORBIDDEN, INVALID, OBJECT_NOT_FOUND, refused

UNKNOWN = str(uuid.uuid4())


def create(api, objects, dataclass=None, **form):
    body = v1.DataObjectBatchCreateForm(data_object_list=objects, **form)
    dataclass = dataclass or api.dataclass().id
    return api.batch_create_datapanel_objects(dataclass=dataclass, body=body).body


def test_objects_are_created_together_searched_and_shown(api):
    room = api.new_workspace()
    panel = room.dataclass().id
    objects = [{"title": "scan", "own": [1, None]}, {"severity": "High"}]
    made = create(room, objects, name="unnamed", type="DATA_SOURCE", format_version=2, trigger_flag=False)
    assert len(made) == 2 and {row.event_id for row in made} == {""}
    shown = [room.show_datapanel_object(dataclass=panel, dataobject_id=row.id) for row in made]
    assert all(answer.success for answer in shown)
    first, second = (answer.data for answer in shown)
    assert (first.data_object["own"], first.format_version) == ([1, None], 2)
    assert (second.data_object["title"], second.data_object["severity"]) == ("unnamed", "High")
    assert room.show_alert(alert_id=first.id).data.data_object.title == "scan"

    found = room.list_datapanel_objects(dataclass=panel, body=search())
    assert (found.total, found.size, found.page, found.success) == (2, 100, 1, True)
    assert {row.id for row in found.data} == {first.id, second.id}
    found = room.list_datapanel_objects(dataclass=panel, body=search(["title", "=", "scan"]))
    assert [row.to_dict() for row in found.data] == [first.to_dict()]


@pytest.mark.parametrize(
    "objects, words",
    [
        ([], "data_object_list must have 1 to 1000 objects"),
        ([{"title": "x"}] * 1001, "data_object_list must have 1 to 1000 objects"),
        ([{"title": "a"}, 5], "data_object_list[1]"),
        ([{"title": "a"}, {"severity": 5, "title": "b"}], "data_object_list[1]: data_object.severity"),
        ([{"title": "a"}, {}], "data_object_list[1]: data_object.title is required"),
    ],
)
def test_one_wrong_object_refuses_all(by_key, objects, words):
    room = by_key.new_workspace()
    with refused(INVALID, words):
        create(room, objects)
    assert room.list_datapanel_objects(dataclass=room.dataclass().id, body=search()).total == 0


def test_unknown_classes_and_objects_are_refused(by_key):
    panel = by_key.dataclass().id
    with refused(DATACLASS_NOT_FOUND, UNKNOWN):
        create(by_key, [{"title": "t"}], UNKNOWN)
    with refused(DATACLASS_NOT_FOUND, UNKNOWN):
        by_key.list_datapanel_objects(dataclass=UNKNOWN, body=search())
    with refused(DATACLASS_NOT_FOUND, UNKNOWN):
        by_key.show_datapanel_object(dataclass=UNKNOWN, dataobject_id=UNKNOWN)
    with refused(OBJECT_NOT_FOUND, UNKNOWN):
        by_key.show_datapanel_object(dataclass=panel, dataobject_id=UNKNOWN)
    with refused(INVALID, "dataobject_id"):
        by_key.show_datapanel_object(dataclass=panel, dataobject_id="x")
    check_bad_searches(lambda body: by_key.list_datapanel_objects(dataclass=panel, body=body), INVALID)


def test_numbers_keep_their_digits(raw_room, room):
    text = '{"data_object_list": [{"title": "t", "n": 12345678901234567890.10}]}'
    path = f"/soc/datapanel/{room.dataclass().id}/data-objects"
    headers = {"Content-Type": "application/json"}
    (made,) = raw_room.post(f"{path}/batch-create", data=text, headers=headers).json()
    shown = json.loads(raw_room.get(f"{path}/{made['id']}").text, parse_float=str)
    assert shown["data"]["data_object"]["n"] == "12345678901234567890.10"


def test_the_panel_asks_for_the_permissions_of_the_class(server, raw, by_key):
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.list_datapanel_objects(dataclass=by_key.dataclass().id, body=search(limit=1)).success
    with refused(FORBIDDEN, "secmaster:alert:create", status=403):
        create(reader, [{"title": "t"}])
