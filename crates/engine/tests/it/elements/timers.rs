//! Timers in every position.

use super::{check, process, sub};
use crate::world::Do;

const DURATION: &str = "<timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>";
const CYCLE: &str = "<timerEventDefinition><timeCycle>R3/PT5M</timeCycle></timerEventDefinition>";

#[test]
fn an_interrupting_timer_on_an_activity_ends_it() {
    let body = process(
        &format!(
            r#"<startEvent id="s"/><userTask id="a"/><boundaryEvent id="t" attachedToRef="a">{DURATION}</boundaryEvent>
            <endEvent id="e"/><endEvent id="late"/>"#
        ),
        "s-a, a-e, t-late",
    );
    check(&body, &[], "s Running");
    check(&body, &[Do::Advance("PT4M"), Do::Answer("a", "{}"), Do::Advance("PT9M")], "s a e Finished");
    check(&body, &[Do::Advance("PT5M")], "s t late Finished");
}

#[test]
fn a_timer_that_does_not_interrupt_fires_as_often_as_its_cycle_says() {
    let body = |definition: &str| {
        process(
            &format!(
                r#"<startEvent id="s"/><userTask id="a"/>
                <boundaryEvent id="t" attachedToRef="a" cancelActivity="false">{definition}</boundaryEvent>
                <endEvent id="e"/><endEvent id="told"/>"#
            ),
            "s-a, a-e, t-told",
        )
    };
    let once = [Do::Advance("PT5M"), Do::Advance("PT50M"), Do::Answer("a", "{}")];
    check(&body(DURATION), &once, "s t told a e Finished");
    // All that was missed is made up for, one interval after the other.
    let thrice = [Do::Advance("PT5M"), Do::Advance("PT50M"), Do::Answer("a", "{}")];
    check(&body(CYCLE), &thrice, "s t told t told t told a e Finished");
    let endless = CYCLE.replace("R3/", "R/");
    let twice = [Do::Advance("PT5M"), Do::Advance("PT5M"), Do::Answer("a", "{}"), Do::Advance("PT50M")];
    check(&body(&endless), &twice, "s t told t told a e Finished");
}

#[test]
fn a_timer_starts_an_event_sub_process() {
    let handler = |interrupting: &str| {
        sub(
            "h",
            r#"triggeredByEvent="true""#,
            &format!(
                r#"<startEvent id="t" isInterrupting="{interrupting}">{DURATION}</startEvent><endEvent id="he"/>"#
            ),
            "t-he",
        )
    };
    let body = |interrupting: &str| {
        process(
            &format!(r#"<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>{}"#, handler(interrupting)),
            "s-a, a-e",
        )
    };
    check(&body("true"), &[Do::Advance("PT5M")], "s t he h Finished");
    check(&body("false"), &[Do::Advance("PT5M"), Do::Answer("a", "{}")], "s t he h a e Finished");
    check(&body("true"), &[Do::Answer("a", "{}"), Do::Advance("PT5M")], "s a e Finished");
}

#[test]
fn a_cycle_in_the_middle_of_a_process_fires_once() {
    let nodes = format!(
        r#"<startEvent id="s"/><intermediateCatchEvent id="c">{CYCLE}</intermediateCatchEvent><endEvent id="e"/>"#
    );
    check(&process(&nodes, "s-c, c-e"), &[Do::Advance("PT4M"), Do::Advance("PT1M")], "s c e Finished");
}

#[test]
fn a_time_that_is_none_is_a_fault_of_the_activity_and_can_be_retried() {
    let nodes = r#"<startEvent id="s"/><userTask id="a"/><boundaryEvent id="t" attachedToRef="a"><timerEventDefinition>
        <timeDuration>vars.pause</timeDuration></timerEventDefinition></boundaryEvent><endEvent id="e"/>"#;
    check(&process(nodes, "s-a, a-e, t-e"), &[], "s Failed");
    check(&process(nodes, "s-a, a-e, t-e"), &[Do::Retry], "s Failed");
    check(&process(nodes, "s-a, a-e, t-e"), &[Do::Skip("a", "{}")], "s a e Finished");
}
