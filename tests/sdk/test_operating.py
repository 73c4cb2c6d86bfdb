"""Running a server: how it starts, refuses to start, logs, stops, and is managed from the command line."""

import json
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest
import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials

from sdk import flows
from sdk.clients import Api, access_key_api, build, password_auth
from sdk.server import Server

FIELDS = {
    "endpoint",
    "domain_name",
    "project_id",
    "project_name",
    "workspace_id",
    "user_name",
    "password",
    "access_key",
    "secret_key",
}


@pytest.fixture(scope="module")
def own():
    """A server with logs in JSON."""
    with Server("--log-format", "json") as running:
        yield running


def test_the_first_start_writes_its_credentials(own):
    file = own.data / "bootstrap.json"
    assert set(json.loads(file.read_text())) == FIELDS
    assert file.stat().st_mode & 0o777 == 0o600 and own.data.stat().st_mode & 0o777 == 0o700
    before = file.read_bytes()
    own.restart()
    assert file.read_bytes() == before
    assert access_key_api(own).list_workflows().success


def test_given_credentials_are_used():
    given = {
        "MUSTER_BOOTSTRAP_PASSWORD": "Given-pass-word-1",
        "MUSTER_BOOTSTRAP_AK": "GIVENACCESSKEY000001",
        "MUSTER_BOOTSTRAP_SK": "given0secret0key0000000000000000000000001",
    }
    with Server("--region", "moon-2", environment=given) as server:
        known = server.credentials
        assert (known["password"], known["access_key"], known["secret_key"]) == tuple(given.values())
        assert known["project_name"] == "moon-2"
        assert access_key_api(server).list_workflows().success


def start_again(server, *options, data=None) -> str:
    """Another server with these options; the one line that says why it does not start."""
    if "--listen" not in options:
        options = ("--listen", "127.0.0.1:0", *options)
    done = server.command(
        "serve", "--metrics-listen", "off", "--data", str(data or server.data.parent / "other"), *options
    )
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(lines) == 1, lines
    assert "panicked" not in lines[0]
    return lines[0]


def test_a_port_that_is_taken_is_named(own):
    port = own.listen.split(":")[1]
    assert port in start_again(own, "--listen", f"127.0.0.1:{port}")
    assert own.answers()


def test_data_in_use_are_left_alone(own):
    if own.database:
        pytest.skip("several servers may share a database")
    line = start_again(own, data=own.data)
    assert str(own.data) in line and ("lock" in line or "another" in line or "in use" in line), line
    assert own.answers()


def test_a_database_that_does_not_answer_is_named_without_its_password(own, tmp_path):
    key = tmp_path / "key"
    key.write_text("0" * 64)
    key.chmod(0o600)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"postgres://muster:s3cr3t-pass@127.0.0.1:{port}/muster"
    line = start_again(own, "--database", url, "--master-key-file", str(key))
    assert "database" in line and "s3cr3t" not in line


def test_a_database_needs_a_master_key_file(own):
    assert "MUSTER_MASTER_KEY_FILE" in start_again(own, "--database", "postgres://nobody@127.0.0.1/none")


@pytest.mark.parametrize(
    "options, words",
    [
        (["--zone", "Mars"], ["--zone"]),
        (["--egress-allow", "10.0.0.0/99"], ["--egress-allow", "10.0.0.0/99"]),
        (["--trusted-proxies", "x"], ["--trusted-proxies"]),
    ],
)
def test_a_wrong_option_is_named(own, options, words):
    line = start_again(own, *options)
    assert all(word in line for word in words), line


def test_a_lost_master_key_and_a_newer_schema_are_told():
    server = Server()
    try:
        if server.database:
            pytest.skip("reaches into the embedded storage")
        server.terminate()
        key = server.data / "master.key"
        kept = key.read_bytes()
        key.unlink()
        assert "master.key" in start_again(server, data=server.data)
        key.write_bytes(b"1" * 64 + b"\n")
        key.chmod(0o600)
        assert "key" in start_again(server, data=server.data), "another key than the one the data were sealed with"
        key.write_bytes(kept)
        with sqlite3.connect(server.data / "muster.db") as database:
            tables = [
                row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migration%'")
            ]
            (table,) = tables
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            last = database.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone()
            newer = dict(zip(columns, last)) | {columns[0]: last[0] + 1000}
            marks = ", ".join("?" * len(columns))
            database.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(newer.values()))
        database.close()
        assert "schema" in start_again(server, data=server.data)
        with sqlite3.connect(server.data / "muster.db") as database:
            database.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (last[0] + 1000,))
        database.close()
        server.start()
        assert access_key_api(server).list_workflows().success
    finally:
        if server.process.poll() is None:
            server.close()


def test_each_request_leaves_a_line_with_its_id(own):
    answer = requests.get(own.endpoint + "/v1/x", timeout=30)
    id = answer.headers["X-request-id"]
    line = own_line(own, id)
    assert (line["level"], line["fields"]["status"] if "fields" in line else line["status"]) == ("INFO", 404)


def own_line(server, text) -> dict:
    for _ in range(50):
        for line in server.log().splitlines():
            if text in line:
                return json.loads(line)
        time.sleep(0.05)
    raise AssertionError(f"the log has no line with {text}")


def test_every_line_of_the_log_is_json(own):
    access_key_api(own).run(flows.triage(), {"alert": {"severity": 9}, "src_ip": "192.0.2.1"})
    for line in own.log().splitlines():
        json.loads(line)


def test_no_secret_is_logged(own):
    known = own.credentials
    for secret in (known["secret_key"], known["password"]):
        assert secret not in own.log()


def test_users_and_keys_are_managed_from_the_command_line(own):
    def muster(*arguments, fails=False):
        done = own.command(*arguments, "--data", str(own.data))
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout if not fails else done.stderr

    muster("user", "add", "anna", "--role", "FullAccess")
    assert "anna" in muster("user", "list")
    muster("user", "add", "anna", fails=True)
    printed = muster("user", "password", "anna")
    password = next(word for word in reversed(printed.split()) if len(word) >= 12)
    known = own.credentials
    body = password_auth("anna", password, known["domain_name"], {"project": {"id": known["project_id"]}})
    assert requests.post(own.endpoint + "/v3/auth/tokens", json=body, timeout=30).status_code == 201

    printed = muster("key", "add", "--user", "anna")
    access, secret = key_in(printed)
    pair = BasicCredentials(access, secret, known["project_id"])
    anna = Api(build(own.endpoint, pair), known["workspace_id"], known["project_id"])
    assert anna.create_workflow().creator_name == "anna"
    assert access in muster("key", "list", "--user", "anna") and secret not in muster("key", "list", "--user", "anna")
    muster("key", "delete", access)
    muster("user", "disable", "anna")
    assert requests.post(own.endpoint + "/v3/auth/tokens", json=body, timeout=30).status_code == 401
    muster("user", "delete", "anna")
    assert "anna" not in muster("user", "list")


def key_in(printed) -> tuple[str, str]:
    words = printed.replace(":", " ").replace('"', " ").replace(",", " ").split()
    access = next(word for word in words if len(word) == 20 and word.isupper())
    secret = next(word for word in words if len(word) == 40)
    return access, secret


@pytest.mark.skipif(not shutil.which("openssl"), reason="nothing here to make a certificate with")
def test_tls_with_the_given_certificate(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    with Server("--tls-cert", str(certificate), "--tls-key", str(key), trust=str(certificate)) as server:
        assert server.endpoint.startswith("https://")
        assert requests.get(server.endpoint + "/healthz", verify=str(certificate), timeout=30).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(server.endpoint + "/healthz", timeout=30)
