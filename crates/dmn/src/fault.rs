//! Why a decision has no result.

use std::fmt::Display;

/// Why a decision has no result: a stable code, and a sentence that names the decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// One of [`code::ALL`].
    pub code: &'static str,
    /// One sentence.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The fault of an expression; `place` says whose it is.
    pub(crate) fn of_expression(fault: &expr::Fault, place: impl Display) -> Self {
        let code = match fault {
            expr::Fault::Budget(_) => code::BUDGET,
            expr::Fault::UnknownName(_) | expr::Fault::Type(_) => code::EXPRESSION,
        };
        Self::new(code, format!("{place}: {fault}"))
    }
}

/// The codes.
pub mod code {
    macro_rules! codes {
        ($($(#[$doc:meta])* $constant:ident = $text:literal;)*) => {
            $($(#[$doc])* pub const $constant: &str = $text;)*

            /// Every code.
            pub const ALL: &[&str] = &[$($text,)*];
        };
    }

    codes! {
        /// There is no decision of that id or name.
        UNKNOWN = "Decision.Unknown";
        /// Several rules of a table with hit policy UNIQUE match.
        NOT_UNIQUE = "Decision.NotUnique";
        /// Rules of a table with hit policy ANY match and have different outputs.
        NOT_ANY = "Decision.NotAny";
        /// An input is not one of the values that its column allows.
        INPUT_NOT_ALLOWED = "Decision.InputNotAllowed";
        /// An output that decides about the order is not one of the values of its column.
        NO_PRIORITY = "Decision.NoPriority";
        /// Outputs that cannot be added or put in an order.
        AGGREGATION = "Decision.Aggregation";
        /// An expression or a cell has a fault.
        EXPRESSION = "Decision.Expression";
        /// The budget of steps or bytes is used up.
        BUDGET = "Decision.Budget";
    }
}
