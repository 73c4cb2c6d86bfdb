"""Builds workflow definitions, in both forms that a taskflow can have."""

import base64
import itertools
import json
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "xmlns:bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "xmlns:bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "xmlns:soar": "https://soc.cloudsre.com/soar/v2",
    "targetNamespace": "http://flowable.org/bpmn",
}


def encode(text: str | bytes) -> str:
    """Base64, as `taskflow` carries it."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@dataclass
class Element:
    """An element of the document, independent of its form."""

    name: str
    attributes: dict = field(default_factory=dict)
    children: list = field(default_factory=list)
    text: str | None = None

    def xml(self) -> str:
        attributes = "".join(f" {key}={quoteattr(value)}" for key, value in self.attributes.items())
        inner = escape(self.text) if self.text is not None else "".join(child.xml() for child in self.children)
        return f"<{self.name}{attributes}>{inner}</{self.name}>" if inner else f"<{self.name}{attributes}/>"

    def json(self) -> dict:
        node = {"type": "element", "name": self.name}
        if self.attributes:
            node["attributes"] = self.attributes
        if self.text is not None:
            node["elements"] = [{"type": "text", "text": self.text}]
        elif self.children:
            node["elements"] = [child.json() for child in self.children]
        return node


class Flow:
    """A process, node by node. Node settings go into `taskconfig`."""

    def __init__(self):
        self.elements: list[Element] = []
        self.roots: list[Element] = []
        self.node_info: dict = {}
        self.usertask_info: dict = {}

    def add(self, tag: str, id: str, /, children=(), text=None, **attributes) -> "Flow":
        known = {"id": id} | {key.replace("__", ":"): value for key, value in attributes.items() if value is not None}
        self.elements.append(Element(f"bpmn:{tag}", known, list(children), text))
        return self

    # Nodes.

    def start(self, id: str = "start") -> "Flow":
        return self.add("startEvent", id)

    def end(self, id: str = "end", kind: str | None = None, code: str | None = None) -> "Flow":
        """A plain, `terminate` or `error` end event."""
        children = []
        if kind == "terminate":
            children = [Element("bpmn:terminateEventDefinition")]
        elif kind == "error":
            children = [self._error(id, code)]
        return self.add("endEvent", id, children)

    def script(self, id: str, source: str, language: str = "cel", **settings) -> "Flow":
        self._configure(id, settings)
        return self.add("scriptTask", id, [Element("bpmn:script", text=source)], scriptFormat=language)

    def javascript(self, id: str, source: str, **settings) -> "Flow":
        return self.script(id, source, "javascript", **settings)

    def service(self, id: str, component: str, action: str, input: dict | None = None, **settings) -> "Flow":
        self._configure(id, {"component": component, "action": action, "input": input or {}, **settings})
        return self.add("serviceTask", id)

    def utility(self, id: str, action: str, **input) -> "Flow":
        return self.service(id, "SecMasterUtilities", action, input)

    def user(self, id: str, name: str | None = None, **settings) -> "Flow":
        if settings:
            self.usertask_info[id] = settings
        return self.add("userTask", id, name=name)

    def call(self, id: str, workflow: str, **settings) -> "Flow":
        binding = settings.pop("binding", None)
        self._configure(id, settings)
        return self.add("callActivity", id, calledElement=workflow, soar__binding=binding)

    def gateway(self, kind: str, id: str, default: str | None = None) -> "Flow":
        """`exclusive`, `parallel` or `inclusive`; `default` is the target of the default flow."""
        return self.add(f"{kind}Gateway", id, default=default and self._flow_id(id, default))

    def timer(self, id: str, duration: str) -> "Flow":
        definition = Element("bpmn:timerEventDefinition", children=[Element("bpmn:timeDuration", text=duration)])
        return self.add("intermediateCatchEvent", id, [definition])

    def boundary(self, id: str, attached: str, code: str | None = None) -> "Flow":
        """Catches errors: those with the code, or all of them."""
        return self.add("boundaryEvent", id, [self._error(id, code)], attachedToRef=attached)

    def sub(self, id: str, inner: "Flow") -> "Flow":
        self.node_info |= inner.node_info
        self.usertask_info |= inner.usertask_info
        self.roots += inner.roots
        return self.add("subProcess", id, inner.elements)

    # Flows.

    def edge(self, source: str, target: str, condition: str | None = None) -> "Flow":
        children = [] if condition is None else [Element("bpmn:conditionExpression", text=condition)]
        return self.add("sequenceFlow", self._flow_id(source, target), children, sourceRef=source, targetRef=target)

    def chain(self, *nodes: str) -> "Flow":
        for source, target in itertools.pairwise(nodes):
            self.edge(source, target)
        return self

    @staticmethod
    def _flow_id(source: str, target: str) -> str:
        return f"{source}_to_{target}"

    def _error(self, id: str, code: str | None) -> Element:
        if code is None:
            return Element("bpmn:errorEventDefinition")
        self.roots.append(Element("bpmn:error", {"id": f"error_{id}", "errorCode": code}))
        return Element("bpmn:errorEventDefinition", {"errorRef": f"error_{id}"})

    def _configure(self, id: str, settings: dict) -> None:
        if settings:
            self.node_info[id] = settings

    # Documents.

    def definitions(self) -> Element:
        process = Element("bpmn:process", {"id": "Process_1", "name": "Process", "isExecutable": "true"}, self.elements)
        return Element("bpmn:definitions", {"id": "definitions_1", **NAMESPACES}, [*self.roots, process])

    def xml(self) -> str:
        return '<?xml version="1.0" encoding="UTF-8"?>' + self.definitions().xml()

    def json(self) -> str:
        return json.dumps({"elementType": "{}", "workflow": {"elements": [self.definitions().json()]}})

    def taskconfig(self) -> str:
        return json.dumps({"node_info": self.node_info, "usertask_info": self.usertask_info})

    def content(self, form: str = "XML") -> dict:
        """The fields of a version."""
        text = self.xml() if form == "XML" else self.json()
        return {"taskflow": encode(text), "taskflow_type": form, "taskconfig": self.taskconfig()}


# Processes that many tests use.


def straight(*scripts: tuple[str, str]) -> Flow:
    """Start, CEL scripts, end."""
    flow = Flow().start()
    for id, source in scripts:
        flow.script(id, source)
    return flow.end().chain("start", *(id for id, _ in scripts), "end")


def minimal() -> Flow:
    """Start, end."""
    return straight()


def asking(**settings) -> Flow:
    """Start, a user task `ask`, a script that gives its output, end."""
    flow = Flow().start().user("ask", "Block it?", **settings).script("said", "nodes.ask.output").end()
    return flow.chain("start", "ask", "said", "end")


def triage() -> Flow:
    """An alert gets a score; low scores are looked at by a person."""
    flow = Flow().start()
    flow.script("score", "data_object.alert.severity * 10")
    flow.gateway("exclusive", "serious", default="note")
    flow.user(
        "ask",
        "Block it?",
        view_parameters={"ip": "${data_object.src_ip}"},
        handle_parameters=[{"key": "reason", "name": "Reason", "required": True}],
    )
    flow.javascript("note", "vars.who = data_object.src_ip; data_object.src_ip + ' seen'")
    flow.service(
        "check",
        "SecMasterUtilities",
        "isMatch",
        {"input": "${nodes.note.output}", "pattern": ".*seen"},
        output={"ok": "output.result"},
    )
    flow.end()
    flow.chain("start", "score", "serious").edge("serious", "ask", "nodes.score.output <= 20")
    return flow.edge("serious", "note").chain("ask", "note", "check", "end")
