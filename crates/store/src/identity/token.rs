//! Tokens. Only their hashes are kept.

use model::{DomainId, ProjectId, Timestamp, UserId};

use crate::row::row;
use crate::{Conn, Error, Tx, bulk};

row! {
    /// A token.
    pub struct TokenRow {
        /// SHA-256 of the token.
        hash: Vec<u8>,
        /// Whose it is.
        user_id: UserId,
        /// The project that it is for.
        project_id: Option<ProjectId>,
        /// The domain that it is for.
        domain_id: Option<DomainId>,
        /// How the user proved who they are, comma-separated.
        methods: String,
        /// When it was issued.
        issued_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
    }
}

/// Adds a token.
pub async fn insert(tx: &mut Tx, token: &TokenRow) -> Result<(), Error> {
    bulk::insert(tx, "token", token).await
}

/// A token by hash, expired or not.
pub async fn find(conn: &mut Conn, hash: &[u8; 32]) -> Result<Option<TokenRow>, Error> {
    fetch!(conn, fetch_optional, TokenRow, "SELECT * FROM token WHERE hash = $1", hash.to_vec())
}

/// Removes a token; false when there is none.
pub async fn delete(tx: &mut Tx, hash: &[u8; 32]) -> Result<bool, Error> {
    Ok(execute!(tx, "DELETE FROM token WHERE hash = $1", hash.to_vec())? == 1)
}

/// Removes every token of a user.
pub async fn delete_of_user(tx: &mut Tx, user: UserId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM token WHERE user_id = $1", user)?;
    Ok(())
}

/// Removes at most `limit` tokens that have ended; gives how many.
pub async fn delete_expired(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64, Error> {
    execute!(tx, "DELETE FROM token WHERE hash IN (SELECT hash FROM token WHERE expires_at <= $1 LIMIT $2)", now, limit)
}
