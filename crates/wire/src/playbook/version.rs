//! Versions of playbooks: trigger, rule and actions.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::action::{PlaybookActionIn, PlaybookActionOut};
use super::rule::{RuleIn, RuleOut};

/// The body that creates a version (`CreatePlaybookVersionInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookVersionIn {
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// The workspace: that of the path, which counts.
    pub workspace_id: Option<String>,
    /// The playbook: that of the path, which counts.
    pub playbook_id: Option<String>,
    /// The workflows to run.
    pub actions: Option<Vec<PlaybookActionIn>>,
    /// The data class whose objects trigger it.
    #[schema(required = true, nullable = false)]
    pub dataclass_id: Option<String>,
    /// Whether the rule decides; if not, every event triggers.
    pub rule_enable: Option<bool>,
    /// A rule of this version.
    pub rule_id: Option<String>,
    /// `EVENT` or `TIMER`.
    #[schema(example = "EVENT")]
    pub trigger_type: Option<String>,
    /// Whether the creation of an object triggers it.
    pub dataobject_create: Option<bool>,
    /// Whether a change of an object triggers it.
    pub dataobject_update: Option<bool>,
    /// Whether the deletion of an object triggers it.
    pub dataobject_delete: Option<bool>,
    /// `ASYNC` (all actions at once) or, Muster's own, `SYNC` (one after the other).
    #[schema(example = "ASYNC")]
    pub action_strategy: Option<String>,
    /// The rule.
    pub rule: Option<RuleIn>,
}

/// The body that edits or moves a version (`ModifyPlaybookVersionInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookVersionPatch {
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// The workspace: that of the path, which counts.
    pub workspace_id: Option<String>,
    /// The playbook of the version.
    pub playbook_id: Option<String>,
    /// The data class whose objects trigger it.
    pub dataclass_id: Option<String>,
    /// Whether the rule decides; if not, every event triggers.
    pub rule_enable: Option<bool>,
    /// Whether it is the version that runs.
    pub enabled: Option<bool>,
    /// The move: `EDITING` saves, `APPROVING` submits; the present state saves.
    #[schema(example = "APPROVING")]
    pub status: Option<String>,
    /// A rule of this version; empty leaves it.
    pub rule_id: Option<String>,
    /// `EVENT` or `TIMER`.
    pub trigger_type: Option<String>,
    /// Whether the creation of an object triggers it.
    pub dataobject_create: Option<bool>,
    /// Whether a change of an object triggers it.
    pub dataobject_update: Option<bool>,
    /// Whether the deletion of an object triggers it.
    pub dataobject_delete: Option<bool>,
    /// `ASYNC` (all actions at once) or, Muster's own, `SYNC` (one after the other).
    pub action_strategy: Option<String>,
    /// The workflows to run, in place of those before.
    pub actions: Option<Vec<PlaybookActionIn>>,
    /// The rule, in place of the one before.
    pub rule: Option<RuleIn>,
}

/// What `GET …/playbooks/{playbook_id}/versions` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaybookVersionQuery {
    /// `EDITING`, `APPROVING`, `UNPASSED` or `PUBLISHED`.
    pub status: Option<String>,
    /// 1 for the version that runs, 0 for the others: a number, unlike that of playbooks.
    pub enabled: Option<i64>,
    /// 0 for drafts, 1 for published versions.
    pub version_type: Option<i64>,
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
}

/// A version with its actions and its rule (`PlaybookVersionInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookVersionOut {
    /// What lists have of it.
    #[serde(flatten)]
    pub row: PlaybookVersionRowOut,
    /// The workflows to run.
    pub actions: Vec<PlaybookActionOut>,
    /// The rule: one, whatever the name says; empty fields when there is none.
    pub rules: RuleOut,
}

/// A version in a list (`PlaybookVersionListEntity`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaybookVersionRowOut {
    /// The id, a UUID.
    pub id: String,
    /// The description.
    pub description: String,
    /// When it was created.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// Who created it.
    pub creator_id: String,
    /// Who last changed it; empty on creation.
    pub modifier_id: String,
    /// The playbook.
    pub playbook_id: String,
    /// Its label, like `V1`.
    pub version: String,
    /// Whether it is the version that runs.
    pub enabled: bool,
    /// `EDITING`, `APPROVING`, `UNPASSED` or `PUBLISHED`.
    pub status: String,
    /// `ASYNC` or `SYNC`.
    pub action_strategy: String,
    /// Whether the rule decides.
    pub rule_enable: bool,
    /// The data class.
    pub dataclass_id: String,
    /// `EVENT` or `TIMER`.
    pub trigger_type: String,
    /// Whether the creation of an object triggers it.
    pub dataobject_create: bool,
    /// Whether a change of an object triggers it.
    pub dataobject_update: bool,
    /// Whether the deletion of an object triggers it.
    pub dataobject_delete: bool,
    /// 0 for a draft, 1 for a published version.
    pub version_type: i64,
    /// The rule; empty when there is none.
    pub rule_id: String,
    /// The name of the data class.
    pub dataclass_name: String,
    /// Who approved it.
    pub approve_name: String,
}

/// The body that clones a version (`CopyPlaybookInfo`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookCloneIn {
    /// The name of the playbook that holds the clone.
    pub name: Option<String>,
}
