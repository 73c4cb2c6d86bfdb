//! Playbook instances: what an event, a timer or a person has set off. Listed and shown here, retried and terminated with
//! the runs of workflows that belong to them; started and settled elsewhere.

use engine::Command;
use model::{PlaybookInstanceId, Tenant, Timestamp};
use runtime::codec::encode_command;
use store::instance as workflow_runs;
use store::playbook::instance::{self as rows, PlaybookInstanceQuery};
use store::playbook::run::{self, RunState};
use store::playbook::work;
use store::{Page, PageRequest, Tx, playbook as playbooks, root};

use super::record::{self, LogRow};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code, page};

pub use store::playbook::instance::PlaybookInstanceRow as Instance;

pub(super) const STATUSES: &[&str] = &["RUNNING", "FAILED", "FINISHED", "RETRYING", "TERMINATING", "TERMINATED"];
pub(super) const TRIGGERS: &[&str] = &["EVENT", "TIMER", "MANUAL", "DEBUG"];
/// The command that retries what has failed.
const RETRY: &str = "RETRY";
/// The command that ends an instance.
const TERMINATE: &str = "TERMINATE";
/// The state of work that is waiting to be admitted.
const QUEUED: &str = "queued";
/// The state of work that waits for a person.
const HELD: &str = "held";

/// Which instances to list.
#[derive(Debug, Clone, Default)]
pub struct ListInstances {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: Option<i64>,
    /// In this status.
    pub status: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the playbook's name.
    pub playbook_name: Option<String>,
    /// For objects of the class of this name.
    pub dataclass_name: Option<String>,
    /// Part of the object's name.
    pub dataobject_name: Option<String>,
    /// Set off like this.
    pub trigger_type: Option<String>,
    /// At or after this time.
    pub from_date: Option<String>,
    /// At or before this time.
    pub to_date: Option<String>,
    /// What the times are about: `START` or `END`.
    pub date_type: Option<String>,
}

/// A workflow of an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// How its run fares; there need not be one yet.
    pub run: RunState,
    /// What the log says of it; nothing while there is no run.
    pub log: Option<LogRow>,
}

impl Service {
    /// A page of instances, newest first.
    pub async fn list_playbook_instances(&self, ctx: &Ctx, input: ListInstances) -> Result<Page<Instance>, Error> {
        ctx.require("secmaster:playbookInstance:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let zone = self.inner.settings.zone;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let date_type = fields.optional_one_of("date_type", input.date_type, &["START", "END"]);
        let query = PlaybookInstanceQuery {
            status: filled(fields.optional_one_of("status", input.status, STATUSES)),
            name: fields.filter("name", input.name),
            playbook_id: None,
            playbook_name: fields.filter("playbook_name", input.playbook_name),
            dataclass_name: fields.filter("dataclass_name", input.dataclass_name),
            dataobject_id: None,
            dataobject_name: fields.filter("dataobject_name", input.dataobject_name),
            trigger_type: filled(fields.optional_one_of("trigger_type", input.trigger_type, TRIGGERS)),
            from: fields.time("from_date", input.from_date.as_deref(), zone),
            to: fields.time("to_date", input.to_date.as_deref(), zone),
            by_end: date_type.as_deref() == Some("END"),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, page).await?)
    }

    /// An instance.
    pub async fn get_playbook_instance(&self, ctx: &Ctx, id: PlaybookInstanceId) -> Result<Instance, Error> {
        ctx.require("secmaster:playbookInstance:get")?;
        self.read_playbook_instance(ctx, id).await
    }

    /// An instance with its workflows, in their order.
    pub async fn get_playbook_topology(
        &self,
        ctx: &Ctx,
        id: PlaybookInstanceId,
    ) -> Result<(Instance, Vec<Branch>), Error> {
        ctx.require("secmaster:playbookInstance:get")?;
        let instance = self.read_playbook_instance(ctx, id).await?;
        let mut conn = self.inner.db.read().await?;
        let runs = run::list(&mut conn, ctx.tenant, id).await?;
        let all = PageRequest { offset: 0, limit: page::WINDOW };
        let mut log = record::of_instance(&mut conn, ctx.tenant, id, all).await?.rows;
        let branches = runs
            .into_iter()
            .map(|run| {
                let place = log.iter().position(|row| row.instance_id == run.run_id.0);
                Branch { run, log: place.map(|place| log.swap_remove(place)) }
            })
            .collect();
        Ok((instance, branches))
    }

    /// Retries what has failed in an instance, or terminates it, with its workflows. The command is durable when this
    /// returns.
    pub async fn update_playbook_instance(
        &self,
        ctx: &Ctx,
        id: PlaybookInstanceId,
        operation: Option<String>,
    ) -> Result<Instance, Error> {
        // Each command is a right of its own; one that does not exist needs the least.
        ctx.require(match operation.as_deref() {
            Some(TERMINATE) => "secmaster:playbookInstance:terminate",
            Some(RETRY) => "secmaster:playbookInstance:retry",
            _ => "secmaster:playbookInstance:get",
        })?;
        let mut fields = Fields::new();
        let operation = fields.one_of("operation", operation, &[RETRY, TERMINATE]);
        fields.finish()?;
        let known = self.read_playbook_instance(ctx, id).await?;
        let mut conn = self.inner.db.read().await?;
        // Of a playbook that was deleted, the permission alone decides.
        if let Some(playbook) = playbooks::get(&mut conn, ctx.tenant, known.playbook_id).await? {
            ctx.require_role(&playbook.user_role)?;
        }
        drop(conn);

        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let action = if operation == RETRY {
                        retry(tx, ctx.tenant, id, now).await?;
                        "playbookInstance.retry"
                    } else {
                        let reason = format!("terminated by {}", ctx.caller.principal.name);
                        terminate(tx, ctx.tenant, id, reason, now).await?;
                        "playbookInstance.terminate"
                    };
                    tx.audit(ctx.audit(now, action, id));
                    rows::get(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
                })
            })
            .await
    }

    async fn read_playbook_instance(&self, ctx: &Ctx, id: PlaybookInstanceId) -> Result<Instance, Error> {
        let mut conn = self.inner.db.read().await?;
        rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))
    }
}

/// Has the failed workflows of an instance go on, and those started that could not be.
async fn retry(tx: &mut Tx, tenant: Tenant, id: PlaybookInstanceId, now: Timestamp) -> Result<(), Error> {
    let work = work::lock(tx, tenant, id).await?;
    if work.is_none_or(|work| work.state != HELD) {
        return Err(refused(
            "only an instance that is FAILED and has a workflow to retry can be retried",
            "只能重试状态为FAILED且有可重试流程的实例",
        ));
    }
    let command = encode_command(&Command::Retry { node: None, input: None });
    for run in run::list(tx, tenant, id).await? {
        if run.status.as_deref() == Some("FAILED")
            && workflow_runs::mark(tx, tenant, run.run_id, ["FAILED"; 2], "RETRYING", 1, now).await?
        {
            root::push_inbox(tx, run.run_id, &command, None).await?;
        }
    }
    work::resume(tx, tenant, id, "RETRYING", 1).await?;
    if run::forget_refusals(tx, tenant, id).await? > 0 {
        work::set_due(tx, tenant, id, now).await?;
    }
    Ok(())
}

/// Terminates the workflows of an instance. It has ended when they have; at once if none is under way.
async fn terminate(
    tx: &mut Tx,
    tenant: Tenant,
    id: PlaybookInstanceId,
    reason: String,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(work) = work::lock(tx, tenant, id).await? else {
        return Err(refused("the instance has ended", "该实例已结束"));
    };
    if work.state == QUEUED {
        work::end(tx, tenant, id, "TERMINATED", &reason, now).await?;
        return Ok(());
    }
    if work.state == HELD {
        work::resume(tx, tenant, id, "TERMINATING", 0).await?;
    } else {
        rows::set_status(tx, tenant, id, "TERMINATING").await?;
    }
    let command = encode_command(&Command::Terminate { reason: reason.clone() });
    // A node may just be starting some: it takes in that they are not wanted any more.
    let mut under_way = work.due_at.is_some();
    for run in run::list(tx, tenant, id).await? {
        let Some(status) = run.status.as_deref() else { continue };
        if ["FINISHED", "TERMINATED"].contains(&status) {
            continue;
        }
        under_way = true;
        if workflow_runs::mark(tx, tenant, run.run_id, ["RUNNING", "FAILED"], "TERMINATING", 0, now).await? {
            root::push_inbox(tx, run.run_id, &command, None).await?;
        }
    }
    if !under_way {
        work::end(tx, tenant, id, "TERMINATED", &reason, now).await?;
    }
    Ok(())
}

pub(crate) fn not_found(id: PlaybookInstanceId) -> Error {
    Error::new(
        &code::PLAYBOOK_INSTANCE_NOT_FOUND,
        Text::new(format!("the playbook instance {id} does not exist"), format!("剧本实例{id}不存在")),
    )
}

fn refused(en: &str, zh: &str) -> Error {
    Error::new(&code::PLAYBOOK_INSTANCE_STATE, Text::new(en, zh))
}
