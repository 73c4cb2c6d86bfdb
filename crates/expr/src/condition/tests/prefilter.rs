//! What a database is asked before a rule is.

use super::{admits, fields, json, matches, rule};
use crate::condition::{Leaf, Prefilter, Probe, Rule, Term};

/// A pre-filter as text.
fn written(filter: &Prefilter) -> String {
    let joined = |terms: &[Prefilter], word: &str| {
        let terms: Vec<String> = terms.iter().map(written).collect();
        format!("({})", terms.join(word))
    };
    match filter {
        Prefilter::True => "true".to_owned(),
        Prefilter::And(terms) => joined(terms, " and "),
        Prefilter::Or(terms) => joined(terms, " or "),
        Prefilter::Leaf(leaf) => asked(leaf),
        Prefilter::Not(leaf) => format!("not {}", asked(leaf)),
    }
}

fn asked(leaf: &Leaf) -> String {
    match &leaf.probe {
        Probe::Texts(texts) => format!("{} in {texts:?}", leaf.field),
        Probe::Prefix(start) => format!("{} begins {start:?}", leaf.field),
        Probe::Numbers(numbers) => format!("{} in {numbers:?}", leaf.field),
        Probe::Range(from, to) => {
            let bound = |bound: &Option<f64>| bound.map_or(String::new(), |bound| bound.to_string());
            format!("{} in {}..{}", leaf.field, bound(from), bound(to))
        }
    }
}

#[track_caller]
fn check(conditions: &str, logics: &[&str], expected: &str) {
    assert_eq!(written(&rule(conditions, logics).prefilter(&fields())), expected, "{conditions} {logics:?}");
}

#[test]
fn conditions_on_searchable_fields_become_leaves() {
    check(r#"[["severity", "=", "High"]]"#, &[], r#"severity in ["High"]"#);
    check(r#"[["severity", "in", "Low,High,Low"]]"#, &[], r#"severity in ["High", "Low"]"#);
    check(r#"[["count", "in", "3,2.50"]]"#, &[], "count in [2.5, 3.0]");
    check(r#"[["count", ">=", "3"]]"#, &[], "count in 3..");
    check(r#"[["count", ">", "3"]]"#, &[], "count in 3.0000000000000004..");
    check(r#"[["count", ">", "9007199254740993"]]"#, &[], "count in 9007199254740992..");
    check(r#"[["count", "<=", "3"]]"#, &[], "count in ..3");
    check(r#"[["seen", "=", "1970-01-02T00:00:00Z"]]"#, &[], "seen in [86400000000.0]");
    check(r#"[["seen", "<", "1970-01-02T00:00:00Z"]]"#, &[], "seen in ..86399999999.99998");
    check(r#"[["closed", "=", "TRUE"]]"#, &[], r#"closed in ["true"]"#);
    check(r#"[["title", "startswith", "web"]]"#, &[], r#"title begins "web""#);
    check(r#"[["title", "like", "web%1_"]]"#, &[], r#"title begins "web""#);
    check(r#"[["title", "like", "web"]]"#, &[], r#"title in ["web"]"#);
    check(r#"[["net.src_ip", "cidr", "10.1.0.0/16"]]"#, &[], "net.src_ip in 167837696..167903231");
}

#[test]
fn opposites_of_what_terms_decide_are_leaves_too() {
    check(r#"[["severity", "!=", "High"]]"#, &[], r#"not severity in ["High"]"#);
    check(r#"[["severity", "not-in", "Low,High"]]"#, &[], r#"not severity in ["High", "Low"]"#);
    check(r#"[["title", "not-like", "web%"]]"#, &[], r#"not title begins "web""#);
    check(r#"[["count", "!=", "9007199254740993"]]"#, &[], "true");
    check(r#"[["old.severity", "!=", "High"]]"#, &[], "true");
}

#[test]
fn what_terms_do_not_tell_is_left_out() {
    for condition in [
        r#"["title", "contains", "web"]"#,
        r#"["title", "endswith", "web"]"#,
        r#"["title", "startswith", ""]"#,
        r#"["title", "regex", "^web"]"#,
        r#"["title", "like", "%web"]"#,
        r#"["title", ">", "web"]"#,
        r#"["title", "not-like", "web_"]"#,
        r#"["severity", "exists"]"#,
        r#"["severity", "=", null]"#,
        r#"["severity", "changed"]"#,
        r#"["old.severity", "=", "High"]"#,
        r#"["count", "startswith", "1"]"#,
        r#"["net.dest_port", "=", "22"]"#,
        r#"["unknown", "=", "x"]"#,
    ] {
        check(&format!("[{condition}]"), &[], "true");
        check(&format!(r#"[{condition}, ["count", "=", 1]]"#), &[], "count in [1.0]");
    }
}

#[test]
fn logic_is_kept() {
    let list = r#"[["a", ["severity", "=", "High"]], ["b", ["count", "=", 1]], ["c", ["title", "contains", "x"]]]"#;
    check(list, &["a and b and c"], r#"(severity in ["High"] and count in [1.0])"#);
    check(list, &["(a or b) and c"], r#"(severity in ["High"] or count in [1.0])"#);
    check(list, &["a or b and c"], r#"(severity in ["High"] or count in [1.0])"#);
    check(list, &["a and b or c"], "true");
    check(list, &["a and (b or c)"], r#"severity in ["High"]"#);
    check(list, &["not a and b c"], r#"(not severity in ["High"] and count in [1.0])"#);
    check(list, &["not (not a or not b or c)"], r#"(severity in ["High"] and count in [1.0])"#);
    check(list, &["not (not a and not b) c"], r#"(severity in ["High"] or count in [1.0])"#);
    check("[]", &[], "true");
}

#[test]
fn opposites_of_opposites_are_leaves() {
    let list = r#"[["a", ["severity", "!=", "High"]], ["b", ["severity", "not-in", "Low,Tips"]]]"#;
    check(list, &["not (a and b)"], r#"severity in ["High", "Low", "Tips"]"#);
}

#[test]
fn choices_of_one_field_are_one_leaf() {
    let list = r#"[["a", ["severity", "=", "High"]], ["b", ["count", "=", 1]], ["c", ["severity", "in", "Low,Tips"]]]"#;
    check(list, &["a or b or c"], r#"(severity in ["High", "Low", "Tips"] or count in [1.0])"#);
}

#[test]
fn it_stays_small() {
    let size = |list: &[String], word: &str| {
        let names: Vec<String> = (0..list.len()).map(|at| format!("c{at}")).collect();
        let list: Vec<String> = list.iter().zip(&names).map(|(data, name)| format!(r#"["{name}", {data}]"#)).collect();
        let rule = rule(&format!("[{}]", list.join(", ")), &[&names.join(word)]);
        written(&rule.prefilter(&fields())).matches("title").count()
    };
    let prefixes: Vec<String> = (0..1_000).map(|at| format!(r#"["title", "startswith", "{at}"]"#)).collect();
    assert_eq!(size(&prefixes[..60], " and "), 60);
    assert_eq!(size(&prefixes, " and "), 64);
    assert_eq!(size(&prefixes[..64], " or "), 64);
    assert_eq!(size(&prefixes[..65], " or "), 0);
    assert_eq!(size(&prefixes, " or "), 0);
    let values: Vec<String> = (0..1_000).map(|at| format!(r#"["title", "=", "{at}"]"#)).collect();
    assert_eq!(size(&values, " or "), 1);
}

#[test]
fn expressions_have_one_too() {
    let check = |text: &str, expected: &str| {
        assert_eq!(written(&Rule::expression(text).expect(text).prefilter(&fields())), expected, "{text}");
    };
    check("data_object.severity == 'High' && data_object.count == 3", r#"(severity in ["High"] and count in [3.0])"#);
    check("data_object.environment.region_id in ['a', 'b']", r#"environment.region_id in ["a", "b"]"#);
    check("!('High' != data_object.severity)", r#"severity in ["High"]"#);
    check("data_object.closed == true", r#"closed in ["true"]"#);
    for text in [
        "data_object.severity == 4",
        "data_object.count == '3'",
        "data_object.severity == null",
        "data_object.severity in ['High', null]",
        "data_object.severity in data_object.list",
        "data_object['severity'] == 'High'",
        "old.severity == 'High'",
        "!(data_object.severity == 'High')",
        "data_object.severity.contains('x')",
    ] {
        check(text, "true");
    }
}

#[track_caller]
fn check_terms(object: &str, expected: &[(&str, Option<&str>, Option<f64>)]) {
    let fields = fields();
    let terms = fields.terms(&json(object));
    let found: Vec<_> = terms.iter().map(|term| (term.field, term.text.as_deref(), term.number)).collect();
    assert_eq!(found, expected, "{object}");
}

#[test]
fn terms_are_the_values_of_searchable_fields() {
    check_terms(
        r#"{"severity": "High", "count": "3", "seen": "1970-01-01T00:00:01Z", "closed": "True", "title": 7, "x": 1,
            "net": [{"src_ip": "10.0.0.1", "dest_port": "22"}, {"src_ip": "::1"}, {"src_ip": "10.0.0.1"}],
            "environment.region_id": "cn"}"#,
        &[
            ("severity", Some("High"), None),
            ("title", Some("7"), None),
            ("environment.region_id", Some("cn"), None),
            ("net.src_ip", Some("10.0.0.1"), Some(167_772_161.0)),
            ("net.src_ip", Some("::1"), Some(1.0)),
            ("count", None, Some(3.0)),
            ("seen", None, Some(1e6)),
            ("closed", Some("true"), None),
        ],
    );
    check_terms(r#"{"count": "many", "seen": {}, "closed": 1, "severity": null, "title": {"a": 1}}"#, &[]);
    check_terms(
        r#"{"count": [-0.0, 1e3, "2.50"]}"#,
        &[("count", None, Some(0.0)), ("count", None, Some(1e3)), ("count", None, Some(2.5))],
    );
}

#[test]
fn what_terms_cannot_tell_is_told_as_such() {
    let unkept = |field| [(field, None, None)];
    for number in ["1e400", "-1e400", "9007199254740993", "0.12345678901234567890"] {
        check_terms(&format!(r#"{{"count": [1, {number}]}}"#), &unkept("count"));
    }
    check_terms(
        r#"{"environment.region_id": "a", "environment": {"region_id": "b"}}"#,
        &unkept("environment.region_id"),
    );
}

#[test]
fn terms_decide_where_they_keep_all_that_is_asked() {
    let check = |condition: &str, expected: bool| {
        let rule = rule(&format!(r#"[{condition}, ["severity", "=", "High"]]"#), &[]);
        assert_eq!(rule.is_decided_by_terms(&fields()), expected, "{condition}");
    };
    let long = "é".repeat(128);
    for condition in [
        r#"["severity", "in", "Low,High"]"#,
        r#"["title", "startswith", "web"]"#,
        r#"["title", "like", "web%"]"#,
        r#"["title", "like", "web"]"#,
        r#"["count", "=", "3.50"]"#,
        r#"["count", ">", "3"]"#,
        r#"["seen", "<=", "1970-01-02T00:00:00Z"]"#,
        r#"["closed", "=", "true"]"#,
        r#"["severity", "!=", "High"]"#,
        r#"["severity", "not-in", "Low,High"]"#,
    ] {
        check(condition, true);
    }
    for condition in [
        r#"["title", "startswith", ""]"#,
        r#"["title", "like", "web_"]"#,
        r#"["title", "contains", "web"]"#,
        r#"["title", "<", "web"]"#,
        &format!(r#"["title", "=", "{long}"]"#),
        r#"["count", "=", "9007199254740993"]"#,
        &format!(r#"["title", "!=", "{long}"]"#),
        r#"["severity", "exists"]"#,
        r#"["net.src_ip", "cidr", "10.0.0.0/8"]"#,
        r#"["net.dest_port", "=", "22"]"#,
        r#"["unknown", "=", "x"]"#,
        r#"["old.severity", "=", "High"]"#,
    ] {
        check(condition, false);
    }
    assert!(rule("[]", &[]).is_decided_by_terms(&fields()));
    let list = r#"[["a", ["severity", "!=", "High"]], ["b", ["count", "=", 1]]]"#;
    assert!(rule(list, &["not a and b"]).is_decided_by_terms(&fields()));
    assert!(rule(list, &["a or b"]).is_decided_by_terms(&fields()));
    let many: Vec<String> = (0..65).map(|at| format!(r#"["title", "startswith", "{at}"]"#)).collect();
    assert!(!rule(&format!("[{}]", many.join(", ")), &[]).is_decided_by_terms(&fields()));
}

#[test]
fn long_texts_are_cut_and_still_found() {
    let long = "é".repeat(300);
    let object = json(&format!(r#"{{"title": "{long}", "severity": "a\u0000b"}}"#));
    let fields = fields();
    let terms = fields.terms(&object);
    let texts: Vec<&str> = terms.iter().filter_map(|term| term.text.as_deref()).collect();
    assert_eq!(texts, ["a\0b", &long[..512]]);
    for data in [
        format!(r#"["title", "=", "{long}"]"#),
        format!(r#"["title", "startswith", "{}"]"#, &long[..598]),
        r#"["severity", "=", "a\u0000b"]"#.to_owned(),
        r#"["severity", "startswith", "a\u0000"]"#.to_owned(),
    ] {
        let rule = rule(&format!("[{data}]"), &[]);
        assert!(matches(&rule, &object) && admits(&rule.prefilter(&fields), &terms), "{data}");
    }
}

#[test]
fn fields_with_many_values_may_have_any() {
    let fields = fields();
    let of = |count: usize, spread: usize| {
        let ports: Vec<String> = (0..count).map(|at| format!(r#"{{"src_port": {}}}"#, at % spread)).collect();
        json(&format!(r#"{{"net": [{}]}}"#, ports.join(", ")))
    };
    let any = [Term { field: "net.src_port", text: None, number: None }];
    assert_eq!(fields.terms(&of(64, 64)).len(), 64);
    assert_eq!(fields.terms(&of(2_000, 64)).len(), 64);
    assert_eq!(fields.terms(&of(65, 65)), any);
    let many = of(1_000, 1_000);
    let rule = rule(r#"[["net.src_port", "=", "999"]]"#, &[]);
    assert!(matches(&rule, &many) && admits(&rule.prefilter(&fields), &fields.terms(&many)));
    // What takes long to look through is not looked through.
    assert_eq!(
        fields.terms(&of(100_000, 1)).iter().filter(|term| term.field == "net.src_port").collect::<Vec<_>>(),
        [&any[0]]
    );
}
