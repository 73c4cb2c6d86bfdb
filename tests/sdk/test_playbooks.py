"""Playbooks: created, changed, enabled, listed, counted, exported and imported."""

import json
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows, playbooks
from sdk.clients import Api
from sdk.objects import form_file, received
from sdk.people import new_user, other_tenant
from sdk.refusal import (
    FORBIDDEN,
    IMPORT,
    INVALID,
    PLAYBOOK_ENABLED,
    PLAYBOOK_NAME_TAKEN,
    PLAYBOOK_NOT_FOUND,
    PLAYBOOK_PART_NOT_FOUND,
    PLAYBOOK_VERSION_STATE,
    PLAYBOOK_WORKFLOW_DISABLED,
    WORKFLOW_IN_USE,
    refused,
)
from sdk.test_alerts import create as alert

UNKNOWN = str(uuid.uuid4())
DAY = {"start_time": "2020-01-01T00:00:00Z+0800", "end_time": "2999-01-01T00:00:00Z+0800"}
HIGH = playbooks.condition("severity", "=", "High")


@pytest.fixture(scope="module")
def workflow(room) -> str:
    return room.publish(flows.minimal()).id


def names(api, **filters) -> list[str]:
    found = api.list_playbooks(limit=1000, offset=0, **filters)
    assert found.total == len(found.data)
    return [row.name for row in found.data]


def test_a_playbook_is_created_shown_changed_and_deleted(api):
    made = playbooks.create(api, description="of hosts")
    assert (made.enabled, made.version_id, made.version, made.dataclass_id) == (False, "", "", "")
    assert (made.workspace_id, made.project_id, made.description) == (api.workspace_id, api.project_id, "of hosts")
    assert api.show_playbook(playbook_id=made.id).data.to_dict() == made.to_dict()
    name = Api.new_name("renamed")
    changed = playbooks.update(api, made.id, name=name, description="")
    assert (changed.name, changed.description) == (name, "")
    gone = api.delete_playbook(playbook_id=made.id).data
    assert (gone.id, gone.name) == (made.id, name)
    for call in (api.show_playbook, api.delete_playbook):
        with refused(PLAYBOOK_NOT_FOUND, made.id):
            call(playbook_id=made.id)
    with refused(PLAYBOOK_NOT_FOUND, made.id):
        playbooks.update(api, made.id, name="x")


@pytest.mark.parametrize(
    "body, words",
    [
        ({}, "name is required"),
        ({"name": ""}, "name must have 1 to 64 characters"),
        ({"name": "x" * 65}, "name must have 1 to 64 characters"),
        ({"name": "a\0"}, "name must not contain control characters"),
        ({"name": 5}, "name must be text"),
        ({"name": "a", "description": "x" * 1025}, "description must have at most 1024 characters"),
    ],
)
def test_what_is_no_playbook_is_refused(by_key, body, words):
    with refused(INVALID, words):
        by_key.create_playbook(body={"workspace_id": by_key.workspace_id} | body)


def test_a_name_is_taken_once(room):
    made, other = playbooks.create(room), playbooks.create(room)
    with refused(PLAYBOOK_NAME_TAKEN, made.name):
        playbooks.create(room, made.name)
    with refused(PLAYBOOK_NAME_TAKEN, made.name):
        playbooks.update(room, other.id, name=made.name)
    with refused(INVALID, "playbook_id"):
        room.show_playbook(playbook_id="x")


def test_a_playbook_is_enabled_with_an_approved_version(room, workflow):
    playbook, version = playbooks.published(room, [workflow], HIGH)
    enabled = playbooks.update(room, playbook.id, name=playbook.name, enabled=True, active_version_id=version.id)
    assert (enabled.enabled, enabled.version_id, enabled.version) == (True, version.id, "V1")
    assert (enabled.dataclass_name, enabled.dataclass_id) == ("Alert", room.dataclass().id)
    with refused(PLAYBOOK_ENABLED, "disable"):
        room.delete_playbook(playbook_id=playbook.id)
    with refused(WORKFLOW_IN_USE, playbook.name):
        room.delete_aop_workflow(workflow_id=workflow)
    disabled = playbooks.update(room, playbook.id, enabled=False)
    assert (disabled.enabled, disabled.version_id) == (False, version.id)
    assert playbooks.update(room, playbook.id, enabled=True).version_id == version.id, "it is still the active one"
    playbooks.update(room, playbook.id, enabled=False)
    assert room.delete_playbook(playbook_id=playbook.id).data.id == playbook.id


def test_what_cannot_run_is_not_enabled(room):
    workflow = room.create_workflow()
    approved = room.approve(workflow.id, flows.minimal())
    playbook = playbooks.create(room)
    with refused(INVALID, "active_version_id is required"):
        playbooks.update(room, playbook.id, enabled=True)
    for id in (UNKNOWN, playbooks.draft(room, playbooks.create(room).id, [workflow.id]).id):
        with refused(PLAYBOOK_PART_NOT_FOUND, id):
            playbooks.update(room, playbook.id, enabled=True, active_version_id=id)
    version = playbooks.draft(room, playbook.id, [workflow.id])
    with refused(PLAYBOOK_VERSION_STATE, "EDITING"):
        playbooks.update(room, playbook.id, enabled=True, active_version_id=version.id)
    playbooks.move(room, version.id, "APPROVING")
    playbooks.review(room, version.id)
    with refused(PLAYBOOK_WORKFLOW_DISABLED, workflow.name):
        playbooks.update(room, playbook.id, enabled=True, active_version_id=version.id)
    assert room.show_playbook(playbook_id=playbook.id).data.enabled is False
    room.enable(workflow.id, approved.id)
    assert playbooks.update(room, playbook.id, enabled=True, active_version_id=version.id).enabled


def test_lists_are_narrowed_and_counted(by_key):
    room = by_key.new_workspace()
    workflow = room.publish(flows.minimal()).id
    born = len(names(room))
    on = playbooks.active(room, [workflow], name="Contain host")
    off = playbooks.create(room, "Close alert", description="of a host")
    playbooks.move(room, playbooks.draft(room, off.id, [workflow]).id, "APPROVING")
    assert names(room)[:2] == ["Close alert", "Contain host"] and len(names(room)) == born + 2
    assert names(room, name="Contain") == [on.name]
    assert names(room, search_txt="of a host") == [off.name] == names(room, description="of a host")
    assert names(room, enabled=True) == [on.name]
    assert (
        on.name in names(room, dataclass_name="Alert") and names(room, name="Contain", dataclass_name="Incident") == []
    )
    page = room.list_playbooks(limit=1, offset=1)
    assert (page.total, page.size, page.page, page.data[0].name) == (born + 2, 1, 2, on.name)
    with refused(INVALID, "limit"):
        room.list_playbooks(limit=1001, offset=0)
    counted = room.show_playbook_statistics().data
    assert counted.to_dict() == {"unapproved_num": 1, "disabled_num": born + 1, "enabled_num": 1}


def test_a_monitor_counts_the_runs_of_a_playbook(by_key):
    room = by_key.new_workspace()
    good, bad = (
        room.publish(flows.minimal()).id,
        room.publish(flows.straight(("bad", "1 / data_object.count - 1 / 0"))).id,
    )
    playbook = playbooks.active(room, [good], playbooks.condition("severity", "=", "High"))
    failing = playbooks.active(room, [bad])
    for severity in ("High", "High", "Low"):
        alert(room, severity=severity)
    playbooks.ended(room, playbook, 2)
    playbooks.ended(room, failing, 3)

    def monitor(id, versions="ALL", **span):
        return room.show_playbook_monitors(playbook_id=id, version_query_type=versions, **DAY | span).data

    counted = monitor(playbook.id)
    assert (counted.total_instance_num, counted.success_instance_num, counted.event_instance_run_num) == (2, 2, 2)
    assert (counted.fail_instance_num, counted.running_instance_num, counted.terminate_instance_num) == (0, 0, 0)
    assert counted.schedule_instance_run_num == 0 and counted.total_instance_run_num == 2
    slowest, quickest = counted.max_run_time_instance, counted.min_run_time_instance
    known = {run.id: run.name for run in playbooks.runs(room, playbook)}
    assert known[slowest.playbook_instance_id] == slowest.playbook_instance_name
    assert slowest.playbook_instance_run_time >= counted.average_run_time >= quickest.playbook_instance_run_time >= 0
    assert monitor(failing.id).fail_instance_num == 3
    assert monitor(playbook.id, "VALID").total_instance_num == 2
    assert monitor(playbook.id, "DELETED").total_instance_num == 0
    assert monitor(playbook.id, end_time="2020-01-02T00:00:00Z+0800").total_instance_num == 0
    with refused(INVALID, "version_query_type"):
        monitor(playbook.id, "SOME")
    with refused(INVALID, "start_time"):
        monitor(playbook.id, start_time="soon")
    with refused(PLAYBOOK_NOT_FOUND, UNKNOWN):
        monitor(UNKNOWN)


def exported(api, *ids) -> dict:
    return json.loads(received(api.export_playbook(body=v1.ExportPlaybook(id=list(ids)))))


def imported(api, folder, document, model="import"):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    body = v1.ImportPlaybookRequestBody(upload_file=form_file(folder, content, "playbooks.json"), upload_model=model)
    return api.import_playbook(body=body)


def test_playbooks_go_out_and_come_in_again(api, tmp_path):
    room, there = api.new_workspace(), api.new_workspace()
    workflow = room.publish(flows.minimal(), "Isolate")
    playbook, _ = playbooks.published(room, [workflow.id], HIGH, "Contain", action_strategy="SYNC")
    document = exported(room, playbook.id)
    assert (document["format"], document["format_version"]) == ("muster-playbooks", 1)
    with refused(IMPORT, "workflow 'Isolate'"):
        imported(there, tmp_path, document)
    assert names(there, name="Contain") == [], "all or nothing"
    there.publish(flows.minimal(), "Isolate")
    imported(there, tmp_path, document, "verify")
    assert names(there, name="Contain") == [], "what is verified is not imported"
    imported(there, tmp_path, document)
    (copy,) = there.list_playbooks(limit=10, offset=0, name="Contain").data
    assert copy.enabled is False and copy.id != playbook.id
    (version,) = there.list_playbook_versions(playbook_id=copy.id, limit=10, offset=0).data
    version = there.show_playbook_version(version_id=version.id).data
    assert (version.status, version.action_strategy, version.rule_enable) == ("EDITING", "SYNC", True)
    assert json.loads(version.rules.rule)["conditions"][0]["data"] == ["severity", "=", "High"]
    assert version.dataclass_id == there.dataclass().id and len(version.actions) == 1
    with refused(IMPORT, "Contain"):
        imported(there, tmp_path, document)
    with refused(INVALID, "upload_model"):
        imported(there, tmp_path, document, "try")


@pytest.mark.parametrize(
    "document", [b"", b"{", b"[]", b"{}", b'{"format":"muster-workflows","format_version":1}', b"PK\x03\x04"]
)
def test_what_is_no_export_is_refused(by_key, tmp_path, document):
    with refused(IMPORT, "uploadFile"):
        imported(by_key, tmp_path, document)


def test_what_cannot_be_exported_is_told(by_key):
    for ids in ([], ["x"], [UNKNOWN] * 501):
        with refused(INVALID, "id"):
            exported(by_key, *ids)
    with refused(PLAYBOOK_NOT_FOUND, UNKNOWN):
        exported(by_key, playbooks.create(by_key).id, UNKNOWN)


def test_playbooks_are_for_those_who_have_the_permission(server, raw, by_key, tmp_path):
    made = playbooks.create(by_key)
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.show_playbook(playbook_id=made.id).data.id == made.id
    assert names(reader, name=made.name) == [made.name]
    for forbidden in (
        lambda: playbooks.create(reader),
        lambda: playbooks.update(reader, made.id, description="x"),
        lambda: playbooks.update(reader, made.id, enabled=True),
        lambda: reader.delete_playbook(playbook_id=made.id),
        lambda: exported(reader, made.id),
        lambda: imported(reader, tmp_path, {}),
    ):
        with refused(FORBIDDEN, "secmaster:playbook:", status=403):
            forbidden()
    with refused(PLAYBOOK_NOT_FOUND, made.id):
        other_tenant(server, raw).show_playbook(playbook_id=made.id)
