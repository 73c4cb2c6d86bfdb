//! Random texts, trees and values.

use std::cmp::Ordering;
use std::time::{Duration, Instant};

use model::{Number, Value};
use proptest::prelude::*;

use crate::{Budget, Fault, Program, Template, number};

/// Values with every kind, nested.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        numbers().prop_map(Value::Number),
        "[a-c${}é😀' ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::list),
            prop::collection::vec(("[a-c]", inner), 0..5).prop_map(Value::object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::Int),
        (-3_i64..4).prop_map(Number::Int),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        (-8_i32..9).prop_map(|quarters| Number::Float(f64::from(quarters) / 4.0)),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?(e[+-]?[0-9]{1,3})?"
            .prop_filter_map("a number", |text| Number::parse(&text)),
    ]
}

/// Texts of expressions that compile, over the names `a`, `b`, `c`.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["a", "b", "c", "a.b", "a[0]", "null", "true", "1", "-2.5", "'ab'", "[]", "{}"])
            .prop_map(str::to_owned),
        (-3_i64..100).prop_map(|number| number.to_string()),
    ];
    let binary = prop::sample::select(vec![
        "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in", "and", "or", "eq", "div",
    ]);
    let unary = prop::sample::select(vec![
        "size",
        "lower",
        "upper",
        "trim",
        "int",
        "double",
        "string",
        "bool",
        "type",
        "empty",
        "min",
        "max",
        "sum",
        "distinct",
        "sort",
        "keys",
        "values",
        "toJson",
        "fromJson",
        "timestamp",
        "duration",
        "join",
        "coalesce",
    ]);
    let two = prop::sample::select(vec![
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "split",
        "indexOf",
        "substring",
        "join",
        "inCidr",
        "coalesce",
    ]);
    let each = prop::sample::select(vec!["all", "exists", "exists_one", "map", "filter"]);
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            (inner.clone(), binary.clone(), inner.clone()).prop_map(|(l, op, r)| format!("({l}) {op} ({r})")),
            (prop::sample::select(vec!["!", "-", "not ", "empty "]), inner.clone())
                .prop_map(|(op, x)| format!("{op}({x})")),
            (unary.clone(), inner.clone()).prop_map(|(f, x)| format!("{f}({x})")),
            (inner.clone(), two.clone(), inner.clone()).prop_map(|(x, f, y)| format!("({x}).{f}({y})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(x, y, z)| format!("({x}).replace({y}, {z})")),
            (inner.clone(), each.clone(), inner.clone()).prop_map(|(l, f, x)| format!("({l}).{f}(a, {x})")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(x, y, z)| format!("({x}) ? ({y}) : ({z})")),
            (inner.clone(), inner.clone()).prop_map(|(x, y)| format!("({x})[{y}]")),
            inner.clone().prop_map(|x| format!("has(({x}).b)")),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner).prop_map(|(key, value)| format!("{{string({key}): {value}}}")),
        ]
    })
}

fn three(a: Value, b: Value, c: Value) -> Value {
    Value::object([("a", a), ("b", b), ("c", c)])
}

/// `±digits × 10^exponent` as an order, by way of exact arithmetic where it is possible.
fn exact_order(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
        (Number::Int(int), Number::Float(float)) => {
            if float.abs() >= 1e30 {
                return 0.0.partial_cmp(float);
            }
            let whole = i128::from(*int).cmp(&(float.floor() as i128));
            Some(if whole == Ordering::Equal && float.fract() != 0.0 { Ordering::Less } else { whole })
        }
        (Number::Float(_), Number::Int(_)) => exact_order(b, a).map(Ordering::reverse),
        (Number::Exact(_), _) | (_, Number::Exact(_)) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn evaluation_is_total_and_within_the_budget(source in expressions(), a in values(), b in values(), c in values()) {
        let scope = three(a, b, c);
        let program = match Program::compile(&source) {
            Ok(program) => program,
            // Constant patterns may be no regular expressions; all else is well formed.
            Err(error) => {
                prop_assert!(error.to_string().contains("regular expression"), "{}: {}", source, error);
                return Ok(());
            }
        };
        let all = Budget { steps: 20_000, bytes: 200_000 };
        let mut budget = all;
        let scope = scope.as_map().expect("an object");
        let result = program.eval(scope, &mut budget);
        prop_assert!(budget.steps <= all.steps && budget.bytes <= all.bytes);
        prop_assert!(!matches!(result, Err(Fault::UnknownName(_))), "{}: {:?}", source, result);
        // The same again gives the same at the same price.
        let mut again = all;
        prop_assert_eq!(&program.eval(scope, &mut again), &result);
        prop_assert_eq!((again.steps, again.bytes), (budget.steps, budget.bytes));
        // With less it ends, too.
        let mut little = Budget { steps: (all.steps - budget.steps) / 2, bytes: all.bytes };
        prop_assert_eq!(program.eval(scope, &mut little), Err(Fault::Budget("steps")));
    }

    #[test]
    fn numbers_compare_as_in_mathematics(a in numbers(), b in numbers()) {
        if let Some(order) = exact_order(&a, &b) {
            prop_assert_eq!(number::compare(&a, &b), order);
        }
        prop_assert_eq!(number::compare(&a, &b), number::compare(&b, &a).reverse());
        // Digits that were kept compare as the number that they spell.
        let kept = Number::Exact(a.digits().as_ref().into());
        let (x, y) = (a.as_f64(), b.as_f64());
        if x.abs() < 9e15 && y.abs() < 9e15 && x != y {
            prop_assert_eq!(number::compare(&kept, &b), x.partial_cmp(&y).expect("finite"));
        }
    }

    #[test]
    fn the_order_of_numbers_is_transitive(a in numbers(), b in numbers(), c in numbers()) {
        let mut three = [a, b, c];
        three.sort_by(number::compare);
        prop_assert_ne!(number::compare(&three[0], &three[2]), Ordering::Greater);
    }

    #[test]
    fn arithmetic_on_integers_is_exact(a in any::<i64>(), b in any::<i64>()) {
        let scope = three(Value::int(a), Value::int(b), Value::Null);
        let eval = |source: &str| {
            let program = Program::compile(source).expect(source);
            program.eval(scope.as_map().expect("an object"), &mut Budget::default())
        };
        let (wide_a, wide_b) = (i128::from(a), i128::from(b));
        for (source, wide) in [("a + b", wide_a + wide_b), ("a - b", wide_a - wide_b), ("a * b", wide_a * wide_b)] {
            let expected = i64::try_from(wide).map_or(Number::Float(wide as f64), Number::Int);
            prop_assert_eq!(eval(source), Ok(Value::Number(expected)), "{}", source);
        }
        if b != 0 {
            prop_assert_eq!(eval("a % b"), Ok(Value::int((wide_a % wide_b) as i64)));
            if a.checked_rem(b) == Some(0) {
                prop_assert_eq!(eval("a / b * b"), Ok(Value::int(a)));
            }
        }
    }

    #[test]
    fn texts_without_expressions_are_kept(value in values()) {
        fn plain(value: &Value) -> bool {
            match value {
                Value::String(text) => !text.contains("${"),
                Value::List(items) => items.iter().all(plain),
                Value::Map(members) => members.values().all(plain),
                Value::Null | Value::Bool(_) | Value::Number(_) => true,
            }
        }
        prop_assume!(plain(&value));
        let template = Template::compile(&value).expect("nothing to refuse");
        let result = template.eval(&model::Map::new(), &mut Budget { steps: 0, bytes: 0 });
        prop_assert_eq!(result.map(|value| value.to_json()), Ok(value.to_json()));
    }

    #[test]
    fn interpolation_writes_each_value_as_its_text(a in values(), b in values(), text in "[a-z $}]{0,8}") {
        let scope = three(a.clone(), b.clone(), Value::Null);
        let source = format!("<${{a}}{text}|${{ b }}>");
        let template = Template::compile(&Value::from(source)).expect("compiles");
        let result = template.eval(scope.as_map().expect("an object"), &mut Budget::default());
        prop_assert_eq!(result, Ok(Value::from(format!("<{}{}|{}>", a.to_text(), text, b.to_text()))));
    }

    #[test]
    fn any_text_compiles_or_is_refused(text in "\\PC{0,60}") {
        let _ = Template::compile(&Value::from(text.as_str()));
        if let Err(error) = Program::compile(&text) {
            prop_assert!(error.to_string().contains(" at "), "{}", error);
        }
    }
}

/// Pieces of expressions in random order find what random letters do not.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "b.c", "1", "2.5", "'s'", "(", ")", "[", "]", "{", "}", ",", ":", "?", ".", "!", "-", "+", "*", "/", "==",
        "<", "&&", "||", "in", "and", "not", "empty", "eq", "map(x,", "has(", "size(", "${", "}", "\"", "`k`", "//",
        "\n", "null", "e1", "0x", "r'", "'''", "\\", "$", "=", "😀",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.join(" "))
}

#[test]
fn thousands_of_random_texts_compile_or_are_refused_in_bounded_time() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let start = Instant::now();
    for round in 0..4_000 {
        let text = if round % 2 == 0 {
            "[ -~]{0,80}".new_tree(&mut runner).expect("a strategy").current()
        } else {
            fragments().new_tree(&mut runner).expect("a strategy").current()
        };
        let one = Instant::now();
        match Program::compile(&text) {
            Ok(program) => drop(program.eval(&model::Map::new(), &mut Budget::default())),
            Err(error) => assert!(!error.to_string().contains("cannot be parsed"), "{text}: {error}"),
        }
        assert!(one.elapsed() < Duration::from_secs(5), "{text}");
    }
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}
