//! Sources: where events come from besides the API, and how they become data objects.
//!
//! Senders of a webhook show a token or sign what they send; either is made by the server and told once. For a stream of
//! messages it is the other way round: the credentials are given to the server, and never told.

use model::{DataClassId, SourceId, Tenant, Value};
use plugin::nats::Login;
use runtime::vault::Aad;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::filter::Page;
use store::ingest::source::{self as rows, SourceRow};

use super::Mapping;
use super::builtin::BUILTINS;
use super::nats::{self, NATS, NatsInput, NatsSettings};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::identity::random;
use crate::{Service, code, page};

/// Events come by HTTP, from the other side.
pub const WEBHOOK: &str = "webhook";
/// Senders show a token.
pub const TOKEN: &str = "token";
/// Senders sign what they send.
pub const SIGNATURE: &str = "signature";
/// `format` of a source with a mapping of its own.
const CUSTOM: &str = "custom";
const NAME: Length = Length { min: 1, max: 64 };
const DESCRIPTION: usize = 1024;
/// What the vault knows secrets of sources as.
const SEALED_AS: &str = "source";

/// A source to create or to change; what is left out of a change stays.
#[derive(Debug, Clone, Default)]
pub struct SourceInput {
    /// Unique in the workspace, 1 to 64 characters.
    pub name: Option<String>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// [`WEBHOOK`] (default) or [`NATS`]; it stays as it is created.
    pub kind: Option<String>,
    /// The mapping; or else `builtin`.
    pub mapping: Option<Value>,
    /// The name of a mapping that comes with the server.
    pub builtin: Option<String>,
    /// The class of the objects; by default alerts.
    pub dataclass_id: Option<String>,
    /// Whether its events are taken in; true by default.
    pub enabled: Option<bool>,
    /// Of webhooks: [`TOKEN`] (default) or [`SIGNATURE`]; it stays as it is created.
    pub authentication: Option<String>,
    /// Of streams: where the messages are.
    pub nats: Option<NatsInput>,
}

/// What a source keeps as JSON.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceSettings {
    /// The mapping, unless a built-in one is used.
    pub mapping: Option<serde_json::Value>,
    /// How senders of a webhook show who they are, or what the server shows: `none`, `password` or [`TOKEN`].
    pub authentication: String,
    /// Where the messages of a stream are.
    pub nats: Option<NatsSettings>,
}

/// A source.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its row.
    pub row: SourceRow,
    /// What the row keeps as JSON.
    pub settings: SourceSettings,
}

impl Source {
    pub(super) fn read(row: SourceRow) -> Result<Self, Error> {
        let settings = serde_json::from_str(&row.settings).map_err(Error::internal)?;
        Ok(Self { row, settings })
    }

    /// Whose it is.
    pub fn tenant(&self) -> Tenant {
        Tenant { project: self.row.project_id, workspace: self.row.workspace_id }
    }

    /// The name of the built-in mapping that it uses.
    pub fn builtin(&self) -> Option<&str> {
        (self.row.format != CUSTOM).then_some(&*self.row.format)
    }
}

/// A source with the secret of its senders, which is told this once.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// The source.
    pub source: Source,
    /// The token that senders show, or the secret that they sign with; empty when nobody sends.
    pub secret: String,
}

/// A secret in the forms in which it is kept.
#[derive(Debug, Default)]
struct Kept {
    token_hash: Vec<u8>,
    sealed: Vec<u8>,
}

/// What of a source is written.
#[derive(Debug, Clone, Copy)]
enum Columns {
    All,
    Others,
    Secret,
}

impl Columns {
    /// What the record calls it.
    fn action(self) -> &'static str {
        match self {
            Self::All | Self::Others => "source.update",
            Self::Secret => "source.renew",
        }
    }
}

impl Service {
    /// Creates a source, and the secret of its senders.
    pub async fn create_source(&self, ctx: &Ctx, input: SourceInput) -> Result<NewSource, Error> {
        ctx.require("secmaster:source:create")?;
        let mut fields = Fields::new();
        let name = fields.name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION).unwrap_or_default();
        let kind = fields.optional_one_of("kind", input.kind, &[WEBHOOK, NATS]);
        let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or_else(|| WEBHOOK.into());
        let way = Way::checked(&mut fields, &kind, input.authentication, input.nats);
        let (format, mapping) = mapping_of(&mut fields, input.mapping, input.builtin, None);
        let class = self.source_class(ctx, &mut fields, input.dataclass_id.as_deref()).await?;
        fields.finish()?;

        let (id, now, principal) = (SourceId::new(&*self.inner.ids), self.now(), &ctx.caller.principal);
        let (authentication, nats, secret, kept) = match way {
            Way::Webhook { authentication } => {
                let (secret, kept) = self.new_secret(ctx.tenant, id, &authentication)?;
                (authentication, None, secret, kept)
            }
            Way::Nats { settings, login } => {
                let kept = Kept { sealed: self.sealed_login(ctx.tenant, id, &login)?, ..Kept::default() };
                (nats::authentication(&login).to_owned(), Some(settings), String::new(), kept)
            }
        };
        let settings = SourceSettings { mapping, authentication, nats };
        let row = SourceRow {
            workspace_id: ctx.tenant.workspace,
            id,
            project_id: ctx.tenant.project,
            name,
            description,
            kind,
            format,
            dataclass_id: class,
            enabled: input.enabled.unwrap_or(true),
            token_hash: kept.token_hash,
            secret: kept.sealed,
            settings: serde_json::to_string(&settings).map_err(Error::internal)?,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
        };
        let audit = ctx.audit(now, "source.create", id);
        let written: Result<SourceRow, Error> = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert(tx, &row).await.map_err(|error| name_taken(error, &row.name))?;
                    tx.audit(audit);
                    Ok(row)
                })
            })
            .await;
        let row = written?;
        self.inner.streams.wake();
        Ok(NewSource { source: Source { row, settings }, secret })
    }

    /// A page of the workspace's sources, newest first.
    pub async fn list_sources(
        &self,
        ctx: &Ctx,
        offset: Option<i64>,
        limit: Option<i64>,
    ) -> Result<Page<Source>, Error> {
        ctx.require("secmaster:source:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, offset, limit, page::LARGE);
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let found = rows::list(&mut conn, ctx.tenant, page).await?;
        let read: Result<Vec<Source>, Error> = found.rows.into_iter().map(Source::read).collect();
        Ok(Page { rows: read?, total: found.total })
    }

    /// A source.
    pub async fn get_source(&self, ctx: &Ctx, id: SourceId) -> Result<Source, Error> {
        ctx.require("secmaster:source:get")?;
        self.read_source(ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// Changes a source.
    pub async fn update_source(&self, ctx: &Ctx, id: SourceId, input: SourceInput) -> Result<Source, Error> {
        ctx.require("secmaster:source:update")?;
        let stored = self.read_source(ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let mut fields = Fields::new();
        let name = fields.optional_name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION);
        let (format, mapping) = mapping_of(&mut fields, input.mapping, input.builtin, Some(&stored));
        for (field, given, known) in [
            ("kind", &input.kind, &stored.row.kind),
            ("authentication", &input.authentication, &stored.settings.authentication),
        ] {
            if given.as_ref().is_some_and(|given| given != known) {
                fields.violation(
                    format!("{field} stays '{known}'; create another source"),
                    format!("{field}固定为'{known}'，请另建数据源"),
                );
            }
        }
        let (nats, login) = match (input.nats, stored.settings.nats.is_some()) {
            (Some(given), true) => {
                let (settings, login) = nats::checked(&mut fields, given, Some(&stored));
                (Some(settings), login)
            }
            (Some(_), false) => {
                not_a_stream(&mut fields);
                (None, None)
            }
            (None, _) => (stored.settings.nats.clone(), None),
        };
        let class = match &input.dataclass_id {
            Some(class) => self.source_class(ctx, &mut fields, Some(class)).await?,
            None => stored.row.dataclass_id,
        };
        fields.finish()?;

        let sealed = login.as_ref().map(|login| self.sealed_login(ctx.tenant, id, login)).transpose()?;
        let authentication = match &login {
            Some(login) => nats::authentication(login).to_owned(),
            None => stored.settings.authentication,
        };
        let settings = SourceSettings { mapping, authentication, nats };
        let columns = if sealed.is_some() { Columns::All } else { Columns::Others };
        let row = SourceRow {
            name: name.unwrap_or(stored.row.name),
            description: description.unwrap_or(stored.row.description),
            format,
            dataclass_id: class,
            enabled: input.enabled.unwrap_or(stored.row.enabled),
            settings: serde_json::to_string(&settings).map_err(Error::internal)?,
            secret: sealed.unwrap_or(stored.row.secret),
            ..stored.row
        };
        let row = self.save_source(ctx, row, columns).await?;
        Ok(Source { row, settings })
    }

    /// Makes a new secret for the senders of a webhook; the one before is no longer taken.
    pub async fn renew_source_secret(&self, ctx: &Ctx, id: SourceId) -> Result<NewSource, Error> {
        ctx.require("secmaster:source:update")?;
        let stored = self.read_source(ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        if stored.row.kind != WEBHOOK {
            return Err(Error::new(
                &code::SOURCE_STATE,
                Text::new(
                    "a source that events are fetched from has no senders: change its credentials",
                    "拉取事件的数据源没有发送方，请修改其凭证",
                ),
            ));
        }
        let (secret, kept) = self.new_secret(ctx.tenant, id, &stored.settings.authentication)?;
        let row = SourceRow { token_hash: kept.token_hash, secret: kept.sealed, ..stored.row };
        let row = self.save_source(ctx, row, Columns::Secret).await?;
        Ok(NewSource { source: Source { row, settings: stored.settings }, secret })
    }

    /// Deletes a source. What it has brought stays, its dead letters too.
    pub async fn delete_source(&self, ctx: &Ctx, id: SourceId) -> Result<(), Error> {
        ctx.require("secmaster:source:delete")?;
        let (tenant, audit) = (ctx.tenant, ctx.audit(self.now(), "source.delete", id));
        let deleted = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                if !rows::delete(tx, tenant, id).await? {
                    return Err(not_found(id));
                }
                tx.audit(audit);
                Ok(())
            })
        });
        deleted.await?;
        self.inner.streams.wake();
        Ok(())
    }

    /// Opens the secret that senders sign with.
    pub(super) fn source_secret(&self, source: &Source) -> Result<runtime::vault::Secret, Error> {
        let aad = Aad::of_tenant(source.tenant(), SEALED_AS, &source.row.id.to_string());
        self.inner.vault.open(&aad, &source.row.secret).map_err(Error::internal)
    }

    /// A source, whoever asks.
    pub(super) async fn read_source(&self, tenant: Tenant, id: SourceId) -> Result<Option<Source>, Error> {
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, tenant, id).await?.map(Source::read).transpose()
    }

    async fn save_source(&self, ctx: &Ctx, mut row: SourceRow, columns: Columns) -> Result<SourceRow, Error> {
        let (now, id) = (self.now(), row.id);
        row.modifier_id = Some(ctx.caller.principal.user);
        row.modifier_name = ctx.caller.principal.name.clone();
        row.update_time = now;
        let audit = ctx.audit(now, columns.action(), id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut found = true;
                    if let Columns::All | Columns::Others = columns {
                        found = rows::update(tx, &row).await.map_err(|error| name_taken(error, &row.name))?;
                    }
                    if let Columns::All | Columns::Secret = columns {
                        found &= rows::update_secret(tx, &row).await?;
                    }
                    if !found {
                        return Err(not_found(id));
                    }
                    tx.audit(audit);
                    Ok(row)
                })
            })
            .await
            .inspect(|_| self.inner.streams.wake())
    }

    fn new_secret(&self, tenant: Tenant, id: SourceId, authentication: &str) -> Result<(String, Kept), Error> {
        let secret = random::token()?;
        let kept = if authentication == SIGNATURE {
            Kept { sealed: self.seal(tenant, id, secret.as_bytes())?, ..Kept::default() }
        } else {
            Kept { token_hash: Sha256::digest(secret.as_bytes()).to_vec(), ..Kept::default() }
        };
        Ok((secret, kept))
    }

    /// The credentials of a stream, sealed; empty when there are none.
    fn sealed_login(&self, tenant: Tenant, id: SourceId, login: &Login) -> Result<Vec<u8>, Error> {
        let Some(credentials) = nats::to_seal(login)? else { return Ok(Vec::new()) };
        self.seal(tenant, id, credentials.expose().as_bytes())
    }

    fn seal(&self, tenant: Tenant, id: SourceId, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let aad = Aad::of_tenant(tenant, SEALED_AS, &id.to_string());
        self.inner.vault.seal(&aad, secret).map_err(Error::internal)
    }

    /// The class that a source makes objects of: alerts, unless it says otherwise.
    async fn source_class(&self, ctx: &Ctx, fields: &mut Fields, id: Option<&str>) -> Result<DataClassId, Error> {
        let alert = crate::builtin::ALERT.id(ctx.tenant);
        let id = fields.optional_id("dataclass_id", id).unwrap_or(alert);
        if self.object_class(ctx.tenant, id).await?.is_none() {
            fields.violation(
                "dataclass_id must be a data class of this workspace",
                "dataclass_id必须是本工作空间的数据类",
            );
        }
        Ok(id)
    }
}

/// How the events of a new source come.
enum Way {
    Webhook { authentication: String },
    Nats { settings: NatsSettings, login: Login },
}

impl Way {
    fn checked(fields: &mut Fields, kind: &str, authentication: Option<String>, given: Option<NatsInput>) -> Self {
        if kind == NATS {
            if authentication.is_some_and(|how| !how.is_empty()) {
                fields.violation(
                    "authentication is for webhooks: credentials of a stream are in nats",
                    "authentication仅用于webhook，流的凭证在nats中填写",
                );
            }
            let (settings, login) = nats::checked(fields, given.unwrap_or_default(), None);
            return Self::Nats { settings, login: login.unwrap_or(Login::Nobody) };
        }
        if given.is_some() {
            not_a_stream(fields);
        }
        let authentication = fields.optional_one_of("authentication", authentication, &[TOKEN, SIGNATURE]);
        Self::Webhook { authentication: authentication.filter(|how| !how.is_empty()).unwrap_or_else(|| TOKEN.into()) }
    }
}

fn not_a_stream(fields: &mut Fields) {
    fields.violation("nats is for sources of the kind 'nats'", "nats仅用于kind为'nats'的数据源");
}

/// What a source says of its mapping: the name of a built-in one, or one of its own.
fn mapping_of(
    fields: &mut Fields,
    mapping: Option<Value>,
    builtin: Option<String>,
    stored: Option<&Source>,
) -> (String, Option<serde_json::Value>) {
    let builtin = builtin.filter(|name| !name.is_empty());
    match (mapping, builtin, stored) {
        (None, None, Some(stored)) => (stored.row.format.clone(), stored.settings.mapping.clone()),
        (None, Some(name), _) => {
            let names: Vec<&str> = BUILTINS.iter().map(|builtin| builtin.name).collect();
            (fields.one_of("builtin", Some(name), &names), None)
        }
        (Some(document), None, _) => {
            for problem in Mapping::parse(&document).err().unwrap_or_default() {
                fields.violation(format!("mapping: {problem}"), format!("mapping：{problem}"));
            }
            (CUSTOM.into(), Some((&document).into()))
        }
        (None, None, None) | (Some(_), Some(_), _) => {
            fields.violation("one of mapping and builtin is required", "mapping和builtin必须且只能填写一个");
            (String::new(), None)
        }
    }
}

pub(super) fn not_found(id: SourceId) -> Error {
    Error::new(
        &code::SOURCE_NOT_FOUND,
        Text::new(format!("the source {id} does not exist"), format!("数据源{id}不存在")),
    )
}

fn name_taken(error: store::Error, name: &str) -> Error {
    let text = Text::new(
        format!("name: a source named '{name}' exists in this workspace"),
        format!("name：本工作空间已存在名为'{name}'的数据源"),
    );
    Error::taken(error, ("ingest_source", "name"), &code::SOURCE_NAME_TAKEN, text)
}
