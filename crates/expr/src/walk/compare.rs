//! Equality, order and membership.

use std::cmp::Ordering;
use std::sync::Arc;

use model::Value;

use super::{Walk, key_text};
use crate::compile::{Comparison, Ix};
use crate::{Budget, Fault, number};

impl Walk<'_> {
    pub(super) fn equal(&mut self, left: Ix, right: Ix, negated: bool) -> Result<Value, Fault> {
        let left = self.eval(left)?;
        let right = self.eval(right)?;
        Ok(Value::Bool(equal(&left, &right, self.budget)? != negated))
    }

    pub(super) fn compare(&mut self, left: Ix, right: Ix, by: Comparison) -> Result<Value, Fault> {
        let left = self.eval(left)?;
        let right = self.eval(right)?;
        let order = match (&left, &right) {
            (Value::Null, _) | (_, Value::Null) => return Ok(Value::Bool(false)),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            _ => order(&left, &right, self.budget)?.ok_or_else(|| {
                let (sign, left, right) = (by.sign(), left.kind(), right.kind());
                Fault::Type(format!("'{sign}' cannot compare {left} and {right}"))
            })?,
        };
        Ok(Value::Bool(by.holds(order)))
    }

    pub(super) fn member(&mut self, item: Ix, of: Ix) -> Result<Value, Fault> {
        let item = self.eval(item)?;
        let of = self.eval(of)?;
        match member_of(&item, &of, self.budget)? {
            Some(found) => Ok(Value::Bool(found)),
            None => Err(Fault::Type(format!("'in' needs a list or an object on its right, not {}", of.kind()))),
        }
    }
}

/// The order of two numbers or two strings (by code point); `None` for anything else.
pub(crate) fn order(a: &Value, b: &Value, budget: &mut Budget) -> Result<Option<Ordering>, Fault> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            budget.scan(number::length(a) + number::length(b))?;
            Ok(Some(number::compare(a, b)))
        }
        (Value::String(a), Value::String(b)) => {
            budget.scan(a.len().min(b.len()))?;
            Ok(Some(a.cmp(b)))
        }
        _ => Ok(None),
    }
}

/// Whether two values are equal: numbers by value, objects whatever the order of their members; values of different
/// kinds never are.
pub(crate) fn equal(a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, Fault> {
    match (a, b) {
        (Value::Null, Value::Null) => Ok(true),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Number(_), Value::Number(_)) => Ok(order(a, b, budget)? == Some(Ordering::Equal)),
        (Value::String(a), Value::String(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            budget.scan(a.len())?;
            Ok(a == b)
        }
        (Value::List(a), Value::List(b)) => {
            if Arc::ptr_eq(a, b) || a.len() != b.len() {
                return Ok(a.len() == b.len());
            }
            for (a, b) in a.iter().zip(b.iter()) {
                budget.step(1)?;
                if !equal(a, b, budget)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(a), Value::Map(b)) => {
            if Arc::ptr_eq(a, b) || a.len() != b.len() {
                return Ok(a.len() == b.len());
            }
            for (key, a) in a.iter() {
                budget.step(1)?;
                budget.scan(key.len())?;
                match b.get(key) {
                    Some(b) if equal(a, b, budget)? => {}
                    Some(_) | None => return Ok(false),
                }
            }
            Ok(true)
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) | Value::Map(_), _) => {
            Ok(false)
        }
    }
}

/// Whether a list has the item, or an object the key; null has neither. `None` when `of` is of another kind.
pub(crate) fn member_of(item: &Value, of: &Value, budget: &mut Budget) -> Result<Option<bool>, Fault> {
    match of {
        Value::Null => Ok(Some(false)),
        Value::List(items) => {
            for other in items.iter() {
                budget.step(1)?;
                if equal(item, other, budget)? {
                    return Ok(Some(true));
                }
            }
            Ok(Some(false))
        }
        Value::Map(_) if item.is_null() => Ok(Some(false)),
        Value::Map(members) => Ok(Some(members.contains_key(&key_text(item, budget)?))),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(None),
    }
}
