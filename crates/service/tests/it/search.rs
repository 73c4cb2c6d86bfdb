//! A search finds what a rule of a playbook with the same conditions matches, whichever database it is.

use std::collections::BTreeSet;

use expr::Budget;
use expr::condition::{Rule, Subject};
use model::{ObjectId, Value};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use service::Ctx;
use service::object::{ClassName, CreateObject, DataObject, Origin, SearchObjects};

use crate::installation::Installation;

/// Objects that are searched, and searches over them, on each database.
const OBJECTS: usize = 120;
const SEARCHES: u32 = 400;

const TEXTS: [&str; 11] =
    ["", "High", "high", "Low", "web", "web server", "10", "9", "1.5", "10.0.0.7", "2025-07-18T06:00:00Z"];

/// Fields that are searchable, of every kind, and some that are not or that no class has.
const FIELDS: [&str; 12] = [
    "title",
    "severity",
    "labels",
    "confidence",
    "criticality",
    "network_list.src_ip",
    "environment.region_id",
    "first_observed_time",
    "description",
    "simulation",
    "x",
    "x.y",
];

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => select(&TEXTS[..]).prop_map(Value::from),
        1 => Just(Value::from("é".repeat(200).as_str())),
        3 => (-2_i64..12).prop_map(Value::int),
        1 => Just(Value::from_json("9007199254740993").expect("a number")),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::list),
            vec((select(vec!["src_ip", "region_id", "y"]), inner), 0..3).prop_map(Value::object),
        ]
    })
}

/// An alert with some of the fields, each as its kind may be, and fields that no class has, whatever they hold.
fn alerts() -> impl Strategy<Value = Value> {
    let text = || select(&TEXTS[..]).prop_map(Value::from);
    let long = "é".repeat(200);
    let number = || {
        prop_oneof![
            6 => (-2_i64..12).prop_map(Value::int),
            1 => Just(Value::from_json("9007199254740993").expect("a number")),
        ]
    };
    let times = select(vec!["2025-07-18T06:00:00Z", "2025-07-18T14:00:00.000Z+0800", "2024-01-01T00:00:00Z"]);
    let networks = vec(text().prop_map(|ip| Value::object([("src_ip", ip)])), 0..3).prop_map(Value::list);
    let field = prop_oneof![
        (Just("severity"), select(vec!["High", "Low", "Medium"]).prop_map(Value::from)),
        (Just("labels"), text()),
        (Just("description"), prop_oneof![text(), Just(Value::from(long.as_str()))]),
        (Just("confidence"), number()),
        (Just("criticality"), number()),
        (Just("first_observed_time"), times.prop_map(Value::from)),
        (Just("network_list"), networks),
        (Just("environment"), text().prop_map(|region| Value::object([("region_id", region)]))),
        (Just("x"), values()),
        (Just("x.y"), values()),
    ];
    let title = select(&TEXTS[1..]).prop_map(|title| ("title", Value::from(title)));
    (title, vec(field, 0..8)).prop_map(|(title, fields)| Value::object(fields.into_iter().chain([title])))
}

fn conditions() -> impl Strategy<Value = Vec<Value>> {
    let one =
        select(vec!["=", "!=", ">", ">=", "<", "<=", "contains", "not-contains", "startswith", "endswith", "like"]);
    let compared =
        (select(&FIELDS[..]), one, select(&TEXTS[..])).prop_map(|(path, operator, text)| (path, operator, Some(text)));
    let lists =
        (select(&FIELDS[..]), select(vec!["in", "not-in"]), select(vec!["High,Low", "web", "10,9", "1.5,high"]))
            .prop_map(|(path, operator, list)| (path, operator, Some(list)));
    let there =
        (select(&FIELDS[..]), select(vec!["exists", "not-exists"])).prop_map(|(path, operator)| (path, operator, None));
    let within = select(vec!["network_list.src_ip", "title"]).prop_map(|path| (path, "cidr", Some("10.0.0.0/8")));
    let pattern = select(&FIELDS[..]).prop_map(|path| (path, "regex", Some("^(web|1)")));
    prop_oneof![8 => compared, 3 => lists, 1 => there, 1 => within, 1 => pattern].prop_map(|(path, operator, value)| {
        [path.into(), operator.into()].into_iter().chain(value.map(Value::from)).collect()
    })
}

/// Conditions by name, and how they go together.
fn searches() -> impl Strategy<Value = (Vec<(String, Vec<Value>)>, Vec<String>)> {
    let joints = vec((any::<bool>(), any::<bool>()), 5);
    (vec(conditions(), 0..5), joints).prop_map(|(list, joints)| {
        let mut logics = Vec::new();
        for (at, (is_or, is_not)) in joints.iter().take(list.len()).enumerate() {
            logics.extend((at > 0).then(|| if *is_or { "or" } else { "and" }.to_owned()));
            logics.extend(is_not.then(|| "not".to_owned()));
            logics.push(format!("c{at}"));
        }
        (list.into_iter().enumerate().map(|(at, data)| (format!("c{at}"), data)).collect(), logics)
    })
}

async fn found(made: &Installation, ctx: &Ctx, input: SearchObjects) -> BTreeSet<ObjectId> {
    let (page, _) = made.service.search_objects(ctx, ClassName::Other("Alert"), input.clone()).await.expect("searches");
    let ids: BTreeSet<ObjectId> = page.rows.iter().map(|object| object.row.id).collect();
    assert_eq!((page.total, page.rows.len()), (ids.len() as i64, ids.len()), "{input:?}");
    ids
}

async fn check(made: Installation) {
    let ctx = made.inside().await;
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut objects: Vec<DataObject> = Vec::new();
    while objects.len() < OBJECTS {
        let data = alerts().new_tree(&mut runner).expect("an alert").current();
        let input = CreateObject { data: data.as_map().cloned(), ..CreateObject::default() };
        let origin = Origin::Api { trigger: false };
        match made.service.create_object(&ctx, ClassName::Other("Alert"), origin, input).await {
            Ok(object) => objects.push(object),
            Err(refused) => panic!("{refused:?}"),
        }
    }
    let (mut some, mut none) = (0, 0);
    for _ in 0..SEARCHES {
        let (conditions, logics) = searches().new_tree(&mut runner).expect("a search").current();
        let Ok(rule) = Rule::conditions(&conditions, &logics, objects[0].class.fields()) else { continue };
        let matches =
            |object: &&DataObject| rule.matches(&Subject::new(&object.data), &mut Budget::default()) == Ok(true);
        let expected: BTreeSet<ObjectId> = objects.iter().filter(matches).map(|object| object.row.id).collect();
        let input = SearchObjects { limit: Some(1_000), conditions, logics, ..SearchObjects::default() };
        assert_eq!(found(&made, &ctx, input.clone()).await, expected, "{input:?}");
        *(if expected.is_empty() { &mut none } else { &mut some }) += 1;
    }
    assert!(some > 100 && none > 10, "{some} searches found something, {none} nothing");
}

#[tokio::test]
async fn a_search_finds_what_a_rule_matches_on_sqlite() {
    check(Installation::new().await).await;
}

#[tokio::test]
async fn a_search_finds_what_a_rule_matches_on_postgresql() {
    if let Some((made, _database)) = Installation::on_postgres().await {
        check(made).await;
    }
}
