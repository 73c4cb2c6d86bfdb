"""Walks the OpenAPI document: every operation refuses strangers and callers without its permission.

A new operation is covered by being described. One that is meant for everybody is listed here, with the reason.
"""

import re
import uuid

import pytest
import requests

from sdk import clients

# What any authenticated user may ask: it only tells them about themselves.
FOR_EVERY_USER = {
    ("GET", "/v3/auth/domains"): "the caller's own domain",
    ("GET", "/v3/auth/projects"): "the projects in which the caller holds a role",
    ("GET", "/v3/projects"): "the projects in which the caller holds a role",
    ("GET", "/v3/projects/{project_id}"): "a project in which the caller holds no role does not exist for them",
    ("GET", "/v3/auth/tokens"): "validates a token; a missing subject is told before its owner is looked for",
    ("DELETE", "/v3/auth/tokens"): "revokes a token; a missing subject is told before its owner is looked for",
    ("GET", "/v3/users"): "without the right to list users, the caller alone",
    ("POST", "/v3/users/{user_id}/password"): "changes the caller's own password; others do not exist",
    ("GET", "/v3.0/OS-CREDENTIAL/credentials"): "the caller's own access keys",
    ("POST", "/v3.0/OS-CREDENTIAL/credentials"): "an access key for the caller",
    ("GET", "/v3.0/OS-CREDENTIAL/credentials/{access_key}"): "an unknown key is unknown to everybody",
    ("PUT", "/v3.0/OS-CREDENTIAL/credentials/{access_key}"): "an unknown key is unknown to everybody",
    ("DELETE", "/v3.0/OS-CREDENTIAL/credentials/{access_key}"): "an unknown key is unknown to everybody",
}
# A right, and the one operation that it opens: every other one stays closed.
RIGHTS = {
    "secmaster:audit:list": ("GET", "/v1/{project_id}/workspaces/{workspace_id}/muster/audit"),
    "secmaster:task:list": ("GET", "/v1/{project_id}/workspaces/{workspace_id}/soc/tasks"),
}
METHODS = {"get", "post", "put", "delete", "patch"}
# What the operations take, by the media type; filled by `operations`.
BODIES = {}


def operations(server):
    document = requests.get(server.endpoint + "/openapi.json", timeout=30).json()
    for path, item in sorted(document["paths"].items()):
        for method in sorted(METHODS & item.keys()):
            BODIES[method.upper(), path] = item[method].get("requestBody", {}).get("content", {})
            if item[method].get("security") != []:
                yield method.upper(), path


def send(server, method, path, **headers):
    """A request that is well formed and means nothing: what it names does not exist."""
    known = {"project_id": server.credentials["project_id"], "workspace_id": server.credentials["workspace_id"]}
    known = known if path.startswith("/v1/") else {}
    filled = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], str(uuid.uuid4())), path)
    content = BODIES[method, path]
    # Identity wraps its bodies in the name of the thing; the contract ignores fields it does not know.
    things = {name: {} for name in ("user", "role", "project", "credential")}
    if "multipart/form-data" in content:
        body = {"files": {"uploadFile": ("a.json", b"{}")}}
    elif content.get("application/json", {}).get("schema", {}).get("type") == "array":
        body = {"json": []}
    else:
        body = {"json": things} if content else {}
    return requests.request(method, server.endpoint + filled, headers=headers, timeout=30, **body)


def token_with(server, raw, permission):
    """The token of a user who has this right in the project and no other."""
    name = f"narrow-{uuid.uuid4().hex[:8]}"
    password = "Correct-horse-9-battery"
    user = raw.post("/v3/users", json={"user": {"name": name, "password": password}}).json()["user"]["id"]
    role = raw.post("/v3/roles", json={"role": {"name": name, "permissions": [permission]}}).json()["role"]["id"]
    project = server.credentials["project_id"]
    assert raw.put(f"/v3/projects/{project}/users/{user}/roles/{role}").status_code < 300
    auth = clients.password_auth(name, password, server.credentials["domain_name"], {"project": {"id": project}})
    answer = requests.post(server.endpoint + "/v3/auth/tokens", json=auth, timeout=30)
    assert answer.status_code == 201, answer.text
    return answer.headers["X-Subject-Token"]


def test_every_operation_refuses_strangers(server):
    for method, path in operations(server):
        answer = send(server, method, path)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code} {answer.text}"


@pytest.mark.parametrize("permission", RIGHTS)
def test_every_operation_refuses_callers_without_its_permission(server, raw, permission):
    token = token_with(server, raw, permission)
    wrong = []
    for method, path in operations(server):
        answer = send(server, method, path, **{"X-Auth-Token": token})
        if (method, path) == RIGHTS[permission]:
            expected = answer.status_code == 200
        elif (method, path) in FOR_EVERY_USER:
            expected = answer.status_code < 500
        else:
            expected = answer.status_code == 403
        if not expected:
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text}")
    assert not wrong, "\n".join(wrong)


def test_no_exception_is_out_of_date(server):
    assert set(FOR_EVERY_USER) <= set(operations(server))
