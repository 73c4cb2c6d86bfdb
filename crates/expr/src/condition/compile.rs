//! From `[field, operator, value …]` to a condition, or to one sentence that says what is wrong.

use std::borrow::Cow;
use std::sync::Arc;

use model::Value;

use super::operator::{self, Operator};
use super::path::Path;
use super::predicate::{Condition, Of, Test, TextTest, Values};
use super::problem::{Place, Problem};
use super::reader::{self, Operand, Reader};
use super::{Fields, Kind, OBJECT, OLD};
use crate::compile::Node;
use crate::functions::network::Network;
use crate::functions::pattern;
use crate::text::excerpt;
use crate::{Budget, limits};

/// A condition as a node of a tree.
pub(super) struct Compiled {
    /// What it asks.
    pub(super) node: Node,
    /// The names of the objects that it asks it of.
    pub(super) reads: &'static [&'static str],
    /// Whether the opposite is meant.
    pub(super) negated: bool,
}

/// Compiles each condition, and collects what is wrong.
pub(super) fn all(conditions: &[(String, Vec<Value>)], fields: &Fields) -> (Vec<Compiled>, Vec<Problem>) {
    let mut compile = Compile { fields, values: 0, bytes: 0, patterns: 0 };
    let mut compiled = Vec::with_capacity(conditions.len());
    let mut problems = Vec::new();
    for (index, (name, data)) in conditions.iter().enumerate() {
        match compile.condition(data) {
            Ok(condition) => compiled.push(condition),
            Err(message) => {
                problems.push(Problem { place: Place::Condition { index, name: excerpt(name) }, message });
            }
        }
    }
    (compiled, problems)
}

/// What all conditions of a rule have used up together.
struct Compile<'a> {
    fields: &'a Fields,
    values: usize,
    bytes: usize,
    patterns: usize,
}

impl Compile<'_> {
    fn condition(&mut self, data: &[Value]) -> Result<Compiled, String> {
        let [Value::String(field), Value::String(written), values @ ..] = data else {
            let shape = r#"["severity", "=", "High"]"#;
            return Err(format!("must be a field, an operator and what the operator asks for, like {shape}"));
        };
        let (of, path) = place(field)?;
        let Some((operator, negated)) = operator::find(written) else {
            let known = operator::ALL.join(", ");
            return Err(format!("unknown operator '{}'; an operator is one of {known}", excerpt(written)));
        };
        self.pay_bytes(data)?;
        let reader = self.fields.reader(path.text());
        let asked = Asked { field: path.text().clone(), written: excerpt(written), reader };
        self.compiled(operator, negated, of, path, &asked, values)
    }

    fn compiled(
        &mut self,
        operator: Operator,
        mut negated: bool,
        of: Of,
        path: Path,
        asked: &Asked,
        values: &[Value],
    ) -> Result<Compiled, String> {
        let test = match operator {
            Operator::Changed => {
                asked.no_value(values)?;
                return match of {
                    Of::Object => Ok(Compiled { node: Node::Changed(path), reads: &[OBJECT, OLD], negated }),
                    Of::Old => Err(format!("'{}' is asked of the field itself, without 'old.'", asked.written)),
                };
            }
            Operator::Exists => {
                asked.no_value(values)?;
                Test::Exists
            }
            // What equals null is not there.
            Operator::Equal if matches!(values, [Value::Null]) => {
                negated = !negated;
                Test::Exists
            }
            Operator::Equal => Test::OneOf(Values::new(vec![self.operand(asked, asked.one(values)?)?], asked.reader)),
            Operator::In => {
                let values = asked.listed(values, "values, like Low,High")?;
                let operands = values.iter().map(|value| self.operand(asked, value));
                Test::OneOf(Values::new(operands.collect::<Result<_, _>>()?, asked.reader))
            }
            Operator::Order(by) => Test::Order(by, self.operand(asked, asked.one(values)?)?),
            Operator::Contains => Test::Text(TextTest::Contains(asked.text(values)?)),
            Operator::StartsWith => Test::Text(TextTest::StartsWith(asked.text(values)?)),
            Operator::EndsWith => Test::Text(TextTest::EndsWith(asked.text(values)?)),
            Operator::Like => Test::Text(self.like(&asked.text(values)?)?),
            Operator::Regex => Test::Text(self.pattern(&asked.text(values)?, "")?),
            Operator::Cidr => {
                let values = asked.listed(values, "networks, like 10.0.0.0/8")?;
                let networks = values.iter().map(|value| self.network(asked, value));
                Test::Within(networks.collect::<Result<_, _>>()?)
            }
        };
        let node = Node::Condition(Box::new(Condition { of, path, reader: asked.reader, test }));
        Ok(Compiled { node, reads: of.names(), negated })
    }

    fn operand(&mut self, asked: &Asked, value: &Value) -> Result<Operand, String> {
        self.pay_value()?;
        let operand = asked.reader.operand(value, &mut Budget::default()).map_err(|fault| fault.to_string())?;
        operand.ok_or_else(|| asked.not(value))
    }

    fn network(&mut self, asked: &Asked, value: &Value) -> Result<Network, String> {
        self.pay_value()?;
        value
            .as_str()
            .and_then(Network::parse)
            .ok_or_else(|| format!("'{}' needs a network, like 10.0.0.0/8, not {}", asked.written, shown(value)))
    }

    /// Only `%` and `_` between other characters need a pattern.
    fn like(&mut self, text: &str) -> Result<TextTest, String> {
        let parts = like_parts(text);
        Ok(match &parts[..] {
            [] => TextTest::Is("".into()),
            [Part::Text(whole)] => TextTest::Is(whole.as_str().into()),
            [Part::Text(start), Part::Any] => TextTest::StartsWith(start.as_str().into()),
            [Part::Any, Part::Text(end)] => TextTest::EndsWith(end.as_str().into()),
            [Part::Any, Part::Text(part), Part::Any] => TextTest::Contains(part.as_str().into()),
            [Part::Any] => TextTest::Contains("".into()),
            [first, ..] => {
                let start = if let Part::Text(start) = first { start } else { "" };
                let pattern: String = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => regex::escape(text),
                        Part::One => ".".to_owned(),
                        Part::Any => ".*".to_owned(),
                    })
                    .collect();
                self.pattern(&format!("(?s)^{pattern}$"), start)?
            }
        })
    }

    fn pattern(&mut self, pattern: &str, start: &str) -> Result<TextTest, String> {
        self.patterns += 1;
        if self.patterns > limits::CONDITION_PATTERNS {
            return Err(format!("more than {} conditions have patterns", limits::CONDITION_PATTERNS));
        }
        Ok(TextTest::Matches { pattern: Box::new(pattern::compile(pattern)?), start: start.into() })
    }

    fn pay_value(&mut self) -> Result<(), String> {
        self.values += 1;
        if self.values > limits::CONDITION_VALUES {
            return Err(format!("the conditions have more than {} values together", limits::CONDITION_VALUES));
        }
        Ok(())
    }

    fn pay_bytes(&mut self, data: &[Value]) -> Result<(), String> {
        self.bytes += data.iter().map(Value::size).sum::<usize>();
        if self.bytes > limits::CONDITION_BYTES {
            return Err(format!("the conditions have more than {} bytes together", limits::CONDITION_BYTES));
        }
        Ok(())
    }
}

/// What messages tell of a condition.
struct Asked {
    field: Arc<str>,
    written: String,
    reader: Reader,
}

impl Asked {
    fn one<'v>(&self, values: &'v [Value]) -> Result<&'v Value, String> {
        match values {
            [value] => Ok(value),
            _ => Err(format!("'{}' needs one value, not {}", self.written, values.len())),
        }
    }

    fn text(&self, values: &[Value]) -> Result<Arc<str>, String> {
        let value = self.one(values)?;
        let text = reader::text(value).ok_or_else(|| format!("'{}' needs text, not {}", self.written, value.kind()))?;
        Ok(text.into())
    }

    /// The values of a list: those given one by one or as JSON, or, of a single text, what is between its commas.
    fn listed<'v>(&self, values: &'v [Value], wanted: &str) -> Result<Cow<'v, [Value]>, String> {
        let listed = match values {
            [Value::String(text)] => {
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::string).collect()
            }
            [Value::List(items)] => Cow::Borrowed(items.as_slice()),
            _ => Cow::Borrowed(values),
        };
        if listed.is_empty() { Err(format!("'{}' needs {wanted}", self.written)) } else { Ok(listed) }
    }

    /// Clients that have a form of three fields send empty ones.
    fn no_value(&self, values: &[Value]) -> Result<(), String> {
        let empty = |value: &Value| value.is_null() || value.as_str() == Some("");
        if values.iter().all(empty) { Ok(()) } else { Err(format!("'{}' takes no value", self.written)) }
    }

    fn not(&self, value: &Value) -> String {
        let field = excerpt(&self.field);
        let holds = match self.reader.kind {
            Some(Kind::Number) => "a number",
            Some(Kind::Time) => "a time, like 2025-07-18T14:44:46.735Z+0800,",
            Some(Kind::Boolean) => "true or false",
            Some(Kind::Text) | None => "text, a number, true or false",
        };
        format!("'{field}' compares with {holds} and not with {}", shown(value))
    }
}

/// The object and the path that a field names.
fn place(field: &str) -> Result<(Of, Path), String> {
    let path = Path::parse(field).map_err(|what| format!("the field {what}"))?;
    if &**path.text() == OLD {
        return Ok((Of::Old, Path::to_all()));
    }
    Ok(match path.text().strip_prefix("old.") {
        Some(rest) => (Of::Old, Path::new(rest)),
        None => (Of::Object, path),
    })
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", excerpt(text)),
        Value::Number(number) => excerpt(&number.digits()),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => value.kind().to_owned(),
    }
}

/// A piece of what `like` takes.
enum Part {
    Text(String),
    /// `_`
    One,
    /// `%`
    Any,
}

fn like_parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let plain = match c {
            '%' => {
                if !matches!(parts.last(), Some(Part::Any)) {
                    parts.push(Part::Any);
                }
                continue;
            }
            '_' => {
                parts.push(Part::One);
                continue;
            }
            '\\' => chars.next_if(|next| matches!(next, '%' | '_' | '\\')).unwrap_or(c),
            c => c,
        };
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push(plain),
            Some(Part::One | Part::Any) | None => parts.push(Part::Text(plain.into())),
        }
    }
    parts
}
