"""A server of our own: its process, its data folder, its log."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests

REPOSITORY = Path(__file__).resolve().parents[2]
# A debug build on a busy machine takes its time.
START = 60
STOP = 60
# What a server must never write, whatever clients send.
ALARMING = re.compile(r"\bERROR\b|panicked at|RUST_BACKTRACE")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def binary() -> Path:
    return Path(os.environ.get("MUSTER_BIN", REPOSITORY / "target/debug/muster")).resolve()


class Server:
    """`muster serve` on a port and a data folder of its own, stopped and started at will."""

    def __init__(
        self,
        *options: str,
        environment: dict | None = None,
        trust: str | bool = True,
        beside: "Server | None" = None,
    ):
        """`trust` is the certificate to trust, with TLS; `beside` the node whose database this one shares."""
        self._first = beside
        self._folder = tempfile.TemporaryDirectory(prefix="muster-test-")
        self.data = Path(self._folder.name) / "data"
        self.log_file = Path(self._folder.name) / "log"
        self.options = options
        self.trust = trust
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("MUSTER_")} | (
            environment or {}
        )
        self.process: subprocess.Popen | None = None
        self.listen = f"127.0.0.1:{_free_port() if beside else 0}"
        self.database = beside.database if beside else _new_database()
        self.start()
        self.listen = urlsplit(self.endpoint).netloc

    def start(self, wait: bool = True) -> None:
        """Starts the process; does not wait for its first answer if told so."""
        command = [str(binary()), "serve", "--data", str(self.data), "--listen", self.listen]
        command += ["--metrics-listen", "off"]
        if self.database and not self._key_file.exists():
            self._key_file.touch(mode=0o600)
            self._key_file.write_text(secrets.token_hex(32) + "\n")
        command += self.storage[2:]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command + list(self.options), stdout=log, stderr=log, env=self.environment, cwd=self.data.parent
            )
        if wait:
            self._wait_until_it_answers()

    @property
    def _key_file(self) -> Path:
        return self._first._key_file if self._first else self.data.parent / "master.key"

    @property
    def storage(self) -> list[str]:
        """Options that say where the data are, for other subcommands."""
        found = ["--data", str(self.data)]
        if self.database:
            found += ["--database", self.database, "--master-key-file", str(self._key_file)]
        return found

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + START
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log()}")
            if self._first or (self.data / "bootstrap.json").exists():
                try:
                    if requests.get(self.endpoint + "/healthz", timeout=5, verify=self.trust).status_code == 200:
                        return
                except requests.ConnectionError:
                    pass
            time.sleep(0.02)
        raise AssertionError(f"the server does not answer after {START} s:\n{self.log()}")

    @property
    def credentials(self) -> dict:
        if self._first:
            return self._first.credentials | {"endpoint": f"http://{self.listen}"}
        return json.loads((self.data / "bootstrap.json").read_text())

    @property
    def endpoint(self) -> str:
        return self.credentials["endpoint"]

    def kill(self) -> None:
        """SIGKILL: no chance to write anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self) -> int:
        """SIGTERM, as an init system stops it."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP)

    def restart(self) -> None:
        self.kill()
        self.start()

    def answers(self) -> bool:
        return requests.get(self.endpoint + "/readyz", timeout=30, verify=self.trust).status_code == 200

    def log(self) -> str:
        return COLOUR.sub("", self.log_file.read_text(errors="replace"))

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Another subcommand on the same data."""
        return subprocess.run(
            [str(binary()), *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.data.parent,
            timeout=600,
        )

    def close(self) -> None:
        """Stops in order, and looks through the log."""
        try:
            running = self.process.poll() is None
            code = self.terminate() if running else 0
            alarming = [line for line in self.log().splitlines() if ALARMING.search(line)]
            assert not alarming, "the log has:\n" + "\n".join(alarming)
            assert code == 0, f"SIGTERM ended the server with {code}:\n{self.log()[-2000:]}"
        finally:
            if self.process.poll() is None:
                self.kill()
            self._drop_database()
            self._folder.cleanup()

    def _drop_database(self) -> None:
        if not self._first:
            _drop_database(self.database)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
            return
        # The test has failed already: leave what helps to find out why.
        print(self.log()[-8000:])
        self.kill()
        self._drop_database()
        self._folder.cleanup()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _new_database() -> str | None:
    """With MUSTER_TEST_DATABASE, a fresh database on that PostgreSQL server, made with `psql`."""
    admin = os.environ.get("MUSTER_TEST_DATABASE")
    if not admin:
        return None
    name = f"muster_test_{secrets.token_hex(6)}"
    _psql(admin, f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(admin)._replace(path=f"/{name}"))


def _drop_database(database: str | None) -> None:
    if database:
        name = urlsplit(database).path[1:]
        _psql(os.environ["MUSTER_TEST_DATABASE"], f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _psql(database: str, statement: str) -> None:
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", database, "-c", statement], check=True, timeout=60)
