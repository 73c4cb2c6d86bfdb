//! De-duplication: which object stands for everything with the same key that arrives.

use std::collections::HashMap;

use model::{DataClassId, ObjectId, Tenant, Timestamp};
use uuid::Uuid;

use crate::{Error, Tx};

/// What arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The object that stands for the key from now on, unless there is one.
    pub object: ObjectId,
    /// The type of the class.
    pub type_code: String,
    /// A hash of the values that make the key.
    pub key: Vec<u8>,
    /// When it was seen.
    pub at: Timestamp,
    /// How long nothing with the key may have been seen for the earlier object to stand for this too, in microseconds.
    pub window: i64,
}

/// What stands for an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The object: the arrival's own, or an earlier one.
    pub object: ObjectId,
    /// How many arrivals it now stands for.
    pub count: i64,
    /// When the first was seen.
    pub first_seen: Timestamp,
    /// When the last was seen.
    pub last_seen: Timestamp,
}

/// Counts arrivals and says what stands for each, in order. An arrival whose own object stands for it is new, unless an
/// earlier arrival of the same call has named the same object.
pub async fn count_all(
    tx: &mut Tx,
    tenant: Tenant,
    class: DataClassId,
    arrivals: &[Arrival],
) -> Result<Vec<Standing>, Error> {
    // By key, or two writers of the same keys could wait for each other.
    let mut order: Vec<usize> = (0..arrivals.len()).collect();
    order.sort_by(|one, other| {
        let key = |place: usize| (&arrivals[place].type_code, &arrivals[place].key, place);
        key(*one).cmp(&key(*other))
    });
    let mut standing = HashMap::with_capacity(arrivals.len());
    for place in order {
        standing.insert(place, count(tx, tenant, class, &arrivals[place]).await?);
    }
    Ok((0..arrivals.len()).filter_map(|place| standing.remove(&place)).collect())
}

async fn count(tx: &mut Tx, tenant: Tenant, class: DataClassId, arrival: &Arrival) -> Result<Standing, Error> {
    let since = Timestamp(arrival.at.0.saturating_sub(arrival.window));
    let (object, count, first_seen, last_seen) = fetch!(
        tx,
        fetch_one,
        (Uuid, i64, i64, i64),
        "INSERT INTO object_dedup (workspace_id, dataclass_id, type_code, key, object_id, count, first_seen, last_seen) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, $6) \
         ON CONFLICT (workspace_id, dataclass_id, type_code, key) DO UPDATE SET \
         object_id = CASE WHEN object_dedup.last_seen >= $7 THEN object_dedup.object_id ELSE excluded.object_id END, \
         count = CASE WHEN object_dedup.last_seen >= $7 THEN object_dedup.count + 1 ELSE 1 END, \
         first_seen = CASE WHEN object_dedup.last_seen < $7 OR object_dedup.first_seen > $6 THEN $6 \
         ELSE object_dedup.first_seen END, \
         last_seen = CASE WHEN object_dedup.last_seen > $6 THEN object_dedup.last_seen ELSE $6 END \
         RETURNING object_id, count, first_seen, last_seen",
        tenant.workspace,
        class,
        arrival.type_code,
        arrival.key,
        arrival.object,
        arrival.at,
        since
    )?;
    Ok(Standing { object: ObjectId(object), count, first_seen: Timestamp(first_seen), last_seen: Timestamp(last_seen) })
}

/// Forgets up to `limit` keys of all workspaces that were last seen before an instant. Gives how many.
pub async fn purge(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    execute!(
        tx,
        "DELETE FROM object_dedup WHERE (workspace_id, dataclass_id, type_code, key) IN \
         (SELECT workspace_id, dataclass_id, type_code, key FROM object_dedup WHERE last_seen < $1 \
         ORDER BY last_seen LIMIT $2)",
        before,
        limit
    )
}
