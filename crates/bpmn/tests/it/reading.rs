//! Which process is read, and how references are understood.

use bpmn::{Document, Form, compile};

use crate::support::{definitions, graph, lines, read};

#[test]
fn the_flows_decide_and_not_the_incoming_and_outgoing_children() {
    let xml = graph("start s\nuser a\nend e\ns -> a\na -> e")
        .replace(r#"<userTask id="a">"#, r#"<userTask id="a"><incoming>gone</incoming><outgoing>f1</outgoing>"#);
    let compiled = compile(&read(&xml), "");
    assert_eq!(lines(&compiled.problems), Vec::<String>::new());
    let executable = compiled.executable.unwrap();
    let task = executable.node(executable.node_by_id["a"]);
    assert_eq!((task.incoming.len(), task.outgoing.len()), (1, 1));
    assert_eq!(&*executable.flow(task.outgoing[0]).id, "f2");
}

#[test]
fn both_forms_compile_to_the_same_graph() {
    let document = read(&graph("start s\nxor g default=f2\nuser a\nend e\ns -> g\ng -> a\ng -> e if vars.x\na -> e"));
    let json = Document::from_text(&document.to_text(Form::Json).unwrap(), Form::Json).unwrap();
    let describe = |document: &Document| format!("{:?}", compile(document, "").executable.unwrap().flows);
    assert_eq!(describe(&document), describe(&json));
}

#[test]
fn the_executable_pool_is_the_one_that_is_read() {
    let xml = definitions(
        r#"<collaboration id="c"><participant id="a" processRef="p"/><participant id="b" processRef="q"/></collaboration>
        <process id="p"><startEvent id="x"/></process>
        <process id="q" name="Q" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>
        <sequenceFlow id="f" sourceRef="s" targetRef="e"/></process>"#,
    );
    let executable = compile(&read(&xml), "").executable.unwrap();
    assert_eq!((&*executable.process_id, &*executable.name, executable.nodes.len()), ("q", "Q", 2));
}

#[test]
fn prefixes_of_error_references_are_understood() {
    let xml = definitions(
        r#"<error id="E" errorCode="boom"/><process id="p"><startEvent id="s"/>
        <endEvent id="e"><errorEventDefinition errorRef="tns:E"/></endEvent>
        <sequenceFlow id="f" sourceRef="s" targetRef="e"/></process>"#,
    );
    assert!(compile(&read(&xml), "").executable.is_some());
}
