"""Validation: what is found, in which mode, and what it means for a submission; what is refused on save."""

import base64
import json

import pytest
from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.flows import Element, Flow, encode
from sdk.refusal import INVALID, TASKFLOW, TOO_LARGE, VERSION_ERRORS, WORKFLOW_NOT_FOUND, refused

MODES = ("BASIC", "CIRCLE", "APP_PARAMS")


@pytest.fixture(scope="module")
def workflow(by_key):
    return by_key.create_workflow()


def validate(api, workflow, flow, mode, form="XML"):
    content = flow.content(form)
    body = v1.AopworkflowVersionValidateRes(
        mode=mode, taskflow=content["taskflow"], taskconfig=content["taskconfig"], aopworkflow_id=workflow.id
    )
    return api.validate_aop_workflow_version(body=body).data


@pytest.mark.parametrize("form", ["XML", "JSON"])
@pytest.mark.parametrize("mode", MODES)
def test_a_sound_flow_has_no_findings(api, workflow, mode, form):
    for flow in (flows.minimal(), flows.triage(), flows.asking()):
        assert validate(api, workflow, flow, mode, form) == {"result": True, "detail": "", "findings": []}


def without(flow: Flow, id: str) -> Flow:
    flow.elements = [element for element in flow.elements if element.attributes["id"] != id]
    return flow


def with_service(**settings) -> Flow:
    known = {"component": "SecMasterUtilities", "action": "add", "input": {"a": 1, "b": 2}} | settings
    flow = Flow().start().add("serviceTask", "call").end().chain("start", "call", "end")
    flow.node_info["call"] = {key: value for key, value in known.items() if value is not None}
    return flow


# Everything that blocks a submission: the flow, the mode, the rule that finds it, the node that is named.
ERRORS = {
    "duplicate ids": (lambda: flows.minimal().end("start"), "BASIC", "duplicate_id", "start"),
    "dangling reference": (lambda: flows.minimal().edge("start", "nowhere"), "BASIC", "reference", "start_to_nowhere"),
    "no start": (lambda: Flow().script("a", "1").end().chain("a", "end"), "BASIC", "start_event", None),
    "unreachable node": (
        lambda: flows.minimal().script("island", "1").edge("island", "end"),
        "BASIC",
        "unreachable",
        "island",
    ),
    "a certain deadlock": (
        lambda: (
            Flow()
            .start()
            .gateway("exclusive", "split", "a")
            .script("a", "1")
            .script("b", "1")
            .gateway("parallel", "join")
            .end()
            .chain("start", "split")
            .edge("split", "a")
            .edge("split", "b", "true")
            .chain("a", "join")
            .chain("b", "join", "end")
        ),
        "BASIC",
        "deadlock",
        "join",
    ),
    "a cycle without a way out": (
        lambda: (
            Flow()
            .start()
            .script("a", "1")
            .script("b", "1")
            .end()
            .gateway("exclusive", "which", "end")
            .chain("start", "which")
            .edge("which", "end")
            .edge("which", "a", "true")
            .chain("a", "b", "a")
        ),
        "CIRCLE",
        "endless_loop",
        "a",
    ),
    "an element that is not run": (
        lambda: Flow().start().add("choreographyTask", "wait").end().chain("start", "wait", "end"),
        "BASIC",
        "unsupported_element",
        "wait",
    ),
    "an element that is none": (
        lambda: Flow().start().add("teleportTask", "jump").end().chain("start", "jump", "end"),
        "BASIC",
        "unknown_element",
        "jump",
    ),
    "a script that does not compile": (lambda: flows.straight(("a", "1 +")), "APP_PARAMS", "expression", "a"),
    "a condition that does not compile": (
        lambda: Flow().start().gateway("exclusive", "g", "end").end().chain("start", "g").edge("g", "end", "(("),
        "APP_PARAMS",
        "expression",
        "g_to_end",
    ),
    "an unknown component": (lambda: with_service(component="Nothing"), "APP_PARAMS", "unknown_component", "call"),
    "no component": (lambda: with_service(component=None), "APP_PARAMS", "required_setting", "call"),
    "an unknown action": (lambda: with_service(action="nothing"), "APP_PARAMS", "unknown_action", "call"),
    "an unknown connection": (
        lambda: with_service(component="HTTP", action="request", input={"url": "/"}, connection="none"),
        "APP_PARAMS",
        "unknown_connection",
        "call",
    ),
    "a missing parameter": (lambda: with_service(input={"a": 1}), "APP_PARAMS", "parameter", "call"),
    "a parameter of the wrong type": (
        lambda: with_service(input={"a": 1, "b": "two"}),
        "APP_PARAMS",
        "parameter",
        "call",
    ),
    "a retry without end": (lambda: with_service(retry={"max_attempts": 10_000}), "APP_PARAMS", "setting", "call"),
    "a timer that is none": (
        lambda: Flow().start().timer("t", "ten minutes").end().chain("start", "t", "end"),
        "APP_PARAMS",
        "timer",
        "t",
    ),
}


@pytest.mark.parametrize("form", ["XML", "JSON"])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_found_and_blocks_the_submission(by_key, workflow, name, form):
    make, mode, rule, node = ERRORS[name]
    found = validate(by_key, workflow, make(), mode, form)
    errors = {(finding["rule"], finding["node_id"]) for finding in found["findings"] if finding["severity"] == "error"}
    assert found["result"] is False
    assert rule in {rule for rule, _ in errors}, found
    if node is not None:
        assert (rule, node) in errors, found
    assert rule in found["detail"]

    version = by_key.create_version(workflow.id, make(), form)
    with refused(VERSION_ERRORS, rule):
        by_key.move(version.id, "pending_approval")
    assert by_key.show_aop_workflow_version(version_id=version.id).data.status == "pending_submit"
    assert by_key.show_aop_workflow(workflow_id=workflow.id).data.current_approval_version_id == ""
    by_key.delete_aop_workflow_version(version_id=version.id)


def test_all_errors_come_at_once(by_key, workflow):
    flow = with_service(action="nothing").script("island", "1 +").edge("island", "nowhere")
    version = by_key.create_version(workflow.id, flow)
    with refused(VERSION_ERRORS, "unknown_action", "unreachable", "expression", "reference"):
        by_key.move(version.id, "pending_approval")
    by_key.delete_aop_workflow_version(version_id=version.id)


def test_warnings_do_not_block(by_key, workflow):
    flow = (
        Flow().start().script("a", "1").script("b", "2").script("after", "nothing_sets_this").end().script("stray", "3")
    )
    flow.gateway("parallel", "split").chain("start", "split", "a", "after", "end").chain("split", "b", "after")
    flow.edge("split", "stray")
    flow.node_info["ghost"] = {"component": "HTTP"}
    rules = set()
    for mode in MODES:
        found = validate(by_key, workflow, flow, mode)
        assert found["result"] is True
        rules |= {finding["rule"] for finding in found["findings"]}
        assert all(finding["severity"] == "warning" for finding in found["findings"])
    assert {"lack_of_synchronisation", "unknown_name", "unknown_node", "end_event"} <= rules
    version = by_key.create_version(workflow.id, flow)
    assert by_key.move(version.id, "pending_approval").status == "pending_approval"
    by_key.delete_aop_workflow_version(version_id=version.id)


def deep(levels: int) -> Flow:
    inner = flows.minimal()
    for level in range(levels):
        outer = Flow().start(f"s{level}").end(f"e{level}").sub(f"sub{level}", inner)
        inner = outer.chain(f"s{level}", f"sub{level}", f"e{level}")
    return inner


def wide(nodes: int) -> str:
    tasks = "".join(f'<bpmn:task id="t{n}"/>' for n in range(nodes))
    return flows.minimal().xml().replace("</bpmn:process>", tasks + "</bpmn:process>")


def definitions(body: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{head}<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        f'targetNamespace="x">{body}</bpmn:definitions>'
    )


ENTITIES = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
# What is not a definition at all, by what it is: the form and the taskflow.
NOT_BPMN = {
    "not Base64": lambda: ("JSON", "%%%"),
    "cut Base64": lambda: ("JSON", encode(flows.minimal().json())[:-3]),
    "empty": lambda: ("JSON", ""),
    "not UTF-8": lambda: ("XML", encode(b"\xff\xfe\x00<")),
    "not JSON": lambda: ("JSON", encode("{")),
    "JSON of another kind": lambda: ("JSON", encode("[1,2]")),
    "JSON without definitions": lambda: ("JSON", encode('{"elementType":"{}","workflow":{"elements":[]}}')),
    "not XML": lambda: ("XML", encode("start, then end")),
    "unclosed XML": lambda: ("XML", encode(flows.minimal().xml()[:-5])),
    "XML of another kind": lambda: ("XML", encode("<html/>")),
    "another namespace": lambda: ("XML", encode('<definitions xmlns="urn:x"/>')),
    "undeclared prefix": lambda: ("XML", encode("<bpmn:definitions/>")),
    "XML said to be JSON": lambda: ("JSON", encode(flows.minimal().xml())),
    "a DTD": lambda: ("XML", encode(definitions("", '<!DOCTYPE d SYSTEM "file:///etc/passwd">'))),
    "entities": lambda: ("XML", encode(definitions("<bpmn:process id='p'>&b;</bpmn:process>", ENTITIES))),
    "an undeclared entity": lambda: ("XML", encode(definitions("<bpmn:process id='p' name='&x;'/>"))),
    "nesting over 50, XML": lambda: ("XML", encode(deep(60).xml())),
    "nesting over 50, JSON": lambda: ("JSON", encode(deep(60).json())),
    "JSON nested 10 000 times": lambda: ("JSON", encode("[" * 10_000 + "]" * 10_000)),
    "XML nested 100 000 times": lambda: ("XML", encode("<a>" * 100_000 + "</a>" * 100_000)),
    "more than 50 000 nodes": lambda: ("XML", encode(wide(50_001))),
}


@pytest.mark.parametrize("name", NOT_BPMN)
def test_what_is_not_bpmn_is_refused_on_save(by_key, workflow, name):
    form, taskflow = NOT_BPMN[name]()
    fields = {"taskflow": taskflow, "taskflow_type": form}
    before = by_key.list_aop_workflow_versions(workflow_id=workflow.id).total
    with refused(TASKFLOW, "taskflow") as caught:
        by_key.create_version(workflow.id, flows.minimal(), **fields)
    assert "passwd" not in caught.value.error_msg
    assert by_key.list_aop_workflow_versions(workflow_id=workflow.id).total == before
    body = v1.AopworkflowVersionValidateRes(
        mode="BASIC", taskflow=taskflow, taskconfig="{}", aopworkflow_id=workflow.id
    )
    if name != "XML said to be JSON":
        with refused(TASKFLOW, "taskflow"):
            by_key.validate_aop_workflow_version(body=body)
    draft = by_key.create_version(workflow.id, flows.minimal())
    with refused(TASKFLOW, "taskflow"):
        by_key.move(draft.id, **fields)
    by_key.delete_aop_workflow_version(version_id=draft.id)


def test_a_definition_of_10_mb_is_too_large_and_9_mb_are_not(by_key, workflow):
    """In Base64, 10 MB are more than a body may have."""
    padding = "<!--" + "x" * 10_000_000 + "-->"
    with refused(TOO_LARGE, "12582912", status=413):
        by_key.create_version(workflow.id, flows.minimal(), taskflow=encode(definitions(padding)))
    version = by_key.create_version(
        workflow.id, flows.minimal(), taskflow=encode(definitions("<!--" + padding[1_000_000:]))
    )
    by_key.delete_aop_workflow_version(version_id=version.id)


def test_the_depth_of_50_is_accepted(by_key, workflow):
    # Definitions, process and 46 sub-processes with what is in them.
    for form in ("XML", "JSON"):
        version = by_key.create_version(workflow.id, deep(46), form)
        assert by_key.move(version.id, "pending_approval").status == "pending_approval"
        by_key.delete_aop_workflow_version(version_id=version.id)


def test_a_large_definition_is_accepted(by_key, workflow):
    flow = Flow().start().end()
    ids = [f"task{n}" for n in range(3000)]
    for id in ids:
        flow.add("task", id)
    flow.chain("start", *ids, "end")
    assert validate(by_key, workflow, flow, "BASIC", "JSON")["result"] is True


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("(" * 5000 + "1" + ")" * 5000, id="5 000 parentheses"),
        pytest.param("[" * 5000 + "]" * 5000, id="5 000 lists"),
        pytest.param("!" * 5000 + "true", id="5 000 negations"),
        pytest.param("-" * 5000 + "1", id="5 000 signs"),
        pytest.param("1" + "+1" * 50_000, id="50 000 sums"),
        pytest.param("a" + ".b" * 50_000, id="50 000 members"),
        pytest.param("true?" * 5000 + "1" + ":2" * 5000, id="5 000 conditions"),
        pytest.param("'" + "x" * 2_000_000 + "'", id="2 MB of text"),
        pytest.param("a ||| b", id="a syntax error"),
    ],
)
def test_an_expression_that_is_too_deep_or_wrong_is_a_finding(by_key, workflow, source):
    found = validate(by_key, workflow, flows.straight(("a", source)), "APP_PARAMS")
    if not found["result"]:
        assert {finding["rule"] for finding in found["findings"]} == {"expression"}
        assert len(found["detail"]) < 20_000
    assert by_key.list_workflows().success


@pytest.mark.parametrize("taskconfig", ["", "not json", "[]", '{"test":"abc"}', '{"node_info":[]}', "[" * 10_000])
def test_any_taskconfig_is_kept_with_a_warning(by_key, workflow, taskconfig):
    body = v1.AopworkflowVersionValidateRes(
        mode="APP_PARAMS",
        taskflow=flows.minimal().content()["taskflow"],
        taskconfig=taskconfig,
        aopworkflow_id=workflow.id,
    )
    found = by_key.validate_aop_workflow_version(body=body).data
    assert found["result"] is True
    assert [finding["rule"] for finding in found["findings"]] == ([] if taskconfig == "" else ["taskconfig"])
    version = by_key.create_version(workflow.id, flows.minimal(), taskconfig=taskconfig)
    assert version.taskconfig == taskconfig
    assert by_key.move(version.id, "pending_approval").status == "pending_approval"
    by_key.delete_aop_workflow_version(version_id=version.id)


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"mode": "ALL"}, ["mode", "BASIC", "CIRCLE", "APP_PARAMS"]),
        ({"mode": None}, ["mode", "required"]),
        ({"taskflow": None}, ["taskflow", "required"]),
        ({"taskconfig": None}, ["taskconfig", "required"]),
        ({"aopworkflow_id": None}, ["aopworkflow_id", "required"]),
        ({"aopworkflow_id": "x"}, ["aopworkflow_id", "UUID"]),
    ],
)
def test_a_wrong_field_of_a_validation_is_named(by_key, workflow, fields, words):
    content = flows.minimal().content()
    known = {"mode": "BASIC", "aopworkflow_id": workflow.id} | {key: content[key] for key in ("taskflow", "taskconfig")}
    with refused(INVALID, *words):
        by_key.validate_aop_workflow_version(body=v1.AopworkflowVersionValidateRes(**known | fields))


def test_a_validation_for_an_unknown_workflow_is_refused(by_key, workflow):
    unknown = type(workflow)(id="00000000-0000-7000-8000-000000000000")
    with refused(WORKFLOW_NOT_FOUND):
        validate(by_key, unknown, flows.minimal(), "BASIC")


def test_the_diagram_survives(by_key, workflow):
    """What the modeller draws comes back, whichever form is sent."""
    flow = flows.minimal()
    shape = Element("bpmndi:BPMNShape", {"id": "start_di", "bpmnElement": "start"})
    plane = Element("bpmndi:BPMNPlane", {"id": "plane", "bpmnElement": "Process_1"}, [shape])
    flow.definitions = (lambda inner: lambda: drawn(inner(), plane))(flow.definitions)
    version = by_key.create_version(workflow.id, flow, "JSON")
    document = json.loads(base64.b64decode(version.taskflow))
    assert document == json.loads(flow.json())
    assert by_key.move(version.id, "pending_approval").status == "pending_approval"
    by_key.delete_aop_workflow_version(version_id=version.id)


def drawn(root: Element, plane: Element) -> Element:
    root.children.append(Element("bpmndi:BPMNDiagram", {"id": "diagram"}, [plane]))
    return root
