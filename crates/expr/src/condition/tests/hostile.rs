//! Rules and objects made to hurt. The clock is only asked for what would otherwise take minutes.

use std::time::{Duration, Instant};

use model::Value;

use super::{fields, json, matches, rule};
use crate::condition::{Rule, RuleIndex, Subject};
use crate::{Budget, Fault};

/// Far more than any of these takes, even on a busy machine.
const LONG: Duration = Duration::from_secs(30);

#[track_caller]
fn check_quick<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
    result
}

#[test]
fn patterns_that_back_track_elsewhere_end_quickly() {
    let text = Value::object([("title", Value::from(format!("{}!", "a".repeat(20_000))))]);
    for data in [
        r#"["title", "regex", "^(a+)+$"]"#,
        r#"["title", "regex", "(a|aa)+$"]"#,
        r#"["title", "regex", "(.*a){12}$"]"#,
        r#"["title", "like", "%a%a%a%a%a%a%a%a%a%a%a%b"]"#,
        r#"["title", "like", "%a_a%a_a%a_a%a_a%b"]"#,
    ] {
        check_quick(|| {
            let rule = rule(&format!("[{data}]"), &[]);
            match rule.matches(&Subject::new(&text), &mut Budget::default()) {
                Ok(found) => assert!(!found, "{data}"),
                Err(fault) => assert_eq!(fault, Fault::Budget("steps"), "{data}"),
            }
        });
    }
}

#[test]
fn as_many_conditions_as_there_may_be_are_decided_fast() {
    let conditions: Vec<(String, Vec<Value>)> =
        (0..1_000).map(|at| (format!("c{at}"), vec![format!("f{at}").into(), "=".into(), at.into()])).collect();
    let names: Vec<String> = (0..1_000).map(|at| format!("c{at}")).collect();
    let object = Value::object((0..1_000_i64).map(|at| (format!("f{at}"), Value::int(at))));
    for word in ["and", "or"] {
        check_quick(|| {
            let logic = [names.join(&format!(" {word} "))];
            let rule = Rule::conditions(&conditions, &logic, &fields()).expect("compiles");
            assert!(matches(&rule, &object));
            assert!(!matches(&rule, &json("{}")), "{word}");
        });
    }
    let conditions = vec![conditions[0].clone(); 10_000];
    let problems = check_quick(|| Rule::conditions(&conditions, &names, &fields())).expect_err("too many");
    assert_eq!(problems.len(), 1);
}

#[test]
fn deep_brackets_are_refused_or_decided() {
    let nested = |depth: usize, inner: &str| {
        let logic = format!("{}{inner}{}", "not (b or a and ".repeat(depth), ")".repeat(depth));
        Rule::conditions(&super::conditions(r#"[["a", ["x", "!=", 1]], ["b", ["y", "!=", 1]]]"#), &[logic], &fields())
    };
    let rule = nested(96, "not a").expect("compiles");
    // The stack of a test thread is that of the runtime's workers: 2 MiB.
    assert!(!matches(&rule, &json(r#"{"x": 2, "y": 1}"#)));
    assert_eq!(rule.prefilter(&fields()), crate::condition::Prefilter::True);
    let problems = check_quick(|| nested(100_000, "a")).expect_err("too deep");
    assert_eq!(problems[0].to_string(), "logics: may have 10000 names, operators and brackets at most, not 700001");
    let problems = check_quick(|| nested(97, "a")).expect_err("too deep");
    assert_eq!(problems[0].to_string(), "logics: brackets are nested more than 96 deep");
    let many = [format!("{}a b", "not ".repeat(9_000))];
    let list = super::conditions(r#"[["a", ["x", "=", 1]], ["b", ["y", "=", 1]]]"#);
    let rule = Rule::conditions(&list, &many, &fields()).expect("an even number");
    assert!(matches(&rule, &json(r#"{"x": 1, "y": 1}"#)));
}

#[test]
fn long_lists_and_texts_are_refused_or_decided_fast() {
    let listed = |count: usize| {
        let list: Vec<String> = (0..count).map(|at| format!("10.0.{}.{}", at / 256, at % 256)).collect();
        let data = vec![Value::from("net.src_ip"), "in".into(), list.join(",").into()];
        Rule::conditions(&[("c".to_owned(), data)], &[], &fields())
    };
    let rule = check_quick(|| listed(10_000)).expect("compiles");
    assert!(matches(&rule, &json(r#"{"net": {"src_ip": "10.0.39.15"}}"#)));
    assert!(!matches(&rule, &json(r#"{"net": {"src_ip": "10.0.39.16"}}"#)));
    check_quick(|| RuleIndex::new([&rule]));
    let problems = check_quick(|| listed(10_001)).expect_err("too many");
    assert_eq!(problems[0].message, "the conditions have more than 10000 values together");
    let problems = check_quick(|| listed(1_000_000)).expect_err("too long");
    assert_eq!(problems[0].message, "the conditions have more than 1048576 bytes together");
    let networks: Vec<String> = (0..10_000).map(|at| format!("10.{}.{}.0/24", at / 256, at % 256)).collect();
    let data = vec![Value::from("net.src_ip"), "cidr".into(), networks.join(",").into()];
    let rule = check_quick(|| Rule::conditions(&[("c".to_owned(), data)], &[], &fields())).expect("compiles");
    check_quick(|| RuleIndex::new(vec![&rule; 100]));
}

#[test]
fn patterns_are_few() {
    let patterns = |count: usize| {
        let data = vec![Value::from("title"), "regex".into(), "(\\w{50}){10}".into()];
        Rule::conditions(&vec![(String::new(), data); count], &[], &fields())
    };
    assert!(check_quick(|| patterns(64)).is_ok());
    let problems = check_quick(|| patterns(65)).expect_err("too many");
    assert_eq!(problems[0].to_string(), "conditions[64] '': more than 64 conditions have patterns");
}

#[test]
fn large_objects_end_the_budget_and_not_the_day() {
    let items: Vec<Value> = (0..500_000_i64).map(|at| Value::object([("a", Value::int(at))])).collect();
    let object = Value::object([("net", Value::list(items)), ("title", "x".repeat(12 << 20).into())]);
    let path = format!("net{}", ".a".repeat(31));
    for data in [r#"["net.a", "=", "-1"]"#.to_owned(), format!(r#"["{path}", "exists"]"#)] {
        let rule = rule(&format!("[{data}]"), &[]);
        let found = check_quick(|| rule.matches(&Subject::new(&object), &mut Budget::default()));
        assert_eq!(found, Err(Fault::Budget("steps")), "{data}");
        check_quick(|| RuleIndex::new([&rule]).candidates(&object));
    }
    let text = rule(r#"[["title", "contains", "y"], ["title", "=", "x"], ["title", "endswith", "y"]]"#, &[]);
    assert!(!check_quick(|| matches(&text, &object)));
    let fields = fields();
    check_quick(|| fields.terms(&object));
}

#[test]
fn long_numbers_compare_in_time() {
    let digits = format!("1{}", "0".repeat(1 << 18));
    let object = json(&format!(r#"{{"count": {digits}, "x": "{digits}"}}"#));
    let list = format!(r#"[["count", "in", "{digits},1,2,3,4,5,6,7"], ["x", ">=", "{digits}"]]"#);
    let found = check_quick(|| rule(&list, &[]).matches(&Subject::new(&object), &mut Budget::default()));
    assert_eq!(found, Ok(true));
}
