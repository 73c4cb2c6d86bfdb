//! Ad-hoc sub-processes.

use super::{check, process};
use crate::world::Do;

fn body(attributes: &str, condition: &str) -> String {
    let inner = format!(
        r#"<adHocSubProcess id="u" {attributes}><userTask id="a" soar:output='{{"n":"output.n"}}'/><userTask id="b"/>
        <userTask id="c"/>{}{condition}</adHocSubProcess>"#,
        super::flow_elements("u", "b-c")
    );
    process(&format!(r#"<startEvent id="s"/>{inner}<endEvent id="e"/>"#), "s-u, u-e")
}

#[test]
fn activities_that_no_flow_leads_to_are_done_at_once_or_in_turn() {
    let all = [Do::Answer("a", "{}"), Do::Answer("b", "{}"), Do::Answer("c", "{}")];
    check(&body("", ""), &all, "s a b c u e Finished");
    check(
        &body("", ""),
        &[Do::Answer("b", "{}"), Do::Answer("c", "{}"), Do::Answer("a", "{}")],
        "s b c a u e Finished",
    );
    check(&body(r#"ordering="Sequential""#, ""), &all, "s a b c u e Finished");
    let too_early = [Do::Answer("a", "{}")];
    check(&body(r#"ordering="Sequential""#, ""), &too_early, "s a Running");
}

#[test]
fn a_completion_condition_ends_it_and_what_is_left_is_ended_or_waited_for() {
    let condition = "<completionCondition>n == 1</completionCondition>";
    let enough = [Do::Answer("a", r#"{"n":1}"#)];
    check(&body("", condition), &enough, "s a u e Finished");
    check(&body(r#"cancelRemainingInstances="false""#, condition), &enough, "s a Running");
    check(&body(r#"ordering="Sequential""#, condition), &enough, "s a u e Finished");
}
