//! The record of what people did.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// What `GET …/muster/audit` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
    /// `ASC` or `DESC`, by time.
    pub order: Option<String>,
    /// Only acts of this user.
    pub user_id: Option<String>,
    /// Only acts of users whose name holds this text.
    pub user_name: Option<String>,
    /// Only this act: `workflow.create`.
    pub action: Option<String>,
    /// Only acts on the object of this id.
    pub object: Option<String>,
    /// Only acts of the request with this `X-request-id`.
    pub request_id: Option<String>,
    /// Only acts at this time or later.
    pub from_date: Option<String>,
    /// Only acts before this time.
    pub to_date: Option<String>,
}

/// One act.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ActOut {
    /// When: RFC 3339, UTC.
    pub time: String,
    /// Who.
    pub user_id: String,
    /// Their name at the time.
    pub user_name: String,
    /// What was done, `<object>.<verb>`: `workflow.create`.
    pub action: String,
    /// The id of what it was done to.
    pub object: String,
    /// What else matters.
    pub detail: Value,
    /// `X-request-id` of the request that carried it.
    pub request_id: String,
    /// Where the request came from.
    pub client_ip: String,
    /// The lane that the row is chained in.
    pub lane: String,
    /// The row's place in its lane, from 1.
    pub seq: i64,
    /// SHA-256 over the row before in its lane and this one, in hexadecimal.
    pub hash: String,
}
