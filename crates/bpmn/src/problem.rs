//! What is wrong with a document that can be read.

use std::fmt;

use indexmap::IndexMap;

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The id of the element it is about; none when it is about the whole document.
    pub node: Option<String>,
    /// The rule that found it: one of [`rule::ALL`].
    pub rule: &'static str,
    /// Whether it blocks.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The line of the element; only known for the XML form.
    pub line: Option<u32>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The version cannot be submitted or run.
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
        write!(f, "{severity} {} {}: {}", self.rule, self.node.as_deref().unwrap_or("-"), self.message)
    }
}

/// Collects findings.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    /// Names of vocabularies that nobody here knows, with the first place and how many there are: modellers put them on
    /// every element.
    foreign: IndexMap<String, (Option<String>, Option<u32>, usize)>,
}

impl Problems {
    pub(crate) fn error(&mut self, rule: &'static str, at: At<'_>, message: impl Into<String>) {
        self.add(Severity::Error, rule, at, message.into());
    }

    pub(crate) fn warning(&mut self, rule: &'static str, at: At<'_>, message: impl Into<String>) {
        self.add(Severity::Warning, rule, at, message.into());
    }

    fn add(&mut self, severity: Severity, rule: &'static str, at: At<'_>, message: String) {
        self.found.push(Problem { node: at.id.map(str::to_owned), rule, severity, message, line: at.line });
    }

    /// Notes an attribute or element of an unknown vocabulary: one finding for each name.
    pub(crate) fn foreign(&mut self, name: &str, at: At<'_>) {
        match self.foreign.get_mut(name) {
            Some((_, _, count)) => *count += 1,
            None => {
                self.foreign.insert(name.to_owned(), (at.id.map(str::to_owned), at.line, 1));
            }
        }
    }

    pub(crate) fn has_error(&self) -> bool {
        self.found.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// All findings in the order of the text, each once.
    pub(crate) fn sorted(self) -> Vec<Problem> {
        let mut problems = self.found;
        problems.extend(self.foreign.into_iter().map(|(name, (node, line, count))| {
            let more = if count > 1 { format!(" ({count} times; this is the first)") } else { String::new() };
            let message = format!("'{name}' has no meaning here and is ignored{more}");
            Problem { node, rule: rule::UNMAPPED_ATTRIBUTE, severity: Severity::Warning, message, line }
        }));
        problems.sort_by(|a, b| {
            (a.line, &a.node, a.severity, a.rule, &a.message).cmp(&(b.line, &b.node, b.severity, b.rule, &b.message))
        });
        problems.dedup();
        problems
    }
}

/// Where a finding is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct At<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) line: Option<u32>,
}

/// The rules, by the name that [`Problem::rule`] carries.
pub mod rule {
    use crate::validate::Mode;

    macro_rules! rules {
        ($($mode:ident { $($(#[$doc:meta])* $constant:ident = $name:literal;)* })*) => {
            $($($(#[$doc])* pub const $constant: &str = $name;)*)*

            /// Every rule with the mode that it belongs to.
            pub const ALL: &[(&str, Mode)] = &[$($(($name, Mode::$mode),)*)*];
        };
    }

    rules! {
        Basic {
        /// A process can run.
        PROCESS = "process";
        /// A BPMN element (or a use of one) that is not run yet.
        UNSUPPORTED_ELEMENT = "unsupported_element";
        /// Not an element of BPMN 2.0, or one in a place where it means nothing.
        UNKNOWN_ELEMENT = "unknown_element";
        /// Not an attribute that is understood on this element.
        UNKNOWN_ATTRIBUTE = "unknown_attribute";
        /// An attribute or element of another tool that has no equal here.
        UNMAPPED_ATTRIBUTE = "unmapped_attribute";
        /// A flow node or sequence flow without an id.
        MISSING_ID = "missing_id";
        /// Two BPMN elements with one id.
        DUPLICATE_ID = "duplicate_id";
        /// A reference to something that does not exist or is of the wrong kind.
        REFERENCE = "reference";
        /// A sequence flow across the border of a sub-process.
        SCOPE_BORDER = "scope_border";
        /// A process needs a start event.
        START_EVENT = "start_event";
        /// Paths end in end events.
        END_EVENT = "end_event";
        /// Which flows an event may have, and what a boundary event may be attached to.
        EVENT_FLOW = "event_flow";
        /// How many tokens an activity takes or gives.
        QUANTITY = "quantity";
        /// What compensation events, handlers and cancel events need around them.
        COMPENSATION = "compensation";
        /// What may follow an event-based gateway.
        EVENT_GATEWAY = "event_gateway";
        /// A default flow is an outgoing flow without a condition.
        DEFAULT_FLOW = "default_flow";
        /// Where a flow may have a condition.
        CONDITION_PLACE = "condition_place";
        /// A decision that may find no flow to take, or takes one whatever the data says.
        NO_DEFAULT = "no_default";
        /// A node that no token can reach.
        UNREACHABLE = "unreachable";
        /// A join that can never fire.
        DEADLOCK = "deadlock";
        /// A join that may wait for ever.
        POSSIBLE_DEADLOCK = "possible_deadlock";
        /// A node that runs more than once because parallel paths meet without a join.
        LACK_OF_SYNCHRONISATION = "lack_of_synchronisation";
        /// An end event that parallel paths reach more than once.
        SEVERAL_COMPLETIONS = "several_completions";
        }
        Circle {
        /// A loop without a way out.
        ENDLESS_LOOP = "endless_loop";
        }
        AppParams {
        /// The node settings are not of the known form.
        TASKCONFIG = "taskconfig";
        /// Settings for a node that does not exist.
        UNKNOWN_NODE = "unknown_node";
        /// A decision that is not there, or cannot be read.
        DECISION = "decision";
        /// A loop marker without what it needs.
        LOOP = "loop";
        /// A setting with a value that it cannot have.
        SETTING = "setting";
        /// A setting that its node does not use.
        UNUSED_SETTING = "unused_setting";
        /// A setting that its node needs.
        REQUIRED_SETTING = "required_setting";
        /// An expression that cannot be compiled.
        EXPRESSION = "expression";
        /// A timer that is neither ISO 8601 nor an expression.
        TIMER = "timer";
        /// A variable name that cannot be used.
        VARIABLE_NAME = "variable_name";
        /// A name in an expression that nothing sets.
        UNKNOWN_NAME = "unknown_name";
        /// A component that is not installed.
        UNKNOWN_COMPONENT = "unknown_component";
        /// An action that the component does not have.
        UNKNOWN_ACTION = "unknown_action";
        /// A connection that does not exist.
        UNKNOWN_CONNECTION = "unknown_connection";
        /// An input parameter that is missing, unknown or of the wrong type.
        PARAMETER = "parameter";
        }
    }
}
