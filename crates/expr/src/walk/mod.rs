//! The walker: evaluates a tree over values, node by node, under a budget.
//!
//! It recurses as deep as the tree is high, which compiling limits.

mod access;
mod compare;
mod each;
mod settle;

use model::{Map, Value};

pub(crate) use access::key_text;
pub(crate) use compare::{equal, member_of, order};
pub(crate) use settle::settle;

use crate::compile::{Arithmetic, Ix, Node, Tree};
use crate::condition::{self, Condition, Path};
use crate::functions::{Call, Function, pattern, pattern::Patterns};
use crate::{Budget, Fault, Scope, number};

/// The value of a tree, or the fault with the node where it arose.
pub(crate) fn run(tree: &Tree, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, (Fault, Option<Ix>)> {
    let mut walk = Walk {
        nodes: &tree.nodes,
        scope,
        budget,
        locals: Vec::new(),
        arguments: Vec::new(),
        patterns: Patterns::default(),
        faulty: None,
    };
    walk.eval(tree.root).map_err(|fault| (fault, walk.faulty))
}

struct Walk<'a> {
    nodes: &'a [Node],
    scope: &'a dyn Scope,
    budget: &'a mut Budget,
    /// The values that macros bind, outermost first.
    locals: Vec<Value>,
    /// Arguments of the calls that are being prepared.
    arguments: Vec<Value>,
    patterns: Patterns,
    /// The innermost node that had a fault.
    faulty: Option<Ix>,
}

impl<'a> Walk<'a> {
    fn eval(&mut self, ix: Ix) -> Result<Value, Fault> {
        let result = self.node(ix);
        if result.is_err() {
            self.blame(ix);
        }
        result
    }

    #[cold]
    fn blame(&mut self, ix: Ix) {
        self.faulty.get_or_insert(ix);
    }

    // Each arm is one call, which keeps the frame of this function small: it is the one that recurses.
    fn node(&mut self, mut ix: Ix) -> Result<Value, Fault> {
        loop {
            self.budget.step(1)?;
            let nodes = self.nodes;
            return match &nodes[ix.0 as usize] {
                Node::Literal(value) => Ok(value.clone()),
                Node::Name(name) => self.name(name),
                Node::Local(slot) => Ok(self.locals[*slot as usize].clone()),
                Node::Path { of, members } => self.path(*of, members),
                Node::Index { of, index } => self.index(*of, *index),
                Node::Has { of, member } => self.has(*of, *member),
                Node::List(items) => self.list(items),
                Node::Object(entries) => self.object(entries),
                Node::Not(operand) => Ok(Value::Bool(!self.truth(*operand, "'!'")?)),
                Node::Negate(operand) => self.negate(*operand),
                Node::And(terms) => self.logical(terms, false),
                Node::Or(terms) => self.logical(terms, true),
                Node::Equal { left, right, negated } => self.equal(*left, *right, *negated),
                Node::Compare { left, right, by } => self.compare(*left, *right, *by),
                Node::In { item, of } => self.member(*item, *of),
                Node::Chain { first, rest } => self.chain(*first, rest),
                Node::Choose { test, yes, no } => {
                    ix = if self.truth(*test, "'?:'")? { *yes } else { *no };
                    continue;
                }
                Node::Each { each, over, slot, filter, body } => self.each(*each, *over, *slot, *filter, *body),
                Node::Coalesce(values) => self.coalesce(values),
                Node::Changed(path) => self.changed(path),
                Node::Condition(condition) => self.condition(condition),
                Node::Matches { text, pattern } => {
                    let text = self.eval(*text)?;
                    pattern::matches(&text, pattern, self.budget)
                }
                Node::Call { function, arguments } => self.call(function, arguments),
            };
        }
    }

    fn name(&mut self, name: &str) -> Result<Value, Fault> {
        self.scope.get(name).ok_or_else(|| Fault::UnknownName(name.to_owned()))
    }

    /// The truth of an operand. Null is false: what is not there is not set.
    fn truth(&mut self, ix: Ix, operator: &str) -> Result<bool, Fault> {
        let value = self.eval(ix)?;
        match value {
            Value::Bool(truth) => Ok(truth),
            Value::Null => Ok(false),
            Value::Number(_) | Value::String(_) | Value::List(_) | Value::Map(_) => {
                self.blame(ix);
                Err(Fault::Type(format!("{operator} needs a boolean, not {}", value.kind())))
            }
        }
    }

    fn logical(&mut self, terms: &[Ix], until: bool) -> Result<Value, Fault> {
        for term in terms {
            if self.truth(*term, if until { "'||'" } else { "'&&'" })? == until {
                return Ok(Value::Bool(until));
            }
        }
        Ok(Value::Bool(!until))
    }

    fn list(&mut self, items: &[Ix]) -> Result<Value, Fault> {
        self.budget.take_items(items.len())?;
        let items = items.iter().map(|item| self.eval(*item)).collect::<Result<Vec<_>, _>>()?;
        Ok(Value::list(items))
    }

    fn object(&mut self, entries: &[(Ix, Ix)]) -> Result<Value, Fault> {
        self.budget.take_items(2 * entries.len())?;
        let mut members = Map::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.eval(*key)?;
            members.insert(key_text(&key, self.budget)?, self.eval(*value)?);
        }
        Ok(Value::map(members))
    }

    fn negate(&mut self, operand: Ix) -> Result<Value, Fault> {
        match self.eval(operand)? {
            Value::Number(number) => {
                self.budget.scan(number::length(&number))?;
                number::negate(&number).map(Value::Number).map_err(|what| Fault::Type(what.to_owned()))
            }
            other => Err(Fault::Type(format!("'-' needs a number, not {}", other.kind()))),
        }
    }

    fn chain(&mut self, first: Ix, rest: &[(Arithmetic, Ix)]) -> Result<Value, Fault> {
        let mut result = self.eval(first)?;
        // A string that grows is kept apart, so that a long chain does not copy it again and again.
        let mut growing: Option<String> = None;
        for (by, right) in rest {
            let value = self.eval(*right)?;
            if let (Arithmetic::Add, Value::String(more)) = (by, &value) {
                if growing.is_none()
                    && let Value::String(start) = &result
                {
                    self.budget.take(start.len() + more.len())?;
                    growing = Some(format!("{start}{more}"));
                    continue;
                }
                if let Some(text) = &mut growing {
                    self.budget.take(more.len())?;
                    text.push_str(more);
                    continue;
                }
            }
            if let Some(text) = growing.take() {
                result = text.into();
            }
            let calculated = calculate(*by, &result, &value, self.budget);
            if calculated.is_err() {
                self.blame(*right);
            }
            result = calculated?;
        }
        Ok(growing.map_or(result, Value::from))
    }

    fn changed(&mut self, path: &Path) -> Result<Value, Fault> {
        let object = self.name(condition::OBJECT)?;
        let old = self.name(condition::OLD)?;
        path.differs(&object, &old, self.budget).map(Value::Bool)
    }

    fn condition(&mut self, condition: &Condition) -> Result<Value, Fault> {
        let subject = self.name(condition.subject())?;
        condition.holds(&subject, self.budget).map(Value::Bool)
    }

    fn coalesce(&mut self, values: &[Ix]) -> Result<Value, Fault> {
        for value in values {
            let value = self.eval(*value)?;
            if !value.is_null() {
                return Ok(value);
            }
        }
        Ok(Value::Null)
    }

    fn call(&mut self, function: &'static Function, arguments: &[Ix]) -> Result<Value, Fault> {
        let base = self.arguments.len();
        for argument in arguments {
            let value = self.eval(*argument)?;
            self.arguments.push(value);
        }
        let result = (function.call)(&mut Call {
            function,
            arguments: &self.arguments[base..],
            budget: self.budget,
            patterns: &mut self.patterns,
        });
        self.arguments.truncate(base);
        result
    }
}

/// `left by right` for all but two strings.
fn calculate(by: Arithmetic, left: &Value, right: &Value, budget: &mut Budget) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            budget.scan(number::length(a) + number::length(b))?;
            number::calculate(by, a, b).map(Value::Number).map_err(|what| Fault::Type(what.to_owned()))
        }
        (Value::List(a), Value::List(b)) if by == Arithmetic::Add => {
            budget.take_items(a.len() + b.len())?;
            budget.step((a.len() + b.len()) as u64 / 8)?; // copying an item is less than a step
            Ok(Value::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        _ => {
            let texts = left.as_str().is_some() || right.as_str().is_some();
            let hint = if by == Arithmetic::Add && texts { " (string(x) makes a string of any value)" } else { "" };
            let (sign, left, right) = (by.sign(), left.kind(), right.kind());
            Err(Fault::Type(format!("'{sign}' cannot be applied to {left} and {right}{hint}")))
        }
    }
}
