//! Versions of workflows: drafts, their way through review, activation.
//!
//! States and moves: [`state`]. Reviews: [`review`]. What was approved is kept as a definition and is what runs.

mod review;
mod state;
mod validation;

use bpmn::{Form, Mode};
use model::{Timestamp, VersionId, WorkflowId};
use store::filter::Page;
use store::version as rows;
use store::{Tx, workflow};

use crate::content::{self, Uses};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::workflow::{AOP_TYPES, DESCRIPTION, NAME, Workflow, not_found as workflow_not_found};
use crate::{Service, code, page};

pub use state::State;
pub use store::version::VersionRow as Version;
pub use validation::{Finding, Validate};

/// Every check that stands between a draft and its review.
pub(crate) const ALL_MODES: &[Mode] = &[Mode::Basic, Mode::Circle, Mode::AppParams];
const TASKFLOW_TYPES: &[&str] = &["JSON", "XML"];
/// Longest `taskconfig`, `input` and `output`, in characters.
const SETTINGS: usize = 4 << 20;

/// The content of a version, as a client sends it; what is left out of an update stays.
#[derive(Debug, Clone, Default)]
pub struct VersionInput {
    /// 1 to 64 characters.
    pub name: Option<String>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// Settings of nodes: JSON in a string, kept as it came.
    pub taskconfig: Option<String>,
    /// The graph, Base64.
    pub taskflow: Option<String>,
    /// `JSON` or `XML`.
    pub taskflow_type: Option<String>,
    /// One of [`AOP_TYPES`].
    pub aop_type: Option<String>,
    /// Declared input.
    pub input: Option<String>,
    /// Declared output.
    pub output: Option<String>,
    /// Only in updates: the move to make, see [`state`].
    pub status: Option<String>,
}

/// Content whose fields have been checked.
struct Checked {
    name: Option<String>,
    description: Option<String>,
    taskconfig: Option<String>,
    taskflow: Option<String>,
    taskflow_type: Option<String>,
    aop_type: Option<String>,
    input: Option<String>,
    output: Option<String>,
}

impl Checked {
    fn new(fields: &mut Fields, input: VersionInput) -> Self {
        Self {
            name: fields.optional_name("name", input.name, NAME),
            description: fields.text("description", input.description, DESCRIPTION),
            taskconfig: fields.text("taskconfig", input.taskconfig, SETTINGS),
            taskflow: input.taskflow,
            taskflow_type: input.taskflow_type.map(|kind| fields.one_of("taskflow_type", Some(kind), TASKFLOW_TYPES)),
            aop_type: input.aop_type.map(|kind| fields.one_of("aop_type", Some(kind), AOP_TYPES)),
            input: fields.text("input", input.input, SETTINGS),
            output: fields.text("output", input.output, SETTINGS),
        }
    }

    /// Writes what was given over a version; whether that changed anything.
    fn apply(self, version: &mut Version) -> bool {
        let mut changed = false;
        let targets = [
            (&mut version.name, self.name),
            (&mut version.description, self.description),
            (&mut version.taskconfig, self.taskconfig),
            (&mut version.taskflow, self.taskflow),
            (&mut version.taskflow_type, self.taskflow_type),
            (&mut version.aop_type, self.aop_type),
            (&mut version.input, self.input),
            (&mut version.output, self.output),
        ];
        for (target, value) in targets {
            if let Some(value) = value
                && *target != value
            {
                *target = value;
                changed = true;
            }
        }
        changed
    }
}

impl Service {
    /// Creates a draft. It may be incomplete, but it must be BPMN.
    pub async fn create_version(
        &self,
        ctx: &Ctx,
        workflow: WorkflowId,
        input: VersionInput,
    ) -> Result<(Version, Workflow), Error> {
        ctx.require("secmaster:workflowVersion:create")?;
        let mut fields = Fields::new();
        for (name, missing) in [
            ("name", input.name.is_none()),
            ("taskconfig", input.taskconfig.is_none()),
            ("taskflow", input.taskflow.is_none()),
            ("taskflow_type", input.taskflow_type.is_none()),
            ("aop_type", input.aop_type.is_none()),
        ] {
            if missing {
                fields.required::<String>(name, None);
            }
        }
        let content = Checked::new(&mut fields, input);
        fields.finish()?;

        let (now, principal) = (self.now(), &ctx.caller.principal);
        let mut version = Version {
            workspace_id: ctx.tenant.workspace,
            id: VersionId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            workflow_id: workflow,
            number: 0,
            name: String::new(),
            description: String::new(),
            owner_id: None,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            author_id: principal.user,
            status: State::Draft.name().into(),
            taskconfig: String::new(),
            taskflow: String::new(),
            taskflow_type: String::new(),
            aop_type: String::new(),
            input: String::new(),
            output: String::new(),
            hash: None,
        };
        content.apply(&mut version);
        read(&version).await?;

        let ctx = ctx.clone();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let found = workflow::lock(tx, ctx.tenant, workflow).await?;
                    let mut row = found.ok_or_else(|| workflow_not_found(workflow))?;
                    ctx.require_role(&row.edit_role)?;
                    row.last_version += 1;
                    version.number = row.last_version;
                    workflow::update(tx, &row).await?;
                    rows::insert(tx, &version).await?;
                    tx.audit(ctx.audit(now, "workflowVersion.create", version.id));
                    Ok((version, row))
                })
            })
            .await
    }

    /// The versions of a workflow, newest first, and the workflow.
    pub async fn list_versions(
        &self,
        ctx: &Ctx,
        workflow: WorkflowId,
        status: Option<String>,
        offset: Option<i64>,
        limit: Option<i64>,
    ) -> Result<(Page<Version>, Workflow), Error> {
        ctx.require("secmaster:workflowVersion:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, offset, limit, page::SMALL);
        let status = fields.optional_one_of("status", status, state::NAMES).filter(|status| !status.is_empty());
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let row = workflow::get(&mut conn, ctx.tenant, workflow).await?;
        let row = row.ok_or_else(|| workflow_not_found(workflow))?;
        let all = rows::list(&mut conn, ctx.tenant, workflow, status.as_deref()).await?;
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let (offset, limit) = (usize::try_from(page.offset).unwrap_or(0), usize::try_from(page.limit).unwrap_or(0));
        Ok((Page { rows: all.into_iter().skip(offset).take(limit).collect(), total }, row))
    }

    /// A version with its workflow.
    pub async fn get_version(&self, ctx: &Ctx, id: VersionId) -> Result<(Version, Workflow), Error> {
        ctx.require("secmaster:workflowVersion:get")?;
        let mut conn = self.inner.db.read().await?;
        let version = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let workflow = workflow::get(&mut conn, ctx.tenant, version.workflow_id).await?;
        let workflow = workflow.ok_or_else(|| not_found(id))?;
        Ok((version, workflow))
    }

    /// Saves a version, and makes the move that `status` asks for, in one transaction.
    pub async fn update_version(
        &self,
        ctx: &Ctx,
        id: VersionId,
        mut input: VersionInput,
    ) -> Result<(Version, Workflow), Error> {
        ctx.require("secmaster:workflowVersion:update")?;
        let mut fields = Fields::new();
        let wanted = fields.optional_one_of("status", input.status.take(), state::VERBS);
        let verb = wanted.as_deref().and_then(state::Verb::parse);
        let content = Checked::new(&mut fields, input);
        fields.finish()?;

        let (current, workflow) = self.read_version(ctx, id).await?;
        ctx.require_role(&workflow.edit_role)?;
        let mut changed = current.clone();
        let differs = content.apply(&mut changed);
        let plan = state::plan(&current, verb, differs, ctx.four_eyes)?;
        // What takes long is done before the transaction, which then checks that nothing has moved meanwhile.
        let document = if differs { Some(read(&changed).await?) } else { None };
        let uses = if plan.submits() {
            let document = match document {
                Some(document) => document,
                None => read(&changed).await?,
            };
            Some(self.check_submission(ctx, &changed, document).await?)
        } else {
            None
        };
        if plan.activates() {
            ctx.require("secmaster:workflow:enable")?;
        }

        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = workflow::lock(tx, ctx.tenant, current.workflow_id).await?;
                    let mut row = row.ok_or_else(|| not_found(id))?;
                    let stored = rows::get(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    if stored != current {
                        return Err(changed_meanwhile());
                    }
                    let mut version = changed;
                    if differs || plan.moves() {
                        let principal = &ctx.caller.principal;
                        version.modifier_id = Some(principal.user);
                        version.modifier_name = principal.name.clone();
                        version.update_time = now;
                        if differs {
                            version.author_id = principal.user;
                        }
                    }
                    this.carry_out(tx, &ctx, &mut row, &mut version, plan, uses, now).await?;
                    let mut audit = ctx.audit(now, plan.audit_action(), id);
                    audit.detail = state::detail(&current, &version);
                    tx.audit(audit);
                    Ok((version, row))
                })
            })
            .await
    }

    /// Deletes a version that is not activated.
    pub async fn delete_version(&self, ctx: &Ctx, id: VersionId) -> Result<(Version, Workflow), Error> {
        ctx.require("secmaster:workflowVersion:delete")?;
        let (current, _) = self.read_version(ctx, id).await?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = workflow::lock(tx, ctx.tenant, current.workflow_id).await?;
                    let mut row = row.ok_or_else(|| not_found(id))?;
                    ctx.require_role(&row.edit_role)?;
                    let version = rows::get(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    state::check_delete(&version)?;
                    store::task::cancel_review(tx, ctx.tenant, id.0, "the version was deleted", now).await?;
                    row.current_approval_version_id = row.current_approval_version_id.filter(|known| *known != id);
                    row.current_rejected_version_id = row.current_rejected_version_id.filter(|known| *known != id);
                    workflow::update(tx, &row).await?;
                    rows::delete(tx, ctx.tenant, id).await?;
                    tx.audit(ctx.audit(now, "workflowVersion.delete", id));
                    Ok((version, row))
                })
            })
            .await
    }

    async fn read_version(&self, ctx: &Ctx, id: VersionId) -> Result<(Version, Workflow), Error> {
        let mut conn = self.inner.db.read().await?;
        let version = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        let workflow = workflow::get(&mut conn, ctx.tenant, version.workflow_id).await?;
        let workflow = workflow.ok_or_else(|| not_found(id))?;
        Ok((version, workflow))
    }

    /// Everything that a review relies on: no errors, and what the content refers to.
    async fn check_submission(&self, ctx: &Ctx, version: &Version, document: bpmn::Document) -> Result<Uses, Error> {
        let findings = self.find_problems(ctx.tenant, document, version.taskconfig.clone(), ALL_MODES).await?;
        findings.refuse_errors()?;
        let executable =
            findings.executable.ok_or_else(|| Error::internal("a graph without errors does not compile"))?;
        Ok(Uses::of(&executable))
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a transaction: each argument is a part of it")]
    async fn carry_out(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &mut Workflow,
        version: &mut Version,
        plan: state::Plan,
        uses: Option<Uses>,
        now: Timestamp,
    ) -> Result<(), Error> {
        match plan {
            state::Plan::Save => rows::update(tx, version).await?,
            state::Plan::Withdraw => {
                store::task::cancel_review(tx, ctx.tenant, version.id.0, "the version was withdrawn", now).await?;
                version.status = State::Draft.name().into();
                version.hash = None;
                row.current_approval_version_id = None;
                row.current_rejected_version_id = row.current_rejected_version_id.filter(|known| *known != version.id);
                rows::update(tx, version).await?;
                workflow::update(tx, row).await?;
            }
            state::Plan::Submit | state::Plan::Resubmit => {
                let uses = uses.ok_or_else(|| Error::internal("a submission without its checks"))?;
                self.submit_review(tx, ctx, row, version, &uses, now).await?;
            }
            state::Plan::Activate => {
                activate(tx, ctx, row, version.id, now).await?;
                version.status = State::Activated.name().into();
                workflow::update(tx, row).await?;
            }
            state::Plan::Deactivate => {
                version.status = State::Approved.name().into();
                rows::update(tx, version).await?;
                // A workflow without an activated version has nothing to run.
                row.enabled = false;
                row.version_id = None;
                row.version = String::new();
                self.touch(ctx, row);
                workflow::update(tx, row).await?;
            }
        }
        Ok(())
    }
}

/// Makes an approved version the activated one; the one before steps back. The caller writes the workflow.
pub(crate) async fn activate(
    tx: &mut Tx,
    ctx: &Ctx,
    row: &mut Workflow,
    id: VersionId,
    now: Timestamp,
) -> Result<(), Error> {
    let version = rows::get(tx, ctx.tenant, id).await?.filter(|version| version.workflow_id == row.id);
    let mut version = version.ok_or_else(|| not_found(id))?;
    state::check_activate(&version)?;
    if let Some(before) = row.version_id.filter(|before| *before != id)
        && let Some(mut before) = rows::get(tx, ctx.tenant, before).await?
    {
        before.status = State::Approved.name().into();
        rows::update(tx, &before).await?;
    }
    if version.status != State::Activated.name() {
        version.status = State::Activated.name().into();
        version.modifier_id = Some(ctx.caller.principal.user);
        version.modifier_name = ctx.caller.principal.name.clone();
        version.update_time = now;
        rows::update(tx, &version).await?;
    }
    row.version_id = Some(id);
    row.version = version.label();
    row.modifier_id = Some(ctx.caller.principal.user);
    row.modifier_name = ctx.caller.principal.name.clone();
    row.update_time = now;
    Ok(())
}

async fn read(version: &Version) -> Result<bpmn::Document, Error> {
    let form = Form::parse(&version.taskflow_type).ok_or_else(|| {
        Error::new(
            &code::INVALID,
            Text::new("taskflow_type must be one of: JSON, XML", "taskflow_type必须是以下之一：JSON, XML"),
        )
    })?;
    content::read(version.taskflow.clone(), form).await
}

pub(crate) fn not_found(id: VersionId) -> Error {
    Error::new(
        &code::VERSION_NOT_FOUND,
        Text::new(format!("the workflow version {id} does not exist"), format!("流程版本{id}不存在")),
    )
}

fn changed_meanwhile() -> Error {
    Error::new(
        &code::VERSION_STATE,
        Text::new(
            "somebody else has changed the version meanwhile; read it and try again",
            "该版本已被他人修改，请重新查询后再试",
        ),
    )
}
