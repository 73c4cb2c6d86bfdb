//! Requests that carry an idempotency key, with what was answered.

use model::{NodeId, Timestamp, UserId};

use crate::row::row;
use crate::{Conn, Error, Tx};

row! {
    /// A key that a user has sent with a request.
    pub struct KeyRow {
        /// Whose it is.
        user_id: UserId,
        /// The key.
        key: String,
        /// SHA-256 over what was asked.
        request_hash: Vec<u8>,
        /// The request that carries it out.
        request_id: String,
        /// The node that does.
        node_id: NodeId,
        /// Since when.
        created_at: Timestamp,
        /// The status of the answer; none while there is no answer.
        status: Option<i64>,
        /// The answer's body; empty while there is no answer.
        body: String,
    }
}

/// Takes a key for a request. Gives the row of the request that has it already, if one has.
pub async fn claim(tx: &mut Tx, row: &KeyRow) -> Result<Option<KeyRow>, Error> {
    let taken = execute!(
        tx,
        "INSERT INTO idempotency (user_id, key, request_hash, request_id, node_id, created_at, status, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_id, key) DO NOTHING",
        row.user_id,
        row.key,
        row.request_hash,
        row.request_id,
        row.node_id,
        row.created_at,
        row.status,
        row.body
    )?;
    if taken == 1 {
        return Ok(None);
    }
    fetch!(
        tx,
        fetch_optional,
        KeyRow,
        "SELECT * FROM idempotency WHERE user_id = $1 AND key = $2",
        row.user_id,
        row.key
    )
}

/// Gives a key up. Only the request that holds it can.
pub async fn release(tx: &mut Tx, user: UserId, key: &str, request_id: &str) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM idempotency WHERE user_id = $1 AND key = $2 AND request_id = $3 AND status IS NULL",
        user,
        key,
        request_id
    )?;
    Ok(())
}

/// Keeps the answer to a request.
pub async fn answer(
    tx: &mut Tx,
    user: UserId,
    key: &str,
    request_id: &str,
    status: i64,
    body: &str,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE idempotency SET status = $4, body = $5 \
         WHERE user_id = $1 AND key = $2 AND request_id = $3 AND status IS NULL",
        user,
        key,
        request_id,
        status,
        body
    )?;
    Ok(())
}

/// Whether the node that carries out a request is still there.
pub async fn is_carried(conn: &mut Conn, node: NodeId) -> Result<bool, Error> {
    Ok(fetch!(conn, fetch_optional, (i64,), "SELECT epoch FROM node WHERE id = $1", node)?.is_some())
}

/// Whether a request has left an act in the audit record at this time or later.
pub async fn has_acted(conn: &mut Conn, request_id: &str, since: Timestamp) -> Result<bool, Error> {
    let sql = "SELECT seq FROM audit WHERE request_id = $1 AND at >= $2 LIMIT 1";
    Ok(fetch!(conn, fetch_optional, (i64,), sql, request_id, since)?.is_some())
}

/// Removes at most `limit` keys that are older than this; gives how many.
pub async fn delete_old(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, Error> {
    execute!(
        tx,
        "DELETE FROM idempotency WHERE (user_id, key) IN \
         (SELECT user_id, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        before,
        limit
    )
}
