"""Tokens, projects, users and keys: the identity service that the SDK and Terraform talk to."""

import sqlite3
import uuid
from datetime import datetime, timedelta, timezone

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkiam import v3 as iam
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Api, Raw, TokenCredentials, build, http_config, log_in, password_auth, token_api
from sdk.people import PASSWORD, new_user, other_tenant, role_ids
from sdk.refusal import FORBIDDEN, PROJECT_FORBIDDEN, UNAUTHENTICATED, refused
from sdk.server import Server


def ask(server, body, **options):
    return requests.post(server.endpoint + "/v3/auth/tokens", json=body, timeout=60, **options)


def token_auth(token, scope=None):
    auth = {"identity": {"methods": ["token"], "token": {"id": token}}}
    return {"auth": auth | ({"scope": scope} if scope else {})}


def scopes(known):
    return {
        "project by id": {"project": {"id": known["project_id"]}},
        "project by name": {"project": {"name": known["project_name"]}},
        "project by name and domain": {
            "project": {"name": known["project_name"], "domain": {"name": known["domain_name"]}}
        },
        "domain by name": {"domain": {"name": known["domain_name"]}},
    }


@pytest.mark.parametrize("scope", ["project by id", "project by name", "project by name and domain", "domain by name"])
@pytest.mark.parametrize("user", ["by name and domain", "by id"])
def test_a_password_gives_a_token(server, raw, user, scope):
    known = server.credentials
    admin = raw.get("/v3/users", params={"name": known["user_name"]}).json()["users"][0]
    asked = {"password": known["password"]}
    if user == "by id":
        asked["id"] = admin["id"]
    else:
        asked |= {"name": known["user_name"], "domain": {"name": known["domain_name"]}}
    auth = {"identity": {"methods": ["password"], "password": {"user": asked}}, "scope": scopes(known)[scope]}
    answer = ask(server, {"auth": auth})
    assert answer.status_code == 201, answer.text
    assert answer.headers["X-Subject-Token"]
    token = answer.json()["token"]
    assert token["methods"] == ["password"]
    assert (token["user"]["id"], token["user"]["name"]) == (admin["id"], known["user_name"])
    assert token["user"]["domain"]["name"] == known["domain_name"]
    assert "FullAccess" in {role["name"] for role in token["roles"]}
    lifetime = instant(token["expires_at"]) - instant(token["issued_at"])
    assert lifetime == timedelta(hours=24)
    if scope.startswith("project"):
        assert (token["project"]["id"], token["project"]["name"]) == (known["project_id"], known["project_name"])
        assert "domain" not in token
    else:
        assert token["domain"]["name"] == known["domain_name"] and "project" not in token


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize("scope", ["project by id", "project by name", "domain by name"])
def test_a_token_gives_another_one(server, token, scope):
    """Terraform's token mode asks for a second, domain-scoped token."""
    answer = ask(server, token_auth(token, scopes(server.credentials)[scope]))
    assert answer.status_code == 201, answer.text
    first = log_in(server)
    assert "token" in answer.json()["token"]["methods"]
    assert answer.headers["X-Subject-Token"] not in (token, first)
    # It does not live longer than the one that it came from.
    old = requests.get(
        server.endpoint + "/v3/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": token}, timeout=30
    ).json()
    assert answer.json()["token"]["expires_at"] <= old["token"]["expires_at"]


@pytest.mark.parametrize(
    "change, status",
    [
        (lambda user, auth: user.update(password="wrong"), 401),
        (lambda user, auth: user.update(name="nobody"), 401),
        (lambda user, auth: user["domain"].update(name="nowhere"), 401),
        (lambda user, auth: user.update(password=""), 401),
        (lambda user, auth: user.pop("password"), 400),
        (lambda user, auth: user.pop("name"), 400),
        (lambda user, auth: auth["identity"].update(methods=["telepathy"]), 400),
        (lambda user, auth: auth["identity"].update(methods=[]), 400),
        (lambda user, auth: auth["identity"].pop("password"), 400),
        (lambda user, auth: auth.update(scope={"project": {"name": "nowhere"}}), 401),
        (lambda user, auth: auth.update(scope={"project": {"id": uuid.uuid4().hex}}), 401),
        (lambda user, auth: auth.update(scope={"domain": {"name": "nowhere"}}), 401),
        (lambda user, auth: user.update(password="x" * 10_000), 401),
    ],
)
def test_a_wrong_log_in_is_refused(server, raw, change, status):
    # Somebody of their own: failures slow the next attempts of the same user down.
    person = new_user(server, raw, "ReadOnlyAccess")
    known = server.credentials
    body = password_auth(person.name, PASSWORD, known["domain_name"], {"project": {"id": known["project_id"]}})
    change(body["auth"]["identity"]["password"]["user"], body["auth"])
    answer = ask(server, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == status
    assert answer.json()["error_msg"] and answer.headers["X-request-id"]
    assert "X-Subject-Token" not in answer.headers


def test_unknown_user_and_wrong_password_look_the_same(server, raw):
    person = new_user(server, raw, "ReadOnlyAccess")
    domain = server.credentials["domain_name"]
    wrong = ask(server, password_auth(person.name, "wrong-password-1", domain, None))
    unknown = ask(server, password_auth("nobody-of-that-name", "wrong-password-1", domain, None))
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


def test_a_token_is_validated_and_revoked(server, raw):
    fresh = log_in(server)
    subject = {"X-Subject-Token": fresh}
    valid = raw.get("/v3/auth/tokens", headers=subject)
    assert valid.status_code == 200 and valid.json()["token"]["project"]["id"] == server.credentials["project_id"]
    assert token_api(server, fresh).list_workflows().success
    revoked = raw.delete("/v3/auth/tokens", headers=subject)
    assert revoked.status_code == 204
    with refused(UNAUTHENTICATED, status=401):
        token_api(server, fresh).list_workflows()
    assert raw.get("/v3/auth/tokens", headers=subject).status_code == 400


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 60_000, "ü".encode().decode("latin-1")])
def test_a_token_that_is_none_is_refused(server, token):
    answer = Raw(server).get("/soc/workflows", headers={"X-Auth-Token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, UNAUTHENTICATED), answer.text


def test_no_credentials_are_refused(server):
    answer = Raw(server).get("/soc/workflows")
    assert (answer.status_code, answer.json()["code"]) == (401, UNAUTHENTICATED)
    assert "credentials" in answer.json()["message"]


def test_an_expired_token_is_refused():
    """A day passes in the database."""
    with Server() as server:
        if server.database:
            pytest.skip("reaches into the embedded storage")
        token = log_in(server)
        fresh = token_api(server, token)
        assert fresh.list_workflows().success
        server.kill()
        yesterday = datetime.now(timezone.utc) - timedelta(hours=25)
        with sqlite3.connect(server.data / "muster.db") as database:
            database.execute(
                "UPDATE token SET issued_at = ?1, expires_at = ?2",
                (int(yesterday.timestamp() * 1e6), int((yesterday + timedelta(hours=24)).timestamp() * 1e6)),
            )
        database.close()
        server.start()
        with refused(UNAUTHENTICATED, "expired", status=401):
            fresh.list_workflows()
        assert ask(server, token_auth(token)).status_code == 401


def test_a_token_is_for_its_project_only(server, raw, token):
    theirs = other_tenant(server, raw)
    mine = token_api(server, token)
    wrong = Api(
        build(server.endpoint, TokenCredentials(token, theirs.project_id)), mine.workspace_id, theirs.project_id
    )
    with refused(PROJECT_FORBIDDEN, "project_id", status=403):
        wrong.list_workflows()
    with refused(PROJECT_FORBIDDEN, "project_id", status=403):
        wrong.inside(theirs.workspace_id).list_workflows()
    with refused(PROJECT_FORBIDDEN, "project_id", status=403):
        wrong.list_workspaces(offset=0, limit=10)
    # A domain-scoped token is for identity calls only.
    domain = log_in(server, {"domain": {"name": server.credentials["domain_name"]}})
    with refused(PROJECT_FORBIDDEN, status=403):
        token_api(server, domain).list_workflows()
    assert Raw(server, domain).get("/v3/users").status_code == 200


@pytest.mark.parametrize("by", ["access key", "token"])
def test_projects_are_found_by_name(server, token, by):
    known = server.credentials
    if by == "token":
        document = Raw(server, token).get("/v3/projects", params={"name": known["project_name"]}).json()
        assert [row["id"] for row in document["projects"]] == [known["project_id"]]
        row = document["projects"][0]
        assert row["enabled"] is True and row["is_domain"] is False and row["links"]["self"]
        assert Raw(server, token).get("/v3/projects", params={"name": "nowhere"}).json()["projects"] == []
        return
    listed = iam_client(server).keystone_list_projects(iam.KeystoneListProjectsRequest(name=known["project_name"]))
    assert [row.id for row in listed.projects] == [known["project_id"]]


def iam_client(server):
    known = server.credentials
    builder = iam.IamClient.new_builder().with_credentials(GlobalCredentials(known["access_key"], known["secret_key"]))
    return builder.with_endpoint(server.endpoint).with_http_config(http_config()).build()


def test_the_sdk_finds_its_project_by_the_region(server):
    """Without a project id: the SDK asks `/v3/projects?name=<region>` with a signature, then goes on."""
    known = server.credentials
    BasicCredentials._CACHE.clear()
    credentials = BasicCredentials(known["access_key"], known["secret_key"]).with_iam_endpoint(server.endpoint)
    builder = v1.SecMasterClient.new_builder().with_credentials(credentials).with_http_config(http_config())
    client = builder.with_region(Region("local-1", server.endpoint)).build()
    assert credentials.project_id == known["project_id"]
    request = v1.ListWorkflowsRequest(workspace_id=known["workspace_id"])
    assert client.list_workflows(request).success

    nowhere = BasicCredentials(known["access_key"], known["secret_key"]).with_iam_endpoint(server.endpoint)
    builder = v1.SecMasterClient.new_builder().with_credentials(nowhere).with_http_config(http_config())
    with pytest.raises(SdkException, match="Failed to get project id"):
        builder.with_region(Region("nowhere-1", server.endpoint)).build()


def test_the_sdk_finds_its_domain(server):
    known = server.credentials
    GlobalCredentials._CACHE.clear()
    credentials = GlobalCredentials(known["access_key"], known["secret_key"]).with_iam_endpoint(server.endpoint)
    builder = iam.IamClient.new_builder().with_credentials(credentials).with_http_config(http_config())
    client = builder.with_region(Region("local-1", server.endpoint)).build()
    domains = client.keystone_list_auth_domains(iam.KeystoneListAuthDomainsRequest()).domains
    assert [(row.id, row.name) for row in domains] == [(credentials.domain_id, known["domain_name"])]


def test_the_identity_sdk_works_too(server):
    """Log in, validate, look oneself up, make and use a key, with the vendor's identity SDK."""
    known, client = server.credentials, iam_client(server)
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(
        auth=iam.PwdAuth(
            identity=iam.PwdIdentity(
                methods=["password"],
                password=iam.PwdPassword(
                    user=iam.PwdPasswordUser(
                        name=known["user_name"],
                        password=known["password"],
                        domain=iam.PwdPasswordUserDomain(name=known["domain_name"]),
                    )
                ),
            ),
            scope=iam.AuthScope(project=iam.AuthScopeProject(name=known["project_name"])),
        )
    )
    issued = client.keystone_create_user_token_by_password(iam.KeystoneCreateUserTokenByPasswordRequest(body=body))
    assert issued.status_code == 201 and issued.token.project.id == known["project_id"]
    checked = client.keystone_validate_token(iam.KeystoneValidateTokenRequest(x_subject_token=issued.x_subject_token))
    assert checked.token.user.name == known["user_name"]
    users = client.keystone_list_users(iam.KeystoneListUsersRequest(name=known["user_name"])).users
    assert [row.name for row in users] == [known["user_name"]]
    projects = client.keystone_list_auth_projects(iam.KeystoneListAuthProjectsRequest()).projects
    assert known["project_id"] in [row.id for row in projects]

    option = iam.CreateCredentialOption(user_id=users[0].id, description="for a test")
    request = iam.CreatePermanentAccessKeyRequest(body=iam.CreatePermanentAccessKeyRequestBody(credential=option))
    key = client.create_permanent_access_key(request).credential
    pair = BasicCredentials(key.access, key.secret, known["project_id"])
    api = Api(build(server.endpoint, pair), known["workspace_id"], known["project_id"])
    assert api.list_workflows().success
    listed = client.list_permanent_access_keys(iam.ListPermanentAccessKeysRequest(user_id=users[0].id)).credentials
    assert key.access in [row.access for row in listed]
    assert all("secret" not in row.to_dict() for row in listed)
    client.delete_permanent_access_key(iam.DeletePermanentAccessKeyRequest(access_key=key.access))
    with refused(UNAUTHENTICATED, status=401):
        api.list_workflows()


def test_roles_decide_what_a_user_may_do(server, raw, by_token):
    """The built-in roles, each with something that it allows and something that it does not."""
    workflow = by_token.publish(flows.asking())
    draft = by_token.create_workflow()
    waiting = by_token.create_version(draft.id, flows.minimal())
    by_token.move(waiting.id, "pending_approval")

    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert reader.show_aop_workflow(workflow_id=workflow.id).data.id == workflow.id
    assert reader.list_tasks().success
    for call in (
        lambda: reader.start(workflow.id),
        lambda: reader.create_workflow(),
        lambda: reader.review(waiting.id),
        lambda: reader.delete_aop_workflow(workflow_id=workflow.id),
    ):
        with refused(FORBIDDEN, "secmaster:", status=403):
            call()

    operator = new_user(server, raw, "Operator").api()
    instance = operator.start(workflow.id)
    operator.answer(operator.task(instance).id)
    assert operator.wait(instance).status == "FINISHED"
    with refused(FORBIDDEN, "secmaster:workflowVersion:approve", status=403):
        operator.review(waiting.id)

    approver = new_user(server, raw, "Approver").api()
    assert approver.review(waiting.id).result == "PASS"
    with refused(FORBIDDEN, status=403):
        approver.create_workflow()

    nobody = new_user(server, raw)
    with pytest.raises(AssertionError, match="401"):
        nobody.log_in()


def test_a_custom_role_gives_exactly_its_permissions(server, raw):
    name = f"starter-{uuid.uuid4().hex[:8]}"
    body = {"role": {"name": name, "permissions": ["secmaster:workflow:list", "secmaster:workflow:get"]}}
    created = raw.post("/v3/roles", json=body)
    assert created.status_code == 201, created.text
    assert name in role_ids(raw)
    person = new_user(server, raw, name)
    api = person.api()
    assert api.list_workflows().success
    with refused(FORBIDDEN, "secmaster:task:list", status=403):
        api.list_tasks()
    # Taking the role away ends it at once, also for tokens that are out.
    path = f"/v3/projects/{person.project_id}/users/{person.id}/roles/{role_ids(raw)[name]}"
    assert raw.delete(path).status_code == 204
    with pytest.raises(ClientRequestException) as caught:
        api.list_workflows()
    assert caught.value.status_code in (401, 403)
    assert raw.delete(f"/v3/roles/{role_ids(raw)[name]}").status_code == 204


def test_a_deleted_user_is_out_at_once(server, raw):
    person = new_user(server, raw, "ReadOnlyAccess")
    api = person.api()
    assert api.list_workflows().success
    assert raw.delete(f"/v3/users/{person.id}").status_code == 204
    with refused(UNAUTHENTICATED, status=401):
        api.list_workflows()


def test_a_password_never_comes_back(server, raw):
    for path in ("/v3/users", "/v3/roles", "/v3/projects", "/v3.0/OS-CREDENTIAL/credentials", "/v3/role_assignments"):
        text = raw.get(path).text
        for secret in (PASSWORD, server.credentials["password"], server.credentials["secret_key"], "argon2"):
            assert secret not in text, path
    assert server.credentials["secret_key"] not in server.log()
    assert PASSWORD not in server.log()


def test_a_project_is_a_border(server, raw, by_token):
    theirs = other_tenant(server, raw)
    secret = theirs.create_workflow("secret plan")
    assert theirs.list_workflows(limit=1).data[0].name == "secret plan", "newest first"
    assert secret.id not in [row.id for row in by_token.list_workflows(limit=100).data]
