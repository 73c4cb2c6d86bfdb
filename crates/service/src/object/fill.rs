//! What the server itself writes into objects: whose they are, when they came and changed, how long they took.

use std::sync::Arc;
use std::time::Duration;

use model::{Map, Timestamp, Value};
use store::object::ObjectRow;

use super::class::Class;
use super::write::Origin;

/// Fields that only the server sets. What a client gives for them is not kept.
const SERVERS: &[&str] = &["id", "create_time", "update_time", "workspace_id", "project_id", "dataclass_id"];

/// Whether only the server sets a field.
pub(super) fn is_servers(key: &str) -> bool {
    SERVERS.contains(&key)
}

/// Gives a new object what it was not given and what it cannot give.
pub(super) fn complete(class: &Class, row: &ObjectRow, creator: &str, origin: Origin, object: &mut Map) {
    let time = row.create_time.to_wire(class.zone);
    let or_else = |object: &mut Map, key: &str, value: &str| {
        let is_unset = object.get(key).is_none_or(|value| value.is_null() || value.as_str() == Some(""));
        if is_unset {
            object.insert(key.into(), value.into());
        }
    };
    class.set_defaults(object);
    or_else(object, "domain_id", &class.domain.to_string());
    or_else(object, "region_id", &class.region);
    for (key, value) in [("arrive_time", time.as_str()), ("creator", creator)] {
        if class.has_field(key) {
            or_else(object, key, value);
        }
    }
    for (key, value) in SERVERS.iter().zip([
        row.id.to_string(),
        time.clone(),
        time.clone(),
        class.tenant.workspace.to_string(),
        class.tenant.project.to_string(),
        class.id.to_string(),
    ]) {
        object.insert((*key).into(), value.into());
    }
    if class.has_field("ttd") {
        let arrived = told(class, object, "arrive_time").unwrap_or(row.create_time);
        set_minutes(object, "ttd", class.occurred(object, arrived), arrived);
    }
    if is_closed(object) {
        let told = told(class, object, "close_time");
        close(class, told, row.create_time, origin, object);
    }
}

/// The object with what a change says of it: members of objects one by one, everything else as a whole. What the change
/// does not tell stays.
pub(super) fn merge(class: &Class, before: &Map, change: &Map, at: Timestamp, origin: Origin) -> Map {
    let mut after = before.clone();
    for (key, value) in change.iter().filter(|(key, _)| !SERVERS.contains(&&***key)) {
        merge_member(&mut after, key, value);
    }
    after.insert("update_time".into(), at.to_wire(class.zone).into());
    if is_closed(&after) && !is_closed(before) {
        close(class, told(class, change, "close_time"), at, origin, &mut after);
    }
    after
}

fn merge_member(object: &mut Map, key: &Arc<str>, value: &Value) {
    match (object.get_mut(key), value) {
        (Some(Value::Map(inner)), Value::Map(change)) => {
            let inner = Arc::make_mut(inner);
            for (key, value) in change.iter() {
                merge_member(inner, key, value);
            }
        }
        (_, value) => {
            object.insert(Arc::clone(key), value.clone());
        }
    }
}

fn is_closed(object: &Map) -> bool {
    object.get("handle_status").and_then(Value::as_str) == Some("Closed")
}

/// Notes on an object that is being closed when that was, unless it was told, by whom, and how long it took.
fn close(class: &Class, told_at: Option<Timestamp>, now: Timestamp, origin: Origin, object: &mut Map) {
    if !class.has_field("ttr") {
        return;
    }
    if told_at.is_none() {
        object.insert("close_time".into(), now.to_wire(class.zone).into());
    }
    let by = match origin {
        Origin::Component { .. } => "AutoClosed",
        Origin::Api { .. } | Origin::Ingest | Origin::Import => "Manual",
    };
    object.insert("is_auto_closed".into(), by.into());
    let closed = told_at.unwrap_or(now);
    set_minutes(object, "ttr", told(class, object, "arrive_time").unwrap_or(closed), closed);
}

fn told(class: &Class, object: &Map, key: &str) -> Option<Timestamp> {
    Timestamp::from_value(object.get(key)?, class.zone).ok()
}

/// Whole minutes from one instant to another; none from a later to an earlier one.
fn set_minutes(object: &mut Map, key: &str, from: Timestamp, to: Timestamp) {
    const MINUTE: i64 = Duration::from_secs(60).as_micros() as i64;
    object.insert(key.into(), Value::int(to.0.saturating_sub(from.0).max(0) / MINUTE));
}
