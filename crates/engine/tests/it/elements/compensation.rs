//! Compensation, and transactions that are cancelled.

use super::{check, process, script, sub};
use crate::world::Do;

/// An activity with what undoes it.
fn undoable(id: &str) -> String {
    format!(
        r#"<task id="{id}"/><boundaryEvent id="{id}b" attachedToRef="{id}"><compensateEventDefinition/></boundaryEvent>
        <task id="{id}u" isForCompensation="true"/><association id="{id}x" sourceRef="{id}b" targetRef="{id}u"/>"#
    )
}

const THROW: &str = r#"<intermediateThrowEvent id="c"><compensateEventDefinition/></intermediateThrowEvent>"#;

#[test]
fn what_was_completed_is_undone_in_reverse_order_once() {
    let nodes = format!(
        r#"<startEvent id="s"/>{}{}{}{THROW}<endEvent id="e"><compensateEventDefinition/></endEvent>"#,
        undoable("a"),
        undoable("b"),
        undoable("never")
    );
    check(&process(&nodes, "s-a, a-b, b-c, c-e, s-never:false"), &[], "s a b bu au c e Finished");
}

#[test]
fn one_activity_alone_can_be_undone_as_often_as_it_was_done() {
    let throw =
        r#"<intermediateThrowEvent id="c"><compensateEventDefinition activityRef="a"/></intermediateThrowEvent>"#;
    let nodes = format!(
        r#"<startEvent id="s"/><parallelGateway id="g"/>{}{}{throw}<userTask id="w"/><endEvent id="e"/>"#,
        undoable("a"),
        undoable("b")
    );
    // Two tokens reach `a`.
    check(
        &process(&nodes, "s-g, g-a, g-a, a-b, b-w, w-c, c-e"),
        &[Do::Answer("w", "{}")],
        "s g a a b b w au au c e Running",
    );
}

#[test]
fn what_was_done_inside_a_sub_process_is_undone_inside_it() {
    let inner = format!(
        r#"<startEvent id="is"/>{}<scriptTask id="iv" scriptFormat="cel" soar:output='{{"x":"output"}}'><script>1</script></scriptTask>{}<endEvent id="ie"/>"#,
        undoable("a"),
        undoable("b")
    );
    let nodes = format!(
        r#"<startEvent id="s"/>{}{}{THROW}<endEvent id="e"/>"#,
        sub("u", "", &inner, "is-a, a-iv, iv-b, b-ie"),
        undoable("z")
    );
    check(&process(&nodes, "s-u, u-z, z-c, c-e"), &[], "s is a iv b ie u z zu bu au u c e Finished");
}

#[test]
fn a_sub_process_can_undo_itself_by_an_event_sub_process() {
    let handler = sub(
        "h",
        r#"triggeredByEvent="true""#,
        &format!(
            r#"<startEvent id="hs"><compensateEventDefinition/></startEvent>{}<endEvent id="he"/>"#,
            script("x", "1")
        ),
        "hs-x, x-he",
    );
    let inner = format!(r#"<startEvent id="is"/>{}<endEvent id="ie"/>{handler}"#, undoable("a"));
    let nodes = format!(r#"<startEvent id="s"/>{}{THROW}<endEvent id="e"/>"#, sub("u", "", &inner, "is-a, a-ie"));
    check(&process(&nodes, "s-u, u-c, c-e"), &[], "s is a ie u hs x he h u c e Finished");
}

#[test]
fn each_iteration_of_a_loop_is_undone() {
    let task = r#"<task id="a"><multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2</loopCardinality>
        </multiInstanceLoopCharacteristics></task><boundaryEvent id="ab" attachedToRef="a"><compensateEventDefinition/>
        </boundaryEvent><task id="au" isForCompensation="true"/><association id="ax" sourceRef="ab" targetRef="au"/>"#;
    let nodes = format!(r#"<startEvent id="s"/>{task}{THROW}<endEvent id="e"/>"#);
    check(&process(&nodes, "s-a, a-c, c-e"), &[], "s a[0] a[1] a au au a c e Finished");
}

#[test]
fn a_handler_that_waits_holds_the_throwing_event_up_and_nothing_is_undone_twice() {
    let task = undoable("a").replace(r#"<task id="au""#, r#"<userTask id="au""#);
    let nodes = format!(r#"<startEvent id="s"/>{task}{}{THROW}<endEvent id="e"/>"#, undoable("b"));
    let body = process(&nodes, "s-a, a-b, b-c, c-e");
    check(&body, &[], "s a b bu Running");
    check(&body, &[Do::Answer("au", "{}")], "s a b bu au c e Finished");
}

#[test]
fn an_error_handler_can_undo_what_its_scope_has_done() {
    let handler = sub(
        "h",
        r#"triggeredByEvent="true""#,
        r#"<startEvent id="hs"><errorEventDefinition/></startEvent><endEvent id="he"><compensateEventDefinition/></endEvent>"#,
        "hs-he",
    );
    let nodes = format!(
        r#"<startEvent id="s"/>{}<endEvent id="x"><errorEventDefinition errorRef="E"/></endEvent>{handler}"#,
        undoable("a")
    );
    let body = format!(r#"<error id="E" errorCode="boom"/>{}"#, process(&nodes, "s-a, a-x"));
    check(&body, &[], "s a hs au he h Finished");
}

#[test]
fn a_cancelled_transaction_is_undone_and_goes_on_at_its_cancel_event() {
    let inner = format!(
        r#"<startEvent id="is"/>{}<parallelGateway id="g"/><userTask id="w"/><endEvent id="x"><cancelEventDefinition/>
        </endEvent><endEvent id="ie"/>"#,
        undoable("a")
    );
    let nodes = format!(
        r#"<startEvent id="s"/><transaction id="t">{inner}{}</transaction><boundaryEvent id="b" attachedToRef="t">
        <cancelEventDefinition/></boundaryEvent><endEvent id="e"/><endEvent id="undone"/>"#,
        super::flow_elements("t", "is-a, a-g, g-w, g-x, w-ie")
    );
    check(&process(&nodes, "s-t, t-e, b-undone"), &[], "s is a g au x b undone Finished");
}
