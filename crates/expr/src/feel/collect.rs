//! What many values come to: their sum, the least, the greatest.

use std::cmp::Ordering;

use model::{Number, Value};

use super::temporal::Temporal;
use crate::compile::Arithmetic;
use crate::{Budget, Fault, number};

/// The sum of numbers, or of durations of a kind; null of nothing.
///
/// # Errors
/// There is something else among them, or the sum is too large.
pub fn sum(values: &[Value], budget: &mut Budget) -> Result<Value, Fault> {
    match alike(values, budget)? {
        Alike::Nothing => Ok(Value::Null),
        Alike::Numbers(numbers) => {
            let mut sum = Number::Int(0);
            for number in numbers {
                sum = number::calculate(Arithmetic::Add, &sum, number).map_err(|what| Fault::Type(what.to_owned()))?;
            }
            Ok(Value::Number(sum))
        }
        Alike::Times(times) => {
            let mut rest = times.into_iter();
            let Some(mut sum) = rest.next() else { return Ok(Value::Null) };
            let kind = sum.kind();
            for time in rest {
                let next = sum.plus(time).ok_or_else(|| Fault::Type(format!("a {kind} cannot be added to another")))?;
                sum = next.map_err(|what| Fault::Type(what.to_owned()))?;
            }
            Ok(Value::from(sum.to_string()))
        }
    }
}

/// The least of numbers, durations or times of a kind; null of nothing.
///
/// # Errors
/// There is something else among them.
pub fn least(values: &[Value], budget: &mut Budget) -> Result<Value, Fault> {
    outermost(values, Ordering::Less, budget)
}

/// The greatest of numbers, durations or times of a kind; null of nothing.
///
/// # Errors
/// There is something else among them.
pub fn greatest(values: &[Value], budget: &mut Budget) -> Result<Value, Fault> {
    outermost(values, Ordering::Greater, budget)
}

/// The first that is on this side of all others, as it was given.
fn outermost(values: &[Value], side: Ordering, budget: &mut Budget) -> Result<Value, Fault> {
    let found = match alike(values, budget)? {
        Alike::Nothing => return Ok(Value::Null),
        Alike::Numbers(numbers) => first_on(side, &numbers, |a, b| number::compare(a, b)),
        Alike::Times(times) => first_on(side, &times, |a, b| a.order(*b).unwrap_or(Ordering::Equal)),
    };
    Ok(values[found].clone())
}

fn first_on<T>(side: Ordering, items: &[T], order: impl Fn(&T, &T) -> Ordering) -> usize {
    (1..items.len()).fold(0, |found, next| if order(&items[next], &items[found]) == side { next } else { found })
}

/// Values that can be put in an order or added.
enum Alike<'a> {
    Nothing,
    Numbers(Vec<&'a Number>),
    Times(Vec<Temporal>),
}

/// Reads the values as what the first is. Reading, and one comparison of each, is paid for.
fn alike<'a>(values: &'a [Value], budget: &mut Budget) -> Result<Alike<'a>, Fault> {
    match values {
        [] => Ok(Alike::Nothing),
        [Value::Number(_), ..] => {
            let mut numbers = Vec::new();
            for value in values {
                let Value::Number(number) = value else { return Err(mixed("number", value.kind())) };
                budget.step(1)?;
                budget.scan(number::length(number))?;
                numbers.push(number);
            }
            Ok(Alike::Numbers(numbers))
        }
        [first, ..] => {
            let mut times: Vec<Temporal> = Vec::new();
            for value in values {
                budget.step(24)?;
                let Some(time) = value.as_str().and_then(Temporal::read) else {
                    let (kind, wanted) = (first.kind(), "numbers, durations or times are needed");
                    return Err(match times.first() {
                        Some(known) => mixed(known.kind(), value.kind()),
                        None => Fault::Type(format!("{wanted}, not a value of the kind {kind}")),
                    });
                };
                if let Some(known) = times.first()
                    && known.order(time).is_none()
                {
                    return Err(Fault::Type(format!(
                        "'{known}' and '{time}' have no order and no sum, since they are of two kinds"
                    )));
                }
                times.push(time);
            }
            Ok(Alike::Times(times))
        }
    }
}

fn mixed(one: &str, other: &str) -> Fault {
    Fault::Type(format!("a {one} and a value of the kind {other} have no order and no sum"))
}
