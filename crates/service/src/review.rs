//! What reviews of workflow versions and of playbook versions have in common: the to-do of the reviewer, the verdict,
//! its record.

use std::time::Duration;

use model::{TaskId, Timestamp, UserId, Value};
use store::Tx;
use store::playbook::approval::{self, ApprovalRow};
use store::task::{self, TaskAnswer, TaskRow};
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

/// How long a review stays open before it counts as overdue.
const DUE: Duration = Duration::from_secs(15 * 24 * 60 * 60);
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

impl Opinion {
    /// Reads an opinion, and adds what is wrong with it.
    pub(crate) fn read(fields: &mut Fields, content: Option<String>, result: Option<String>) -> Self {
        let content = fields.text("content", content, OPINION).unwrap_or_default();
        let result = fields.one_of("result", result, &["PASS", "UN_PASS"]);
        let verdict = if result == "PASS" { Verdict::Pass } else { Verdict::Refuse };
        Self { verdict, content }
    }

    /// What the audit record says of it.
    pub(crate) fn detail(&self) -> String {
        Value::object([("result", Value::string(self.verdict.name())), ("content", Value::string(&self.content))])
            .to_json()
    }
}

/// What is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A version of a workflow.
    Workflow,
    /// A version of a playbook.
    Playbook,
}

impl Subject {
    /// The kind of its to-do.
    fn business_type(self) -> &'static str {
        match self {
            Self::Workflow => "WORKFLOWPUBLISH",
            Self::Playbook => "PLAYBOOKPUBLISH",
        }
    }

    /// Its name in the list of approvals.
    pub(crate) fn resource_type(self) -> &'static str {
        match self {
            Self::Workflow => "AOP_WORKFLOW",
            Self::Playbook => "PLAYBOOK",
        }
    }
}

/// A version that is put under review.
pub(crate) struct Submission<'a> {
    pub(crate) subject: Subject,
    /// The workflow or playbook, and its name.
    pub(crate) resource: Uuid,
    pub(crate) name: &'a str,
    /// The version, its label and its description.
    pub(crate) version: Uuid,
    pub(crate) label: String,
    pub(crate) description: &'a str,
    /// The roles that may approve it, comma-separated; empty narrows nothing.
    pub(crate) approve_role: &'a str,
    /// What is reviewed.
    pub(crate) hash: &'a [u8],
}

/// A version under review.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnderReview<'a> {
    pub(crate) subject: Subject,
    /// The workflow or playbook.
    pub(crate) resource: Uuid,
    pub(crate) version: Uuid,
    /// What was submitted.
    pub(crate) hash: Option<&'a [u8]>,
}

impl Service {
    /// Opens the to-do of a review, in place of one that the version may have.
    pub(crate) async fn open_review(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        submitted: Submission<'_>,
        now: Timestamp,
    ) -> Result<(), Error> {
        task::cancel_review(tx, ctx.tenant, submitted.version, "the version was submitted again", now).await?;
        let principal = &ctx.caller.principal;
        let opened = TaskRow {
            workspace_id: ctx.tenant.workspace,
            id: TaskId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            business_type: submitted.subject.business_type().into(),
            status: "waiting".into(),
            name: format!("{} {}", submitted.name, submitted.label),
            description: submitted.description.to_owned(),
            creator_id: principal.user.to_string(),
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: String::new(),
            modifier_name: String::new(),
            update_time: now,
            handlers: handlers(submitted.approve_role),
            approver: String::new(),
            definition_key: String::new(),
            note: String::new(),
            due_date: now.plus(DUE),
            due_handle: "INTERRUPT".into(),
            action_id: submitted.resource,
            action_version_id: submitted.version,
            action_instance_id: None,
            root_id: None,
            element_no: None,
            hash: Some(submitted.hash.to_vec()),
            review_comments: String::new(),
            view_parameters: String::new(),
            asked_parameters: "[]".into(),
            handle_parameters: String::new(),
            related_object: submitted.name.to_owned(),
        };
        task::insert(tx, &opened).await?;
        Ok(())
    }

    /// Closes the to-do of a review and keeps the verdict on record.
    pub(crate) async fn close_review(
        &self,
        tx: &mut Tx,
        ctx: &Ctx,
        reviewed: UnderReview<'_>,
        opinion: &Opinion,
        now: Timestamp,
    ) -> Result<ApprovalRow, Error> {
        let open = task::get_waiting_review(tx, ctx.tenant, reviewed.version).await?;
        let open = open.filter(|task| task.hash.as_deref() == reviewed.hash).ok_or_else(replaced)?;
        let principal = &ctx.caller.principal;
        let answer = TaskAnswer {
            user: principal.user,
            user_name: principal.name.clone(),
            review_comments: opinion.content.clone(),
            handle_parameters: String::new(),
            at: now,
        };
        if !task::finish(tx, ctx.tenant, open.id, &answer).await? {
            return Err(replaced());
        }
        let row = ApprovalRow {
            workspace_id: ctx.tenant.workspace,
            id: self.inner.ids.next(),
            project_id: ctx.tenant.project,
            resource_type: reviewed.subject.resource_type().into(),
            resource_id: reviewed.resource,
            version_id: reviewed.version,
            result: opinion.verdict.name().into(),
            content: opinion.content.clone(),
            user_id: principal.user,
            user_name: principal.name.clone(),
            time: now,
        };
        approval::insert(tx, &row).await?;
        Ok(row)
    }
}

/// Refuses a pass by the author where the workspace demands four eyes.
pub(crate) fn check_four_eyes(ctx: &Ctx, opinion: &Opinion, author: UserId) -> Result<(), Error> {
    if opinion.verdict == Verdict::Pass && ctx.four_eyes && author == ctx.caller.principal.user {
        return Err(Error::new(
            &code::FOUR_EYES,
            Text::new(
                "the author of a version cannot pass it in this workspace; somebody else must review it",
                "本工作空间不允许版本作者自行审核通过，须由他人审核",
            ),
        ));
    }
    Ok(())
}

/// Roles as a JSON list of handlers.
fn handlers(roles: &str) -> String {
    let names = roles.split(',').map(str::trim).filter(|name| !name.is_empty());
    Value::list(names.map(Value::string).collect()).to_json()
}

/// Why a verdict does not count: it is about something else than what is under review.
pub(crate) fn replaced() -> Error {
    Error::new(
        &code::VERSION_STATE,
        Text::new(
            "the version was edited or withdrawn since it was submitted; look at it again",
            "版本在提交后已被编辑或撤回，请重新查看",
        ),
    )
}
