//! To-dos: approvals of versions, and user tasks of instances.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::envelope::{SUCCESS, page_number};
use crate::text_or_json::TextOrJson;

/// What `GET …/tasks` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TaskQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub limit: Option<i64>,
    /// `create_time` or `update_time`.
    #[param(example = "create_time")]
    pub sort_key: Option<String>,
    /// `ASC` or `DESC`, in either case.
    #[param(example = "DESC")]
    pub sort_dir: Option<String>,
    /// Only notes that hold this text.
    pub note: Option<String>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// `WORKFLOWPUBLISH`, `WORKFLOWNODEAPPROVE`, `PLAYBOOKPUBLISH` or `PLAYBOOKNODEAPPROVE`.
    pub business_type: Option<String>,
    /// Only to-dos created by the user of this name.
    pub creator_name: Option<String>,
    /// `my_todo` (default) or `all_handled`.
    #[param(example = "my_todo")]
    pub query_type: Option<String>,
    /// Only to-dos created at this time or later.
    pub from_date: Option<String>,
    /// Only to-dos created at this time or earlier.
    pub to_date: Option<String>,
}

/// The body that handles a to-do (`ModifyTaskInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct TaskPatch {
    /// `CONTINUE`, `TERMINATE`, `ADD_COMMENT`, `DELETE_COMMENT`, `ADD_ATTACHMENT` or `DELETE_ATTACHMENT`. When it is left
    /// out, the comment or the attachment that is there is added.
    pub action: Option<String>,
    /// The attachment to add or delete.
    pub attachment_id: Option<String>,
    /// The comment to add.
    pub comment: Option<String>,
    /// The comment to delete.
    pub comment_id: Option<String>,
    /// Muster's own: values of the handling parameters, with `CONTINUE`.
    pub handle_parameters: Option<TextOrJson>,
}

/// A to-do (`TaskInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TaskOut {
    /// The id, a UUID.
    pub id: String,
    /// The number of the element instance in the engine; empty for approvals.
    pub aopengine_task_id: String,
    /// The name.
    pub name: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The description.
    pub description: String,
    /// When it was created.
    pub create_time: String,
    /// `system`.
    pub creator_id: String,
    /// Who caused it.
    pub creator_name: String,
    /// When it was last changed.
    pub update_time: String,
    /// `system`.
    pub modifier_id: String,
    /// Who last changed it.
    pub modifier_name: String,
    /// Who may handle it, ids by comma; empty: anyone with the right.
    pub approveuser_id: String,
    /// Who may handle it, names by comma.
    pub approveuser_name: String,
    /// Who handled it.
    pub approver: String,
    /// The note again: the contract has both spellings.
    pub notes: String,
    /// The node in the graph.
    pub definition_key: String,
    /// The note.
    pub note: String,
    /// When it expires; by default 15 days after it was created.
    pub due_date: String,
    /// The workflow or playbook.
    pub action_id: String,
    /// The version of the workflow or playbook.
    pub action_version_id: String,
    /// The instance; empty for approvals of versions.
    pub action_instance_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The reviewer's comment.
    pub review_comments: String,
    /// What the handler sees: text that holds JSON.
    pub view_parameters: String,
    /// What the handler fills in: text that holds JSON.
    pub handle_parameters: String,
    /// `WORKFLOWPUBLISH`, `WORKFLOWNODEAPPROVE`, `PLAYBOOKPUBLISH` or `PLAYBOOKNODEAPPROVE`.
    pub business_type: String,
    /// The name of the workflow or playbook.
    pub related_object: String,
    /// Its attachments, oldest first.
    pub attachment_id_list: Vec<String>,
    /// Comments, oldest first.
    pub comments: Vec<TaskCommentOut>,
    /// `waiting`, `canceled` or `finished`.
    pub status: String,
    /// What happens on expiry: `CONTINUE` or `INTERRUPT`.
    pub due_handle: String,
}

/// A comment on a to-do (`TaskCommentInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TaskCommentOut {
    /// The id, a UUID.
    pub id: String,
    /// The text.
    pub message: String,
    /// Who wrote it.
    pub user_id: String,
    /// The name of who wrote it.
    pub user_name: String,
    /// When, in milliseconds since 1970.
    pub time: i64,
}

/// A page of to-dos. The contract types its numbers as decimal numbers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TasksOut {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// How many there are in all.
    #[schema(value_type = f64)]
    pub total: i64,
    /// The number of this page, from 1.
    #[schema(value_type = f64)]
    pub page: i64,
    /// The size of a page.
    #[schema(value_type = f64)]
    pub size: i64,
    /// Always empty; the id of the request is in the header `X-request-id`.
    pub request_id: String,
    /// True.
    pub success: bool,
    /// The rows.
    pub data: Vec<TaskOut>,
}

impl TasksOut {
    /// The page at `offset` of `total` rows.
    pub fn new(data: Vec<TaskOut>, total: i64, offset: i64, limit: i64) -> Self {
        Self {
            code: SUCCESS.into(),
            message: String::new(),
            total,
            page: page_number(offset, limit),
            size: limit,
            request_id: String::new(),
            success: true,
            data,
        }
    }
}
