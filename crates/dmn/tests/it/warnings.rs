//! What is odd about tables that can be used.

use std::time::{Duration, Instant};

use crate::support::{check_warnings, read, table};

#[test]
fn rules_of_a_unique_table_that_overlap_are_told_with_an_example() {
    let overlap = |rules: &str, example: &str| {
        let (_, second) = rules.split_once(" and ").unwrap();
        format!("overlap r{second}: rules {rules} both match {example}; hit policy UNIQUE allows one rule")
    };
    check_warnings(
        r#"UNIQUE
        in cvss
        in asset
        out y
        [7..9] | "server", "gateway" => 1
        [9..10] | not("laptop", "server") => 2
        < 7 | - => 3
        [0..7) | "laptop" => 4
        [9..10] | "server" => 5"#,
        &[
            &overlap("1 and 2", r#"for example when cvss = 9, asset = "gateway""#),
            &overlap("3 and 4", r#"for example when cvss = 0, asset = "laptop""#),
            &overlap("1 and 5", r#"for example when cvss = 9, asset = "server""#),
        ],
    );
    check_warnings("UNIQUE\nin x\nout y\n- => 1\n- => 2", &[&overlap("1 and 2", "whatever the input is")]);
    check_warnings("UNIQUE\nin x\nout y\ntrue => 1\n- => 2", &[&overlap("1 and 2", "for example when x = true")]);
    check_warnings(
        "UNIQUE\nin x\nout y\nnot(true) => 1\nnot(false) => 2",
        &[&overlap("1 and 2", "for example when x = null")],
    );
    check_warnings("UNIQUE\nin x\nout y\n(1..2) => 1\n(1..2) => 2", &[&overlap("1 and 2", "for example when x = 1.5")]);
    check_warnings(
        r#"UNIQUE
        in created
        out y
        < date("2025-02-01") => 1
        >= date("2025-01-01") => 2"#,
        &[&overlap("1 and 2", "for example when created = \"2025-01-01\"")],
    );
}

#[test]
fn tables_without_overlap_have_no_warnings() {
    for text in [
        "UNIQUE\nin x\nout y\n< 1 => 1\n[1..2) => 2\n[2..3] => 3\n> 3 => 4\nnull => 5\n\"a\" => 6\nnot(\"a\", null) => 7",
        "UNIQUE\nin x\nin z\nout y\n1 | 1 => 1\n1 | 2 => 1\n2 | 1 => 1\n2 | 2 => 1",
        "UNIQUE\nin x\nout y\ntrue => 1\nfalse => 2",
        "UNIQUE\nin x\nout y\n< date(\"2025-01-01\") => 1\n>= date(\"2025-01-01\") => 2",
        // Values that the input cannot have do not count.
        "UNIQUE\nin x : [0..10]\nout y\n< 5 => 1\n>= 5, < 0 => 2",
        // Other policies allow it.
        "RULE ORDER\nin x\nout y\n- => 1\n- => 2",
        "COLLECT\nin x\nout y\n- => 1\n- => 2",
        "PRIORITY\nin x\nout y : 1, 2\n- => 1\n- => 2",
        "FIRST\nin x\nout y\n1 => 1\n- => 2",
    ] {
        check_warnings(text, &[]);
    }
}

#[test]
fn what_cannot_be_told_is_not() {
    for text in [
        // Names.
        "UNIQUE\nin x\nout y\n> limit => 1\n> limit => 2",
        // Inputs that compute may never have such a value, or both.
        "UNIQUE\nin x * 0\nout y\n> 1 => 1\n> 2 => 2",
        "UNIQUE\nin x\nin x + 1\nout y\n1 | 1 => 1\n- | 1 => 2",
        // One value leads into the other.
        "UNIQUE\nin a\nin a.b\nout y\n1 | 1 => 1\n1 | 1 => 2",
        // Times and numbers have something in common that depends on how they are read.
        "UNIQUE\nin x\nout y\n> date(\"2025-01-01\") => 1\n> 1 => 2",
        // Outputs that are calculated may be the same.
        "ANY\nin x\nout y\n- => x\n- => 2",
        "FIRST\nin x\nout y\n> limit => 1\n> 5 => 2",
    ] {
        check_warnings(text, &[]);
    }
}

#[test]
fn columns_of_the_same_input_are_one() {
    check_warnings("UNIQUE\nin x\nin x\nout y\n>= 5 | <= 5 => 1\n> 5 | - => 2\n- | < 5 => 3", &[]);
    check_warnings(
        "UNIQUE\nin a.b\nin a . b\nout y\n>= 5 | <= 6 => 1\n> 5 | - => 2",
        &["overlap r2: rules 1 and 2 both match for example when a.b = 6; hit policy UNIQUE allows one rule"],
    );
    check_warnings(
        "UNIQUE\nin x\nin x\nout y\n> 5 | < 5 => 1",
        &["never_matches r1: rule 1 never matches: no value of 'x' passes its test"],
    );
}

#[test]
fn rules_of_an_any_table_with_different_outputs_are_told() {
    check_warnings(
        r#"ANY
        in x
        out a
        out b
        > 5 => 1.0 | "a"
        > 6 => 1 | "a"
        > 7 => 1 | "b"
        < 0 => 2 | "c""#,
        &[
            "conflict r3: rules 1 and 3 both match for example when x = 8; hit policy ANY wants them to have the same outputs",
            "conflict r3: rules 2 and 3 both match for example when x = 8; hit policy ANY wants them to have the same outputs",
        ],
    );
}

#[test]
fn rules_that_never_have_a_say_are_told() {
    let covered = |later: usize, earlier: usize| {
        format!(
            "covered r{later}: rule {later} never has a say: rule {earlier} matches all that it matches, and hit policy \
             FIRST takes the first"
        )
    };
    check_warnings("FIRST\nin x\nin z\nout y\n1 | - => 1\n- | - => 2\n> 5 | \"a\" => 3", &[&covered(3, 2)]);
    check_warnings(
        "FIRST\nin x\nin z\nout y\n> 5 | \"a\", \"b\" => 1\n[6..9] | \"b\" => 2\n[5..9] | \"b\" => 3\n> 5 | - => 4",
        &[&covered(2, 1)],
    );
    check_warnings("FIRST\nin x\nout y\n> limit => 1\n> limit => 2", &[&covered(2, 1)]);
    check_warnings("FIRST\nin x + 1\nout y\n> 5 => 1\n> 5 => 2\n> 6 => 3", &[&covered(2, 1)]);
}

#[test]
fn rules_that_match_nothing_are_told() {
    check_warnings(
        r#"COLLECT
        in x : [0..10]
        in z
        out y
        [5..1] | - => 1
        > 10 | - => 2
        5 | (3..3) => 3
        5 | "a" => 4"#,
        &[
            "never_matches r1: rule 1 never matches: no value of 'x' passes its test",
            "never_matches r2: rule 2 never matches: no value of 'x' passes its test",
            "never_matches r3: rule 3 never matches: no value of 'z' passes its test",
        ],
    );
}

#[test]
fn outputs_beside_their_values_and_empty_tables_are_told() {
    check_warnings(
        "PRIORITY\nin x\nout y : \"a\", \"b\"\n1 => \"a\"\n2 => \"c\"\n3 => x",
        &["output_values r2: rule 2: \"c\" is not one of the output values of output 'y'"],
    );
    check_warnings(
        "UNIQUE\nin x\nout y",
        &["no_rules d: the table has no rules, so that its result is always its default, or null"],
    );
}

#[test]
fn large_tables_are_checked_within_bounds() {
    let start = Instant::now();
    // Far more than it takes even unoptimised on a busy machine, far less than without bounds.
    let long = Duration::from_secs(60);
    let last = |text: &str| {
        let definitions = read(&table(text));
        let warnings = definitions.warnings().to_vec();
        (warnings.len(), warnings.last().map(|problem| (problem.rule, problem.message.clone())))
    };
    let all = last(&format!("UNIQUE\nin x\nout y\n{}", "- => 1\n".repeat(10_000)));
    let told = "only the first 100 pairs of rules that match the same input are listed".to_owned();
    assert!(all.0 == 101, "{all:?}");
    let definitions = read(&table(&format!("UNIQUE\nin x\nout y\n{}", "- => 1\n".repeat(10_000))));
    assert!(definitions.warnings().iter().any(|problem| problem.message == told));
    let numbers: String = (0..10_000).map(|number| format!("{number} => 1\n")).collect();
    let large = (
        "not_compared",
        "the tables are too large to find out whether the rules of this one match the same inputs".to_owned(),
    );
    assert_eq!(last(&format!("UNIQUE\nin x\nout y\n{numbers}")), (1, Some(large)));
    let many: String = (0..12_000).map(|number| format!("{} | z => {number}\n", number % 2 == 0)).collect();
    let pairs =
        ("not_compared", "the tables are too large to compare all rules of this one with each other".to_owned());
    assert_eq!(last(&format!("ANY\nin x\nin z\nout y\n{many}")), (1, Some(pairs)));
    assert!(start.elapsed() < long, "{:?}", start.elapsed());
}
