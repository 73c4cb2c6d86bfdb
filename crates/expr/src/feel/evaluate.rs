//! Evaluates trees, node by node, under a budget. Recurses as deep as brackets are nested.

use model::Value;

use super::datum::Datum;
use super::temporal::Temporal;
use super::tree::{Endpoint, Kind, Node, Operator, Relation, Test, Tests};
use crate::compile::{self, Arithmetic, Comparison};
use crate::{Budget, Fault, Scope, number};

/// What evaluating needs.
pub(super) struct Walk<'a> {
    /// The text that positions count in.
    pub(super) text: &'a str,
    pub(super) scope: &'a dyn Scope,
    pub(super) budget: &'a mut Budget,
}

impl Walk<'_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, node: &Node) -> Result<Datum, Fault> {
        self.budget.step(1)?;
        match &node.kind {
            Kind::Literal(datum) => Ok(datum.clone()),
            Kind::Path { name, members } => {
                self.budget.step(members.len() as u64)?;
                let value = self.scope.get(name).ok_or_else(|| Fault::UnknownName(name.to_string()))?;
                Ok(members.iter().fold(&value, |value, member| value.get(member)).clone().into())
            }
            Kind::Negate(operand) => self.negate(operand),
            Kind::Chain { first, rest } => self.chain(first, rest),
            Kind::Compare { left, right, by } => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                Ok(self.compare(&left, &right, *by)?.map_or(Value::Null, Value::Bool).into())
            }
            Kind::List(items) => {
                self.budget.take_items(items.len())?;
                let items =
                    items.iter().map(|item| Ok(self.value(item)?.into_value())).collect::<Result<_, Fault>>()?;
                Ok(Value::list(items).into())
            }
        }
    }

    fn fault(&self, node: &Node, what: &str) -> Fault {
        Fault::Type(format!("{what} at {}", compile::place(self.text, node.at)))
    }

    fn negate(&mut self, operand: &Node) -> Result<Datum, Fault> {
        match self.value(operand)? {
            Datum::Plain(Value::Number(number)) => {
                self.budget.scan(number::length(&number))?;
                let negative = number::negate(&number).map_err(|what| self.fault(operand, what))?;
                Ok(Value::Number(negative).into())
            }
            other => Err(self.fault(operand, &format!("'-' needs a number, not {}", other.kind()))),
        }
    }

    fn chain(&mut self, first: &Node, rest: &[(Operator, Node)]) -> Result<Datum, Fault> {
        let mut result = self.value(first)?;
        for (by, right) in rest {
            let value = self.value(right)?;
            result = match self.calculate(*by, &result, &value)? {
                Some(Ok(result)) => result,
                Some(Err(what)) => return Err(self.fault(right, what)),
                None => {
                    let (sign, left, kind) = (by.sign(), result.kind(), value.kind());
                    return Err(self.fault(right, &format!("'{sign}' cannot be applied to {left} and {kind}")));
                }
            };
        }
        Ok(result)
    }

    /// `left by right`; `None` when it means nothing for such values.
    fn calculate(&mut self, by: Operator, left: &Datum, right: &Datum) -> Result<Calculated, Fault> {
        let (left, right) = match (left, right) {
            (Datum::Plain(Value::Number(a)), Datum::Plain(Value::Number(b))) => {
                self.budget.scan(number::length(a) + number::length(b))?;
                let result = match by {
                    Operator::Add => number::calculate(Arithmetic::Add, a, b),
                    Operator::Subtract => number::calculate(Arithmetic::Subtract, a, b),
                    Operator::Multiply => number::calculate(Arithmetic::Multiply, a, b),
                    Operator::Divide => number::calculate(Arithmetic::Divide, a, b),
                    Operator::Power => number::power(a, b),
                };
                return Ok(Some(result.map(|number| Value::Number(number).into())));
            }
            (Datum::Plain(Value::String(a)), Datum::Plain(Value::String(b))) => {
                if by != Operator::Add {
                    return Ok(None);
                }
                self.budget.take(a.len() + b.len())?;
                self.budget.scan(a.len() + b.len())?;
                return Ok(Some(Ok(Value::from(format!("{a}{b}")).into())));
            }
            (Datum::Temporal(a), Datum::Temporal(b)) => (Some(*a), Some(*b)),
            (Datum::Temporal(a), Datum::Plain(Value::String(b))) => (Some(*a), self.read(b)?),
            (Datum::Plain(Value::String(a)), Datum::Temporal(b)) => (self.read(a)?, Some(*b)),
            (Datum::Plain(_) | Datum::Temporal(_), _) => return Ok(None),
        };
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        let result = match by {
            Operator::Add => left.plus(right),
            Operator::Subtract => left.minus(right),
            Operator::Multiply | Operator::Divide | Operator::Power => None,
        };
        Ok(result.map(|result| result.map(Datum::Temporal)))
    }

    fn read(&mut self, text: &str) -> Result<Option<Temporal>, Fault> {
        self.budget.step(24)?; // three attempts
        Ok(Temporal::read(text))
    }

    fn compare(&mut self, left: &Datum, right: &Datum, by: Relation) -> Result<Option<bool>, Fault> {
        match by {
            Relation::Equal => left.equals(right, self.budget),
            Relation::NotEqual => Ok(left.equals(right, self.budget)?.map(|equal| !equal)),
            Relation::Order(by) => self.ordered(left, right, by),
        }
    }

    fn ordered(&mut self, left: &Datum, right: &Datum, by: Comparison) -> Result<Option<bool>, Fault> {
        Ok(left.order(right, self.budget)?.map(|order| by.holds(order)))
    }

    /// Whether an input passes; `None` when that cannot be told, because kinds do not fit.
    pub(super) fn passes(&mut self, input: &Datum, tests: &Tests) -> Result<Option<bool>, Fault> {
        self.budget.step(1)?;
        let Some(any_of) = &tests.any_of else { return Ok(Some(true)) };
        let mut result = Some(false);
        for test in any_of {
            let holds = self.holds(input, test)?;
            result = either(result, holds);
            if result == Some(true) {
                break;
            }
        }
        Ok(if tests.negated { result.map(|holds| !holds) } else { result })
    }

    /// Whether one test holds for the input.
    pub(super) fn holds(&mut self, input: &Datum, test: &Test) -> Result<Option<bool>, Fault> {
        match test {
            Test::Compare(by, endpoint) => {
                let endpoint = self.value(endpoint)?;
                self.ordered(input, &endpoint, *by)
            }
            Test::Interval { low, high } => {
                let above = self.within(input, low, Comparison::Greater, Comparison::GreaterOrEqual)?;
                if above == Some(false) {
                    return Ok(above);
                }
                let below = self.within(input, high, Comparison::Less, Comparison::LessOrEqual)?;
                Ok(if below == Some(false) { below } else { above.and(below) })
            }
            Test::Equal(expression) => {
                let value = self.value(expression)?;
                let whole = input.equals(&value, self.budget)?;
                let Datum::Plain(Value::List(items)) = value else { return Ok(whole) };
                // A list stands for the values in it.
                let mut result = Some(whole == Some(true));
                for item in items.iter() {
                    self.budget.step(1)?;
                    result = either(result, input.equals(&item.clone().into(), self.budget)?);
                    if result == Some(true) {
                        break;
                    }
                }
                Ok(result)
            }
        }
    }

    fn within(
        &mut self,
        input: &Datum,
        end: &Endpoint,
        open: Comparison,
        closed: Comparison,
    ) -> Result<Option<bool>, Fault> {
        let endpoint = self.value(&end.node)?;
        self.ordered(input, &endpoint, if end.closed { closed } else { open })
    }
}

/// A result, or why there is none; `None` when the operator means nothing for such operands.
type Calculated = Option<Result<Datum, &'static str>>;

/// "Or" of three values: true if one is, else unknown if one is.
fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (None, _) | (_, None) => None,
        (Some(false), Some(false)) => Some(false),
    }
}
