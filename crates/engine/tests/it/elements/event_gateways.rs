//! Event-based gateways.

use super::{check, process};
use crate::world::Do;

const DECLARED: &str = r#"<message id="M" name="reply"/><signal id="S" name="alarm"/>"#;

fn body(attributes: &str, first: &str) -> String {
    let nodes = format!(
        r#"{first}<eventBasedGateway id="g" {attributes}/>
        <intermediateCatchEvent id="m"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>
        <receiveTask id="r" messageRef="M" soar:key="7"/>
        <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>
        </intermediateCatchEvent>
        <endEvent id="e"/>"#
    );
    let start = if first.is_empty() { "" } else { "s-g, " };
    format!("{DECLARED}{}", process(&nodes, &format!("{start}g-r, g-m, g-t, m-e, t-e, r-e")))
}

#[test]
fn the_first_event_wins() {
    let body = body("", r#"<startEvent id="s"/>"#);
    check(&body, &[], "s Running");
    check(&body, &[Do::Message("reply", "", "1"), Do::Advance("PT5M")], "s g m e Finished");
    check(&body, &[Do::Message("reply", "7", "1")], "s g r e Finished");
    check(&body, &[Do::Advance("PT5M"), Do::Message("reply", "", "1")], "s g t e Finished");
}

#[test]
fn a_gateway_that_starts_the_process_waits_for_one_or_for_all() {
    check(&body(r#"instantiate="true""#, ""), &[Do::Message("reply", "", "1")], "g m e Finished");
    let all = body(r#"instantiate="true" eventGatewayType="Parallel""#, "");
    check(&all, &[Do::Message("reply", "", "1"), Do::Advance("PT5M")], "m e t e Running");
    check(
        &all,
        &[Do::Message("reply", "", "1"), Do::Advance("PT5M"), Do::Message("reply", "7", "1")],
        "m e t e g r e Finished",
    );
}
