//! What ran and how it went: the log over playbooks and their workflows.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The window of the log, which is searched by a body.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookAuditLogQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// `start_time` or `end_time`.
    #[param(example = "start_time")]
    pub sort_key: Option<String>,
    /// `ASC` or `DESC`, in either case.
    #[param(example = "DESC")]
    pub sort_dir: Option<String>,
}

/// The body that searches the log (`AuditLogInfo`): what the rows must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookAuditLogIn {
    /// `AOP_WORKFLOW`, `SCRIPT` or `PLAYBOOK`.
    pub instance_type: Option<String>,
    /// Only this workflow or playbook.
    pub action_id: Option<String>,
    /// Only names that hold this text.
    pub action_name: Option<String>,
    /// Only this instance.
    pub instance_id: Option<String>,
    /// Only what this instance started.
    pub parent_instance_id: Option<String>,
    /// `DEBUG`, `INFO`, `WARN` or `ERROR`.
    pub log_level: Option<String>,
    /// Accepted and without effect: inputs are those of nodes, which the run of a workflow shows.
    pub input: Option<String>,
    /// Accepted and without effect, as `input`.
    pub output: Option<String>,
    /// Only errors that hold this text.
    pub error_msg: Option<String>,
    /// Only what started at this time or later.
    pub start_time: Option<String>,
    /// Only what ended at this time or earlier.
    pub end_time: Option<String>,
    /// `RUNNING`, `FINISHED`, `FAILED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
    pub status: Option<String>,
    /// `TIMER` or `EVENT`.
    pub trigger_type: Option<String>,
}

/// Something that ran (`AuditLogInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookAuditLogOut {
    /// `AOP_WORKFLOW`, `SCRIPT` or `PLAYBOOK`.
    pub instance_type: String,
    /// The workflow or playbook.
    pub action_id: String,
    /// Its name.
    pub action_name: String,
    /// The instance.
    pub instance_id: String,
    /// The instance that started it; empty for playbooks.
    pub parent_instance_id: String,
    /// `DEBUG`, `INFO`, `WARN` or `ERROR`.
    pub log_level: String,
    /// Empty: inputs and outputs are those of nodes, which the run of a workflow shows.
    pub input: String,
    /// Empty, as `input`.
    pub output: String,
    /// Why it failed; empty when it did not.
    pub error_msg: String,
    /// When it started.
    pub start_time: String,
    /// When it ended; empty while it runs.
    pub end_time: String,
    /// `RUNNING`, `FINISHED`, `FAILED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
    pub status: String,
    /// `TIMER`, `EVENT` or, Muster's own, `MANUAL` or `DEBUG`.
    pub trigger_type: String,
}

/// A page of the log.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookAuditLogsOut {
    /// How many there are in all.
    pub count: i64,
    /// The rows.
    pub audit_logs: Vec<PlaybookAuditLogOut>,
}
