"""SIGKILL at random moments during bursts of alerts: an alert that was acknowledged has set off each playbook that it
matches, exactly once. With PostgreSQL two nodes take the alerts, and either is killed.

`MUSTER_KILLS` says how often (5 by default), `MUSTER_SEED` repeats the moments of another run.
"""

import os
import random
import threading
import time
from collections import Counter, defaultdict

import requests

from sdk.clients import Raw, access_key_api, log_in
from sdk.flows import Flow
from sdk.playbooks import condition, enabled, instances
from sdk.server import Server

KILLS = int(os.environ.get("MUSTER_KILLS", "5"))
SEED = int(os.environ.get("MUSTER_SEED", str(time.time_ns() % 1_000_000)))
SENDERS = 4
# How long everything may take to come to its end once nothing is killed any more.
DRAIN = 180
SEVERITIES = ["High", "Low", "Medium"]


def scoring() -> Flow:
    return Flow().start().script("score", "data_object.title").end().chain("start", "score", "end")


class Burst:
    """Sends alerts until it is told to stop; keeps those that were acknowledged."""

    def __init__(self, servers: list[Server], token: str):
        self.servers, self.token = servers, token
        self.accepted: dict[str, tuple[str, int]] = {}
        self.unknown = 0
        self.unexpected: list[str] = []
        self._sending = threading.Event()
        self._sending.set()
        self._numbers = iter(range(10**9))
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._send, args=(seed,)) for seed in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self, seed: int):
        choose = random.Random(SEED * 1000 + seed)
        nodes = [Raw(server, self.token) for server in self.servers]
        while self._sending.is_set():
            with self._lock:
                n = next(self._numbers)
            severity = choose.choice(SEVERITIES)
            body = {"data_object": {"title": f"alert {n}", "severity": severity, "description": "sent in a burst"}}
            try:
                answer = choose.choice(nodes).post("/soc/alerts", json=body, timeout=30)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
                with self._lock:
                    self.unknown += 1
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                self.accepted[answer.json()["data"]["data_object"]["id"]] = (severity, n)
            elif answer.status_code == 503:
                time.sleep(0.05)
            else:
                self.unexpected.append(f"{answer.status_code} {answer.text}")
            time.sleep(choose.random() * 0.02)

    def stop(self):
        self._sending.clear()
        for thread in self.threads:
            thread.join(120)


def test_each_accepted_alert_sets_off_each_matching_playbook_once(capsys):
    began = time.monotonic()
    moments = random.Random(SEED)
    with Server() as first:
        servers = [first]
        second = Server(beside=first) if first.database else None
        servers += [second] if second else []
        try:
            api, raw = access_key_api(first), Raw(first, token := log_in(first))
            alert = api.dataclass().id
            workflows = [api.publish(scoring()).id for _ in range(2)]
            every = enabled(raw, "every alert", alert, workflows)
            high = enabled(raw, "high alerts", alert, workflows[:1], condition("severity", "==", "High"))
            in_order = enabled(
                raw, "low alerts", alert, workflows, condition("severity", "in", "Low,Tips"), action_strategy="SYNC"
            )
            enabled(raw, "no alerts", alert, workflows, condition("severity", "==", "Fatal"))
            burst = Burst(servers, token)
            try:
                for _ in range(KILLS):
                    time.sleep(moments.uniform(0.05, 0.8))
                    victim = moments.choice(servers)
                    victim.kill()
                    time.sleep(moments.uniform(0, 0.3))
                    victim.start()
            finally:
                burst.stop()
            assert not burst.unexpected, f"seed {SEED}: {burst.unexpected[:5]}"
            ended = api.wait_for(lambda: open_instances(raw) == 0, DRAIN)
            assert ended, f"seed {SEED}: still running: {instances(raw, status='RUNNING')[:2]}"
            rows = check(raw, burst, {every: SEVERITIES, high: ["High"], in_order: ["Low"]})
            runs = raw.get("/soc/workflows/instances", params={"limit": 1}).json()["count"]
            expected = sum(1 if row["playbook"]["id"] == high else 2 for row in rows)
            assert runs == expected, f"seed {SEED}: {runs} runs of workflows, not {expected}"
        finally:
            if second:
                second.close()
        with capsys.disabled():
            print(
                f"\n{KILLS} kills (seed {SEED}) of {len(servers)} nodes in {time.monotonic() - began:.0f} s: "
                f"{len(burst.accepted)} acknowledged alerts, {burst.unknown} requests of unknown outcome, "
                f"{len(rows)} runs of playbooks, {runs} of workflows"
            )


def open_instances(raw: Raw) -> int:
    query = {"status": "RUNNING", "limit": 1, "offset": 0}
    return raw.get("/soc/playbooks/instances", params=query).json()["count"]


def check(raw: Raw, burst: Burst, expected: dict[str, list[str]]) -> list[dict]:
    """Each playbook has run once for each acknowledged alert that it matches; all its runs have finished."""
    rows, by_playbook = [], defaultdict(Counter)
    for playbook, severities in expected.items():
        wanted = [id for id, (severity, _) in burst.accepted.items() if severity in severities]
        name = raw.get(f"/soc/playbooks/{playbook}").json()["data"]["name"]
        found = instances(raw, playbook_name=name)
        rows += found
        assert Counter(row["status"] for row in found).keys() <= {"FINISHED"}, [
            row for row in found if row["status"] != "FINISHED"
        ][:2]
        by_playbook[name].update(row["dataobject"]["id"] for row in found)
        twice = [id for id, count in by_playbook[name].items() if count > 1]
        assert not twice, f"seed {SEED}: {name} has run more than once for {twice[:3]}"
        if len(found) < 10_000:
            missed = set(wanted) - set(by_playbook[name])
            assert not missed, f"seed {SEED}: {name} has not run for {len(missed)}, {list(missed)[:3]}"
    assert not instances(raw, playbook_name="no alerts")
    return rows
