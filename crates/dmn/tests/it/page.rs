//! The page for users and the code tell of the same things.

use std::collections::BTreeSet;

use crate::support::{outcome, read};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/decisions.md")).unwrap()
}

/// What the first column of the table under a heading lists.
fn listed<'p>(page: &'p str, heading: &str) -> BTreeSet<&'p str> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect()
}

#[test]
fn the_page_lists_exactly_the_faults_and_problems_there_are() {
    let page = page();
    assert_eq!(listed(&page, "Faults"), dmn::fault::code::ALL.iter().copied().collect());
    assert_eq!(listed(&page, "Problems"), dmn::problem::rule::ALL.iter().copied().collect());
}

#[test]
fn the_page_names_every_version_of_the_standard_and_every_limit() {
    let page = page();
    for namespace in dmn::NAMESPACES {
        assert!(page.contains(namespace), "{namespace}");
    }
    for limit in
        ["10 000 000 bytes", "50 levels", "100 000 elements", "500 000 nodes", "256 attributes", "50 decisions"]
    {
        assert!(page.contains(limit), "{limit}");
    }
}

#[test]
fn the_worked_example_comes_to_what_the_page_says() {
    let page = page();
    let (_, rest) = page.split_once("```xml\n").unwrap();
    let (xml, rest) = rest.split_once("```").unwrap();
    let definitions = read(xml);
    assert!(definitions.warnings().is_empty());
    let rows: Vec<&str> = rest.lines().filter(|line| line.starts_with("| `{")).collect();
    assert_eq!(rows.len(), 5);
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let found = outcome(&definitions, "response", cells[0]);
        match cells.get(2).copied().unwrap_or("") {
            "" => assert!(found.starts_with(&format!("{}: ", cells[1])), "{row}: {found}"),
            rules => assert_eq!(found, format!("{} by {rules}", cells[1]), "{row}"),
        }
    }
}
