//! Finding the rules that an object may match.

use super::{json, matches, rule};
use crate::condition::{Rule, RuleIndex};

/// The rules, by position, that an index of all of them finds for an object.
#[track_caller]
fn check(rules: &[Rule], object: &str, expected: &[usize]) {
    assert_eq!(RuleIndex::new(rules).candidates(&json(object)), expected, "{object}");
}

#[test]
fn rules_are_found_by_what_they_need() {
    let rules: Vec<Rule> = [
        r#"[["severity", "=", "High"]]"#,
        r#"[["severity", "in", "High,Low"], ["title", "contains", "x"]]"#,
        r#"[["title", "startswith", "web"]]"#,
        r#"[["net.src_ip", "cidr", "10.0.0.0/8"]]"#,
        r#"[["count", ">", "100"]]"#,
        r#"[["waf.level", "=", "3"]]"#,
        r#"[["waf.level", ">", "3"]]"#,
        r#"[["old.severity", "=", "High"], ["severity", "=", "Low"]]"#,
    ]
    .iter()
    .map(|list| rule(list, &[]))
    .collect();
    check(&rules, "{}", &[6]);
    check(&rules, r#"{"severity": "High"}"#, &[0, 1, 6]);
    check(&rules, r#"{"severity": "Low"}"#, &[1, 6, 7]);
    check(&rules, r#"{"title": "web-01"}"#, &[2, 6]);
    check(&rules, r#"{"title": "we"}"#, &[6]);
    check(&rules, r#"{"net": [{"src_ip": "11.0.0.1"}, {"src_ip": "10.255.255.255"}]}"#, &[3, 6]);
    check(&rules, r#"{"count": 100.5}"#, &[4, 6]);
    check(&rules, r#"{"count": 99}"#, &[6]);
    check(&rules, r#"{"waf": {"level": 3}}"#, &[5, 6]);
    check(&rules, r#"{"waf": {"level": "3"}}"#, &[5, 6]);
    check(&[], r#"{"severity": "High"}"#, &[]);
}

#[test]
fn choices_are_found_by_each() {
    let rules = [
        rule(r#"[["a", ["severity", "=", "High"]], ["b", ["count", "=", 5]]]"#, &["a or b"]),
        rule(r#"[["a", ["severity", "=", "High"]], ["b", ["title", "contains", "x"]]]"#, &["a or b"]),
        Rule::expression("data_object.severity == 'High' || data_object.count in [5, 6]").expect("compiles"),
    ];
    check(&rules, r#"{"count": 5}"#, &[0, 1, 2]);
    check(&rules, r#"{"severity": "High", "count": 5}"#, &[0, 1, 2]);
    check(&rules, r#"{"count": 6.0}"#, &[1, 2]);
    check(&rules, r#"{"count": 7}"#, &[1]);
}

#[test]
fn every_reading_of_a_path_is_found() {
    // Conditions take the key with a dot, expressions the member of the member.
    let rules = [rule(r#"[["a.b", "=", "x"]]"#, &[]), Rule::expression("data_object.a.b == 'y'").expect("compiles")];
    let object = r#"{"a.b": "x", "a": {"b": "y"}}"#;
    assert!(rules.iter().all(|rule| matches(rule, &json(object))));
    check(&rules, object, &[0, 1]);
}

#[test]
fn of_a_thousand_rules_only_those_with_their_own_value_are_found() {
    // All ask for the same severity, which says nothing; each has a title or a network of its own.
    let rules: Vec<Rule> = (0..1_000)
        .map(|at| {
            let own = match at % 4 {
                0 => format!(r#"["title", "=", "t{at}"]"#),
                1 => format!(r#"["title", "startswith", "p{at}-"]"#),
                2 => format!(r#"["environment.region_id", "in", "r{at},s{at}"]"#),
                _ => format!(r#"["net.src_ip", "cidr", "10.{}.{}.0/24"]"#, at / 256, at % 256),
            };
            rule(&format!(r#"[["severity", "=", "High"], {own}, ["count", ">", "0"]]"#), &[])
        })
        .collect();
    let index = RuleIndex::new(&rules);
    let object = |more: &str| json(&format!(r#"{{"severity": "High", "count": 1, {more}}}"#));
    assert!(index.candidates(&object(r#""title": "other""#)).is_empty());
    assert_eq!(index.candidates(&object(r#""title": "t500""#)), [500]);
    assert_eq!(index.candidates(&object(r#""title": "p501-x""#)), [501]);
    assert_eq!(index.candidates(&object(r#""environment": {"region_id": "s502"}"#)), [502]);
    assert_eq!(index.candidates(&object(r#""net": [{"src_ip": "10.1.247.9"}]"#)), [503]);
}

#[test]
fn an_object_with_too_many_values_finds_all_that_ask_for_them() {
    let rules = [
        rule(r#"[["net.src_ip", "=", "10.0.0.1"]]"#, &[]),
        rule(r#"[["net.src_ip", "cidr", "192.168.0.0/16"]]"#, &[]),
        rule(r#"[["severity", "=", "High"]]"#, &[]),
    ];
    let many: Vec<String> = (0..100).map(|at| format!(r#"{{"src_ip": "172.16.0.{at}"}}"#)).collect();
    check(&rules, &format!(r#"{{"net": [{}]}}"#, many.join(", ")), &[0, 1]);
}
