//! The operators of conditions.

use crate::compile::Comparison;

/// What a condition asks of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// Is there a value?
    Exists,
    /// Was it changed by the update?
    Changed,
    /// Does it equal this one?
    Equal,
    /// Does it equal one of these?
    In,
    /// Does it lie on this side?
    Order(Comparison),
    /// Does its text have this part?
    Contains,
    /// Does its text begin so?
    StartsWith,
    /// Does its text end so?
    EndsWith,
    /// Does its text look like this, with `%` and `_` for what may be there?
    Like,
    /// Does this regular expression match in its text?
    Regex,
    /// Is it an address of one of these networks?
    Cidr,
}

/// The operators as messages and the documentation write them.
pub(super) const ALL: [&str; 20] = [
    "=",
    "==",
    "!=",
    "<>",
    ">",
    ">=",
    "<",
    "<=",
    "in",
    "not-in",
    "contains",
    "not-contains",
    "startswith",
    "endswith",
    "like",
    "regex",
    "cidr",
    "exists",
    "not-exists",
    "changed",
];

/// The operator of a spelling, and whether its opposite is meant. Upper and lower case, spaces, `-` and `_` make no
/// difference, and `not` may stand before any.
pub(super) fn find(written: &str) -> Option<(Operator, bool)> {
    let plain: String =
        written.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect();
    let (negated, word) = plain.strip_prefix("not").map_or((false, &*plain), |word| (true, word));
    let operator = match word {
        "=" | "==" => Operator::Equal,
        "!=" | "<>" => return Some((Operator::Equal, !negated)),
        "<" => Operator::Order(Comparison::Less),
        "<=" => Operator::Order(Comparison::LessOrEqual),
        ">" => Operator::Order(Comparison::Greater),
        ">=" => Operator::Order(Comparison::GreaterOrEqual),
        "in" => Operator::In,
        "contains" | "contain" => Operator::Contains,
        "startswith" => Operator::StartsWith,
        "endswith" => Operator::EndsWith,
        "like" => Operator::Like,
        "regex" => Operator::Regex,
        "cidr" => Operator::Cidr,
        "exists" | "exist" => Operator::Exists,
        "changed" => Operator::Changed,
        _ => return None,
    };
    Some((operator, negated))
}
