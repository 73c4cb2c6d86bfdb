//! How the runs of a playbook went in a span of time.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What `GET …/playbooks/{playbook_id}/monitor` looks at.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookMonitorQuery {
    /// From when.
    #[param(required = true, nullable = false, example = "2021-01-30T23:00:00Z+0800")]
    pub start_time: Option<String>,
    /// Which versions: `ALL`, `VALID` or `DELETED`.
    #[param(required = true, nullable = false, example = "ALL")]
    pub version_query_type: Option<String>,
    /// Until when.
    #[param(required = true, nullable = false, example = "2021-01-31T23:00:00Z+0800")]
    pub end_time: Option<String>,
}

/// How the runs went (`PlaybookInstanceMonitorDetail`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookMonitorOut {
    /// How often runs were started, retries included.
    pub total_instance_run_num: i64,
    /// Of these, by the clock.
    pub schedule_instance_run_num: i64,
    /// Of these, by events.
    pub event_instance_run_num: i64,
    /// How long runs that ended took on average, in seconds; 0 when none ended.
    pub average_run_time: f64,
    /// The shortest run that ended; empty fields when none ended.
    pub min_run_time_instance: PlaybookRunTimeOut,
    /// The longest run that ended; empty fields when none ended.
    pub max_run_time_instance: PlaybookRunTimeOut,
    /// How many runs there are.
    pub total_instance_num: i64,
    /// Of these, finished.
    pub success_instance_num: i64,
    /// Of these, failed.
    pub fail_instance_num: i64,
    /// Of these, terminated.
    pub terminate_instance_num: i64,
    /// Of these, running.
    pub running_instance_num: i64,
}

/// How long a run took (`PlaybookInstanceRunStatistics`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookRunTimeOut {
    /// The run.
    pub playbook_instance_id: String,
    /// Its name.
    pub playbook_instance_name: String,
    /// How long it took, in seconds.
    pub playbook_instance_run_time: f64,
}
