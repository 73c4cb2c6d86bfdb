//! Roles: named lists of permissions. Four are built in; a domain can have its own.

use std::collections::BTreeSet;

use model::id::name_based;
use model::principal::Scope;
use model::{DomainId, RoleId, Timestamp};
use store::identity::role::{self as rows, RoleRow};
use store::{Conn, Tx};
use uuid::Uuid;

use super::authenticate::permissions;
use super::{escalation, name_taken, not_found, permission, user};
use crate::ctx::{Caller, Target};
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

/// The namespace of the ids of built-in roles.
const NAMESPACE: Uuid = Uuid::from_u128(0x4d75_7374_6572_4275_696c_742d_696e_5201);

/// Permissions that one role may hold.
const MAX_PERMISSIONS: usize = 200;

/// The role that a domain always has a holder of.
pub const FULL_ACCESS: &str = "FullAccess";

/// A role that every domain has.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it permits.
    pub permissions: &'static [&'static str],
}

/// Roles that every domain has.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: FULL_ACCESS,
        description: "Everything, users and roles included.",
        permissions: &["iam:*:*", "secmaster:*:*"],
    },
    BuiltIn {
        name: "ReadOnlyAccess",
        description: "Seeing everything but users and roles.",
        permissions: &["secmaster:*:get", "secmaster:*:list"],
    },
    BuiltIn {
        name: "Operator",
        description: "Running workflows and playbooks, answering to-dos, editing data.",
        permissions: &[
            "secmaster:*:get",
            "secmaster:*:list",
            "secmaster:attachment:create",
            "secmaster:dataclass:update",
            "secmaster:note:create",
            "secmaster:note:delete",
            "secmaster:playbook:execute",
            "secmaster:playbookInstance:retry",
            "secmaster:playbookInstance:terminate",
            "secmaster:task:update",
            "secmaster:workflow:execute",
            "secmaster:workflowInstance:debug",
            "secmaster:workflowInstance:retry",
            "secmaster:workflowInstance:terminate",
        ],
    },
    BuiltIn {
        name: "Approver",
        description: "Passing or rejecting versions of workflows and playbooks, answering to-dos.",
        permissions: &[
            "secmaster:*:get",
            "secmaster:*:list",
            "secmaster:playbookVersion:approve",
            "secmaster:task:update",
            "secmaster:workflowVersion:approve",
        ],
    },
];

impl BuiltIn {
    /// Its id, the same in every installation.
    pub fn id(&self) -> RoleId {
        RoleId(name_based(NAMESPACE, &[self.name]))
    }
}

/// The id of [`FULL_ACCESS`].
pub fn full_access() -> RoleId {
    BUILT_IN[0].id()
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its domain; none when it is built in.
    pub domain_id: Option<DomainId>,
    /// Its name, unique in the domain.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it permits.
    pub permissions: BTreeSet<String>,
}

impl TryFrom<RoleRow> for Role {
    type Error = Error;

    fn try_from(row: RoleRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            domain_id: row.domain_id,
            permissions: permissions(&row.permissions)?,
            name: row.name,
            description: row.description,
        })
    }
}

/// A role to create, or what to change of one; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct RoleFields {
    /// Unique in the domain, 1 to 64 characters, no comma; required on creation.
    pub name: Option<String>,
    /// At most 255 characters.
    pub description: Option<String>,
    /// Permissions from [`permission::OBJECTS`]; required on creation.
    pub permissions: Option<Vec<String>>,
}

impl Service {
    /// Built-in roles and those of the caller's domain, by name.
    pub async fn list_roles(
        &self,
        caller: &Caller,
        name: Option<&str>,
        domain_id: Option<&str>,
    ) -> Result<Vec<Role>, Error> {
        let domain = caller.principal.domain;
        caller.require("iam:role:list", Target::Domain(domain))?;
        let mut conn = self.inner.db.read().await?;
        let found = rows::list(&mut conn, domain, name).await?;
        // Asking for a domain's roles leaves the built-in ones out.
        let wanted = domain_id.filter(|id| !id.is_empty()).map(str::parse);
        let wanted = |row: &RoleRow| match &wanted {
            None => true,
            Some(Ok(id)) => row.domain_id == Some(*id),
            Some(Err(_)) => false,
        };
        found.into_iter().filter(wanted).map(Role::try_from).collect()
    }

    /// A built-in role, or one of the caller's domain.
    pub async fn get_role(&self, caller: &Caller, id: RoleId) -> Result<Role, Error> {
        caller.require("iam:role:list", Target::Domain(caller.principal.domain))?;
        let mut conn = self.inner.db.read().await?;
        find(&mut conn, caller, id).await?.try_into()
    }

    /// Creates a role of the caller's domain. It cannot permit what the caller may not do.
    pub async fn create_role(&self, caller: &Caller, input: RoleFields) -> Result<Role, Error> {
        let domain = caller.principal.domain;
        caller.require("iam:role:create", Target::Domain(domain))?;
        let mut fields = Fields::new();
        let name = fields.name("role.name", input.name, user::NAME);
        check_name(&mut fields, &name);
        let description = fields.text("role.description", input.description, user::DESCRIPTION).unwrap_or_default();
        let held = fields.required("role.permissions", input.permissions);
        let held = check_permissions(&mut fields, held);
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let (now, by) = (self.now(), caller.clone());
        let row = RoleRow {
            id: RoleId::new(&*self.inner.ids),
            domain_id: Some(domain),
            name,
            description,
            permissions: to_json(&held)?,
            create_time: now,
        };
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                escalation::require_all(tx, &by, Scope::Domain(domain), &held).await?;
                rows::insert(tx, &row).await.map_err(taken)?;
                tx.audit(by.audit(now, "role.create", row.id));
                Ok::<_, Error>(row)
            })
        });
        write.await?.try_into()
    }

    /// Changes a role of the caller's domain. Built-in roles cannot be changed.
    pub async fn update_role(&self, caller: &Caller, id: RoleId, input: RoleFields) -> Result<Role, Error> {
        let domain = caller.principal.domain;
        caller.require("iam:role:update", Target::Domain(domain))?;
        let mut fields = Fields::new();
        let name = fields.optional_name("role.name", input.name, user::NAME);
        if let Some(name) = &name {
            check_name(&mut fields, name);
        }
        let description = fields.text("role.description", input.description, user::DESCRIPTION);
        let held = input.permissions.map(|held| check_permissions(&mut fields, held));
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                let mut row = find_custom(tx, &by, id).await?;
                if let Some(held) = held {
                    escalation::require_all(tx, &by, Scope::Domain(domain), &held).await?;
                    row.permissions = to_json(&held)?;
                }
                row.name = name.unwrap_or(row.name);
                row.description = description.unwrap_or(row.description);
                rows::update(tx, domain, &row).await.map_err(taken)?;
                tx.audit(by.audit(now, "role.update", id));
                Ok::<_, Error>(row)
            })
        });
        let row = write.await?;
        self.forget_principals();
        row.try_into()
    }

    /// Removes a role of the caller's domain; whoever held it holds it no more. Built-in roles cannot be removed.
    pub async fn delete_role(&self, caller: &Caller, id: RoleId) -> Result<(), Error> {
        let domain = caller.principal.domain;
        caller.require("iam:role:delete", Target::Domain(domain))?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                find_custom(tx, &by, id).await?;
                rows::delete(tx, domain, id).await?;
                tx.audit(by.audit(now, "role.delete", id));
                Ok::<_, Error>(())
            })
        });
        write.await?;
        self.forget_principals();
        Ok(())
    }
}

/// Brings the built-in roles to what this release says.
pub(crate) async fn put_built_in(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    for role in BUILT_IN {
        let permissions = role.permissions.iter().map(|permission| (*permission).to_owned()).collect();
        let row = RoleRow {
            id: role.id(),
            domain_id: None,
            name: role.name.to_owned(),
            description: role.description.to_owned(),
            permissions: to_json(&permissions)?,
            create_time: now,
        };
        rows::put_built_in(tx, &row).await?;
    }
    Ok(())
}

/// Refuses a change after which the domain would have no enabled user who may do everything. The domain is locked
/// before the change, so that two changes cannot each leave the last one to the other.
pub(super) async fn keep_administrator(tx: &mut Tx, domain: DomainId) -> Result<(), Error> {
    if rows::count_holders(tx, domain, full_access()).await? > 0 {
        return Ok(());
    }
    Err(protected(
        format!("the domain must keep an enabled user who holds {FULL_ACCESS} in it"),
        format!("该账号必须保留至少一个已启用且拥有{FULL_ACCESS}的用户"),
    ))
}

/// A built-in role, or one of the caller's domain.
pub(super) async fn find(conn: &mut Conn, caller: &Caller, id: RoleId) -> Result<RoleRow, Error> {
    rows::get(conn, caller.principal.domain, id).await?.ok_or_else(|| not_found("role", "角色"))
}

async fn find_custom(conn: &mut Conn, caller: &Caller, id: RoleId) -> Result<RoleRow, Error> {
    let row = find(conn, caller, id).await?;
    if row.domain_id.is_none() {
        return Err(protected(
            format!("the role {} is built in and cannot be changed", row.name),
            format!("角色{}为内置角色，不能修改", row.name),
        ));
    }
    Ok(row)
}

fn check_name(fields: &mut Fields, name: &str) {
    if name.contains(',') {
        fields.violation("role.name must not contain a comma", "role.name不能包含逗号");
    }
    if BUILT_IN.iter().any(|role| role.name == name) {
        fields.violation("role.name must not be the name of a built-in role", "role.name不能与内置角色同名");
    }
}

fn check_permissions(fields: &mut Fields, held: Vec<String>) -> BTreeSet<String> {
    if held.len() > MAX_PERMISSIONS {
        fields.violation(
            format!("role.permissions must have at most {MAX_PERMISSIONS} entries"),
            format!("role.permissions最多{MAX_PERMISSIONS}项"),
        );
    }
    if let Some(unknown) = held.iter().find(|held| !permission::is_valid(held)) {
        let unknown: String = unknown.chars().take(64).filter(|c| !c.is_control()).collect();
        fields.violation(
            format!("role.permissions must hold permissions like secmaster:workflow:get; \"{unknown}\" is not one"),
            format!("role.permissions必须是形如secmaster:workflow:get的权限，“{unknown}”无效"),
        );
    }
    held.into_iter().collect()
}

fn to_json(permissions: &BTreeSet<String>) -> Result<String, Error> {
    serde_json::to_string(permissions).map_err(Error::internal)
}

fn protected(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::new(&code::IDENTITY_PROTECTED, Text::new(en, zh))
}

fn taken(error: store::Error) -> Error {
    if error.is_unique("role", "name") { name_taken("role", "角色") } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_roles_hold_permissions_that_exist() {
        for role in BUILT_IN {
            for held in role.permissions {
                assert!(permission::is_valid(held), "{}: {held}", role.name);
            }
        }
        assert_eq!(BUILT_IN[0].name, FULL_ACCESS);
    }
}
