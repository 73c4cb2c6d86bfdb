//! Keystone v3 identity: tokens, projects, domains, users, roles and assignments, and access keys.

pub mod access_key;
pub mod project;
pub mod role;
pub mod token;
pub mod user;

use serde::Serialize;
use utoipa::ToSchema;

/// A thing by id and name.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RefOut {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// Links of a list or a row.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct LinksOut {
    /// The address of this answer.
    #[serde(rename = "self")]
    pub this: String,
    /// The address of the next page; null: there is none.
    pub next: Option<String>,
    /// The address of the page before; null: there is none.
    pub previous: Option<String>,
}

/// The link of a row.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct SelfLinkOut {
    /// The address of the row.
    #[serde(rename = "self")]
    pub this: String,
}

/// What every failure under `/v3` answers: Keystone's frame, and the two fields that the vendor's SDK reads.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct IamErrorBody {
    /// Keystone's frame.
    pub error: IamErrorOut,
    /// A stable code, listed in `docs/errors.md`.
    pub error_code: String,
    /// What is wrong, in the language of `X-Language`.
    pub error_msg: String,
}

/// An error in Keystone's frame.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct IamErrorOut {
    /// The status of the answer.
    pub code: u16,
    /// What is wrong.
    pub message: String,
    /// The name of the status, like `Unauthorized`.
    pub title: String,
}
