//! Writing tables in short and checking what they come to.

use dmn::{Definitions, Problem};
use expr::Budget;
use model::{Map, Value};

pub(crate) const NS: &str = "https://www.omg.org/spec/DMN/20191111/MODEL/";

/// A document around what is given.
pub(crate) fn definitions(inside: &str) -> String {
    format!(r#"<definitions xmlns="{NS}" id="defs" name="test" namespace="urn:test">{inside}</definitions>"#)
}

/// A document with the decision `d` that is this table; see [`sheet`].
pub(crate) fn table(text: &str) -> String {
    definitions(&format!(r#"<decision id="d" name="D">{}</decision>"#, sheet(text)))
}

/// A table in short. The first line is the hit policy and its aggregation, lines that begin with `in` and `out` are
/// columns, all others rules:
///
/// ```text
/// COLLECT SUM
/// in cvss : [0..10]
/// out response : "block", "watch" ? "watch"
/// [7..10] | "server" => "block"
/// ```
pub(crate) fn sheet(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let policy = lines.next().unwrap();
    let (policy, aggregation) = match policy.strip_prefix("COLLECT ") {
        Some(aggregation) => ("COLLECT", format!(r#" aggregation="{aggregation}""#)),
        None => (policy, String::new()),
    };
    let mut xml = format!(r#"<decisionTable id="t" hitPolicy="{policy}"{aggregation}>"#);
    let mut rules = 0;
    for line in lines {
        if let Some(column) = line.strip_prefix("in ") {
            let (expression, values) = column.split_once(" : ").map_or((column, None), |(e, v)| (e, Some(v)));
            let values = values.map(|values| element("inputValues", values)).unwrap_or_default();
            xml.push_str(&format!("<input>{}{values}</input>", element("inputExpression", expression)));
        } else if let Some(column) = line.strip_prefix("out ") {
            let (column, default) = column.split_once(" ? ").map_or((column, None), |(c, d)| (c, Some(d)));
            let (name, values) = column.split_once(" : ").map_or((column, None), |(n, v)| (n, Some(v)));
            let values = values.map(|values| element("outputValues", values)).unwrap_or_default();
            let default = default.map(|default| element("defaultOutputEntry", default)).unwrap_or_default();
            let name = if name == "_" { String::new() } else { format!(r#" name="{}""#, escaped(name)) };
            xml.push_str(&format!("<output{name}>{values}{default}</output>"));
        } else {
            rules += 1;
            let (inputs, outputs) = line.split_once("=>").unwrap();
            xml.push_str(&format!(r#"<rule id="r{rules}">"#));
            for (tag, cells) in [("inputEntry", inputs), ("outputEntry", outputs)] {
                if tag == "inputEntry" && cells.trim().is_empty() {
                    continue;
                }
                cells.split('|').for_each(|cell| xml.push_str(&element(tag, cell.trim())));
            }
            xml.push_str("</rule>");
        }
    }
    xml + "</decisionTable>"
}

fn element(tag: &str, text: &str) -> String {
    format!("<{tag}><text>{}</text></{tag}>", escaped(text))
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[track_caller]
pub(crate) fn read(xml: &str) -> Definitions {
    match dmn::read(xml) {
        Ok(definitions) => definitions,
        Err(problems) => panic!("{:#?}", lines(&problems)),
    }
}

pub(crate) fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

pub(crate) fn names(json: &str) -> Map {
    Value::from_json(json).unwrap().as_map().unwrap().clone()
}

/// The result as `value by rules`, or the fault as `code: message`.
pub(crate) fn outcome(definitions: &Definitions, decision: &str, json: &str) -> String {
    match definitions.evaluate(decision, &names(json), &mut Budget::default()) {
        Ok(decided) => {
            let rules: Vec<String> = decided.rules.iter().map(ToString::to_string).collect();
            format!(
                "{} by {}",
                decided.value.to_json(),
                if rules.is_empty() { "-".to_owned() } else { rules.join(",") }
            )
        }
        Err(fault) => format!("{}: {fault}", fault.code),
    }
}

/// What a table ([`sheet`]) comes to for several inputs, each with its outcome.
#[track_caller]
pub(crate) fn check(text: &str, cases: &[(&str, &str)]) {
    let definitions = read(&table(text));
    for (input, expected) in cases {
        assert_eq!(outcome(&definitions, "d", input), *expected, "{input} in {text}");
    }
}

/// All problems of a document that cannot be used, as `severity rule element line: message`.
#[track_caller]
pub(crate) fn check_problems(xml: &str, expected: &[&str]) {
    match dmn::read(xml) {
        Ok(_) => panic!("{xml} is read"),
        Err(problems) => assert_eq!(lines(&problems), expected, "{xml}"),
    }
}

/// All warnings of a table as `rule element: message`.
#[track_caller]
pub(crate) fn check_warnings(text: &str, expected: &[&str]) {
    let definitions = read(&table(text));
    let found: Vec<String> = definitions
        .warnings()
        .iter()
        .map(|problem| {
            assert_eq!(problem.severity, dmn::Severity::Warning);
            format!("{} {}: {}", problem.rule, problem.element.as_deref().unwrap_or("-"), problem.message)
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}
