//! Functions on lists.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use model::{Number, Value};

use super::{Call, Function, text::joined};
use crate::compile::Arithmetic;
use crate::{Budget, Fault, number};

pub(super) const FUNCTIONS: [Function; 6] = [
    Function::new("join", "join(list, separator?)", 1..=2, join),
    Function::new("min", "min(list)", 1..=1, min),
    Function::new("max", "max(list)", 1..=1, max),
    Function::new("sum", "sum(list)", 1..=1, sum),
    Function::new("distinct", "distinct(list)", 1..=1, distinct),
    Function::new("sort", "sort(list)", 1..=1, sort),
];

fn join(call: &mut Call<'_>) -> Result<Value, Fault> {
    let items = call.list()?;
    let separator = if call.arguments.len() > 1 { call.text_at(1)? } else { "" };
    joined(call, items, separator)
}

fn min(call: &mut Call<'_>) -> Result<Value, Fault> {
    outermost(call, Ordering::Less)
}

fn max(call: &mut Call<'_>) -> Result<Value, Fault> {
    outermost(call, Ordering::Greater)
}

/// The first item that is on this side of all others; null of an empty list.
fn outermost(call: &mut Call<'_>, side: Ordering) -> Result<Value, Fault> {
    let items = sortable(call, 2)?;
    let found = items.iter().reduce(|found, item| if order(item, found) == side { item } else { found });
    Ok(found.cloned().unwrap_or_default())
}

fn sum(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut sum = Number::Int(0);
    for item in call.list()? {
        call.budget.step(1)?;
        let Value::Number(number) = item else {
            return Err(call.fault(&format!("needs a list of numbers; there is {} in it", item.kind())));
        };
        call.budget.scan(number::length(number))?;
        sum = number::calculate(Arithmetic::Add, &sum, number).map_err(|what| Fault::Type(what.to_owned()))?;
    }
    Ok(Value::Number(sum))
}

/// Keeps the first of equal items.
fn distinct(call: &mut Call<'_>) -> Result<Value, Fault> {
    let items = call.list()?;
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for item in items {
        call.budget.step(1)?;
        let mut key = String::new();
        canonical(item, &mut key, call.budget)?;
        if seen.insert(key) {
            call.budget.take_items(1)?;
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

/// Writes a text that equal values share and unequal ones do not.
fn canonical(value: &Value, to: &mut String, budget: &mut Budget) -> Result<(), Fault> {
    let mut write = |tag: char, text: &str, budget: &mut Budget| {
        // The length in front keeps neighbours apart, whatever characters they hold.
        let length = text.len().to_string();
        budget.take(text.len() + length.len() + 2)?;
        budget.scan(text.len())?;
        to.push(tag);
        to.push_str(&length);
        to.push(':');
        to.push_str(text);
        Ok(())
    };
    match value {
        Value::Null => write('n', "", budget),
        Value::Bool(truth) => write('b', if *truth { "1" } else { "0" }, budget),
        Value::Number(number) => {
            budget.scan(number::length(number))?;
            write('d', &number::canonical(number), budget)
        }
        Value::String(text) => write('s', text, budget),
        Value::List(items) => {
            write('l', &items.len().to_string(), budget)?;
            items.iter().try_for_each(|item| {
                budget.step(1)?;
                canonical(item, to, budget)
            })
        }
        Value::Map(members) => {
            write('m', &members.len().to_string(), budget)?;
            budget.step(3 * members.len() as u64)?;
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            members.into_iter().try_for_each(|(key, member)| {
                canonical(&Value::String(key.clone()), to, budget)?;
                canonical(member, to, budget)
            })
        }
    }
}

fn sort(call: &mut Call<'_>) -> Result<Value, Fault> {
    let length = call.list()?.len();
    let rounds = u64::from(usize::BITS - length.leading_zeros());
    let items = sortable(call, rounds)?;
    call.budget.take_items(items.len())?;
    let mut items = items.to_vec();
    items.sort_by(order);
    Ok(Value::list(items))
}

/// The subject as a list of only numbers or only strings, with comparing each of them so many times paid.
fn sortable<'a>(call: &mut Call<'a>, rounds: u64) -> Result<&'a [Value], Fault> {
    let items = call.list()?;
    let mut bytes = 0;
    for item in items {
        call.budget.step(rounds)?;
        bytes += match (item, &items[0]) {
            (Value::Number(number), Value::Number(_)) => number::length(number),
            (Value::String(text), Value::String(_)) => text.len(),
            _ => {
                let (first, other) = (items[0].kind(), item.kind());
                let found = if first == other { first.to_owned() } else { format!("{first} and {other}") };
                return Err(call.fault(&format!("needs only numbers or only strings; there is {found} in the list")));
            }
        };
    }
    call.budget.scan(bytes.saturating_mul(usize::try_from(rounds).unwrap_or(usize::MAX)))?;
    Ok(items)
}

/// The order of two items of a sortable list.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => number::compare(a, b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}
