//! The page for users and the code tell of the same operators.

use std::collections::BTreeSet;

use crate::condition::operator;

#[test]
fn the_page_lists_exactly_the_operators_there_are() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/expressions.md"))
        .expect("docs/expressions.md can be read");
    let (_, section) = page.split_once("\n### Operators of conditions\n").expect("the page has a section on them");
    let section = section.split("\n#").next().unwrap_or(section);
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let listed: BTreeSet<&str> =
        cells.flat_map(|cell| cell.split(['`', ',', ' '])).filter(|word| !word.is_empty()).collect();
    assert_eq!(listed, BTreeSet::from(operator::ALL));
}

#[test]
fn every_operator_is_found() {
    for written in operator::ALL {
        assert!(operator::find(written).is_some(), "{written}");
        assert_eq!(operator::find(&written.to_uppercase().replace('-', " ")), operator::find(written), "{written}");
    }
}
