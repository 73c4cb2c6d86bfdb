//! Complex gateways.

use super::{check, process, sub};
use crate::world::Do;

fn three(condition: &str, after: &str) -> String {
    let nodes = format!(
        r#"<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><complexGateway id="g">{condition}
        </complexGateway>{after}<endEvent id="e"/>"#
    );
    process(&nodes, "s-a, s-b, s-c, a-g, b-g, c-g, g-e")
}

#[test]
fn two_of_three_let_it_go_on_and_the_third_is_swallowed() {
    let body = three("<activationCondition>activationCount >= 2</activationCondition>", "");
    check(&body, &[Do::Answer("a", "{}")], "s a Running");
    check(&body, &[Do::Answer("a", "{}"), Do::Answer("c", "{}")], "s a c g e Running");
    let all = [Do::Answer("a", "{}"), Do::Answer("c", "{}"), Do::Answer("b", "{}")];
    check(&body, &all, "s a c g e b Finished");
}

#[test]
fn without_a_condition_the_first_lets_it_go_on() {
    let all = [Do::Answer("b", "{}"), Do::Answer("a", "{}"), Do::Answer("c", "{}")];
    check(&three("", ""), &all, "s b g e a c Finished");
}

#[test]
fn one_that_can_never_activate_fails_and_does_not_hang() {
    let body = three("<activationCondition>activationCount > 3</activationCondition>", "");
    check(&body, &[Do::Answer("a", "{}"), Do::Answer("b", "{}"), Do::Answer("c", "{}")], "s a b c Failed");
}

#[test]
fn after_a_reset_it_waits_again() {
    let inner = r#"<startEvent id="is"/><task id="a"/><task id="b"/><complexGateway id="g"/><endEvent id="ie"/>"#;
    let marker = r#"<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"#;
    let u =
        sub("u", "", inner, "is-a, is-b, a-g, b-g, g-ie").replace("</subProcess>", &format!("{marker}</subProcess>"));
    let nodes = format!(r#"<startEvent id="s"/>{u}<endEvent id="e"/>"#);
    check(&process(&nodes, "s-u, u-e"), &[], "s is a b g ie u[0] is a b g ie u[1] u e Finished");
}
