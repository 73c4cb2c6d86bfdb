"""Data classes, their fields and types."""

import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.clients import Api
from sdk.refusal import (
    DATACLASS_NOT_FOUND,
    DATACLASS_TYPE_BUILT_IN,
    DATACLASS_TYPE_NOT_FOUND,
    DATACLASS_TYPE_TAKEN,
    INVALID,
    refused,
)


def test_classes_are_listed_and_shown(api):
    listed = api.list_dataclass(limit=100, offset=0).dataclass_details
    alert = next(row for row in listed if row.name == "Alert")
    assert alert.is_built_in and alert.workspace_id == api.workspace_id and alert.type_num > 0
    shown = api.show_data_class_info(dataclass_id=alert.id)
    assert shown.to_dict() == alert.to_dict()
    assert [row.name for row in api.list_dataclass(limit=100, offset=0, name="Alert").dataclass_details] == ["Alert"]
    by_code = api.list_dataclass(limit=100, offset=0, business_code=alert.business_code).dataclass_details
    assert [row.name for row in by_code] == ["Alert"]
    assert api.list_dataclass(limit=100, offset=0, is_built_in=False).dataclass_details == []
    assert len(api.list_dataclass(limit=2, offset=0).dataclass_details) == 2


OBJECTS = {
    "Alert": v1.Alert,
    "Incident": v1.Incident,
    "Indicator": v1.IndicatorDataObjectDetail,
    "Vulnerability": v1.VulnerabilityDataObject,
}


@pytest.mark.parametrize("name", OBJECTS)
def test_a_class_has_its_fields(api, name):
    dataclass = api.dataclass(name)
    listed = api.list_dataclass_fields(dataclass_id=dataclass.id, limit=1000, offset=0)
    fields = {row.field_key: row for row in listed.field_details}
    assert listed.total == len(fields) == len(listed.field_details)
    keys = {key.split(".")[0] for key in fields}
    assert set(OBJECTS[name].attribute_map.values()) <= keys, "what the SDK's model of such an object has"
    assert all(row.is_built_in and row.dataclass_name == name and row.field_type for row in fields.values())
    assert any(row.required for row in fields.values()) and any(row.searchable for row in fields.values())
    assert sum(row.searchable for row in fields.values()) <= 32
    some = api.list_dataclass_fields(dataclass_id=dataclass.id, limit=3, offset=1)
    assert [row.id for row in some.field_details] == [row.id for row in listed.field_details[1:4]]


def type_body(**fields):
    known = {
        "category": "Own",
        "category_code": "own",
        "sub_category": Api.new_name("kind"),
        "sub_category_code": f"c{uuid.uuid4().hex[:12]}",
        "enabled": True,
        "sla": 4,
        "description": "ours",
    }
    return v1.CreateDataclassTypeRequestBody(**known | fields)


def test_a_type_is_created_disabled_and_deleted(api):
    alert = api.dataclass("Alert")
    asked = type_body()
    created = api.create_dataclass_type(dataclass_id=alert.id, body=asked)
    assert (created.sub_category, created.sub_category_code) == (asked.sub_category, asked.sub_category_code)
    assert (created.enabled, created.sla, created.level, created.is_built_in) == (True, 4, 2, False)
    assert created.dataclass_id == alert.id and created.dataclass_business_code == alert.business_code

    switched = api.enable_dataclass_type(
        dataclass_id=alert.id, body=v1.EnableDataclassTypeRequestBody(enable=False, ids=[created.id])
    )
    assert switched.success
    with refused(DATACLASS_TYPE_TAKEN):
        api.create_dataclass_type(dataclass_id=alert.id, body=asked)

    def delete(sure):
        body = v1.DeleteDataclassTypeRequestBody(is_delete=sure, ids=[created.id])
        return api.delete_dataclass_type(dataclass_id=alert.id, body=body)

    delete(False)  # what stands against it; nothing is deleted
    delete(True)
    with refused(DATACLASS_TYPE_NOT_FOUND, created.id):
        delete(True)


def test_built_in_types_stay(api, raw):
    alert = api.dataclass("Alert")
    types = raw.get(f"/soc/dataclasses/{alert.id}/types", params={"limit": 1000}).json()["dataclass_type_details"]
    built_in = next(row for row in types if row["is_built_in"])
    with refused(DATACLASS_TYPE_BUILT_IN):
        body = v1.DeleteDataclassTypeRequestBody(is_delete=True, ids=[built_in["id"]])
        api.delete_dataclass_type(dataclass_id=alert.id, body=body)
    with refused(DATACLASS_TYPE_BUILT_IN):
        body = v1.EnableDataclassTypeRequestBody(enable=False, ids=[built_in["id"]])
        api.enable_dataclass_type(dataclass_id=alert.id, body=body)


def test_unknown_classes_and_types_are_refused(by_key):
    unknown = str(uuid.uuid4())
    with refused(DATACLASS_NOT_FOUND, unknown):
        by_key.show_data_class_info(dataclass_id=unknown)
    with refused(DATACLASS_NOT_FOUND, unknown):
        by_key.list_dataclass_fields(dataclass_id=unknown, limit=10, offset=0)
    with refused(DATACLASS_NOT_FOUND, unknown):
        by_key.create_dataclass_type(dataclass_id=unknown, body=type_body())
    with refused(DATACLASS_TYPE_NOT_FOUND, unknown):
        body = v1.EnableDataclassTypeRequestBody(enable=True, ids=[unknown])
        by_key.enable_dataclass_type(dataclass_id=by_key.dataclass().id, body=body)
    for id in ("x", "a/b", "'; --", "%00"):
        with refused(INVALID, "dataclass_id"):
            by_key.show_data_class_info(dataclass_id=id)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"category": ""}, ["category"]),
        ({"sub_category": ""}, ["sub_category"]),
        ({"sub_category_code": "x" * 500}, ["sub_category_code"]),
        ({"sla": -1}, ["sla"]),
        ({"name": "n"}, ["name"]),
    ],
)
def test_a_wrong_field_of_a_type_is_named(by_key, fields, words):
    with refused(INVALID, *words):
        by_key.create_dataclass_type(dataclass_id=by_key.dataclass().id, body=type_body(**fields))
