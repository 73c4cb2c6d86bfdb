//! The two documents that the vendor's editor is known to have written.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bpmn::executable::{DueHandle, NodeKind};
use bpmn::{Document, Form, Mode, Severity, compile, validate};

use crate::support::{Components, lines};

const EMPTY: &str = r#"{"elementType":"{}","workflow":{"elements":[{"type":"element","name":"bpmn2:definitions","attributes":{"xmlns:xsi":"http://www.w3.org/2001/XMLSchema-instance","xmlns:bpmn2":"http://www.omg.org/spec/BPMN/20100524/MODEL","xmlns:bpmndi":"http://www.omg.org/spec/BPMN/20100524/DI","xmlns:soar":"https://soc.cloudsre.com/soar/v2","id":"diagram_Process_1754555831876","targetNamespace":"http://flowable.org/bpmn","xsi:schemaLocation":"http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd"},"elements":[{"type":"element","name":"bpmn2:process","attributes":{"id":"Process_1754555831876","name":"Service_Process1754555831876","isExecutable":"true"}},{"type":"element","name":"bpmndi:BPMNDiagram","attributes":{"id":"BPMNDiagram_1"},"elements":[{"type":"element","name":"bpmndi:BPMNPlane","attributes":{"id":"BPMNPlane_1","bpmnElement":"Process_1754555831876"}}]}]}]}}"#;

const REVIEW: &str = r#"{"elementType":"{}","workflow":{"elements":[{"type":"element","name":"bpmn2:definitions","attributes":{"xmlns:xsi":"http://www.w3.org/2001/XMLSchema-instance","xmlns:bpmn2":"http://www.omg.org/spec/BPMN/20100524/MODEL","xmlns:bpmndi":"http://www.omg.org/spec/BPMN/20100524/DI","xmlns:dc":"http://www.omg.org/spec/DD/20100524/DC","xmlns:di":"http://www.omg.org/spec/DD/20100524/DI","xmlns:flowable":"http://flowable.org/bpmn","xmlns:soar":"https://soc.cloudsre.com/soar/v2","id":"diagram_Process_1756712343827","targetNamespace":"http://flowable.org/bpmn","xsi:schemaLocation":"http://www.omg.org/spec/BPMN/20100524/MODEL BPMN20.xsd"},"elements":[{"type":"element","name":"bpmn2:process","attributes":{"id":"Process_1756712343827","name":"Service_Process1756712343827","isExecutable":"true"},"elements":[{"type":"element","name":"bpmn2:startEvent","attributes":{"id":"Event_08x0z1o"},"elements":[{"type":"element","name":"bpmn2:outgoing","elements":[{"type":"text","text":"Flow_0bkydhy"}]}]},{"type":"element","name":"bpmn2:endEvent","attributes":{"id":"Event_0nfmxln"},"elements":[{"type":"element","name":"bpmn2:incoming","elements":[{"type":"text","text":"Flow_0gypm4q"}]}]},{"type":"element","name":"bpmn2:userTask","attributes":{"id":"Activity_1yhrykd","name":"test","flowable:dueDate":"","soar:due_handle":"interrupt","soar:handlers":"[]"},"elements":[{"type":"element","name":"bpmn2:documentation"},{"type":"element","name":"bpmn2:incoming","elements":[{"type":"text","text":"Flow_0bkydhy"}]},{"type":"element","name":"bpmn2:outgoing","elements":[{"type":"text","text":"Flow_0gypm4q"}]}]},{"type":"element","name":"bpmn2:sequenceFlow","attributes":{"id":"Flow_0bkydhy","sourceRef":"Event_08x0z1o","targetRef":"Activity_1yhrykd"}},{"type":"element","name":"bpmn2:sequenceFlow","attributes":{"id":"Flow_0gypm4q","sourceRef":"Activity_1yhrykd","targetRef":"Event_0nfmxln"}}]},{"type":"element","name":"bpmndi:BPMNDiagram","attributes":{"id":"BPMNDiagram_1"},"elements":[{"type":"element","name":"bpmndi:BPMNPlane","attributes":{"id":"BPMNPlane_1","bpmnElement":"Process_1756712343827"},"elements":[{"type":"element","name":"bpmndi:BPMNShape","attributes":{"id":"Event_08x0z1o_di","bpmnElement":"Event_08x0z1o"},"elements":[{"type":"element","name":"dc:Bounds","attributes":{"x":"-358","y":"-118","width":"36","height":"36"}},{"type":"element","name":"bpmndi:BPMNLabel"}]},{"type":"element","name":"bpmndi:BPMNEdge","attributes":{"id":"Flow_0bkydhy_di","bpmnElement":"Flow_0bkydhy"},"elements":[{"type":"element","name":"di:waypoint","attributes":{"x":"-322","y":"-100"}},{"type":"element","name":"di:waypoint","attributes":{"x":"-230","y":"-100"}}]}]}]}]}]}}"#;

fn document(json: &str) -> Document {
    Document::from_taskflow(&BASE64_STANDARD.encode(json), Form::Json).unwrap()
}

#[test]
fn the_json_form_comes_back_character_by_character() {
    for sample in [EMPTY, REVIEW] {
        let document = document(sample);
        assert_eq!(document.to_text(Form::Json).unwrap(), sample);
        let xml = document.to_taskflow(Form::Xml).unwrap();
        let back = Document::from_taskflow(&xml, Form::Xml).unwrap();
        assert_eq!(back.to_text(Form::Json).unwrap(), sample);
    }
}

#[test]
fn an_empty_process_is_read_and_validation_says_what_is_missing() {
    let found = validate(&document(EMPTY), r#"{"node_info":{},"usertask_info":{}}"#, &Mode::ALL, &Components);
    assert_eq!(
        lines(&found),
        [
            "error end_event Process_1754555831876: the process has no end event",
            "error start_event Process_1754555831876: the process has no start event",
        ]
    );
    assert!(compile(&document(EMPTY), "").executable.is_none());
}

#[test]
fn the_review_can_be_submitted_with_an_opaque_taskconfig() {
    let found = validate(&document(REVIEW), r#"{"test":"abc"}"#, &Mode::ALL, &Components);
    assert!(found.iter().all(|problem| problem.severity == Severity::Warning), "{:#?}", lines(&found));
    assert_eq!(found.len(), 1, "{:#?}", lines(&found));

    let executable = compile(&document(REVIEW), r#"{"test":"abc"}"#).executable.unwrap();
    let NodeKind::UserTask(task) = &executable.nodes[2].kind else { panic!("{:?}", executable.nodes[2]) };
    assert!(task.due.is_none());
    assert_eq!(task.due_handle, DueHandle::Interrupt);
    assert_eq!(task.handlers, []);
    assert_eq!(&*executable.nodes[2].name, "test");
}
