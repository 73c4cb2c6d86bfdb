//! Documents that are meant to do harm, and damaged ones.

use std::time::{Duration, Instant};

use expr::Budget;
use proptest::prelude::*;

use crate::support::{NS, check_problems, definitions, lines, names, sheet, table};

#[track_caller]
fn check_refused(xml: &str, message: &str) {
    check_problems(xml, &[&format!("error document -: {message}")]);
}

#[test]
fn document_types_are_refused() {
    let laughs = r#"<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    let refused = "a document type declaration (DOCTYPE) is not allowed";
    check_refused(&format!("{laughs}{}", definitions("&b;")), refused);
    check_refused(&format!("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>{}", definitions("")), refused);
    check_refused(&format!("<!-- > --><?pi?> <!DOCTYPE x>{}", definitions("")), refused);
    for text in ["&b;", "<decision id='&b;'/>", "<!ENTITY x>"] {
        let problems = dmn::read(&definitions(text)).map(drop).unwrap_err();
        assert!(lines(&problems)[0].contains("not well-formed XML"), "{:?}", lines(&problems));
    }
}

#[test]
fn sizes_are_limited() {
    let start = Instant::now();
    check_refused(&" ".repeat(10_000_001), "the document is too long: at most 10000000 bytes are allowed");
    let nested = |depth: usize| definitions(&format!("{}{}", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1)));
    check_refused(&nested(51), "the document is nested too deep: at most 50 levels are allowed");
    check_refused(&nested(1_000_000 / 3), "the document is nested too deep: at most 50 levels are allowed");
    check_problems(&nested(50), &["error unknown_element defs line 1: 'a' is no element of DMN that may stand here"]);
    check_refused(
        &definitions(&"<a/>".repeat(100_000)),
        "the document has too many elements: at most 100000 are allowed",
    );
    check_refused(
        &definitions(&"<!---->".repeat(500_000)),
        "the document has too many texts and comments: at most 500000 are allowed",
    );
    let attributes = |count: usize| (0..count).map(|index| format!(" a{index}='>'")).collect::<String>();
    check_refused(
        &definitions(&format!("<a{}/>", attributes(257))),
        "an element has too many attributes: at most 256 are allowed",
    );
    let namespaces = (0..200).map(|index| format!(" xmlns:a{index}='u'")).collect::<String>();
    check_refused(
        &definitions(&format!("<a{namespaces}/>").repeat(6)),
        "the document declares too many namespaces: at most 1000 are allowed",
    );
    check_refused(&"<".repeat(9_000_000), "the document has more than 1000000 tags or attributes");
    check_refused(&format!("<a{}", "=".repeat(9_000_000)), "the document has more than 1000000 tags or attributes");
    // What looks like markup in comments and texts is none.
    let quiet = format!("<!-- {} --><![CDATA[ {} ]]>", "<a>".repeat(1_000), "<a>".repeat(1_000));
    check_problems(&definitions(&quiet), &["error document defs line 1: the document has no decision"]);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn text_that_is_not_xml_is_told_with_its_line() {
    for text in [
        "",
        " ",
        "just text",
        "<",
        "<a",
        "<a b='",
        "<!--",
        "<![CDATA[",
        "<?x",
        "{}",
        "<a></b>",
        "<a b='1' b='2'/>",
        "\0",
    ] {
        let problems = dmn::read(text).map(drop).unwrap_err();
        assert!(lines(&problems)[0].contains("not well-formed XML"), "{text}: {:?}", lines(&problems));
    }
    let problems = dmn::read(&format!("<a xmlns='{NS}'>\n<b>\n</a>")).map(drop).unwrap_err();
    assert_eq!(problems[0].line, Some(3));
}

/// A document with something of everything.
fn rich() -> String {
    let risk = sheet(
        "PRIORITY\nin cvss : [0..10], null\nout risk : \"high\", \"low\" ? \"low\"\n>= 7, null => \"high\"\n- => \"low\"",
    );
    let response = sheet("COLLECT SUM\nin risk\nin created\nout points\nnot(\"low\") | - => 5 * weight\n- | < date(\"2025-01-01\") => -2")
        .replace(r#" id="t""#, "")
        .replace(r#" id="r"#, r#" id="s"#);
    definitions(&format!(
        r##"<inputData id="in" name="cvss"/><decision id="risk" name="risk">
        <informationRequirement id="q1"><requiredInput href="#in"/></informationRequirement>{risk}</decision>
        <decision id="points" name="points"><informationRequirement id="q2"><requiredDecision href="#risk"/>
        </informationRequirement>{response}</decision>"##
    ))
}

/// Reads whatever it is, and evaluates it when it can be read.
fn attempt(xml: &str) -> Result<(), TestCaseError> {
    match dmn::read(xml) {
        Ok(definitions) => {
            let names = names(r#"{"cvss": 8, "created": "2024-06-01", "weight": 2, "x": 1}"#);
            for decision in definitions.decisions() {
                let mut budget = Budget { steps: 10_000, bytes: 100_000 };
                if let Err(fault) = definitions.evaluate(decision.name(), &names, &mut budget) {
                    prop_assert!(dmn::fault::code::ALL.contains(&fault.code));
                }
            }
        }
        Err(problems) => prop_assert!(problems.iter().any(|problem| problem.severity == dmn::Severity::Error)),
    }
    Ok(())
}

#[test]
fn the_document_that_is_damaged_below_is_right() {
    let definitions = dmn::read(&rich()).unwrap();
    let names = names(r#"{"cvss": 8, "created": "2024-06-01", "weight": 2}"#);
    let decided = definitions.evaluate("points", &names, &mut Budget::default()).unwrap();
    assert_eq!((decided.value.as_i64(), decided.rules), (Some(8), vec![1, 2]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        attempt(&text)?;
        attempt(&definitions(&text))?;
    }

    #[test]
    fn damaged_documents_are_answered(
        at in any::<prop::sample::Index>(),
        length in 0..12_usize,
        put in prop_oneof!["[<>&'\"=/!?\\-\\[\\] :a.(),0-9]{0,3}", Just(String::new())],
    ) {
        let good = rich();
        let from = at.index(good.len());
        let to = (from + length).min(good.len());
        attempt(&format!("{}{put}{}", &good[..from], &good[to..]))?;
    }

    #[test]
    fn cells_of_any_text_are_answered(cells in prop::collection::vec("[^|=\n]{0,40}", 4)) {
        attempt(&table(&format!("FIRST\nin {}x\nout y\n{} => {}\n{} => 1", cells[0], cells[1], cells[2], cells[3])))?;
    }
}
