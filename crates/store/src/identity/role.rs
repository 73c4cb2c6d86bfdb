//! Roles, and who holds them where.

use model::principal::Scope;
use model::{DomainId, ProjectId, RoleId, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::row::row;
use crate::{Conn, Error, Tx, bulk};

row! {
    /// A role.
    pub struct RoleRow {
        /// Its id.
        id: RoleId,
        /// Its domain; none for built-in roles.
        domain_id: Option<DomainId>,
        /// Its name, unique in the domain.
        name: String,
        /// What it is for.
        description: String,
        /// A JSON list of permissions.
        permissions: String,
        /// When it was created.
        create_time: Timestamp,
    }
}

/// Adds a role. Breaks the constraint `role` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, role: &RoleRow) -> Result<(), Error> {
    bulk::insert(tx, "role", role).await
}

/// Adds a built-in role, or brings it to what this release says.
pub async fn put_built_in(tx: &mut Tx, role: &RoleRow) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO role (id, domain_id, name, description, permissions, create_time) \
         VALUES ($1, NULL, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         description = excluded.description, permissions = excluded.permissions",
        role.id,
        role.name,
        role.description,
        role.permissions,
        role.create_time
    )?;
    Ok(())
}

/// A built-in role, or one of the domain, by id.
pub async fn get(conn: &mut Conn, domain: DomainId, id: RoleId) -> Result<Option<RoleRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        RoleRow,
        "SELECT * FROM role WHERE (domain_id = $1 OR domain_id IS NULL) AND id = $2",
        domain,
        id
    )
}

/// Built-in roles and those of the domain, by name; only the one of this name, when given.
pub async fn list(conn: &mut Conn, domain: DomainId, name: Option<&str>) -> Result<Vec<RoleRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        RoleRow,
        "SELECT * FROM role WHERE (domain_id = $1 OR domain_id IS NULL) AND ($2 IS NULL OR name = $2) ORDER BY name",
        domain,
        name
    )
}

/// Writes every changeable column of a domain's role. Breaks the constraint `role` / `name` when the name is taken.
pub async fn update(tx: &mut Tx, domain: DomainId, role: &RoleRow) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE role SET name = $3, description = $4, permissions = $5 WHERE domain_id = $1 AND id = $2",
        domain,
        role.id,
        role.name,
        role.description,
        role.permissions
    )?;
    Ok(())
}

/// Removes a domain's role with its bindings.
pub async fn delete(tx: &mut Tx, domain: DomainId, id: RoleId) -> Result<(), Error> {
    execute!(
        tx,
        "DELETE FROM role_binding WHERE role_id IN (SELECT id FROM role WHERE domain_id = $1 AND id = $2)",
        domain,
        id
    )?;
    execute!(tx, "DELETE FROM role WHERE domain_id = $1 AND id = $2", domain, id)?;
    Ok(())
}

row! {
    /// A role that a user holds somewhere.
    pub struct GrantRow {
        /// Who.
        user_id: UserId,
        /// Their name.
        user_name: String,
        /// The role.
        role_id: RoleId,
        /// Its name.
        role_name: String,
        /// A JSON list of its permissions.
        permissions: String,
        /// `domain`, `project` or `workspace`.
        scope_kind: String,
        /// The id of that.
        scope_id: Uuid,
    }
}

impl GrantRow {
    /// Where the role holds.
    pub fn scope(&self) -> Result<Scope, Error> {
        match self.scope_kind.as_str() {
            "domain" => Ok(Scope::Domain(DomainId(self.scope_id))),
            "project" => Ok(Scope::Project(ProjectId(self.scope_id))),
            "workspace" => Ok(Scope::Workspace(WorkspaceId(self.scope_id))),
            other => Err(Error::Corrupt(format!("a role binding has the scope {other}"))),
        }
    }
}

fn columns(scope: Scope) -> (&'static str, Uuid) {
    match scope {
        Scope::Domain(id) => ("domain", id.0),
        Scope::Project(id) => ("project", id.0),
        Scope::Workspace(id) => ("workspace", id.0),
    }
}

/// Gives a user a role somewhere; false when they hold it there already.
pub async fn bind(tx: &mut Tx, user: UserId, role: RoleId, scope: Scope) -> Result<bool, Error> {
    let (kind, id) = columns(scope);
    let bound = execute!(
        tx,
        "INSERT INTO role_binding (user_id, role_id, scope_kind, scope_id) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        user,
        role,
        kind,
        id
    )?;
    Ok(bound == 1)
}

/// Takes a role from a user somewhere; false when they do not hold it there.
pub async fn unbind(tx: &mut Tx, user: UserId, role: RoleId, scope: Scope) -> Result<bool, Error> {
    let (kind, id) = columns(scope);
    let unbound = execute!(
        tx,
        "DELETE FROM role_binding WHERE user_id = $1 AND role_id = $2 AND scope_kind = $3 AND scope_id = $4",
        user,
        role,
        kind,
        id
    )?;
    Ok(unbound == 1)
}

/// Every role that the user holds.
pub async fn list_grants(conn: &mut Conn, user: UserId) -> Result<Vec<GrantRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        GrantRow,
        "SELECT a.id AS user_id, a.name AS user_name, r.id AS role_id, r.name AS role_name, r.permissions, \
         b.scope_kind, b.scope_id FROM role_binding b JOIN account a ON a.id = b.user_id \
         JOIN role r ON r.id = b.role_id WHERE b.user_id = $1 ORDER BY r.name, b.scope_kind, b.scope_id",
        user
    )
}

/// What a list of bindings is narrowed by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BindingQuery {
    /// Only of this user.
    pub user: Option<UserId>,
    /// Only of this role.
    pub role: Option<RoleId>,
    /// Only here.
    pub scope: Option<Scope>,
}

/// Who of a domain holds which role where.
pub async fn list_bindings(conn: &mut Conn, domain: DomainId, query: &BindingQuery) -> Result<Vec<GrantRow>, Error> {
    let (kind, id) = query.scope.map(columns).unzip();
    fetch!(
        conn,
        fetch_all,
        GrantRow,
        "SELECT a.id AS user_id, a.name AS user_name, r.id AS role_id, r.name AS role_name, r.permissions, \
         b.scope_kind, b.scope_id FROM role_binding b JOIN account a ON a.id = b.user_id \
         JOIN role r ON r.id = b.role_id WHERE a.domain_id = $1 AND ($2 IS NULL OR a.id = $2) \
         AND ($3 IS NULL OR r.id = $3) AND ($4 IS NULL OR b.scope_kind = $4) AND ($5 IS NULL OR b.scope_id = $5) \
         ORDER BY a.name, r.name, b.scope_kind, b.scope_id",
        domain,
        query.user,
        query.role,
        kind,
        id
    )
}

/// How many enabled users hold the role in their whole domain.
pub async fn count_holders(conn: &mut Conn, domain: DomainId, role: RoleId) -> Result<i64, Error> {
    let (count,) = fetch!(
        conn,
        fetch_one,
        (i64,),
        "SELECT count(*) FROM role_binding b JOIN account a ON a.id = b.user_id \
         WHERE a.domain_id = $1 AND a.enabled AND b.role_id = $2 AND b.scope_kind = 'domain' AND b.scope_id = $1",
        domain,
        role
    )?;
    Ok(count)
}

/// The project of a workspace of the domain; bindings name workspaces by id alone.
pub async fn project_of(conn: &mut Conn, domain: DomainId, workspace: WorkspaceId) -> Result<Option<ProjectId>, Error> {
    let found = fetch!(
        conn,
        fetch_optional,
        (Uuid,),
        "SELECT project_id FROM workspace WHERE domain_id = $1 AND id = $2",
        domain,
        workspace
    )?;
    Ok(found.map(|(id,)| ProjectId(id)))
}
