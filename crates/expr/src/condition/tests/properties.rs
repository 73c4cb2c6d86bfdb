//! Random rules over random objects.

use model::Value;
use model::time::Zone;
use proptest::prelude::*;
use proptest::sample::select;

use super::reference::{self, EPOCH, NETWORKS, PATTERNS, TIMES};
use super::{admits, logics};
use crate::condition::{Fields, Kind, Rule, RuleIndex, Subject};
use crate::{Budget, Fault};

const TEXTS: [&str; 12] =
    ["", "a", "ab", "b", "High", "high", "10", "9", "1.5", "10.0.0.1", "192.168.1.1", "::ffff:10.0.0.2"];

const PATHS: [&str; 11] = ["s", "n", "t", "b", "x", "y", "x.y", "y.n", "y.x", "x.y.s", "y.s.n"];

fn fields() -> Fields {
    let mut fields = Fields::new(Zone::DEFAULT);
    fields.add_searchable("s", Kind::Text);
    fields.add_searchable("x.y", Kind::Text);
    fields.add_searchable("n", Kind::Number);
    fields.add_searchable("y.n", Kind::Number);
    fields.add_searchable("t", Kind::Time);
    fields.add_searchable("b", Kind::Boolean);
    fields
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(&TEXTS[..]).prop_map(Value::from),
        3 => select(&TIMES[..]).prop_map(|(text, _)| Value::from(text)),
        3 => select(vec!["9", "10", "1.5", "10.0", "1752818400", "1752818401"]).prop_map(super::json),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::from("true")),
        1 => Just(Value::Null),
    ]
}

/// Objects with the keys of the paths, also put together, at any depth and in lists.
fn objects() -> impl Strategy<Value = Value> {
    let values = leaves().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..3).prop_map(Value::list), members(inner),]
    });
    members(values)
}

fn members(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec((select(vec!["s", "n", "t", "b", "x", "y", "x.y", "y.s", "s.n"]), values), 0..7)
        .prop_map(Value::object)
}

/// A condition that compiles.
fn conditions() -> impl Strategy<Value = Vec<Value>> {
    let paths = (select(&PATHS[..]), prop::bool::weighted(0.2));
    let comparing = (paths.clone(), select(vec!["=", "!=", "<", "<=", ">", ">=", "not-="])).prop_flat_map(
        |((path, old), operator)| operand(path).prop_map(move |value| condition(path, old, operator, Some(value))),
    );
    let one_of = (paths.clone(), select(vec!["in", "not-in"])).prop_flat_map(|((path, old), operator)| {
        prop::collection::vec(operand(path), 1..4).prop_map(move |values| {
            let list: Vec<String> =
                values.iter().map(|value| value.to_text().into_owned()).filter(|text| !text.is_empty()).collect();
            let list = if list.is_empty() { "10".to_owned() } else { list.join(",") };
            condition(path, old, operator, Some(list.into()))
        })
    });
    let parts = (paths.clone(), select(vec!["contains", "not-contains", "startswith", "endswith"]), select(&TEXTS[..]))
        .prop_map(|((path, old), operator, text)| condition(path, old, operator, Some(text.into())));
    let like = (paths.clone(), select(vec!["like", "not-like"]), "[ab1%_]{0,4}|10.%")
        .prop_map(|((path, old), operator, text)| condition(path, old, operator, Some(text.into())));
    let regex = (paths.clone(), select(&PATTERNS[..]))
        .prop_map(|((path, old), (pattern, _))| condition(path, old, "regex", Some(pattern.into())));
    let cidr = (paths.clone(), select(&NETWORKS[..]))
        .prop_map(|((path, old), (network, _, _))| condition(path, old, "cidr", Some(network.into())));
    let plain = (paths, select(vec!["exists", "not-exists", "changed", "not-changed"]))
        .prop_map(|((path, old), operator)| condition(path, old && !operator.ends_with("changed"), operator, None));
    prop_oneof![6 => comparing, 3 => one_of, 2 => parts, 2 => like, 1 => regex, 2 => cidr, 1 => plain]
}

fn condition(path: &str, old: bool, operator: &str, value: Option<Value>) -> Vec<Value> {
    let path = if old { format!("old.{path}") } else { path.to_owned() };
    [path.into(), operator.into()].into_iter().chain(value).collect()
}

/// A value that the field at the path may be compared with.
fn operand(path: &'static str) -> BoxedStrategy<Value> {
    let numbers = || select(vec!["9", "10", "1.5"]).prop_map(Value::from);
    let times = || select(&TIMES[..]).prop_map(|(text, _)| Value::from(text));
    match reference::kind(path) {
        "number" => prop_oneof![numbers(), Just(Value::int(10))].boxed(),
        "time" => prop_oneof![4 => times(), 1 => Just(Value::int(EPOCH)), 1 => Just(Value::from("1752818401"))].boxed(),
        "boolean" => select(vec![Value::from("true"), false.into()]).boxed(),
        _ => prop_oneof![4 => select(&TEXTS[..]).prop_map(Value::from), 2 => numbers(), 2 => times(), 1 => Just(Value::int(9))].boxed(),
    }
}

/// A logic with its meaning.
#[derive(Debug, Clone)]
enum Logic {
    Leaf(usize),
    Not(Box<Logic>),
    And(Vec<Logic>),
    Or(Vec<Logic>),
}

impl Logic {
    fn write(&self, to: &mut Vec<String>) {
        let mut joined = |terms: &[Logic], word: &str| {
            to.push("(".into());
            for (index, term) in terms.iter().enumerate() {
                to.extend((index > 0).then(|| word.to_owned()));
                term.write(to);
            }
            to.push(")".into());
        };
        match self {
            Self::Leaf(number) => to.push(format!("c{number}")),
            Self::Not(term) => {
                to.push("not".into());
                term.write(to);
            }
            Self::And(terms) => joined(terms, "and"),
            Self::Or(terms) => joined(terms, "or"),
        }
    }

    fn holds(&self, truths: &[bool]) -> bool {
        match self {
            Self::Leaf(number) => truths[*number],
            Self::Not(term) => !term.holds(truths),
            Self::And(terms) => terms.iter().all(|term| term.holds(truths)),
            Self::Or(terms) => terms.iter().any(|term| term.holds(truths)),
        }
    }
}

/// Conditions and a logic that uses them all.
fn rules() -> impl Strategy<Value = (Vec<(String, Vec<Value>)>, Logic)> {
    prop::collection::vec(conditions(), 1..6).prop_flat_map(|conditions| {
        let count = conditions.len();
        let named: Vec<_> = conditions.into_iter().enumerate().map(|(at, data)| (format!("c{at}"), data)).collect();
        let tree = (0..count).prop_map(Logic::Leaf).prop_recursive(3, 12, 3, |inner| {
            let terms = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                inner.prop_map(|term| Logic::Not(Box::new(term))),
                terms.clone().prop_map(Logic::And),
                terms.prop_map(Logic::Or),
            ]
        });
        let all = Logic::And((0..count).map(Logic::Leaf).collect());
        let one = Logic::Or((0..count).map(Logic::Leaf).collect());
        let rest = select(vec![all, one]);
        (Just(named), tree, rest, any::<bool>()).prop_map(|(named, tree, rest, both)| {
            (named, if both { Logic::And(vec![tree, rest]) } else { Logic::Or(vec![tree, rest]) })
        })
    })
}

fn compile((conditions, logic): &(Vec<(String, Vec<Value>)>, Logic)) -> Rule {
    let mut tokens = Vec::new();
    logic.write(&mut tokens);
    Rule::conditions(conditions, &tokens, &fields()).unwrap_or_else(|problems| panic!("{conditions:?}: {problems:?}"))
}

/// Expressions that say what conditions on single values say.
fn expressions() -> impl Strategy<Value = String> {
    let path = select(vec!["s", "n", "t", "b", "x.y", "y.n", "y.x", "x.`y.s`"]);
    let constant = select(vec!["'a'", "'High'", "'10'", "9", "10.0", "1.5", "true", "null", "'2025-07-18T06:00:00Z'"]);
    let leaf = prop_oneof![
        (path.clone(), select(vec!["==", "!=", "eq"]), constant.clone())
            .prop_map(|(p, op, c)| format!("data_object.{p} {op} {c}")),
        (path.clone(), constant.clone()).prop_map(|(p, c)| format!("{c} == data_object.{p}")),
        (path.clone(), prop::collection::vec(constant, 1..3))
            .prop_map(|(p, c)| format!("data_object.{p} in [{}]", c.join(", "))),
        path.prop_map(|p| format!("old.{p} == data_object.{p}")),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), select(vec!["&&", "||"]), inner.clone()).prop_map(|(a, op, b)| format!("({a}) {op} ({b})")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// Whether the pre-filter lets the object pass.
fn may(rule: &Rule, object: &Value) -> bool {
    let fields = fields();
    admits(&rule.prefilter(&fields), &fields.terms(object))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_holds_as_its_conditions_say(rule in rules(), object in objects(), old in prop::option::of(objects())) {
        let truths: Vec<bool> = rule.0.iter().map(|(_, data)| reference::holds(data, &object, old.as_ref())).collect();
        let subject = Subject { object: &object, old: old.as_ref() };
        let found = compile(&rule).matches(&subject, &mut Budget::default());
        prop_assert_eq!(found, Ok(rule.1.holds(&truths)), "{:?}", truths);
    }

    #[test]
    fn a_prefilter_loses_nothing(rule in rules(), object in objects(), old in prop::option::of(objects())) {
        let rule = compile(&rule);
        let subject = Subject { object: &object, old: old.as_ref() };
        if rule.matches(&subject, &mut Budget::default()) == Ok(true) {
            prop_assert!(may(&rule, &object), "{:?}", rule.prefilter(&fields()));
        }
    }

    #[test]
    fn a_decisive_prefilter_lets_nothing_else_pass(rule in rules(), object in objects()) {
        let (rule, fields) = (compile(&rule), fields());
        let terms = fields.terms(&object);
        let is_kept = terms.iter().all(|term| term.text.is_some() || term.number.is_some());
        if is_kept && rule.is_decided_by_terms(&fields) {
            let matches = rule.matches(&Subject::new(&object), &mut Budget::default());
            prop_assert_eq!(matches, Ok(admits(&rule.prefilter(&fields), &terms)), "{:?}", rule.prefilter(&fields));
        }
    }

    #[test]
    fn an_index_finds_what_matches(
        rules in prop::collection::vec(rules(), 1..12),
        object in objects(),
        old in prop::option::of(objects()),
    ) {
        let rules: Vec<Rule> = rules.iter().map(compile).collect();
        let subject = Subject { object: &object, old: old.as_ref() };
        let candidates = RuleIndex::new(&rules).candidates(&object);
        prop_assert!(candidates.is_sorted_by(|a, b| a < b));
        for (position, rule) in rules.iter().enumerate() {
            if rule.matches(&subject, &mut Budget::default()) == Ok(true) {
                prop_assert!(candidates.contains(&position), "{} of {:?}", position, candidates);
            }
        }
    }

    #[test]
    fn expressions_are_found_and_pre_filtered_likewise(text in expressions(), object in objects()) {
        let rule = Rule::expression(&text).expect(&text);
        if rule.matches(&Subject::new(&object), &mut Budget::default()) == Ok(true) {
            prop_assert!(may(&rule, &object), "{} {:?}", text, rule.prefilter(&fields()));
            prop_assert_eq!(RuleIndex::new([&rule]).candidates(&object), [0], "{}", text);
        }
    }

    #[test]
    fn conditions_and_expressions_that_say_the_same_agree(
        operator in select(vec![("=", "=="), ("!=", "!="), ("<", "<"), ("<=", "<="), (">", ">"), (">=", ">=")]),
        value in prop_oneof![Just(Value::Null), select(vec!["9", "10", "10.0", "1.5", "12345678901234567890"]).prop_map(super::json)],
        wanted in select(vec!["9", "10", "10.00", "1.5", "12345678901234567891"]),
    ) {
        let object = Value::object([("n", value)]);
        let data = [("c".to_owned(), vec!["n".into(), operator.0.into(), wanted.into()])];
        let condition = Rule::conditions(&data, &logics(&[]), &fields()).expect("compiles");
        let expression = Rule::expression(&format!("data_object.n {} {wanted}", operator.1)).expect("compiles");
        let subject = Subject::new(&object);
        let [a, b] = [condition, expression].map(|rule| rule.matches(&subject, &mut Budget::default()));
        prop_assert_eq!(a, b);
    }

    #[test]
    fn deciding_is_total_and_within_the_budget(rule in rules(), object in objects(), steps in 0_u64..200) {
        let rule = compile(&rule);
        let mut budget = Budget { steps, bytes: 10_000 };
        match rule.matches(&Subject::new(&object), &mut budget) {
            Ok(truth) => {
                prop_assert_eq!(rule.matches(&Subject::new(&object), &mut Budget::default()), Ok(truth));
            }
            Err(fault) => prop_assert_eq!(fault, Fault::Budget("steps")),
        }
    }

    #[test]
    fn any_data_compiles_or_is_refused(
        data in prop::collection::vec(prop_oneof![leaves(), "\\PC{0,12}".prop_map(Value::from)], 0..4),
        logic in prop::collection::vec("\\PC{0,8}|c|and|or|not|\\(|\\)", 0..8),
    ) {
        let conditions = [("c".to_owned(), data)];
        if let Err(problems) = Rule::conditions(&conditions, &logic, &fields()) {
            prop_assert!(!problems.is_empty());
        }
    }
}
