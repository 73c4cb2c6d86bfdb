"""Workspaces, and what a new one is born with."""

import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Api
from sdk.refusal import (
    INVALID,
    WORKSPACE_FORBIDDEN,
    WORKSPACE_IN_USE,
    WORKSPACE_NAME_TAKEN,
    WORKSPACE_NOT_FOUND,
    check_refusal,
    refused,
)

BUILT_IN_CLASSES = {"Alert", "Incident", "Indicator", "Vulnerability", "Resource", "CommonContext"}


def body(name=None, **fields):
    known = {"name": Api.new_name("ws"), "region_id": "local-1", "project_name": "local-1"}
    if name is not None:
        known["name"] = name
    return v1.CreateWorkspaceRequestBody(**known | fields)


def test_a_workspace_is_created_shown_changed_and_deleted(api, server):
    tags = [v1.TagsPojo(key="team", value="blue")]
    created = api.create_workspace(body=body(description="first", enterprise_project_name="default", tags=tags))
    known = server.credentials
    assert created.project_id == known["project_id"] and created.domain_name == known["domain_name"]
    assert (created.region_id, created.description, created.is_view) == ("local-1", "first", False)
    assert created.creator_name == known["user_name"] and created.update_time == created.create_time
    assert (created.modifier_id, created.view_bind_id, created.enterprise_project_name) == ("", "", "default")

    inside = api.inside(created.id)
    assert inside.show_workspace().workspace.to_dict() == row(created)
    renamed = inside.update_workspace(body=v1.UpdateWorkspaceRequestBody(name=created.name + " 2"))
    assert (renamed.name, renamed.description) == (created.name + " 2", "first"), "what is left out stays"
    assert renamed.modifier_name == known["user_name"]

    inside.delete_workspace()
    with refused(WORKSPACE_NOT_FOUND, created.id):
        inside.show_workspace()
    with refused(WORKSPACE_FORBIDDEN, "workspace_id", status=403):
        inside.list_workflows()


def row(response) -> dict:
    fields = v1.ShowWorkspaceResponseBodyWorkspace.openapi_types
    return {key: value for key, value in response.to_dict().items() if key in fields}


def test_a_new_workspace_has_the_built_in_classes_with_fields(api):
    first, second = (api.inside(api.create_workspace(body=body()).id) for _ in range(2))
    ids = []
    for inside in (first, second):
        listed = inside.list_dataclass(limit=100, offset=0)
        assert {found.name for found in listed.dataclass_details} >= BUILT_IN_CLASSES
        assert listed.total == len(listed.dataclass_details)
        ids.append({found.name: found.id for found in listed.dataclass_details})
    assert set(ids[0].values()).isdisjoint(ids[1].values())
    for name, id in ids[0].items():
        # Derived from project, workspace and class, as in the vendor's service.
        assert uuid.UUID(id).version == 3, name
        assert first.list_dataclass_fields(dataclass_id=id, limit=1, offset=0).total > 0, name
    for inside in (first, second):
        inside.delete_workspace()


def test_workspaces_are_listed_by_every_filter(api):
    mark = Api.new_name("listed")
    one = api.create_workspace(
        body=body(f"{mark} one", description=f"{mark} d1", enterprise_project_id=uuid.uuid4().hex)
    )
    two = api.create_workspace(body=body(f"{mark} two", region_id="elsewhere", is_view=True, view_bind_id=one.id))

    def found(**filters):
        listed = api.list_workspaces(**{"offset": 0, "limit": 100, "name": mark} | filters)
        assert listed.count == len(listed.workspaces)
        return [row.id for row in listed.workspaces]

    assert set(found()) == {one.id, two.id}
    assert found(name=f"{mark} t") == [two.id]
    assert found(description=f"{mark} d1") == [one.id]
    assert found(region_id="elsewhere") == [two.id]
    assert found(is_view=True) == [two.id]
    assert found(is_view=False) == [one.id]
    assert found(view_bind_id=one.id) == [two.id]
    assert found(view_bind_name=one.name) == [two.id]
    assert found(enterprise_project_id=one.enterprise_project_id) == [one.id]
    assert found(ids=two.id) == [two.id]
    assert set(found(ids=f"{one.id},{two.id}")) == {one.id, two.id}
    assert set(found(normal_project_id=api.project_id)) == {one.id, two.id}
    assert found(normal_project_id=uuid.uuid4().hex) == []
    assert set(found(create_time_start=one.create_time)) == {one.id, two.id}
    assert found(create_time_end="2020-01-20T00:00:00.000Z") == []
    paged = api.list_workspaces(offset=1, limit=1, name=mark)
    assert (paged.count, len(paged.workspaces)) == (2, 1)
    assert api.list_workspaces(offset=10_000, limit=100).workspaces == [], "a paging client comes to an end"
    for workspace in (two, one):
        api.inside(workspace.id).delete_workspace()


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"name": ""}, ["name", "1 to 64"]),
        ({"name": "x" * 65}, ["name", "1 to 64"]),
        ({"name": "a\0b"}, ["name", "control"]),
        ({"description": "x" * 1025}, ["description", "1024"]),
        ({"view_bind_id": str(uuid.uuid4())}, ["view_bind_id"]),
        ({"tags": [v1.TagsPojo(key="k")] * 2}, ["tags[1].key"]),
        ({"tags": [v1.TagsPojo(key=f"k{n}") for n in range(21)]}, ["tags", "20"]),
    ],
)
def test_a_wrong_field_of_a_workspace_is_named(by_key, fields, words):
    with refused(INVALID, *words):
        by_key.create_workspace(body=body(**fields))


def test_two_workspaces_cannot_have_one_name(by_key):
    created = by_key.create_workspace(body=body())
    with refused(WORKSPACE_NAME_TAKEN, created.name):
        by_key.create_workspace(body=body(created.name))
    by_key.inside(created.id).delete_workspace()


@pytest.mark.parametrize("window, words", [
    ({"limit": 0}, ["limit", "1", "1000"]),
    ({"limit": 1001}, ["limit", "1", "1000"]),
    ({"offset": -1}, ["offset", "0", "10000"]),
    ({"offset": 10_001}, ["offset", "0", "10000"]),
    ({"ids": "not-an-id"}, ["ids"]),
    ({"create_time_start": "yesterday"}, ["create_time_start"]),
])  # fmt: skip
def test_a_wrong_window_of_workspaces_names_the_range(by_key, window, words):
    with refused(INVALID, *words):
        by_key.list_workspaces(**{"offset": 0, "limit": 10} | window)


def test_a_workspace_with_runs_is_deleted_only_by_force(api):
    inside = api.inside(api.create_workspace(body=body()).id)
    instance = inside.start(inside.publish(flows.asking()).id)
    with refused(WORKSPACE_IN_USE, "1"):
        inside.delete_workspace()
    assert inside.show_aop_workflow_instance(instance_id=instance).status == "RUNNING"
    inside.delete_workspace(permanent_delete=True)
    with refused(WORKSPACE_NOT_FOUND):
        inside.show_workspace()


def test_a_terraform_client_can_wait_for_a_workspace(raw):
    """It polls this call after creating one."""
    answer = raw.get("/sa/guides", params={"version": 1})
    assert (answer.status_code, answer.json()) == (200, {})
    unknown = raw.get(raw.base(str(uuid.uuid4())) + "/sa/guides", params={"version": 1})
    check_refusal(unknown, WORKSPACE_NOT_FOUND)
