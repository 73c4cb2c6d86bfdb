//! Paging, as the contract has it: an offset in rows and a limit, inside a window of the first 10 000 rows.

use store::PageRequest;
use store::filter::Order;

use crate::field::Fields;

/// Rows that paging can reach. An offset at its end gives an empty page, so that paging clients come to an end.
pub const WINDOW: i64 = 10_000;

/// How large pages of a list may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The limit when the caller gives none.
    pub default: i64,
    /// The largest limit.
    pub max: i64,
}

/// Workflows, versions and to-dos.
pub const SMALL: Limits = Limits { default: 10, max: 100 };
/// Lists that Terraform asks for with larger limits.
pub const LARGE: Limits = Limits { default: 10, max: 1_000 };

/// Checks a caller's offset and limit.
pub fn request(fields: &mut Fields, offset: Option<i64>, limit: Option<i64>, limits: Limits) -> PageRequest {
    let offset = fields.range("offset", offset, 0, WINDOW, 0);
    let limit = fields.range("limit", limit, 1, limits.max, limits.default);
    PageRequest { offset, limit: limit.min(WINDOW - offset).max(0) }
}

/// Checks a caller's sort direction, in either case; descending when there is none.
pub fn order(fields: &mut Fields, name: &str, order: Option<&str>) -> Order {
    match order {
        None | Some("") => Order::Descending,
        Some(text) if text.eq_ignore_ascii_case("desc") => Order::Descending,
        Some(text) if text.eq_ignore_ascii_case("asc") => Order::Ascending,
        Some(_) => {
            fields.violation(format!("{name} must be ASC or DESC"), format!("{name}必须是ASC或DESC"));
            Order::Descending
        }
    }
}

/// Checks a sort key that may be `create_time` or `update_time`; whether it is the latter.
pub fn by_update(fields: &mut Fields, name: &str, key: Option<String>) -> bool {
    let key = fields.optional_one_of(name, key, &["create_time", "update_time"]);
    key.as_deref() == Some("update_time")
}
