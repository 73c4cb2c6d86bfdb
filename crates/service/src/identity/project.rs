//! Projects and domains.

use model::ProjectId;
use store::identity::project::{self as rows, ProjectRow};

use super::{name_taken, not_found, own_domain, user};
use crate::ctx::{Caller, Target};
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

pub use store::identity::project::{DomainRow as Domain, ProjectRow as Project};

/// A project to create, or what to change of one; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ProjectFields {
    /// Unique in the domain, 1 to 64 characters; required on creation, and never changed after.
    pub name: Option<String>,
    /// The caller's domain.
    pub domain_id: Option<String>,
    /// At most 255 characters.
    pub description: Option<String>,
    /// Whether credentials for it are accepted; they are, on creation.
    pub enabled: Option<bool>,
}

/// Which projects to list.
#[derive(Debug, Clone, Default)]
pub struct ListProjects {
    /// Only the project of this name.
    pub name: Option<String>,
    /// Only projects of this domain.
    pub domain_id: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
}

impl Service {
    /// Projects in which the caller holds a role, by name; with `iam:project:list`, every one of the domain.
    pub async fn list_projects(&self, caller: &Caller, input: ListProjects) -> Result<Vec<Project>, Error> {
        let (domain, user) = (caller.principal.domain, caller.principal.user);
        let all = caller.require("iam:project:list", Target::Domain(domain)).is_ok();
        if own_domain(caller, input.domain_id.as_deref()).is_err() {
            return Ok(Vec::new());
        }
        let mut conn = self.inner.db.read().await?;
        let name = input.name.as_deref();
        let found = match all {
            true => rows::list(&mut conn, domain, name).await?,
            false => rows::list_of_user(&mut conn, domain, user, name).await?,
        };
        Ok(found.into_iter().filter(|row| input.enabled.is_none_or(|enabled| enabled == row.enabled)).collect())
    }

    /// Enabled projects for which the caller can have a token.
    pub async fn list_own_projects(&self, caller: &Caller) -> Result<Vec<Project>, Error> {
        let mut conn = self.inner.db.read().await?;
        let found = rows::list_of_user(&mut conn, caller.principal.domain, caller.principal.user, None).await?;
        Ok(found.into_iter().filter(|row| row.enabled).collect())
    }

    /// A project in which the caller holds a role; with `iam:project:list`, any of the domain.
    pub async fn get_project(&self, caller: &Caller, id: ProjectId) -> Result<Project, Error> {
        let found = self.list_projects(caller, ListProjects::default()).await?;
        found.into_iter().find(|row| row.id == id).ok_or_else(missing)
    }

    /// Creates a project in the caller's domain.
    pub async fn create_project(&self, caller: &Caller, input: ProjectFields) -> Result<Project, Error> {
        let domain = own_domain(caller, input.domain_id.as_deref())?;
        caller.require("iam:project:create", Target::Domain(domain))?;
        let mut fields = Fields::new();
        let name = fields.name("project.name", input.name, user::NAME);
        let description = fields.text("project.description", input.description, user::DESCRIPTION);
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let now = self.now();
        let row = ProjectRow {
            id: ProjectId::new(&*self.inner.ids),
            domain_id: domain,
            name,
            description: description.unwrap_or_default(),
            enabled: input.enabled.unwrap_or(true),
            create_time: now,
        };
        let entry = caller.audit(now, "project.create", row.id);
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                rows::insert(tx, &row).await.map_err(taken)?;
                tx.audit(entry);
                Ok::<_, Error>(row)
            })
        });
        write.await
    }

    /// Changes a project of the caller's domain. Disabling it ends the use of every credential in it. Clients find their
    /// project by name, so the name stays.
    pub async fn update_project(&self, caller: &Caller, id: ProjectId, input: ProjectFields) -> Result<Project, Error> {
        let domain = own_domain(caller, input.domain_id.as_deref())?;
        caller.require("iam:project:update", Target::Domain(domain))?;
        let mut fields = Fields::new();
        let description = fields.text("project.description", input.description, user::DESCRIPTION);
        fields.finish_as(&code::IDENTITY_INVALID)?;
        let (now, by) = (self.now(), caller.clone());
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                let mut row = rows::get(tx, domain, id).await?.ok_or_else(missing)?;
                if input.name.is_some_and(|name| name != row.name) {
                    return Err(Error::new(
                        &code::IDENTITY_INVALID,
                        Text::new("project.name cannot be changed", "project.name不能修改"),
                    ));
                }
                row.description = description.unwrap_or(row.description);
                row.enabled = input.enabled.unwrap_or(row.enabled);
                rows::update(tx, &row).await?;
                tx.audit(by.audit(now, "project.update", id));
                Ok(row)
            })
        });
        let row = write.await?;
        self.forget_principals();
        Ok(row)
    }

    /// The caller's domain.
    pub async fn own_domain(&self, caller: &Caller) -> Result<Domain, Error> {
        let mut conn = self.inner.db.read().await?;
        rows::get_domain(&mut conn, caller.principal.domain).await?.ok_or_else(|| not_found("domain", "账号"))
    }
}

fn missing() -> Error {
    not_found("project", "项目")
}

fn taken(error: store::Error) -> Error {
    if error.is_unique("project", "name") { name_taken("project", "项目") } else { error.into() }
}
