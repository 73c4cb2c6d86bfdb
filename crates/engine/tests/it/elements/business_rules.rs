//! Business-rule tasks: decisions of tables in the document.

use super::{check_world, process};
use crate::world::{World, json};

fn body(task: &str, hit_policy: &str) -> String {
    let rule = |id: &str, input: &str, output: &str| {
        format!(
            r#"<rule id="{id}"><inputEntry><text><![CDATA[{input}]]></text></inputEntry>
            <outputEntry><text><![CDATA[{output}]]></text></outputEntry></rule>"#
        )
    };
    let table = format!(
        r#"<extensionElements><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
        namespace="x"><decision id="response" name="Response"><decisionTable id="t" hitPolicy="{hit_policy}">
        <input id="i"><inputExpression><text>data_object.severity</text></inputExpression></input><output id="o"/>
        {}{}</decisionTable></decision></definitions></extensionElements>"#,
        rule("r1", "[3..10]", r#""isolate""#),
        rule("r2", ">= 2", r#""watch""#),
    );
    format!("{table}{}", process(&format!(r#"<startEvent id="s"/>{task}<endEvent id="e"/>"#), "s-n, n-e"))
}

const TASK: &str = r#"<businessRuleTask id="n" soar:decision="response" soar:output='{"response":"output"}'/>"#;

#[test]
fn the_decision_is_the_output() {
    let mut world = World::of_document(&body(TASK, "FIRST"));
    check_world(&mut world, &[], "s n e Finished");
    assert!(world.text.contains(r#"response = "isolate""#), "{}", world.text);
    let mut world = World::of_document(&body(TASK, "COLLECT"));
    check_world(&mut world, &[], "s n e Finished");
    assert!(world.text.contains(r#"response = ["isolate","watch"]"#), "{}", world.text);
}

#[test]
fn rules_that_contradict_each_other_are_a_fault() {
    let mut world = World::of_document(&body(TASK, "UNIQUE"));
    check_world(&mut world, &[], "s Failed");
    assert!(world.text.contains("Decision.NotUnique"), "{}", world.text);
    let mut world = World::of_document(&body(TASK, "UNIQUE"));
    world.context = json(r#"{"data_object":{"severity":1}}"#);
    check_world(&mut world, &[], "s n e Finished");
    assert!(world.text.contains("response = null"), "{}", world.text);
}
