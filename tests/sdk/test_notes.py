"""Notes on data objects: written, searched, deleted."""

import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.people import new_user, other_tenant
from sdk.refusal import FORBIDDEN, INVALID, OBJECT_NOT_FOUND, refused
from sdk.test_alerts import create as alert
from sdk.test_alerts import delete as delete_alerts

UNKNOWN = str(uuid.uuid4())


def write(api, about, content="looked at it", **fields):
    known = {"war_room_id": about, "type": "textMessage", "content": content}
    return api.create_note(body=v1.CreateNoteRequestBody(**known | fields)).data


def find(api, **fields):
    return api.list_notes(body=v1.ListNotesRequestBody(**{"limit": 100, "offset": 0} | fields))


def contents(api, **fields) -> list[str]:
    return [note.data.content for note in find(api, **fields).data]


def test_a_note_is_written_found_and_deleted(api):
    about = alert(api).id
    text = "已隔离\nby <b>hand</b> 😀"
    note = write(api, about, text, note_type="handle")
    assert (note.data.content, note.content, note.type) == (text, {"content": text}, "textMessage")
    assert (note.war_room_id, note.note_type, note.is_deleted) == (about, "handle", False)
    assert (note.workspace_id, note.project_id) == (api.workspace_id, api.project_id)
    assert note.user.id and note.user.name
    found = find(api, war_room_id=about)
    assert (found.total, found.size, found.page, found.success) == (1, 100, 1, True)
    assert found.data[0].to_dict() == note.to_dict()
    body = v1.DeleteNoteRequestBody(batch_ids=[note.id, UNKNOWN])
    assert api.delete_notes(body=body).data.to_dict() == {"success_ids": [note.id], "error_ids": [UNKNOWN]}
    assert contents(api, war_room_id=about) == []


def test_notes_are_searched(by_key):
    room = by_key.new_workspace()
    one, other = alert(room).id, alert(room).id
    for about, content in ((one, "first"), (other, "second"), (one, "third")):
        write(room, about, content)
    assert contents(room, war_room_id=one) == ["third", "first"]
    assert contents(room, sort_by="create_time", order="ASC") == ["first", "second", "third"]
    assert contents(room, limit=1, offset=1) == ["second"]
    assert contents(room, from_date="2999-01-01T00:00:00.000Z") == []
    assert contents(room, to_date="2999-01-01T00:00:00.000Z+0800") == ["third", "second", "first"]
    assert contents(room, war_room_id=UNKNOWN) == []


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"type": ""}, "type must have 1 to 64 characters"),
        ({"type": "x" * 65}, "type must have 1 to 64 characters"),
        ({"content": ""}, "content must not be empty"),
        ({"content": "a\0b"}, "content must not contain U+0000"),
        ({"content": "é" * 65_537}, "content must have at most 65536 characters"),
        ({"content": {"content": "x"}}, "content must be text"),
        ({"note_type": 5}, "note_type must be text"),
        ({"war_room_id": "x"}, "war_room_id must be a UUID"),
    ],
)
def test_a_wrong_note_is_refused_with_the_field(by_key, fields, words):
    about = alert(by_key).id
    with refused(INVALID, words):
        by_key.create_note(body={"war_room_id": about, "type": "textMessage", "content": "seen"} | fields)
    assert contents(by_key, war_room_id=about) == []


def test_a_note_on_nothing_is_refused(by_key):
    gone = alert(by_key).id
    delete_alerts(by_key, gone)
    for about in (UNKNOWN, gone):
        with refused(OBJECT_NOT_FOUND, "war_room_id"):
            write(by_key, about)
    with refused(INVALID, "batch_ids"):
        by_key.delete_notes(body=v1.DeleteNoteRequestBody(batch_ids=[]))


def test_a_wrong_search_is_refused(by_key):
    for field, value in (
        ("limit", 0),
        ("offset", 10_001),
        ("from_date", "soon"),
        ("war_room_id", "x"),
        ("sort_by", "content"),
        ("order", "up"),
    ):
        with refused(INVALID, field):
            find(by_key, **{field: value})


def test_notes_are_for_those_who_have_the_permission(server, raw, by_key):
    about = alert(by_key).id
    note = write(by_key, about).id
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert contents(reader, war_room_id=about) == ["looked at it"]
    with refused(FORBIDDEN, "secmaster:note:create", status=403):
        write(reader, about)
    with refused(FORBIDDEN, "secmaster:note:delete", status=403):
        reader.delete_notes(body=v1.DeleteNoteRequestBody(batch_ids=[note]))
    stranger = other_tenant(server, raw)
    with refused(OBJECT_NOT_FOUND, "war_room_id"):
        write(stranger, about)
    assert contents(stranger, war_room_id=about) == []
    gone = stranger.delete_notes(body=v1.DeleteNoteRequestBody(batch_ids=[note])).data
    assert (gone.success_ids, gone.error_ids) == ([], [note])
