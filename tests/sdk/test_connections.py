"""Connections: what goes in, and what never comes out again."""

import json
import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Api
from sdk.refusal import CONNECTION_IN_USE, CONNECTION_NAME_TAKEN, CONNECTION_NOT_FOUND, INVALID, refused
from sdk.test_components import component

SECRET = "s3cr3t-of-a-connection"


def body(api, name=None, **fields):
    http = component(api, "HTTP")
    config = {"endpoint": "https://firewall.example.com/api", "auth_type": "bearer", "token": SECRET}
    known = {
        "name": Api.new_name("connection") if name is None else name,
        "description": "the firewall",
        "component_id": http.id,
        "component_version_id": http.versions[0].id,
        "config": json.dumps(config),
    }
    return v1.CreateAssetsRequestBody(**known | fields)


def test_a_connection_is_created_shown_changed_and_deleted(api, raw):
    asked = body(api)
    created = api.create_connection(body=asked).asset
    assert (created.name, created.component_name, created.description) == (asked.name, "HTTP", "the firewall")
    assert (created.config, created.status, created.enabled, created.can_be_deleted) == (
        "******",
        "SUCCESS",
        True,
        True,
    )
    assert api.show_connection(asset_id=created.id).asset.to_dict() == created.to_dict()

    changed = api.update_connection(asset_id=created.id, body=body(api, asked.name, description="", config="******"))
    assert (changed.asset.description, changed.asset.config) == ("", "******")
    for path in ("/soc/assetcredentials?limit=1000", f"/soc/assetcredentials/{created.id}"):
        assert SECRET not in raw.get(path).text
    with refused(CONNECTION_NAME_TAKEN, asked.name):
        api.create_connection(body=asked)
    api.delete_connection(asset_id=created.id)
    with refused(CONNECTION_NOT_FOUND, created.id):
        api.show_connection(asset_id=created.id)


def test_connections_are_listed_by_every_filter(api, raw):
    mark = Api.new_name("listed")
    one = api.create_connection(body=body(api, f"{mark} one", description=f"{mark} d1")).asset
    two = api.create_connection(body=body(api, f"{mark} two")).asset

    def found(**filters):
        listed = api.list_connections(**{"offset": 0, "limit": 100, "name": mark} | filters)
        assert listed.total == len(listed.asset)
        return [row.id for row in listed.asset]

    assert found() == [two.id, one.id], "newest first"
    assert found(name=f"{mark} one") == [one.id]
    assert found(description=f"{mark} d1") == [one.id]
    assert found(component_name="HTTP") == [two.id, one.id]
    assert found(component_name="nothing") == []
    assert found(creator_name="admin") == [two.id, one.id]
    assert found(modifier_name="somebody") == []
    assert found(is_defense_type=True) == []
    assert found(create_start_time=one.create_time) == [two.id, one.id]
    assert found(create_end_time="2020-01-20T00:00:00.000Z") == []
    assert found(update_start_time=one.update_time) == [two.id, one.id]
    assert found(update_end_time="2020-01-20T00:00:00.000Z") == []
    page = api.list_connections(offset=1, limit=1, name=mark)
    assert (page.total, [row.id for row in page.asset]) == (2, [one.id])
    # Terraform reads another key than the SDK, and asks for pages of 200.
    document = raw.get("/soc/assetcredentials", params={"name": mark, "limit": 200}).json()
    assert document["assets"] == document["asset"] and len(document["assets"]) == 2


def test_a_connection_in_use_stays(api):
    connection = api.create_connection(body=body(api)).asset
    flow = flows.Flow().start().end().chain("start", "call", "end")
    flow.service("call", "HTTP", "request", {"url": "/block"}, connection=connection.name)
    workflow = api.publish(flow)
    assert api.show_connection(asset_id=connection.id).asset.can_be_deleted is False
    with refused(CONNECTION_IN_USE, workflow.name):
        api.delete_connection(asset_id=connection.id)
    api.update_aop_workflow(workflow_id=workflow.id, body=v1.ModifyAopWorkflowInfo(enabled=False))
    assert api.show_connection(asset_id=connection.id).asset.can_be_deleted is True
    api.delete_connection(asset_id=connection.id)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"name": ""}, ["name", "1 to 64"]),
        ({"name": "x" * 65}, ["name", "1 to 64"]),
        ({"name": "a\nb"}, ["name", "control"]),
        ({"description": "x" * 1025}, ["description", "1024"]),
        ({"component_id": str(uuid.uuid4())}, ["component_id"]),
        ({"component_id": "HTTP"}, ["component_id", "UUID"]),
        ({"component_version_id": str(uuid.uuid4())}, ["component_version_id"]),
        ({"config": "not json"}, ["config", "JSON"]),
        ({"config": "[]"}, ["config", "object"]),
        ({"config": '{"colour":"red"}'}, ["config", "colour"]),
        ({"config": '{"endpoint":{"a":1}}'}, ["config", "endpoint"]),
        ({"config": json.dumps({"token": "x" * 70_000})}, ["config", "65536"]),
    ],
)
def test_a_wrong_field_of_a_connection_is_named(by_key, fields, words):
    with refused(INVALID, *words) as caught:
        by_key.create_connection(body=body(by_key, **fields))
    assert SECRET not in caught.value.error_msg


def test_a_config_that_cannot_be_read_is_not_repeated(by_key):
    with refused(INVALID, "config") as caught:
        by_key.create_connection(body=body(by_key, config='{"token":"' + SECRET))
    assert SECRET not in caught.value.error_msg
