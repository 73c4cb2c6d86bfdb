//! What events do when a token reaches them.

use engine::Effect;

use super::{check, process, sub};
use crate::world::{Do, World};

const DECLARED: &str = r#"<message id="M" name="order"/><signal id="S" name="alarm"/>
    <escalation id="X" escalationCode="late"/><escalation id="Y" escalationCode="other"/><error id="E" errorCode="boom"/>"#;

fn with(process: &str) -> String {
    format!("{DECLARED}{process}")
}

#[test]
fn messages_and_signals_are_sent_once_with_their_key_and_payload() {
    let nodes = r#"<startEvent id="s"/>
        <intermediateThrowEvent id="m" soar:key="${data_object.ip}" soar:payload='{"n":"${1 + 1}"}'>
        <messageEventDefinition messageRef="M"/></intermediateThrowEvent>
        <sendTask id="t" messageRef="M"/>
        <endEvent id="e"><signalEventDefinition signalRef="S"/></endEvent>"#;
    let mut world = World::of_document(&with(&process(nodes, "s-m, m-t, t-e")));
    world.run(&[]);
    let sent: Vec<String> = world
        .sent
        .iter()
        .map(|effect| match effect {
            Effect::SendMessage { name, correlation, payload, .. } => {
                format!("{name} {} {}", correlation.as_deref().unwrap_or("-"), payload.to_json())
            }
            Effect::BroadcastSignal { name, payload, .. } => format!("{name} {}", payload.to_json()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sent, [r#"order 10.0.0.1 {"n":2}"#, "order - null", "alarm null"]);
}

#[test]
fn an_escalation_tells_the_border_and_goes_on() {
    let body = |event: &str, cancels: &str| {
        let inner = r#"<startEvent id="is"/><intermediateThrowEvent id="x"><escalationEventDefinition escalationRef="X"/>
            </intermediateThrowEvent><endEvent id="ie"/>"#;
        let nodes = format!(
            r#"<startEvent id="s"/>{}<boundaryEvent id="b" attachedToRef="u" cancelActivity="{cancels}">{event}
            </boundaryEvent><endEvent id="e"/><endEvent id="told"/>"#,
            sub("u", "", inner, "is-x, x-ie")
        );
        with(&process(&nodes, "s-u, u-e, b-told"))
    };
    let named = r#"<escalationEventDefinition escalationRef="X"/>"#;
    check(&body(named, "false"), &[], "s is x b ie u told e Finished");
    check(&body(named, "true"), &[], "s is b told Finished");
    check(&body("<escalationEventDefinition/>", "true"), &[], "s is b told Finished");
    check(&body(r#"<escalationEventDefinition escalationRef="Y"/>"#, "true"), &[], "s is x ie u e Finished");
}

#[test]
fn an_error_is_caught_by_an_event_sub_process_before_the_border() {
    let handler = sub(
        "h",
        r#"triggeredByEvent="true""#,
        r#"<startEvent id="hs"><errorEventDefinition errorRef="E"/></startEvent><endEvent id="he"/>"#,
        "hs-he",
    );
    let inner = |handler: &str| {
        format!(
            r#"<startEvent id="is"/><userTask id="w"/><endEvent id="x"><errorEventDefinition errorRef="E"/></endEvent>
            <endEvent id="ie"/>{handler}"#
        )
    };
    let body = |handler: &str| {
        let nodes = format!(
            r#"<startEvent id="s"/>{}<boundaryEvent id="b" attachedToRef="u"><errorEventDefinition/></boundaryEvent>
            <endEvent id="e"/><endEvent id="caught"/>"#,
            sub("u", "", &inner(handler), "is-w, is-x, w-ie")
        );
        with(&process(&nodes, "s-u, u-e, b-caught"))
    };
    check(&body(&handler), &[], "s is hs he h u e Finished");
    check(&body(""), &[], "s is b caught Finished");
    // What is thrown while an error is handled is not handled by the same scope again.
    let throwing = handler
        .replace(r#"<endEvent id="he"/>"#, r#"<endEvent id="he"><errorEventDefinition errorRef="E"/></endEvent>"#);
    check(&body(&throwing), &[], "s is hs b caught Finished");
}

#[test]
fn an_error_that_nothing_catches_is_a_fault_and_an_escalation_nothing() {
    let end = |definition: &str| {
        with(&process(&format!(r#"<startEvent id="s"/><endEvent id="e">{definition}</endEvent>"#), "s-e"))
    };
    check(&end(r#"<errorEventDefinition errorRef="E"/>"#), &[], "s Failed");
    check(&end(r#"<escalationEventDefinition escalationRef="X"/>"#), &[], "s e Finished");
}

#[test]
fn links_go_on_at_their_catching_event() {
    let nodes = r#"<startEvent id="s"/><intermediateThrowEvent id="a"><linkEventDefinition name="L"/></intermediateThrowEvent>
        <intermediateThrowEvent id="b"><linkEventDefinition name="L"/></intermediateThrowEvent>
        <intermediateCatchEvent id="c"><linkEventDefinition name="L"/></intermediateCatchEvent><endEvent id="e"/>"#;
    check(&process(nodes, "s-a, s-b, c-e"), &[], "s a b c c e e Finished");
}

#[test]
fn a_terminate_end_event_ends_only_its_own_scope() {
    let inner = r#"<startEvent id="is"/><userTask id="w"/><endEvent id="x"><terminateEventDefinition/></endEvent>"#;
    let nodes =
        format!(r#"<startEvent id="s"/>{}<userTask id="z"/><endEvent id="e"/>"#, sub("u", "", inner, "is-w, is-x"));
    check(&process(&nodes, "s-u, u-z, z-e"), &[Do::Answer("z", "{}")], "s is x u z e Finished");
}
