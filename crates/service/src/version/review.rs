//! Reviews of versions: a to-do for the reviewer, and what a pass or a refusal does.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{TaskId, Timestamp, Value, VersionId};
use store::definition::{self, DefinitionRow};
use store::task::{self, TaskAnswer, TaskRow};
use store::version as rows;
use store::{Tx, workflow};

use crate::content::{self, Uses};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::version::{ALL_MODES, State, Version, not_found, state};
use crate::workflow::Workflow;
use crate::{Service, code};

/// How long a review stays open before it counts as overdue.
pub(crate) const DUE: Duration = Duration::from_secs(15 * 24 * 60 * 60);
/// Longest opinion, in characters.
const OPINION: usize = 1024;

/// A reviewer's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// `PASS`.
    Pass,
    /// `UN_PASS`.
    Refuse,
}

impl Verdict {
    /// The verdict's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Refuse => "UN_PASS",
        }
    }
}

/// A recorded verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub content: String,
}

impl Service {
    /// Passes or refuses a version under review.
    pub async fn review_version(
        &self,
        ctx: &Ctx,
        id: VersionId,
        content: Option<String>,
        result: Option<String>,
    ) -> Result<Opinion, Error> {
        ctx.require("secmaster:workflowVersion:approve")?;
        let mut fields = Fields::new();
        let content = fields.required("content", content);
        let content = fields.text("content", Some(content), OPINION).unwrap_or_default();
        let result = fields.one_of("result", result, &["PASS", "UN_PASS"]);
        fields.finish()?;
        let verdict = if result == "PASS" { Verdict::Pass } else { Verdict::Refuse };
        self.settle_review(ctx, id, Opinion { verdict, content }).await
    }

    pub(crate) async fn settle_review(&self, ctx: &Ctx, id: VersionId, opinion: Opinion) -> Result<Opinion, Error> {
        let (current, row) = self.read_version(ctx, id).await?;
        ctx.require_role(&row.approve_role)?;
        state::check_review(&current)?;
        let passes = opinion.verdict == Verdict::Pass;
        if passes && ctx.four_eyes && current.author_id == ctx.caller.principal.user {
            return Err(Error::new(
                &code::FOUR_EYES,
                Text::new(
                    "the author of a version cannot pass it in this workspace; somebody else must review it",
                    "本工作空间不允许版本作者自行审核通过，须由他人审核",
                ),
            ));
        }
        let approved = if passes { Some(self.check_approval(ctx, &current).await?) } else { None };

        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = workflow::lock(tx, ctx.tenant, current.workflow_id).await?;
                    let mut row = row.ok_or_else(|| not_found(id))?;
                    let stored = rows::get(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    state::check_review(&stored)?;
                    if stored.hash != current.hash {
                        return Err(replaced());
                    }
                    this.close_review(tx, &ctx, &stored, &opinion, now).await?;
                    let mut version = stored;
                    match approved {
                        Some(definition) => {
                            definition::put(tx, &DefinitionRow { approved_at: now, ..definition }).await?;
                            version.status = State::Approved.name().into();
                            row.current_rejected_version_id =
                                row.current_rejected_version_id.filter(|known| *known != id);
                        }
                        None => {
                            version.status = State::Rejected.name().into();
                            row.current_rejected_version_id = Some(id);
                        }
                    }
                    version.modifier_id = Some(ctx.caller.principal.user);
                    version.modifier_name = ctx.caller.principal.name.clone();
                    version.update_time = now;
                    rows::update(tx, &version).await?;
                    row.current_approval_version_id = None;
                    workflow::update(tx, &row).await?;
                    let mut audit = ctx.audit(now, "workflowVersion.approve", id);
                    audit.detail = Value::object([
                        ("result", Value::string(opinion.verdict.name())),
                        ("content", Value::string(&opinion.content)),
                    ])
                    .to_json();
                    tx.audit(audit);
                    Ok(opinion)
                })
            })
            .await
    }

    /// Puts a version under review: at most one of a workflow is.
    pub(super) async fn open_review(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &mut Workflow,
        version: &mut Version,
        uses: &Uses,
        now: Timestamp,
    ) -> Result<(), Error> {
        if let Some(pending) = row.current_approval_version_id.filter(|pending| *pending != version.id) {
            return Err(Error::new(
                &code::VERSION_PENDING,
                Text::new(
                    format!("the version {pending} of this workflow waits for review; only one can"),
                    format!("该流程的版本{pending}正在等待审核，同一时间只能有一个版本待审核"),
                ),
            ));
        }
        task::cancel_review(tx, ctx.tenant, version.id, "the version was submitted again", now).await?;
        version.status = State::Pending.name().into();
        version.hash = Some(content::hash(version, uses, &self.inner.registry));
        row.current_approval_version_id = Some(version.id);
        rows::update(tx, version).await?;
        workflow::update(tx, row).await?;
        let principal = &ctx.caller.principal;
        let opened = TaskRow {
            workspace_id: ctx.tenant.workspace,
            id: TaskId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            business_type: "WORKFLOWPUBLISH".into(),
            status: "waiting".into(),
            name: format!("{} {}", row.name, version.label()),
            description: version.description.clone(),
            creator_id: principal.user.to_string(),
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: String::new(),
            modifier_name: String::new(),
            update_time: now,
            handlers: handlers(&row.approve_role),
            approver: String::new(),
            definition_key: String::new(),
            note: String::new(),
            due_date: now.plus(DUE),
            due_handle: "INTERRUPT".into(),
            action_id: row.id,
            action_version_id: version.id,
            action_instance_id: None,
            root_id: None,
            element_no: None,
            hash: version.hash.clone(),
            review_comments: String::new(),
            view_parameters: String::new(),
            asked_parameters: "[]".into(),
            handle_parameters: String::new(),
            related_object: row.name.clone(),
        };
        task::insert(tx, &opened).await?;
        Ok(())
    }

    async fn close_review(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        version: &Version,
        opinion: &Opinion,
        now: Timestamp,
    ) -> Result<(), Error> {
        let open = task::get_waiting_review(tx, ctx.tenant, version.id).await?;
        let open = open.filter(|task| task.hash == version.hash).ok_or_else(replaced)?;
        let answer = TaskAnswer {
            user: ctx.caller.principal.user,
            user_name: ctx.caller.principal.name.clone(),
            review_comments: opinion.content.clone(),
            handle_parameters: String::new(),
            at: now,
        };
        if task::finish(tx, ctx.tenant, open.id, &answer).await? { Ok(()) } else { Err(replaced()) }
    }

    /// What will run once the version is passed: still without errors, still what was submitted, with its calls pinned.
    async fn check_approval(&self, ctx: &Ctx, version: &Version) -> Result<DefinitionRow, Error> {
        let document = super::read(version).await?;
        let findings = self.find_problems(ctx.tenant, document, version.taskconfig.clone(), ALL_MODES).await?;
        findings.refuse_errors()?;
        let executable =
            findings.executable.ok_or_else(|| Error::internal("a graph without errors does not compile"))?;
        let uses = Uses::of(&executable);
        let hash = content::hash(version, &uses, &self.inner.registry);
        if version.hash.as_ref() != Some(&hash) {
            return Err(Error::new(
                &code::VERSION_CONTENT,
                Text::new(
                    "a component that the version calls has changed since it was submitted; submit it again",
                    "版本所调用的插件在提交后已变更，请重新提交",
                ),
            ));
        }
        let pinned = if ctx.four_eyes { &uses.workflows } else { &uses.pinned };
        Ok(DefinitionRow {
            version_id: version.id,
            project_id: ctx.tenant.project,
            workspace_id: ctx.tenant.workspace,
            workflow_id: version.workflow_id,
            taskflow: version.taskflow.clone(),
            taskflow_type: version.taskflow_type.clone(),
            taskconfig: version.taskconfig.clone(),
            pins: self.pin(ctx, pinned).await?,
            uses: uses.to_json(),
            hash,
            approved_at: Timestamp(0),
        })
    }

    /// The activated version of each called workflow, as a JSON object.
    async fn pin(&self, ctx: &Ctx, called: &BTreeSet<String>) -> Result<String, Error> {
        let mut conn = self.inner.db.read().await?;
        let mut pins = Vec::with_capacity(called.len());
        for name in called {
            let found = match name.parse() {
                Ok(id) => workflow::get(&mut conn, ctx.tenant, id).await?,
                Err(_) => workflow::get_by_name(&mut conn, ctx.tenant, name).await?,
            };
            let version = found.and_then(|row| row.version_id).ok_or_else(|| {
                Error::new(
                    &code::VERSION_ERRORS,
                    Text::new(
                        format!("the called workflow '{name}' has no activated version to pin"),
                        format!("被调用的流程'{name}'没有可固定的已激活版本"),
                    ),
                )
            })?;
            pins.push((name.as_str(), Value::string(version.to_string())));
        }
        Ok(Value::object(pins).to_json())
    }
}

/// Roles as a JSON list of handlers.
fn handlers(roles: &str) -> String {
    let names = roles.split(',').map(str::trim).filter(|name| !name.is_empty());
    Value::list(names.map(Value::string).collect()).to_json()
}

fn replaced() -> Error {
    Error::new(
        &code::VERSION_STATE,
        Text::new(
            "the version was edited or withdrawn since it was submitted; look at it again",
            "版本在提交后已被编辑或撤回，请重新查看",
        ),
    )
}
