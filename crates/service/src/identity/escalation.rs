//! Nobody may give, or come by, more than they have: by binding a role, by editing one, or by taking over a user.

use model::principal::Scope;
use model::{DomainId, Tenant};
use store::Conn;
use store::identity::role as rows;
use store::identity::user::UserRow;

use super::authenticate::permissions;
use crate::ctx::{Caller, Target};
use crate::error::Error;

/// Refuses unless the caller holds all of these permissions there.
pub(super) async fn require_all(
    conn: &mut Conn,
    caller: &Caller,
    scope: Scope,
    permissions: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<(), Error> {
    let Some(target) = target(conn, caller.principal.domain, scope).await? else {
        // The workspace is gone, and with it whatever could be done in it.
        return Ok(());
    };
    permissions.into_iter().try_for_each(|permission| caller.require(permission.as_ref(), target))
}

/// Refuses unless the caller is the user, or holds every permission that the user holds, wherever they hold it.
pub(super) async fn require_power_over(conn: &mut Conn, caller: &Caller, user: &UserRow) -> Result<(), Error> {
    if caller.principal.user == user.id {
        return Ok(());
    }
    for grant in rows::list_grants(conn, user.id).await? {
        let held = permissions(&grant.permissions)?;
        require_all(conn, caller, grant.scope()?, &held).await?;
    }
    Ok(())
}

/// What a permission held in the scope is about.
async fn target(conn: &mut Conn, domain: DomainId, scope: Scope) -> Result<Option<Target>, Error> {
    Ok(match scope {
        Scope::Domain(domain) => Some(Target::Domain(domain)),
        Scope::Project(project) => Some(Target::Project(project)),
        Scope::Workspace(workspace) => rows::project_of(conn, domain, workspace)
            .await?
            .map(|project| Target::Workspace(Tenant { project, workspace })),
    })
}
