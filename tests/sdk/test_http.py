"""The HTTP connector: what it sends and gives back, how it retries, where secrets may go, what it may reach."""

import base64
import json
import socket

import pytest
from huaweicloudsdksecmaster import v1

from sdk.clients import Api, Raw, access_key_api, log_in, nodes, output
from sdk.flows import Flow
from sdk.server import Server
from sdk.sink import Reply, Sink, json_reply
from sdk.test_components import component

SECRET = "s3cr3t-Value-of-the-connection"


@pytest.fixture(scope="module")
def sink():
    listener = Sink()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def open_server():
    """A server whose connectors may reach loopback addresses; a proxy in its environment must not matter."""
    proxy = {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    with Server("--egress-allow", "127.0.0.0/8", "--log", "debug", environment=proxy) as running:
        yield running


@pytest.fixture(scope="module")
def api(open_server):
    return access_key_api(open_server)


@pytest.fixture(autouse=True)
def clean(sink):
    sink.forget()


def request(input, **settings) -> Flow:
    flow = Flow().start().service("call", "HTTP", "request", input, **settings)
    return flow.end().chain("start", "call", "end")


def connection(api, sink, **config):
    http = component(api, "HTTP")
    return api.create_connection(
        body=v1.CreateAssetsRequestBody(
            name=Api.new_name("connection"),
            description="",
            component_id=http.id,
            component_version_id=http.versions[0].id,
            config=json.dumps({"endpoint": sink.url + "/api"} | config),
        )
    ).asset


def test_a_request_is_sent_and_its_answer_is_read(api, sink):
    sink.usual = json_reply({"id": 7, "list": [1.10, None]}, 201, **{"X-Extra": "yes"})
    input = {
        "method": "POST",
        "url": sink.url + "/items?a=1",
        "query": {"b": "x y", "c": [1, 2], "d": None},
        "headers": {"X-Who": "${data_object.who}"},
        "body": {"who": "${data_object.who}", "n": "${data_object.n}"},
    }
    done = api.run(request(input, output={"item": "output.body.id"}), {"who": "ü", "n": 3.50})
    (received,) = sink.received
    assert (received.method, received.path) == ("POST", "/items?a=1&b=x+y&c=1&c=2")
    assert json.loads(received.body) == {"who": "ü", "n": 3.5}
    assert received.headers["content-type"] == "application/json" and received.key
    result = output(done, "call")
    assert (result["status"], result["body"], result["body_encoding"]) == (201, {"id": 7, "list": [1.1, None]}, "json")
    assert result["headers"]["x-extra"] == "yes"


@pytest.mark.parametrize(
    "reply, body, encoding",
    [
        (Reply(200, b"hello \xc3\xbc", {"Content-Type": "text/plain; charset=utf-8"}), "hello ü", "text"),
        (Reply(200, b"\xff\x00\x01", {"Content-Type": "application/octet-stream"}), "/wAB", "base64"),
        (Reply(204, b"", {}), "", "text"),
    ],
)
def test_any_body_is_read(api, sink, reply, body, encoding):
    sink.usual = reply
    result = output(api.run(request({"url": sink.url})), "call")
    assert (result["body"] or "", result["body_encoding"]) == (body, encoding)


RETRY = {"max_attempts": 3, "backoff": "fixed", "initial": "PT0.2S"}


def test_a_failed_attempt_is_retried_with_the_same_key(api, sink):
    sink.replies = [Reply(503, b"later")]
    done = api.run(request({"url": sink.url}, retry=RETRY))
    assert output(done, "call")["status"] == 200
    assert len(sink.received) == 2 and len(set(sink.keys())) == 1
    assert nodes(done)["call"].error_msg == ""


def test_attempts_come_to_an_end_and_a_person_retries(api, sink):
    sink.usual = Reply(503, b"down")
    failed = api.run(request({"url": sink.url + "/a"}, retry=RETRY), expect="FAILED")
    assert len(sink.received) == 3 and len(set(sink.keys())) == 1
    assert nodes(failed)["call"].error_msg.startswith("HTTP.Status")
    first = sink.keys()[0]

    sink.forget()
    api.command(failed.id, "Retry")
    assert api.wait(failed.id).status == "FINISHED"
    same = sink.keys()[0]

    sink.forget()
    sink.usual = Reply(503, b"down")
    failed = api.run(request({"url": sink.url + "/a"}), expect="FAILED")
    key = sink.keys()[0]
    assert key not in (first, same), "each run has keys of its own"
    sink.forget()
    api.command(failed.id, "Retry", task_id="call", input_dataobject=json.dumps({"url": sink.url + "/b"}))
    assert api.wait(failed.id).status == "FINISHED"
    assert sink.received[0].path == "/b" and sink.keys()[0] != key, "another input is another effect"


def test_what_cannot_help_is_not_retried(api, sink):
    sink.usual = Reply(404, b"nothing here")
    failed = api.run(request({"url": sink.url}, retry=RETRY), expect="FAILED")
    assert len(sink.received) == 1
    assert nodes(failed)["call"].error_msg.startswith("HTTP.Status") and "404" in nodes(failed)["call"].error_msg


def test_the_expected_status_can_be_said(api, sink):
    sink.usual = Reply(404, b"{}")
    done = api.run(request({"url": sink.url, "expected_status": "2xx,404"}))
    assert output(done, "call")["status"] == 404


def test_a_fault_can_be_passed_over_or_caught(api, sink):
    sink.usual = Reply(500, b"broken")
    done = api.run(request({"url": sink.url}, on_error="continue"))
    assert done.status == "FINISHED"
    flow = Flow().start().service("call", "HTTP", "request", {"url": sink.url}).boundary("catch", "call", "HTTP.Status")
    flow.script("mend", "'mended'").end().end("end2").chain("start", "call", "end").chain("catch", "mend", "end2")
    assert output(api.run(flow), "mend") == "mended"


def test_a_slow_answer_times_out(api, sink):
    sink.usual = Reply(after=5)
    failed = api.run(request({"url": sink.url, "timeout": "PT0.5S"}), expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("HTTP.Timeout")


def test_a_large_answer_is_refused(api, sink):
    sink.usual = Reply(200, b"x" * (11 << 20))
    failed = api.run(request({"url": sink.url}), expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("HTTP.TooLarge")


def test_redirects_are_followed_only_when_asked(api, sink):
    there = {"Location": sink.url + "/there"}
    sink.replies = [Reply(302, b"", there)]
    failed = api.run(request({"url": sink.url + "/here"}), expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("HTTP.Status") and len(sink.received) == 1
    sink.forget()
    sink.replies = [Reply(302, b"", there)]
    done = api.run(request({"url": sink.url + "/here", "follow_redirects": True}))
    assert output(done, "call")["status"] == 200
    assert [received.path for received in sink.received] == ["/here", "/there"]


SCHEMES = {
    "bearer": ({"auth_type": "bearer", "token": SECRET}, "authorization", f"Bearer {SECRET}"),
    "api_key": ({"auth_type": "api_key", "api_key": SECRET, "api_key_header": "X-My-Key"}, "x-my-key", SECRET),
    "basic": (
        {"auth_type": "basic", "username": "u", "password": SECRET},
        "authorization",
        "Basic " + base64.b64encode(f"u:{SECRET}".encode()).decode(),
    ),
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_secret_goes_to_its_destination_and_nowhere_else(api, sink, open_server, scheme):
    config, header, value = SCHEMES[scheme]
    asset = connection(api, sink, **config)
    # The other side repeats what it was sent, as some services do.
    sink.usual = Reply(
        200, json.dumps({"you sent": value}).encode(), {"Content-Type": "application/json", "X-Echo": value}
    )
    workflow = api.publish(request({"url": "/block"}, connection=asset.name))
    done = api.wait(api.start(workflow.id))
    assert done.status == "FINISHED"
    (received,) = sink.received
    assert received.path == "/api/block" and received.headers[header] == value

    raw = Raw(open_server, log_in(open_server))
    shown = raw.get(f"/soc/workflows/instances/{done.id}", params={"show_topology": "true"}).text
    places = {
        "the topology": shown,
        "the connection": raw.get(f"/soc/assetcredentials/{asset.id}").text,
        "the export": raw.post("/soc/workflows/export", json={"id": [workflow.id]}).text,
        "the log": open_server.log(),
    }
    for file in sorted(open_server.data.glob("muster.db*")):
        places[f"the storage, {file.name}"] = file.read_bytes().decode("latin-1")
    for place, text in places.items():
        assert SECRET not in text and value not in text, place


def test_secret_headers_of_a_node_are_not_shown(api, sink):
    headers = {"Authorization": SECRET, "X-Api-Key": SECRET, "Cookie": f"a={SECRET}", "X-Trace": "shown"}
    done = api.run(request({"url": sink.url, "headers": headers}))
    assert sink.received[0].headers["authorization"] == SECRET
    shown = json.loads(nodes(done)["call"].input)["headers"]
    assert shown == {"Authorization": "******", "X-Api-Key": "******", "Cookie": "******", "X-Trace": "shown"}


def test_a_secret_stays_at_its_endpoint(api, sink):
    asset = connection(api, sink, auth_type="bearer", token=SECRET)
    other = Sink("127.0.0.2")
    try:
        for url in (other.url + "/steal", f"//{other.address}:{other.port}/steal", "\\\\evil/steal"):
            failed = api.run(request({"url": url}, connection=asset.id), expect="FAILED")
            assert nodes(failed)["call"].error_msg.startswith("Input.Invalid"), url
        # A redirect to another origin is followed without the credentials.
        sink.replies = [Reply(302, b"", {"Location": other.url + "/elsewhere"})]
        api.run(request({"url": "/go", "follow_redirects": True}, connection=asset.id))
        assert [received.path for received in other.received] == ["/elsewhere"]
        assert "authorization" not in other.received[0].headers
    finally:
        other.close()


@pytest.mark.parametrize("header", ["Host", "Content-Length", "Transfer-Encoding", "Proxy-Authorization", "Connection"])
def test_headers_of_the_connection_cannot_be_set(api, sink, header):
    failed = api.run(request({"url": sink.url, "headers": {header: "x"}}), expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("Input.Invalid") and not sink.received


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "\0"])
def test_headers_cannot_be_smuggled_in(api, sink, value):
    failed = api.run(request({"url": sink.url, "headers": {"X-A": "${data_object.v}"}}), {"v": value}, expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("Input.Invalid") and not sink.received


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://x", "http://", "javascript:1", "/path"]
)
def test_other_urls_are_refused(api, url):
    failed = api.run(request({"url": "${data_object.url}"}), {"url": url}, expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("Input.Invalid"), nodes(failed)["call"].error_msg


# Spellings of what a connector must not reach, beside names that resolve to it.
DENIED = [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "017700000001",
    "127.1",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "localhost",
    "LOCALHOST",
    "127。0。0。1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fd00::1]",
    "[fe80::1]",
    "[fec0::1]",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
]


@pytest.mark.parametrize("host", DENIED)
def test_what_is_not_public_is_denied(by_key, sink, host):
    """On a server with the usual rules, a listener on loopback sees nothing, whatever the spelling."""
    url = {"url": f"http://{host}:{sink.port}/"}
    failed = by_key.run(request({"url": "${data_object.url}"}, retry=RETRY), url, expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("Egress.Denied"), nodes(failed)["call"].error_msg
    assert not sink.received


def test_a_user_name_does_not_hide_the_host(by_key, sink):
    for user in ("user@", "user:secret@", "example.com@"):
        failed = by_key.run(request({"url": f"http://{user}127.0.0.1:{sink.port}/"}), expect="FAILED")
        assert nodes(failed)["call"].error_msg.startswith("Input.Invalid")
    assert not sink.received


def test_the_machine_s_own_name_is_denied(by_key, sink):
    try:
        resolved = socket.gethostbyname(socket.gethostname())
    except OSError:
        pytest.skip("the machine's name does not resolve")
    if not resolved.startswith("127."):
        pytest.skip("the machine's name is not a loopback address")
    url = f"http://{socket.gethostname()}:{sink.port}/"
    failed = by_key.run(request({"url": url}), expect="FAILED")
    assert nodes(failed)["call"].error_msg.startswith("Egress.Denied") and not sink.received


def test_a_redirect_cannot_lead_inside():
    """Each destination is checked, not just the first."""
    sink = Sink()
    try:
        with Server("--egress-allow", f"127.0.0.1:{sink.port}", "--egress-deny", "127.0.0.3") as server:
            api = access_key_api(server)
            for location in (
                "http://127.0.0.1:1/",
                f"http://127.0.0.3:{sink.port}/",
                "http://[::1]:80/",
                "http://169.254.169.254/",
            ):
                sink.replies = [Reply(302, b"", {"Location": location})]
                failed = api.run(request({"url": sink.url, "follow_redirects": True}), expect="FAILED")
                assert nodes(failed)["call"].error_msg.startswith("Egress.Denied"), location
            assert output(api.run(request({"url": sink.url})), "call")["status"] == 200
    finally:
        sink.close()
