//! The page for users and the code tell of the same functions.

use std::collections::BTreeSet;

use crate::{compile::calls::FORMS, functions};

#[test]
fn the_page_lists_exactly_the_functions_there_are() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/expressions.md"))
        .expect("docs/expressions.md can be read");
    let (_, section) = page.split_once("\n## Functions\n").expect("the page has a section on functions");
    let section = section.split("\n## ").next().unwrap_or(section);
    let listed: BTreeSet<&str> =
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let known: BTreeSet<&str> = functions::all().map(|function| function.usage).chain(FORMS).collect();
    assert_eq!(listed, known);
}

#[test]
fn names_are_unique_and_usages_begin_with_them() {
    let mut seen = BTreeSet::new();
    for function in functions::all() {
        assert!(seen.insert(function.name), "{}", function.name);
        assert!(function.usage.starts_with(&format!("{}(", function.name)), "{}", function.usage);
        let form = FORMS.iter().any(|form| form.split(['.', '(']).any(|part| part == function.name));
        assert!(!form, "{} is a form, too", function.name);
    }
}
