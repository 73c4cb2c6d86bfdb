//! JSON values whose strings hold `${…}`.

use std::sync::Arc;

use indexmap::IndexSet;
use model::{Map, Value};

use crate::compile::{self, on_large_stack};
use crate::{Budget, Error, Fault, Program, Scope, limits, text, walk};

/// A JSON value whose strings may hold `${…}`: a string that is one `${…}` becomes the expression's value with its
/// type, any other string is interpolated as text. `$${` stands for the characters `${`. Keys of objects are kept as
/// they are. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Template(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    shape: Shape,
    names: Box<[Arc<str>]>,
}

#[derive(Debug)]
enum Shape {
    /// A part without expressions.
    Constant(Value),
    /// A string that is one expression.
    Whole(Program),
    /// A string with expressions in it.
    Text(Box<[Piece]>),
    List(Box<[Shape]>),
    Object(Box<[(Arc<str>, Shape)]>),
}

#[derive(Debug)]
enum Piece {
    Text(Box<str>),
    Expression(Program),
}

impl Template {
    /// Compiles every string in the value.
    ///
    /// # Errors
    /// As [`Program::compile`], and a `${` that is never closed. The message begins with the path to the string.
    pub fn compile(value: &Value) -> Result<Self, Error> {
        if !has_expressions(value, 1)? {
            return Ok(Self(Arc::new(Compiled { shape: Shape::Constant(value.clone()), names: Box::default() })));
        }
        on_large_stack(|| {
            let mut builder = Builder::default();
            let shape = builder.shape(value)?;
            Ok(Self(Arc::new(Compiled { shape, names: builder.names.into_iter().collect() })))
        })
    }

    /// The top-level names it reads, for validation, in the order of their first use.
    pub fn names(&self) -> Vec<Arc<str>> {
        self.0.names.to_vec()
    }

    /// The value with every `${…}` replaced. The work is taken off the budget, also when there is a fault.
    ///
    /// # Errors
    /// As [`Program::eval`]; a [`Fault::Type`] begins with the path to the string.
    pub fn eval(&self, scope: &dyn Scope, budget: &mut Budget) -> Result<Value, Fault> {
        match &self.0.shape {
            Shape::Whole(program) => program.eval(scope, budget),
            shape => shape.eval(scope, budget, 0),
        }
    }
}

/// Whether any string needs a closer look. Also refuses what is nested too deep to recurse into.
fn has_expressions(value: &Value, level: usize) -> Result<bool, Error> {
    if level > limits::TEMPLATE_DEPTH + 1 {
        let message = format!("the value is nested more than {} levels deep", limits::TEMPLATE_DEPTH);
        return Err(Error { message });
    }
    let mut found = false;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => found = text.contains("${"),
        // No early return: the depth of all parts is to be checked.
        Value::List(items) => {
            for item in items.iter() {
                found |= has_expressions(item, level + 1)?;
            }
        }
        Value::Map(members) => {
            for member in members.values() {
                found |= has_expressions(member, level + 1)?;
            }
        }
    }
    Ok(found)
}

#[derive(Default)]
struct Builder {
    names: IndexSet<Arc<str>>,
    /// The way from the root to the part at hand, for messages.
    path: Vec<String>,
    expressions: usize,
    bytes: usize,
}

impl Builder {
    fn shape(&mut self, value: &Value) -> Result<Shape, Error> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Shape::Constant(value.clone())),
            Value::String(text) => self.string(text),
            Value::List(items) => {
                let shapes = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.part(&index.to_string(), item))
                    .collect::<Result<Box<[_]>, _>>()?;
                let constant = shapes.iter().zip(items.iter()).all(|(shape, item)| shape.is(item));
                Ok(if constant { Shape::Constant(value.clone()) } else { Shape::List(shapes) })
            }
            Value::Map(members) => {
                let shapes = members
                    .iter()
                    .map(|(key, member)| Ok((key.clone(), self.part(key, member)?)))
                    .collect::<Result<Box<[_]>, Error>>()?;
                let constant = shapes.iter().zip(members.values()).all(|((_, shape), member)| shape.is(member));
                Ok(if constant { Shape::Constant(value.clone()) } else { Shape::Object(shapes) })
            }
        }
    }

    fn part(&mut self, key: &str, value: &Value) -> Result<Shape, Error> {
        self.path.push(key.to_owned());
        let shape = self.shape(value)?;
        self.path.pop();
        Ok(shape)
    }

    fn string(&mut self, text: &Arc<str>) -> Result<Shape, Error> {
        if !text.contains("${") {
            return Ok(Shape::Constant(Value::String(text.clone())));
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(length) = text[at..].find("${") {
            let (before, start) = (&text[at..at + length], at + length + 2);
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                at = start;
                continue;
            }
            literal.push_str(before);
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal).into()));
            }
            let (program, end) = self.expression(text, start)?;
            pieces.push(Piece::Expression(program));
            at = end + 1;
        }
        literal.push_str(&text[at..]);
        if pieces.is_empty() {
            return Ok(Shape::Constant(literal.into()));
        }
        if literal.is_empty()
            && let [Piece::Expression(program)] = pieces.as_slice()
        {
            return Ok(Shape::Whole(program.clone()));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.into()));
        }
        Ok(Shape::Text(pieces.into()))
    }

    /// The expression from byte `start` of the string, and where its `}` is.
    fn expression(&mut self, text: &Arc<str>, start: usize) -> Result<(Program, usize), Error> {
        let (tree, range) = compile::embedded(text, start).map_err(|problem| self.located(problem.in_text(text)))?;
        self.expressions += 1;
        self.bytes += range.len();
        if self.expressions > limits::TEMPLATE_EXPRESSIONS || self.bytes > limits::TEMPLATE_SOURCE_BYTES {
            let (count, bytes) = (limits::TEMPLATE_EXPRESSIONS, limits::TEMPLATE_SOURCE_BYTES);
            let message = format!("more than {count} expressions, or {bytes} bytes of them, in one value");
            return Err(self.located(Error { message }));
        }
        self.names.extend(tree.names.iter().cloned());
        let end = range.end;
        Ok((Program::new(text.clone(), range, tree), end))
    }

    fn located(&self, error: Error) -> Error {
        if self.path.is_empty() { error } else { Error { message: format!("{}: {error}", self.path.join(".")) } }
    }
}

impl Shape {
    /// Whether this is exactly that constant (and not, say, the string that an escape stands for).
    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Constant(Value::String(mine)), Value::String(theirs)) => Arc::ptr_eq(mine, theirs),
            (Self::Constant(Value::List(mine)), Value::List(theirs)) => Arc::ptr_eq(mine, theirs),
            (Self::Constant(Value::Map(mine)), Value::Map(theirs)) => Arc::ptr_eq(mine, theirs),
            (Self::Constant(_), Value::Null | Value::Bool(_) | Value::Number(_)) => true,
            (Self::Constant(_) | Self::Whole(_) | Self::Text(_) | Self::List(_) | Self::Object(_), _) => false,
        }
    }

    /// `level` is how many lists and objects are around this part.
    fn eval(&self, scope: &dyn Scope, budget: &mut Budget, level: usize) -> Result<Value, Fault> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Whole(program) => {
                let value = program.run(scope, budget)?;
                walk::settle(&value, level, budget)?;
                Ok(value)
            }
            Self::Text(pieces) => {
                let mut written = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => text::append_str(text, &mut written, budget)?,
                        Piece::Expression(program) => {
                            text::append(&program.run(scope, budget)?, &mut written, budget)?;
                        }
                    }
                }
                Ok(written.into())
            }
            Self::List(shapes) => {
                budget.take_items(shapes.len())?;
                let items = shapes.iter().enumerate().map(|(index, shape)| {
                    shape.eval(scope, budget, level + 1).map_err(|fault| shape.located(fault, &index.to_string()))
                });
                Ok(Value::list(items.collect::<Result<_, _>>()?))
            }
            Self::Object(shapes) => {
                budget.take_items(2 * shapes.len())?;
                let members = shapes.iter().map(|(key, shape)| {
                    let value = shape.eval(scope, budget, level + 1).map_err(|fault| shape.located(fault, key))?;
                    Ok((key.clone(), value))
                });
                Ok(Value::map(members.collect::<Result<Map, Fault>>()?))
            }
        }
    }

    /// The fault of this part, with its key put before the message.
    fn located(&self, fault: Fault, key: &str) -> Fault {
        let separator = match self {
            Self::Constant(_) | Self::Whole(_) | Self::Text(_) => ": ",
            Self::List(_) | Self::Object(_) => ".",
        };
        match fault {
            Fault::Type(what) => Fault::Type(format!("{key}{separator}{what}")),
            Fault::UnknownName(_) | Fault::Budget(_) => fault,
        }
    }
}
