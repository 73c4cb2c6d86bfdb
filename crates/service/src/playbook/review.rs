//! Reviews of versions, and the list of verdicts.

use model::{PlaybookVersionId, Timestamp};
use store::Tx;
use store::playbook::version as rows;
use store::playbook::{self as playbooks, approval};

use super::draft::{self, Draft};
use super::version::not_found;
use super::{Playbook, State, not_found as playbook_not_found, state};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::review::{Opinion, Subject, Submission, UnderReview, Verdict, check_four_eyes, replaced};
use crate::{Service, code};

pub use store::playbook::approval::ApprovalRow as Approval;

/// Verdicts that one list holds at most.
const LIST: i64 = 1_000;

impl Service {
    /// Passes or refuses a version under review.
    pub async fn review_playbook_version(
        &self,
        ctx: &Ctx,
        id: PlaybookVersionId,
        content: Option<String>,
        result: Option<String>,
    ) -> Result<Approval, Error> {
        ctx.require("secmaster:playbookVersion:approve")?;
        let mut fields = Fields::new();
        let opinion = Opinion::read(&mut fields, content, result);
        fields.finish()?;
        self.settle_playbook_review(ctx, id, opinion).await
    }

    pub(crate) async fn settle_playbook_review(
        &self,
        ctx: &Ctx,
        id: PlaybookVersionId,
        opinion: Opinion,
    ) -> Result<Approval, Error> {
        let mut conn = self.inner.db.read().await?;
        let current = draft::read(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        drop(conn);
        let playbook = current.version.playbook_id;
        ctx.require_role(&self.read_playbook(ctx, playbook).await?.approve_role)?;
        state::check_review(&current.version)?;
        check_four_eyes(ctx, &opinion, current.version.author_id)?;
        let passes = opinion.verdict == Verdict::Pass;
        if passes {
            // Workflows may have been deleted, and fields of the class changed, since it was submitted.
            self.check_runnable(ctx, &current).await?;
        }

        let (this, ctx, now) = (self.clone(), ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let row = playbooks::lock(tx, ctx.tenant, playbook).await?;
                    let mut row = row.ok_or_else(|| playbook_not_found(playbook))?;
                    let stored = draft::read(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    state::check_review(&stored.version)?;
                    if stored != current || stored.version.hash.as_ref() != Some(&stored.hash()) {
                        return Err(replaced());
                    }
                    let mut version = stored.version;
                    let reviewed = UnderReview {
                        subject: Subject::Playbook,
                        resource: playbook.0,
                        version: id.0,
                        hash: version.hash.as_deref(),
                    };
                    let approval = this.close_review(tx, &ctx, reviewed, &opinion, now).await?;
                    if passes {
                        version.status = State::Published.name().into();
                        version.version_type = 1;
                        version.approve_name = ctx.caller.principal.name.clone();
                    } else {
                        version.status = State::Unpassed.name().into();
                        version.hash = None;
                        row.reject_version_id = Some(id);
                    }
                    this.mark(&ctx, &mut version, false, now);
                    rows::update(tx, &version).await?;
                    row.unaudited_version_id = None;
                    playbooks::update(tx, &row).await?;
                    let mut audit = ctx.audit(now, "playbookVersion.approve", id);
                    audit.detail = opinion.detail();
                    tx.audit(audit);
                    Ok(approval)
                })
            })
            .await
    }

    /// The verdicts on versions of playbooks and workflows, newest first.
    pub async fn list_approvals(
        &self,
        ctx: &Ctx,
        resource: Option<String>,
        kind: Option<String>,
    ) -> Result<Vec<Approval>, Error> {
        ctx.require("secmaster:playbookVersion:list")?;
        let mut fields = Fields::new();
        let resource = fields.optional_id("resource_id", resource.as_deref());
        let kinds = [Subject::Playbook.resource_type(), Subject::Workflow.resource_type()];
        let kind = fields.optional_one_of("approve_type", kind, &kinds).filter(|kind| !kind.is_empty());
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(approval::list(&mut conn, ctx.tenant, resource, kind.as_deref(), LIST).await?)
    }

    /// Puts a version under review: at most one of a playbook is.
    pub(super) async fn open_playbook_review(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        row: &mut Playbook,
        draft: &mut Draft,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = draft.version.id;
        if let Some(pending) = row.unaudited_version_id.filter(|pending| *pending != id) {
            return Err(Error::new(
                &code::PLAYBOOK_VERSION_PENDING,
                Text::new(
                    format!("the version {pending} of this playbook waits for review; only one can"),
                    format!("该剧本的版本{pending}正在等待审核，同一时间只能有一个版本待审核"),
                ),
            ));
        }
        let hash = draft.hash();
        let version = &mut draft.version;
        version.status = State::Approving.name().into();
        row.unaudited_version_id = Some(id);
        let submission = Submission {
            subject: Subject::Playbook,
            resource: row.id.0,
            name: &row.name,
            version: id.0,
            label: version.label(),
            description: &version.description,
            approve_role: &row.approve_role,
            hash: &hash,
        };
        self.open_review(tx, ctx, submission, now).await?;
        version.hash = Some(hash);
        Ok(())
    }
}
