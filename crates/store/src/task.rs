//! To-dos: reviews of versions and pauses of runs.

use model::{CommentId, InstanceId, ProjectId, TaskId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{self, Bulk, Cell, Kind};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Order, Page, PageRequest, Tx, root};

row! {
    /// A to-do.
    pub struct TaskRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: TaskId,
        /// Its project.
        project_id: ProjectId,
        /// `WORKFLOWPUBLISH`, `WORKFLOWNODEAPPROVE`, `PLAYBOOKPUBLISH` or `PLAYBOOKNODEAPPROVE`.
        business_type: String,
        /// `waiting`, `canceled` or `finished`.
        status: String,
        /// Its name.
        name: String,
        /// What is to be done.
        description: String,
        /// Who made it: a user's id, or `system`.
        creator_id: String,
        /// Their name.
        creator_name: String,
        /// When it was made.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: String,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
        /// Who may answer, a JSON list.
        handlers: String,
        /// Who answered.
        approver: String,
        /// The BPMN id of the node that waits.
        definition_key: String,
        /// A remark.
        note: String,
        /// When it falls due.
        due_date: Timestamp,
        /// `CONTINUE` or `INTERRUPT`.
        due_handle: String,
        /// The workflow or playbook.
        action_id: Uuid,
        /// Its version.
        action_version_id: Uuid,
        /// The run that waits.
        action_instance_id: Option<InstanceId>,
        /// Its root.
        root_id: Option<InstanceId>,
        /// The element of the root that waits.
        element_no: Option<i64>,
        /// The hash that a review passes.
        hash: Option<Vec<u8>>,
        /// The reviewer's opinion.
        review_comments: String,
        /// What is shown, a JSON object.
        view_parameters: String,
        /// What is asked for, a JSON list.
        asked_parameters: String,
        /// What was answered, a JSON object; empty while it waits.
        handle_parameters: String,
        /// The name of the workflow or playbook.
        related_object: String,
    }
}

impl TaskRow {
    /// Who may answer; empty means anyone with the right.
    pub fn handler_names(&self) -> Vec<String> {
        let listed = model::Value::from_json(&self.handlers).unwrap_or_default();
        listed.as_list().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
    }
}

row! {
    /// A comment on a to-do.
    pub struct CommentRow {
        /// The to-do.
        task_id: TaskId,
        /// Its id.
        id: CommentId,
        /// The text.
        message: String,
        /// Who wrote it.
        user_id: UserId,
        /// Their name.
        user_name: String,
        /// When.
        time: Timestamp,
    }
}

/// A to-do that a turn closes.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskClose {
    /// The to-do.
    pub id: TaskId,
    /// `canceled` or `finished`.
    pub status: &'static str,
    /// Why.
    pub note: &'static str,
    /// When.
    pub at: Timestamp,
}

impl TaskClose {
    pub(crate) fn cells(&self, tenant: Tenant) -> Vec<Cell> {
        vec![
            Cell::Uuid(tenant.workspace.0),
            Cell::Uuid(self.id.0),
            Cell::Text(self.status.to_owned()),
            Cell::Text(self.note.to_owned()),
            Cell::Int(self.at.0),
        ]
    }
}

pub(crate) static INSERT: Bulk = Bulk::insert("task", TaskRow::COLUMNS, "");

pub(crate) static CLOSE: Bulk = Bulk::with_rows(
    "UPDATE task SET status = v.status, note = v.note, modifier_id = 'system', modifier_name = 'system', \
     update_time = v.at FROM",
    &[
        ("workspace_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("status", Kind::Text),
        ("note", Kind::Text),
        ("at", Kind::Int),
    ],
    "WHERE task.workspace_id = v.workspace_id AND task.id = v.id AND task.status = 'waiting'",
);

/// Adds a review.
pub async fn insert(tx: &mut Tx, task: &TaskRow) -> Result<(), Error> {
    bulk::insert(tx, "task", task).await
}

/// A to-do by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: TaskId) -> Result<Option<TaskRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        TaskRow,
        "SELECT * FROM task WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// The review of a version, of a workflow or of a playbook, that waits.
pub async fn get_waiting_review(conn: &mut Conn, tenant: Tenant, version: Uuid) -> Result<Option<TaskRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        TaskRow,
        "SELECT * FROM task WHERE workspace_id = $1 AND project_id = $2 AND action_version_id = $3 \
         AND status = 'waiting' AND business_type IN ('WORKFLOWPUBLISH', 'PLAYBOOKPUBLISH')",
        tenant.workspace,
        tenant.project,
        version
    )
}

/// What a person's answer writes.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskAnswer {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// The opinion.
    pub review_comments: String,
    /// The values given, a JSON object; empty when there are none.
    pub handle_parameters: String,
    /// When.
    pub at: Timestamp,
}

/// Closes a waiting to-do with a person's answer. `false` when it does not wait any more: the second of two answers.
pub async fn finish(tx: &mut Tx, tenant: Tenant, id: TaskId, answer: &TaskAnswer) -> Result<bool, Error> {
    root::lock_of_task(tx, tenant, id).await?;
    let closed = execute!(
        tx,
        "UPDATE task SET status = 'finished', approver = $3, modifier_id = $4, modifier_name = $3, \
         review_comments = $5, handle_parameters = $6, update_time = $7 \
         WHERE workspace_id = $1 AND project_id = $8 AND id = $2 AND status = 'waiting'",
        tenant.workspace,
        id,
        answer.user_name,
        answer.user.to_string(),
        answer.review_comments,
        answer.handle_parameters,
        answer.at,
        tenant.project
    )?;
    Ok(closed == 1)
}

/// Cancels the waiting review of a version (it was edited, withdrawn or deleted).
pub async fn cancel_review(tx: &mut Tx, tenant: Tenant, version: Uuid, note: &str, at: Timestamp) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE task SET status = 'canceled', note = $3, update_time = $4 WHERE workspace_id = $1 \
         AND project_id = $5 AND action_version_id = $2 AND status = 'waiting' \
         AND business_type IN ('WORKFLOWPUBLISH', 'PLAYBOOKPUBLISH')",
        tenant.workspace,
        version,
        note,
        at,
        tenant.project
    )?;
    Ok(())
}

/// What a list of to-dos is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskQuery {
    /// Handled ones (finished or cancelled) instead of waiting ones.
    pub handled: bool,
    /// Only those that anyone may answer, or one of these names (users, roles); empty narrows nothing.
    pub handlers: Vec<String>,
    /// Of this kind.
    pub business_type: Option<String>,
    /// The name contains this.
    pub name: Option<String>,
    /// The remark contains this.
    pub note: Option<String>,
    /// The creator's name contains this.
    pub creator_name: Option<String>,
    /// Made at or after this instant.
    pub from: Option<Timestamp>,
    /// Made at or before this instant.
    pub to: Option<Timestamp>,
    /// Sort by the last change instead of the creation.
    pub by_update: bool,
}

/// To-dos of a workspace.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &TaskQuery,
    order: Order,
    page: PageRequest,
) -> Result<Page<TaskRow>, Error> {
    let mut filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .fixed(if query.handled { "status IN ('finished', 'canceled')" } else { "status = 'waiting'" })
        .equals("business_type", query.business_type.clone().map(Cell::Text))
        .contains("name", query.name.as_deref())
        .contains("note", query.note.as_deref())
        .contains("creator_name", query.creator_name.as_deref());
    if let Some(from) = query.from {
        filter = filter.compare("create_time", ">=", Cell::Int(from.0));
    }
    if let Some(to) = query.to {
        filter = filter.compare("create_time", "<=", Cell::Int(to.0));
    }
    if !query.handlers.is_empty() {
        // The column is a JSON list of names, so a name stands in it in quotes.
        let names = query.handlers.iter().map(|name| model::Value::string(name).to_json());
        let listed: Vec<String> = std::iter::once("[]".to_owned()).chain(names).collect();
        filter = filter.contains_any("handlers", &listed);
    }
    let direction = order.sql();
    let order =
        if query.by_update { format!("update_time {direction}, id {direction}") } else { format!("id {direction}") };
    filter.page(conn, "*", "task", &order, page).await
}

/// Adds a comment.
pub async fn insert_comment(tx: &mut Tx, comment: &CommentRow) -> Result<(), Error> {
    bulk::insert(tx, "task_comment", comment).await
}

/// A comment by id.
pub async fn get_comment(conn: &mut Conn, task: TaskId, id: CommentId) -> Result<Option<CommentRow>, Error> {
    fetch!(conn, fetch_optional, CommentRow, "SELECT * FROM task_comment WHERE task_id = $1 AND id = $2", task, id)
}

/// Removes a comment.
pub async fn delete_comment(tx: &mut Tx, task: TaskId, id: CommentId) -> Result<bool, Error> {
    Ok(execute!(tx, "DELETE FROM task_comment WHERE task_id = $1 AND id = $2", task, id)? == 1)
}

/// The comments of a to-do, oldest first.
pub async fn list_comments(conn: &mut Conn, task: TaskId) -> Result<Vec<CommentRow>, Error> {
    fetch!(conn, fetch_all, CommentRow, "SELECT * FROM task_comment WHERE task_id = $1 ORDER BY id", task)
}
