//! Searches, held against a model that looks at every object.

use std::cmp::Ordering;
use std::ops::{Bound, RangeBounds as _};

use model::{DataClassId, ObjectId, Tenant, Timestamp, UserId};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use store::object::search::{self, Found, MOST_CONDITIONS, MOST_VALUES, ObjectTime, Search, Sort, TermFilter};
use store::object::term::{Term, TermMatch, TermValue};
use store::object::{Object, ObjectRef, relation};
use store::{Order, PageRequest};

use super::{alert, class, insert, number, text};
use crate::fixture::{Node, Store, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

pub(super) fn everything(class: DataClassId) -> Search {
    Search {
        class,
        filter: TermFilter::All,
        time: ObjectTime::Create,
        from: None,
        to: None,
        ids: None,
        related_to: None,
        sort: Sort::Time(ObjectTime::Create),
        order: Order::Ascending,
    }
}

fn is(key: &str, value: &str) -> TermFilter {
    TermFilter::Field { key: key.to_owned(), is: TermMatch::OneOf(vec![TermValue::Text(value.to_owned())]) }
}

async fn open(store: &Store, tenant: Tenant, search: &Search) -> Found {
    search::open(&mut store.read().await, tenant, search.clone()).await.expect("searches")
}

async fn page(store: &Store, found: &Found, offset: i64, limit: i64) -> Vec<ObjectId> {
    let rows = found.page(&mut store.read().await, PageRequest { offset, limit }).await.expect("reads");
    rows.into_iter().map(|row| row.id).collect()
}

async fn batches(store: &Store, found: &Found, limit: i64) -> Vec<ObjectId> {
    let (mut conn, mut ids, mut cursor) = (store.read().await, Vec::new(), None);
    loop {
        let batch = found.after(&mut conn, cursor.as_ref(), limit).await.expect("reads");
        ids.extend(batch.rows.into_iter().map(|row| row.id));
        cursor = batch.next;
        if cursor.is_none() {
            return ids;
        }
    }
}

/// What a search must find, in order.
struct Model {
    objects: Vec<Object>,
    related: Vec<(ObjectId, ObjectId)>,
}

impl Model {
    fn find(&self, search: &Search) -> Vec<ObjectId> {
        let mut found: Vec<&Object> = self.objects.iter().filter(|object| self.matches(object, search)).collect();
        found.sort_by(|one, other| {
            let order = match search.order {
                Order::Ascending => order(one, other, search),
                Order::Descending => order(other, one, search),
            };
            // Whatever the direction.
            let lacks =
                |object: &Object| matches!(&search.sort, Sort::Field(key) if best(object, key, search.order).is_none());
            lacks(one).cmp(&lacks(other)).then(order)
        });
        found.into_iter().map(|object| object.row.id).collect()
    }

    fn matches(&self, object: &Object, search: &Search) -> bool {
        let at = instant(object, search.time);
        object.row.dataclass_id == search.class
            && search.from.is_none_or(|from| at >= from)
            && search.to.is_none_or(|to| at <= to)
            && search.ids.as_ref().is_none_or(|ids| ids.contains(&object.row.id))
            && search.related_to.is_none_or(|to| self.related.contains(&(to, object.row.id)))
            && holds(&search.filter, &object.terms)
    }
}

fn instant(object: &Object, time: ObjectTime) -> Timestamp {
    match time {
        ObjectTime::Create => object.row.create_time,
        ObjectTime::Update => object.row.update_time,
        ObjectTime::Occur => object.row.occur_time,
    }
}

fn holds(filter: &TermFilter, terms: &[Term]) -> bool {
    match filter {
        TermFilter::All => true,
        TermFilter::And(parts) => parts.iter().all(|part| holds(part, terms)),
        TermFilter::Or(parts) => parts.iter().any(|part| holds(part, terms)),
        TermFilter::Field { key, is } => has(terms, key, is, true),
        TermFilter::NotField { key, is } => !has(terms, key, is, false),
    }
}

/// Whether a field has a value that matches; of values that are not kept, nobody knows.
fn has(terms: &[Term], key: &str, is: &TermMatch, unknown: bool) -> bool {
    terms.iter().filter(|term| term.field == key).any(|term| match (is, &term.value) {
        (_, TermValue::NotKept) => unknown,
        (TermMatch::OneOf(values), value) => values.contains(value),
        (TermMatch::Prefix(prefix), TermValue::Text(text)) => text.starts_with(prefix),
        (TermMatch::Numbers(from, to), TermValue::Number(number)) => (*from, *to).contains(number),
        (TermMatch::Texts(from, to), TermValue::Text(text)) => (from.as_ref(), to.as_ref()).contains(&text),
        (TermMatch::Prefix(_) | TermMatch::Texts(..), TermValue::Number(_))
        | (TermMatch::Numbers(..), TermValue::Text(_)) => false,
    })
}

fn names(filter: &TermFilter, field: &str) -> bool {
    match filter {
        TermFilter::All => false,
        TermFilter::And(parts) | TermFilter::Or(parts) => parts.iter().any(|part| names(part, field)),
        TermFilter::Field { key, .. } | TermFilter::NotField { key, .. } => key == field,
    }
}

fn compare(one: &TermValue, other: &TermValue) -> Ordering {
    match (one, other) {
        (TermValue::Number(one), TermValue::Number(other)) => one.total_cmp(other),
        (TermValue::Text(one), TermValue::Text(other)) => one.cmp(other),
        (TermValue::NotKept, TermValue::NotKept) => Ordering::Equal,
        (TermValue::Number(_), _) | (_, TermValue::NotKept) => Ordering::Less,
        (_, TermValue::Number(_)) | (TermValue::NotKept, _) => Ordering::Greater,
    }
}

/// The value that an object is sorted by.
fn best<'o>(object: &'o Object, key: &str, order: Order) -> Option<&'o TermValue> {
    let values = object.terms.iter().filter(|term| term.field == key).map(|term| &term.value);
    match order {
        Order::Ascending => values.min_by(|one, other| compare(one, other)),
        Order::Descending => values.max_by(|one, other| compare(one, other)),
    }
}

fn order(one: &Object, other: &Object, search: &Search) -> Ordering {
    let first = match &search.sort {
        Sort::Time(time) => instant(one, *time).cmp(&instant(other, *time)),
        Sort::Field(key) => match (best(one, key, search.order), best(other, key, search.order)) {
            (Some(one), Some(other)) => compare(one, other),
            _ => Ordering::Equal,
        }
        .then(one.row.create_time.cmp(&other.row.create_time)),
    };
    first.then(one.row.id.cmp(&other.row.id))
}

/// Objects of two classes with few different values, some without any; some are related to the first.
async fn some_objects(node: &Node, tenant: Tenant) -> (Model, DataClassId) {
    let (own, other) = (class(node, tenant).await, class(node, tenant).await);
    let mut objects = Vec::new();
    for count in 0..120_u32 {
        let of = |every: u32| count % every == 0;
        let mut terms = vec![text("severity", ["Low", "High", "Fatal"][count as usize % 3])];
        if of(2) {
            terms.push(number("count", f64::from(count % 14) - 4.0));
        }
        if of(5) {
            terms.extend([text("ip", &format!("10.0.{}.1", count % 9)), text("ip", &format!("10.0.{}.1", count % 4))]);
        }
        if of(7) {
            // Numbers and texts in one field.
            terms.push(if of(2) { number("mixed", f64::from(count)) } else { text("mixed", &count.to_string()) });
        }
        if of(29) {
            terms.push(Term { field: "mixed".to_owned(), value: TermValue::NotKept });
        }
        let mut object = alert(tenant, if of(11) { other } else { own }, after_noon(i64::from(count / 3)), terms);
        object.row.update_time = after_noon(i64::from(count * 7 % 50));
        object.row.occur_time = after_noon(i64::from(count * 13 % 30));
        objects.push(object);
    }
    insert(node, &objects).await;
    let kept = |object: &Object| ObjectRef { id: object.row.id, dataclass_id: object.row.dataclass_id };
    let pairs: Vec<_> = objects.iter().skip(1).step_by(4).map(|object| (kept(&objects[0]), kept(object))).collect();
    let related = pairs.iter().flat_map(|(one, other)| [(one.id, other.id), (other.id, one.id)]).collect();
    node.write(move |tx| Box::pin(async move { relation::insert_all(tx, tenant, &pairs, UserId(uuid()), NOON).await }))
        .await;
    (Model { objects, related }, own)
}

fn filters() -> impl Strategy<Value = TermFilter> {
    let texts =
        prop_oneof![Just("Low"), Just("High"), Just("Fatal"), Just("10.0.3.1"), Just("10.0."), Just("77"), Just("")];
    let texts = texts.prop_map(str::to_owned).boxed();
    let numbers = (-6_i32..16).prop_map(f64::from).boxed();
    let values =
        prop_oneof![texts.clone().prop_map(TermValue::Text), numbers.clone().prop_map(TermValue::Number)].boxed();
    fn bounds<T: std::fmt::Debug + Clone + 'static>(
        of: proptest::strategy::BoxedStrategy<T>,
    ) -> impl Strategy<Value = Bound<T>> {
        prop_oneof![Just(Bound::Unbounded), of.clone().prop_map(Bound::Included), of.prop_map(Bound::Excluded)]
    }
    let matches = prop_oneof![
        4 => vec(values, 0..4).prop_map(TermMatch::OneOf),
        1 => texts.clone().prop_map(TermMatch::Prefix),
        1 => (bounds(numbers.clone()), bounds(numbers)).prop_map(|(from, to)| TermMatch::Numbers(from, to)),
        1 => (bounds(texts.clone()), bounds(texts)).prop_map(|(from, to)| TermMatch::Texts(from, to)),
    ];
    let keys = prop_oneof![Just("severity"), Just("count"), Just("ip"), Just("mixed"), Just("nothing")];
    let leaf = prop_oneof![
        6 => (keys, matches, proptest::bool::weighted(0.3)).prop_map(|(key, is, negated)| {
            let key = key.to_owned();
            if negated { TermFilter::NotField { key, is } } else { TermFilter::Field { key, is } }
        }),
        1 => Just(TermFilter::All),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(TermFilter::And), vec(inner, 0..4).prop_map(TermFilter::Or)]
    })
}

fn searches(class: DataClassId, ids: &[ObjectId]) -> impl Strategy<Value = Search> + use<> {
    let times = || prop_oneof![Just(ObjectTime::Create), Just(ObjectTime::Update), Just(ObjectTime::Occur)];
    let bound = || proptest::option::weighted(0.3, (0_i64..50).prop_map(after_noon));
    let keys = prop_oneof![Just("severity"), Just("count"), Just("ip"), Just("mixed")];
    let sorts = prop_oneof![times().prop_map(Sort::Time), keys.prop_map(|key| Sort::Field(key.to_owned()))];
    let first = ids[0];
    let some = proptest::option::weighted(0.1, proptest::sample::subsequence(ids.to_vec(), 0..ids.len()));
    let related = proptest::option::weighted(0.1, Just(first));
    (filters(), times(), bound(), bound(), some, related, sorts, any::<bool>()).prop_map(
        move |(filter, time, from, to, ids, related_to, sort, up)| {
            let order = if up { Order::Ascending } else { Order::Descending };
            Search { class, filter, time, from, to, ids, related_to, sort, order }
        },
    )
}

on_both! {
    async fn a_search_finds_what_a_look_at_every_object_finds(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (model, class) = some_objects(&node, tenant).await;
        let ids: Vec<ObjectId> = model.objects.iter().map(|object| object.row.id).collect();
        let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        let outcome = tokio::task::block_in_place(|| {
            let searched = runner.run(&searches(class, &ids), |search| {
                tokio::runtime::Handle::current().block_on(async {
                    let expected = model.find(&search);
                    let found = open(&store, tenant, &search).await;
                    let fail = |what: &str| TestCaseError::fail(format!("{what}: {search:?}"));
                    if found.total() != expected.len() as i64 {
                        return Err(fail("the count"));
                    }
                    if found.is_exact() == names(&search.filter, "mixed") {
                        return Err(fail("whether it is exact"));
                    }
                    if page(&store, &found, 0, 200).await != expected {
                        return Err(fail("all of them"));
                    }
                    let some: Vec<ObjectId> = expected.iter().skip(5).take(7).copied().collect();
                    if page(&store, &found, 5, 7).await != some {
                        return Err(fail("a page"));
                    }
                    if batches(&store, &found, 9).await != expected {
                        return Err(fail("batches"));
                    }
                    Ok(())
                })
            });
            searched.map_err(|failure| failure.to_string())
        });
        outcome.expect("the model finds the same");
    }

    async fn a_search_finds_nothing_of_another_tenant(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (_, class) = some_objects(&node, tenant).await;
        let other = crate::fixture::tenant();
        for foreign in [Tenant { project: other.project, ..tenant }, Tenant { workspace: other.workspace, ..tenant }] {
            for filter in [TermFilter::All, is("severity", "Low")] {
                let found = open(&store, foreign, &Search { filter, ..everything(class) }).await;
                assert_eq!((found.total(), batches(&store, &found, 9).await), (0, Vec::new()));
            }
        }
    }

    async fn many_objects_are_read_in_the_same_order_as_few(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let class = class(&node, tenant).await;
        let mut objects = Vec::new();
        for count in 0..2500_u32 {
            let mut terms = vec![text("severity", "Low"), text("state", if count % 50 == 0 { "Closed" } else { "Open" })];
            if count % 3 > 0 {
                terms.extend([number("count", f64::from(count % 17)), number("count", f64::from(count % 5))]);
            }
            let mut object = alert(tenant, class, after_noon(i64::from(count / 2)), terms);
            object.row.update_time = after_noon(i64::from(count * 7 % 2000));
            objects.push(object);
        }
        insert(&node, &objects).await;
        if !store.is_sqlite() {
            // What a server does by itself within a minute.
            store.meddle("ANALYZE").await;
        }
        let model = Model { objects, related: Vec::new() };
        let both = TermFilter::And(vec![is("severity", "Low"), is("state", "Open")]);
        let either = TermFilter::Or(vec![is("state", "Closed"), is("state", "Open")]);
        for filter in [is("severity", "Low"), both, either, is("state", "Closed"), TermFilter::All] {
            for sort in [Sort::Time(ObjectTime::Create), Sort::Time(ObjectTime::Update), Sort::Field("count".to_owned())] {
                for order in [Order::Ascending, Order::Descending] {
                    let search = Search { filter: filter.clone(), sort: sort.clone(), order, ..everything(class) };
                    let expected = model.find(&search);
                    let found = open(&store, tenant, &search).await;
                    assert_eq!(found.total(), expected.len() as i64, "{search:?}");
                    // A few at a time, an index is walked; many at once, they are gathered.
                    for (offset, limit) in [(0, 1), (7, 1), (800, 900), (1660, 5), (0, 2500), (2448, 10)] {
                        let some: Vec<_> = expected.iter().skip(offset).take(limit).copied().collect();
                        let read = page(&store, &found, offset as i64, limit as i64).await;
                        assert!(read == some, "{search:?} from {offset} on, {limit}");
                    }
                    for limit in [150, 2000] {
                        assert!(batches(&store, &found, limit).await == expected, "{search:?} in batches of {limit}");
                    }
                }
            }
        }
    }

    async fn a_filter_that_is_too_large_finds_the_whole_class(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let (model, class) = some_objects(&node, tenant).await;
        let nothing = || is("severity", "nothing");
        let deep = (0..60).fold(nothing(), |inner, _| TermFilter::And(vec![inner, TermFilter::All]));
        let wide = TermFilter::Or((0..=MOST_CONDITIONS).map(|_| nothing()).collect());
        let values = vec![TermValue::Number(0.0); MOST_VALUES + 1];
        let long = TermFilter::Field { key: "severity".to_owned(), is: TermMatch::OneOf(values) };
        for (filter, fits) in [
            (deep, false),
            (wide, false),
            (long, false),
            (TermFilter::Or((0..MOST_CONDITIONS).map(|_| nothing()).collect()), true),
        ] {
            assert_eq!(filter.fits(), fits);
            let found = open(&store, tenant, &Search { filter, ..everything(class) }).await;
            let expected = if fits { 0 } else { model.find(&everything(class)).len() as i64 };
            assert_eq!((found.total(), found.is_exact()), (expected, fits));
        }
    }
}
