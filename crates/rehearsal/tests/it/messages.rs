//! Messages, signals and conditions between the processes of a world, and from outside.

use model::Value;
use rehearsal::Delivery;

use crate::world::{Given, check, check_notes, path};

const DECLARED: &str =
    r#"<message id="m_order" name="order"/><message id="m_done" name="done"/><signal id="s_alarm" name="alarm"/>"#;

fn event(element: &str, id: &str, definition: &str) -> String {
    format!(r#"<{element} id="{id}">{definition}</{element}>"#)
}

fn message(reference: &str) -> String {
    format!(r#"<messageEventDefinition messageRef="{reference}"/>"#)
}

const ALARM: &str = r#"<signalEventDefinition signalRef="s_alarm"/>"#;
const HOUR: &str = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>";

fn given(processes: &[(&str, String)]) -> Given {
    let processes: Vec<(&str, &str)> = processes.iter().map(|(id, body)| (*id, &**body)).collect();
    Given::document(&crate::world::document(&processes).replace("</definitions>", &format!("{DECLARED}</definitions>")))
}

fn start(id: &str, definition: &str) -> String {
    event("startEvent", id, definition)
}

fn throw(id: &str, definition: &str) -> String {
    event("intermediateThrowEvent", id, definition)
}

fn catch(id: &str, definition: &str) -> String {
    event("intermediateCatchEvent", id, definition)
}

fn end(id: &str) -> String {
    event("endEvent", id, "")
}

#[test]
fn a_message_starts_another_process_which_answers() {
    let a =
        [start("s", ""), throw("t", &message("m_order")), catch("c", &message("m_done")), end("e"), path("s t c e")];
    let b = [start("bs", &message("m_order")), throw("bt", &message("m_done")), end("be"), path("bs bt be")];
    check(given(&[("a", a.concat()), ("b", b.concat())]), "s t 1:bs 1:bt 1:be c e", "a FINISHED {}; b FINISHED {}");
}

#[test]
fn a_message_is_kept_until_somebody_waits() {
    let a = [start("s", ""), throw("t", &message("m_order")), end("e"), path("s t e")];
    let b = [start("bs", ""), catch("bw", HOUR), catch("bc", &message("m_order")), end("be"), path("bs bw bc be")];
    let mut given = given(&[("a", a.concat()), ("b", b.concat())]);
    given.processes = vec!["a".to_owned(), "b".to_owned()];
    check(given, "s t e 1:bs 1:bw@PT1H 1:bc 1:be", "a FINISHED {}; b FINISHED {}");
}

#[test]
fn a_signal_reaches_everybody_that_waits_and_starts_others() {
    let a = [start("s", ""), throw("t", ALARM), end("e"), path("s t e")];
    let b = [start("bs", ""), catch("bc", ALARM), end("be"), path("bs bc be")];
    let c = [start("cs", ALARM), end("ce"), path("cs ce")];
    let mut given = given(&[("a", a.concat()), ("b", b.concat()), ("c", c.concat())]);
    given.processes = vec!["a".to_owned(), "b".to_owned()];
    check(given, "s t e 1:bs 1:bc 1:be 2:cs 2:ce", "a FINISHED {}; b FINISHED {}; c FINISHED {}");
}

#[test]
fn what_comes_from_outside_is_delivered_in_order_when_nothing_else_can_advance() {
    let body = [start("s", &message("m_order")), catch("w", HOUR), catch("c", ALARM), end("e"), path("s w c e")];
    let mut given = given(&[("a", body.concat())]);
    let order = || Delivery::Message { name: "order".into(), key: None, payload: Value::Null };
    given.deliveries = vec![order(), Delivery::Signal { name: "alarm".into(), payload: Value::Null }, order()];
    // Nobody waits for the signal at first: the clock moves before it is given up.
    let outcome = check(given, "s w@PT1H c e", "a FINISHED {}");
    check_notes(&outcome, &["nobody waited for the message 'order'"]);
}

#[test]
fn a_process_that_only_a_message_starts_waits_for_it() {
    let body = [start("s", &message("m_order")), end("e"), path("s e")];
    let outcome = check(given(&[("a", body.concat())]), "", "a WAITING {}");
    check_notes(&outcome, &["'a' was not started"]);
}

#[test]
fn a_condition_that_becomes_true_starts_another_process() {
    let set = r#"<scriptTask id="n" scriptFormat="cel"><script>9</script></scriptTask>"#;
    let a = [start("s", ""), set.to_owned(), end("e"), path("s n e")];
    let condition = "<conditionalEventDefinition><condition>v &gt; 5</condition></conditionalEventDefinition>";
    let b = [start("bs", condition), end("be"), path("bs be")];
    let given =
        given(&[("a", a.concat()), ("b", b.concat())]).settings(r#"{"node_info":{"n":{"output":{"v":"output"}}}}"#);
    check(given, "s n e 1:bs 1:be", r#"a FINISHED {"v":9}; b FINISHED {}"#);
}

fn definitions(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:soar="https://soc.cloudsre.com/soar/v2">
        <message id="M" name="order"/><message id="R" name="reply"/>{body}</definitions>"#
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
fn a_message_carries_its_payload_to_who_waits_with_its_key() {
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
