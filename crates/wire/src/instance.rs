//! Runs of workflows. Show, list and start have no envelope.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::text_or_json::TextOrJson;

/// The body that starts an instance (`AopInstanceEventData`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct InstanceIn {
    /// `ActionInstanceRunCommand`.
    #[schema(required = true, nullable = false, example = "ActionInstanceRunCommand")]
    pub command_type: Option<String>,
    /// `workflow`.
    #[schema(required = true, nullable = false, example = "workflow")]
    pub action_type: Option<String>,
    /// The workflow; the same as in the path.
    pub action_id: Option<String>,
    /// Accepted and without effect: the server chooses the id.
    pub action_instance_id: Option<String>,
    /// What the run works on.
    pub playbook_context: Option<PlaybookContextIn>,
    /// Undocumented field of the vendor's Terraform provider: substitute data.
    #[schema(value_type = Option<Object>)]
    pub simulation_context: Option<Map<String, Value>>,
}

/// What a run works on (`PlaybookcontextRef`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookContextIn {
    /// The data object.
    #[schema(required = true, nullable = false)]
    pub data_object: Option<DataObjectIn>,
}

/// A data object given by value (`DataObjectRefInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DataObjectIn {
    /// The object's fields.
    #[schema(value_type = Option<Object>)]
    pub content: Option<Map<String, Value>>,
    /// Its data class.
    pub dataclass: Option<DataClassRefIn>,
}

/// A data class by id and name (`DataClassRef`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct DataClassRefIn {
    /// The id.
    pub id: Option<String>,
    /// The name.
    #[schema(required = true, nullable = false)]
    pub name: Option<String>,
}

/// The answer to a start: the command with the id of the instance.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct StartedOut {
    /// As given.
    pub command_type: String,
    /// As given.
    pub action_type: String,
    /// The workflow.
    pub action_id: String,
    /// The instance.
    pub action_instance_id: String,
    /// As given.
    pub playbook_context: PlaybookContextOut,
}

/// What a run works on (`PlaybookcontextRef`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookContextOut {
    /// The data object.
    pub data_object: DataObjectOut,
}

/// A data object given by value (`DataObjectRefInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DataObjectOut {
    /// The object's fields.
    #[schema(value_type = Object)]
    pub content: Map<String, Value>,
    /// Its data class.
    pub dataclass: DataClassRefOut,
}

/// A data class by id and name (`DataClassRef`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DataClassRefOut {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// The body that commands an instance (`AopInstanceUpdateDataPojo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct InstanceCommandIn {
    /// `ActionInstanceTerminateCommand`, `ActionInstanceRetryCommand` or `ActionInstanceDebugCommand`.
    #[schema(required = true, nullable = false, example = "ActionInstanceTerminateCommand")]
    pub command_type: Option<String>,
    /// The node to debug; required with `ActionInstanceDebugCommand`.
    pub task_id: Option<String>,
    /// Data for the node: required with `ActionInstanceDebugCommand`, corrected input with `ActionInstanceRetryCommand`.
    pub input_dataobject: Option<TextOrJson>,
    /// Another spelling of `input_dataobject`, used in the vendor's text.
    pub inputdataobject: Option<TextOrJson>,
}

impl InstanceCommandIn {
    /// The data, under whichever name it came; `input_dataobject` wins.
    pub fn take_input(&mut self) -> Option<TextOrJson> {
        self.input_dataobject.take().or_else(|| self.inputdataobject.take())
    }
}

/// What `GET …/workflows/instances` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InstanceQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// `create_time` or `update_time`.
    #[param(example = "create_time")]
    pub sort_key: Option<String>,
    /// `ASC` or `DESC`, in either case.
    #[param(example = "DESC")]
    pub sort_dir: Option<String>,
    /// Only instances started at this time or later.
    pub from_date: Option<String>,
    /// Only instances started at this time or earlier.
    pub to_date: Option<String>,
    /// Only instances of this workflow.
    pub workflow_id: Option<String>,
    /// Only the instance of this id.
    pub id: Option<String>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only instances that work on this data object.
    pub dataobject_id: Option<String>,
    /// Only instances of this data class.
    pub dataclass_id: Option<String>,
    /// Only instances that this playbook started.
    pub playbook_id: Option<String>,
    /// Only instances of this line of defence; the answer spells the field `defense_id`.
    pub defence_id: Option<String>,
    /// `RUNNING`, `FAILED`, `FINISHED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
    pub status: Option<String>,
    /// `DEBUG`, `TIMER`, `EVENT` or `MANUAL`.
    pub trigger_type: Option<String>,
}

/// What `GET …/workflows/instances/{instance_id}` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InstanceShowQuery {
    /// Whether to answer the nodes that ran.
    #[param(default = false)]
    pub show_topology: Option<bool>,
}

/// A run of a workflow (`AopworkflowInstanceDetail`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct InstanceOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The workflow and the version that runs.
    pub workflow: InstanceWorkflowOut,
    /// The data class it works on.
    pub dataclass: NamedOut,
    /// The playbook that started it; empty fields when none did.
    pub playbook: NamedOut,
    /// `DEBUG`, `TIMER`, `EVENT` or `MANUAL`.
    pub trigger_type: String,
    /// `RUNNING`, `FAILED`, `FINISHED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
    pub status: String,
    /// When it started.
    pub start_time: String,
    /// When it ended; empty while it runs.
    pub end_time: String,
    /// How often it was retried by hand.
    pub retry_count: i64,
    /// The line of defence; empty.
    pub defense_id: String,
    /// The data object it works on; empty when the object came by value without an id.
    pub dataobject_id: String,
    /// The nodes that ran; empty unless `show_topology` is true.
    pub topology: TopologyOut,
}

/// The workflow of an instance.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct InstanceWorkflowOut {
    /// The workflow.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name again: names are kept in one language.
    pub name_en: String,
    /// The label of the version, like `V1`.
    pub version: String,
    /// The version.
    pub version_id: String,
}

/// A thing by id and name.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NamedOut {
    /// The name again: names are kept in one language.
    pub en_name: String,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// The nodes of an instance (`WorkflowInstanceTopology`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TopologyOut {
    /// The nodes that ran, in order of their start.
    pub audit_logs: Vec<TopologyNodeOut>,
}

/// A node that ran (`TopologyNodeInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TopologyNodeOut {
    /// `TASK`.
    pub instance_type: String,
    /// The node's id in the graph.
    pub action_id: String,
    /// The node's name.
    pub action_name: String,
    /// When it started.
    pub start_time: String,
    /// When it ended; empty while it runs.
    pub end_time: String,
    /// Why it failed; empty when it did not.
    pub error_msg: String,
    /// Its input: text that holds JSON.
    pub input: String,
    /// Its output: text that holds JSON.
    pub output: String,
    /// The instance it belongs to.
    pub parent_instance_id: String,
    /// `RUNNING`, `FAILED` or `FINISHED`.
    pub status: String,
    /// Whether it succeeded.
    pub succeed: bool,
}

/// A list of instances.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct InstancesOut {
    /// How many there are in all.
    pub count: i64,
    /// The rows.
    pub instances: Vec<InstanceOut>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_input_are_read() {
        for name in ["input_dataobject", "inputdataobject"] {
            let body = format!(r#"{{"command_type": "ActionInstanceRetryCommand", "{name}": "{{}}"}}"#);
            let mut command: InstanceCommandIn = serde_json::from_str(&body).expect("parses");
            assert_eq!(command.take_input(), Some(TextOrJson(Value::String("{}".into()))), "{name}");
        }
    }

    #[test]
    fn numbers_of_a_data_object_keep_every_digit() {
        let body = r#"{"content":{"n":12345678901234567890123,"f":0.10000000000000000001}}"#;
        let object: DataObjectIn = serde_json::from_str(body).expect("parses");
        let out = DataObjectOut { content: object.content.expect("content"), ..Default::default() };
        let text = serde_json::to_string(&out).expect("serialises");
        assert!(text.contains("12345678901234567890123") && text.contains("0.10000000000000000001"), "{text}");
    }
}
