"""Versions: every state, every move, what approval means."""

import json
import threading
import uuid

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Answer, Api, output
from sdk.people import new_user
from sdk.refusal import (
    FOUR_EYES,
    INVALID,
    VERSION_CONTENT,
    VERSION_ERRORS,
    VERSION_NOT_FOUND,
    VERSION_PENDING,
    VERSION_STATE,
    refused,
)

# A version in each state, by the moves that lead there.
STATES = {
    "pending_submit": [],
    "pending_approval": ["submit"],
    "rejected": ["submit", "UN_PASS"],
    "not_activated": ["submit", "PASS"],
    "activated": ["submit", "PASS", "activate"],
}
# What each move does in each state; None is refused.
MOVES = {
    "pending_submit": {
        None: "pending_submit",
        "pending_submit": "pending_submit",
        "pending_approval": "pending_approval",
        "not_activated": None,
        "activated": None,
        "PASS": None,
        "UN_PASS": None,
    },
    "pending_approval": {
        None: "pending_approval",
        "pending_submit": "pending_submit",
        "pending_approval": "pending_approval",
        "not_activated": None,
        "activated": None,
        "PASS": "not_activated",
        "UN_PASS": "rejected",
    },
    "rejected": {
        None: "rejected",
        "pending_submit": "pending_submit",
        "pending_approval": "pending_approval",
        "not_activated": None,
        "activated": None,
        "PASS": None,
        "UN_PASS": None,
    },
    "not_activated": {
        None: "not_activated",
        "pending_submit": None,
        "pending_approval": None,
        "not_activated": "not_activated",
        "activated": "activated",
        "PASS": None,
        "UN_PASS": None,
    },
    "activated": {
        None: "activated",
        "pending_submit": None,
        "pending_approval": None,
        "not_activated": "not_activated",
        "activated": "activated",
        "PASS": None,
        "UN_PASS": None,
    },
}


def in_state(api, state, flow=None):
    """A version in the state, and its workflow."""
    workflow = api.create_workflow()
    version = api.create_version(workflow.id, flow or flows.minimal())
    for step in STATES[state]:
        if step == "submit":
            api.move(version.id, "pending_approval")
        elif step == "activate":
            api.move(version.id, "activated")
        else:
            api.review(version.id, step)
    return workflow, show(api, version.id)


def show(api, version_id):
    return api.show_aop_workflow_version(version_id=version_id).data


def workflow_of(api, version):
    return api.show_aop_workflow(workflow_id=version.aopworkflow_id).data


@pytest.mark.parametrize(
    "move", [None, "pending_submit", "pending_approval", "not_activated", "activated", "PASS", "UN_PASS"]
)
@pytest.mark.parametrize("state", STATES)
def test_every_move_from_every_state(by_key, state, move):
    _, version = in_state(by_key, state)
    assert version.status == state
    expected = MOVES[state][move]

    def make():
        if move in ("PASS", "UN_PASS"):
            by_key.review(version.id, move)
        else:
            # Terraform sends the whole content with every move.
            by_key.move(
                version.id,
                move,
                name=version.name,
                description=version.description,
                aop_type=version.aop_type,
                taskflow=version.taskflow,
                taskflow_type=version.taskflow_type,
                taskconfig=version.taskconfig,
            )

    if expected is None:
        wanted = "review" if move in ("PASS", "UN_PASS") else move
        with refused(VERSION_STATE, state, wanted, "allowed"):
            make()
        assert show(by_key, version.id).to_dict() == version.to_dict(), "a refused move changes nothing"
        return
    make()
    after = show(by_key, version.id)
    assert after.status == expected
    workflow = workflow_of(by_key, version)
    pointers = (workflow.current_approval_version_id, workflow.current_rejected_version_id, workflow.version_id)
    assert pointers == (
        version.id if expected == "pending_approval" else "",
        # A rejected version that waits for review again is still the last one rejected.
        version.id if expected == "rejected" or (state, expected) == ("rejected", "pending_approval") else "",
        version.id if expected == "activated" else "",
    )
    assert workflow.version == ("V1" if expected == "activated" else "")


@pytest.mark.parametrize("state", STATES)
def test_changed_content_is_saved_only_before_approval(by_key, state):
    _, version = in_state(by_key, state)
    changed = flows.straight(("one", "1")).content()
    if state in ("not_activated", "activated"):
        for status in (None, state):
            with refused(VERSION_CONTENT, state):
                by_key.move(version.id, status, **changed)
        assert show(by_key, version.id).to_dict() == version.to_dict()
        return
    after = by_key.move(version.id, **changed)
    assert (after.status, after.taskflow) == (state, changed["taskflow"])


def test_an_edit_under_review_replaces_the_review(api):
    _, version = in_state(api, "pending_approval")
    first = review_of(api, version)
    api.move(version.id, description="better")
    second = review_of(api, version)
    assert second.id != first.id
    closed = api.show_task(task_id=first.id).data
    assert closed.status == "canceled"
    api.answer(second.id, comment="fine now")
    assert show(api, version.id).status == "not_activated"


def review_of(api, version):
    found = [task for task in api.all_tasks(business_type="WORKFLOWPUBLISH") if task.action_version_id == version.id]
    assert len(found) == 1
    return found[0]


def test_a_review_can_be_answered_as_a_task(api):
    _, version = in_state(api, "pending_approval")
    task = review_of(api, version)
    assert (task.action_id, task.status, task.business_type) == (version.aopworkflow_id, "waiting", "WORKFLOWPUBLISH")
    api.answer(task.id, "TERMINATE", comment="too coarse")
    assert show(api, version.id).status == "rejected"
    done = api.show_task(task_id=task.id).data
    assert (done.status, done.review_comments, done.approver) == ("finished", "too coarse", "admin")


def test_at_most_one_version_waits_for_review(api):
    workflow, version = in_state(api, "pending_approval")
    second = api.create_version(workflow.id, flows.minimal())
    with refused(VERSION_PENDING, version.id):
        api.move(second.id, "pending_approval")
    api.delete_aop_workflow_version(version_id=version.id)
    assert workflow_of(api, second).current_approval_version_id == ""
    assert api.move(second.id, "pending_approval").status == "pending_approval"


@pytest.mark.parametrize("state", STATES)
def test_every_version_but_the_activated_one_can_be_deleted(by_key, state):
    _, version = in_state(by_key, state)
    if state == "activated":
        with refused(VERSION_STATE, "activated"):
            by_key.delete_aop_workflow_version(version_id=version.id)
        return
    assert by_key.delete_aop_workflow_version(version_id=version.id).data.id == version.id
    with refused(VERSION_NOT_FOUND, version.id):
        by_key.show_aop_workflow_version(version_id=version.id)
    assert not [task for task in by_key.all_tasks() if task.action_version_id == version.id]


def test_one_version_is_active_and_labels_count_up(api):
    workflow, first = in_state(api, "activated")
    second = api.approve(workflow.id, flows.minimal())
    assert (first.version, second.version) == ("V1", "V2")
    api.move(second.id, "activated")
    assert [show(api, version.id).status for version in (first, second)] == ["not_activated", "activated"]
    assert workflow_of(api, first).version == "V2"
    # The number of a deleted version is not given again.
    third = api.create_version(workflow.id, flows.minimal())
    api.delete_aop_workflow_version(version_id=third.id)
    assert api.create_version(workflow.id, flows.minimal()).version == "V4"


def test_two_clients_who_activate_at_once_leave_one_active(by_key, by_token):
    workflow = by_key.create_workflow()
    versions = [by_key.approve(workflow.id, flows.minimal()).id for _ in range(4)]
    for _ in range(5):
        failures = []

        def activate(api, version):
            try:
                api.move(version, "activated")
            except ClientRequestException as refusal:
                failures.append(refusal)

        threads = [
            threading.Thread(target=activate, args=(api, version))
            for api, version in zip([by_key, by_token] * 2, versions)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(refusal.error_code == VERSION_STATE for refusal in failures), failures
        states = [row.status for row in by_key.list_aop_workflow_versions(workflow_id=workflow.id).data]
        assert states.count("activated") == 1
        active = by_key.show_aop_workflow(workflow_id=workflow.id).data.version_id
        assert show(by_key, active).status == "activated"
        by_key.move(active, "not_activated")


def test_versions_are_listed_by_status(api):
    workflow = api.create_workflow()
    ids = [api.create_version(workflow.id, flows.minimal()).id for _ in range(3)]
    api.move(ids[0], "pending_approval")
    listed = api.list_aop_workflow_versions(workflow_id=workflow.id)
    assert [row.id for row in listed.data] == ids[::-1] and listed.total == 3
    assert [
        row.id for row in api.list_aop_workflow_versions(workflow_id=workflow.id, status="pending_approval").data
    ] == ids[:1]
    assert api.list_aop_workflow_versions(workflow_id=workflow.id, status="publishing").data == []
    with refused(INVALID, "status", "pending_submit"):
        api.list_aop_workflow_versions(workflow_id=workflow.id, status="draft")


def test_what_was_approved_runs_although_a_newer_draft_exists(api):
    workflow = api.create_workflow()
    approved = api.approve(workflow.id, flows.straight(("which", "'approved'")))
    api.enable(workflow.id, approved.id)
    api.create_version(workflow.id, flows.straight(("which", "'draft'")))
    assert output(api.wait(api.start(workflow.id)), "which") == "approved"


@pytest.mark.parametrize("form", ["XML", "JSON"])
def test_content_comes_back_as_it_was_sent(api, form):
    flow = flows.triage()
    sent = flow.content(form) | {"name": "n", "description": "d", "input": '{"a":1}', "output": "[]"}
    version = api.create_version(api.create_workflow().id, flow, form, **sent)
    assert {key: getattr(version, key) for key in sent} == sent
    assert {key: getattr(show(api, version.id), key) for key in sent} == sent


# What the vendor's editor saves for a new workflow.
EMPTY = {
    "elementType": "{}",
    "workflow": {
        "elements": [
            {
                "type": "element",
                "name": "bpmn2:definitions",
                "attributes": {
                    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
                    "xmlns:bpmn2": "http://www.omg.org/spec/BPMN/20100524/MODEL",
                    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
                    "xmlns:soar": "https://soc.cloudsre.com/soar/v2",
                    "id": "diagram_Process_1754555831876",
                    "targetNamespace": "http://flowable.org/bpmn",
                    "xsi:schemaLocation": "http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd",
                },
                "elements": [
                    {
                        "type": "element",
                        "name": "bpmn2:process",
                        "attributes": {"id": "Process_1", "name": "Service_Process1", "isExecutable": "true"},
                    },
                    {
                        "type": "element",
                        "name": "bpmndi:BPMNDiagram",
                        "attributes": {"id": "BPMNDiagram_1"},
                        "elements": [
                            {
                                "type": "element",
                                "name": "bpmndi:BPMNPlane",
                                "attributes": {"id": "BPMNPlane_1", "bpmnElement": "Process_1"},
                            }
                        ],
                    },
                ],
            }
        ]
    },
}


def test_a_terraform_client_goes_its_way(api):
    """Creates an empty process, fills it, submits with an opaque taskconfig, passes it, activates, enables."""
    workflow = api.create_workflow()
    body = v1.CreateAopWorkflowVersionInfo(
        name="tf",
        description="",
        aop_type="NORMAL",
        taskflow_type="JSON",
        taskflow=flows.encode(json.dumps(EMPTY)),
        taskconfig='{"node_info":{},"usertask_info":{}}',
    )
    version = api.create_aop_workflow_version(workflow_id=workflow.id, body=body).data
    assert version.status == "pending_submit"
    with refused(VERSION_ERRORS, "start_event"):
        api.move(version.id, "pending_approval")

    whole = flows.asking().content("JSON") | {"taskconfig": '{"test":"abc"}', "name": "tf", "aop_type": "NORMAL"}
    assert api.move(version.id, "pending_approval", **whole).taskconfig == '{"test":"abc"}'
    api.review(version.id)
    for status in ("activated", "not_activated", "activated"):
        assert api.move(version.id, status, **whole).status == status
    assert api.enable(workflow.id, version.id).enabled
    instance = api.start(workflow.id)
    api.answer(api.task(instance).id)
    assert api.wait(instance).status == "FINISHED"


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"name": ""}, ["name", "1 to 64"]),
        ({"name": "x" * 65}, ["name", "1 to 64"]),
        ({"name": "a\0b"}, ["name", "control"]),
        ({"description": "x" * 1025}, ["description", "1024"]),
        ({"taskflow_type": "YAML"}, ["taskflow_type", "JSON", "XML"]),
        ({"aop_type": "x"}, ["aop_type", "NORMAL"]),
        ({"taskconfig": "a\0b"}, ["taskconfig", "U+0000"]),
        ({"taskconfig": "x" * (5 << 20)}, ["taskconfig"]),
        ({"input": "a\0b"}, ["input", "U+0000"]),
        ({"output": "a\0b"}, ["output", "U+0000"]),
    ],
)
def test_a_wrong_field_of_a_version_is_named(by_key, fields, words):
    workflow = by_key.create_workflow()
    with refused(INVALID, *words):
        by_key.create_version(workflow.id, flows.minimal(), **fields)
    assert by_key.list_aop_workflow_versions(workflow_id=workflow.id).total == 0
    version = by_key.create_version(workflow.id, flows.minimal())
    with refused(INVALID, *words):
        by_key.move(version.id, **fields)
    assert show(by_key, version.id).to_dict() == version.to_dict()


@pytest.mark.parametrize("missing", ["name", "taskconfig", "taskflow", "taskflow_type", "aop_type"])
def test_a_missing_field_of_a_version_is_named(by_key, missing):
    fields = flows.minimal().content() | {"name": "n", "description": "", "aop_type": "NORMAL"}
    fields[missing] = None
    workflow = by_key.create_workflow()
    with refused(INVALID, missing, "required"):
        by_key.create_aop_workflow_version(workflow_id=workflow.id, body=v1.CreateAopWorkflowVersionInfo(**fields))


@pytest.mark.parametrize(
    "content, result, words",
    [
        (None, "PASS", ["content"]),
        ("x" * 1025, "PASS", ["content", "1024"]),
        ("fine", "MAYBE", ["result", "PASS", "UN_PASS"]),
        ("fine", None, ["result"]),
    ],
)
def test_a_wrong_review_is_refused(by_key, content, result, words):
    _, version = in_state(by_key, "pending_approval")
    with refused(INVALID, *words):
        by_key.review(version.id, result, content)
    assert show(by_key, version.id).status == "pending_approval"


def test_unknown_versions_are_refused(by_key):
    unknown = str(uuid.uuid4())
    for call in (
        lambda: by_key.show_aop_workflow_version(version_id=unknown),
        lambda: by_key.move(unknown, "activated"),
        lambda: by_key.review(unknown),
        lambda: by_key.delete_aop_workflow_version(version_id=unknown),
    ):
        with refused(VERSION_NOT_FOUND, unknown):
            call()


def test_under_four_eyes_the_author_cannot_pass_a_version(by_key, raw, server):
    body = v1.CreateWorkspaceRequestBody(name=Api.new_name("four"), region_id="local-1", project_name="local-1")
    inside = by_key.inside(by_key.create_workspace(body=body).id)
    switched = raw.put(raw.base(inside.workspace_id), json={"name": Api.new_name("four"), "four_eyes": True})
    assert switched.json()["four_eyes"] is True

    _, version = in_state(inside, "pending_approval")
    with refused(FOUR_EYES, "author", status=403):
        inside.review(version.id)
    task = review_of(inside, version)
    with refused(FOUR_EYES, status=403):
        inside.update_task(task_id=task.id, body=Answer(action="CONTINUE", comment="mine"))
    with refused(VERSION_STATE, "withdraw"):
        inside.move(version.id, description="changed under review")
    # The author may refuse it; somebody else may pass it.
    assert inside.review(version.id, "UN_PASS").result == "UN_PASS"
    inside.move(version.id, "pending_approval")
    other = new_user(server, raw, "Approver").api().inside(inside.workspace_id)
    assert other.review(version.id).result == "PASS"
    assert show(inside, version.id).status == "not_activated"
    inside.delete_workspace(permanent_delete=True)
