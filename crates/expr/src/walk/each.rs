//! The macros: `all`, `exists`, `exists_one`, `map`, `filter`.

use std::sync::Arc;

use model::{Map, Value};

use super::Walk;
use crate::Fault;
use crate::compile::{Each, Ix};

/// What a macro walks over: a list's items or an object's keys; null has none.
enum Items {
    None,
    List(Arc<Vec<Value>>),
    Keys(Arc<Map>),
}

impl Items {
    fn get(&self, index: usize) -> Option<Value> {
        match self {
            Self::None => None,
            Self::List(items) => items.get(index).cloned(),
            Self::Keys(members) => members.get_index(index).map(|(key, _)| Value::String(key.clone())),
        }
    }
}

impl Walk<'_> {
    pub(super) fn each(
        &mut self,
        each: Each,
        over: Ix,
        slot: u32,
        filter: Option<Ix>,
        body: Ix,
    ) -> Result<Value, Fault> {
        let items = match self.eval(over)? {
            Value::Null => Items::None,
            Value::List(items) => Items::List(items),
            Value::Map(members) => Items::Keys(members),
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                let (name, kind) = (each.name(), other.kind());
                return Err(Fault::Type(format!("{name}() needs a list or an object, not {kind}")));
            }
        };
        self.locals.push(Value::Null);
        let result = self.walk_over(each, &items, slot as usize, filter, body);
        self.locals.pop();
        result
    }

    fn walk_over(
        &mut self,
        each: Each,
        items: &Items,
        slot: usize,
        filter: Option<Ix>,
        body: Ix,
    ) -> Result<Value, Fault> {
        let mut found = 0_usize;
        let mut kept = Vec::new();
        for index in 0.. {
            let Some(item) = items.get(index) else { break };
            self.budget.step(1)?;
            self.locals[slot] = item;
            match each {
                Each::All if !self.truth(body, "all()")? => return Ok(Value::Bool(false)),
                Each::All => {}
                Each::Exists if self.truth(body, "exists()")? => return Ok(Value::Bool(true)),
                Each::Exists => {}
                Each::ExistsOne => found += usize::from(self.truth(body, "exists_one()")?),
                Each::Map => {
                    if match filter {
                        Some(filter) => self.truth(filter, "map()")?,
                        None => true,
                    } {
                        self.budget.take_items(1)?;
                        kept.push(self.eval(body)?);
                    }
                }
                Each::Filter => {
                    if self.truth(body, "filter()")? {
                        self.budget.take_items(1)?;
                        kept.push(self.locals[slot].clone());
                    }
                }
            }
        }
        Ok(match each {
            Each::All => Value::Bool(true),
            Each::Exists => Value::Bool(false),
            Each::ExistsOne => Value::Bool(found == 1),
            Each::Map | Each::Filter => Value::list(kept),
        })
    }
}
