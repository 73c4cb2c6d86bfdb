"""Runs of playbooks: what sets them off, what they tell, how they are retried and terminated, and that they end."""

import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows, playbooks
from sdk.clients import Raw
from sdk.people import new_user, other_tenant
from sdk.refusal import (
    FORBIDDEN,
    INVALID,
    PLAYBOOK_INSTANCE_NOT_FOUND,
    PLAYBOOK_INSTANCE_STATE,
    refused,
)
from sdk.test_alerts import change, create, delete

UNKNOWN = str(uuid.uuid4())


@pytest.fixture
def room(by_key):
    """A workspace for each test: its playbooks must not be set off by others' alerts."""
    return by_key.new_workspace()


def show(api, run):
    return api.show_playbook_instance(instance_id=run.id)


def operate(api, run, operation: str):
    body = v1.OperationPlaybookInfo(operation=operation)
    return api.change_playbook_instance(instance_id=run.id, body=body)


def logs(api, **filters) -> list:
    page = {"limit": 1000, "offset": 0, "sort_key": "start_time", "sort_dir": "ASC"}
    found = api.list_playbook_audit_logs(**page, body=v1.AuditLogInfo(**filters))
    assert found.count == len(found.audit_logs)
    return found.audit_logs


def status(api, run, *wanted: str):
    """The run, as soon as it is in one of these statuses."""
    assert api.wait_for(lambda: show(api, run).status in wanted), f"{show(api, run)}: {playbooks.branches(api, run)}"
    return show(api, run)


def failing(unless: str = "data_object.mended") -> flows.Flow:
    """A workflow that fails unless the expression is there."""
    return flows.straight(("check", f"1 / ({unless} == true ? 1 : 0)"))


def changing(**members) -> flows.Flow:
    """A workflow that changes the object, which may set off playbooks."""
    input = {"id": "${data_object.id}", "dataObject": members, "triggerFlag": True}
    return flows.Flow().start().service("set", "SecMasterBiz", "changeObject", input).end().chain("start", "set", "end")


def test_a_run_is_listed_shown_and_logged(api):
    room = api.new_workspace()
    workflow = room.publish(flows.straight(("title", "data_object.title"))).id
    playbook = playbooks.active(room, [workflow, workflow], name="Contain")
    alert = create(room, "SYN flood")
    (run,) = playbooks.ended(room, playbook)
    assert (run.status, run.trigger_type, run.name) == ("FINISHED", "EVENT", "Contain SYN flood")
    assert (run.dataobject.id, run.dataobject.name, run.dataclass.name) == (alert.id, "SYN flood", "Alert")
    assert (run.playbook.id, run.playbook.version_id, run.playbook.version) == (playbook.id, playbook.version_id, "V1")
    assert run.start_time <= run.end_time
    shown = {key: value for key, value in show(room, run).to_dict().items() if key != "x_request_id"}
    assert shown == run.to_dict()

    topology = room.show_playbook_topology(instance_id=run.id)
    assert topology.count == 2
    for row, name in zip(topology.action_instances, ("action 1", "action 2"), strict=True):
        assert (row.action.name, row.action.action_id, row.action.playbook_id) == (name, workflow, playbook.id)
        assert (row.instance_log.status, row.instance_log.parent_instance_id) == ("FINISHED", run.id)
        ran = room.show_aop_workflow_instance(instance_id=row.instance_log.instance_id)
        assert (ran.status, ran.playbook.id, ran.trigger_type) == ("FINISHED", playbook.id, "EVENT")

    rows = logs(room)
    assert sorted(row.instance_type for row in rows) == ["AOP_WORKFLOW", "AOP_WORKFLOW", "PLAYBOOK"]
    assert [row.instance_id for row in logs(room, instance_type="PLAYBOOK")] == [run.id]
    assert len(logs(room, parent_instance_id=run.id)) == 2 == len(logs(room, action_id=workflow))
    assert logs(room, status="FAILED") == logs(room, log_level="ERROR") == logs(room, trigger_type="TIMER") == []


def test_runs_are_narrowed(room):
    workflow = room.publish(flows.minimal()).id
    playbook = playbooks.active(room, [workflow], name="Contain")
    create(room, "one")
    playbooks.ended(room, playbook)
    create(room, "two")
    playbooks.ended(room, playbook, 2)

    def titles(**filters):
        page = {"limit": 10, "offset": 0}
        return [run.dataobject.name for run in room.list_playbook_instances(**page | filters).instances]

    assert titles() == ["two", "one"] and titles(limit=1, offset=1) == ["one"]
    assert titles(status="FINISHED", trigger_type="EVENT", dataclass_name="Alert") == ["two", "one"]
    assert titles(dataobject_name="one") == ["one"] == titles(name="Contain one")
    assert titles(playbook_name="onta") == ["two", "one"] and titles(playbook_name="another") == []
    assert titles(status="RUNNING") == titles(trigger_type="TIMER") == titles(dataclass_name="Incident") == []
    assert titles(from_date="2999-01-01T00:00:00.000Z+0800", date_type="START") == []
    assert titles(to_date="2000-01-01T00:00:00.000Z+0800", date_type="END") == []
    for field, value in (
        ("status", "DONE"),
        ("trigger_type", "CLOCK"),
        ("date_type", "MIDDLE"),
        ("from_date", "soon"),
        ("limit", 0),
        ("offset", 10_001),
    ):
        with refused(INVALID, field):
            titles(**{field: value})
    for field, value in (("instance_type", "TASK"), ("log_level", "LOUD"), ("action_id", "x"), ("status", "DONE")):
        with refused(INVALID, field):
            logs(room, **{field: value})
    with refused(INVALID, "sort_key"):
        room.list_playbook_audit_logs(limit=1, offset=0, sort_key="name", body=v1.AuditLogInfo())


def test_each_event_sets_off_those_who_wait_for_it(room):
    workflow = room.publish(flows.straight(("seen", "data_object.severity"))).id
    events = {"create": "dataobject_create", "update": "dataobject_update", "delete": "dataobject_delete"}
    waiting = {}
    for event, flag in events.items():
        chosen = {name: name == flag for name in events.values()}
        waiting[event] = playbooks.active(room, [workflow], name=f"on {event}", **chosen)
    rose = playbooks.condition("severity", "changed", "")
    rose["conditions"][0]["data"] = ["severity", "changed"]
    waiting["rose"] = playbooks.active(
        room, [workflow], rose, "on a new severity", dataobject_create=False, dataobject_update=True
    )
    id = create(room, severity="Low").id
    change(room, id, owner="ann")
    change(room, id, severity="High")
    delete(room, id)
    counts = {"create": 1, "update": 2, "delete": 1, "rose": 1}
    for event, count in counts.items():
        found = playbooks.ended(room, waiting[event], count)
        assert [run.status for run in found] == ["FINISHED"] * count, event
        assert {run.dataobject.id for run in found} == {id}
    assert room.list_playbook_instances(limit=10, offset=0).count == sum(counts.values())


def test_what_is_told_not_to_sets_nothing_off(room):
    playbook = playbooks.active(room, [room.publish(flows.minimal()).id])
    body = v1.DataObjectBatchCreateForm(data_object_list=[{"title": "quiet"}], trigger_flag=False)
    room.batch_create_datapanel_objects(dataclass=room.dataclass().id, body=body)
    create(room, "loud")
    assert [run.dataobject.name for run in playbooks.ended(room, playbook)] == ["loud"]


def test_two_playbooks_that_set_each_other_off_come_to_an_end(room):
    ping, pong = room.publish(changing(owner="pong")).id, room.publish(changing(owner="ping")).id
    update = {"dataobject_create": False, "dataobject_update": True}
    first = playbooks.active(room, [ping], playbooks.condition("owner", "=", "ping"), "ping", **update)
    second = playbooks.active(room, [pong], playbooks.condition("owner", "=", "pong"), "pong", **update)
    alert = create(room, "ball")
    change(room, alert.id, owner="ping")

    def is_over():
        found = playbooks.runs(room, first) + playbooks.runs(room, second)
        failed = [run for run in found if run.status == "FAILED"]
        return failed and all(run.status in ("FINISHED", "FAILED") for run in found) and found

    found = room.wait_for(is_over)
    assert found, "they go on and on"
    assert sorted(run.status for run in found) == ["FAILED"] + ["FINISHED"] * 8
    (refused_log,) = logs(room, status="FAILED", instance_type="PLAYBOOK")
    assert "set each other off" in refused_log.error_msg
    assert room.show_alert(alert_id=alert.id).data.version == 2 + 8


def test_a_playbook_that_sets_itself_off_comes_to_an_end(room):
    flow = changing(count="${data_object.count + 1}")
    update = {"dataobject_create": False, "dataobject_update": True}
    playbook = playbooks.active(room, [room.publish(flow).id], **update)
    alert = create(room, count=0)
    change(room, alert.id, owner="ann")
    failed = room.wait_for(lambda: playbooks.runs(room, playbook, status="FAILED"))
    assert len(failed) == 1 and len(playbooks.runs(room, playbook)) == 9
    assert room.show_alert(alert_id=alert.id).data.data_object.count == 8


def test_a_rule_that_errors_on_some_objects_decides_on_the_others(room):
    rule = {"expression_type": "custom", "expression": "100 / data_object.count >= 50"}
    playbook = playbooks.active(room, [room.publish(flows.minimal()).id], rule)
    alerts = {title: create(room, title, count=count).id for title, count in (("a", 1), ("b", 0), ("c", 2), ("d", 100))}
    found = {run.dataobject.id: run for run in playbooks.ended(room, playbook, 3)}
    assert found.keys() == {alerts["a"], alerts["b"], alerts["c"]}
    statuses = {name: found[alerts[name]].status for name in "abc"}
    assert statuses == {"a": "FINISHED", "b": "FAILED", "c": "FINISHED"}
    (log,) = logs(room, status="FAILED", instance_type="PLAYBOOK")
    assert log.instance_id == found[alerts["b"]].id and "rule" in log.error_msg
    assert room.show_alert(alert_id=alerts["b"]).data.data_object.count == 0


def test_a_workflow_that_was_disabled_before_it_started_is_told_and_can_be_retried(server, token, room):
    inside = Raw(server, token, room.workspace_id)
    workflow = room.publish(flows.asking())
    playbook = playbooks.active(room, [workflow.id])
    limits = inside.put(f"/muster/playbooks/{playbook.id}/limits", json={"concurrency": 1})
    assert limits.status_code == 200, limits.text
    create(room, "first")
    (first,) = room.wait_for(lambda: playbooks.runs(room, playbook))
    room.wait_for(lambda: room.all_tasks(name="Block it?"))
    create(room, "second")
    second = room.wait_for(lambda: [run for run in playbooks.runs(room, playbook) if run.id != first.id])[0]
    body = v1.ModifyAopWorkflowInfo(enabled=False)
    room.update_aop_workflow(workflow_id=workflow.id, body=body)
    (task,) = room.all_tasks(name="Block it?")
    room.answer(task.id)
    assert status(room, first, "FINISHED", "FAILED").status == "FINISHED", "what is under way goes on"
    assert status(room, second, "FINISHED", "FAILED").status == "FAILED"
    (branch,) = playbooks.branches(room, second)
    assert branch[1] == "FAILED" and workflow.name in branch[2] and "not enabled" in branch[2]
    # Enabled again, it can go on from there.
    room.enable(workflow.id, workflow.version_id)
    assert operate(room, second, "RETRY").status == "RETRYING"
    task = room.wait_for(lambda: [row for row in room.all_tasks(name="Block it?") if row.status == "waiting"])[0]
    room.answer(task.id)
    assert status(room, second, "FINISHED", "FAILED").status == "FINISHED"


def test_a_run_is_terminated(room):
    workflow = room.publish(flows.asking()).id
    playbook = playbooks.active(room, [workflow, workflow])
    create(room)
    (run,) = room.wait_for(lambda: playbooks.runs(room, playbook))
    room.wait_for(lambda: len(room.all_tasks(name="Block it?")) == 2)
    assert operate(room, run, "TERMINATE").status in ("TERMINATING", "TERMINATED")
    assert status(room, run, "TERMINATED").end_time
    assert {branch[1] for branch in playbooks.branches(room, run)} == {"TERMINATED"}
    for operation in ("RETRY", "TERMINATE"):
        with refused(PLAYBOOK_INSTANCE_STATE):
            operate(room, run, operation)


def test_a_retry_runs_what_has_failed_and_nothing_else(room):
    counting = changing(count="${data_object.count + 1}")
    bad, good = room.publish(failing()), room.publish(counting).id
    playbook = playbooks.active(room, [bad.id, good])
    alert = create(room, count=0)
    (run,) = playbooks.ended(room, playbook)

    def statuses():
        return [branch[1] for branch in playbooks.branches(room, run)]

    assert run.status == "FAILED"
    assert room.wait_for(lambda: statuses() == ["FAILED", "FINISHED"]), statuses()
    assert operate(room, run, "RETRY").status == "RETRYING"
    assert status(room, run, "FAILED", "FINISHED").status == "FAILED", "the object that set it off is as it was"
    assert room.show_alert(alert_id=alert.id).data.data_object.count == 1
    assert len(playbooks.runs(room, playbook)) == 1


def test_workflows_in_order_stop_where_one_fails(room):
    bad, good = room.publish(failing()).id, room.publish(flows.minimal()).id
    playbook = playbooks.active(room, [good, bad, good], action_strategy="SYNC")
    create(room)
    (run,) = playbooks.ended(room, playbook)
    assert run.status == "FAILED"
    assert [branch[1] for branch in playbooks.branches(room, run)] == ["FINISHED", "FAILED", ""]


def test_unknown_runs_and_operations_are_refused(room):
    playbook = playbooks.active(room, [room.publish(flows.minimal()).id])
    create(room)
    (run,) = playbooks.ended(room, playbook)
    for operation in ("STOP", "", "retry", None):
        with refused(INVALID, "operation"):
            operate(room, run, operation)
    with refused(PLAYBOOK_INSTANCE_STATE):
        operate(room, run, "RETRY")
    for id, code in ((UNKNOWN, PLAYBOOK_INSTANCE_NOT_FOUND), ("x", INVALID)):
        with refused(code):
            room.show_playbook_instance(instance_id=id)
        with refused(code):
            room.show_playbook_topology(instance_id=id)
        with refused(code):
            room.change_playbook_instance(instance_id=id, body={"operation": "RETRY"})


def test_runs_are_for_those_who_have_the_permission(server, raw, room):
    playbook = playbooks.active(room, [room.publish(flows.asking()).id])
    create(room)
    (run,) = room.wait_for(lambda: playbooks.runs(room, playbook))
    reader = new_user(server, raw, "ReadOnlyAccess").api().inside(room.workspace_id)
    assert show(reader, run).id == run.id
    for operation in ("RETRY", "TERMINATE"):
        with refused(FORBIDDEN, f"secmaster:playbookInstance:{operation.lower()}", status=403):
            operate(reader, run, operation)
    stranger = other_tenant(server, raw)
    with refused(PLAYBOOK_INSTANCE_NOT_FOUND, run.id):
        show(stranger, run)
    operator = new_user(server, raw, "Operator").api().inside(room.workspace_id)
    operate(operator, run, "TERMINATE")
    status(room, run, "TERMINATED")
