"""More of BPMN on a real server, durably: loops, events on borders, event sub-processes, compensation, decisions."""

import pytest

from sdk.clients import nodes, output
from sdk.flows import Element, Flow
from sdk.refusal import VERSION_ERRORS, refused
from sdk.test_elements import path


def timer(time: str) -> Element:
    return Element("bpmn:timerEventDefinition", children=[Element("bpmn:timeDuration", text=time)])


def multi(**attributes) -> Element:
    settings = {f"soar:{key}": value for key, value in attributes.items()}
    return Element("bpmn:multiInstanceLoopCharacteristics", settings)


@pytest.mark.parametrize("form", ["XML", "JSON"])
def test_a_list_is_gone_through_and_its_results_are_collected(by_key, form):
    loop = multi(collection="data_object.addresses", element="address", output_collection="seen", concurrency="2")
    code = Element("bpmn:script", text="address + ' ' + string(loop.index)")
    flow = Flow().start().add("scriptTask", "look", [loop, code], scriptFormat="cel").script("all", "seen").end()
    done = by_key.run(flow.chain("start", "look", "all", "end"), {"addresses": ["a", "b", "c"]}, form)
    assert output(done, "all") == ["a 0", "b 1", "c 2"]
    # The loop and each of its three iterations are on record.
    assert path(done).count("look") == 4


def test_people_are_asked_one_for_each_item_and_a_quorum_is_enough(by_key):
    condition = Element("bpmn:completionCondition", text="numberOfCompletedInstances == 2")
    loop = multi(collection="[1, 2, 3]")
    loop.children.append(condition)
    flow = Flow().start().add("userTask", "vote", [loop]).end().chain("start", "vote", "end")
    instance = by_key.start(by_key.publish(flow).id)
    votes = by_key.wait_for(lambda: by_key.tasks(instance))
    assert len(votes) == 3
    for vote in votes[:2]:
        by_key.answer(vote.id)
    done = by_key.wait(instance)
    assert done.status == "FINISHED"
    # The loop and two of its iterations have succeeded; the third was ended.
    succeeded = sorted(row.succeed for row in done.topology.audit_logs if row.action_id == "vote")
    assert succeeded == [False, True, True, True]


def test_a_timer_on_the_border_ends_what_takes_too_long(by_key):
    flow = Flow().start().user("ask").add("boundaryEvent", "late", [timer("PT1S")], attachedToRef="ask")
    flow.script("give_up", "'nobody answered'").end().end("end2")
    flow.chain("start", "ask", "end").chain("late", "give_up", "end2")
    done = by_key.wait(by_key.start(by_key.publish(flow).id))
    assert output(done, "give_up") == "nobody answered"
    assert not nodes(done)["ask"].succeed


def test_an_event_sub_process_handles_an_error_and_undoes_what_was_done(by_key):
    started = Element("bpmn:startEvent", {"id": "caught"}, [Element("bpmn:errorEventDefinition")])
    undo = Element("bpmn:intermediateThrowEvent", {"id": "undo"}, [Element("bpmn:compensateEventDefinition")])
    inner = Flow()
    inner.elements += [started, undo]
    inner.end("handled").chain("caught", "undo", "handled")
    flow = Flow().start().script("block", "'blocked'")
    border = [Element("bpmn:compensateEventDefinition")]
    flow.add("boundaryEvent", "if_undone", border, attachedToRef="block")
    code = Element("bpmn:script", text="'unblocked'")
    flow.add("scriptTask", "unblock", [code], scriptFormat="cel", isForCompensation="true")
    flow.add("association", "link", sourceRef="if_undone", targetRef="unblock")
    flow.end(kind="error", code="boom").sub("handler", inner)
    flow.elements[-1].attributes["triggeredByEvent"] = "true"
    done = by_key.run(flow.chain("start", "block", "end"))
    assert output(done, "unblock") == "unblocked"
    assert path(done).index("unblock") > path(done).index("caught")


def test_a_table_in_the_document_decides(by_key):
    table = """<d:definitions xmlns:d="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
        <d:decision id="response" name="Response"><d:decisionTable id="t" hitPolicy="FIRST"><d:input id="i">
        <d:inputExpression><d:text>data_object.score</d:text></d:inputExpression></d:input><d:output id="o"/>
        <d:rule id="r1"><d:inputEntry><d:text>&gt;= 80</d:text></d:inputEntry><d:outputEntry>
        <d:text>"isolate"</d:text></d:outputEntry></d:rule><d:rule id="r2"><d:inputEntry><d:text>-</d:text></d:inputEntry>
        <d:outputEntry><d:text>"watch"</d:text></d:outputEntry></d:rule></d:decisionTable></d:decision></d:definitions>"""
    flow = Flow().start().add("businessRuleTask", "decide").end().chain("start", "decide", "end")

    class WithTable(Flow):
        def xml(self):
            opening = f"<bpmn:extensionElements>{table}</bpmn:extensionElements><bpmn:process"
            return super().xml().replace("<bpmn:process", opening, 1)

    flow.__class__ = WithTable
    for score, expected in [(95, "isolate"), (10, "watch")]:
        assert output(by_key.run(flow, {"score": score}), "decide") == expected


def test_messages_are_refused_as_long_as_nobody_carries_them(by_key):
    flow = Flow().start().add("receiveTask", "wait", messageRef="m").end().chain("start", "wait", "end")
    flow.roots.append(Element("bpmn:message", {"id": "m", "name": "evidence"}))
    with refused(VERSION_ERRORS, "wait", "not delivered yet"):
        by_key.publish(flow)
