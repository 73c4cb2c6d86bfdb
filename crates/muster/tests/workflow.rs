//! `muster workflow` as a person types it: exit codes, what is printed where, bad input.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const MUSTER: &str = env!("CARGO_BIN_EXE_muster");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace's folder")
}

/// A folder with files, and the program in it.
struct Folder(tempfile::TempDir);

struct Output {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("writes");
        }
        Self(folder)
    }

    fn run(&self, args: &[&str]) -> Output {
        muster(self.0.path(), args)
    }
}

fn muster(folder: &Path, args: &[&str]) -> Output {
    let output = Command::new(MUSTER).arg("workflow").args(args).current_dir(folder).output().expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Output { code: output.status.code().expect("a code"), out: text(output.stdout), err: text(output.stderr) }
}

/// A document around the body of process `p` and other processes.
fn document(body: &str, others: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="test">
<process id="p" isExecutable="true">
<startEvent id="s"/>
{body}
<endEvent id="e"/>
<sequenceFlow id="s_n" sourceRef="s" targetRef="n"/>
<sequenceFlow id="n_e" sourceRef="n" targetRef="e"/>
</process>
{others}
</definitions>"#
    )
}

fn script(language: &str, source: &str) -> String {
    document(
        &format!(r#"<scriptTask id="n" name="N" scriptFormat="{language}"><script>{source}</script></scriptTask>"#),
        "",
    )
}

#[test]
fn the_exit_code_tells_how_the_first_instance_stands() {
    let folder = Folder::with(&[
        ("ok.bpmn", &script("cel", "1 + data_object.x + y")),
        ("task.bpmn", &document(r#"<userTask id="n"/>"#, "")),
        (
            "task.taskconfig.json",
            r#"{"usertask_info":{"n":{"handle_parameters":[{"key":"k","name":"K","required":true}]}}}"#,
        ),
        ("stop.yaml", "n: {terminate: true}\n"),
        ("answer.yaml", "n: [{answer: {k: 1}, after: PT1H}]\n"),
        ("broken.bpmn", &document(r#"<userTask id="m"/>"#, "")),
    ]);
    let check = |args: &[&str], code: i32, status: &str| {
        let output = folder.run(&[&["run"], args, &["--format", "json"]].concat());
        assert_eq!(output.code, code, "{args:?}: {}{}", output.out, output.err);
        let json: Value = serde_json::from_str(&output.out).unwrap_or_default();
        assert_eq!(json["status"].as_str().unwrap_or_default(), status, "{args:?}: {}", output.out);
        output
    };
    check(&["ok.bpmn", "--input", r#"{"x":1}"#, "--set", "y=2"], 0, "FINISHED");
    check(&["ok.bpmn", "--set", "y=2"], 2, "FAILED");
    let waits = check(&["task.bpmn"], 3, "WAITING");
    assert!(waits.err.contains("note: ") && waits.err.contains("'k' is required"), "{}", waits.err);
    check(&["task.bpmn", "--mock", "answer.yaml"], 0, "FINISHED");
    check(&["task.bpmn", "--mock", "stop.yaml"], 4, "TERMINATED");
    check(&["ok.bpmn", "--set", "y=2", "--input", r#"{"x":1}"#, "--max-steps", "1"], 2, "FAILED");
    let invalid = check(&["broken.bpmn"], 2, "");
    assert!(invalid.err.contains("broken.bpmn:6:1 error reference s_n: "), "{}", invalid.err);
}

#[test]
fn the_json_is_what_is_documented_and_nothing_else() {
    let folder = Folder::with(&[("w.bpmn", &script("cel", "40 + 2")), ("input.json", "{\"a\": 1}")]);
    let output = folder.run(&["run", "w.bpmn", "--input", "@input.json", "--set", "a=[1]", "--format", "json"]);
    let at = "2026-01-01T00:00:00.000Z";
    let entry = |node: &str, name: &str, element: &str, event: &str| {
        format!(
            r#"{{"instance":0,"node":"{node}","name":"{name}","element":"{element}","loop":null,"event":"{event}","at":"{at}"}}"#
        )
    };
    let both = |node, name, element| {
        [entry(node, name, element, "started"), entry(node, name, element, "completed")].join(",")
    };
    let trace = [both("s", "", "startEvent"), both("n", "N", "scriptTask"), both("e", "", "endEvent")].join(",");
    let instance = r#"{"process":"p","status":"FINISHED","variables":{"a":[1]},"fault":null}"#;
    assert_eq!(output.out, format!(r#"{{"status":"FINISHED","instances":[{instance}],"trace":[{trace}]}}"#) + "\n");
    assert_eq!(output.code, 0);
    // For people, the same in lines.
    let output = folder.run(&["run", "w.bpmn"]);
    assert!(output.out.contains("completed    n  scriptTask\n"), "{}", output.out);
    assert!(output.out.ends_with("0  p  FINISHED  {}\n"), "{}", output.out);
}

#[test]
fn javascript_really_runs() {
    let source = "vars.sum = [1, 2, 3].reduce((a, b) => a + b) + data_object.x; 'done'";
    let folder = Folder::with(&[
        ("w.bpmn", &script("javascript", &source.replace('>', "&gt;"))),
        ("thrown.bpmn", &script("javascript", "nothing.there")),
    ]);
    let output = folder.run(&["run", "w.bpmn", "--input", r#"{"x":4}"#, "--format", "json"]);
    let json: Value = serde_json::from_str(&output.out).expect("JSON");
    assert_eq!((output.code, &json["instances"][0]["variables"]["sum"]), (0, &Value::from(10)), "{}", output.err);
    let output = folder.run(&["run", "thrown.bpmn", "--format", "json"]);
    let json: Value = serde_json::from_str(&output.out).expect("JSON");
    assert_eq!((output.code, &json["instances"][0]["fault"]["code"]), (2, &Value::from("Script.Error")));
}

#[test]
fn calls_reach_processes_of_other_files_and_several_processes_can_be_started() {
    let timer = r#"<process id="q" isExecutable="true"><startEvent id="qs"/><intermediateCatchEvent id="qn">
        <timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <endEvent id="qe"/><sequenceFlow id="q1" sourceRef="qs" targetRef="qn"/>
        <sequenceFlow id="q2" sourceRef="qn" targetRef="qe"/></process>"#;
    let folder = Folder::with(&[
        ("caller.bpmn", &document(r#"<callActivity id="n" calledElement="p2"/>"#, "")),
        ("child.bpmn", &script("cel", "7").replace(r#""p""#, r#""p2""#)),
        ("two.bpmn", &document(r#"<task id="n"/>"#, timer)),
    ]);
    let processes = |args: &[&str]| {
        let output = folder.run(&[args, &["--format", "json"]].concat());
        let json: Value = serde_json::from_str(&output.out).expect(&output.err);
        let all = json["instances"].as_array().expect("a list").clone();
        all.iter().map(|one| format!("{} {}", one["process"], one["status"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(processes(&["run", "caller.bpmn", "--with", "child.bpmn"]), ["p FINISHED", "p2 FINISHED"]);
    assert_eq!(processes(&["run", "caller.bpmn"]), ["p FAILED"]);
    let both = ["run", "two.bpmn", "--process", "q", "--process", "p"];
    assert_eq!(processes(&both), ["q FINISHED", "p FINISHED"]);
    let unheard = folder.run(&["run", "two.bpmn", "--signal", "late", "--message", r#"paid:7={"a":1}"#]);
    let notes = ["note: nobody waited for the signal 'late'", "note: nobody waited for the message 'paid'"];
    assert!(notes.iter().all(|note| unheard.err.contains(note)), "{}", unheard.err);
}

#[test]
fn bad_input_is_one_line_that_names_the_option() {
    let folder = Folder::with(&[
        ("w.bpmn", &script("cel", "1")),
        ("text.txt", "no workflow"),
        ("bad.yaml", "n: {outputs: 1}"),
        ("bad.json", "{"),
    ]);
    let check = |args: &[&str], parts: &[&str]| {
        let output = folder.run(args);
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{args:?}: {}", output.err);
        assert_eq!(output.err.lines().count(), 1, "{args:?}: {}", output.err);
        assert!(parts.iter().all(|part| output.err.contains(part)), "{args:?}: {}", output.err);
    };
    check(&["run", "none.bpmn"], &["cannot read none.bpmn"]);
    check(&["run", "text.txt"], &["cannot use text.txt", "neither BPMN 2.0 XML"]);
    check(&["run", "w.bpmn", "--process", "q"], &["no process 'q'", "'p'"]);
    check(&["run", "w.bpmn", "--input", "{"], &["--input", "line 1 column 1"]);
    check(&["run", "w.bpmn", "--input", "@none.json"], &["--input", "none.json"]);
    check(&["run", "w.bpmn", "--input", "@bad.json"], &["--input", "bad.json", "line 1"]);
    check(&["run", "w.bpmn", "--set", "x"], &["--set", "NAME=JSON"]);
    check(&["run", "w.bpmn", "--set", "x=one"], &["--set x", "needs quotes"]);
    check(&["run", "w.bpmn", "--message", "m={"], &["--message m", "not JSON"]);
    check(&["run", "w.bpmn", "--mock", "bad.yaml"], &["--mock", "bad.yaml", "mocks.n", "'outputs'"]);
    check(&["run", "w.bpmn", "--mock", "none.yaml"], &["--mock", "none.yaml"]);
    check(&["run", "w.bpmn", "--with", "text.txt"], &["text.txt", "neither"]);
    check(&["test", "."], &["no file of cases"]);
    check(&["test", "nowhere"], &["nowhere"]);
}

#[test]
fn validation_prints_where_things_are_wrong() {
    let folder = Folder::with(&[
        ("good.bpmn", &script("cel", "1")),
        ("broken.bpmn", &document(r#"<userTask id="m"/>"#, "")),
        ("torn.bpmn", "<definitions>\n<process\n</definitions>"),
    ]);
    let good = folder.run(&["validate", "good.bpmn"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (0, "", ""));
    let all = folder.run(&["validate", "good.bpmn", "broken.bpmn", "torn.bpmn"]);
    assert_eq!(all.code, 2);
    let lines: Vec<&str> = all.out.lines().collect();
    assert!(lines.iter().any(|line| line.starts_with("broken.bpmn:6:1 error reference s_n: 'targetRef' names 'n'")));
    assert!(lines.iter().any(|line| line.starts_with("torn.bpmn:") && line.contains(":1 error document ")));
    let missing = folder.run(&["validate", "none.bpmn"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("cannot read none.bpmn"), "{}", missing.err);
}

#[test]
fn cases_that_do_not_hold_and_branches_that_are_missed_end_with_one() {
    let choice = r#"<exclusiveGateway id="n" default="n_e"/><endEvent id="high"/>
        <sequenceFlow id="n_high" sourceRef="n" targetRef="high">
        <conditionExpression>data_object.x &gt; 1</conditionExpression></sequenceFlow>"#;
    let case = |x: u32, path: &str| {
        format!("  - {{name: x is {x}, input: {{x: {x}}}, expect: {{status: FINISHED, path: [{path}]}}}}\n")
    };
    let suite = |cases: &[String]| format!("cases:\n{}", cases.concat());
    let folder = Folder::with(&[
        ("w.bpmn", &document(choice, "")),
        ("w.cases.yaml", &suite(&[case(1, "n, e"), case(2, "n, high")])),
    ]);
    let check = |args: &[&str], code: i32, parts: &[&str]| {
        let output = folder.run(&[&["test"], args].concat());
        assert_eq!(output.code, code, "{}{}", output.out, output.err);
        assert!(parts.iter().all(|part| output.out.contains(part)), "{}", output.out);
    };
    check(&[".", "--min-coverage", "100"], 0, &["w.cases.yaml\n", "  ok      x is 1\n", "branches: 3 of 3 (100.0 %)"]);
    std::fs::write(folder.0.path().join("w.cases.yaml"), suite(&[case(2, "n, high")])).expect("writes");
    let missed = "not taken: default flow n_e (n -> e)";
    check(&["."], 0, &["branches: 2 of 3 (66.7 %)", missed]);
    check(&[".", "--min-coverage", "70"], 1, &[missed, "FAILED: at least 70 %"]);
    std::fs::write(folder.0.path().join("w.cases.yaml"), suite(&[case(2, "n, e")])).expect("writes");
    check(&["w.cases.yaml"], 1, &["  FAILED  x is 2\n", "path: 'e' was not reached"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::with(&[("w.bpmn", &script("cel", "1"))]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = Command::new(MUSTER)
        .args(["workflow", "run", "w.bpmn"])
        .current_dir(folder.0.path())
        .stdout(writer)
        .output()
        .expect("runs");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// Every workflow of the repository has cases that take all of its branches.
#[test]
fn templates_and_examples_hold_and_are_covered() {
    for folder in ["crates/service", "examples"] {
        let output = muster(&root(), &["test", folder, "--min-coverage", "100"]);
        assert_eq!(output.code, 0, "{}{}", output.out, output.err);
        let mut open = vec![root().join(folder)];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|ending| ending == "bpmn") {
                    let cases = path.with_extension("cases.yaml");
                    assert!(cases.exists(), "{} has no cases", path.display());
                }
            }
        }
    }
}
