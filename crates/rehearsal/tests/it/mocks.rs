//! What mocks answer, in which order, and how long it takes.

use rehearsal::Mocks;

use crate::world::{Given, around, check, check_notes, json, path};

const CALL: &str = r#"<serviceTask id="n" soar:component="HTTP" soar:action="request"/>"#;
const MAPPED: &str = r#"{"node_info":{"n":{"output":{"seen":"output"}}}}"#;

/// A service task that is called until it says that it is enough.
fn repeated() -> Given {
    let body = format!(
        r#"<startEvent id="s"/><exclusiveGateway id="m"/>{CALL}<exclusiveGateway id="x" default="x_m"/>
           <endEvent id="e"/>{}<sequenceFlow id="x_e" sourceRef="x" targetRef="e">
           <conditionExpression>seen.enough</conditionExpression></sequenceFlow>"#,
        path("s m n x m")
    );
    Given::process(&body).settings(MAPPED)
}

#[test]
fn answers_are_used_in_order_and_the_last_one_again() {
    let mocks = r#"{"n":[{"output":{"enough":false}},{"output":{}},{"output":{"enough":true}}]}"#;
    check(repeated().mocks(mocks), "s m n x m n x m n x e", r#"p FINISHED {"seen":{"enough":true}}"#);
    let mut given = repeated().mocks(r#"{"n":[{"output":{"enough":false}}]}"#);
    given.max_steps = 7;
    check(given, "s m n x m n x !m", r#"p FAILED {"seen":{"enough":false}} (m Limit.Nodes)"#);
}

#[test]
fn a_mock_for_an_action_answers_for_every_node_that_has_none_of_its_own() {
    let given = || Given::process(&around(CALL)).settings(MAPPED);
    let both = r#"{"HTTP.request":{"output":1},"n":{"output":2}}"#;
    check(given().mocks(r#"{"HTTP.request":{"output":1}}"#), "s n e", r#"p FINISHED {"seen":1}"#);
    let outcome = check(given().mocks(both), "s n e", r#"p FINISHED {"seen":2}"#);
    check_notes(&outcome, &["'HTTP.request'"]);
    check(given(), "s n e", r#"p FINISHED {"seen":{}}"#);
}

#[test]
fn what_a_mock_stands_for_need_not_exist() {
    for call in [r#"<serviceTask id="n"/>"#, r#"<serviceTask id="n" soar:component="Unknown" soar:action="a"/>"#] {
        let given = Given::process(&around(call)).settings(MAPPED).mocks(r#"{"n":{"output":1}}"#);
        let problems = given.prepared().problems;
        assert!(problems.iter().any(|problem| problem.message.ends_with("(the rehearsal answers in its place)")));
        check(given, "s n e", r#"p FINISHED {"seen":1}"#);
    }
}

#[test]
fn an_error_is_retried_as_the_node_says_and_then_caught() {
    let settings = r#"{"node_info":{"n":{"output":{"seen":"output"},
        "retry":{"max_attempts":2,"backoff":"fixed","initial":"PT10S","max":"PT10S"}}}}"#;
    let body = format!(
        r#"{}<boundaryEvent id="b" attachedToRef="n"><errorEventDefinition/></boundaryEvent><endEvent id="c"/>{}"#,
        around(CALL),
        path("b c")
    );
    let given = |mocks: &str| Given::process(&body).settings(settings).mocks(mocks);
    let busy = r#"{"error":{"code":"HTTP.Timeout","message":"busy","retryable":true}}"#;
    let outcome = given(&format!(r#"{{"n":[{busy},{{"output":5}}]}}"#)).run().expect("runs");
    assert_eq!(outcome.instances[0].variables, json(r#"{"seen":5}"#));
    assert!(outcome.trace.last().expect("an end").at > outcome.trace[0].at, "the pause moves the clock");
    // The activity whose error is caught has failed; the instance has not.
    let outcome = given(r#"{"n":{"error":{"code":"HTTP.Refused"}}}"#);
    check(outcome, "s !n b c", "p FINISHED {}");
}

#[test]
fn an_answer_that_takes_longer_than_the_node_allows_is_a_timeout() {
    let given = |timeout: &str| {
        let settings = format!(r#"{{"node_info":{{"n":{{"timeout":"{timeout}"}}}}}}"#);
        Given::process(&around(CALL)).settings(&settings).mocks(r#"{"n":{"output":{},"after":"PT5M"}}"#)
    };
    check(given("PT10M"), "s n@PT5M e", "p FINISHED {}");
    check(given("PT1M"), "s !n@PT1M", "p FAILED {} (n Effect.Timeout)");
}

const REVIEW: &str = r#"<userTask id="n"/>"#;

fn review(parameters: &str) -> Given {
    let settings = format!(
        r#"{{"usertask_info":{{"n":{{"due":"P1D","handle_parameters":[{parameters}],"output":{{"verdict":"output.verdict"}}}}}}}}"#
    );
    Given::process(&around(REVIEW)).settings(&settings)
}

#[test]
fn people_answer_by_mock_or_with_the_declared_defaults() {
    let defaults = r#"{"key":"verdict","name":"V","default":"watch"}"#;
    check(review(defaults), "s n e", r#"p FINISHED {"verdict":"watch"}"#);
    let blocks = r#"{"n":{"answer":{"verdict":"block"},"after":"PT4H"}}"#;
    check(review(defaults).mocks(blocks), "s n@PT4H e", r#"p FINISHED {"verdict":"block"}"#);
    check(review(defaults).mocks(r#"{"n":{"terminate":true}}"#), "s ~n", "p TERMINATED {}");
}

#[test]
fn a_task_that_nobody_can_answer_waits_and_one_that_is_answered_too_late_falls_due() {
    let required = r#"{"key":"verdict","name":"V","required":true}"#;
    let outcome = check(review(required), "s", "p WAITING {}");
    check_notes(&outcome, &["nobody can answer 'n': its handling parameter 'verdict' is required", "'p' waits at 'n'"]);
    let late = r#"{"n":{"answer":{"verdict":"block"},"after":"P2D"}}"#;
    check(review(required).mocks(late), "s ~n@PT24H", "p TERMINATED {}");
}

#[track_caller]
fn check_refused(mocks: &str, place: &str, part: &str) {
    let refused = match Mocks::read(&json(mocks)) {
        Err(error) => error,
        Ok(_) => Given::process(&around(REVIEW)).mocks(mocks).run().expect_err(mocks),
    };
    let text = refused.to_string();
    assert!(text.starts_with(&format!("{place}: ")) && text.contains(part), "{text}");
}

#[test]
fn a_mock_that_means_nothing_is_refused_with_its_place() {
    check_refused("[]", "mocks", "an object");
    check_refused(r#"{"n":[]}"#, "mocks.n", "at least one");
    check_refused(r#"{"n":[{"output":1},3]}"#, "mocks.n[1]", "an object, not a number");
    check_refused(r#"{"n":{"outputs":1}}"#, "mocks.n", "there is no 'outputs'");
    check_refused(r#"{"n":{"output":1,"answer":{}}}"#, "mocks.n", "only one of");
    check_refused(r#"{"n":{"after":"soon"}}"#, "mocks.n.after", "PT5M");
    check_refused(r#"{"n":{"error":{"kind":"x"}}}"#, "mocks.n.error", "code");
    check_refused(r#"{"n":{"answer":3}}"#, "mocks.n.answer", "an object");
    check_refused(r#"{"n":{"terminate":1}}"#, "mocks.n.terminate", "true");
    check_refused(r#"{"n":{"output":{}}}"#, "mocks.n[0]", "a user task");
    check_refused(r#"{"s":{"terminate":true}}"#, "mocks.s[0]", "only a user task");
}
