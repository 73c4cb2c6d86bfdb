//! Runs of playbooks. Their answers have no envelope.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::action::PlaybookActionOut;
use super::audit_log::PlaybookAuditLogOut;
use crate::instance::DataClassRefOut;

/// What `GET …/playbooks/instances` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookInstanceQuery {
    /// `RUNNING`, `FINISHED`, `FAILED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
    pub status: Option<String>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only runs of playbooks whose name holds this text.
    pub playbook_name: Option<String>,
    /// Only runs on objects of the data class of this name.
    pub dataclass_name: Option<String>,
    /// Only runs on objects whose name holds this text.
    pub dataobject_name: Option<String>,
    /// `TIMER` or `EVENT`.
    pub trigger_type: Option<String>,
    /// Only runs at this time or later.
    #[param(example = "2024-01-20T00:00:00.000Z+0800")]
    pub from_date: Option<String>,
    /// Only runs at this time or earlier.
    #[param(example = "2024-01-26T23:59:59.999Z+0800")]
    pub to_date: Option<String>,
    /// What the times are about: `START` (default) or `END`.
    #[param(example = "START")]
    pub date_type: Option<String>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
}

/// The body that commands a run (`OperationPlaybookInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookOperationIn {
    /// `RETRY` or `TERMINATE`.
    #[schema(example = "RETRY")]
    pub operation: Option<String>,
}

/// A run (`PlaybookInstanceInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookInstanceOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The playbook and the version that runs.
    pub playbook: PlaybookRefOut,
    /// The data class it works on.
    pub dataclass: DataClassRefOut,
    /// The object it works on; empty fields when there is none.
    pub dataobject: ObjectRefOut,
    /// `RUNNING`, `FINISHED`, `FAILED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
    pub status: String,
    /// `TIMER`, `EVENT` or, Muster's own, `MANUAL` or `DEBUG`.
    pub trigger_type: String,
    /// When it started.
    pub start_time: String,
    /// When it ended; empty while it runs.
    pub end_time: String,
}

/// The playbook of a run (`PlaybookInfoRef`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookRefOut {
    /// The playbook.
    pub id: String,
    /// The version.
    pub version_id: String,
    /// The name of the playbook.
    pub name: String,
    /// The label of the version, like `V1`.
    pub version: String,
}

/// A data object by id and name (`DataobjectRef`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ObjectRefOut {
    /// The id.
    pub id: String,
    /// The name: the title of an alert, for example.
    pub name: String,
}

/// A list of runs.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookInstancesOut {
    /// How many there are in all.
    pub count: i64,
    /// The rows.
    pub instances: Vec<PlaybookInstanceOut>,
}

/// The workflows of a run.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookTopologyOut {
    /// How many there are in all.
    pub count: i64,
    /// The workflows, in order of their start.
    pub action_instances: Vec<PlaybookActionInstanceOut>,
}

/// A workflow of a run (`ActionInstanceInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookActionInstanceOut {
    /// The action that started it.
    pub action: PlaybookActionOut,
    /// How it went.
    pub instance_log: PlaybookAuditLogOut,
}
