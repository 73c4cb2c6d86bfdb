//! Texts and values made to hurt. What bounds the time is the budget and the limits; the clock is only asked for what
//! would otherwise take minutes.

use std::time::{Duration, Instant};

use model::Value;

use super::{check_error, scope};
use crate::{Budget, Error, Fault, Program, Template};

/// Far more than any of these takes, even on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// Little, since these tests use all of it.
const BUDGET: Budget = Budget { steps: 50_000, bytes: 1 << 20 };

fn eval_with(source: &str, name: &str, value: Value) -> Result<Value, Fault> {
    let mut scope = scope();
    scope.insert(name.into(), value);
    Program::compile(source).expect(source).eval(&scope, &mut { BUDGET })
}

fn numbers(count: i64) -> Value {
    Value::list((0..count).map(Value::int).collect())
}

#[track_caller]
fn check_compiles_or_not(source: &str, expected: Option<&str>) {
    let start = Instant::now();
    let result = Program::compile(source);
    assert!(start.elapsed() < LONG, "{:?} for {} bytes", start.elapsed(), source.len());
    let head: String = source.chars().take(40).collect();
    match (result, expected) {
        (Ok(_), None) => {}
        (Err(Error { message }), Some(expected)) => assert!(message.starts_with(expected), "{head}: {message}"),
        (Ok(_), Some(_)) => panic!("{head}: compiles"),
        (Err(error), None) => panic!("{head}: {error}"),
    }
}

#[test]
fn deep_nesting_is_refused_quickly() {
    let deep = "brackets are nested more than 96 deep";
    for (open, close) in [("(", ")"), ("[", "]"), ("{1: ", "}"), ("size(", ")"), ("x[", "]"), ("[1].map(i, ", ")")] {
        let nested = |depth: usize| format!("{}x{}", open.repeat(depth), close.repeat(depth));
        check_compiles_or_not(&nested(5_000), Some(deep));
        check_compiles_or_not(&open.repeat(5_000), Some(deep));
        check_compiles_or_not(&nested(97), Some(deep));
        check_compiles_or_not(&nested(96), None);
    }
    for prefix in ["!", "-", "not ", "empty ", "! empty "] {
        check_compiles_or_not(&format!("{}x", prefix.repeat(1_600)), Some("more than 96 prefix operators in a row"));
        check_compiles_or_not(&format!("{}x", prefix.repeat(40)), None);
    }
    check_compiles_or_not(&"empty x[".repeat(90), Some("unclosed '['"));
    check_compiles_or_not(&format!("{}x{}", "empty x[".repeat(90), "]".repeat(90)), Some(deep));
    check_compiles_or_not(&format!("{}x{}", "empty x[".repeat(40), "]".repeat(40)), None);
}

#[test]
fn long_chains_are_limited() {
    let chain = |operator: &str, length: usize| vec!["x"; length].join(operator);
    for operator in [" + ", " * ", "."] {
        check_compiles_or_not(&chain(operator, 1_000), None);
        check_compiles_or_not(&chain(operator, 1_100), Some("more than 1000 operators nested or in a chain"));
        check_compiles_or_not(&chain(operator, 2_400), Some("more than 1000 operators nested or in a chain"));
    }
    let choices = |length: usize| format!("{}x", "x ? x : ".repeat(length));
    check_compiles_or_not(&choices(900), None);
    check_compiles_or_not(&choices(1_001), Some("more than 1000 operators nested or in a chain"));
    for operator in [" && ", " or ", ", "] {
        check_compiles_or_not(&format!("[{}]", chain(operator, 4_990)), None);
        check_compiles_or_not(
            &format!("[{}]", chain(operator, 5_010)),
            Some("more than 10000 names, literals and operators"),
        );
    }
    check_compiles_or_not(&chain(" == ", 900), Some("more than 320 nested operations"));
    check_compiles_or_not(&format!("x{}", ".trim()".repeat(400)), Some("more than 320 nested operations"));
    // Each level of brackets adds its chain to those inside.
    let tower = format!("{}x{}", "(".repeat(90), " + x + x + x + x + x + x + x + x + x + x + x + x)".repeat(90));
    check_compiles_or_not(&tower, Some("more than 1000 operators nested or in a chain"));
}

#[test]
fn long_texts_are_refused() {
    let text = format!("'{}'", "a".repeat(65_534));
    check_compiles_or_not(&text, None);
    check_compiles_or_not(&format!("{text} + ''"), Some("the expression is longer than 65536 bytes"));
    check_compiles_or_not(&format!("'{}'", "a".repeat(10_000_000)), Some("the expression is longer than 65536 bytes"));
    check_compiles_or_not(&format!("x in ['{}']", ["abcdefgh"; 4_990].join("','")), None);
}

#[test]
fn the_deepest_expressions_do_not_overflow_a_worker_s_stack() {
    // The stack of a test thread is that of the runtime's workers: 2 MiB.
    let level =
        |open: &str, close: &str| format!("{}x{}", open.repeat(96 / close.len()), close.repeat(96 / close.len()));
    let mut sources = vec![
        level("[x == 5 || ", "]"),
        level("size([", "])"),
        level("[1].map(i, ", ")"),
        level("coalesce(null, ", ")"),
        level("{'a': ", "}"),
        format!("{}x{}", "-(0 + ".repeat(75), ")".repeat(75)),
        format!("{}x{}", "!(x in [".repeat(48), "])".repeat(48)),
        format!("x{}", ".string()".repeat(319)),
        vec!["x"; 320].join(" == "),
        format!("{}null", "null ? x : ".repeat(900)),
    ];
    let nested = format!("[x]{}", ".map(i, [i])".repeat(300));
    sources.push(format!("size(toJson({nested})) + size({nested}.distinct())"));
    sources.push(format!("({nested}) == ({nested})"));
    sources.push(nested);
    sources.push(format!("{}[[x]]{}", "[1].filter(a, x > 0 && size(".repeat(45), ") >= 0)".repeat(45)));
    for source in sources {
        let head: String = source.chars().take(40).collect();
        let program = Program::compile(&source).unwrap_or_else(|error| panic!("{head}: {error}"));
        let result = program.eval(&scope(), &mut Budget::default());
        assert!(!matches!(result, Err(Fault::UnknownName(_) | Fault::Budget(_))), "{head}: {result:?}");
    }
}

#[test]
fn nested_maps_over_large_lists_end_with_the_budget() {
    let start = Instant::now();
    for source in [
        "l.map(a, l.map(b, l.map(c, l.map(d, a + b + c + d))))",
        "l.all(a, l.all(b, l.all(c, true)))",
        "l.filter(a, l.exists(b, l.exists_one(c, c == b && b == a)))",
        "l.map(a, l).map(b, b.map(c, l)).map(d, d.map(e, e))",
        "l.exists(a, l.map(b, b) != l)",
        "l.map(a, l.sort())",
        "l.map(a, l.map(b, string(b)).distinct())",
        "l.map(a, toJson(l))",
        "l.map(a, a in l && -1 in l)",
        "l.map(a, l.join(',').split(','))",
    ] {
        let result = eval_with(source, "l", numbers(100_000));
        assert!(matches!(result, Err(Fault::Budget(_))), "{source}");
    }
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn strings_that_grow_without_end_meet_the_budget() {
    let start = Instant::now();
    let ten = "[1,1,1,1,1,1,1,1,1,1]";
    for source in [
        format!("'{}'{}", "a".repeat(100), ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(30)),
        format!("'{}'{}", "a".repeat(100), format!(".split('').map(c, {ten}.map(i, c).join('')).join('')").repeat(9)),
        format!("[['\u{1}']]{}", ".map(x, [x, x, x, x, x, x, x, x].toJson())".repeat(20)),
        format!("'\\\\'{}", ".toJson()".repeat(60)),
        format!("'ŉ'{}", ".split('').map(x, x + x + x + x).join('').upper()".repeat(20)),
    ] {
        assert!(matches!(eval_with(&source, "unused", Value::Null), Err(Fault::Budget(_))), "{source}");
    }
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn shared_parts_count_each_time_they_are_seen() {
    let start = Instant::now();
    // In memory these are a few kilobytes; written out they would fill every disk.
    let doubling = format!("[['some text']]{}", ".map(x, [x, x])".repeat(60));
    let objects = format!("[x]{}", ".map(x, {'a': x, 'b': x})".repeat(60));
    for source in [doubling.clone(), objects.clone(), format!("{{'v': {doubling}}}"), format!("{doubling} + [1]")] {
        assert_eq!(eval_with(&source, "unused", Value::Null), Err(Fault::Budget("bytes")), "{source}");
    }
    for source in [
        format!("toJson({doubling})"),
        format!("string({objects})"),
        format!("{doubling} == {doubling}"),
        format!("{doubling}.distinct()"),
        format!("[{objects}].join('')"),
        format!("{doubling} in [{doubling}]"),
    ] {
        assert!(matches!(eval_with(&source, "unused", Value::Null), Err(Fault::Budget(_))), "{source}");
    }
    let template = Template::compile(&Value::string(format!("a ${{{doubling}}}"))).expect("compiles");
    assert_eq!(template.eval(&scope(), &mut { BUDGET }), Err(Fault::Budget("bytes")));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn values_do_not_become_too_deep_to_store() {
    let nested = format!("x{}", ".map(x, [x])".repeat(80));
    let deep = |source: &str| eval_with(source, "x", numbers(1));
    assert!(deep(&nested).is_ok());
    let deeper = format!("[[[[[[[[[[[[[[[[[[[[{nested}]]]]]]]]]]]]]]]]]]]]");
    let expected = Fault::Type("the value is nested more than 100 levels deep".to_owned());
    assert_eq!(deep(&deeper), Err(expected));
    // Only what leaves the expression counts.
    assert_eq!(deep(&format!("size({deeper})")), Ok(Value::int(1)));

    let input = (0..99).fold(Value::int(1), |inner, _| Value::list(vec![inner]));
    let mut scope = scope();
    scope.insert("deep".into(), input.clone());
    let eval = |template: Value| Template::compile(&template).expect("compiles").eval(&scope, &mut Budget::default());
    assert_eq!(eval(Value::string("${deep}")), Ok(input.clone()));
    assert!(eval(Value::list(vec![Value::string("${deep}")])).is_ok());
    let twice = Value::list(vec![Value::list(vec![Value::string("${deep}")])]);
    assert_eq!(eval(twice), Err(Fault::Type("0.0: the value is nested more than 100 levels deep".to_owned())));
}

#[test]
fn templates_are_limited() {
    let nest = |depth: usize, leaf: &str| (0..depth).fold(Value::string(leaf), |inner, _| Value::list(vec![inner]));
    for leaf in ["${x}", "plain"] {
        assert!(Template::compile(&nest(128, leaf)).is_ok());
        let error = Template::compile(&nest(129, leaf)).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(error, Err("the value is nested more than 128 levels deep".to_owned()));
    }
    let start = Instant::now();
    let message = |text: String| Template::compile(&Value::from(text)).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(message("${x}".repeat(4_096)), Ok(()));
    let many = "more than 4096 expressions, or 1048576 bytes of them, in one value".to_owned();
    assert_eq!(message("${x}".repeat(1_000_000)), Err(many.clone()));
    assert_eq!(message(format!("${{'{}'}}", "a".repeat(60_000)).repeat(50)), Err(many));
    assert_eq!(message("$${".repeat(1_000_000)), Ok(()));
    assert_eq!(message("${".repeat(1_000_000)), Err("unexpected '$' at 1:3".to_owned()));
    let open = format!("${{{}", "x ".repeat(1_000_000));
    assert_eq!(message(open), Err("more than 10000 names, literals and operators at 1:20003".to_owned()));
    let open = format!("${{'{}", "x".repeat(1_000_000));
    assert_eq!(message(open), Err("unclosed string at 1:3".to_owned()));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn regular_expressions_are_paid_for_by_size() {
    let start = Instant::now();
    let steps_of = |pattern: &str, length: usize| {
        let program = Program::compile(&format!("t.matches(r'{pattern}')")).expect(pattern);
        let mut scope = scope();
        scope.insert("t".into(), Value::from("a".repeat(length)));
        let mut budget = Budget { steps: u64::MAX, bytes: 0 };
        program.eval(&scope, &mut budget).expect(pattern);
        u64::MAX - budget.steps
    };
    assert!(steps_of(r"^web-\d+\s\w{1,9}$", 1_000) < 1_000);
    assert!(steps_of(r"^\w{20}$", 1_000) < 3_000);
    assert!(steps_of("(a{0,27}){0,27}[cd]", 1_000) > 5_000);
    assert!(steps_of("(a{0,57}){0,57}[cd]", 100) > 3_000);
    for pattern in ["(a+)+$", "(a|a)*c", "(.*a){12}", r"(\w+\s?)*!", "(a?){40}a{40}$", "((a{0,33}b?){0,33})+[cd]"] {
        let source = format!("l.all(i, t.matches(r'{pattern}') || true)");
        let mut scope = scope();
        scope.insert("t".into(), Value::from("a".repeat(1_000)));
        scope.insert("l".into(), numbers(1_000));
        let result = Program::compile(&source).expect(&source).eval(&scope, &mut { BUDGET });
        assert_eq!(result, Err(Fault::Budget("steps")), "{pattern}");
    }
    // Each new pattern has its price; the same one is compiled once.
    let new = eval_with("l.all(i, !'x'.matches('(a{1,50}){1,50}' + string(i)))", "l", numbers(1_000));
    assert_eq!(new, Err(Fault::Budget("steps")));
    let same = eval_with("l.all(i, 'web'.matches('^' + name))", "l", numbers(1_000));
    assert_eq!(same, Ok(Value::Bool(true)));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn numbers_with_many_digits_are_paid_for() {
    let start = Instant::now();
    let digits = Value::from_json(&format!("1{}", "0".repeat(100_000))).expect("JSON");
    let list = Value::list(vec![digits; 1_000]);
    for source in ["l.map(a, l.sort())", "l.all(a, l.all(b, a >= b))", "l.all(a, l.all(b, a == b))"] {
        assert_eq!(eval_with(source, "l", list.clone()), Err(Fault::Budget("steps")), "{source}");
    }
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn numbers_at_the_ends_of_their_ranges_have_a_total_order() {
    let source = "[1e308, -1e308, 9223372036854775807, 9223372036854775807.0, -9223372036854775808, 0, -0.0, 5e-324]";
    let sorted = eval_with(&format!("{source}.sort()"), "unused", Value::Null).expect("sorts");
    let again = eval_with("l.sort()", "l", sorted.clone()).expect("sorts");
    assert_eq!(sorted.to_json(), again.to_json());
    let exact = Value::from_json("[1e999, -1e999, 1e99999999999999999999, 1e-99999999999999999999, 0.10, 0.1, 1.00]");
    let sorted = eval_with("l.sort()", "l", exact.expect("JSON")).expect("sorts");
    assert_eq!(sorted.to_json(), "[-1e+999,1e-99999999999999999999,0.10,0.1,1.00,1e+999,1e+99999999999999999999]");
}

#[test]
fn json_bombs_in_text_are_paid_for() {
    let start = Instant::now();
    let bomb = Value::from(format!("[{}0]", "0,".repeat(2_000_000)));
    assert!(matches!(eval_with("fromJson(t)", "t", bomb), Err(Fault::Budget(_))));
    let deep = Value::from("[".repeat(10_000));
    assert!(matches!(eval_with("fromJson(t)", "t", deep), Err(Fault::Type(_))));
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
}

#[test]
fn characters_of_several_bytes_are_kept_whole() {
    let emoji = Value::from("👩‍👩‍👧‍👦🏳️‍🌈é日本".to_owned());
    for source in [
        "range.map(i, e.substring(i, i + 1)).join('') == e",
        "range.all(i, e.substring(i).size() <= 18)",
        "e.split('').join('') == e",
        "e.indexOf('日') == e.split('日')[0].size()",
        "e.upper().lower() != ''",
    ] {
        let mut scope = scope();
        scope.insert("e".into(), emoji.clone());
        scope.insert("range".into(), numbers(25));
        let value = Program::compile(source).expect(source).eval(&scope, &mut Budget::default());
        assert_eq!(value, Ok(Value::Bool(true)), "{source}");
    }
    check_error("'👩‍👩‍👧‍👦' + ) x", "unmatched ')' at 1:13");
}
