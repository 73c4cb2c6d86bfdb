//! Members of objects and items of lists. What is absent is null.

use std::sync::Arc;

use model::Value;

use super::Walk;
use crate::compile::Ix;
use crate::{Budget, Fault, text};

impl Walk<'_> {
    pub(super) fn path(&mut self, of: Ix, members: &[Arc<str>]) -> Result<Value, Fault> {
        let value = self.eval(of)?;
        Ok(members.iter().fold(&value, |value, member| value.get(member)).clone())
    }

    pub(super) fn index(&mut self, of: Ix, index: Ix) -> Result<Value, Fault> {
        let of = self.eval(of)?;
        let index = self.eval(index)?;
        Ok(item(&of, &index, self.budget)?.unwrap_or_default())
    }

    pub(super) fn has(&mut self, of: Ix, member: Ix) -> Result<Value, Fault> {
        let of = self.eval(of)?;
        let member = self.eval(member)?;
        Ok(Value::Bool(item(&of, &member, self.budget)?.is_some()))
    }
}

/// The item or member, when there is one.
fn item(of: &Value, index: &Value, budget: &mut Budget) -> Result<Option<Value>, Fault> {
    match (of, index) {
        (_, Value::Null) => Ok(None),
        (Value::Map(members), Value::String(key)) => Ok(members.get(key).cloned()),
        (Value::Map(members), _) => Ok(members.get(&key_text(index, budget)?).cloned()),
        (Value::List(items), Value::Number(position)) => {
            let position = position.as_i64().and_then(|position| usize::try_from(position).ok());
            Ok(position.and_then(|position| items.get(position)).cloned())
        }
        (Value::List(_), _) => Err(Fault::Type(format!("a list is indexed by a number, not {}", index.kind()))),
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => Ok(None),
    }
}

/// The key that a value stands for: numbers and booleans as they are written.
pub(crate) fn key_text(key: &Value, budget: &mut Budget) -> Result<Arc<str>, Fault> {
    match key {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => text::text(key, budget),
        Value::Null | Value::List(_) | Value::Map(_) => {
            Err(Fault::Type(format!("a key is a string, a number or a boolean, not {}", key.kind())))
        }
    }
}
