//! De-duplication: an object that arrives while an earlier one stands for it is counted on that one, and triggers
//! nothing. Which are the same, the settings of the class say; by default none are. What runs make and what is imported
//! does not arrive: it is created.

use std::collections::{BTreeMap, HashMap, HashSet};

use expr::condition::values_at;
use model::{DataClassId, Map, ObjectId, Timestamp, Value};
use sha2::{Digest, Sha256};
use store::Tx;
use store::object as rows;
use store::object::dedup::{self, Arrival};

use super::change::changed;
use super::class::Class;
use super::write::{Change, DataObject, Origin};
use crate::ctx::Ctx;
use crate::dataclass::DedupRule;
use crate::error::Error;

/// Values of one field that make a key.
const VALUES: usize = 100;
/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// What arrives, by its class.
pub(super) type Arrivals = BTreeMap<DataClassId, Vec<Arrival>>;

/// Which of some changes are arrivals.
pub(super) fn arrivals(origin: Origin, changes: &[Change]) -> Arrivals {
    let mut arrivals = Arrivals::new();
    if !matches!(origin, Origin::Api { .. } | Origin::Ingest) {
        return arrivals;
    }
    let mut seen = HashSet::new();
    for change in changes {
        // What is made of others, as an incident of alerts, is no arrival. Of two with one id, the second is no object.
        if let Change::Create { after, related } = change
            && related.is_empty()
            && seen.insert(after.row.id)
            && let Some(arrival) = arrival(after)
        {
            arrivals.entry(after.class.id).or_default().push(arrival);
        }
    }
    arrivals
}

fn arrival(object: &DataObject) -> Option<Arrival> {
    let rule = object.class.dedup_rule(&object.data)?;
    let values = rule.fields.iter().map(|field| values_at(&object.data, field, VALUES).ok().map(Value::list));
    let values: Vec<Value> = values.collect::<Option<_>>()?;
    // Objects that tell nothing there have nothing in common.
    if values.iter().all(|values| values.as_list().is_none_or(<[_]>::is_empty)) {
        return None;
    }
    Some(Arrival {
        object: object.row.id,
        type_code: rule.kind.to_lowercase(),
        key: Sha256::digest(Value::list(values).to_json().as_bytes()).to_vec(),
        at: object.row.create_time,
        window: i64::from(rule.window) * SECOND,
    })
}

/// Counts arrivals. Gives those that an earlier object stands for, with that object's id.
pub(super) async fn count(tx: &mut Tx, ctx: &Ctx, arrivals: Arrivals) -> Result<HashMap<ObjectId, ObjectId>, Error> {
    let mut repeats = HashMap::new();
    for (class, mut arrivals) in arrivals {
        // What was taken in before, and is delivered again, does not arrive.
        let ids: Vec<ObjectId> = arrivals.iter().map(|arrival| arrival.object).collect();
        let there = rows::keep_all(tx, ctx.tenant, &ids).await?;
        arrivals.retain(|arrival| there.iter().all(|known| known.id != arrival.object));
        let standing = dedup::count_all(tx, ctx.tenant, class, &arrivals).await?;
        for (arrival, standing) in arrivals.iter().zip(standing) {
            if arrival.object != standing.object {
                repeats.insert(arrival.object, standing.object);
            }
        }
    }
    Ok(repeats)
}

/// Counts repeats on the objects that stand for them. Gives these as they are now.
pub(super) async fn add_up(
    tx: &mut Tx,
    ctx: &Ctx,
    origin: Origin,
    repeats: &[(&DataObject, ObjectId)],
) -> Result<HashMap<ObjectId, DataObject>, Error> {
    let mut by_object: BTreeMap<ObjectId, Vec<&DataObject>> = BTreeMap::new();
    for (repeat, object) in repeats {
        by_object.entry(*object).or_default().push(repeat);
    }
    let ids: Vec<ObjectId> = by_object.keys().copied().collect();
    let mut standing = HashMap::new();
    let mut next = Vec::new();
    for row in rows::lock_all(tx, ctx.tenant, &ids).await? {
        let repeats = &by_object[&row.id];
        let before = DataObject::read(repeats[0].class.clone(), row)?;
        let now = repeats.iter().map(|repeat| repeat.row.create_time).max().unwrap_or(before.row.update_time);
        let after = changed(&before, &counted(&before, repeats, now), now, origin)?;
        next.push(after.stored());
        standing.insert(after.row.id, after);
    }
    rows::update_all(tx, ctx.tenant, &next).await?;
    Ok(standing)
}

/// How often an object has been seen, and when last.
fn counted(object: &DataObject, repeats: &[&DataObject], now: Timestamp) -> Map {
    let count = |object: &DataObject| object.data.get("count").as_i64().unwrap_or(1);
    let total = repeats.iter().map(|repeat| count(repeat)).fold(count(object), i64::saturating_add);
    let told = |repeat: &&DataObject| repeat.data.get("last_observed_time").clone();
    let last = repeats.last().map(told).filter(|told| !told.is_null());
    let last = last.unwrap_or_else(|| now.to_wire(object.class.zone).into());
    Map::from_iter([("count".into(), Value::int(total)), ("last_observed_time".into(), last)])
}

impl Class {
    /// The rule that says which objects are the same as one.
    fn dedup_rule(&self, object: &Value) -> Option<&DedupRule> {
        if self.settings.deduplication.is_empty() {
            return None;
        }
        // Alerts name their type in `alert_type`: `{"category": …, "alert_type": …}`, or a text.
        let field = format!("{}_type", self.name.to_lowercase());
        let told = object.get(&field);
        let names = [told.get(&field).to_text(), told.get("category").to_text(), told.to_text()];
        let rule = |name: &str| self.settings.deduplication.iter().find(|rule| rule.kind.eq_ignore_ascii_case(name));
        names.iter().filter(|name| !name.is_empty()).find_map(|name| rule(name)).or_else(|| rule(""))
    }
}
