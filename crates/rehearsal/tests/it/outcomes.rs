//! How rehearsals end, and what their outcome says.

use model::Value;

use crate::world::{Given, around, check, check_notes, json, path};

const SCORE: &str = r#"<scriptTask id="n" name="Score" scriptFormat="cel">
    <script>data_object.severity * limit</script></scriptTask>"#;

fn score() -> Given {
    let mut given = Given::process(&around(SCORE)).settings(r#"{"node_info":{"n":{"output":{"score":"output"}}}}"#);
    given.input = json(r#"{"severity":3}"#);
    given.variables.insert("limit".into(), Value::int(10));
    given
}

#[test]
fn a_finished_process_tells_its_last_variables() {
    check(score(), "s n e", r#"p FINISHED {"limit":10,"score":30}"#);
}

#[test]
fn the_json_has_exactly_the_documented_shape() {
    let outcome = score().run().expect("runs");
    assert_eq!(
        outcome.to_json(),
        concat!(
            r#"{"status":"FINISHED","instances":[{"process":"p","status":"FINISHED","#,
            r#""variables":{"limit":10,"score":30},"fault":null}],"trace":["#,
            r#"{"instance":0,"node":"s","name":"","element":"startEvent","loop":null,"event":"started","at":"2026-01-01T00:00:00.000Z"},"#,
            r#"{"instance":0,"node":"s","name":"","element":"startEvent","loop":null,"event":"completed","at":"2026-01-01T00:00:00.000Z"},"#,
            r#"{"instance":0,"node":"n","name":"Score","element":"scriptTask","loop":null,"event":"started","at":"2026-01-01T00:00:00.000Z"},"#,
            r#"{"instance":0,"node":"n","name":"Score","element":"scriptTask","loop":null,"event":"completed","at":"2026-01-01T00:00:00.000Z"},"#,
            r#"{"instance":0,"node":"e","name":"","element":"endEvent","loop":null,"event":"started","at":"2026-01-01T00:00:00.000Z"},"#,
            r#"{"instance":0,"node":"e","name":"","element":"endEvent","loop":null,"event":"completed","at":"2026-01-01T00:00:00.000Z"}]}"#,
        )
    );
}

#[test]
fn a_fault_fails_the_instance_and_says_where_and_why() {
    let mut given = score();
    given.input = json(r#"{"severity":"high"}"#);
    let outcome = check(given, "s !n", r#"p FAILED {"limit":10} (n Expression.Type)"#);
    let text = outcome.to_text();
    assert!(text.contains("failed       n  scriptTask"), "{text}");
    assert!(text.contains("0  p  FAILED  {\"limit\":10}\n   n: Expression.Type: the script"), "{text}");
}

#[test]
fn a_join_whose_tokens_never_come_is_a_fault() {
    let body = format!(
        r#"<startEvent id="s"/><inclusiveGateway id="x" default="x_j"/><task id="a"/><parallelGateway id="j"/>
           <endEvent id="e"/>{}<sequenceFlow id="x_a" sourceRef="x" targetRef="a">
           <conditionExpression>false</conditionExpression></sequenceFlow>{}"#,
        path("s x j e"),
        path("a j")
    );
    let given = Given::process(&body);
    check(given, "s x", "p FAILED {} (j Join.Waits)");
}

#[test]
fn an_endless_loop_ends_with_the_steps() {
    let body = format!(
        r#"<startEvent id="s"/><exclusiveGateway id="m"/><task id="a"/><exclusiveGateway id="x" default="x_m"/>
           <endEvent id="e"/>{}<sequenceFlow id="x_e" sourceRef="x" targetRef="e">
           <conditionExpression>vars.done == true</conditionExpression></sequenceFlow>"#,
        path("s m a x m")
    );
    let mut given = Given::process(&body);
    given.max_steps = 5;
    check(given, "s m a x m !a", "p FAILED {} (a Limit.Nodes)");
}

#[test]
fn javascript_is_run_by_the_caller() {
    let script = r#"<scriptTask id="n" scriptFormat="javascript"><script>vars.x = 1</script></scriptTask>"#;
    let given = || Given::process(&around(script));
    check(given().script("vars.x = 1", "7", r#"{"x":1}"#), "s n e", r#"p FINISHED {"x":1}"#);
    // A mock answers in its place, and sets what the mapping sets.
    let mapped = given().settings(r#"{"node_info":{"n":{"output":{"y":"output"}}}}"#);
    check(mapped.mocks(r#"{"n":{"output":5}}"#), "s n e", r#"p FINISHED {"y":5}"#);
}

#[test]
fn mocks_that_nothing_asks_for_are_noted() {
    let outcome = check(
        score().mocks(r#"{"nobody":{"output":1},"n":{"output":1}}"#),
        "s n e",
        r#"p FINISHED {"limit":10,"score":30}"#,
    );
    // A script in CEL runs in the engine: its mock has no use either.
    check_notes(&outcome, &["nothing asked for the mock 'nobody'", "nothing asked for the mock 'n'"]);
}
