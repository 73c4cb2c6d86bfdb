//! Playbooks: which workflows run when something happens to a data object, or when the clock says so.
//!
//! What runs is the active version of an enabled playbook. Versions: [`version`] with [`draft`] and [`state`], edited
//! piece by piece in [`part`]; reviews: [`review`]; enabling: [`activation`]. What ran
//! because of them: [`instance`], [`record`].

mod activation;
mod draft;
mod instance;
mod limits;
mod manual;
mod part;
mod record;
mod review;
pub(crate) mod rule;
pub(crate) mod run;
mod state;
pub(crate) mod timer;
mod transfer;
mod version;

use model::{PlaybookId, PlaybookVersionId};
use store::Page;
use store::playbook::{self as rows, PlaybookQuery, trigger};

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::workflow::{DESCRIPTION, NAME};
use crate::{Service, code, page};

pub(crate) use draft::hash;
pub use draft::{ActionInput, Draft, VersionInput};
pub use instance::{Branch, Instance, ListInstances};
pub use limits::{Backlog, LimitsInput};
pub use manual::RunPlaybook;
pub use record::{LogRow, Monitor, MonitorPlaybook, RunTime, SearchLog};
pub use review::Approval;
pub use state::State;
pub use store::playbook::PlaybookRow as Playbook;
pub use store::playbook::PlaybookStatistics;
pub use store::playbook::action::PlaybookActionRow as Action;
pub use store::playbook::version::PlaybookVersionRow as Version;
pub use version::{ListVersions, UpdateVersion};

/// The largest priority; the smallest is its opposite.
const PRIORITY: i64 = 1_000;

/// A playbook to create.
#[derive(Debug, Clone, Default)]
pub struct CreatePlaybook {
    /// Unique in the workspace, 1 to 64 characters.
    pub name: Option<String>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// Whose queue goes first: the larger; -1000 to 1000.
    pub priority: Option<i64>,
}

/// What to change of a playbook; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct UpdatePlaybook {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Whether it may be set off.
    pub enabled: Option<bool>,
    /// The version that runs, a published one.
    pub active_version_id: Option<String>,
    /// A new priority.
    pub priority: Option<i64>,
}

/// Which playbooks to list.
#[derive(Debug, Clone, Default)]
pub struct ListPlaybooks {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: Option<i64>,
    /// Part of the name or the description.
    pub text: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the description.
    pub description: Option<String>,
    /// Enabled or not.
    pub enabled: Option<bool>,
    /// For the data class of this name.
    pub dataclass_name: Option<String>,
}

impl Service {
    /// Creates a playbook: disabled, without a version.
    pub async fn create_playbook(&self, ctx: &Ctx, input: CreatePlaybook) -> Result<Playbook, Error> {
        ctx.require("secmaster:playbook:create")?;
        let mut fields = Fields::new();
        let name = fields.name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION).unwrap_or_default();
        let priority = fields.range("priority", input.priority, -PRIORITY, PRIORITY, 0);
        fields.finish()?;
        let playbook = Playbook { description, priority, ..self.blank_playbook(ctx, name) };
        let audit = ctx.audit(playbook.create_time, "playbook.create", playbook.id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert(tx, &playbook).await.map_err(|error| name_taken(error, &playbook.name))?;
                    tx.audit(audit);
                    Ok(playbook)
                })
            })
            .await
    }

    /// A page of playbooks, newest first.
    pub async fn list_playbooks(&self, ctx: &Ctx, input: ListPlaybooks) -> Result<Page<Playbook>, Error> {
        ctx.require("secmaster:playbook:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let query = PlaybookQuery {
            text: fields.filter("search_txt", input.text),
            name: fields.filter("name", input.name),
            description: fields.filter("description", input.description),
            enabled: input.enabled,
            dataclass_name: fields.filter("dataclass_name", input.dataclass_name),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, page).await?)
    }

    /// A playbook.
    pub async fn get_playbook(&self, ctx: &Ctx, id: PlaybookId) -> Result<Playbook, Error> {
        ctx.require("secmaster:playbook:get")?;
        self.read_playbook(ctx, id).await
    }

    /// How many playbooks there are.
    pub async fn count_playbooks(&self, ctx: &Ctx) -> Result<PlaybookStatistics, Error> {
        ctx.require("secmaster:playbook:list")?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::count(&mut conn, ctx.tenant).await?)
    }

    /// Changes a playbook, enables or disables it. Enabling takes a published version, whose workflows are enabled;
    /// disabling ends what is queued. A playbook that was paused goes on when it is enabled again.
    pub async fn update_playbook(&self, ctx: &Ctx, id: PlaybookId, input: UpdatePlaybook) -> Result<Playbook, Error> {
        ctx.require("secmaster:playbook:update")?;
        let mut fields = Fields::new();
        let name = fields.optional_name("name", input.name, NAME);
        let description = fields.text("description", input.description, DESCRIPTION);
        let priority = input.priority.map(|given| fields.range("priority", Some(given), -PRIORITY, PRIORITY, 0));
        let version: Option<PlaybookVersionId> =
            fields.optional_id("active_version_id", input.active_version_id.as_deref());
        let enables = input.enabled == Some(true);
        if input.enabled.is_some() || version.is_some() {
            ctx.require("secmaster:playbook:enable")?;
        }
        let known = self.read_playbook(ctx, id).await?;
        ctx.require_role(&known.edit_role)?;
        let version = version.or(known.version_id.filter(|_| enables));
        if enables && version.is_none() && input.active_version_id.is_none_or(|text| text.is_empty()) {
            fields.violation(
                "active_version_id is required when enabled is true",
                "enabled为true时active_version_id为必填项",
            );
        }
        fields.finish()?;
        let activation = match version {
            Some(version) => Some(self.prepare_activation(ctx, id, version).await?),
            None => None,
        };

        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let mut playbook = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    ctx.require_role(&playbook.edit_role)?;
                    let was_enabled = playbook.enabled;
                    if was_enabled || enables {
                        // First, so that what is just being set off is waited for and ends with what is queued.
                        trigger::bump_epoch(tx, ctx.tenant).await?;
                    }
                    playbook.name = name.unwrap_or(playbook.name);
                    playbook.description = description.unwrap_or(playbook.description);
                    playbook.priority = priority.unwrap_or(playbook.priority);
                    let action = match input.enabled {
                        Some(true) => {
                            playbook.enabled = true;
                            playbook.paused_at = None;
                            playbook.pause_reason.clear();
                            "playbook.enable"
                        }
                        Some(false) => {
                            activation::disarm(tx, ctx.tenant, &mut playbook, now).await?;
                            "playbook.disable"
                        }
                        None => "playbook.update",
                    };
                    if let Some(activation) = activation {
                        activation.carry_out(tx, &ctx, &mut playbook, was_enabled).await?;
                    }
                    this.touch_playbook(&ctx, &mut playbook);
                    rows::update(tx, &playbook).await.map_err(|error| name_taken(error, &playbook.name))?;
                    tx.audit(ctx.audit(now, action, id));
                    Ok(playbook)
                })
            })
            .await
    }

    /// Deletes a disabled playbook with its versions. What has run stays on record.
    pub async fn delete_playbook(&self, ctx: &Ctx, id: PlaybookId) -> Result<Playbook, Error> {
        ctx.require("secmaster:playbook:delete")?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let playbook = rows::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    ctx.require_role(&playbook.edit_role)?;
                    if playbook.enabled {
                        return Err(Error::new(
                            &code::PLAYBOOK_ENABLED,
                            Text::new(
                                "the playbook is enabled: an enabled playbook cannot be deleted; disable it first",
                                "已启用的剧本不能删除，请先禁用",
                            ),
                        ));
                    }
                    rows::delete(tx, ctx.tenant, id, now).await?;
                    tx.audit(ctx.audit(now, "playbook.delete", id));
                    Ok(playbook)
                })
            })
            .await
    }

    pub(crate) async fn read_playbook(&self, ctx: &Ctx, id: PlaybookId) -> Result<Playbook, Error> {
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// A new playbook, which has nothing but its name.
    fn blank_playbook(&self, ctx: &Ctx, name: String) -> Playbook {
        let (now, principal) = (self.now(), &ctx.caller.principal);
        Playbook {
            workspace_id: ctx.tenant.workspace,
            id: PlaybookId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            name,
            description: String::new(),
            owner_id: None,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            edit_role: String::new(),
            user_role: String::new(),
            approve_role: String::new(),
            enabled: false,
            version_id: None,
            version: String::new(),
            unaudited_version_id: None,
            reject_version_id: None,
            last_version: 0,
            dataclass_id: None,
            dataclass_name: String::new(),
            priority: 0,
            concurrency: 0,
            starts_per_minute: 0,
            breaker_failures: 0,
            breaker_seconds: 0,
            paused_at: None,
            pause_reason: String::new(),
        }
    }

    /// Marks the caller as the last who changed the playbook.
    fn touch_playbook(&self, ctx: &Ctx, playbook: &mut Playbook) {
        playbook.modifier_id = Some(ctx.caller.principal.user);
        playbook.modifier_name = ctx.caller.principal.name.clone();
        playbook.update_time = self.now();
    }
}

pub(crate) fn not_found(id: PlaybookId) -> Error {
    Error::new(
        &code::PLAYBOOK_NOT_FOUND,
        Text::new(format!("the playbook {id} does not exist"), format!("剧本{id}不存在")),
    )
}

fn name_taken(error: store::Error, name: &str) -> Error {
    let text = Text::new(
        format!("name: a playbook named '{name}' exists in this workspace"),
        format!("name：本工作空间已存在名为'{name}'的剧本"),
    );
    Error::taken(error, ("playbook", "name"), &code::PLAYBOOK_NAME_TAKEN, text)
}
