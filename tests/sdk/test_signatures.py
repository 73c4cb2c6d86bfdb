"""AK/SK signatures: what holds, and every way in which one does not."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdksecmaster import v1

from sdk.clients import Api, build, http_config
from sdk.refusal import INVALID, UNAUTHENTICATED, check_refusal, refused


@pytest.fixture
def sign(server):
    """Signs a request as the SDK does; the answer of whatever becomes of it."""
    known = server.credentials
    base = f"/v1/{known['project_id']}/workspaces/{known['workspace_id']}"

    def signed(method="GET", path="/soc/workflows", body=None, query=(), headers=None, secret=None, when=None):
        request = SdkRequest(
            method=method,
            schema="http",
            host=server.endpoint.split("://")[1],
            resource_path=base + path,
            query_params=list(query),
            header_params={"X-Project-Id": known["project_id"], **(headers or {})},
            body=None if body is None else json.dumps(body),
        )
        if body is not None:
            request.header_params.setdefault("Content-Type", "application/json")
        if when is not None:
            request.header_params["X-Sdk-Date"] = when.strftime("%Y%m%dT%H%M%SZ")
        Signer(BasicCredentials(known["access_key"], secret or known["secret_key"])).sign(request)
        return request

    return signed


def send(request: SdkRequest) -> requests.Response:
    return requests.request(request.method, request.url, headers=request.header_params, data=request.body, timeout=60)


def unauthenticated(request, *words):
    check_refusal(send(request), UNAUTHENTICATED, *words, status=401)


def test_a_signature_holds_for_any_text_in_the_request(sign):
    for query in ((), [("name", "a b+c/ü&=%"), ("limit", "3")], [("name", ""), ("offset", "0")], [("name", "流程")]):
        assert send(sign(query=query)).status_code == 200, query
    body = {"name": "Ünïcode\n", "aop_type": "x"}
    check_refusal(send(sign("POST", body=body)), INVALID)


def test_the_sdk_signs_names_with_any_characters(by_key):
    for name in ("a  b", "a+b", "a/b", "a%20b", "ü", "流程", "~'()*!", "a&b=c", "\t"):
        assert by_key.list_workflows(name=name).data == []


def test_the_derived_algorithm_of_the_sdk_holds(server):
    """V11-HMAC-SHA256: the key is derived from day, region and service."""
    known = server.credentials

    def client(secret):
        pair = BasicCredentials(known["access_key"], secret, known["project_id"])
        pair = pair.with_derived_predicate(BasicCredentials.get_default_derived_predicate())
        builder = v1.SecMasterClient.new_builder().with_credentials(pair).with_http_config(http_config())
        builder = builder._with_derived_auth_service_name("secmaster")
        return Api(
            builder.with_region(Region("local-1", server.endpoint)).build(), known["workspace_id"], pair.project_id
        )

    assert client(known["secret_key"]).create_workflow().enabled is False
    with refused(UNAUTHENTICATED, "signature", status=401):
        client("x" * 40).list_workflows()


def test_identical_requests_are_both_legitimate(sign):
    request = sign()
    assert [send(request).status_code for _ in range(3)] == [200, 200, 200]
    create = sign("POST", body={"name": Api.new_name(), "aop_type": "bad"})
    assert [send(create).status_code for _ in range(2)] == [400, 400]


def test_a_wrong_secret_is_refused(sign, server):
    unauthenticated(sign(secret="x" * 40), "signature")
    known = server.credentials
    api = Api(
        build(server.endpoint, BasicCredentials(known["access_key"], "x" * 40, known["project_id"])),
        known["workspace_id"],
        known["project_id"],
    )
    with refused(UNAUTHENTICATED, "signature", status=401):
        api.list_workflows()


def test_an_unknown_key_is_refused_like_a_wrong_secret(sign, server):
    wrong = sign(secret="x" * 40)
    unknown = sign()
    authorization = unknown.header_params["Authorization"]
    unknown.header_params["Authorization"] = authorization.replace(
        server.credentials["access_key"], "UNKNOWNKEY0000000000"
    )
    answers = [send(request) for request in (wrong, unknown)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    "minutes, fresh", [(-14, True), (14, True), (-16, False), (16, False), (-60 * 24 * 365, False)]
)
def test_a_date_may_be_off_by_a_quarter_of_an_hour(sign, minutes, fresh):
    request = sign(when=datetime.now(timezone.utc) + timedelta(minutes=minutes))
    if fresh:
        assert send(request).status_code == 200
    else:
        unauthenticated(request, "X-Sdk-Date")


def test_an_altered_request_is_refused(sign):
    body = {"name": "n", "aop_type": "NORMAL", "engine_type": "public_engine", "dataclass_id": "x"}

    def altered(change):
        request = sign("POST", body=body, query=[("a", "1")])
        change(request)
        return request

    def swap(old, new):
        return lambda request: setattr(request, "uri", request.uri.replace(old, new))

    unauthenticated(altered(lambda request: setattr(request, "body", request.body.replace(b"NORMAL", b"SURVEY"))))
    unauthenticated(altered(lambda request: setattr(request, "body", b"")))
    unauthenticated(altered(swap("a=1", "a=2")))
    unauthenticated(altered(swap("a=1", "a=1&b=2")))
    unauthenticated(altered(swap("/workflows", "/workflows/export")))
    unauthenticated(altered(lambda request: request.header_params.update({"X-Project-Id": "0" * 32})))
    unauthenticated(altered(lambda request: request.header_params.update({"Content-Type": "text/plain"})))
    unauthenticated(altered(lambda request: request.header_params.update({"Host": "evil.example.com"})))


def test_the_method_is_signed(sign, by_key):
    workflow = by_key.create_workflow()
    request = sign("GET", f"/soc/workflows/{workflow.id}")
    assert send(request).status_code == 200
    request.method = "DELETE"
    unauthenticated(request)
    assert by_key.show_aop_workflow(workflow_id=workflow.id).success


def test_a_signed_header_that_is_missing_is_named(sign):
    for header in ("X-Project-Id", "X-Sdk-Date"):
        request = sign()
        del request.header_params[header]
        unauthenticated(request, header.lower())


def test_what_must_be_signed_is_named(sign, server):
    """Neither the host nor the date can be left out of the signature."""
    for left_out in ("host", "x-sdk-date"):
        request = sign()
        names = [name for name in ("host", "x-project-id", "x-sdk-date") if name != left_out]
        lower = {name.lower(): value for name, value in request.header_params.items()}
        canonical = "\n".join(
            ["GET", request.resource_path + "/", ""]
            + [f"{name}:{lower[name]}" for name in names]
            + ["", ";".join(names), hashlib.sha256(b"").hexdigest()]
        )
        to_sign = "\n".join(["SDK-HMAC-SHA256", lower["x-sdk-date"], hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(server.credentials["secret_key"].encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        request.header_params["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={server.credentials['access_key']}, SignedHeaders={';'.join(names)}, "
            f"Signature={signature}"
        )
        unauthenticated(request, left_out)


def test_an_unsigned_payload_is_for_uploads_only(sign):
    request = sign("POST", body={"name": "n"}, headers={"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"})
    unauthenticated(request, "UNSIGNED-PAYLOAD")
    # What the SDK does with another content type.
    request = sign("POST", body={"name": "n"}, headers={"Content-Type": "text/plain"})
    assert request.header_params["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    unauthenticated(request, "UNSIGNED-PAYLOAD")


def test_a_declared_hash_must_be_that_of_the_body(sign):
    body = {"name": "n", "aop_type": "x"}
    digest = hashlib.sha256(json.dumps(body).encode()).hexdigest()
    check_refusal(send(sign("POST", body=body, headers={"X-Sdk-Content-Sha256": digest})), INVALID)
    unauthenticated(sign("POST", body=body, headers={"X-Sdk-Content-Sha256": "0" * 64}))


@pytest.mark.parametrize(
    "authorization",
    [
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=",
        "SDK-HMAC-SHA256 Access=A, SignedHeaders=, Signature=",
        "SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=zz",
        "SDK-HMAC-SHA256 Access=A, SignedHeaders=" + "h;" * 20_000 + ", Signature=00",
        "SDK-HMAC-SM3 Access=A, SignedHeaders=host;x-sdk-date, Signature=00",
        "V11-HMAC-SHA256 Credential=A/b/c/d, SignedHeaders=host, Signature=00",
        "Basic YWRtaW46YWRtaW4=",
        "Bearer token",
        "\x01\x02",
    ],
)
def test_an_authorization_of_another_form_is_refused(server, authorization):
    known = server.credentials
    path = f"/v1/{known['project_id']}/workspaces/{known['workspace_id']}/soc/workflows"
    headers = {"Authorization": authorization, "X-Sdk-Date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")}
    if not authorization.isprintable():
        headers["Authorization"] = "SDK-HMAC-SHA256 \xff\xfe".encode("latin-1")
    answer = requests.get(server.endpoint + path, headers=headers, timeout=30)
    check_refusal(answer, UNAUTHENTICATED, status=401)


def test_a_key_that_is_switched_off_is_refused(server, raw):
    created = raw.post("/v3.0/OS-CREDENTIAL/credentials", json={"credential": {"description": "short-lived"}})
    assert created.status_code == 201, created.text
    key = created.json()["credential"]
    known = server.credentials
    pair = BasicCredentials(key["access"], key["secret"], known["project_id"])
    api = Api(build(server.endpoint, pair), known["workspace_id"], known["project_id"])
    assert api.list_workflows().success
    path = f"/v3.0/OS-CREDENTIAL/credentials/{key['access']}"
    assert raw.put(path, json={"credential": {"status": "inactive"}}).status_code == 200
    with refused(UNAUTHENTICATED, status=401):
        api.list_workflows()
    assert raw.put(path, json={"credential": {"status": "active"}}).status_code == 200
    assert api.list_workflows().success
    assert raw.delete(path).status_code == 204
    with refused(UNAUTHENTICATED, status=401):
        api.list_workflows()
