//! Access keys, in the form of the vendor's `OS-CREDENTIAL` calls.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What `GET /v3.0/OS-CREDENTIAL/credentials` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccessKeyQuery {
    /// Keys of this user; the caller's when absent.
    pub user_id: Option<String>,
}

/// The body that creates or changes an access key.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AccessKeyIn {
    /// The access key.
    #[schema(required = true, nullable = false)]
    pub credential: Option<AccessKeyFieldsIn>,
}

/// Fields of an access key.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct AccessKeyFieldsIn {
    /// Whose key, on creation; the caller's when absent.
    pub user_id: Option<String>,
    /// Up to 255 characters.
    #[schema(max_length = 255)]
    pub description: Option<String>,
    /// `active` or `inactive`, on a change.
    pub status: Option<String>,
}

/// An access key without its secret.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AccessKeyOut {
    /// The access key id, which signatures name.
    pub access: String,
    /// Whose key.
    pub user_id: String,
    /// `active` or `inactive`.
    pub status: String,
    /// When it was created.
    pub create_time: String,
    /// When it last signed a call, to the hour; empty: never.
    pub last_use_time: String,
    /// The description.
    pub description: String,
}

/// An access key with its secret: the answer on creation, the only time it is shown.
#[derive(Clone, Default, Serialize, ToSchema)]
pub struct AccessKeyCreatedOut {
    /// The access key id, which signatures name.
    pub access: String,
    /// The secret key.
    pub secret: String,
    /// Whose key.
    pub user_id: String,
    /// `active`.
    pub status: String,
    /// When it was created.
    pub create_time: String,
    /// The description.
    pub description: String,
}

/// One access key.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AccessKeyReply {
    /// The access key.
    pub credential: AccessKeyOut,
}

/// A new access key.
#[derive(Clone, Default, Serialize, ToSchema)]
pub struct AccessKeyCreatedReply {
    /// The access key with its secret.
    pub credential: AccessKeyCreatedOut,
}

/// A list of access keys.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AccessKeysOut {
    /// The rows.
    pub credentials: Vec<AccessKeyOut>,
}
