//! Random small tables against the reference.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::reference::{Cell, Output, Table, Test, V};
use crate::support::{outcome, read, table};

const POLICIES: [&str; 11] = [
    "UNIQUE",
    "FIRST",
    "ANY",
    "PRIORITY",
    "RULE ORDER",
    "OUTPUT ORDER",
    "COLLECT",
    "COLLECT SUM",
    "COLLECT MIN",
    "COLLECT MAX",
    "COLLECT COUNT",
];

fn constants() -> impl Strategy<Value = V> {
    prop_oneof![
        4 => (0_i64..4).prop_map(|whole| V::Halves(2 * whole)),
        2 => prop::sample::select(vec!["a", "b", "c"]).prop_map(V::Text),
        1 => any::<bool>().prop_map(V::Truth),
        1 => Just(V::Null),
    ]
}

/// Inputs on, between and beside all constants.
fn inputs() -> Vec<V> {
    let texts = ["", "0", "a", "a0", "b", "b0", "c", "c0", "other"].map(V::Text);
    (-2..=8).map(V::Halves).chain(texts).chain([V::Truth(true), V::Truth(false), V::Null]).collect()
}

fn tests() -> impl Strategy<Value = Vec<Test>> {
    let test = prop_oneof![
        2 => constants().prop_map(Test::Is),
        1 => (any::<bool>(), any::<bool>(), constants()).prop_map(|(below, with_end, end)| {
            Test::Beside(if below { Ordering::Less } else { Ordering::Greater }, with_end, end)
        }),
        1 => (constants(), any::<bool>(), constants(), any::<bool>())
            .prop_map(|(low, from, high, to)| Test::Between(low, from, high, to)),
    ];
    prop::collection::vec(test, 1..4)
}

fn cells() -> impl Strategy<Value = Cell> {
    prop_oneof![
        1 => Just(Cell::Any),
        2 => tests().prop_map(Cell::OneOf),
        1 => tests().prop_map(Cell::NoneOf),
    ]
}

fn outputs() -> impl Strategy<Value = V> {
    prop_oneof![9 => (0_i64..7).prop_map(V::Halves), 1 => Just(V::Text("a"))]
}

fn tables(policies: &'static [&'static str], most_inputs: usize) -> impl Strategy<Value = Table> {
    let shape = (prop::sample::select(policies), 1..=most_inputs, 1..3_usize);
    shape.prop_flat_map(|(policy, inputs, outputs_wanted)| {
        let single = policy.starts_with("COLLECT ");
        let count = if single { 1 } else { outputs_wanted };
        let ordered = policy == "PRIORITY" || policy == "OUTPUT ORDER";
        let values = Just((0..6).map(V::Halves).collect::<Vec<V>>()).prop_shuffle();
        let output = (values, prop::option::of(outputs()))
            .prop_map(move |(values, default)| Output { values: ordered.then_some(values), default });
        let allowed = prop_oneof![3 => Just(None), 1 => tests().prop_map(Some)];
        let rule = (prop::collection::vec(cells(), inputs), prop::collection::vec(outputs(), count));
        (
            prop::collection::vec(allowed, inputs),
            prop::collection::vec(output, count),
            prop::collection::vec(rule, 0..7),
        )
            .prop_map(move |(inputs, outputs, rules)| Table { policy, inputs, outputs, rules })
    })
}

/// All inputs of a table with so many columns.
fn grid(columns: usize) -> Vec<Vec<V>> {
    (0..columns).fold(vec![Vec::new()], |rows, _| {
        rows.iter().flat_map(|row| inputs().into_iter().map(move |input| [row.as_slice(), &[input]].concat())).collect()
    })
}

/// The numbers of rules in the warnings of a kind, as they stand at the beginning of the message.
fn warned(definitions: &dmn::Definitions, rule: &str) -> BTreeSet<Vec<usize>> {
    let of_kind = definitions.warnings().iter().filter(|problem| problem.rule == rule);
    of_kind
        .map(|problem| {
            let words = problem.message.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
            words.take(if rule == "overlap" { 2 } else { 1 }).map(|word| word.parse().unwrap()).collect()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn tables_come_to_what_the_reference_says(
        expected in tables(&POLICIES, 3),
        chosen in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 3), 8),
    ) {
        let definitions = read(&table(&expected.written()));
        for row in chosen {
            let all = inputs();
            let row: Vec<V> = row.iter().take(expected.inputs.len()).map(|index| all[index.index(all.len())]).collect();
            let json: Vec<String> =
                row.iter().enumerate().map(|(index, value)| format!("\"x{index}\": {}", value.written())).collect();
            let found = outcome(&definitions, "d", &format!("{{{}}}", json.join(", ")));
            let wanted = expected.outcome(&row);
            if wanted.starts_with("Decision.") {
                prop_assert_eq!(found.split(':').next().unwrap(), wanted, "{:?} in {}", row, expected.written());
            } else {
                // A sum of halves may be written with a fraction that is none.
                prop_assert_eq!(found.replace(".0 ", " "), wanted, "{:?} in {}", row, expected.written());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Columns with two inputs at most, since every input is tried.
    #[test]
    fn warnings_are_right_and_complete(expected in tables(&["UNIQUE", "FIRST"], 2)) {
        let definitions = read(&table(&expected.written()));
        let rows: Vec<Vec<V>> = grid(expected.inputs.len()).into_iter().filter(|row| expected.allows(row)).collect();
        let count = expected.rules.len();
        let matching: Vec<BTreeSet<usize>> =
            (0..count).map(|rule| (0..rows.len()).filter(|row| expected.matches(rule, &rows[*row])).collect()).collect();

        let dead = (0..count).filter(|rule| matching[*rule].is_empty()).map(|rule| vec![rule + 1]).collect();
        prop_assert_eq!(warned(&definitions, "never_matches"), dead, "{}", expected.written());
        let pairs = (0..count).flat_map(|second| (0..second).map(move |first| (first, second)));
        let overlapping = pairs.clone().filter(|(first, second)| !matching[*first].is_disjoint(&matching[*second]));
        let overlapping: BTreeSet<Vec<usize>> = overlapping.map(|(first, second)| vec![first + 1, second + 1]).collect();
        let covered = pairs.filter(|(first, second)| {
            !matching[*second].is_empty() && matching[*second].is_subset(&matching[*first])
        });
        let covered: BTreeSet<Vec<usize>> = covered.map(|(_, second)| vec![second + 1]).collect();
        let unique = expected.policy == "UNIQUE";
        let none = BTreeSet::new();
        prop_assert_eq!(&warned(&definitions, "overlap"), if unique { &overlapping } else { &none }, "{}", expected.written());
        prop_assert_eq!(&warned(&definitions, "covered"), if unique { &none } else { &covered }, "{}", expected.written());
    }
}
