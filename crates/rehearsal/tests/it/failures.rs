//! How what fails is told.

use crate::world::{Given, around, check, path};

const SUB: &str = r#"<subProcess id="n"><startEvent id="is"/><endEvent id="ie"><errorEventDefinition errorRef="x"/></endEvent>
    <sequenceFlow id="is_ie" sourceRef="is" targetRef="ie"/></subProcess>"#;

fn throwing(body: &str) -> Given {
    let xml = crate::world::document(&[("p", body)]);
    Given::document(&xml.replace("</definitions>", r#"<error id="x" errorCode="Too.Late"/></definitions>"#))
}

#[test]
fn an_activity_whose_error_is_caught_has_failed() {
    let body = format!(
        r#"{}<boundaryEvent id="b" attachedToRef="n"><errorEventDefinition errorRef="x"/></boundaryEvent>
           <endEvent id="c"/>{}"#,
        around(SUB),
        path("b c")
    );
    let outcome = check(throwing(&body), "s is ~ie !n b c", "p FINISHED {}");
    assert!(outcome.taken.contains("b") && !outcome.taken.contains("n_e"));
}

#[test]
fn an_error_that_nothing_catches_holds_its_node() {
    check(throwing(&around(SUB)), "s is !ie", "p FAILED {} (ie Too.Late)");
}

#[test]
fn what_a_terminate_end_event_ends_is_cancelled() {
    let body = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/><userTask id="u"/><task id="t"/><endEvent id="d"/>
           <endEvent id="e"><terminateEventDefinition/></endEvent>{}{}"#,
        path("s f u d"),
        path("f t e")
    );
    let mocks = r#"{"u":{"answer":{},"after":"PT1H"}}"#;
    check(Given::process(&body).mocks(mocks), "s f t ~u e", "p FINISHED {}");
}
