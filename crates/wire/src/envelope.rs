//! The frames around answers. There is no single one in the contract: each operation names the one it uses.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder};
use utoipa::openapi::{RefOr, Schema};

/// The `code` of every success.
pub const SUCCESS: &str = "00000000";

/// `code, message, success, request_id, data`: workflows, versions, components, tasks, relations, attachments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reply<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// True.
    pub success: bool,
    /// Always empty; the id of the request is in the header `X-request-id`.
    pub request_id: String,
    /// The answer.
    pub data: T,
}

impl<T> Reply<T> {
    /// A success with `data`.
    pub fn new(data: T) -> Self {
        Self { code: SUCCESS.into(), message: String::new(), success: true, request_id: String::new(), data }
    }
}

/// `code, message, data`: alerts, incidents, indicators, playbooks, approvals.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShortReply<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// The answer.
    pub data: T,
}

impl<T> ShortReply<T> {
    /// A success with `data`.
    pub fn new(data: T) -> Self {
        Self { code: SUCCESS.into(), message: String::new(), data }
    }
}

/// `code, message, success, data`: data objects of any class, notes, switching data class types.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagReply<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// True.
    pub success: bool,
    /// The answer.
    pub data: T,
}

impl<T> FlagReply<T> {
    /// A success with `data`.
    pub fn new(data: T) -> Self {
        Self { code: SUCCESS.into(), message: String::new(), success: true, data }
    }
}

/// `code, message, success, request_id`: importing workflows, commands to an instance, deleting a template.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Done {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// True.
    pub success: bool,
    /// Always empty; the id of the request is in the header `X-request-id`.
    pub request_id: String,
}

impl Default for Done {
    fn default() -> Self {
        Self { code: SUCCESS.into(), message: String::new(), success: true, request_id: String::new() }
    }
}

/// `code, message`: deleting a connection or a part of a playbook, importing playbooks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShortDone {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
}

impl Default for ShortDone {
    fn default() -> Self {
        Self { code: SUCCESS.into(), message: String::new() }
    }
}

/// A page of workflows or versions, which carries its window in both spellings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WindowPage<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// True.
    pub success: bool,
    /// Always empty; the id of the request is in the header `X-request-id`.
    pub request_id: String,
    /// How many there are in all.
    pub total: i64,
    /// How many were skipped.
    pub offset: i64,
    /// How many were asked for.
    pub limit: i64,
    /// The size of a page: `limit`.
    pub size: i64,
    /// The number of this page, from 1.
    pub page: i64,
    /// The rows.
    pub data: Vec<T>,
}

impl<T> WindowPage<T> {
    /// The page at `offset` of `total` rows.
    pub fn new(data: Vec<T>, total: i64, offset: i64, limit: i64) -> Self {
        Self {
            code: SUCCESS.into(),
            message: String::new(),
            success: true,
            request_id: String::new(),
            total,
            offset,
            limit,
            size: limit,
            page: page_number(offset, limit),
            data,
        }
    }
}

/// A page of components, their actions or their templates.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// True.
    pub success: bool,
    /// Always empty; the id of the request is in the header `X-request-id`.
    pub request_id: String,
    /// How many there are in all.
    pub total: i64,
    /// The size of a page.
    pub size: i64,
    /// The number of this page, from 1.
    pub page: i64,
    /// The rows.
    pub data: Vec<T>,
}

impl<T> Page<T> {
    /// The page at `offset` of `total` rows.
    pub fn new(data: Vec<T>, total: i64, offset: i64, limit: i64) -> Self {
        Self {
            code: SUCCESS.into(),
            message: String::new(),
            success: true,
            request_id: String::new(),
            total,
            size: limit,
            page: page_number(offset, limit),
            data,
        }
    }
}

/// A page of data objects, relations or notes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FlagPage<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// How many there are in all.
    pub total: i64,
    /// The size of a page.
    pub size: i64,
    /// The number of this page, from 1.
    pub page: i64,
    /// True.
    pub success: bool,
    /// The rows.
    pub data: Vec<T>,
}

impl<T> FlagPage<T> {
    /// The page at `offset` of `total` rows.
    pub fn new(data: Vec<T>, total: i64, offset: i64, limit: i64) -> Self {
        Self {
            code: SUCCESS.into(),
            message: String::new(),
            total,
            size: limit,
            page: page_number(offset, limit),
            success: true,
            data,
        }
    }
}

/// A page of indicators, playbooks, their versions or their actions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShortPage<T> {
    /// `00000000` on success.
    pub code: String,
    /// Empty on success.
    pub message: String,
    /// How many there are in all.
    pub total: i64,
    /// The size of a page.
    pub size: i64,
    /// The number of this page, from 1.
    pub page: i64,
    /// The rows.
    pub data: Vec<T>,
}

impl<T> ShortPage<T> {
    /// The page at `offset` of `total` rows.
    pub fn new(data: Vec<T>, total: i64, offset: i64, limit: i64) -> Self {
        Self {
            code: SUCCESS.into(),
            message: String::new(),
            total,
            size: limit,
            page: page_number(offset, limit),
            data,
        }
    }
}

/// The number, from 1, of the page that starts at `offset`.
pub fn page_number(offset: i64, limit: i64) -> i64 {
    offset / limit.max(1) + 1
}

/// The schema of an array at the root, from that of the array. The vendor's SDK presents it as the field `body` of an
/// object, so the schema describes that view beside the document itself.
pub(crate) fn root_list(list: RefOr<Schema>) -> RefOr<Schema> {
    let view = ObjectBuilder::new().property("body", list.clone()).required("body");
    OneOfBuilder::new()
        .item(list)
        .item(view)
        .description(Some("An array. The vendor's SDK presents it as the field `body` of an object."))
        .into()
}

/// What every failure under `/v1` answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// A stable code, listed in `docs/errors.md`.
    #[schema(example = "SecMaster.20040611")]
    pub code: String,
    /// What is wrong, in the language of `X-Language`.
    #[schema(example = "The workflow does not exist.")]
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one() {
        let pages =
            [(0, 10), (10, 10), (25, 10), (0, 0), (9_990, 10)].map(|(offset, limit)| page_number(offset, limit));
        assert_eq!(pages, [1, 2, 3, 1, 1000]);
    }

    #[test]
    fn a_success_has_the_fields_of_the_contract_and_no_null() {
        let text = serde_json::to_string(&Reply::new("x")).expect("serialises");
        assert_eq!(text, r#"{"code":"00000000","message":"","success":true,"request_id":"","data":"x"}"#);
    }
}
