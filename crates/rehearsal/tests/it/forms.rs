//! The forms that a workflow's text may have.

use bpmn::{Document, Form};
use rehearsal::{Error, Plan, Workflow, rehearse};

use crate::world::{Anything, around, document};

fn check_runs(text: &str) {
    let prepared = Workflow::read(text, "").expect("a workflow").prepare(&Anything);
    let outcome = rehearse(&Plan::new(&prepared), &mut rehearsal::NoScripts).expect("runs");
    assert_eq!(outcome.status.word(), "FINISHED");
}

#[test]
fn xml_json_and_base64_of_either_are_read() {
    let xml = document(&[("p", &around(r#"<task id="n"/>"#))]);
    let document = Document::from_text(&xml, Form::Xml).expect("BPMN");
    check_runs(&xml);
    check_runs(&document.to_text(Form::Json).expect("JSON"));
    check_runs(&document.to_taskflow(Form::Xml).expect("Base64"));
    let packed = document.to_taskflow(Form::Json).expect("Base64");
    check_runs(&format!("{}\n{}\n", &packed[..76], &packed[76..]));
}

#[test]
fn other_texts_are_refused() {
    for text in ["", "hello world", "\u{1}", "aGVsbG8="] {
        assert!(Workflow::read(text, "").is_err(), "{text}");
    }
    assert_eq!(Workflow::read("hello world", "").expect_err("text"), Error::NoForm);
    let html = Workflow::read("<html/>", "").expect_err("no BPMN").to_string();
    assert!(html.contains("'html', not 'definitions'"), "{html}");
}

#[test]
fn what_cannot_run_is_an_error_and_is_not_rehearsed() {
    let xml = document(&[("p", r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/>"#)]);
    let prepared = Workflow::read(&xml, "").expect("BPMN").prepare(&Anything);
    assert!(prepared.has_error());
    assert!(prepared.problems.iter().any(|problem| problem.rule == "reference"), "{:?}", prepared.problems);
}
