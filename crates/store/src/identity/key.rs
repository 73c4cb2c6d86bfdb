//! Access keys.

use model::{DomainId, Timestamp, UserId};

use crate::row::row;
use crate::{Conn, Error, Tx, bulk};

row! {
    /// An access key of a user.
    pub struct AccessKeyRow {
        /// Its public part, unique in the installation.
        access: String,
        /// Whose it is.
        user_id: UserId,
        /// The secret part, sealed.
        secret: Vec<u8>,
        /// What it is for.
        description: String,
        /// Whether signatures with it are accepted.
        enabled: bool,
        /// When it was created.
        create_time: Timestamp,
        /// When it last signed a request, to the hour.
        last_use_time: Option<Timestamp>,
    }
}

/// Adds an access key.
pub async fn insert(tx: &mut Tx, key: &AccessKeyRow) -> Result<(), Error> {
    bulk::insert(tx, "access_key", key).await
}

/// An access key, whosever it is; for authentication.
pub async fn find(conn: &mut Conn, access: &str) -> Result<Option<AccessKeyRow>, Error> {
    fetch!(conn, fetch_optional, AccessKeyRow, "SELECT * FROM access_key WHERE access = $1", access)
}

/// An access key of a domain's user.
pub async fn get(conn: &mut Conn, domain: DomainId, access: &str) -> Result<Option<AccessKeyRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        AccessKeyRow,
        "SELECT k.* FROM access_key k JOIN account a ON a.id = k.user_id WHERE a.domain_id = $1 AND k.access = $2",
        domain,
        access
    )
}

/// The access keys of a user, oldest first.
pub async fn list(conn: &mut Conn, user: UserId) -> Result<Vec<AccessKeyRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        AccessKeyRow,
        "SELECT * FROM access_key WHERE user_id = $1 ORDER BY create_time, access",
        user
    )
}

/// Writes the description and whether it is enabled.
pub async fn update(tx: &mut Tx, key: &AccessKeyRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE access_key SET description = $2, enabled = $3 WHERE access = $1",
        key.access,
        key.description,
        key.enabled
    )?;
    Ok(())
}

/// Notes that it signed a request.
pub async fn touch(tx: &mut Tx, access: &str, at: Timestamp) -> Result<(), Error> {
    execute!(tx, "UPDATE access_key SET last_use_time = $2 WHERE access = $1", access, at)?;
    Ok(())
}

/// Removes an access key.
pub async fn delete(tx: &mut Tx, access: &str) -> Result<(), Error> {
    execute!(tx, "DELETE FROM access_key WHERE access = $1", access)?;
    Ok(())
}
