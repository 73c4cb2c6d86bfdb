//! What is wrong with a document.

use std::fmt;

use crate::limits;

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The id of the element it is about, or of the nearest around it that has one; none when it is about the whole
    /// document.
    pub element: Option<String>,
    /// The line of the element, from 1.
    pub line: Option<u32>,
    /// The rule that found it: one of [`rule::ALL`].
    pub rule: &'static str,
    /// Whether it blocks.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// It can.
    Warning,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity} {} {}", self.rule, self.element.as_deref().unwrap_or("-"))?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Where a finding is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) element: Option<String>,
    pub(crate) line: Option<u32>,
}

/// Collects findings.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    has_error: bool,
    left_out: usize,
}

impl Problems {
    pub(crate) fn error(&mut self, rule: &'static str, place: Place, message: impl Into<String>) {
        self.add(Severity::Error, rule, place, message.into());
    }

    pub(crate) fn warning(&mut self, rule: &'static str, place: Place, message: impl Into<String>) {
        self.add(Severity::Warning, rule, place, message.into());
    }

    fn add(&mut self, severity: Severity, rule: &'static str, place: Place, message: String) {
        self.has_error |= severity == Severity::Error;
        if self.found.len() == limits::MAX_PROBLEMS {
            self.left_out += 1;
            return;
        }
        self.found.push(Problem { element: place.element, line: place.line, rule, severity, message });
    }

    pub(crate) fn has_error(&self) -> bool {
        self.has_error
    }

    /// All findings in the order of the text.
    pub(crate) fn sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| (problem.line, problem.severity));
        if self.left_out > 0 {
            let message = format!("{} more problems are not listed", self.left_out);
            let (element, line, severity) = (None, None, Severity::Warning);
            self.found.push(Problem { element, line, rule: rule::DOCUMENT, severity, message });
        }
        self.found
    }
}

/// The rules, by the name that [`Problem::rule`] carries.
pub mod rule {
    macro_rules! rules {
        ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
            $($(#[$doc])* pub const $constant: &str = $name;)*

            /// Every rule.
            pub const ALL: &[&str] = &[$($name,)*];
        };
    }

    rules! {
        /// Not XML, not DMN, or too large.
        DOCUMENT = "document";
        /// Not an element of DMN, or one in a place where it means nothing.
        UNKNOWN_ELEMENT = "unknown_element";
        /// Two elements with one id.
        DUPLICATE_ID = "duplicate_id";
        /// Two decisions that can be told apart by no name, or two outputs of a table.
        DUPLICATE_NAME = "duplicate_name";
        /// A decision or an output that needs a name and has none.
        MISSING_NAME = "missing_name";
        /// Another document is imported.
        UNSUPPORTED_IMPORT = "unsupported_import";
        /// A decision whose logic is neither a table nor a literal expression.
        UNSUPPORTED_DECISION_LOGIC = "unsupported_decision_logic";
        /// A decision without any logic.
        MISSING_DECISION_LOGIC = "missing_decision_logic";
        /// A reference to something that is not there or of the wrong kind.
        REFERENCE = "reference";
        /// Decisions that require each other in a circle.
        CYCLE = "cycle";
        /// Too many decisions that require each other in a chain.
        CHAIN = "chain";
        /// A language of expressions that is not FEEL.
        EXPRESSION_LANGUAGE = "expression_language";
        /// A text that is not S-FEEL.
        EXPRESSION = "expression";
        /// An input or a literal expression without a text.
        MISSING_EXPRESSION = "missing_expression";
        /// A hit policy or an aggregation that is unknown or does not fit the table.
        HIT_POLICY = "hit_policy";
        /// A table without outputs, or a rule with more or fewer cells than the table has columns.
        TABLE = "table";
        /// Rules of a table with hit policy UNIQUE that match the same input.
        OVERLAP = "overlap";
        /// Rules of a table with hit policy ANY that match the same input and have different outputs.
        CONFLICT = "conflict";
        /// A rule of a table with hit policy FIRST that an earlier one leaves nothing to.
        COVERED = "covered";
        /// A rule that no input matches.
        NEVER_MATCHES = "never_matches";
        /// An output that is not one of the values of its column.
        OUTPUT_VALUES = "output_values";
        /// A table without rules.
        NO_RULES = "no_rules";
        /// A required decision whose name cannot be written in an expression.
        UNREADABLE_NAME = "unreadable_name";
        /// A table with too much in it to compare all its rules.
        NOT_COMPARED = "not_compared";
    }
}
