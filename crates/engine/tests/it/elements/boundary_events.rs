//! Events on the border of every kind of activity.

use super::{check, process, sub};
use crate::world::Do;

const DECLARED: &str = r#"<signal id="S" name="alarm"/>"#;

#[test]
fn an_activity_of_any_kind_can_be_interrupted() {
    let inner = sub("a", "", r#"<startEvent id="is"/><userTask id="w"/><endEvent id="ie"/>"#, "is-w, w-ie");
    let call = r#"<callActivity id="a" calledElement="q"/>"#;
    let other = r#"<process id="q" isExecutable="true"><startEvent id="qs"/><userTask id="qw"/><endEvent id="qe"/>
        <sequenceFlow id="q1" sourceRef="qs" targetRef="qw"/><sequenceFlow id="q2" sourceRef="qw" targetRef="qe"/></process>"#;
    for (activity, inside) in [
        (r#"<userTask id="a"/>"#, ""),
        (r#"<serviceTask id="a" soar:component="c" soar:action="x"/>"#, ""),
        (&inner, "is "),
        (call, "qs "),
        (r#"<receiveTask id="a" messageRef="M"/>"#, ""),
    ] {
        let nodes = format!(
            r#"<startEvent id="s"/>{activity}<boundaryEvent id="b" attachedToRef="a">
            <signalEventDefinition signalRef="S"/></boundaryEvent><endEvent id="e"/><endEvent id="x"/>"#
        );
        let body = format!(r#"<message id="M" name="m"/>{DECLARED}{}{other}"#, process(&nodes, "s-a, a-e, b-x"));
        check(&body, &[Do::Signal("alarm")], &format!("s {inside}b x Finished"));
    }
}

#[test]
fn what_goes_on_beside_an_activity_outlives_it() {
    let nodes = r#"<startEvent id="s"/><userTask id="a"/><boundaryEvent id="b" attachedToRef="a" cancelActivity="false">
        <signalEventDefinition signalRef="S"/></boundaryEvent><userTask id="w"/><endEvent id="e"/><endEvent id="x"/>"#;
    let body = format!("{DECLARED}{}", process(nodes, "s-a, a-e, b-w, w-x"));
    check(&body, &[Do::Signal("alarm"), Do::Answer("a", "{}")], "s b a e Running");
    check(&body, &[Do::Signal("alarm"), Do::Answer("a", "{}"), Do::Answer("w", "{}")], "s b a e w x Finished");
}

#[test]
fn an_activity_with_a_fault_can_still_be_interrupted() {
    let nodes = r#"<startEvent id="s"/><serviceTask id="a" soar:component="c" soar:action="x"/>
        <boundaryEvent id="b" attachedToRef="a"><timerEventDefinition><timeDuration>PT5M</timeDuration>
        </timerEventDefinition></boundaryEvent><endEvent id="e"/><endEvent id="x"/>"#;
    let body = process(nodes, "s-a, a-e, b-x");
    check(&body, &[Do::Refuse("a", "X")], "s Running");
    check(&body, &[Do::Refuse("a", "X"), Do::Advance("PT5M")], "s b x Finished");
    check(&body, &[Do::Refuse("a", "X"), Do::Retry, Do::Ok("a", "1"), Do::Advance("PT5M")], "s a e Finished");
}
