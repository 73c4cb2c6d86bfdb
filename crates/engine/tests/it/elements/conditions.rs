//! Conditional events: they happen when their condition becomes true.

use super::{check, process, script, sub};
use crate::world::Do;

fn condition(text: &str) -> String {
    format!("<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>")
}

#[test]
fn one_that_holds_already_holds_nothing_up() {
    let nodes = format!(
        r#"<startEvent id="s"/>{}<intermediateCatchEvent id="c">{}</intermediateCatchEvent><endEvent id="e"/>"#,
        script("n", "3"),
        condition("n == 3")
    );
    check(&process(&nodes, "s-n, n-c, c-e"), &[], "s n c e Finished");
}

#[test]
fn one_that_does_not_hold_waits_until_somebody_makes_it_true() {
    let nodes = format!(
        r#"<startEvent id="s"/><intermediateCatchEvent id="c">{}</intermediateCatchEvent><userTask id="a"
        soar:output='{{"n":"output.n"}}'/><userTask id="b"/><endEvent id="e"/>"#,
        condition("n == 3")
    );
    let body = process(&nodes, "s-c, s-a, a-b, b-e, c-e");
    check(&body, &[], "s Running");
    check(&body, &[Do::Answer("a", r#"{"n":2}"#)], "s a Running");
    check(&body, &[Do::Answer("a", r#"{"n":3}"#)], "s a c e Running");
}

#[test]
fn on_the_border_each_time_it_becomes_true_counts_once() {
    let nodes = format!(
        r#"<startEvent id="s"/><userTask id="a"/><boundaryEvent id="b" attachedToRef="a" cancelActivity="false">{}
        </boundaryEvent><endEvent id="x"/><endEvent id="e"/>
        <exclusiveGateway id="m"/><userTask id="w" soar:output='{{"n":"output.n"}}'/>"#,
        condition("n > 1")
    );
    let body = process(&nodes, "s-a, s-m, m-w, w-m, a-e, b-x");
    let steps = ["2", "3", "1", "2"].map(|n| match n {
        "1" => Do::Answer("w", r#"{"n":1}"#),
        "2" => Do::Answer("w", r#"{"n":2}"#),
        _ => Do::Answer("w", r#"{"n":3}"#),
    });
    check(&body, &steps, "s m w m b x w m w m w m b x Running");
}

#[test]
fn one_starts_an_event_sub_process() {
    let handler = sub(
        "h",
        r#"triggeredByEvent="true""#,
        &format!(r#"<startEvent id="hs">{}</startEvent><endEvent id="he"/>"#, condition("n == 7")),
        "hs-he",
    );
    let nodes = format!(r#"<startEvent id="s"/>{}<userTask id="a"/><endEvent id="e"/>{handler}"#, script("n", "7"));
    check(&process(&nodes, "s-n, n-a, a-e"), &[], "s n hs he h Finished");
}
