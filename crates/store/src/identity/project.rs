//! Domains and projects.

use model::{DomainId, ProjectId, Timestamp, UserId};
use sqlx::AssertSqlSafe;

use crate::row::row;
use crate::{Conn, Error, Tx, bulk};

row! {
    /// An account of an organisation.
    pub struct DomainRow {
        /// Its id.
        id: DomainId,
        /// Its name, unique in the installation.
        name: String,
        /// When it was created.
        create_time: Timestamp,
    }
}

row! {
    /// A project of a domain.
    pub struct ProjectRow {
        /// Its id.
        id: ProjectId,
        /// Its domain.
        domain_id: DomainId,
        /// Its name, unique in the domain.
        name: String,
        /// What it is for.
        description: String,
        /// Whether credentials for it are accepted.
        enabled: bool,
        /// When it was created.
        create_time: Timestamp,
    }
}

/// Adds a domain. Breaks the constraint `domain` / `name` when the name is taken.
pub async fn insert_domain(tx: &mut Tx, domain: &DomainRow) -> Result<(), Error> {
    bulk::insert(tx, "domain", domain).await
}

/// A domain by id.
pub async fn get_domain(conn: &mut Conn, id: DomainId) -> Result<Option<DomainRow>, Error> {
    fetch!(conn, fetch_optional, DomainRow, "SELECT * FROM domain WHERE id = $1", id)
}

/// A domain by name.
pub async fn get_domain_by_name(conn: &mut Conn, name: &str) -> Result<Option<DomainRow>, Error> {
    fetch!(conn, fetch_optional, DomainRow, "SELECT * FROM domain WHERE name = $1", name)
}

/// Holds the domain until the transaction ends: changes that must see all its administrators take turns.
pub async fn lock_domain(tx: &mut Tx, id: DomainId) -> Result<(), Error> {
    let sql = format!("SELECT * FROM domain WHERE id = $1{}", tx.dialect().for_update());
    fetch!(tx, fetch_optional, DomainRow, AssertSqlSafe(sql), id)?;
    Ok(())
}

/// Adds a project. Breaks the constraint `project` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, project: &ProjectRow) -> Result<(), Error> {
    bulk::insert(tx, "project", project).await
}

/// A project by id, whatever its domain; for authentication.
pub async fn find(conn: &mut Conn, id: ProjectId) -> Result<Option<ProjectRow>, Error> {
    fetch!(conn, fetch_optional, ProjectRow, "SELECT * FROM project WHERE id = $1", id)
}

/// A project of a domain by id.
pub async fn get(conn: &mut Conn, domain: DomainId, id: ProjectId) -> Result<Option<ProjectRow>, Error> {
    fetch!(conn, fetch_optional, ProjectRow, "SELECT * FROM project WHERE domain_id = $1 AND id = $2", domain, id)
}

/// A project of a domain by name.
pub async fn get_by_name(conn: &mut Conn, domain: DomainId, name: &str) -> Result<Option<ProjectRow>, Error> {
    fetch!(conn, fetch_optional, ProjectRow, "SELECT * FROM project WHERE domain_id = $1 AND name = $2", domain, name)
}

/// Every project of a domain, by name; only the one of this name, when given.
pub async fn list(conn: &mut Conn, domain: DomainId, name: Option<&str>) -> Result<Vec<ProjectRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        ProjectRow,
        "SELECT * FROM project WHERE domain_id = $1 AND ($2 IS NULL OR name = $2) ORDER BY name",
        domain,
        name
    )
}

/// A user holds a role in the project `p`, in its domain, or in one of its workspaces.
macro_rules! reaches {
    ($user:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM role_binding b WHERE b.user_id = ",
            $user,
            " AND (b.scope_kind = 'domain' AND b.scope_id = p.domain_id \
             OR b.scope_kind = 'project' AND b.scope_id = p.id \
             OR b.scope_kind = 'workspace' AND b.scope_id IN (SELECT w.id FROM workspace w WHERE w.project_id = p.id)))"
        )
    };
}

/// Projects of a domain in which the user holds a role, by name; only the one of this name, when given.
pub async fn list_of_user(
    conn: &mut Conn,
    domain: DomainId,
    user: UserId,
    name: Option<&str>,
) -> Result<Vec<ProjectRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        ProjectRow,
        concat!(
            "SELECT p.* FROM project p WHERE p.domain_id = $1 AND ($3 IS NULL OR p.name = $3) AND ",
            reaches!("$2"),
            " ORDER BY p.name"
        ),
        domain,
        user,
        name
    )
}

/// Whether the user holds a role in the project.
pub async fn reaches(conn: &mut Conn, user: UserId, project: ProjectId) -> Result<bool, Error> {
    let found = fetch!(
        conn,
        fetch_optional,
        ProjectRow,
        concat!("SELECT p.* FROM project p WHERE p.id = $2 AND ", reaches!("$1")),
        user,
        project
    )?;
    Ok(found.is_some())
}

/// Writes the description and whether it is enabled.
pub async fn update(tx: &mut Tx, project: &ProjectRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE project SET description = $3, enabled = $4 WHERE domain_id = $1 AND id = $2",
        project.domain_id,
        project.id,
        project.description,
        project.enabled
    )?;
    Ok(())
}
