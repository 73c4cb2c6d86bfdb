//! Reviews of versions: a to-do for the reviewer, and what a pass or a refusal does.

use std::collections::BTreeSet;

use model::{Timestamp, Value, VersionId};
use store::definition::{self, DefinitionRow};
use store::version as rows;
use store::{Tx, workflow};

use crate::content::{self, Uses};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::review::{Opinion, Subject, Submission, UnderReview, Verdict, check_four_eyes, replaced};
use crate::version::{ALL_MODES, State, Version, not_found, state};
use crate::workflow::Workflow;
use crate::{Service, code};

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
        let opinion = Opinion::read(&mut fields, Some(content), result);
        fields.finish()?;
        self.settle_review(ctx, id, opinion).await
    }

    pub(crate) async fn settle_review(&self, ctx: &Ctx, id: VersionId, opinion: Opinion) -> Result<Opinion, Error> {
        let (current, row) = self.read_version(ctx, id).await?;
        ctx.require_role(&row.approve_role)?;
        state::check_review(&current)?;
        let passes = opinion.verdict == Verdict::Pass;
        check_four_eyes(ctx, &opinion, current.author_id)?;
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
                    let reviewed = UnderReview {
                        subject: Subject::Workflow,
                        resource: stored.workflow_id.0,
                        version: id.0,
                        hash: stored.hash.as_deref(),
                    };
                    this.close_review(tx, &ctx, reviewed, &opinion, now).await?;
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
                    audit.detail = opinion.detail();
                    tx.audit(audit);
                    Ok(opinion)
                })
            })
            .await
    }

    /// Puts a version under review: at most one of a workflow is.
    pub(super) async fn submit_review(
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
        version.status = State::Pending.name().into();
        let hash = content::hash(version, uses, &self.inner.registry);
        row.current_approval_version_id = Some(version.id);
        let submission = Submission {
            subject: Subject::Workflow,
            resource: row.id.0,
            name: &row.name,
            version: version.id.0,
            label: version.label(),
            description: &version.description,
            approve_role: &row.approve_role,
            hash: &hash,
        };
        self.open_review(tx, ctx, submission, now).await?;
        version.hash = Some(hash);
        rows::update(tx, version).await?;
        workflow::update(tx, row).await?;
        Ok(())
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
