//! The columns of a table and the objects that its rows are.
//!
//! A column is named by a field of the class, by the path of a member of one (`environment.region_id`) or by any other
//! key; [`REST`] holds what an object has beside its columns.

use std::collections::HashSet;
use std::sync::Arc;

use model::{Map, Value};

use super::cell::Cell;
use super::file::broken;
use crate::error::{Error, Text};
use crate::object::class::Class;
use crate::object::shape::{Holds, Members};

/// The column of everything that no other column holds, as a JSON object.
pub(super) const REST: &str = "*";

/// The columns of a table, from the left.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// The members of an object that have columns of their own.
    members: HashSet<Arc<str>>,
}

#[derive(Debug)]
struct Column {
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A member of the object, or of objects in it.
    At {
        path: Vec<Arc<str>>,
        holds: Holds,
    },
    Rest,
    /// A column without a name, which may hold nothing.
    Nowhere,
}

impl Columns {
    /// Every field of a class and the rest.
    pub(super) fn all(class: &Class) -> Self {
        let fields = class.members.iter().map(|(key, member)| Column {
            name: key.to_string(),
            place: Place::At { path: vec![Arc::clone(key)], holds: member.holds.clone() },
        });
        Self::new(fields.chain([Column { name: REST.into(), place: Place::Rest }]).collect())
    }

    /// Columns of these names.
    pub(super) fn named(class: &Class, names: &[String]) -> Self {
        let column = |name: &String| Column { name: name.clone(), place: place(&class.members, name) };
        Self::new(names.iter().map(column).collect())
    }

    fn new(columns: Vec<Column>) -> Self {
        let member = |column: &Column| match &column.place {
            Place::At { path, .. } if path.len() == 1 => path.first().cloned(),
            Place::At { .. } | Place::Rest | Place::Nowhere => None,
        };
        Self { members: columns.iter().filter_map(member).collect(), columns }
    }

    /// The columns that the head of a file names.
    pub(super) fn of_head(class: &Class, head: &[Cell]) -> Result<Self, Error> {
        let names: Vec<String> = head.iter().map(|cell| cell.text().trim().to_owned()).collect();
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !name.is_empty() && !seen.insert(*name)) {
            return Err(broken(
                format!("the first row names the column '{name}' twice"),
                format!("首行列名'{name}'重复"),
            ));
        }
        let columns = Self::named(class, &names);
        if !columns.columns.iter().any(|column| column.is_known(class)) {
            let example = class.name_field();
            return Err(broken(
                format!("the first row must name fields of {}, for example {example}", class.name),
                format!("首行必须是{}的字段名，例如{example}", class.name),
            ));
        }
        Ok(columns)
    }

    /// Their names.
    pub(super) fn head(&self) -> Vec<Cell> {
        self.columns.iter().map(|column| Cell::Text(column.name.clone())).collect()
    }

    /// What they hold of an object.
    pub(super) fn cells(&self, object: &Map) -> Vec<Cell> {
        let cell = |column: &Column| match &column.place {
            Place::At { path, holds } => {
                find(object, &column.name, path).map_or(Cell::EMPTY, |value| Cell::write(holds, value))
            }
            Place::Rest => self.rest(object).map_or(Cell::EMPTY, |rest| Cell::Text(Value::map(rest).to_json())),
            Place::Nowhere => Cell::EMPTY,
        };
        self.columns.iter().map(cell).collect()
    }

    /// The part of an object that they hold.
    pub(super) fn part(&self, object: &Map) -> Map {
        let mut part = Map::new();
        for column in &self.columns {
            match &column.place {
                Place::At { path, .. } => {
                    if let Some(value) = find(object, &column.name, path) {
                        // A path leads through objects only, so it does in the part of one.
                        put(&mut part, path, value.clone());
                    }
                }
                Place::Rest => part.extend(self.rest(object).unwrap_or_default()),
                Place::Nowhere => {}
            }
        }
        part
    }

    /// What an object has beside its columns.
    fn rest(&self, object: &Map) -> Option<Map> {
        let rest = object.iter().filter(|(key, _)| !self.members.contains(*key));
        let rest: Map = rest.map(|(key, value)| (Arc::clone(key), value.clone())).collect();
        (!rest.is_empty()).then_some(rest)
    }

    /// The object that a row is.
    pub(super) fn object(&self, cells: Vec<Cell>) -> Result<Map, Text> {
        if let Some(beyond) = (self.columns.len()..cells.len()).find(|index| !cells[*index].text().is_empty()) {
            return Err(beside_the_columns(beyond));
        }
        let mut object = Map::new();
        let mut rest = None;
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            match &column.place {
                Place::At { path, holds } => {
                    if let Some(value) = cell.read(holds)
                        && !put(&mut object, path, value)
                    {
                        let name = &column.name;
                        return Err(Text::new(
                            format!("{name}: what it belongs to is not an object"),
                            format!("{name}：其上级不是对象"),
                        ));
                    }
                }
                Place::Rest => rest = cell.read(&Holds::Anything),
                Place::Nowhere if cell.text().is_empty() => {}
                Place::Nowhere => return Err(beside_the_columns(index)),
            }
        }
        match rest {
            None => {}
            Some(Value::Map(rest)) => {
                for (key, value) in rest.iter() {
                    object.entry(Arc::clone(key)).or_insert_with(|| value.clone());
                }
            }
            Some(_) => {
                return Err(Text::new(format!("{REST} must be a JSON object"), format!("{REST}必须是JSON对象")));
            }
        }
        Ok(object)
    }
}

impl Column {
    fn is_known(&self, class: &Class) -> bool {
        matches!(&self.place, Place::At { path, .. } if path.first().is_some_and(|key| class.has_field(key)))
    }
}

fn place(members: &Members, name: &str) -> Place {
    match name {
        "" => return Place::Nowhere,
        REST => return Place::Rest,
        _ => {}
    }
    let literal = |holds: &Holds| Place::At { path: vec![name.into()], holds: holds.clone() };
    if let Some(member) = members.get(name) {
        return literal(&member.holds);
    }
    let mut path = name.split('.').map(Arc::from);
    let first: Option<Arc<str>> = path.next();
    let Some((first, Holds::Object(below))) = first.and_then(|key| Some((key.clone(), &members.get(&key)?.holds)))
    else {
        return literal(&Holds::Anything);
    };
    let (mut members, mut holds) = (Some(below), &Holds::Anything);
    let mut keys = vec![first];
    for key in path {
        holds = members.and_then(|members| members.get(&key)).map_or(&Holds::Anything, |member| &member.holds);
        members = if let Holds::Object(members) = holds { Some(members) } else { None };
        keys.push(key);
    }
    Place::At { path: keys, holds: holds.clone() }
}

/// What an object has under a name, or else at a path.
fn find<'o>(object: &'o Map, name: &str, path: &[Arc<str>]) -> Option<&'o Value> {
    let (first, below) = path.split_first()?;
    object.get(name).or_else(|| below.iter().try_fold(object.get(first)?, |value, key| value.as_map()?.get(key)))
}

/// Puts a value at a path; false when something on the way is no object.
fn put(object: &mut Map, path: &[Arc<str>], value: Value) -> bool {
    match path {
        [] => false,
        [key] => {
            object.insert(Arc::clone(key), value);
            true
        }
        [key, below @ ..] => {
            let inner = object.entry(Arc::clone(key)).or_insert_with(|| Value::map(Map::new()));
            match inner {
                Value::Map(inner) => put(Arc::make_mut(inner), below, value),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::List(_) => false,
            }
        }
    }
}

fn beside_the_columns(index: usize) -> Text {
    let column = index + 1;
    Text::new(
        format!("column {column} has no name in the first row, so it must be empty"),
        format!("第{column}列在首行没有列名，必须为空"),
    )
}
