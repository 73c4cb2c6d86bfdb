//! Random texts, cells and inputs.

use std::cmp::Ordering;

use model::{Map, Value};
use proptest::prelude::*;

use super::scope;
use crate::feel::{Expression, UnaryTests, samples};
use crate::{Budget, Fault};

/// Pieces of texts in random order find what random letters do not.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "alert.score",
        "limit",
        "nobody",
        "1",
        "2.5",
        ".5",
        "\"High\"",
        "\"",
        "(",
        ")",
        "[",
        "]",
        "..",
        ",",
        ".",
        "-",
        "+",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "not(",
        "not",
        "date(\"2025-01-01\")",
        "date",
        "and",
        "time",
        "(\"",
        "duration(\"PT1H\")",
        "time(\"10:00:00\")",
        "null",
        "true",
        "if",
        "é",
        "\\",
        "\\u",
        "0",
        "1e",
        "?",
        "{",
        "\n",
        "😀",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.join(" "))
}

/// Texts that compile as cells.
fn cells() -> impl Strategy<Value = String> {
    let literal = prop::sample::select(vec![
        "1",
        "-2",
        "0.5",
        "\"a\"",
        "\"b\"",
        "true",
        "null",
        "limit",
        "alert.none",
        "(1 + limit)",
        "date(\"2025-01-01\")",
        "duration(\"PT4H\")",
        "allowed",
    ]);
    let test = prop_oneof![
        literal.clone().prop_map(str::to_owned),
        (prop::sample::select(vec!["<", "<=", ">", ">="]), literal.clone()).prop_map(|(by, end)| format!("{by} {end}")),
        (
            prop::sample::select(vec!["[", "(", "]"]),
            literal.clone(),
            literal,
            prop::sample::select(vec!["]", ")", "["])
        )
            .prop_map(|(open, low, high, close)| format!("{open}{low}..{high}{close}")),
    ];
    (any::<bool>(), prop::collection::vec(test, 1..4)).prop_map(|(not, tests)| {
        let tests = tests.join(", ");
        if not { format!("not({tests})") } else { tests }
    })
}

fn inputs() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-4_i64..8).prop_map(|quarters| Value::from_json(&format!("{}", quarters as f64 / 2.0)).expect("a number")),
        prop::sample::select(vec!["a", "b", "", "c", "2024-06-01", "PT5H", "ssh"]).prop_map(Value::from),
        Just(Value::list(vec![Value::int(1)])),
    ]
}

/// What a cell of constants says about numbers, told in another way: a list of `(low, closed, high, closed)`.
type Intervals = Vec<(i64, bool, i64, bool)>;

fn written(intervals: &Intervals) -> String {
    let one = |(low, from, high, to): &(i64, bool, i64, bool)| {
        format!("{}{low}..{high}{}", if *from { '[' } else { '(' }, if *to { ']' } else { ')' })
    };
    intervals.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn intervals() -> impl Strategy<Value = Intervals> {
    prop::collection::vec((-3_i64..4, any::<bool>(), -3_i64..4, any::<bool>()), 1..4)
}

fn holds(intervals: &Intervals, halves: i64) -> bool {
    intervals.iter().any(|(low, from, high, to)| {
        let above = halves.cmp(&(low * 2));
        let below = halves.cmp(&(high * 2));
        (above == Ordering::Greater || *from && above == Ordering::Equal)
            && (below == Ordering::Less || *to && below == Ordering::Equal)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_compiles_or_is_refused_with_its_place(text in prop_oneof![".{0,200}", "[ -~]{0,80}", fragments()]) {
        for result in [Expression::compile(&text).map(drop), UnaryTests::compile(&text).map(drop)] {
            if let Err(error) = result {
                prop_assert!(error.to_string().contains(" at "), "{}", error);
            }
        }
    }

    #[test]
    fn what_compiles_is_evaluated_within_the_budget(text in fragments(), input in inputs()) {
        let scope = scope();
        if let Ok(expression) = Expression::compile(&text) {
            let mut budget = Budget { steps: 2_000, bytes: 20_000 };
            let _ = expression.eval(&scope, &mut budget);
            prop_assert!(budget.steps <= 2_000);
        }
        if let Ok(tests) = UnaryTests::compile(&text) {
            let _ = tests.matches(&input, &scope, &mut Budget { steps: 2_000, bytes: 20_000 });
        }
    }

    #[test]
    fn damaged_cells_compile_or_are_refused(cell in cells(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let at = at.index(cell.len() + 1);
        prop_assume!(cell.is_char_boundary(at));
        let _ = UnaryTests::compile(&format!("{}{c}{}", &cell[..at], &cell[at..]));
        let _ = UnaryTests::compile(&cell[..at]);
        let _ = UnaryTests::compile(&cell[at..]);
    }

    #[test]
    fn cells_are_total_and_nothing_passes_a_cell_and_its_opposite(cell in cells(), input in inputs()) {
        let passes = |cell: &str| {
            let tests = UnaryTests::compile(cell).unwrap_or_else(|error| panic!("{cell}: {error}"));
            tests.matches(&input, &scope(), &mut Budget::default())
        };
        let found = passes(&cell);
        prop_assert!(found.is_ok(), "{}: {:?}", cell, found);
        let opposite = match cell.strip_prefix("not(").and_then(|cell| cell.strip_suffix(')')) {
            Some(inner) => inner.to_owned(),
            None => format!("not({cell})"),
        };
        prop_assert!(!(found == Ok(true) && passes(&opposite) == Ok(true)), "{:?} in {} and {}", input, cell, opposite);
    }

    #[test]
    fn intervals_are_those_of_mathematics(intervals in intervals(), halves in -8_i64..9) {
        let tests = UnaryTests::compile(&written(&intervals)).expect("compiles");
        let input = Value::from_json(&format!("{}", halves as f64 / 2.0)).expect("a number");
        let found = tests.matches(&input, &Map::new(), &mut Budget::default());
        prop_assert_eq!(found, Ok(holds(&intervals, halves)), "{} in {:?}", halves, intervals);
    }

    #[test]
    fn samples_miss_nothing_that_cells_have_in_common(a in intervals(), b in intervals()) {
        let (one, other) = (UnaryTests::compile(&written(&a)), UnaryTests::compile(&written(&b)));
        let (one, other) = (one.expect("compiles"), other.expect("compiles"));
        let passes = |tests: &UnaryTests, value: &Value| tests.matches(value, &Map::new(), &mut Budget::default());
        let samples = samples(&[&one, &other]).expect("constants");
        let sampled = samples.iter().any(|value| passes(&one, value) == Ok(true) && passes(&other, value) == Ok(true));
        // Ends are whole, so that halves tell all there is.
        let exists = (-8..9).any(|halves| holds(&a, halves) && holds(&b, halves));
        prop_assert_eq!(sampled, exists, "{:?} {:?}", a, b);
    }

    #[test]
    fn the_same_again_gives_the_same_at_the_same_price(text in fragments()) {
        let Ok(expression) = Expression::compile(&text) else { return Ok(()) };
        let (mut first, mut second) = (Budget::default(), Budget::default());
        let found = expression.eval(&scope(), &mut first);
        prop_assert_eq!(&expression.eval(&scope(), &mut second), &found);
        prop_assert_eq!((first.steps, first.bytes), (second.steps, second.bytes));
        let used = Budget::default().steps - first.steps;
        let mut little = Budget { steps: used.saturating_sub(1), ..Budget::default() };
        prop_assert_eq!(expression.eval(&scope(), &mut little), Err(Fault::Budget("steps")));
    }
}
