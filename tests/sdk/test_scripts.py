"""JavaScript: what it can do, and that a script which never ends, or eats memory, harms nobody else."""

import threading
import time

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from sdk import flows
from sdk.clients import nodes, output
from sdk.flows import Flow

DEADLINE = "PT1S"


def javascript(source, **settings) -> Flow:
    return Flow().start().javascript("js", source, **settings).end().chain("start", "js", "end")


@pytest.mark.parametrize(
    "source, expected",
    [
        ("1 + 1", 2),
        ("data_object.list.map(x => x * 2)", [2, 4, 6]),
        ("({a: {b: data_object.text}})", {"a": {"b": "ü"}}),
        ("const {text} = data_object; text.toUpperCase()", "Ü"),
        ("JSON.parse('{\"a\":1}').a", 1),
        ("/(\\d+)/.exec('abc 42')[1]", "42"),
        ("null", None),
        ("let s = 0; for (const n of data_object.list) s += n; s", 6),
        ("new Date(0).toISOString()", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_javascript_computes(by_key, source, expected):
    done = by_key.run(javascript(source), {"list": [1, 2, 3], "text": "ü"})
    assert output(done, "js") == expected


def test_variables_go_in_and_out(by_key):
    flow = Flow().start().script("set", "5", output={"n": "output"})
    flow.javascript("js", "vars.n = n + 1; vars.made = {deep: [n]}; vars.n * 10")
    flow.script("read", "n + made.deep[0]").end().chain("start", "set", "js", "read", "end")
    done = by_key.run(flow)
    assert output(done, "js") == 60 and output(done, "read") == 11


@pytest.mark.parametrize(
    "source, words",
    [
        ("throw new Error('on purpose')", ["Script.Error", "on purpose"]),
        ("nothing.here", ["Script.Error"]),
        ("require('fs').readFileSync('/etc/passwd')", ["Script.Error"]),
        ("process.exit(0)", ["Script.Error"]),
        ("fetch('http://127.0.0.1')", ["Script.Error"]),
        ("(function f() { return f() + 1 })()", ["Script."]),
    ],
)
def test_a_script_that_fails_is_a_fault(by_key, source, words):
    failed = by_key.run(javascript(source), expect="FAILED")
    for word in words:
        assert word in nodes(failed)["js"].error_msg
    assert "root:" not in nodes(failed)["js"].error_msg


ENDLESS = {
    "its own code": "while (true) {}",
    "a native array function": "const a = new Array(200000000); a.fill(1); a.sort(); for (;;) a.indexOf(2)",
    "a native sort": "const a = []; a.length = 4294967295; a.sort()",
    "a regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b')",
    "text": "let s = 'x'; for (;;) s.padEnd(100000000, 'ab').indexOf('zz')",
    "a promise": "(function again() { return Promise.resolve().then(again) })(); while (true) {}",
}


@pytest.mark.parametrize("where", ENDLESS)
def test_an_endless_script_ends_at_its_deadline_and_others_go_on(by_key, where):
    """Several at once, more than there are processors; meanwhile other runs come and finish."""
    endless = by_key.publish(javascript(ENDLESS[where], timeout=DEADLINE))
    quick = by_key.publish(flows.straight(("one", "1 + 1")))
    stuck = [start_in_background(by_key, endless.id) for _ in range(4)]
    end = time.monotonic() + 1.5
    finished = 0
    while time.monotonic() < end:
        began = time.monotonic()
        assert by_key.wait(by_key.start(quick.id)).status == "FINISHED"
        assert time.monotonic() - began < 10
        finished += 1
    assert finished >= 3
    for thread, result in stuck:
        thread.join(120)
        failed = by_key.wait(result["id"])
        assert failed.status == "FAILED"
        assert nodes(failed)["js"].error_msg.startswith(("Script.Deadline", "Script.Memory")), nodes(failed)["js"]
    assert output(by_key.run(javascript("6 * 7")), "js") == 42, "the hosts are well again"


def start_in_background(api, workflow_id):
    """A start answers after its first turn, which a script may hold up."""
    result = {}
    thread = threading.Thread(target=lambda: result.update(id=api.start(workflow_id)))
    thread.start()
    return thread, result


@pytest.mark.parametrize(
    "source",
    [
        "const a = []; for (;;) a.push(new Array(100000).fill(1))",
        "let s = 'x'; for (;;) s += s",
        "const a = []; for (;;) a.push(new ArrayBuffer(50000000))",
        "'x'.repeat(2 ** 29)",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, {i})",
    ],
)
def test_a_script_that_eats_memory_is_stopped(by_key, source):
    failed = by_key.run(javascript(source, timeout="PT20S"), expect="FAILED")
    assert nodes(failed)["js"].error_msg.startswith("Script."), nodes(failed)["js"].error_msg
    assert output(by_key.run(javascript("6 * 7")), "js") == 42


def test_a_deadline_can_be_caught(by_key):
    flow = javascript("while (true) {}", timeout=DEADLINE).boundary("catch", "js", "Script.Deadline")
    flow.script("mend", "'gave up'").end("end2").chain("catch", "mend", "end2")
    assert output(by_key.run(flow), "mend") == "gave up"


def test_two_runs_share_nothing(by_key):
    workflow = by_key.publish(
        javascript("globalThis.left = (globalThis.left || 0) + 1; Array.prototype.evil = 1; left")
    )
    for _ in range(6):
        assert output(by_key.wait(by_key.start(workflow.id)), "js") == 1


NESTED = "data_object.list.map(a, data_object.list.map(b, data_object.list.map(c, a + b + c))).size()"


@pytest.mark.parametrize(
    "source",
    [
        NESTED,
        "data_object.list.all(a, data_object.list.all(b, data_object.list.all(c, data_object.list.all(d, true))))",
        "range(0, 1000000).map(x, range(0, 1000000)).size()",
        "data_object.text.repeat(1000000).repeat(1000000)",
        "data_object.text.matches('^(a+)+$')",
    ],
)
def test_an_expression_faults_within_its_budget(by_key, source):
    flow = flows.straight(("much", source))
    workflow = by_key.create_workflow()
    version = by_key.create_version(workflow.id, flow)
    try:
        by_key.move(version.id, "pending_approval")
    except ClientRequestException as refusal:
        assert "expression" in refusal.error_msg, "a function that does not exist is found before"
        return
    by_key.review(version.id)
    by_key.enable(workflow.id, version.id)
    began = time.monotonic()
    done = by_key.wait(by_key.start(workflow.id, {"list": list(range(1000)), "text": "a" * 1000 + "b"}))
    assert time.monotonic() - began < 20
    if source == "data_object.text.matches('^(a+)+$')":
        assert output(done, "much") is False, "matching takes linear time"
        return
    assert done.status == "FAILED" and nodes(done)["much"].error_msg.startswith("Expression."), nodes(done)["much"]
