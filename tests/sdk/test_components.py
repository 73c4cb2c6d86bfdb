"""Components and their actions."""

import json
import uuid

import pytest

from sdk import flows
from sdk.clients import output
from sdk.refusal import ACTION_NOT_FOUND, COMPONENT_NOT_FOUND, INVALID, refused


def component(api, name):
    return next(row for row in api.list_components(limit=100, offset=0).data if row.name == name)


def test_components_are_listed_and_shown(api):
    listed = api.list_components(limit=100, offset=0)
    assert {row.name for row in listed.data} >= {"SecMasterUtilities", "SecMasterBiz", "SecMaster", "HTTP"}
    assert listed.total == len(listed.data) and listed.size == 100 and listed.page == 1
    for row in listed.data:
        assert row.component_type == "system" and row.versions
        shown = api.show_component(component_id=row.id).data
        assert shown.to_dict() == row.to_dict()
    http = component(api, "HTTP")
    keys = {key["key"] for key in json.loads(http.versions[0].connection_config)}
    assert {"endpoint", "auth_type", "token"} <= keys


@pytest.mark.parametrize("name, least", [("SecMasterUtilities", 30), ("SecMasterBiz", 15), ("SecMaster", 12), ("HTTP", 1)])
def test_actions_are_listed_and_shown(api, name, least):
    id = component(api, name).id
    listed = api.list_component_actions(component_id=id, enabled=True, limit=1000, offset=0)
    assert listed.total == len(listed.data) >= least
    for row in listed.data:
        for parameters in (row.action_input, row.action_output):
            assert isinstance(json.loads(parameters), list), row.action_name
    first = listed.data[0]
    assert (
        api.show_component_action(component_id=id, action_id=first.id, enabled=True).data.to_dict() == first.to_dict()
    )
    assert api.list_component_actions(component_id=id, enabled=False, limit=10, offset=0).data == []


def test_terraform_finds_the_set_that_components_come_in(raw):
    answer = raw.get("/soc/components/alliance", params={"is_built_in": "true"})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["data"]
    assert row["alliance_type"] == "system" and row["id"] and row["alliance_name"]
    assert raw.get("/soc/components/alliance", params={"is_built_in": "false"}).json()["data"] == []


def test_unknown_components_and_actions_are_refused(by_key):
    unknown = str(uuid.uuid4())
    with refused(COMPONENT_NOT_FOUND, unknown):
        by_key.show_component(component_id=unknown)
    with refused(COMPONENT_NOT_FOUND, unknown):
        by_key.list_component_actions(component_id=unknown, enabled=True, limit=10, offset=0)
    with refused(ACTION_NOT_FOUND, unknown):
        by_key.show_component_action(component_id=component(by_key, "HTTP").id, action_id=unknown, enabled=True)
    with refused(INVALID, "limit", "1000"):
        by_key.list_components(limit=1001, offset=0)


# One action of each family, with input and result.
FAMILIES = [
    ("stringReplace", {"originString": "a-b", "target": "-", "replacement": "+"}, {"newString": "a+b"}),
    ("listUnique", {"list": [1, 1, 2]}, {"result": [1, 2]}),
    ("dictionaryGet", {"dictionary": {"a": {"b": 7}}, "path": "a.b"}, {"value": 7}),
    ("addTime", {"time": "2025-07-18T06:44:46Z", "duration": "P1D"}, "2025-07-19T06:44:46"),
    ("add", {"a": 1, "b": 2.5}, {"result": 3.5}),
    ("stringToJson", {"sourceString": '{"a":[1]}'}, {"targetJson": {"a": [1]}}),
    ("isMatch", {"input": "10.0.0.1", "pattern": r"\d+(\.\d+){3}"}, {"result": True}),
    ("hash", {"sourceString": "abc", "algorithm": "md5"}, {"result": "900150983cd24fb0d6963f7d28e17f72"}),
]


def test_each_family_of_functions_computes(by_key):
    flow = flows.Flow().start()
    for name, input, _ in FAMILIES:
        flow.utility(name, name, **input)
    done = by_key.run(flow.end().chain("start", *(name for name, _, _ in FAMILIES), "end"))
    for name, _, expected in FAMILIES:
        got = output(done, name)
        if isinstance(expected, str):
            assert got["time"].startswith(expected), got
        else:
            assert got == expected, name
