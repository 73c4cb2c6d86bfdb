//! The last look at a value before it leaves: is it small and flat enough to be stored?

use model::{Number, Value};

use crate::{Budget, Fault, limits};

/// Pays for the size that a list or an object has when it is written out, and refuses one that is nested too deep.
///
/// In memory its parts may be shared, so that a short expression can put together what would fill any disk; the budget
/// ends the walk through such a value. `level` is how many lists and objects will be around it.
pub(crate) fn settle(value: &Value, level: usize, budget: &mut Budget) -> Result<(), Fault> {
    match value {
        Value::Null | Value::Bool(_) => budget.take(4),
        Value::Number(Number::Exact(digits)) => budget.take(digits.len()),
        Value::Number(Number::Int(_) | Number::Float(_)) => budget.take(8),
        Value::String(text) => budget.take(text.len() + 2),
        Value::List(items) => {
            nested(level)?;
            budget.take(2 + items.len())?;
            items.iter().try_for_each(|item| settle(item, level + 1, budget))
        }
        Value::Map(members) => {
            nested(level)?;
            budget.take(2)?;
            members.iter().try_for_each(|(key, member)| {
                budget.take(key.len() + 4)?;
                settle(member, level + 1, budget)
            })
        }
    }
}

fn nested(level: usize) -> Result<(), Fault> {
    if level < limits::VALUE_DEPTH {
        return Ok(());
    }
    Err(Fault::Type(format!("the value is nested more than {} levels deep", limits::VALUE_DEPTH)))
}
