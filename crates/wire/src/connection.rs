//! Connections (asset credentials): how a component reaches what it acts on. Secrets go in and never come out.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::envelope::SUCCESS;

/// The body that creates or changes a connection (`CreateAssetsRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ConnectionIn {
    /// Unique in the workspace, 1 to 64 characters.
    #[schema(required = true, nullable = false, min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// The component.
    #[schema(required = true, nullable = false)]
    pub component_id: Option<String>,
    /// The version of the component.
    #[schema(required = true, nullable = false)]
    pub component_version_id: Option<String>,
    /// Settings by the component's schema: text that holds JSON. Kept encrypted. On a change, `******` or null keeps what is
    /// stored.
    #[schema(required = true)]
    pub config: Option<String>,
}

/// What `GET …/assetcredentials` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConnectionQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// Only names that hold this text.
    pub name: Option<String>,
    /// Only connections of components whose name holds this text.
    pub component_name: Option<String>,
    /// Only connections created by the user of this name.
    pub creator_name: Option<String>,
    /// Only connections last changed by the user of this name.
    pub modifier_name: Option<String>,
    /// Only descriptions that hold this text.
    pub description: Option<String>,
    /// Only connections created at this time or later.
    pub create_start_time: Option<String>,
    /// Only connections created at this time or earlier.
    pub create_end_time: Option<String>,
    /// Only connections changed at this time or later.
    pub update_start_time: Option<String>,
    /// Only connections changed at this time or earlier.
    pub update_end_time: Option<String>,
    /// Only connections for emergency policies, or only the others.
    pub is_defense_type: Option<bool>,
}

/// A connection (`AssetInfoResponseBody`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ConnectionOut {
    /// The id, a UUID.
    pub id: String,
    /// The project, 32 hexadecimal characters.
    pub project_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The name.
    pub name: String,
    /// The component.
    pub component_id: String,
    /// The name of the component.
    pub component_name: String,
    /// The version of the component.
    pub component_version_id: String,
    /// The kind of connection.
    #[serde(rename = "type")]
    pub kind: String,
    /// `SUCCESS` or `FAILED`: how the last trial ended.
    pub status: String,
    /// Settings: text that holds JSON, secrets as `******`.
    pub config: String,
    /// The description.
    pub description: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was created.
    pub create_time: String,
    /// Who created it.
    pub creator_id: String,
    /// The name of who created it.
    pub creator_name: String,
    /// When it was last changed.
    pub update_time: String,
    /// Who last changed it.
    pub modifier_id: String,
    /// The name of who last changed it.
    pub modifier_name: String,
    /// The line of defence that emergency policies go to.
    pub defense_type: String,
    /// The project that emergency policies go to.
    pub target_project_id: String,
    /// The name of that project.
    pub target_project_name: String,
    /// The enterprise project that emergency policies go to.
    pub target_enterprise_id: String,
    /// The name of that enterprise project.
    pub target_enterprise_name: String,
    /// The region that emergency policies go to.
    pub region_id: String,
    /// The name of that region.
    pub region_name: String,
    /// False while a workflow uses it.
    pub can_be_deleted: bool,
}

/// One connection in its envelope.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectionReply {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// The connection.
    pub asset: ConnectionOut,
}

impl ConnectionReply {
    /// A success with this connection.
    pub fn new(asset: ConnectionOut) -> Self {
        Self { code: SUCCESS.into(), message: String::new(), asset }
    }
}

/// A list of connections, under both names that clients read: the SDK `asset`, Terraform `assets`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConnectionsOut {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// How many there are in all.
    pub total: i64,
    /// The rows.
    pub asset: Vec<ConnectionOut>,
    /// The rows again.
    pub assets: Vec<ConnectionOut>,
}

impl ConnectionsOut {
    /// These rows of `total`.
    pub fn new(rows: Vec<ConnectionOut>, total: i64) -> Self {
        Self { code: SUCCESS.into(), message: String::new(), total, asset: rows.clone(), assets: rows }
    }
}
