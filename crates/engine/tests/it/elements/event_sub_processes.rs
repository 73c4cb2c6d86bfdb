//! Event sub-processes beside each other and inside each other.

use super::{check, process, sub};
use crate::world::Do;

const DECLARED: &str = r#"<signal id="S" name="alarm"/><signal id="T" name="other"/>"#;

fn handler(id: &str, signal: &str, interrupting: bool, more: &str) -> String {
    let nodes = format!(
        r#"<startEvent id="{id}s" isInterrupting="{interrupting}"><signalEventDefinition signalRef="{signal}"/></startEvent>
        <userTask id="{id}t"/><endEvent id="{id}e"/>{more}"#
    );
    sub(id, r#"triggeredByEvent="true""#, &nodes, &format!("{id}s-{id}t, {id}t-{id}e"))
}

#[test]
fn one_that_interrupts_ends_the_others_too() {
    let nodes = format!(
        r#"<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>{}{}"#,
        handler("h", "S", false, ""),
        handler("k", "T", true, "")
    );
    let body = format!("{DECLARED}{}", process(&nodes, "s-a, a-e"));
    check(&body, &[Do::Signal("alarm"), Do::Signal("other"), Do::Answer("kt", "{}")], "s hs ks kt ke k Finished");
    // After that nothing starts any more.
    check(&body, &[Do::Signal("other"), Do::Signal("alarm"), Do::Answer("kt", "{}")], "s ks kt ke k Finished");
}

#[test]
fn the_scope_ends_when_the_last_of_them_has() {
    let nodes = format!(r#"<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>{}"#, handler("h", "S", false, ""));
    let body = format!("{DECLARED}{}", process(&nodes, "s-a, a-e"));
    let steps = [Do::Signal("alarm"), Do::Answer("a", "{}")];
    check(&body, &steps, "s hs a e Running");
    check(&body, &[Do::Signal("alarm"), Do::Answer("a", "{}"), Do::Answer("ht", "{}")], "s hs a e ht he h Finished");
}

#[test]
fn one_lies_in_another() {
    let inner = handler("k", "T", true, "");
    let nodes =
        format!(r#"<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>{}"#, handler("h", "S", true, &inner));
    let body = format!("{DECLARED}{}", process(&nodes, "s-a, a-e"));
    check(&body, &[Do::Signal("other"), Do::Answer("a", "{}")], "s a e Finished");
    check(&body, &[Do::Signal("alarm"), Do::Signal("other"), Do::Answer("kt", "{}")], "s hs ks kt ke k h Finished");
}
