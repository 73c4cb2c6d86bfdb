"""SIGKILL at random moments under load: what was acknowledged is kept, and happens exactly once.

`MUSTER_KILLS` says how often (5 by default), `MUSTER_SEED` repeats the moments of another run.
"""

import json
import os
import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from sdk.clients import Raw, access_key_api, log_in
from sdk.flows import Flow
from sdk.refusal import TASK_CLOSED
from sdk.server import Server, binary
from sdk.sink import Sink

KILLS = int(os.environ.get("MUSTER_KILLS", "5"))
SEED = int(os.environ.get("MUSTER_SEED", str(time.time_ns() % 1_000_000)))
STARTERS = 6
ANSWERERS = 2
# How long everything may take to come to its end once nothing is killed any more.
DRAIN = 180


def pure() -> Flow:
    flow = Flow().start().script("twice", "data_object.n * 2").gateway("exclusive", "even", "js")
    flow.javascript("js", "data_object.n + ':' + nodes.twice.output").utility(
        "hash", "hash", sourceString="${nodes.js.output}"
    )
    flow.end().chain("start", "twice", "even", "js", "hash", "end")
    return flow.script("never", "1").edge("even", "never", "nodes.twice.output % 2 == 1").edge("never", "end")


def answered() -> Flow:
    flow = (
        Flow()
        .start()
        .user("ask", view_parameters={"n": "${data_object.n}"}, handle_parameters=[{"key": "token", "required": True}])
    )
    return flow.script("last", "[data_object.n, nodes.ask.output.token]").end().chain("start", "ask", "last", "end")


def effect(sink: Sink) -> Flow:
    input = {"method": "POST", "url": sink.url, "body": {"n": "${data_object.n}"}}
    flow = Flow().start().service("first", "HTTP", "request", input).service("second", "HTTP", "request", input)
    flow.script("last", "nodes.second.output.status").end()
    return flow.chain("start", "first", "second", "last", "end")


def timer() -> Flow:
    flow = Flow().start().timer("pause", "PT0.3S").script("last", "data_object.n + 1").end()
    return flow.chain("start", "pause", "last", "end")


def caller(child_id: str, sink: Sink) -> Flow:
    """A called workflow with a timer beside an effect, joined."""
    flow = Flow().start().gateway("parallel", "split").gateway("parallel", "join").call("call", child_id)
    flow.service("first", "HTTP", "request", {"url": sink.url})
    flow.script("last", "nodes.call.output").end().edge("start", "split").chain("split", "call", "join")
    return flow.chain("split", "first", "join", "last", "end")


class Load:
    """Starts, answers and creates until it is told to stop; keeps what was acknowledged."""

    def __init__(self, server, token, workflows, dataclass_id):
        self.server, self.token, self.workflows, self.dataclass_id = server, token, workflows, dataclass_id
        self.started: dict[str, tuple[str, int]] = {}
        self.answers: dict[str, str] = {}
        self.tried: dict[str, set] = {}
        self.created: dict[str, str] = {}
        self.unknown = 0
        self.unexpected: list[str] = []
        self.starting, self.answering = threading.Event(), threading.Event()
        self.starting.set()
        self.answering.set()
        self._numbers = iter(range(10**9))
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._start, args=(seed,)) for seed in range(STARTERS)]
        self.threads += [threading.Thread(target=self._answer, args=(seed,)) for seed in range(ANSWERERS)]
        self.threads.append(threading.Thread(target=self._create))
        for thread in self.threads:
            thread.start()

    def _raw(self) -> Raw:
        return Raw(self.server, self.token)

    def _call(self, call):
        """The answer, or None when nobody knows what became of the request."""
        try:
            answer = call()
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            with self._lock:
                self.unknown += 1
            time.sleep(0.05)
            return None
        if answer.status_code == 503:
            time.sleep(0.05)
            return None
        return answer

    def _start(self, seed):
        raw, choose = self._raw(), random.Random(SEED * 1000 + seed)
        while self.starting.is_set():
            with self._lock:
                n = next(self._numbers)
            kind = choose.choice(list(self.workflows))
            content = {"id": f"{kind}-{n}", "n": n}
            body = {
                "command_type": "ActionInstanceRunCommand",
                "action_type": "workflow",
                "playbook_context": {"data_object": {"content": content, "dataclass": {"name": "Alert"}}},
            }
            answer = self._call(
                lambda: raw.post(f"/soc/workflows/{self.workflows[kind]}/instances", json=body, timeout=30)
            )
            if answer is None:
                continue
            if answer.status_code == 200:
                self.started[answer.json()["action_instance_id"]] = (kind, n)
            else:
                self.unexpected.append(f"start: {answer.status_code} {answer.text}")
            time.sleep(choose.random() * 0.02)

    def _answer(self, seed):
        raw, number = self._raw(), 0
        while self.answering.is_set():
            query = {"limit": 50, "business_type": "WORKFLOWNODEAPPROVE", "sort_dir": "ASC"}
            listed = self._call(lambda: raw.get("/soc/tasks", params=query, timeout=30))
            if listed is None:
                continue
            if listed.status_code != 200:
                self.unexpected.append(f"list: {listed.status_code} {listed.text}")
                continue
            rows = listed.json()["data"]
            for row in rows[seed::ANSWERERS]:
                number += 1
                token = f"{seed}.{number}"
                self.tried.setdefault(row["id"], set()).add(token)
                body = {"action": "CONTINUE", "handle_parameters": {"token": token}}
                answer = self._call(lambda: raw.put(f"/soc/tasks/{row['id']}", json=body, timeout=30))
                if answer is None:
                    break
                if answer.status_code == 200:
                    if row["id"] in self.answers:
                        self.unexpected.append(f"the to-do {row['id']} was answered twice")
                    self.answers[row["id"]] = token
                elif answer.json()["code"] != TASK_CLOSED:
                    self.unexpected.append(f"answer: {answer.status_code} {answer.text}")
            if not rows:
                time.sleep(0.05)

    def _create(self):
        raw, number = self._raw(), 0
        while self.starting.is_set():
            number += 1
            name = f"created {number}"
            body = {
                "name": name,
                "engine_type": "public_engine",
                "aop_type": "NORMAL",
                "dataclass_id": self.dataclass_id,
            }
            answer = self._call(lambda: raw.post("/soc/workflows", json=body, timeout=30))
            if answer is None:
                continue
            if answer.status_code == 200:
                self.created[answer.json()["data"]["id"]] = name
            else:
                self.unexpected.append(f"create: {answer.status_code} {answer.text}")
            time.sleep(0.1)

    def stop_starting(self):
        self.starting.clear()

    def stop(self):
        self.starting.clear()
        self.answering.clear()
        for thread in self.threads:
            thread.join(120)


def every(raw, path, key, **filters) -> list[dict]:
    """Every row of a list. The window has 10 000 rows, so it is read from both ends."""
    found = {}
    limit = 1000 if key == "instances" else 100
    for direction in ("ASC", "DESC"):
        for offset in range(0, 10_000, limit):
            answer = raw.get(path, params={"offset": offset, "limit": limit, "sort_dir": direction, **filters})
            assert answer.status_code == 200, answer.text
            rows = answer.json()[key]
            found |= {row["id"]: row for row in rows}
            if len(rows) < limit:
                return list(found.values())
    return list(found.values())


@pytest.fixture
def sink():
    listener = Sink()
    # Long enough for kills to fall between sending and hearing back.
    listener.usual.after = 0.01
    yield listener
    listener.close()


def test_what_was_acknowledged_survives_every_kill(sink, capsys):
    began = time.monotonic()
    moments = random.Random(SEED)
    with Server("--egress-allow", "127.0.0.1") as server:
        api = access_key_api(server)
        child = api.publish(timer(), "child")
        definitions = {
            "pure": pure(), "answered": answered(), "effect": effect(sink), "timer": timer(),
            "caller": caller(child.id, sink),
        }  # fmt: skip
        workflows = {kind: api.publish(flow, kind).id for kind, flow in definitions.items()}
        token = log_in(server)
        load = Load(server, token, workflows, api.dataclass().id)
        restarts = []
        try:
            for _ in range(KILLS):
                time.sleep(moments.uniform(0.05, 1.2))
                server.kill()
                while moments.random() < 0.15:
                    # Also while it starts, migrates, claims what is left.
                    server.start(wait=False)
                    time.sleep(moments.uniform(0, 0.5))
                    server.kill()
                at = time.monotonic()
                server.start()
                restarts.append(time.monotonic() - at)
            load.stop_starting()
            raw = Raw(server, token)
            drained = api.wait_for(lambda: unfinished(raw) == 0, DRAIN)
            left = every(raw, "/soc/workflows/instances", "instances", status="RUNNING") if not drained else []
            assert not left, f"seed {SEED}: still running: {left[:3]}"
        finally:
            load.stop()
        assert not load.unexpected, f"seed {SEED}: {load.unexpected[:5]}"
        rows = check_runs(server, raw, load, workflows, child.id)
        repeated = check_effects(server, sink, rows, workflows)
        check_tasks(raw, load, rows, workflows)
        for id, name in load.created.items():
            assert api.show_aop_workflow(workflow_id=id).data.name == name
        check_audit(server)
        server.kill()
        check_audit(server)
        assert not orphans(), "script hosts outlive their server"
        server.start()
        assert unfinished(raw) == 0
        kinds = Counter(kind for kind, _ in load.started.values())
        with capsys.disabled():
            print(
                f"\n{KILLS} kills (seed {SEED}) in {time.monotonic() - began:.0f} s: "
                f"{len(load.started)} acknowledged runs {dict(sorted(kinds.items()))}, {len(rows)} in all, "
                f"{len(load.answers)} acknowledged answers, {len(load.created)} acknowledged workflows, "
                f"{load.unknown} requests of unknown outcome, {len(set(sink.keys()))} effects, "
                f"{repeated} of them sent more than once, start to first answer "
                f"{sorted(restarts)[len(restarts) // 2]:.2f} s (median), {max(restarts):.2f} s (slowest)"
            )


def unfinished(raw) -> int:
    total = 0
    for status in ("RUNNING", "RETRYING", "TERMINATING"):
        total += raw.get("/soc/workflows/instances", params={"status": status, "limit": 1}).json()["count"]
    return total


def check_runs(server, raw, load, workflows, child_id) -> dict:
    """Every acknowledged run is there, once, and has ended right; so has what nobody heard back of."""
    rows = {}
    for kind, workflow in workflows.items():
        found = every(raw, "/soc/workflows/instances", "instances", workflow_id=workflow)
        objects = Counter(row["dataobject_id"] for row in found)
        assert all(count == 1 for count in objects.values()), f"{kind}: started twice: {objects.most_common(3)}"
        rows |= {row["id"]: row for row in found}
    lost = {id: what for id, what in load.started.items() if id not in rows}
    assert not lost, f"seed {SEED}: acknowledged and lost: {list(lost.items())[:5]}"
    for id, (kind, n) in load.started.items():
        assert rows[id]["dataobject_id"] == f"{kind}-{n}"
    statuses = Counter(row["status"] for row in rows.values())
    if set(statuses) != {"FINISHED"}:
        bad = [show(raw, row["id"]) for row in rows.values() if row["status"] != "FINISHED"][:2]
        raise AssertionError(f"seed {SEED}: {statuses}: {json.dumps(bad)[:3000]}")
    children = every(raw, "/soc/workflows/instances", "instances", workflow_id=child_id)
    callers = [row for row in rows.values() if row["workflow"]["id"] == workflows["caller"]]
    assert len(children) == len(callers) and {row["status"] for row in children} <= {"FINISHED"}

    by_id = {workflow: kind for kind, workflow in workflows.items()}
    local = threading.local()

    def check(id):
        if not hasattr(local, "raw"):
            local.raw = Raw(server, load.token)
        shown = show(local.raw, id)
        check_topology(shown, by_id[shown["workflow"]["id"]])
        rows[id] = shown

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(check, list(rows)))
    return rows


def show(raw, id) -> dict:
    return raw.get(f"/soc/workflows/instances/{id}", params={"show_topology": "true"}).json()


NODES = {
    "pure": ["start", "twice", "even", "js", "hash", "end"],
    "answered": ["start", "ask", "last", "end"],
    "effect": ["start", "first", "second", "last", "end"],
    "timer": ["start", "pause", "last", "end"],
    "caller": ["start", "split", "call", "first", "join", "last", "end"],
}


def check_topology(shown, kind):
    """Each node has run once and given what it has to."""
    nodes = shown["topology"]["audit_logs"]
    reached = Counter(row["action_id"] for row in nodes)
    assert reached == Counter(NODES[kind]), f"seed {SEED}: {kind} {shown['id']}: {reached}"
    assert all(row["succeed"] for row in nodes), shown
    n = int(shown["dataobject_id"].rsplit("-", 1)[1])
    outputs = {row["action_id"]: json.loads(row["output"]) for row in nodes if row["output"]}
    if kind == "pure":
        assert outputs["js"] == f"{n}:{n * 2}" and len(outputs["hash"]["result"]) == 64
    elif kind == "timer":
        assert outputs["last"] == n + 1
    elif kind == "effect":
        assert outputs["last"] == 200
    elif kind == "answered":
        assert outputs["last"] == [n, outputs["ask"]["token"]]


def check_effects(server, sink, rows, workflows) -> int:
    """A key that was seen belongs to one node that has ended; a node has one key."""
    seen = Counter(sink.keys())
    assert "" not in seen
    roots = Counter(key.rsplit("-", 2)[0] for key in seen)
    unknown = set(roots) - set(rows)
    assert not unknown, f"seed {SEED}: effects of runs that were never committed: {list(unknown)[:3]}"
    for id, row in rows.items():
        effects = {workflows["effect"]: 2, workflows["caller"]: 1}.get(row["workflow"]["id"], 0)
        assert roots[id] == effects, f"seed {SEED}: {id} has {roots[id]} keys, not {effects}"
    return sum(count > 1 for count in seen.values())


def check_tasks(raw, load, rows, workflows):
    """One to-do for each run that asks, closed, with the answer that was acknowledged."""
    waiting = every(raw, "/soc/tasks", "data", business_type="WORKFLOWNODEAPPROVE")
    assert waiting == [], f"seed {SEED}: left: {waiting[:3]}"
    tasks = every(raw, "/soc/tasks", "data", business_type="WORKFLOWNODEAPPROVE", query_type="all_handled")
    per_run = Counter(task["action_instance_id"] for task in tasks)
    asking = [id for id, row in rows.items() if row["workflow"]["id"] == workflows["answered"]]
    if len(asking) < 20_000:
        assert per_run == Counter(asking), f"seed {SEED}: to-dos lost or doubled"
    for task in tasks:
        token = json.loads(task["handle_parameters"])["token"]
        run = rows[task["action_instance_id"]]
        (output,) = [row["output"] for row in run["topology"]["audit_logs"] if row["action_id"] == "ask"]
        assert json.loads(output)["token"] == token
        assert token in load.tried[task["id"]]
        assert load.answers.get(task["id"], token) == token, f"seed {SEED}: an acknowledged answer was replaced"
    assert set(load.answers) <= {task["id"] for task in tasks}


def check_audit(server):
    """Lanes and anchors hold, and so does every head that the server has ever logged."""
    heads = re.findall(r"audit\.head=([0-9a-f]{64})", server.log())
    assert heads
    chosen = {heads[0], heads[len(heads) // 2], heads[-1]}
    for head in chosen:
        verified = server.command("audit", "verify", *server.storage, "--expect", head)
        assert verified.returncode == 0, verified.stdout + verified.stderr
    forged = server.command("audit", "verify", *server.storage, "--expect", "0" * 64)
    assert forged.returncode != 0, "a head that never was is not found"


def orphans() -> list[int]:
    """Script hosts of this binary whose server is gone. They are given a moment to notice."""
    for _ in range(50):
        found = []
        for process in Path("/proc").iterdir():
            try:
                if not process.name.isdigit() or (process / "exe").resolve() != binary():
                    continue
                if b"script-host" not in (process / "cmdline").read_bytes():
                    continue
                parent = re.search(r"PPid:\s+(\d+)", (process / "status").read_text())[1]
                if b"serve" not in Path(f"/proc/{parent}/cmdline").read_bytes():
                    found.append(int(process.name))
            except OSError:
                continue
        if not found:
            return []
        time.sleep(0.1)
    return found


def test_a_graceful_stop_loses_nothing_either(sink):
    """SIGTERM under load: open requests are answered, and the next start goes on."""
    with Server("--egress-allow", "127.0.0.1") as server:
        api = access_key_api(server)
        workflow = api.publish(effect(sink)).id
        token = log_in(server)
        load = Load(server, token, {"effect": workflow, "pure": api.publish(pure()).id}, api.dataclass().id)
        for _ in range(3):
            time.sleep(0.5)
            assert server.terminate() == 0
            server.start()
        load.stop()
        raw = Raw(server, token)
        assert api.wait_for(lambda: unfinished(raw) == 0, DRAIN)
        assert not load.unexpected, load.unexpected[:5]
        for id in load.started:
            assert api.show_aop_workflow_instance(instance_id=id).status == "FINISHED"
        assert len(set(sink.keys())) == len(sink.keys()), "nothing is sent twice after an orderly stop"
