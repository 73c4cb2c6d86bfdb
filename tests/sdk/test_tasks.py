"""To-dos: what a person sees, what they may answer, and that an answer counts once."""

import json
import threading
import uuid
from datetime import datetime, timedelta

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Answer, nodes, output
from sdk.people import new_user
from sdk.refusal import (
    COMMENT_NOT_FOUND,
    FORBIDDEN,
    INVALID,
    TASK_CLOSED,
    TASK_HANDLER,
    TASK_NOT_FOUND,
    check_refusal,
    refused,
)

FORM = [
    {"key": "reason", "name": "Reason", "required": True},
    {"key": "days", "name": "Days", "required": True, "default": 7},
    {"key": "note", "name": "Note"},
]


def ask(api, **settings):
    """A run that waits for an answer, and its to-do."""
    known = {
        "description": "Block ${data_object.ip}?",
        "view_parameters": {"ip": "${data_object.ip}", "all": "${data_object}", "text": "from ${data_object.ip}"},
        "handle_parameters": FORM,
    }
    workflow = api.publish(flows.asking(**known | settings))
    instance = api.start(workflow.id, {"ip": "192.0.2.7", "n": 1})
    return workflow, instance, api.task(instance)


def test_a_task_shows_what_its_handler_needs(api):
    workflow, instance, task = ask(api)
    assert (task.name, task.business_type, task.status) == ("Block it?", "WORKFLOWNODEAPPROVE", "waiting")
    assert (task.creator_id, task.creator_name) == ("system", "system")
    assert (task.action_id, task.action_version_id) == (workflow.id, workflow.version_id)
    assert (task.action_instance_id, task.workspace_id) == (instance, api.workspace_id)
    assert (task.definition_key, task.due_handle, task.description) == ("ask", "INTERRUPT", "Block 192.0.2.7?")
    seen = json.loads(task.view_parameters)
    assert seen == {"ip": "192.0.2.7", "all": {"ip": "192.0.2.7", "n": 1}, "text": "from 192.0.2.7"}
    assert [row["key"] for row in json.loads(task.handle_parameters)] == ["reason", "days", "note"]
    due = instant(task.due_date) - instant(task.create_time)
    assert due == timedelta(days=15)
    assert api.show_task(task_id=task.id).data.to_dict() == task.to_dict()
    api.command(instance, "Terminate")


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ%z")


@pytest.mark.parametrize("spelling", ["an object", "JSON in a string"])
def test_an_answer_goes_on_with_its_values_and_the_defaults(api, spelling):
    _, instance, task = ask(api)
    values = {"reason": "scanner", "note": {"deep": [1]}}
    given = values if spelling == "an object" else json.dumps(values)
    answered = api.answer(task.id, comment="sure", handle_parameters=given)
    expected = {"reason": "scanner", "days": 7, "note": {"deep": [1]}}
    assert (answered.status, answered.approver, answered.review_comments) == ("finished", "admin", "sure")
    assert json.loads(answered.handle_parameters) == expected
    done = api.wait(instance)
    assert done.status == "FINISHED"
    assert output(done, "ask") == output(done, "said") == expected


def test_a_required_value_without_a_default_is_named(api):
    _, instance, task = ask(api)
    for given in (None, {}, {"days": 3}, {"reason": None}):
        with refused(INVALID, "handle_parameters.reason"):
            api.answer(task.id, handle_parameters=given)
    assert api.show_task(task_id=task.id).data.status == "waiting"
    api.answer(task.id, "TERMINATE", comment="no need")
    assert api.wait(instance).status == "TERMINATED"


@pytest.mark.parametrize("given", [[1], "[1]", "not json", 7, True, '"text"', "{"])
def test_values_of_another_kind_are_refused(by_key, given):
    _, instance, task = ask(by_key)
    with refused(INVALID, "handle_parameters"):
        by_key.answer(task.id, handle_parameters=given)
    by_key.command(instance, "Terminate")


def test_the_answer_can_set_variables(by_key):
    _, instance, task = ask(by_key, output={"why": "output.reason"})
    by_key.answer(task.id, handle_parameters={"reason": "r"})
    assert by_key.wait(instance).status == "FINISHED"


def test_terminate_ends_the_run(api):
    _, instance, task = ask(api)
    answered = api.answer(task.id, "TERMINATE", comment="false alarm")
    assert (answered.status, answered.review_comments) == ("finished", "false alarm")
    done = api.wait(instance)
    assert done.status == "TERMINATED" and "said" not in nodes(done)


def test_a_second_answer_is_refused(api):
    _, instance, task = ask(api)
    api.answer(task.id, handle_parameters={"reason": "first"})
    for action in ("CONTINUE", "TERMINATE"):
        with refused(TASK_CLOSED):
            api.answer(task.id, action, handle_parameters={"reason": "second"})
    done = api.wait(instance)
    assert output(done, "ask")["reason"] == "first"


def test_of_many_answers_at_once_one_counts(by_key, by_token):
    _, instance, task = ask(by_key)
    won, lost = [], []

    def answer(number):
        api = (by_key, by_token)[number % 2]
        try:
            api.answer(task.id, handle_parameters={"reason": number})
            won.append(number)
        except ClientRequestException as refusal:
            lost.append(refusal.error_code)

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and lost == [TASK_CLOSED] * 11
    assert output(by_key.wait(instance), "ask")["reason"] == won[0]


def test_comments_are_added_and_deleted(api, server, raw):
    _, instance, task = ask(api)
    first = api.update_task(task_id=task.id, body=v1.ModifyTaskInfo(action="ADD_COMMENT", comment="look at ü")).data
    second = api.update_task(task_id=task.id, body=v1.ModifyTaskInfo(action="ADD_COMMENT", comment="again")).data
    assert [row.message for row in second.comments] == ["look at ü", "again"]
    comment = first.comments[0]
    assert comment.user_name == "admin" and abs(comment.time / 1000 - instant(task.create_time).timestamp()) < 120
    delete = v1.ModifyTaskInfo(action="DELETE_COMMENT", comment_id=comment.id)
    other = new_user(server, raw, "Operator").api()
    with refused(COMMENT_NOT_FOUND):
        other.update_task(task_id=task.id, body=delete)
    assert [row.message for row in api.update_task(task_id=task.id, body=delete).data.comments] == ["again"]
    with refused(COMMENT_NOT_FOUND):
        api.update_task(task_id=task.id, body=delete)
    with refused(INVALID, "comment_id"):
        api.update_task(task_id=task.id, body=v1.ModifyTaskInfo(action="DELETE_COMMENT"))
    for missing in (None, ""):
        with refused(INVALID, "comment"):
            api.update_task(task_id=task.id, body=v1.ModifyTaskInfo(action="ADD_COMMENT", comment=missing))
    with refused(INVALID, "comment", "4096"):
        api.update_task(task_id=task.id, body=v1.ModifyTaskInfo(action="ADD_COMMENT", comment="x" * 4097))
    assert api.show_task(task_id=task.id).data.status == "waiting", "a comment is no answer"
    api.command(instance, "Terminate")


@pytest.mark.parametrize("handlers", ["everybody", "role", "name", "id"])
def test_only_handlers_may_answer(server, raw, by_key, handlers):
    person, other = (new_user(server, raw, role) for role in ("Operator", "ReadOnlyAccess"))
    named = {"everybody": [], "role": ["Operator"], "name": ["nobody", person.name], "id": [person.id]}[handlers]
    workflow = by_key.publish(flows.asking(handlers=named))
    instance = by_key.start(workflow.id)
    handler = person.api()
    task = handler.task(instance)
    assert task.approveuser_name == ",".join(named)
    if named:
        assert by_key.tasks(instance) == [], "my to-dos are those that I may answer"
        with refused(TASK_HANDLER, *named, status=403):
            by_key.answer(task.id)
    with refused(FORBIDDEN, "secmaster:task:update", status=403):
        other.api().answer(task.id)
    answered = handler.answer(task.id)
    assert answered.approver == person.name
    assert by_key.wait(instance).status == "FINISHED"


@pytest.mark.parametrize("handle, status", [("CONTINUE", "FINISHED"), ("INTERRUPT", "TERMINATED")])
def test_nobody_answers_in_time(by_key, handle, status):
    form = [{"key": "block", "required": True, "default": False}]
    _, instance, task = ask(by_key, due="PT1S", due_handle=handle, handle_parameters=form)
    assert task.due_handle == handle and instant(task.due_date) - instant(task.create_time) <= timedelta(seconds=2)
    done = by_key.wait(instance, "FINISHED", "FAILED", "TERMINATED")
    closed = by_key.show_task(task_id=task.id).data
    assert closed.status == "finished" and closed.note
    assert done.status == status
    if handle == "CONTINUE":
        assert output(done, "ask") == {"block": False}
    with refused(TASK_CLOSED):
        by_key.answer(task.id)


def test_tasks_are_listed_by_every_filter(by_token, server, raw):
    """In a workspace of its own."""
    body = v1.CreateWorkspaceRequestBody(name=f"tasks {uuid.uuid4().hex}", region_id="local-1", project_name="local-1")
    room = by_token.inside(by_token.create_workspace(body=body).id)
    workflow = room.publish(flows.asking())
    first, second = room.start(workflow.id), room.start(workflow.id)
    one, two = room.task(first), room.task(second)
    draft = room.create_version(workflow.id, flows.minimal())
    room.move(draft.id, "pending_approval")

    def found(**filters):
        listed = room.list_tasks(**filters)
        assert listed.total == len(listed.data)
        return [row.id for row in listed.data]

    review = next(row for row in room.list_tasks().data if row.business_type == "WORKFLOWPUBLISH")
    assert found() == found(query_type="my_todo") == [review.id, two.id, one.id], "newest first"
    assert found(sort_dir="ASC") == [one.id, two.id, review.id]
    assert found(sort_key="create_time", sort_dir="DESC") == [review.id, two.id, one.id]
    assert found(business_type="WORKFLOWPUBLISH") == [review.id]
    assert found(business_type="PLAYBOOKPUBLISH") == []
    assert found(name="Block") == [two.id, one.id]
    assert found(creator_name="system") == [two.id, one.id]
    assert found(from_date=one.create_time) == [review.id, two.id, one.id]
    assert found(to_date="2020-01-20T00:00:00.000Z+0800") == []
    # The reviews that led here are the handled ones.
    handled = found(query_type="all_handled")
    room.answer(one.id)
    assert found() == [review.id, two.id]
    assert found(query_type="all_handled", sort_key="update_time") == [one.id, *handled]
    page = room.list_tasks(offset=1, limit=1)
    assert (page.total, page.size, page.page, [row.id for row in page.data]) == (2, 1, 2, [two.id])
    assert room.list_tasks(offset=10_000, limit=100).data == []
    room.delete_workspace(permanent_delete=True)


@pytest.mark.parametrize(
    "query, words",
    [
        ({"offset": -1}, ["offset"]),
        ({"limit": 101}, ["limit", "1", "100"]),
        ({"limit": 0}, ["limit", "1", "100"]),
        ({"sort_key": "name"}, ["sort_key"]),
        ({"sort_dir": "up"}, ["sort_dir", "ASC", "DESC"]),
        ({"business_type": "x"}, ["business_type", "WORKFLOWPUBLISH"]),
        ({"query_type": "everything"}, ["query_type", "my_todo", "all_handled"]),
        ({"from_date": "yesterday"}, ["from_date"]),
    ],
)
def test_a_wrong_filter_of_tasks_is_named(raw, query, words):
    check_refusal(raw.get("/soc/tasks", params=query), INVALID, *words)


def test_a_wrong_action_is_named(by_key):
    _, instance, task = ask(by_key)
    for action in ("APPROVE", "continue", "ADD_FILE"):
        with refused(INVALID, "action", "CONTINUE", "TERMINATE"):
            by_key.update_task(task_id=task.id, body=Answer(action=action))
    by_key.command(instance, "Terminate")


def test_unknown_tasks_are_refused(by_key):
    unknown = str(uuid.uuid4())
    with refused(TASK_NOT_FOUND, unknown):
        by_key.show_task(task_id=unknown)
    with refused(TASK_NOT_FOUND, unknown):
        by_key.answer(unknown)
