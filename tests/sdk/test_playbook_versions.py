"""Versions of playbooks, with their rules and actions: what each move does, and what is refused."""

import json
import time
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows, playbooks
from sdk.clients import Api
from sdk.people import new_user
from sdk.refusal import (
    FORBIDDEN,
    INVALID,
    OBJECT_NOT_FOUND,
    PLAYBOOK_INCOMPLETE,
    PLAYBOOK_NAME_TAKEN,
    PLAYBOOK_NOT_FOUND,
    PLAYBOOK_PART_NOT_FOUND,
    PLAYBOOK_VERSION_PENDING,
    PLAYBOOK_VERSION_STATE,
    refused,
)
from sdk.test_alerts import create as alert

UNKNOWN = str(uuid.uuid4())
HIGH = playbooks.condition("severity", "=", "High")


@pytest.fixture(scope="module")
def workflow(room) -> str:
    return room.publish(flows.minimal()).id


@pytest.fixture
def draft(room, workflow):
    """A draft of a playbook of its own."""
    return playbooks.draft(room, playbooks.create(room).id, [workflow])


def show(api, id):
    return api.show_playbook_version(version_id=id).data


def test_a_version_comes_back_as_it_was_given(api):
    room = api.new_workspace()
    workflow, playbook = room.publish(flows.minimal()).id, playbooks.create(room)
    made = playbooks.draft(
        room,
        playbook.id,
        [workflow, workflow],
        HIGH,
        description="first",
        action_strategy="SYNC",
        dataobject_update=True,
    )
    assert (made.status, made.version, made.version_type, made.enabled) == ("EDITING", "V1", 0, False)
    assert (made.playbook_id, made.dataclass_name, made.description) == (playbook.id, "Alert", "first")
    assert (made.trigger_type, made.action_strategy, made.rule_enable) == ("EVENT", "SYNC", True)
    assert (made.dataobject_create, made.dataobject_update, made.dataobject_delete) == (True, True, False)
    assert [action.name for action in made.actions] == ["action 1", "action 2"]
    assert {(action.action_id, action.playbook_version_id) for action in made.actions} == {(workflow, made.id)}
    assert json.loads(made.rules.rule) == HIGH and made.rule_id == made.rules.id
    assert show(room, made.id).to_dict() == made.to_dict()
    (row,) = room.list_playbook_versions(playbook_id=playbook.id, limit=10, offset=0).data
    assert row.to_dict() == {key: value for key, value in made.to_dict().items() if key not in ("actions", "rules")}
    room.delete_playbook_version(version_id=made.id)
    with refused(PLAYBOOK_PART_NOT_FOUND, made.id):
        show(room, made.id)


WRONG = [
    ({"dataclass_id": "Alert"}, "dataclass_id must be a UUID"),
    ({"dataclass_id": UNKNOWN}, "dataclass_id must be a data class of this workspace"),
    ({"trigger_type": "MANUAL"}, "trigger_type must be one of: EVENT, TIMER"),
    ({"action_strategy": "LATER"}, "action_strategy must be one of: ASYNC, SYNC"),
    ({"rule_id": UNKNOWN}, "rule_id must be the rule that this version has"),
    ({"description": "\0"}, "description must not contain U+0000"),
    ({"rule_enable": "yes"}, "rule_enable must be true or false"),
    ({"dataobject_create": 1}, "dataobject_create must be true or false"),
    ({"actions": {}}, "actions must be a list"),
    ({"actions": [{}]}, "actions[0].action_id is required"),
    ({"actions": [{"action_id": "w"}]}, "actions[0].action_id must be a UUID"),
    ({"actions": [{"action_id": UNKNOWN}]}, "actions[0].action_id must be a workflow of this workspace"),
    ({"actions": [{"action_id": UNKNOWN, "action_type": "SCRIPT"}]}, "actions[0].action_type must be one of"),
    ({"actions": [{}] * 101}, "actions: a version has at most 100 actions"),
]


@pytest.mark.parametrize("fields, words", WRONG)
def test_what_is_no_version_is_refused(room, workflow, draft, fields, words):
    with refused(INVALID, words):
        playbooks.draft(room, draft.playbook_id, [workflow], **fields)
    with refused(INVALID, words):
        playbooks.move(room, draft.id, **fields)
    assert show(room, draft.id).to_dict() == draft.to_dict()


def test_a_version_of_no_class_or_no_playbook_is_refused(room, workflow, draft):
    with refused(INVALID, "dataclass_id is required"):
        playbooks.draft(room, draft.playbook_id, [workflow], dataclass_id="")
    with refused(PLAYBOOK_NOT_FOUND, UNKNOWN):
        playbooks.draft(room, UNKNOWN, [workflow])
    with refused(PLAYBOOK_PART_NOT_FOUND, UNKNOWN):
        playbooks.move(room, UNKNOWN, description="x")
    with refused(PLAYBOOK_PART_NOT_FOUND, UNKNOWN):
        room.delete_playbook_version(version_id=UNKNOWN)


def bad_rules() -> list:
    def one(*data):
        return {"conditions": [{"name": "a", "data": list(data)}]}

    return [
        pytest.param([], ("rule must be an object",), id="a list"),
        pytest.param("{", ("rule must be an object",), id="no JSON"),
        pytest.param({"conditions": "all"}, ("rule.conditions must be a list",), id="conditions that are text"),
        pytest.param({"conditions": [5]}, ("rule.conditions[0]",), id="a condition that is a number"),
        pytest.param({"conditions": [{"name": "a"}]}, ("rule.conditions[0].data",), id="no data"),
        pytest.param(one("severity", "is", "High"), ("rule.conditions[0]", "operator 'is'"), id="unknown operator"),
        pytest.param(one("severity"), ("rule.conditions[0]",), id="no operator"),
        pytest.param(one("", "=", "x"), ("rule.conditions[0]",), id="no field"),
        pytest.param(one("count", ">", "many"), ("rule.conditions[0]",), id="a number that is none"),
        pytest.param(one("create_time", ">", "soon"), ("rule.conditions[0]",), id="a time that is none"),
        pytest.param(one("title", "regex", "(("), ("rule.conditions[0]",), id="a regular expression that is none"),
        pytest.param(
            one("title", "regex", "((a{1,1000}){1,1000}){1,1000}"), ("large",), id="a huge regular expression"
        ),
        pytest.param({**one("a", "=", "b"), "logics": ["b"]}, ("rule.logics", "'b'"), id="an unknown name"),
        pytest.param({**one("a", "=", "b"), "logics": ["a", "and"]}, ("rule.logics",), id="half a logic"),
        pytest.param({**one("a", "=", "b"), "logics": ["("] * 10_000}, ("rule.logics",), id="10 000 brackets"),
        pytest.param(
            {"conditions": [{"name": f"c{n}", "data": ["a", "=", "b"]} for n in range(10_000)]},
            ("1000 at most",),
            id="10 000 conditions",
        ),
        pytest.param({"expression_type": "python", **one("a", "=", "b")}, ("expression_type",), id="another language"),
        pytest.param({"expression": "data_object."}, ("rule.expression",), id="no expression"),
        pytest.param({"expression": "now("}, ("rule.expression",), id="half an expression"),
    ]


@pytest.mark.parametrize("rule, words", bad_rules())
def test_a_rule_that_is_none_is_refused(room, workflow, draft, rule, words):
    began = time.monotonic()
    with refused(INVALID, *words):
        playbooks.draft(room, draft.playbook_id, [workflow], rule)
    with refused(INVALID, *words):
        playbooks.move(room, draft.id, rule_enable=True, rule=v1.ModifyRuleInfo(rule=rule))
    with refused(INVALID, *words):
        room.create_playbook_rule(version_id=draft.id, body=v1.CreateRuleInfo(rule=rule))
    assert time.monotonic() - began < 10
    assert show(room, draft.id).to_dict() == draft.to_dict()


def timer(**rule) -> dict:
    known = {
        "schedule_type": "day",
        "start_type": "IMMEDIATELY",
        "end_type": "FOREVER",
        "execution_type": "PARALLEL",
        "only_once": False,
    }
    return {
        "trigger_type": "TIMER",
        "dataobject_create": False,
        "rule_enable": True,
        "rule": known | rule,
    }


@pytest.mark.parametrize(
    "rule, words",
    [
        ({"cron": "0 0 30 2 *"}, "never"),
        ({"cron": "0 0 31 4,6 *"}, "never"),
        ({"cron": "0 9 * * *", "repeat_range": "10:00-11:00"}, "never"),
        ({"cron": "0 0 0 1 1 ? 1970"}, "never"),
        ({"cron": "0 9 * * *", "end_type": "CUSTOM", "end_time": "1999-01-01T00:00:00Z+0800"}, "never"),
        ({"cron": "every day"}, "rule.cron"),
        ({"cron": "99 9 * * *"}, "rule.cron"),
        ({"cron": "* " * 100_000}, "rule.cron"),
        ({}, "rule.cron is required"),
        ({"cron": "0 9 * * *", "schedule_type": "year"}, "rule.schedule_type"),
        ({"cron": "0 9 * * *", "start_type": "CUSTOM"}, "rule.start_time"),
        ({"cron": "0 9 * * *", "execution_type": "LATER"}, "rule.execution_type"),
        ({"cron": "0 9 * * *", "only_once": "perhaps"}, "rule.only_once"),
        ({"cron": "0 9 * * *", "zone": "Mars/Olympus"}, "rule.zone"),
        ({"cron": "0 9 * * *", "repeat_range": "always"}, "rule.repeat_range"),
    ],
)
def test_a_timer_that_never_ticks_or_is_none_is_refused(room, workflow, draft, rule, words):
    began = time.monotonic()
    with refused(INVALID, words):
        playbooks.draft(room, draft.playbook_id, [workflow], **timer(**rule))
    assert time.monotonic() - began < 5


def test_a_timer_ticks(by_key):
    room = by_key.new_workspace()
    workflow = room.publish(flows.minimal()).id
    playbook = playbooks.active(room, [workflow], **timer(cron="* * * * * *", only_once=True))
    (run,) = playbooks.ended(room, playbook)
    assert (run.status, run.trigger_type, run.dataobject.id) == ("FINISHED", "TIMER", "")
    time.sleep(3)
    assert len(playbooks.runs(room, playbook)) == 1, "it ticks once in all"


def test_a_version_is_submitted_withdrawn_rejected_and_published(room, workflow, draft):
    def playbook():
        return room.show_playbook(playbook_id=draft.playbook_id).data

    assert playbooks.move(room, draft.id, "APPROVING").status == "APPROVING"
    assert playbook().unaudited_version_id == draft.id
    with refused(PLAYBOOK_VERSION_STATE, "withdraw"):
        playbooks.move(room, draft.id, dataobject_update=True)
    second = playbooks.draft(room, draft.playbook_id, [workflow])
    with refused(PLAYBOOK_VERSION_PENDING, draft.id):
        playbooks.move(room, second.id, "APPROVING")
    assert playbooks.move(room, draft.id, "EDITING").status == "EDITING"
    with refused(PLAYBOOK_VERSION_STATE):
        playbooks.review(room, draft.id)
    playbooks.move(room, draft.id, "APPROVING")
    for result in ("MAYBE", "", None):
        with refused(INVALID, "result"):
            playbooks.review(room, draft.id, result)
    said = playbooks.review(room, draft.id, "UN_PASS", "not yet")
    assert (said.result, said.content) == ("UN_PASS", "not yet")
    assert show(room, draft.id).status == "UNPASSED" and playbook().reject_version_id == draft.id
    playbooks.move(room, draft.id, "APPROVING")
    playbooks.review(room, draft.id)
    passed = show(room, draft.id)
    assert (passed.status, passed.version_type, passed.approve_name) == ("PUBLISHED", 1, "admin")
    verdicts = room.list_playbook_approves(resource_id=draft.playbook_id, approve_type="PLAYBOOK").data
    assert [(row.result, row.content) for row in verdicts] == [("PASS", "looked at it"), ("UN_PASS", "not yet")]
    assert room.list_playbook_approves(resource_id=UNKNOWN).data == []
    with refused(INVALID, "approve_type"):
        room.list_playbook_approves(approve_type="TASK")
    assert playbooks.move(room, draft.id, dataobject_update=True).status == "EDITING", "what was approved is what runs"


def test_what_a_submission_lacks_is_told(room, workflow, draft):
    empty = playbooks.draft(room, draft.playbook_id, [], dataobject_create=False, rule_enable=True)
    with refused(PLAYBOOK_INCOMPLETE, "actions", "dataobject_create", "rule is required"):
        playbooks.move(room, empty.id, "APPROVING")
    turned = playbooks.draft(room, draft.playbook_id, [workflow], HIGH)
    playbooks.move(room, turned.id, trigger_type="TIMER")
    with refused(PLAYBOOK_INCOMPLETE, "rule.cron is required"):
        playbooks.move(room, turned.id, "APPROVING")


def test_versions_are_listed(by_key):
    room = by_key.new_workspace()
    workflow = room.publish(flows.minimal()).id
    playbook = playbooks.active(room, [workflow])
    playbooks.draft(room, playbook.id, [workflow])

    def labels(**filters):
        page = {"limit": 10, "offset": 0}
        return [row.version for row in room.list_playbook_versions(playbook_id=playbook.id, **page | filters).data]

    assert labels() == ["V2", "V1"] and labels(limit=1, offset=1) == ["V1"]
    assert labels(status="PUBLISHED") == labels(enabled=1) == labels(version_type=1) == ["V1"]
    assert labels(status="EDITING") == labels(enabled=0) == labels(version_type=0) == ["V2"]
    for field, value in (("enabled", 2), ("version_type", -1), ("status", "DONE"), ("limit", 1001)):
        with refused(INVALID, field):
            labels(**{field: value})
    with refused(PLAYBOOK_NOT_FOUND, UNKNOWN):
        room.list_playbook_versions(playbook_id=UNKNOWN, limit=10, offset=0)


def test_a_version_is_cloned_into_a_playbook_of_its_own(room, workflow):
    playbook, version = playbooks.published(room, [workflow], HIGH)
    name = Api.new_name("clone")
    clone = room.copy_playbook_version(version_id=version.id, body=v1.CopyPlaybookInfo(name=name)).data
    assert (clone.status, clone.version, clone.enabled) == ("EDITING", "V1", False)
    assert json.loads(clone.rules.rule) == HIGH and clone.actions[0].action_id == workflow
    assert clone.playbook_id != playbook.id and room.show_playbook(playbook_id=clone.playbook_id).data.name == name
    with refused(PLAYBOOK_NAME_TAKEN, name):
        room.copy_playbook_version(version_id=version.id, body=v1.CopyPlaybookInfo(name=name))
    with refused(INVALID, "name"):
        room.copy_playbook_version(version_id=version.id, body={})
    with refused(PLAYBOOK_PART_NOT_FOUND, UNKNOWN):
        room.copy_playbook_version(version_id=UNKNOWN, body=v1.CopyPlaybookInfo(name=Api.new_name()))


def test_actions_are_added_changed_and_removed(room, workflow, draft):
    other = room.publish(flows.minimal())
    add = [v1.CreateAction(name="then", action_type="AOP_WORKFLOW", action_id=other.id, sort_order="2")]
    (made,) = room.create_playbook_action(version_id=draft.id, body=add).data
    assert (made.name, made.action_id, made.playbook_version_id) == ("then", other.id, draft.id)
    listed = room.list_playbook_actions(version_id=draft.id, limit=1000, offset=0)
    assert (listed.total, listed.size, listed.page) == (2, 1000, 1)
    assert [row.name for row in listed.data] == ["action 1", "then"]
    change = v1.ModifyActionInfo(name="first", description="at once", sort_order="0")
    changed = room.update_playbook_action(version_id=draft.id, action_id=made.id, body=change).data
    assert (changed.id, changed.name, changed.description, changed.action_id) == (made.id, "first", "at once", other.id)
    assert [row.name for row in room.list_playbook_actions(version_id=draft.id, limit=10, offset=0).data][0] == "first"
    room.delete_playbook_action(version_id=draft.id, action_id=made.id)
    assert [row.name for row in show(room, draft.id).actions] == ["action 1"]
    for call in (
        lambda: room.delete_playbook_action(version_id=draft.id, action_id=made.id),
        lambda: room.update_playbook_action(version_id=draft.id, action_id=made.id, body=change),
        lambda: room.create_playbook_action(version_id=UNKNOWN, body=add),
    ):
        with refused(PLAYBOOK_PART_NOT_FOUND):
            call()
    with refused(OBJECT_NOT_FOUND, UNKNOWN):
        room.list_playbook_actions(version_id=UNKNOWN, limit=10, offset=0)
    for body in ([], {"action_id": workflow}, [{"action_id": UNKNOWN}], [5]):
        with refused(INVALID):
            room.create_playbook_action(version_id=draft.id, body=body)


def test_a_rule_is_an_object_or_its_text_and_comes_back_as_text(room, draft):
    for rule in (v1.ConditionInfo(**HIGH), HIGH, json.dumps(HIGH)):
        made = room.create_playbook_rule(version_id=draft.id, body=v1.CreateRuleInfo(rule=rule)).data
        assert json.loads(made.rule) == HIGH
        assert room.show_playbook_rule(version_id=draft.id, rule_id=made.id).data.to_dict() == made.to_dict()
        assert show(room, draft.id).rule_id == made.id
    low = playbooks.condition("severity", "=", "Low")
    body = v1.ModifyRuleInfo(rule=low)
    changed = room.update_playbook_rule(version_id=draft.id, rule_id=made.id, body=body).data
    assert changed.id == made.id and json.loads(changed.rule) == low
    room.delete_playbook_rule(version_id=draft.id, rule_id=made.id)
    assert show(room, draft.id).rule_id == ""
    for call in (
        lambda: room.show_playbook_rule(version_id=draft.id, rule_id=made.id),
        lambda: room.update_playbook_rule(version_id=draft.id, rule_id=made.id, body=body),
        lambda: room.delete_playbook_rule(version_id=draft.id, rule_id=made.id),
        lambda: room.create_playbook_rule(version_id=UNKNOWN, body=v1.CreateRuleInfo(rule=low)),
    ):
        with refused(PLAYBOOK_PART_NOT_FOUND):
            call()


def test_numbers_in_a_rule_keep_their_digits(raw_room, room, draft):
    rule = '{"conditions":[{"name":"a","data":["count",">",12345678901234567890.10]}]}'
    headers = {"Content-Type": "application/json"}
    answer = raw_room.post(f"/soc/playbooks/versions/{draft.id}/rules", data=f'{{"rule":{rule}}}', headers=headers)
    assert answer.status_code == 200, answer.text
    assert "12345678901234567890.10" in show(room, draft.id).rules.rule


def test_what_an_enabled_playbook_runs_is_not_changed(room, workflow):
    playbook = playbooks.active(room, [workflow], HIGH)
    version = show(room, playbook.version_id)
    action, rule = (
        {"version_id": version.id, "action_id": version.actions[0].id},
        v1.ModifyRuleInfo(rule=HIGH | {"logics": []}),
    )
    for call in (
        lambda: playbooks.move(room, version.id, description="x"),
        lambda: playbooks.move(room, version.id, "EDITING"),
        lambda: room.delete_playbook_version(version_id=version.id),
        lambda: room.create_playbook_action(version_id=version.id, body=[v1.CreateAction(action_id=workflow)]),
        lambda: room.update_playbook_action(**action, body=v1.ModifyActionInfo(name="x")),
        lambda: room.delete_playbook_action(**action),
        lambda: room.update_playbook_rule(version_id=version.id, rule_id=version.rule_id, body=rule),
        lambda: room.delete_playbook_rule(version_id=version.id, rule_id=version.rule_id),
    ):
        with refused(PLAYBOOK_VERSION_STATE):
            call()
    assert show(room, version.id).to_dict() == version.to_dict()


def test_a_regular_expression_that_back_tracks_holds_nobody_up(by_key):
    room = by_key.new_workspace()
    rule = playbooks.condition("description", "regex", "(a+)+$")
    playbook = playbooks.active(room, [room.publish(flows.minimal()).id], rule)
    began = time.monotonic()
    alert(room, description="a" * 100_000 + "!")
    alert(room, description="a" * 100_000)
    assert time.monotonic() - began < 5
    assert [run.status for run in playbooks.ended(room, playbook)] == ["FINISHED"]


def test_versions_are_for_those_who_have_the_permission(server, raw, by_key):
    workflow = by_key.publish(flows.minimal()).id
    version = playbooks.draft(by_key, playbooks.create(by_key).id, [workflow])
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert show(reader, version.id).id == version.id
    with refused(FORBIDDEN, "secmaster:playbookVersion:update", status=403):
        playbooks.move(reader, version.id, "APPROVING")
    playbooks.move(by_key, version.id, "APPROVING")
    for forbidden in (
        lambda: playbooks.draft(reader, version.playbook_id, [workflow]),
        lambda: playbooks.review(reader, version.id),
        lambda: reader.delete_playbook_version(version_id=version.id),
        lambda: reader.create_playbook_rule(version_id=version.id, body=v1.CreateRuleInfo(rule=HIGH)),
        lambda: reader.create_playbook_action(version_id=version.id, body=[v1.CreateAction(action_id=workflow)]),
    ):
        with refused(FORBIDDEN, "secmaster:playbookVersion:", status=403):
            forbidden()
    approver = new_user(server, raw, "Approver").api()
    assert playbooks.review(approver, version.id).result == "PASS"
