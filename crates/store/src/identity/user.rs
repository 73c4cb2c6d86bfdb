//! Users.

use model::{DomainId, ProjectId, Timestamp, UserId};

use crate::bulk::{self, Cell};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Order, Page, PageRequest, Tx};

row! {
    /// A user of a domain.
    pub struct UserRow {
        /// Their id.
        id: UserId,
        /// Their domain.
        domain_id: DomainId,
        /// Their name, unique in the domain.
        name: String,
        /// Who they are.
        description: String,
        /// Whether their credentials are accepted.
        enabled: bool,
        /// The project of tokens asked for without a scope.
        default_project_id: Option<ProjectId>,
        /// Argon2id in PHC form; empty when they have no password.
        password_hash: String,
        /// Tokens issued before this instant are not valid any more.
        tokens_valid_from: Timestamp,
        /// When they were created.
        create_time: Timestamp,
        /// When they last changed.
        update_time: Timestamp,
    }
}

/// Adds a user. Breaks the constraint `account` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, user: &UserRow) -> Result<(), Error> {
    bulk::insert(tx, "account", user).await
}

/// A user by id, whatever their domain; for authentication.
pub async fn find(conn: &mut Conn, id: UserId) -> Result<Option<UserRow>, Error> {
    fetch!(conn, fetch_optional, UserRow, "SELECT * FROM account WHERE id = $1", id)
}

/// A user of a domain by id.
pub async fn get(conn: &mut Conn, domain: DomainId, id: UserId) -> Result<Option<UserRow>, Error> {
    fetch!(conn, fetch_optional, UserRow, "SELECT * FROM account WHERE domain_id = $1 AND id = $2", domain, id)
}

/// A user of a domain by name.
pub async fn get_by_name(conn: &mut Conn, domain: DomainId, name: &str) -> Result<Option<UserRow>, Error> {
    fetch!(conn, fetch_optional, UserRow, "SELECT * FROM account WHERE domain_id = $1 AND name = $2", domain, name)
}

/// What a list of users is narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// Only this user.
    pub id: Option<UserId>,
    /// Only the user of this name.
    pub name: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
}

/// Users of a domain, by name.
pub async fn list(
    conn: &mut Conn,
    domain: DomainId,
    query: &UserQuery,
    page: PageRequest,
) -> Result<Page<UserRow>, Error> {
    let order = format!("name {}", Order::Ascending.sql());
    Filter::new(conn.dialect())
        .compare("domain_id", "=", Cell::Uuid(domain.0))
        .equals("id", query.id.map(|id| Cell::Uuid(id.0)))
        .equals("name", query.name.clone().map(Cell::Text))
        .equals("enabled", query.enabled.map(Cell::Bool))
        .page(conn, "*", "account", &order, page)
        .await
}

/// Writes every changeable column. Breaks the constraint `account` / `name` when the name is taken.
pub async fn update(tx: &mut Tx, user: &UserRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE account SET name = $3, description = $4, enabled = $5, default_project_id = $6, password_hash = $7, \
         tokens_valid_from = $8, update_time = $9 WHERE domain_id = $1 AND id = $2",
        user.domain_id,
        user.id,
        user.name,
        user.description,
        user.enabled,
        user.default_project_id,
        user.password_hash,
        user.tokens_valid_from,
        user.update_time
    )?;
    Ok(())
}

/// Removes a user with their tokens, access keys and role bindings.
pub async fn delete(tx: &mut Tx, domain: DomainId, id: UserId) -> Result<(), Error> {
    execute!(tx, "DELETE FROM account WHERE domain_id = $1 AND id = $2", domain, id)?;
    Ok(())
}
