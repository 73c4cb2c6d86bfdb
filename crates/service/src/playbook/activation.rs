//! What makes a version the one that runs: activation, and what an enabled playbook needs besides.

use model::{PlaybookId, PlaybookVersionId, Tenant, Timestamp, Value};
use store::playbook::schedule::{self, ScheduleRow};
use store::playbook::version as rows;
use store::playbook::work;
use store::{Tx, workflow};

use super::draft::{self, Draft};
use super::rule::Rule;
use super::version::{changed_meanwhile, not_found};
use super::{Playbook, state};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::{Service, code};

/// A version that is to become the active one, with what it takes.
pub(super) struct Activation {
    draft: Draft,
    /// The first tick of its timer, if it has one.
    first_tick: Option<Timestamp>,
}

impl Service {
    /// Checks that a version of a playbook is published, unchanged and able to run.
    pub(super) async fn prepare_activation(
        &self,
        ctx: &Ctx,
        playbook: PlaybookId,
        id: PlaybookVersionId,
    ) -> Result<Activation, Error> {
        let mut conn = self.inner.db.read().await?;
        let found = draft::read(&mut conn, ctx.tenant, id).await?.filter(|draft| draft.version.playbook_id == playbook);
        drop(conn);
        let draft = found.ok_or_else(|| not_found(id))?;
        state::check_activate(&draft.version)?;
        if draft.version.hash.as_ref() != Some(&draft.hash()) {
            return Err(Error::new(
                &code::PLAYBOOK_VERSION_CONTENT,
                Text::new(
                    "the content of the version is not what was approved; submit it again",
                    "版本内容与审核通过的内容不一致，请重新提交",
                ),
            ));
        }
        let first_tick = match self.check_runnable(ctx, &draft).await? {
            Rule::Event(_) => None,
            Rule::Timer(timer) => Some(timer.next_after(self.now()).ok_or_else(no_tick)?),
        };
        Ok(Activation { draft, first_tick })
    }
}

impl Activation {
    /// Makes the version the active one of its playbook, which the caller holds and writes. If the playbook is enabled,
    /// the version's workflows must be, too, and its timer starts.
    pub(super) async fn carry_out(
        self,
        tx: &mut Tx,
        ctx: &Ctx,
        playbook: &mut Playbook,
        was_enabled: bool,
    ) -> Result<(), Error> {
        let Self { draft, first_tick } = self;
        let stored = draft::read(tx, ctx.tenant, draft.version.id).await?;
        if stored.as_ref() != Some(&draft) {
            return Err(changed_meanwhile());
        }
        if playbook.enabled {
            check_workflows(tx, ctx.tenant, &draft).await?;
        }
        let mut version = draft.version;
        let other = playbook.version_id.filter(|before| *before != version.id);
        if let Some(before) = other
            && let Some(mut before) = rows::get(tx, ctx.tenant, before).await?
        {
            before.enabled = false;
            rows::update(tx, &before).await?;
        }
        if !version.enabled {
            version.enabled = true;
            rows::update(tx, &version).await?;
        }
        let goes_on = was_enabled && playbook.version_id == Some(version.id);
        playbook.version_id = Some(version.id);
        playbook.version = version.label();
        playbook.dataclass_id = Some(version.dataclass_id);
        playbook.dataclass_name = version.dataclass_name;
        if playbook.enabled && !goes_on {
            start_timer(tx, playbook, version.id, first_tick).await?;
        }
        Ok(())
    }
}

async fn start_timer(
    tx: &mut Tx,
    playbook: &Playbook,
    version: PlaybookVersionId,
    first_tick: Option<Timestamp>,
) -> Result<(), Error> {
    let (project, workspace) = (playbook.project_id, playbook.workspace_id);
    match first_tick {
        None => schedule::clear(tx, Tenant { project, workspace }, playbook.id).await?,
        Some(tick) => {
            let row = ScheduleRow {
                playbook_id: playbook.id,
                workspace_id: workspace,
                project_id: project,
                version_id: version,
                next_at: Some(tick),
            };
            schedule::set(tx, &row).await?;
        }
    }
    Ok(())
}

/// Disables a playbook, which the caller holds and writes: its timer stops and what is queued ends.
pub(super) async fn disarm(tx: &mut Tx, tenant: Tenant, playbook: &mut Playbook, now: Timestamp) -> Result<(), Error> {
    playbook.enabled = false;
    schedule::clear(tx, tenant, playbook.id).await?;
    work::cancel_queued(tx, tenant, playbook.id, "the playbook was disabled", now).await?;
    Ok(())
}

/// Makes no version the active one of a disabled playbook, which the caller holds and writes.
pub(super) fn deactivate(playbook: &mut Playbook) {
    playbook.version_id = None;
    playbook.version.clear();
    playbook.dataclass_id = None;
    playbook.dataclass_name.clear();
}

/// Refuses unless each workflow of a version is enabled; names those that are not.
async fn check_workflows(tx: &mut Tx, tenant: Tenant, draft: &Draft) -> Result<(), Error> {
    let mut names = Vec::new();
    for action in &draft.actions {
        match workflow::get(tx, tenant, action.action_id).await? {
            Some(row) if row.enabled && row.version_id.is_some() => {}
            found => names.push(found.map_or_else(|| action.name.clone(), |row| row.name)),
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    names.dedup();
    let list = Value::list(names.iter().map(Value::string).collect()).to_json();
    Err(Error::new(
        &code::PLAYBOOK_WORKFLOWS,
        Text::new(
            format!("these workflows of the version are not enabled; enable them first: {list}"),
            format!("该版本的以下流程未启用，请先启用：{list}"),
        ),
    ))
}

fn no_tick() -> Error {
    Error::new(
        &code::PLAYBOOK_VERSION_INCOMPLETE,
        Text::new(
            "rule.cron: the timer does not tick any more; give the version another rule",
            "rule.cron：定时器不会再触发，请修改规则",
        ),
    )
}
