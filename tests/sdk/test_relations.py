"""Relations between data objects: made from either side, found from both."""

import uuid

import pytest
from huaweicloudsdksecmaster import v1

from sdk.objects import check_bad_searches, search
from sdk.people import new_user
from sdk.refusal import DATACLASS_NOT_FOUND, FORBIDDEN, INVALID, OBJECT_NOT_FOUND, refused
from sdk.test_alerts import create as alert
from sdk.test_alerts import delete as delete_alerts
from sdk.test_incidents import create as incident

UNKNOWN = str(uuid.uuid4())


def path(kind, id, related) -> dict:
    return {"dataclass_type": kind, "data_object_id": id, "related_dataclass_type": related}


def relate(api, kind, id, related, *ids):
    body = v1.CreateDataobjectRelationRequestBody(ids=list(ids))
    return api.create_dataobject_relation(**path(kind, id, related), body=body).data.to_dict()


def unrelate(api, kind, id, related, *ids):
    body = v1.CreateDataobjectRelationRequestBody(ids=list(ids))
    return api.delete_dataobject_relation(**path(kind, id, related), body=body).data.to_dict()


def related(api, kind, id, other, *conditions, **fields) -> list[str]:
    found = api.list_dataobject_relations(**path(kind, id, other), body=search(*conditions, **fields))
    return [row.id for row in found.data]


def test_relations_are_made_found_from_both_sides_and_ended(api):
    breach, stray = incident(api).id, incident(api).id
    scan, login = alert(api, "scan").id, alert(api, "login").id
    made = relate(api, "incidents", breach, "alerts", scan, UNKNOWN, login, stray)
    assert made == {"success_ids": [scan, login], "error_ids": [UNKNOWN, stray]}
    # Once more, from the other side: nothing changes.
    assert relate(api, "alerts", scan, "incidents", breach)["success_ids"] == [breach]
    relate(api, "alerts", scan, "alerts", login)
    assert relate(api, "alerts", scan, "alerts", scan)["error_ids"] == [scan], "no object is related to itself"

    assert related(api, "incidents", breach, "alerts") == [scan, login]
    assert related(api, "alerts", scan, "incidents") == [breach]
    assert related(api, "alerts", login, "alerts") == [scan]
    assert related(api, "incidents", stray, "alerts") == []
    assert related(api, "incidents", breach, "alerts", ["title", "contains", "og"]) == [login]
    page = api.list_dataobject_relations(**path("incidents", breach, "alerts"), body=search(limit=1, offset=1))
    assert (page.total, page.size, page.page, page.data[0].id) == (2, 1, 2, login)
    assert page.data[0].data_object["title"] == "login"

    ended = unrelate(api, "alerts", scan, "incidents", breach, stray)
    assert ended == {"success_ids": [breach], "error_ids": [stray]}
    assert related(api, "incidents", breach, "alerts") == [login]
    delete_alerts(api, login)
    assert related(api, "incidents", breach, "alerts") == [], "a deleted object takes its relations along"


def test_objects_are_related_each_with_each(by_key):
    incidents = [incident(by_key).id for _ in range(2)]
    alerts = [alert(by_key).id for _ in range(3)]

    def batch(first, second):
        body = v1.BatchCreateDataobjectRelationsRequestBody(dataobject_ids=first, related_dataobject_ids=second)
        return by_key.batch_create_dataobject_relations(
            dataclass_type="incidents", related_dataclass_type="alerts", body=body
        ).data.to_dict()

    made = batch([*incidents, UNKNOWN], [*alerts, incidents[0]])
    assert made == {"success_ids": incidents + alerts, "error_ids": [UNKNOWN, incidents[0]]}
    for id in incidents:
        assert related(by_key, "incidents", id, "alerts") == alerts
    assert batch([incidents[0]], [UNKNOWN])["success_ids"] == []
    with refused(INVALID, "dataobject_ids", "related_dataobject_ids"):
        batch([], [])
    many = [str(uuid.uuid4()) for _ in range(101)]
    with refused(INVALID, "10000"):
        batch(many, many)


@pytest.mark.parametrize("call", [relate, unrelate])
def test_what_cannot_be_related_is_refused(by_key, call):
    known = alert(by_key).id
    with refused(INVALID, "ids"):
        call(by_key, "alerts", known, "alerts")
    with refused(INVALID, "ids"):
        call(by_key, "alerts", known, "alerts", *[UNKNOWN] * 1001)
    with refused(INVALID, "data_object_id"):
        call(by_key, "alerts", "x", "alerts", known)
    for kind in ("alerts", "incidents"):
        with refused(OBJECT_NOT_FOUND):
            call(by_key, kind, UNKNOWN if kind == "alerts" else known, "alerts", known)
    with refused(DATACLASS_NOT_FOUND, "rockets"):
        call(by_key, "alerts", known, "rockets", known)
    with refused(DATACLASS_NOT_FOUND, "rockets"):
        call(by_key, "rockets", known, "alerts", known)


def test_bad_searches_are_refused(by_key):
    known = alert(by_key).id
    check_bad_searches(
        lambda body: by_key.list_dataobject_relations(**path("alerts", known, "incidents"), body=body), INVALID
    )
    with refused(OBJECT_NOT_FOUND, UNKNOWN):
        related(by_key, "alerts", UNKNOWN, "incidents")


def test_a_relation_takes_the_permission_to_change_the_object(server, raw, by_key):
    one, two = alert(by_key).id, alert(by_key).id
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert related(reader, "alerts", one, "alerts") == []
    for call in (relate, unrelate):
        with refused(FORBIDDEN, "secmaster:alert:update", status=403):
            call(reader, "alerts", one, "alerts", two)
