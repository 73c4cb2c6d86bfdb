//! Processes that something starts.

use engine::command::StartTrigger;

use super::{check, check_world, process};
use crate::world::{Do, World, json};

const DECLARED: &str = r#"<message id="M" name="order"/><signal id="S" name="alarm"/>"#;

fn body(none: &str, flows: &str) -> String {
    let nodes = format!(
        r#"{none}<startEvent id="m"><messageEventDefinition messageRef="M"/></startEvent>
        <startEvent id="g" soar:output='{{"came":"output"}}'><signalEventDefinition signalRef="S"/></startEvent>
        <task id="a"/><task id="b"/><endEvent id="e"/>"#
    );
    format!("{DECLARED}{}", process(&nodes, &format!("{flows}m-a, g-b, a-e, b-e")))
}

#[test]
fn what_has_started_a_process_begins_at_its_start_event() {
    let mut world = World::of_document(&body("", ""));
    world.trigger = Some(StartTrigger { node: "g".into(), payload: json("7") });
    check_world(&mut world, &[], "g b e Finished");
    assert!(world.text.contains("came = 7"), "{}", world.text);
}

#[test]
fn without_a_trigger_only_start_events_that_wait_for_nothing_begin() {
    check(&body(r#"<startEvent id="s"/>"#, "s-a, "), &[Do::Signal("alarm")], "s a e Finished");
}

#[test]
fn where_all_wait_for_something_the_first_that_happens_begins() {
    check(&body("", ""), &[], "Running");
    check(&body("", ""), &[Do::Signal("alarm"), Do::Message("order", "", "1")], "g b e Finished");
    check(&body("", ""), &[Do::Message("order", "", "1")], "m a e Finished");
}
