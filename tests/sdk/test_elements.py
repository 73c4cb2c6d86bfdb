"""What runs: each element of the first set, in both forms, with what the topology shows of it."""

import json
import time

import pytest

from sdk import flows
from sdk.alerts import ALERT, more_alerts
from sdk.clients import access_key_api, nodes, output
from sdk.flows import Flow
from sdk.refusal import TASKFLOW, refused
from sdk.server import Server


def path(instance) -> list[str]:
    """The nodes in the order in which they were reached, as often as they were."""
    return [row.action_id for row in instance.topology.audit_logs]


@pytest.mark.parametrize("form", ["XML", "JSON"])
def test_data_flows_through_scripts_and_functions(api, form):
    flow = Flow().start()
    flow.script("severity", "data_object.alert.severity", output={"severity": "output", "twice": "${output * 2}"})
    flow.javascript("line", "vars.count = twice + 1; `${data_object.src_ip}:${vars.severity}`")
    flow.utility("hash", "hash", sourceString="${nodes.line.output} ${count}", algorithm="sha256")
    flow.end().chain("start", "severity", "line", "hash", "end")
    done = api.run(flow, ALERT, form)
    severity = ALERT["alert"]["severity"]
    assert output(done, "severity") == severity
    assert output(done, "line") == f"{ALERT['src_ip']}:{severity}"
    seen = json.loads(nodes(done)["hash"].input)
    assert seen["sourceString"] == f"{ALERT['src_ip']}:{severity} {severity * 2 + 1}"
    assert path(done) == ["start", "severity", "line", "hash", "end"]
    assert (done.trigger_type, done.retry_count, done.dataclass.name) == ("MANUAL", 0, "Alert")
    for row in done.topology.audit_logs:
        assert (row.instance_type, row.status, row.succeed, row.error_msg) == ("TASK", "FINISHED", True, "")
        assert row.parent_instance_id == done.id and done.start_time <= row.start_time <= row.end_time <= done.end_time


@pytest.mark.parametrize("form", ["XML", "JSON"])
@pytest.mark.parametrize("score, expected", [(95, "block"), (60, "watch"), (10, "ignore")])
def test_an_exclusive_gateway_takes_the_first_flow_that_holds(by_key, form, score, expected):
    flow = Flow().start().gateway("exclusive", "which", "ignore")
    for id in ("block", "watch", "ignore"):
        flow.script(id, f"'{id}'")
    flow.end().edge("start", "which").edge("which", "block", "data_object.score > 90")
    flow.edge("which", "watch", "${data_object.score > 50}").edge("which", "ignore")
    for id in ("block", "watch", "ignore"):
        flow.edge(id, "end")
    done = by_key.run(flow, {"score": score}, form)
    assert path(done) == ["start", "which", expected, "end"]


def test_a_gateway_without_a_flow_to_take_faults(by_key):
    flow = Flow().start().gateway("exclusive", "which").end().script("a", "1")
    flow.edge("start", "which").edge("which", "end", "data_object.x == 1").edge("which", "a", "data_object.x == 2")
    flow.edge("a", "end")
    failed = by_key.run(flow, {"x": 3}, expect="FAILED")
    row = nodes(failed)["which"]
    assert (row.status, row.succeed) == ("FAILED", False) and row.error_msg
    assert failed.end_time == ""


def test_a_parallel_gateway_waits_for_all(by_key):
    flow = Flow().start().gateway("parallel", "split").gateway("parallel", "join").end()
    for id in ("a", "b", "c"):
        flow.script(id, f"'{id}'").chain("split", id, "join")
    flow.script("sum", "nodes.a.output + nodes.b.output + nodes.c.output")
    flow.edge("start", "split").chain("join", "sum", "end")
    done = by_key.run(flow)
    assert output(done, "sum") == "abc"
    assert path(done).count("join") == 1 and path(done).count("sum") == 1


@pytest.mark.parametrize("taken", ["", "a", "b", "c", "ab", "bc", "abc"])
def test_an_inclusive_gateway_takes_and_joins_what_holds(by_key, taken):
    flow = Flow().start().gateway("inclusive", "split", "none").gateway("inclusive", "join").end()
    for id in ("a", "b", "c"):
        flow.script(id, "1").edge("split", id, f"data_object.taken.contains('{id}')").edge(id, "join")
    flow.script("none", "1").chain("split", "none", "join", "end").edge("start", "split")
    done = by_key.run(flow, {"taken": taken})
    reached = path(done)
    assert set(reached) & {"a", "b", "c", "none"} == (set(taken) or {"none"})
    assert reached.count("join") == 1, reached


def test_an_inclusive_join_waits_for_a_person_on_the_way(by_key):
    """It fires only when nothing else in the scope can reach it any more."""
    flow = Flow().start().gateway("inclusive", "split").gateway("inclusive", "join").end()
    flow.script("quick", "1").user("slow").script("then", "2")
    flow.edge("start", "split").edge("split", "quick", "true").edge("split", "slow", "true")
    flow.edge("quick", "join").chain("slow", "then", "join").edge("join", "end")
    instance = by_key.start(by_key.publish(flow).id)
    task = by_key.task(instance)
    assert "join" not in [row.action_id for row in by_key.show(instance).topology.audit_logs if row.end_time]
    by_key.answer(task.id)
    done = by_key.wait(instance)
    assert done.status == "FINISHED" and path(done).count("end") == 1


def test_conditions_may_stand_on_the_flows_of_a_task(by_key):
    flow = Flow().start().script("rate", "data_object.n").script("high", "1").script("low", "2").end().end("end2")
    flow.edge("start", "rate").edge("rate", "high", "data_object.n > 5").edge("rate", "low", "data_object.n <= 5")
    flow.edge("high", "end").edge("low", "end2")
    assert path(by_key.run(flow, {"n": 7})) == ["start", "rate", "high", "end"]


def test_a_timer_waits(by_key):
    flow = Flow().start().timer("pause", "PT1S").script("after", "'woken'").end()
    instance = by_key.start(by_key.publish(flow.chain("start", "pause", "after", "end")).id)
    assert by_key.show_aop_workflow_instance(instance_id=instance).status == "RUNNING"
    done = by_key.wait(instance)
    assert output(done, "after") == "woken"
    assert nodes(done)["pause"].end_time > nodes(done)["pause"].start_time


def test_a_timer_that_falls_due_while_the_server_is_down_fires_once():
    with Server() as server:
        api = access_key_api(server)
        flow = Flow().start().timer("pause", "PT1S").script("after", "'woken'").end()
        workflow = api.publish(flow.chain("start", "pause", "after", "end"))
        instances = [api.start(workflow.id) for _ in range(5)]
        server.kill()
        time.sleep(1.5)
        server.start()
        for instance in instances:
            done = api.wait(instance)
            assert done.status == "FINISHED" and path(done) == ["start", "pause", "after", "end"]


def test_a_sub_process_has_a_scope_of_its_own(by_key):
    inner = Flow().start("in").script("inside", "data_object.n + 1").end("out").chain("in", "inside", "out")
    flow = Flow().start().sub("part", inner).script("after", "nodes.inside.output * 10").end()
    done = by_key.run(flow.chain("start", "part", "after", "end"), {"n": 4})
    assert output(done, "after") == 50
    assert set(path(done)) == {"start", "part", "in", "inside", "out", "after", "end"}


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_call_activity_runs_another_workflow(by_key, by):
    child = by_key.publish(flows.straight(("double", "data_object.n * 2 + offset")))
    flow = Flow().start()
    flow.call("call", getattr(child, by), data_object={"n": "${data_object.n + 1}"}, input={"offset": 100},
              output={"result": "${output}"})  # fmt: skip
    flow.script("after", "string(result)").end().chain("start", "call", "after", "end")
    done = by_key.run(flow, {"n": 4})
    assert nodes(done)["call"].succeed
    children = by_key.list_aop_workflow_instance(workflow_id=child.id).instances
    assert [row.status for row in children] == ["FINISHED"]
    shown = by_key.show(children[0].id)
    assert output(shown, "double") == 110
    assert shown.workflow.id == child.id


def test_a_pause_in_a_called_workflow_holds_the_caller(by_key):
    child = by_key.publish(flows.asking())
    flow = Flow().start().call("call", child.id).end().chain("start", "call", "end")
    instance = by_key.start(by_key.publish(flow).id)
    called = by_key.list_aop_workflow_instance(workflow_id=child.id).instances[0]
    assert by_key.show_aop_workflow_instance(instance_id=instance).status == "RUNNING"
    by_key.answer(by_key.task(called.id).id)
    assert by_key.wait(instance).status == "FINISHED"
    assert by_key.wait(called.id).status == "FINISHED"


def failing(code="Broken"):
    """A sub-process that ends in an error."""
    return Flow().start("in").end("err", "error", code).chain("in", "err")


@pytest.mark.parametrize("catches, caught", [("Broken", True), (None, True), ("Other", False)])
def test_an_error_boundary_event_catches_by_code(by_key, catches, caught):
    flow = Flow().start().sub("part", failing()).boundary("catch", "part", catches).script("mend", "'mended'")
    flow.end().end("end2").chain("start", "part", "end").chain("catch", "mend", "end2")
    done = by_key.run(flow, expect="FINISHED" if caught else "FAILED")
    if caught:
        assert output(done, "mend") == "mended"
        assert not nodes(done)["part"].succeed and "end" not in path(done)
    else:
        assert "Broken" in nodes(done)["err"].error_msg


def test_a_boundary_event_catches_the_fault_of_a_task(by_key):
    flow = Flow().start().script("divide", "1 / data_object.n").boundary("catch", "divide")
    flow.script("mend", "'by zero'").end().end("end2").chain("start", "divide", "end").chain("catch", "mend", "end2")
    assert output(by_key.run(flow, {"n": 0}), "mend") == "by zero"
    assert path(by_key.run(flow, {"n": 2})) == ["start", "divide", "end"]


def test_an_error_that_nobody_catches_is_a_fault_of_the_called_node(by_key):
    child = by_key.publish(Flow().start().end("err", "error", "Child.Broken").chain("start", "err"))
    flow = Flow().start().call("call", child.id).boundary("catch", "call", "Child.Broken").script("mend", "'caught'")
    flow.end().end("end2").chain("start", "call", "end").chain("catch", "mend", "end2")
    assert output(by_key.run(flow), "mend") == "caught"


def test_a_terminate_end_event_ends_everything(by_key):
    flow = Flow().start().gateway("parallel", "split").user("never").timer("late", "PT1H").script("quick", "1")
    flow.end("stop", "terminate").end("end1").end("end2")
    flow.edge("start", "split").chain("split", "never", "end1").chain("split", "late", "end2").chain(
        "split", "quick", "stop"
    )
    done = by_key.run(flow)
    assert done.status == "FINISHED" and done.end_time
    assert by_key.tasks(done.id) == [], "its to-do is gone"
    assert not nodes(done)["never"].succeed


def test_a_loop_runs_until_its_condition(by_key):
    flow = Flow().start().script("count", "coalesce(vars.n, 0) + 1", output={"n": "output"})
    flow.gateway("exclusive", "enough", "count").end()
    flow.chain("start", "count", "enough").edge("enough", "end", "n >= 5").edge("enough", "count")
    done = by_key.run(flow)
    assert path(done).count("count") == 5 and output(done, "count") == 5


def test_a_loop_without_end_faults_at_its_limit(by_key):
    flow = Flow().start().script("spin", "1").gateway("exclusive", "again", "spin").end()
    flow.chain("start", "spin", "again").edge("again", "end", "false").edge("again", "spin")
    failed = by_key.run(flow, expect="FAILED")
    faults = [row.error_msg for row in failed.topology.audit_logs if row.status == "FAILED"]
    assert len(faults) == 1 and faults[0].startswith("Limit."), faults
    assert by_key.list_workflows().success


def test_many_alerts_run(by_key):
    """Every real alert at hand goes the way that its severity says."""
    workflow = by_key.publish(flows.triage())
    for alert in more_alerts() or [ALERT]:
        instance = by_key.start(workflow.id, alert)
        if alert["alert"]["severity"] <= 2:
            by_key.answer(by_key.task(instance).id, handle_parameters={"reason": "seen"})
        done = by_key.wait(instance)
        assert done.status == "FINISHED"
        assert output(done, "note") == alert["src_ip"] + " seen"


@pytest.mark.parametrize(
    "value",
    [1.10, 12345678901234567890, -0.0, 1e308, 2**53 + 1, "a\0b", "🚒", "", None, True, [[]], {"": {"ä": [None]}}],
    ids=repr,
)
def test_data_comes_back_as_it_was_sent(by_key, raw, value):
    flow = flows.straight(("echo", "data_object.value"))
    workflow = by_key.publish(flow)
    body = json.dumps({
        "command_type": "ActionInstanceRunCommand",
        "action_type": "workflow",
        "playbook_context": {"data_object": {"content": {"value": value}, "dataclass": {"name": "Alert"}}},
    })  # fmt: skip
    answer = raw.post(
        f"/soc/workflows/{workflow.id}/instances", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    done = by_key.wait(answer.json()["action_instance_id"])
    assert output(done, "echo") == value
    if value is not None:
        assert nodes(done)["echo"].output == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("where", ["error of a script", "description of a task", "parameter of a function"])
def test_u_0000_in_a_text_of_a_run_harms_nothing(by_key, where):
    """PostgreSQL cannot hold it, so records show a replacement; the run goes its way."""
    text = "a\0b"
    flow = Flow().start()
    if where == "error of a script":
        flow.javascript("node", "throw new Error(data_object.text)")
    elif where == "description of a task":
        flow.user("node", description="${data_object.text}", handlers=[text])
    else:
        flow.service("node", "SecMasterUtilities", "stringTrim", {"sourceString": "${data_object.text}"})
    flow.end().chain("start", "node", "end")
    instance = by_key.start(by_key.publish(flow, form="JSON").id, {"text": text, "id": text})
    shown = by_key.show(instance)
    assert "node" in nodes(shown)
    if where == "description of a task":
        assert shown.status == "RUNNING"
        by_key.command(instance, "Terminate")
    assert by_key.wait(instance).status in ("FINISHED", "FAILED", "TERMINATED")


@pytest.mark.parametrize("where", ["id of a node", "name of a node", "code of an error", "expression"])
def test_u_0000_in_a_definition_is_refused_on_save(by_key, where):
    text = "a\0b"
    flow = Flow().start()
    if where == "id of a node":
        flow.add("task", text)
    elif where == "name of a node":
        flow.add("task", "node", name=text)
    elif where == "code of an error":
        flow.sub("node", Flow().start("in").end("err", "error", text).chain("in", "err"))
    else:
        flow.script("node", text)
    workflow = by_key.create_workflow()
    with refused(TASKFLOW, "U+0000"):
        by_key.create_version(workflow.id, flow, form="JSON")
    assert by_key.list_aop_workflow_versions(workflow_id=workflow.id).total == 0
