//! Functions on lists. Values are equal when they mean the same: `1` and `1.0`, objects whatever their order.

use std::collections::HashSet;

use model::Value;

use super::{any, boolean, list as list_of, number, optional, order, pure, result, string};
use crate::builtin::arguments::{flag, integer, list, text};
use crate::builtin::path::Path;
use crate::error::ActionError;
use crate::manifest::Action;

pub(super) fn actions() -> Vec<Action> {
    let items = || list_of("list", "The list.");
    let other = || list_of("other", "The other list.");
    let out = || list_of("result", "The resulting list.");
    vec![
        pure(
            "listSize",
            "Counts the items of a list.",
            vec![items()],
            number("size", "The number of items."),
            |input| result("size", length(list(input, "list")?)),
        ),
        pure(
            "listContains",
            "Says whether a list holds an item.",
            vec![items(), any("item", "What to look for.")],
            boolean("result", "Whether it does."),
            contains,
        ),
        pure("listUnique", "Keeps the first of equal items.", vec![items()], out(), |input| {
            let mut seen = HashSet::new();
            result("result", kept(list(input, "list")?, |key| seen.insert(key)))
        }),
        pure(
            "listSort",
            "Sorts a list; equal items keep their order.",
            vec![
                items(),
                optional(string("path", "Where in each item the value to sort by is, like a.b[0].")),
                optional(boolean("descending", "Whether the largest comes first.")).with_default(false),
            ],
            out(),
            sort,
        ),
        pure(
            "listSlice",
            "Gives a part of a list.",
            vec![
                items(),
                number("start", "The first item, from 0; a negative number counts from the end."),
                optional(number("length", "How many items; to the end if not given.")),
            ],
            out(),
            slice,
        ),
        pure("listMerge", "Puts one list behind another.", vec![items(), other()], out(), |input| {
            result("result", [list(input, "list")?, list(input, "other")?].concat())
        }),
        pure(
            "listFlatten",
            "Replaces lists in a list by their items.",
            vec![items(), optional(number("depth", "How many levels, 1 to 20.")).with_default(1)],
            out(),
            flatten,
        ),
        pure(
            "listDifference",
            "Keeps the items that the other list does not hold.",
            vec![items(), other()],
            out(),
            |input| {
                let others = keys(list(input, "other")?);
                result("result", kept(list(input, "list")?, |key| !others.contains(&key)))
            },
        ),
        pure(
            "listIntersection",
            "Keeps the items that the other list holds as well.",
            vec![items(), other()],
            out(),
            |input| {
                let others = keys(list(input, "other")?);
                result("result", kept(list(input, "list")?, |key| others.contains(&key)))
            },
        ),
        pure(
            "listPluck",
            "Takes one value out of each item; items without it are left out.",
            vec![items(), string("path", "Where in each item the value is, like a.b[0].")],
            out(),
            pluck,
        ),
    ]
}

fn length(items: &[Value]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

fn keys(items: &[Value]) -> HashSet<String> {
    items.iter().map(order::key).collect()
}

fn kept(items: &[Value], mut keep: impl FnMut(String) -> bool) -> Vec<Value> {
    items.iter().filter(|item| keep(order::key(item))).cloned().collect()
}

fn contains(input: &Value) -> Result<Value, ActionError> {
    let wanted = order::key(input.get("item"));
    result("result", list(input, "list")?.iter().any(|item| order::key(item) == wanted))
}

fn sort(input: &Value) -> Result<Value, ActionError> {
    let path = input.get("path").as_str().map(|text| Path::read(text, "path")).transpose()?;
    let by = |item: &Value| path.as_ref().map_or_else(|| item.clone(), |path| path.get(item));
    let mut pairs: Vec<(Value, &Value)> = list(input, "list")?.iter().map(|item| (by(item), item)).collect();
    if flag(input, "descending") {
        pairs.sort_by(|(a, _), (b, _)| order::compare(b, a));
    } else {
        pairs.sort_by(|(a, _), (b, _)| order::compare(a, b));
    }
    result("result", pairs.into_iter().map(|(_, item)| item.clone()).collect::<Vec<_>>())
}

fn slice(input: &Value) -> Result<Value, ActionError> {
    let items = list(input, "list")?;
    let start = integer(input, "start", i64::MIN..=i64::MAX)?;
    let start = if start < 0 { length(items).saturating_add(start).max(0) } else { start };
    let count = if input.get("length").is_null() { i64::MAX } else { integer(input, "length", 0..=i64::MAX)? };
    let (start, count) = (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(count).unwrap_or(usize::MAX));
    result("result", items.iter().skip(start).take(count).cloned().collect::<Vec<_>>())
}

fn flatten(input: &Value) -> Result<Value, ActionError> {
    let mut items = list(input, "list")?.to_vec();
    for _ in 0..integer(input, "depth", 1..=20)? {
        items = items
            .into_iter()
            .flat_map(|item| match item {
                Value::List(inner) => inner.to_vec(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Map(_) => vec![item],
            })
            .collect();
    }
    result("result", items)
}

fn pluck(input: &Value) -> Result<Value, ActionError> {
    let path = Path::read(text(input, "path")?, "path")?;
    let values = list(input, "list")?.iter().map(|item| path.get(item)).filter(|value| !value.is_null());
    result("result", values.collect::<Vec<_>>())
}
