//! Loop markers on activities.

use super::{check, check_world, process, script, sub};
use crate::world::{Do, World, json};

fn multi(attributes: &str, inside: &str) -> String {
    format!("<multiInstanceLoopCharacteristics {attributes}>{inside}</multiInstanceLoopCharacteristics>")
}

fn with_marker(task: &str, marker: &str) -> String {
    let end = task.rfind("</").expect("an element with a body");
    format!("{}{marker}{}", &task[..end], &task[end..])
}

fn one(activity: &str) -> String {
    process(&format!(r#"<startEvent id="s"/>{activity}<endEvent id="e"/>"#), "s-a, a-e")
}

#[test]
fn instances_run_one_after_the_other_or_at_once() {
    let cardinality = "<loopCardinality>3</loopCardinality>";
    let task = |attributes| with_marker(r#"<userTask id="a"></userTask>"#, &multi(attributes, cardinality));
    let sequential = one(&task(r#"isSequential="true""#));
    check(&sequential, &[Do::Answer("a", "{}")], "s a[0] Running");
    let mut world = World::of_document(&sequential);
    world.run(&[]);
    assert_eq!(world.state.open_tasks().count(), 1);
    let mut world = World::of_document(&one(&task("")));
    world.run(&[]);
    assert_eq!(world.state.open_tasks().count(), 3);
}

#[test]
fn a_list_is_gone_through_and_its_results_are_collected_in_its_order() {
    let marker = multi(
        r#"soar:collection="[3, 1, 2]" soar:element="item" soar:output_collection="results" soar:output_element="output * 10""#,
        "",
    );
    let task = r#"<scriptTask id="a" scriptFormat="cel"><script>item + loop.index</script></scriptTask>"#;
    for attributes in ["", r#"isSequential="true" "#, r#"soar:concurrency="2" "#] {
        let marker = marker
            .replace("<multiInstanceLoopCharacteristics ", &format!("<multiInstanceLoopCharacteristics {attributes}"));
        let body = one(&with_marker(task, &marker));
        let mut world = World::of_document(&body);
        check_world(&mut world, &[], "s a[0] a[1] a[2] a e Finished");
        assert!(world.text.contains("results = [30,20,40]"), "{}", world.text);
    }
}

#[test]
fn a_completion_condition_ends_the_rest() {
    let marker = multi(
        "",
        "<loopCardinality>4</loopCardinality><completionCondition>numberOfCompletedInstances == 2</completionCondition>",
    );
    let inner = with_marker(
        &sub("a", "", r#"<startEvent id="is"/><userTask id="w"/><endEvent id="ie"/>"#, "is-w, w-ie"),
        &marker,
    );
    check(
        &one(&inner),
        &[Do::Answer("w", "{}"), Do::Answer("w", "{}")],
        "s is is is is w ie a[0] w ie a[1] a e Finished",
    );
}

#[test]
fn what_is_no_count_is_a_named_fault_and_an_empty_list_is_done() {
    let task = |marker: &str| one(&with_marker(r#"<userTask id="a"></userTask>"#, marker));
    for wrong in ["0", "-1", "'three'", "1.5"] {
        let mut world = World::of_document(&task(&multi("", &format!("<loopCardinality>{wrong}</loopCardinality>"))));
        check_world(&mut world, &[], "s Failed");
        assert!(world.text.contains("Loop.Cardinality"), "{}", world.text);
    }
    check(&task(&multi(r#"soar:collection="[]""#, "")), &[], "s a e Finished");
    let mut world = World::of_document(&task(&multi(r#"soar:collection="7""#, "")));
    check_world(&mut world, &[], "s Failed");
    let mut world = World::of_document(&task(&multi("", "<loopCardinality>1000000</loopCardinality>")));
    check_world(&mut world, &[], "s Failed");
    assert!(world.text.contains("Limit.Nodes"), "{}", world.text);
}

#[test]
fn a_failed_instance_stops_the_loop_or_is_left_out_or_tells_its_error() {
    let task = |policy: &str| {
        let marker = multi(
            &format!(
                r#"isSequential="true" soar:collection="[1, 0, 2]" soar:element="n" soar:output_collection="all"{policy}"#
            ),
            "",
        );
        one(&with_marker(r#"<scriptTask id="a" scriptFormat="cel"><script>6 / n</script></scriptTask>"#, &marker))
    };
    check(&task(""), &[], "s a[0] Failed");
    let mut world = World::of_document(&task(r#" soar:on_failure="continue""#));
    check_world(&mut world, &[], "s a[0] a[1] a[2] a e Finished");
    assert!(world.text.contains("all = [6,null,3]"), "{}", world.text);
    let mut world = World::of_document(&task(r#" soar:on_failure="collect""#));
    check_world(&mut world, &[], "s a[0] a[1] a[2] a e Finished");
    assert!(world.text.contains(r#"{"error":{"code":"Expression.Type""#), "{}", world.text);
}

#[test]
fn an_event_on_the_border_belongs_to_the_whole_loop() {
    let marker = multi("", "<loopCardinality>2</loopCardinality>");
    let task = with_marker(r#"<serviceTask id="a" soar:component="c" soar:action="x"></serviceTask>"#, &marker);
    let nodes = format!(
        r#"<startEvent id="s"/>{task}<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/></boundaryEvent>
        <endEvent id="e"/><endEvent id="x"/>"#
    );
    let body = process(&nodes, "s-a, a-e, b-x");
    check(&body, &[Do::Refuse("a", "X")], "s b x Finished");
    check(&body, &[Do::Ok("a", "1"), Do::Ok("a", "1")], "s a[0] a[1] a e Finished");
}

#[test]
fn a_standard_loop_asks_before_or_after_and_ends_at_its_maximum() {
    let body = |attributes: &str, condition: &str| {
        let marker = format!(
            "<standardLoopCharacteristics {attributes}><loopCondition><![CDATA[{condition}]]></loopCondition></standardLoopCharacteristics>"
        );
        let task = with_marker(&script("a", "(has(vars.a) ? vars.a : 0) + 1"), &marker);
        one(&task)
    };
    check(&body("", "a < 3"), &[], "s a[0] a[1] a[2] a e Finished");
    check(&body("", "a < 0"), &[], "s a[0] a e Finished");
    check(&body(r#"testBefore="true""#, "has(vars.a) && a < 0"), &[], "s a e Finished");
    check(&body(r#"loopMaximum="2""#, "true"), &[], "s a[0] a[1] a e Finished");
    check(&body("", "a"), &[], "s a[0] Failed");
}

#[test]
fn loops_lie_in_loops() {
    let inner = with_marker(&script("b", "loop.index"), &multi("", "<loopCardinality>2</loopCardinality>"));
    let outer = with_marker(
        &sub("a", "", &format!(r#"<startEvent id="is"/>{inner}<endEvent id="ie"/>"#), "is-b, b-ie"),
        &multi(r#"isSequential="true""#, "<loopCardinality>2</loopCardinality>"),
    );
    check(&one(&outer), &[], "s is b[0] b[1] b ie a[0] is b[0] b[1] b ie a[1] a e Finished");
}

#[test]
fn a_large_list_is_gone_through_in_short_turns() {
    let task = with_marker(
        r#"<scriptTask id="a" scriptFormat="cel"><script>n</script></scriptTask>"#,
        &multi(r#"soar:collection="vars.items" soar:element="n" soar:output_collection="all""#, ""),
    );
    let mut world = World::of_document(&one(&task));
    world.checked = false;
    let items: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
    world.variables = json(&format!(r#"{{"items":[{}]}}"#, items.join(",")));
    world.run(&[]);
    assert_eq!(world.state.executed(), 5_003);
    assert_eq!(world.replay(), world.state);
}
