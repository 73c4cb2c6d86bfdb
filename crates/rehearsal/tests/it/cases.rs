//! Cases of a workflow, and the branches that they take.

use std::collections::HashMap;

use rehearsal::cases::{self, Report};
use rehearsal::{Error, NoScripts, Suite};

use crate::world::{Anything, document, path};

fn flow(id: &str, from: &str, to: &str, condition: &str) -> String {
    format!(
        r#"<sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}">
           <conditionExpression>{condition}</conditionExpression></sequenceFlow>"#
    )
}

/// A score decides whether a component is asked, whose errors are caught.
fn workflow() -> String {
    let body = format!(
        r#"<startEvent id="s"/><scriptTask id="score" scriptFormat="cel"><script>data_object.severity * 10</script>
           </scriptTask><exclusiveGateway id="choice" default="low"/><serviceTask id="look"/>
           <boundaryEvent id="failed" attachedToRef="look"><errorEventDefinition/></boundaryEvent>
           <endEvent id="closed"/><endEvent id="seen"/><endEvent id="unseen"/>{}{}{}{}
           <sequenceFlow id="low" sourceRef="choice" targetRef="closed"/>"#,
        path("s score choice"),
        flow("high", "choice", "look", "score &gt; 50"),
        path("look seen"),
        path("failed unseen"),
    );
    document(&[("p", &body)])
}

const SETTINGS: &str = r#"{"node_info":{"score":{"output":{"score":"output"}},"look":{"output":{"got":"output"}}}}"#;
const LOW: &str = "
  - name: low
    input: {severity: 3}
    expect: {status: FINISHED, path: [score, closed], avoids: [look], variables: {score: 30}}
";
const HIGH: &str = "
  - name: high
    input: {severity: 9}
    mocks: {look: {output: {risk: 1}}}
    expect: {status: FINISHED, path: [choice, look, seen], variables: {got: {risk: 1}}}
  - name: high and unreachable
    input: {severity: 9}
    mocks: {look: {error: {code: HTTP.Refused}}}
    expect: {status: FINISHED, path: [failed, unseen], variables: {got: null}}
";

/// Texts by the names of their files.
struct Files(HashMap<&'static str, String>);

impl cases::Files for Files {
    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn read(&self, name: &str) -> Result<String, String> {
        self.0.get(name).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

fn run(cases: &str) -> Result<Report, Error> {
    let files = Files(HashMap::from([
        ("w.bpmn", workflow()),
        ("s.json", SETTINGS.to_owned()),
        ("v/x.y.bpmn", workflow()),
        ("v/x.y.taskconfig.json", SETTINGS.to_owned()),
        ("broken.bpmn", workflow().replace(r#"sourceRef="s""#, r#"sourceRef="q""#)),
    ]));
    Suite::read(cases, "w.bpmn")?.run(&files, &Anything, &mut NoScripts)
}

fn suite(cases: &str) -> String {
    format!("settings: s.json\ncases:{cases}")
}

/// What fails, as `case: failure`, and what is not taken.
#[track_caller]
fn check(cases: &str, failures: &[&str], missed: &[&str]) {
    let report = run(&suite(cases)).unwrap_or_else(|error| panic!("{error}"));
    let found: Vec<String> =
        report.cases.iter().flat_map(|case| case.failures.iter().map(|it| format!("{}: {it}", case.name))).collect();
    assert_eq!(found, failures);
    let found: Vec<String> =
        report.coverage.missed().map(|branch| format!("{} {}", branch.kind.word(), branch.id)).collect();
    assert_eq!(found, missed);
}

#[test]
fn cases_that_take_every_branch_cover_everything() {
    check(&format!("{LOW}{HIGH}"), &[], &[]);
    let report = run(&suite(&format!("{LOW}{HIGH}"))).expect("runs");
    assert_eq!((report.coverage.branches.len(), report.coverage.percent()), (7, 100.0));
}

#[test]
fn settings_that_lie_beside_the_workflow_need_no_mention() {
    let report = run(&format!("workflow: v/x.y.bpmn\ncases:{LOW}")).expect("runs");
    assert!(report.cases[0].failures.is_empty(), "{:?}", report.cases[0].failures);
}

#[test]
fn branches_that_no_case_takes_are_listed() {
    check(LOW, &[], &["flow high", "flow look_seen", "flow failed_unseen", "boundary event failed"]);
    check(HIGH, &[], &["default flow low"]);
}

#[test]
fn what_is_not_as_expected_is_said() {
    let wrong = "
  - name: a
    input: {severity: 3}
    expect: {status: WAITING, path: [closed, score], avoids: [choice], variables: {score: 31, none: 1}, fault: X}
  - name: b
    input: {severity: x}
    expect: {status: FINISHED}
";
    check(
        wrong,
        &[
            "a: status: expected WAITING, found FINISHED",
            "a: fault: expected X, found none",
            "a: path: 'score' was not reached in its turn; it went s score choice closed",
            "a: avoids: 'choice' was reached",
            "a: variables.score: expected 31, found 30",
            "a: variables.none: expected 1, found null",
            "b: status: expected FINISHED, found FAILED (score: Expression.Type: the script: '*' cannot be applied to \
             string and number at 1:24)",
        ],
        &["flow high", "flow look_seen", "flow failed_unseen", "boundary event failed"],
    );
}

#[test]
fn a_case_that_expects_its_fault_holds() {
    let expected = "
  - name: b
    input: {severity: x}
    expect: {status: FAILED, fault: Expression.Type, path: [score]}
";
    let report = run(&suite(expected)).expect("runs");
    assert!(report.cases[0].failures.is_empty(), "{:?}", report.cases[0].failures);
}

#[test]
fn a_case_that_cannot_run_fails_alone() {
    let unknown = "
  - name: a
    process: q
    expect: {status: FINISHED}
";
    let report = run(&suite(&format!("{unknown}{LOW}"))).expect("runs");
    assert!(report.cases[0].failures[0].contains("no process 'q'"), "{:?}", report.cases[0].failures);
    assert!(report.cases[1].failures.is_empty());
}

#[track_caller]
fn check_refused(cases: &str, expected: &str) {
    let refused = run(cases).expect_err(cases).to_string();
    assert!(refused.starts_with(expected), "{refused}");
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_the_place() {
    let case = |rest: &str| format!("cases: [{{name: a, expect: {{status: FINISHED}}, {rest}}}]");
    check_refused("cases: [", "cases: not JSON or YAML");
    check_refused("[]", "the file: expected an object");
    check_refused("cases: []", "cases: expected at least one case");
    check_refused("casse: []", "casse: there is no such member");
    check_refused("cases: [{expect: {status: FINISHED}}]", "cases[0].name: expected a text, found nothing");
    check_refused("cases: [{name: a}]", "cases[0].expect: expected an object, found nothing");
    check_refused("cases: [{name: a, expect: {status: DONE}}]", "cases[0].expect.status: expected FINISHED, FAILED");
    check_refused(&case("max_steps: 0"), "cases[0].max_steps: expected a positive number, found 0");
    check_refused(&case("mocks: {look: 3}"), "cases[0].mocks.look: expected an object");
    check_refused(&case("messages: [{}]"), "cases[0].messages[0]: expected either");
    check_refused(&case("messages: [{signal: x, key: k}]"), "cases[0].messages[0].key: expected none");
    check_refused(&format!("workflow: none.bpmn\n{}", case("set: {}")), "none.bpmn: there is no such file");
    check_refused(&format!("workflow: broken.bpmn\n{}", case("set: {}")), "broken.bpmn: error event_flow s");
    check_refused(&format!("workflow: s.json\n{}", case("set: {}")), "s.json: ");
}
