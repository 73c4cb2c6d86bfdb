//! Conditions on data objects: what a search asks for and when a playbook runs.
//!
//! Both come as a list of named conditions (`[field, operator, value …]`) and a logic over their names; a playbook's
//! rule may also be an expression. Either becomes a [`Rule`], which the walker of expressions decides, so that a search
//! and a rule that say the same agree. Two things are derived from a rule, for not asking it about every object:
//! a [`Prefilter`] over the terms that a database keeps of objects ([`Fields::terms`]), and a [`RuleIndex`] that finds
//! the rules that an object may match.
//!
//! The language as users see it is described in `docs/expressions.md`.

mod compile;
mod decisive;
mod fields;
mod index;
mod logic;
mod operator;
mod path;
mod predicate;
mod prefilter;
mod problem;
mod reader;
mod term;

#[cfg(test)]
mod tests;

use model::Value;

pub use fields::{Fields, Kind};
pub use index::RuleIndex;
pub use path::values_at;
pub use prefilter::{Leaf, Prefilter, Probe};
pub use problem::{Place, Problem};
pub use term::Term;

pub(crate) use path::Path;
pub(crate) use predicate::Condition;

use crate::compile::Node;
use crate::{Budget, Error, Fault, Program, Scope, limits};

/// The name of the object in expressions.
pub(crate) const OBJECT: &str = "data_object";

/// The name, in expressions and paths, of the object before it was updated.
pub(crate) const OLD: &str = "old";

/// What decides whether an object is meant. Cheap to clone, free to share between threads.
#[derive(Debug, Clone)]
pub struct Rule {
    program: Program,
}

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The object.
    pub object: &'a Value,
    /// The object before the update; none when there was none, so that all it has is new. An object that is deleted is
    /// its own old one: nothing has changed.
    pub old: Option<&'a Value>,
}

impl<'a> Subject<'a> {
    /// An object that there was not before.
    pub fn new(object: &'a Value) -> Self {
        Self { object, old: None }
    }
}

impl Scope for Subject<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        match name {
            OBJECT => Some(self.object.clone()),
            OLD => Some(self.old.cloned().unwrap_or_default()),
            _ => None,
        }
    }
}

impl Rule {
    /// Compiles conditions, each a name and `[field, operator, value …]`, and the logic over their names: `and`, `or`,
    /// `not`, brackets and names, as one token an item or several. Without a logic, and between two names without an
    /// operator, `and` is meant. No conditions at all hold for every object.
    ///
    /// # Errors
    /// Everything that is wrong: one problem for each condition, and those of the logic.
    pub fn conditions(
        conditions: &[(String, Vec<Value>)],
        logics: &[String],
        fields: &Fields,
    ) -> Result<Self, Vec<Problem>> {
        let (most, found) = (limits::CONDITIONS, conditions.len());
        if found > most {
            let message = format!("there may be {most} at most, not {found}");
            return Err(vec![Problem { place: Place::Conditions, message }]);
        }
        let (compiled, mut problems) = compile::all(conditions, fields);
        let names: Vec<&str> = conditions.iter().map(|(name, _)| name.trim()).collect();
        match logic::parse(&names, logics) {
            Ok(logic) if problems.is_empty() => {
                Ok(Self { program: Program::new("".into(), 0..0, logic::tree(&logic, compiled)) })
            }
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// Compiles an expression over `data_object` and, for updates, `old`. Starts a thread and waits for it, as
    /// [`Program::compile`] does.
    ///
    /// # Errors
    /// The text is no expression, or reads another name.
    pub fn expression(text: &str) -> Result<Self, Error> {
        let program = Program::compile(text)?;
        match program.names().into_iter().find(|name| ![OBJECT, OLD].contains(&&**name)) {
            None => Ok(Self { program }),
            Some(name) => {
                let place = program.place_of(|node| matches!(node, Node::Name(read) if *read == name));
                let message = format!("unknown name '{name}' ('{OBJECT}' and '{OLD}' are known) at {place}");
                Err(Error { message })
            }
        }
    }

    /// Whether it matches. The work is taken off the budget, also when there is a fault; one of the default size is
    /// meant for one object.
    ///
    /// # Errors
    /// The budget is used up; also, of an expression only, whatever else a [`Fault`] tells.
    pub fn matches(&self, subject: &Subject<'_>, budget: &mut Budget) -> Result<bool, Fault> {
        match self.program.run(subject, budget)? {
            Value::Bool(truth) => Ok(truth),
            Value::Null => Ok(false),
            other @ (Value::Number(_) | Value::String(_) | Value::List(_) | Value::Map(_)) => {
                Err(Fault::Type(format!("a rule is true or false, not {}", other.kind())))
            }
        }
    }

    /// Whether it looks at the object before the update.
    pub fn reads_old(&self) -> bool {
        self.program.names().iter().any(|name| &**name == OLD)
    }

    /// Whether the pre-filter tells all: an object whose terms pass it is matched, unless one of the fields has the term
    /// that is neither a text nor a number. It must be asked of terms that keep texts of up to 255 bytes whole.
    pub fn is_decided_by_terms(&self, fields: &Fields) -> bool {
        decisive::is_decisive(self.program.tree(), &|field, reader| fields.term_reader(field, reader))
    }

    /// What must hold of an object's terms ([`Fields::terms`] of the same fields) for the rule to match it.
    pub fn prefilter(&self, fields: &Fields) -> Prefilter {
        prefilter::necessary(self.program.tree(), &|field, reader| fields.term_reader(field, reader))
    }
}
