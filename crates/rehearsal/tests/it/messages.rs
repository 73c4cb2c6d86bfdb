//! Messages and signals between processes of one world, loops and compensation as a rehearsal tells them.

use model::Value;
use rehearsal::Delivery;

use crate::world::{Given, check, check_notes};

fn definitions(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:soar="https://soc.cloudsre.com/soar/v2">
        <message id="M" name="order"/><message id="R" name="reply"/><signal id="S" name="alarm"/>{body}</definitions>"#
    )
}

const ASKS: &str = r#"<process id="p" isExecutable="true"><startEvent id="s"/>
    <intermediateThrowEvent id="ask" soar:key="7" soar:payload='{"n": "${1 + 1}"}'>
    <messageEventDefinition messageRef="M"/></intermediateThrowEvent>
    <receiveTask id="wait" messageRef="R" soar:key="7" soar:output='{"answer": "output.sum"}'/><endEvent id="e"/>
    <sequenceFlow id="f1" sourceRef="s" targetRef="ask"/><sequenceFlow id="f2" sourceRef="ask" targetRef="wait"/>
    <sequenceFlow id="f3" sourceRef="wait" targetRef="e"/></process>"#;

const ANSWERS: &str = r#"<process id="q" isExecutable="true">
    <startEvent id="qs" soar:output='{"n": "output.n"}'><messageEventDefinition messageRef="M"/></startEvent>
    <endEvent id="qe" soar:key="7" soar:payload='{"sum": "${n * 10}"}'><messageEventDefinition messageRef="R"/></endEvent>
    <sequenceFlow id="g1" sourceRef="qs" targetRef="qe"/></process>"#;

#[test]
fn a_message_starts_another_process_which_answers() {
    let given = Given::document(&definitions(&format!("{ASKS}{ANSWERS}")));
    check(given, "s ask 1:qs 1:qe wait e", r#"p FINISHED {"answer":20}; q FINISHED {"n":2}"#);
}

#[test]
fn a_message_from_outside_is_for_who_waits_with_its_key() {
    let deliver = |key: &str| {
        let mut given = Given::document(&definitions(ASKS));
        let payload = Value::object([("sum", Value::int(3))]);
        given.deliveries = vec![Delivery::Message { name: "reply".into(), key: Some(key.into()), payload }];
        given
    };
    check(deliver("7"), "s ask wait e", r#"p FINISHED {"answer":3}"#);
    let outcome = check(deliver("8"), "s ask", "p WAITING {}");
    let unread =
        ["the message 'order' with the key '7'", "the message 'reply' with the key '8'", "'p' waits at 'wait'"];
    check_notes(&outcome, &unread);
}

#[test]
fn a_signal_reaches_everybody_who_waits() {
    let catching = |id: &str| {
        format!(
            r#"<process id="{id}" isExecutable="true"><startEvent id="{id}s"/><intermediateCatchEvent id="{id}c">
            <signalEventDefinition signalRef="S"/></intermediateCatchEvent><endEvent id="{id}e"/>
            <sequenceFlow id="{id}1" sourceRef="{id}s" targetRef="{id}c"/>
            <sequenceFlow id="{id}2" sourceRef="{id}c" targetRef="{id}e"/></process>"#
        )
    };
    let mut given = Given::document(&definitions(&format!("{}{}", catching("a"), catching("b"))));
    given.processes = vec!["a".to_owned(), "b".to_owned()];
    given.deliveries = vec![Delivery::Signal { name: "alarm".into(), payload: Value::Null }];
    check(given, "as 1:bs ac ae 1:bc 1:be", "a FINISHED {}; b FINISHED {}");
}
