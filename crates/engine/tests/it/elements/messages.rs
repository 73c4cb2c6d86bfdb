//! Messages and signals that come from outside, in every position.

use super::{check, process, script, sub};
use crate::world::{Do, World};

const DECLARED: &str = r#"<message id="M" name="reply"/><message id="N" name="other"/><signal id="S" name="alarm"/>"#;
const MESSAGE: &str = r#"<messageEventDefinition messageRef="M"/>"#;
const SIGNAL: &str = r#"<signalEventDefinition signalRef="S"/>"#;

fn with(process: &str) -> String {
    format!("{DECLARED}{process}")
}

#[test]
fn a_message_is_waited_for_and_its_payload_is_the_output() {
    let nodes = format!(
        r#"<startEvent id="s"/><intermediateCatchEvent id="c" soar:output='{{"answer":"output.text"}}'>{MESSAGE}
        </intermediateCatchEvent>{}<endEvent id="e"/>"#,
        script("x", "answer + '!'")
    );
    let body = with(&process(&nodes, "s-c, c-x, x-e"));
    let mut world = World::of_document(&body);
    world.run(&[Do::Message("other", "", "{}"), Do::Message("reply", "", r#"{"text":"yes"}"#)]);
    assert!(world.text.contains("rejected    nothing waits for this"), "{}", world.text);
    assert!(world.text.contains(r#"x = "yes!""#), "{}", world.text);
    check(&body, &[Do::Message("reply", "any key", r#"{"text":"yes"}"#)], "s c x e Finished");
}

#[test]
fn a_message_with_a_key_is_only_for_who_waits_for_that_key() {
    let nodes =
        r#"<startEvent id="s"/><receiveTask id="r" messageRef="M" soar:key="${data_object.ip}"/><endEvent id="e"/>"#;
    let body = with(&process(nodes, "s-r, r-e"));
    check(&body, &[Do::Message("reply", "10.0.0.2", "null"), Do::Message("reply", "", "null")], "s Running");
    check(&body, &[Do::Message("reply", "10.0.0.1", "null")], "s r e Finished");
}

#[test]
fn of_two_that_wait_for_a_message_the_first_gets_it_and_a_signal_is_for_both() {
    let nodes = |definition: &str| {
        format!(
            r#"<startEvent id="s"/><intermediateCatchEvent id="a">{definition}</intermediateCatchEvent>
            <intermediateCatchEvent id="b">{definition}</intermediateCatchEvent><endEvent id="e"/>"#
        )
    };
    let message = with(&process(&nodes(MESSAGE), "s-a, s-b, a-e, b-e"));
    check(&message, &[Do::Message("reply", "", "1")], "s a e Running");
    check(&message, &[Do::Message("reply", "", "1"), Do::Message("reply", "", "2")], "s a e b e Finished");
    let signal = with(&process(&nodes(SIGNAL), "s-a, s-b, a-e, b-e"));
    check(&signal, &[Do::Signal("alarm")], "s a b e e Finished");
}

#[test]
fn on_the_border_of_an_activity_they_interrupt_it_or_come_again_and_again() {
    let body = |definition: &str, cancels: &str| {
        let nodes = format!(
            r#"<startEvent id="s"/><userTask id="a"/><boundaryEvent id="b" attachedToRef="a" cancelActivity="{cancels}">
            {definition}</boundaryEvent><endEvent id="e"/><endEvent id="x"/>"#
        );
        with(&process(&nodes, "s-a, a-e, b-x"))
    };
    check(&body(MESSAGE, "true"), &[Do::Message("reply", "", "1")], "s b x Finished");
    check(&body(SIGNAL, "true"), &[Do::Signal("alarm")], "s b x Finished");
    let twice = [Do::Message("reply", "", "1"), Do::Message("reply", "", "1"), Do::Answer("a", "{}")];
    check(&body(MESSAGE, "false"), &twice, "s b x b x a e Finished");
    check(
        &body(SIGNAL, "false"),
        &[Do::Signal("alarm"), Do::Signal("alarm"), Do::Answer("a", "{}")],
        "s b x b x a e Finished",
    );
}

#[test]
fn they_start_event_sub_processes_as_long_as_their_scope_is_there() {
    let handler = |definition: &str, interrupting: &str| {
        let nodes = format!(
            r#"<startEvent id="hs" isInterrupting="{interrupting}">{definition}</startEvent>{}<endEvent id="he"/>"#,
            script("x", "1")
        );
        sub("h", r#"triggeredByEvent="true""#, &nodes, "hs-x, x-he")
    };
    let body = |definition: &str, interrupting: &str| {
        let inner = format!(
            r#"<startEvent id="is"/><userTask id="a"/><endEvent id="ie"/>{}"#,
            handler(definition, interrupting)
        );
        let nodes = format!(
            r#"<startEvent id="s"/>{}<userTask id="z"/><endEvent id="e"/>"#,
            sub("u", "", &inner, "is-a, a-ie")
        );
        with(&process(&nodes, "s-u, u-z, z-e"))
    };
    check(&body(MESSAGE, "true"), &[Do::Message("reply", "", "1")], "s is hs x he h u Running");
    let again = [
        Do::Message("reply", "", "1"),
        Do::Message("reply", "", "1"),
        Do::Answer("a", "{}"),
        Do::Message("reply", "", "1"),
    ];
    check(&body(MESSAGE, "false"), &again, "s is hs x he h hs x he h a ie u Running");
    check(&body(SIGNAL, "true"), &[Do::Signal("alarm"), Do::Signal("alarm")], "s is hs x he h u Running");
}

#[test]
fn an_event_with_several_definitions_takes_the_first_or_all_of_them() {
    let nodes = |all: &str| {
        format!(
            r#"<startEvent id="s"/><intermediateCatchEvent id="c" parallelMultiple="{all}">{MESSAGE}{SIGNAL}
            </intermediateCatchEvent><endEvent id="e"/>"#
        )
    };
    let one = with(&process(&nodes("false"), "s-c, c-e"));
    check(&one, &[Do::Signal("alarm")], "s c e Finished");
    check(&one, &[Do::Message("reply", "", "1")], "s c e Finished");
    let all = with(&process(&nodes("true"), "s-c, c-e"));
    check(&all, &[Do::Signal("alarm"), Do::Signal("alarm")], "s Running");
    check(&all, &[Do::Signal("alarm"), Do::Message("reply", "", "1")], "s c e Finished");
}

#[test]
fn definitions_by_reference_are_as_good_as_those_inside() {
    let shared = r#"<signalEventDefinition id="D" signalRef="S"/>"#;
    let nodes = r#"<startEvent id="s"/><intermediateCatchEvent id="c"><eventDefinitionRef>D</eventDefinitionRef>
        </intermediateCatchEvent><endEvent id="e"/>"#;
    check(&format!("{DECLARED}{shared}{}", process(nodes, "s-c, c-e")), &[Do::Signal("alarm")], "s c e Finished");
}
