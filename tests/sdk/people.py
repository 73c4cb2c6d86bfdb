"""Users beside the administrator, and a second tenant."""

import uuid
from dataclasses import dataclass

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdksecmaster import v1

from sdk.clients import Api, Raw, TokenCredentials, build, password_auth

PASSWORD = "Correct-horse-9-battery"


@dataclass
class Person:
    """A user with roles in one project."""

    server: object
    id: str
    name: str
    project_id: str
    workspace_id: str

    def log_in(self, scope: dict | None = None) -> str:
        scope = {"project": {"id": self.project_id}} if scope is None else scope
        body = password_auth(self.name, PASSWORD, self.server.credentials["domain_name"], scope)
        answer = requests.post(self.server.endpoint + "/v3/auth/tokens", json=body, timeout=60)
        assert answer.status_code == 201, answer.text
        return answer.headers["X-Subject-Token"]

    def api(self) -> Api:
        """With a token."""
        return self.api_with(TokenCredentials(self.log_in(), self.project_id))

    def api_with(self, credentials: BasicCredentials) -> Api:
        return Api(build(self.server.endpoint, credentials), self.workspace_id, self.project_id)


def role_ids(raw: Raw) -> dict:
    """The ids of the roles by name."""
    return {role["name"]: role["id"] for role in raw.get("/v3/roles").json()["roles"]}


def new_user(server, raw: Raw, *roles: str, project_id: str | None = None, workspace_id: str | None = None) -> Person:
    """A user with these roles in a project: the first one unless said otherwise."""
    known = server.credentials
    project_id = project_id or known["project_id"]
    name = f"user-{uuid.uuid4().hex[:12]}"
    answer = raw.post("/v3/users", json={"user": {"name": name, "password": PASSWORD}})
    assert answer.status_code == 201, answer.text
    id = answer.json()["user"]["id"]
    for role in roles:
        bound = raw.put(f"/v3/projects/{project_id}/users/{id}/roles/{role_ids(raw)[role]}")
        assert bound.status_code == 204, bound.text
    return Person(server, id, name, project_id, workspace_id or known["workspace_id"])


def new_project(raw: Raw) -> str:
    """A project of the first domain."""
    answer = raw.post("/v3/projects", json={"project": {"name": f"project-{uuid.uuid4().hex[:12]}"}})
    assert answer.status_code == 201, answer.text
    return answer.json()["project"]["id"]


def other_tenant(server, raw: Raw) -> Api:
    """Somebody with every right in a project and a workspace of their own."""
    project_id = new_project(raw)
    person = new_user(server, raw, "FullAccess", project_id=project_id)
    api = person.api()
    body = v1.CreateWorkspaceRequestBody(name="theirs", region_id="local-1", project_name="other")
    return api.inside(api.create_workspace(body=body).id)
