//! The first start on empty storage: a domain, a project, a workspace, an administrator and an access key.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use model::principal::{Grant, Scope};
use model::{DomainId, Principal, ProjectId, Tenant, UserId, WorkspaceId};
use runtime::{private_file, vault};
use serde::Serialize;
use store::identity::key::AccessKeyRow;
use store::identity::project::{DomainRow, ProjectRow};
use store::identity::user::UserRow;
use store::identity::{key, project, role as role_rows, setting, user};
use store::workspace::ProjectNames;
use store::{Db, Tx};

use crate::Service;
use crate::ctx::{Caller, RequestInfo};
use crate::error::Error as ServiceError;
use crate::identity::{key as keys, random, role};
use crate::workspace::{self, Newborn};

const DOMAIN: &str = "muster";
const WORKSPACE: &str = "default";
const ADMINISTRATOR: &str = "admin";

/// Says that the first start is over; the value is when it was.
const DONE: &str = "bootstrap";
/// The id of the master key that secrets are sealed with.
const MASTER_KEY: &str = "master_key";

/// Why the first start, or a later one, cannot go on. Each message is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Secrets in the storage were sealed with another master key.
    #[error("the storage was made with the master key {stored}, but the master key file holds {in_use}")]
    MasterKey {
        /// The id of the key that the storage was made with.
        stored: String,
        /// The id of the key in the file.
        in_use: String,
    },
    /// A given value cannot be used.
    #[error("{name} must {must}")]
    Given {
        /// Which one.
        name: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// The credentials cannot be handed out, so nothing was created.
    #[error("the first credentials cannot be written")]
    Publish(#[source] io::Error),
    /// The access key cannot be sealed.
    #[error("the access key cannot be sealed")]
    Vault(#[source] vault::Error),
    /// The storage failed.
    #[error("the storage failed")]
    Store(#[from] store::Error),
    /// Something else failed.
    #[error("the first start failed")]
    UseCase(#[from] ServiceError),
}

/// Values that are used instead of random ones.
#[derive(Clone, Default)]
pub struct Given {
    /// The administrator's password.
    pub password: Option<String>,
    /// The public part of the access key.
    pub access_key: Option<String>,
    /// Its secret part.
    pub secret_key: Option<String>,
}

/// The first credentials, and where they are good.
#[derive(Clone, Serialize)]
pub struct Bootstrap {
    /// Where the server listens.
    pub endpoint: String,
    /// The domain.
    pub domain_name: String,
    /// The project.
    pub project_id: String,
    /// Its name, which is the region's: clients find their project by it.
    pub project_name: String,
    /// The workspace.
    pub workspace_id: String,
    /// The administrator.
    pub user_name: String,
    /// Their password.
    pub password: String,
    /// The public part of their access key.
    pub access_key: String,
    /// Its secret part.
    pub secret_key: String,
}

impl fmt::Debug for Bootstrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bootstrap")
            .field("endpoint", &self.endpoint)
            .field("project_id", &self.project_id)
            .field("workspace_id", &self.workspace_id)
            .finish_non_exhaustive()
    }
}

impl Bootstrap {
    /// Writes the credentials as JSON into a file that only its owner can read (mode 0600).
    pub fn write_file(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        private_file::write(path, text.as_bytes())
    }
}

/// Whether the storage has seen its first start. Before it, a missing master key may be made; after it, never.
pub async fn is_done(db: &Db) -> Result<bool, store::Error> {
    let mut conn = db.read().await?;
    Ok(setting::get(&mut conn, DONE).await?.is_some())
}

impl Service {
    /// To be called at every start, after the migrations. On empty storage, creates the first objects and gives the
    /// credentials; of several nodes that start at once, one does. Later it checks that the master key is the right one.
    /// Built-in roles are brought to what this release says.
    ///
    /// `publish` is given the credentials before anything is committed: if it fails, or the process ends, the next start
    /// begins anew, so that no credentials get lost.
    pub async fn bootstrap(
        &self,
        endpoint: &str,
        given: Given,
        publish: impl FnOnce(&Bootstrap) -> io::Result<()> + Send + 'static,
    ) -> Result<Option<Bootstrap>, Error> {
        let created = match is_done(&self.inner.db).await? {
            true => None,
            false => self.create_first(endpoint, given, publish).await?,
        };
        if created.is_none() {
            self.check_master_key().await?;
        }
        let now = self.now();
        let put = self.inner.writer.write(move |tx| Box::pin(async move { role::put_built_in(tx, now).await }));
        put.await?;
        Ok(created)
    }

    async fn check_master_key(&self) -> Result<(), Error> {
        let mut conn = self.inner.db.read().await?;
        let stored = setting::get(&mut conn, MASTER_KEY).await?.unwrap_or_default();
        let in_use = self.inner.vault.key_id();
        if stored == in_use { Ok(()) } else { Err(Error::MasterKey { stored, in_use }) }
    }

    async fn create_first(
        &self,
        endpoint: &str,
        given: Given,
        publish: impl FnOnce(&Bootstrap) -> io::Result<()> + Send + 'static,
    ) -> Result<Option<Bootstrap>, Error> {
        check(&given)?;
        let password = given.password.map_or_else(random::password, Ok)?;
        let access = given.access_key.map_or_else(random::access_key, Ok)?;
        let secret = given.secret_key.map_or_else(random::secret_key, Ok)?;
        let hash = self.inner.identity.hash_password(password.clone()).await?;
        let first = self.first(hash, access.clone(), &secret)?;
        let credentials = Bootstrap {
            endpoint: endpoint.to_owned(),
            domain_name: first.domain.name.clone(),
            project_id: first.project.id.to_string(),
            project_name: first.project.name.clone(),
            workspace_id: first.workspace.workspace.id.to_string(),
            user_name: first.user.name.clone(),
            password,
            access_key: access,
            secret_key: secret,
        };
        let key_id = self.inner.vault.key_id();
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                // Another node that is as far waits here until this one has committed, and then has nothing to do.
                if !setting::claim(tx, DONE, &first.user.create_time.to_rfc3339()).await? {
                    return Ok(None);
                }
                setting::claim(tx, MASTER_KEY, &key_id).await?;
                first.write(tx).await?;
                publish(&credentials).map_err(Error::Publish)?;
                Ok(Some(credentials))
            })
        });
        write.await
    }

    /// The first objects, not yet written.
    fn first(&self, password_hash: String, access: String, secret: &str) -> Result<First, Error> {
        let (now, ids) = (self.now(), &*self.inner.ids);
        let domain = DomainRow { id: DomainId::new(ids), name: DOMAIN.to_owned(), create_time: now };
        let project = ProjectRow {
            id: ProjectId::new(ids),
            domain_id: domain.id,
            name: self.inner.settings.region.clone(),
            description: String::new(),
            enabled: true,
            create_time: now,
        };
        let user = UserRow {
            id: UserId::new(ids),
            domain_id: domain.id,
            name: ADMINISTRATOR.to_owned(),
            description: String::new(),
            enabled: true,
            default_project_id: Some(project.id),
            password_hash,
            tokens_valid_from: now,
            create_time: now,
            update_time: now,
        };
        let sealed = self.inner.vault.seal(&keys::aad(user.id, &access), secret.as_bytes()).map_err(Error::Vault)?;
        let key = AccessKeyRow {
            access,
            user_id: user.id,
            secret: sealed,
            description: String::new(),
            enabled: true,
            create_time: now,
            last_use_time: None,
        };
        let tenant = Tenant { project: project.id, workspace: WorkspaceId::new(ids) };
        let names =
            ProjectNames { project_name: project.name.clone(), domain_id: domain.id, domain_name: domain.name.clone() };
        let mut workspace = workspace::blank(tenant, names, (user.id, &user.name), now);
        workspace.name = WORKSPACE.to_owned();
        workspace.region_id.clone_from(&self.inner.settings.region);
        Ok(First { domain, project, user, key, workspace: self.newborn(workspace) })
    }
}

/// The first objects.
struct First {
    domain: DomainRow,
    project: ProjectRow,
    user: UserRow,
    key: AccessKeyRow,
    workspace: Newborn,
}

impl First {
    async fn write(&self, tx: &mut Tx) -> Result<(), ServiceError> {
        let now = self.user.create_time;
        let scope = Scope::Domain(self.domain.id);
        project::insert_domain(tx, &self.domain).await?;
        project::insert(tx, &self.project).await?;
        user::insert(tx, &self.user).await?;
        key::insert(tx, &self.key).await?;
        role::put_built_in(tx, now).await?;
        role_rows::bind(tx, self.user.id, role::full_access(), scope).await?;
        self.workspace.insert(tx).await?;

        let caller = self.administrator(scope);
        let mut act = |action, object: &dyn ToString| tx.audit(caller.audit(now, action, object.to_string()));
        act("domain.create", &self.domain.id);
        act("project.create", &self.project.id);
        act("user.create", &self.user.id);
        act("key.create", &self.key.access);
        let workspace = self.workspace.workspace.id;
        let mut entry = caller.audit(now, "workspace.create", workspace);
        entry.workspace = Some(workspace);
        tx.audit(entry);
        Ok(())
    }

    /// The audit record needs somebody who did it.
    fn administrator(&self, scope: Scope) -> Caller {
        let grant = Grant { role: role::FULL_ACCESS.to_owned(), scope, permissions: Default::default() };
        let principal = Principal {
            user: self.user.id,
            name: self.user.name.clone(),
            domain: self.domain.id,
            project: Some(self.project.id),
            grants: vec![grant],
        };
        Caller { principal: Arc::new(principal), request: RequestInfo::default() }
    }
}

/// Refuses values that could never be used: signatures name the access key between commas and slashes.
fn check(given: &Given) -> Result<(), Error> {
    let word = |text: &str, extra: &str| {
        (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    let wrong = |name, must| Err(Error::Given { name, must });
    if given.password.as_ref().is_some_and(|given| given.is_empty() || given.chars().count() > 128) {
        return wrong("the administrator's password", "have 1 to 128 characters");
    }
    if given.access_key.as_ref().is_some_and(|given| !word(given, "-_.")) {
        return wrong("the access key", "have 1 to 128 letters, digits, dashes, dots and underscores");
    }
    if given.secret_key.as_ref().is_some_and(|given| !word(given, "-_.+/=")) {
        return wrong("the secret key", "have 1 to 128 letters, digits and the characters - _ . + / =");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
