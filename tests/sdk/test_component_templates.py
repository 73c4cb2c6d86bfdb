"""Templates of components: settings of actions, kept for use in workflows."""

import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.people import new_user, other_tenant
from sdk.refusal import FORBIDDEN, INVALID, TEMPLATE_NOT_FOUND, refused
from sdk.test_components import component

UNKNOWN = str(uuid.uuid4())


def body(api, name="block 😀", config='{ "action_id":"test" }', **fields) -> v1.CreateTemplateReq:
    known = {"component_id": component(api, "HTTP").id, "template_name": name, "task_config": config}
    return v1.CreateTemplateReq(**known | fields)


def create(api, *values, **fields):
    return api.create_component_template(body=body(api, *values, **fields)).data


def test_a_template_is_created_shown_changed_and_deleted(api):
    made = create(api)
    assert (made.template_name, made.task_config) == ("block 😀", '{ "action_id":"test" }')
    assert (made.component_id, made.project_id) == (component(api, "HTTP").id, api.project_id)
    assert made.create_time == made.update_time
    assert api.show_component_template(template_id=made.id).data.to_dict() == made.to_dict()
    changed = api.update_component_template(template_id=made.id, body=body(api, "release", "not JSON")).data
    assert (changed.id, changed.template_name, changed.task_config) == (made.id, "release", "not JSON")
    assert api.show_component_template(template_id=made.id).data.to_dict() == changed.to_dict()
    assert api.delete_component_template(template_id=made.id).success
    for call in (api.show_component_template, api.delete_component_template):
        with refused(TEMPLATE_NOT_FOUND, made.id):
            call(template_id=made.id)
    with refused(TEMPLATE_NOT_FOUND, made.id):
        api.update_component_template(template_id=made.id, body=body(api))


def test_templates_are_listed(by_key):
    room = by_key.new_workspace()
    for name in ("Block address", "Release address", "Block account"):
        create(room, name)
    listed = room.list_component_templates(limit=2, offset=0)
    assert (listed.total, listed.size, listed.page, listed.success) == (3, 2, 1, True)
    assert [row.template_name for row in listed.data] == ["Block account", "Release address"]
    found = room.list_component_templates(search_value="BLOCK", limit=100, offset=0).data
    assert {row.template_name for row in found} == {"Block account", "Block address"}
    assert room.list_component_templates(search_value="%", limit=100, offset=0).data == []
    with refused(INVALID, "limit"):
        room.list_component_templates(limit=1001, offset=0)


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("component_id", None, "component_id is required"),
        ("component_id", "x", "component_id must be a UUID"),
        ("component_id", UNKNOWN, "component_id must be an existing component"),
        ("template_name", " ", "template_name must have 1 to 255 characters"),
        ("template_name", "é" * 256, "template_name must have 1 to 255 characters"),
        ("template_name", "a\n", "template_name must not contain control characters"),
        ("template_name", 5, "template_name must be text"),
        ("task_config", "", "task_config must not be empty"),
        ("task_config", "\0", "task_config must not contain U+0000"),
        ("task_config", "x" * 65_537, "task_config must have at most 65536 characters"),
        ("task_config", {}, "task_config must be text"),
    ],
)
def test_a_wrong_template_is_refused_with_the_field(by_key, field, value, words):
    made = create(by_key)
    with refused(INVALID, words):
        create(by_key, **{field: value})
    with refused(INVALID, words):
        by_key.update_component_template(template_id=made.id, body=body(by_key, **{field: value}))
    assert by_key.show_component_template(template_id=made.id).data.to_dict() == made.to_dict()


def test_templates_are_for_those_who_have_the_permission(server, raw, by_key):
    made = create(by_key).id
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.show_component_template(template_id=made).data.id == made
    for forbidden in (
        lambda: create(reader),
        lambda: reader.update_component_template(template_id=made, body=body(reader)),
        lambda: reader.delete_component_template(template_id=made),
    ):
        with refused(FORBIDDEN, "secmaster:componentTemplate:", status=403):
            forbidden()
    with refused(TEMPLATE_NOT_FOUND, made):
        other_tenant(server, raw).show_component_template(template_id=made)
    with refused(INVALID, "template_id"):
        by_key.show_component_template(template_id="x")
