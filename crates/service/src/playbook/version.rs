//! Versions of playbooks: drafts, their way into review, copies.

use model::{PlaybookId, PlaybookVersionId, Timestamp};
use store::playbook::version::{self as rows, PlaybookVersionQuery};
use store::playbook::{self as playbooks, action as actions, trigger};
use store::{Page, Tx, task};

use super::activation::{self, Activation};
use super::draft::{self, Draft, VersionInput};
use super::state::{self, Found, Plan};
use super::{Playbook, State, Version, name_taken, not_found as playbook_not_found};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::workflow::NAME;
use crate::{Service, code, page};

/// What to change of a version.
#[derive(Debug, Clone, Default)]
pub struct UpdateVersion {
    /// The content.
    pub content: VersionInput,
    /// The move to make, see [`state`].
    pub status: Option<String>,
    /// Whether it is the active version of its playbook.
    pub enabled: Option<bool>,
}

/// Which versions to list.
#[derive(Debug, Clone, Default)]
pub struct ListVersions {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: Option<i64>,
    /// In this state.
    pub status: Option<String>,
    /// 1 for the active one, 0 for the others.
    pub enabled: Option<i64>,
    /// 0 for drafts, 1 for published versions.
    pub version_type: Option<i64>,
}

/// What becomes of an edited version.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// Its state.
    pub(super) state: Option<State>,
    /// Whether it is to be the active one.
    pub(super) enabled: Option<bool>,
}

impl Service {
    /// Creates a draft. It may be incomplete.
    pub async fn create_playbook_version(
        &self,
        ctx: &Ctx,
        playbook: PlaybookId,
        input: VersionInput,
    ) -> Result<Draft, Error> {
        ctx.require("secmaster:playbookVersion:create")?;
        let known = self.read_playbook(ctx, playbook).await?;
        ctx.require_role(&known.edit_role)?;
        let mut fields = Fields::new();
        if input.dataclass_id.as_deref().unwrap_or_default().is_empty() {
            fields.required::<String>("dataclass_id", None);
        }
        let now = self.now();
        let mut draft = Draft { version: self.blank_version(ctx, playbook, now), actions: Vec::new() };
        self.edit(ctx, &mut fields, &mut draft, input).await?;
        fields.finish()?;
        let ctx = ctx.clone();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = playbooks::lock(tx, ctx.tenant, playbook).await?;
                    let mut row = row.ok_or_else(|| playbook_not_found(playbook))?;
                    ctx.require_role(&row.edit_role)?;
                    row.last_version += 1;
                    draft.version.number = row.last_version;
                    playbooks::update(tx, &row).await?;
                    insert(tx, &draft).await?;
                    tx.audit(ctx.audit(now, "playbookVersion.create", draft.version.id));
                    Ok(draft)
                })
            })
            .await
    }

    /// The versions of a playbook, newest first.
    pub async fn list_playbook_versions(
        &self,
        ctx: &Ctx,
        playbook: PlaybookId,
        input: ListVersions,
    ) -> Result<Page<Version>, Error> {
        ctx.require("secmaster:playbookVersion:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let flag = |fields: &mut Fields, name, value: Option<i64>| value.map(|_| fields.range(name, value, 0, 1, 0));
        let query = PlaybookVersionQuery {
            status: fields.optional_one_of("status", input.status, state::NAMES).filter(|status| !status.is_empty()),
            enabled: flag(&mut fields, "enabled", input.enabled).map(|flag| flag == 1),
            version_type: flag(&mut fields, "version_type", input.version_type),
        };
        fields.finish()?;
        self.read_playbook(ctx, playbook).await?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, playbook, &query, page).await?)
    }

    /// A version with its actions.
    pub async fn get_playbook_version(&self, ctx: &Ctx, id: PlaybookVersionId) -> Result<Draft, Error> {
        ctx.require("secmaster:playbookVersion:get")?;
        let mut conn = self.inner.db.read().await?;
        draft::read(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }

    /// Saves a version, and makes the move that `status` and `enabled` ask for, in one transaction.
    pub async fn update_playbook_version(
        &self,
        ctx: &Ctx,
        id: PlaybookVersionId,
        input: UpdateVersion,
    ) -> Result<Draft, Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, id).await?;
        let mut fields = Fields::new();
        let status = fields.optional_one_of("status", input.status, state::NAMES);
        let mut next = current.clone();
        self.edit(ctx, &mut fields, &mut next, input.content).await?;
        fields.finish()?;
        let wanted = Wanted {
            state: status.as_deref().and_then(State::parse),
            // Clients send back what they have read.
            enabled: input.enabled.filter(|enabled| *enabled != current.version.enabled),
        };
        self.save(ctx, current, next, wanted).await
    }

    /// Deletes a version, unless an enabled playbook runs it.
    pub async fn delete_playbook_version(&self, ctx: &Ctx, id: PlaybookVersionId) -> Result<(), Error> {
        ctx.require("secmaster:playbookVersion:delete")?;
        let (current, _) = self.read_editable(ctx, id).await?;
        let (playbook, ctx, now) = (current.version.playbook_id, ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = playbooks::lock(tx, ctx.tenant, playbook).await?;
                    let mut row = row.ok_or_else(|| playbook_not_found(playbook))?;
                    ctx.require_role(&row.edit_role)?;
                    let version = rows::get(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    if version.enabled && row.enabled {
                        return Err(state::in_use_by_playbook());
                    }
                    task::cancel_review(tx, ctx.tenant, id.0, "the version was deleted", now).await?;
                    row.unaudited_version_id = row.unaudited_version_id.filter(|known| *known != id);
                    row.reject_version_id = row.reject_version_id.filter(|known| *known != id);
                    if row.version_id == Some(id) {
                        activation::deactivate(&mut row);
                    }
                    playbooks::update(tx, &row).await?;
                    rows::delete(tx, ctx.tenant, id).await?;
                    tx.audit(ctx.audit(now, "playbookVersion.delete", id));
                    Ok(())
                })
            })
            .await
    }

    /// Copies a version into a new playbook, where it is a draft.
    pub async fn clone_playbook_version(
        &self,
        ctx: &Ctx,
        id: PlaybookVersionId,
        name: Option<String>,
    ) -> Result<Draft, Error> {
        ctx.require("secmaster:playbook:create")?;
        ctx.require("secmaster:playbookVersion:create")?;
        let mut fields = Fields::new();
        let name = fields.name("name", name, NAME);
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let original = draft::read(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        drop(conn);

        let now = self.now();
        let playbook = Playbook { last_version: 1, ..self.blank_playbook(ctx, name) };
        let blank = self.blank_version(ctx, playbook.id, now);
        let draft = self.copy(original, blank, 1);
        let ctx = ctx.clone();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    playbooks::insert(tx, &playbook).await.map_err(|error| name_taken(error, &playbook.name))?;
                    insert(tx, &draft).await?;
                    tx.audit(ctx.audit(now, "playbook.create", playbook.id));
                    let mut audit = ctx.audit(now, "playbookVersion.create", draft.version.id);
                    audit.detail = format!(r#"{{"cloned_from":"{id}"}}"#);
                    tx.audit(audit);
                    Ok(draft)
                })
            })
            .await
    }

    /// The content of a version in a blank one of another playbook.
    fn copy(&self, original: Draft, blank: Version, number: i64) -> Draft {
        let version = Version {
            number,
            description: original.version.description,
            trigger_type: original.version.trigger_type,
            dataclass_id: original.version.dataclass_id,
            dataclass_name: original.version.dataclass_name,
            dataobject_create: original.version.dataobject_create,
            dataobject_update: original.version.dataobject_update,
            dataobject_delete: original.version.dataobject_delete,
            action_strategy: original.version.action_strategy,
            rule_enable: original.version.rule_enable,
            rule_id: original.version.rule_id.map(|_| self.inner.ids.next()),
            rule: original.version.rule,
            ..blank
        };
        let mut actions = original.actions;
        for action in &mut actions {
            action.id = self.inner.ids.next();
            action.version_id = version.id;
            action.playbook_id = version.playbook_id;
        }
        Draft { version, actions }
    }

    /// A version with its playbook, which the caller may edit.
    pub(super) async fn read_editable(&self, ctx: &Ctx, id: PlaybookVersionId) -> Result<(Draft, Playbook), Error> {
        let mut conn = self.inner.db.read().await?;
        let draft = draft::read(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let playbook = playbooks::get(&mut conn, ctx.tenant, draft.version.playbook_id).await?;
        let playbook = playbook.ok_or_else(|| not_found(id))?;
        ctx.require_role(&playbook.edit_role)?;
        Ok((draft, playbook))
    }

    /// Writes what an edit has made of a version, with the move that it means. What takes long is done before the
    /// transaction, which then checks that nothing has moved meanwhile.
    pub(super) async fn save(&self, ctx: &Ctx, current: Draft, next: Draft, wanted: Wanted) -> Result<Draft, Error> {
        let (id, playbook) = (current.version.id, current.version.playbook_id);
        let row = self.read_playbook(ctx, playbook).await?;
        let differs = current.differs(&next);
        let found = |row: &Playbook, version: &Version| {
            Ok::<_, Error>(Found { state: State::of(version)?, in_use: version.enabled && row.enabled })
        };
        let plan = state::plan(found(&row, &current.version)?, wanted.state, differs)?;
        if plan == Plan::Submit {
            self.check_runnable(ctx, &next).await?;
        }
        if wanted.enabled.is_some() {
            ctx.require("secmaster:playbook:enable")?;
        }
        let activation = match wanted.enabled {
            Some(true) => {
                // Content and approval first, activation after it.
                if plan != Plan::Save || differs {
                    return Err(activates_alone());
                }
                Some(self.prepare_activation(ctx, playbook, id).await?)
            }
            Some(false) | None => None,
        };

        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = playbooks::lock(tx, ctx.tenant, playbook).await?;
                    let mut row = row.ok_or_else(|| playbook_not_found(playbook))?;
                    ctx.require_role(&row.edit_role)?;
                    let stored = draft::read(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    if stored != current || state::plan(found(&row, &stored.version)?, wanted.state, differs)? != plan {
                        return Err(changed_meanwhile());
                    }
                    let mut draft = next;
                    if differs || plan != Plan::Save {
                        this.mark(&ctx, &mut draft.version, differs, now);
                    }
                    this.make_move(tx, &ctx, &mut row, &mut draft, plan, differs, now).await?;
                    if wanted.enabled == Some(false) {
                        if row.enabled {
                            return Err(state::in_use_by_playbook());
                        }
                        draft.version.enabled = false;
                        activation::deactivate(&mut row);
                    }
                    write(tx, &current, &draft).await?;
                    if let Some(activation) = activation {
                        draft.version.enabled = true;
                        this.activate(tx, &ctx, &mut row, activation).await?;
                    }
                    playbooks::update(tx, &row).await?;
                    let mut audit = ctx.audit(now, plan.audit_action(), id);
                    audit.detail = state::detail(&current.version, &draft.version);
                    tx.audit(audit);
                    Ok(draft)
                })
            })
            .await
    }

    async fn activate(&self, tx: &mut Tx, ctx: &Ctx, row: &mut Playbook, activation: Activation) -> Result<(), Error> {
        let enabled = row.enabled;
        activation.carry_out(tx, ctx, row, enabled).await?;
        self.touch_playbook(ctx, row);
        if enabled {
            trigger::bump_epoch(tx, ctx.tenant).await?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a transaction: each argument is a part of it")]
    async fn make_move(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &mut Playbook,
        draft: &mut Draft,
        plan: Plan,
        differs: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = draft.version.id;
        if plan == Plan::Save {
            return Ok(());
        }
        let note = if differs { "the version was edited" } else { "the version was withdrawn" };
        task::cancel_review(tx, ctx.tenant, id.0, note, now).await?;
        // Whatever it was, it is not approved any more.
        let version = &mut draft.version;
        version.status = State::Editing.name().into();
        version.version_type = 0;
        version.approve_name.clear();
        version.hash = None;
        if version.enabled {
            version.enabled = false;
            activation::deactivate(row);
        }
        row.unaudited_version_id = row.unaudited_version_id.filter(|known| *known != id);
        row.reject_version_id = row.reject_version_id.filter(|known| *known != id);
        if plan == Plan::Submit {
            self.open_playbook_review(tx, ctx, row, draft, now).await?;
        }
        Ok(())
    }

    /// Marks the caller as the last who changed the version; its author is who has written its content.
    pub(super) fn mark(&self, ctx: &Ctx, version: &mut Version, differs: bool, now: Timestamp) {
        let principal = &ctx.caller.principal;
        version.modifier_id = Some(principal.user);
        version.modifier_name = principal.name.clone();
        version.update_time = now;
        if differs {
            version.author_id = principal.user;
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, draft: &Draft) -> Result<(), Error> {
    rows::insert(tx, &draft.version).await?;
    actions::insert_all(tx, &draft.actions).await?;
    Ok(())
}

async fn write(tx: &mut Tx, before: &Draft, after: &Draft) -> Result<(), Error> {
    if before.version != after.version {
        rows::update(tx, &after.version).await?;
    }
    if before.actions != after.actions {
        let version = &after.version;
        let tenant = model::Tenant { project: version.project_id, workspace: version.workspace_id };
        actions::delete_all(tx, tenant, version.id).await?;
        actions::insert_all(tx, &after.actions).await?;
    }
    Ok(())
}

pub(crate) fn not_found(id: PlaybookVersionId) -> Error {
    Error::new(
        &code::PLAYBOOK_PART_NOT_FOUND,
        Text::new(format!("the playbook version {id} does not exist"), format!("剧本版本{id}不存在")),
    )
}

pub(super) fn changed_meanwhile() -> Error {
    Error::new(
        &code::PLAYBOOK_VERSION_STATE,
        Text::new(
            "somebody else has changed the version meanwhile; read it and try again",
            "该版本已被他人修改，请重新查询后再试",
        ),
    )
}

fn activates_alone() -> Error {
    Error::new(
        &code::PLAYBOOK_VERSION_STATE,
        Text::new(
            "enabled: only a published version can be activated, and not together with other changes",
            "enabled：只能激活已发布的版本，且不能同时进行其他修改",
        ),
    )
}
