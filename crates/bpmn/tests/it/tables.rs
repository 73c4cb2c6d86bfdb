//! The documentation says what the code does.

use std::collections::BTreeSet;
use std::path::Path;

use bpmn::problem::rule;
use bpmn::{Document, Form, Mode, Severity, compile, validate};

use crate::support::{Components, lines};

fn doc(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of the rows of the table below a heading.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let section = text.split_once(heading).unwrap_or_else(|| panic!("no '{heading}'")).1;
    section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect())
        .collect()
}

#[test]
fn the_table_of_elements_is_the_one_in_the_documentation() {
    let documented: BTreeSet<(String, String, String)> = table(&doc("bpmn-support.md"), "## Elements")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
        .collect();
    let actual: BTreeSet<(String, String, String)> = bpmn::elements()
        .map(|element| (element.tag.to_owned(), element.status.to_owned(), element.attributes.join(", ")))
        .collect();
    let (missing, extra): (Vec<_>, Vec<_>) =
        (actual.difference(&documented).collect(), documented.difference(&actual).collect());
    assert!(missing.is_empty() && extra.is_empty(), "not documented: {missing:#?}\nnot in the code: {extra:#?}");
}

#[test]
fn the_table_of_events_by_position_is_the_one_in_the_documentation() {
    let rows = table(&doc("bpmn-support.md"), "## Events by position");
    let documented: BTreeSet<(String, String)> = rows
        .iter()
        .flat_map(|row| {
            let columns = row[1..].iter().zip(bpmn::event_positions());
            columns.filter(|(cell, _)| *cell == "yes").map(|(_, (position, _))| (row[0].clone(), position.to_owned()))
        })
        .collect();
    let actual: BTreeSet<(String, String)> = bpmn::event_positions()
        .into_iter()
        .flat_map(|(position, definitions)| {
            definitions.iter().map(move |definition| ((*definition).to_owned(), position.to_owned()))
        })
        .collect();
    assert_eq!(documented, actual);
}

#[test]
fn elements_are_sorted_so_that_they_can_be_found() {
    let tags: Vec<&str> = bpmn::elements().map(|element| element.tag).collect();
    assert!(tags.is_sorted());
}

#[test]
fn the_table_of_rules_is_the_one_in_the_documentation() {
    let mode = |mode: Mode| match mode {
        Mode::Basic => "BASIC",
        Mode::Circle => "CIRCLE",
        Mode::AppParams => "APP_PARAMS",
    };
    let documented: BTreeSet<(String, String)> =
        table(&doc("bpmn-support.md"), "## Rules").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let actual: BTreeSet<(String, String)> =
        rule::ALL.iter().map(|(name, of)| ((*name).to_owned(), mode(*of).to_owned())).collect();
    assert_eq!(documented, actual);
}

/// The first fenced block of a language below a heading.
fn fenced(text: &str, heading: &str, language: &str) -> String {
    let section = text.split_once(heading).unwrap_or_else(|| panic!("no '{heading}'")).1;
    let start = section.split_once(&format!("```{language}\n")).unwrap().1;
    start.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_example_in_the_documentation_can_be_submitted_and_run() {
    let text = doc("workflow-definition.md");
    let document = Document::from_text(&fenced(&text, "## Example", "xml"), Form::Xml).unwrap();
    let taskconfig = fenced(&text, "## Example", "json");
    let compiled = compile(&document, &taskconfig);
    assert_eq!(lines(&compiled.problems), Vec::<String>::new());
    assert!(compiled.executable.is_some());
    let found = validate(&document, &taskconfig, &Mode::ALL, &Components);
    // The test's catalogue does not know the example's component; nothing else may be found.
    assert!(found.iter().all(|problem| problem.rule == rule::UNKNOWN_COMPONENT), "{:#?}", lines(&found));
    assert!(found.iter().any(|problem| problem.severity == Severity::Error));
}
