//! Calls: the forms that do not evaluate all their arguments first, and the functions, which do.
//!
//! `x.f(y)` is `f(x, y)` for every function.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, operators};
use model::Value;

use super::Problem;
use super::lower::Lower;
use super::tree::{Each, Ix, Node};
use crate::condition::{self, Path};
use crate::functions::{self, pattern};

/// The forms as the documentation writes them. Their names cannot be functions' names.
pub(crate) const FORMS: [&str; 9] = [
    "has(a.b)",
    COALESCE,
    CHANGED,
    "list.all(x, test)",
    "list.exists(x, test)",
    "list.exists_one(x, test)",
    "list.filter(x, test)",
    "list.map(x, value)",
    "list.map(x, test, value)",
];

const COALESCE: &str = "coalesce(a, b, …)";

const CHANGED: &str = "changed(path)";

impl Lower<'_> {
    /// A call of a form or a function.
    pub(super) fn call(&mut self, call: &CallExpr, from: &IdedExpr) -> Result<Ix, Problem> {
        let (name, place) = self.resolve(&call.func_name, from)?;
        match (&*name, &call.target) {
            ("has", None) => self.has(&call.args, place),
            ("changed", None) => self.changed(&call.args, place),
            ("coalesce", target) => {
                let mut values = Vec::with_capacity(call.args.len() + 1);
                if let Some(target) = target {
                    values.push(self.expression(target)?);
                }
                values.extend(self.all(&call.args)?);
                if values.is_empty() {
                    return Err(wrong_count(COALESCE, place));
                }
                let below = values.clone();
                self.add(Node::Coalesce(values.into()), place, &below)
            }
            (name, target) => match (each(name), target) {
                (Some(each), Some(over)) => self.each(each, over, &call.args, place),
                (Some(_), None) => {
                    Err(Problem::new(place, format!("'{name}' is called on a list, like list.{name}(x, …)")))
                }
                (None, target) => self.function(name, target.as_deref(), &call.args, place),
            },
        }
    }

    fn has(&mut self, arguments: &[IdedExpr], place: usize) -> Result<Ix, Problem> {
        let (of, member) = match arguments {
            [IdedExpr { expr: Expr::Select(select), .. }] => {
                let (member, at) = self.resolve(&select.field, &arguments[0])?;
                let of = self.expression(&select.operand)?;
                (of, self.add(Node::Literal(Value::String(member)), at, &[])?)
            }
            [IdedExpr { expr: Expr::Call(call), .. }] if call.func_name == operators::INDEX && call.args.len() == 2 => {
                (self.expression(&call.args[0])?, self.expression(&call.args[1])?)
            }
            _ => return Err(Problem::new(place, "has() asks for a member, like has(a.b) or has(a['b'])")),
        };
        self.add(Node::Has { of, member }, place, &[of, member])
    }

    /// The path is a constant, so that it is known what the expression reads.
    fn changed(&mut self, arguments: &[IdedExpr], place: usize) -> Result<Ix, Problem> {
        let [path] = arguments else { return Err(wrong_count(CHANGED, place)) };
        let mark = self.mark();
        let path = self.expression(path)?;
        let Some(Value::String(text)) = self.constant(path) else {
            return Err(Problem::new(place, "changed() needs the path of a field as text, like changed('severity')"));
        };
        let path = Path::parse(text).map_err(|what| Problem::new(place, format!("the path {what}")))?;
        self.read(condition::OBJECT);
        self.read(condition::OLD);
        self.replace(mark, Node::Changed(path), place)
    }

    fn each(&mut self, each: Each, over: &IdedExpr, arguments: &[IdedExpr], place: usize) -> Result<Ix, Problem> {
        let (variable, filter, body) = match (each, arguments) {
            (_, [variable, body]) => (variable, None, body),
            (Each::Map, [variable, filter, body]) => (variable, Some(filter), body),
            _ => {
                let usage = FORMS.iter().find(|form| form.contains(&format!(".{}(", each.name())));
                return Err(wrong_count(usage.unwrap_or(&"list.map(x, value)"), place));
            }
        };
        let Expr::Ident(placeholder) = &variable.expr else {
            let what = format!("the first argument of {}() is a plain name, not an expression", each.name());
            return Err(Problem::new(place, what));
        };
        let (variable, _) = self.resolve(placeholder, variable)?;
        let over = self.expression(over)?;
        let slot = u32::try_from(self.locals.len()).expect("macros nest no deeper than brackets");
        self.locals.push(variable);
        let filter = filter.map(|filter| self.expression(filter)).transpose()?;
        let body = self.expression(body)?;
        self.locals.pop();
        if each == Each::Map {
            self.mark_building();
        }
        let below = [over, body, filter.unwrap_or(body)];
        self.add(Node::Each { each, over, slot, filter, body }, place, &below)
    }

    fn function(
        &mut self,
        name: &str,
        target: Option<&IdedExpr>,
        arguments: &[IdedExpr],
        place: usize,
    ) -> Result<Ix, Problem> {
        let Some(function) = functions::find(name) else {
            return Err(Problem::new(place, format!("unknown function '{name}'")));
        };
        let count = arguments.len() + usize::from(target.is_some());
        if !function.arguments.contains(&count) {
            return Err(wrong_count(function.usage, place));
        }
        let mut values = Vec::with_capacity(count);
        if let Some(target) = target {
            values.push(self.expression(target)?);
        }
        values.extend(self.all(arguments)?);
        if function.name == pattern::MATCHES
            && let [text, pattern] = values[..]
            && let Some(Value::String(pattern)) = self.constant(pattern)
        {
            let pattern = pattern::compile(pattern).map_err(|what| Problem::new(place, what))?;
            return self.add(Node::Matches { text, pattern: Box::new(pattern) }, place, &[text]);
        }
        let below = values.clone();
        self.add(Node::Call { function, arguments: values.into() }, place, &below)
    }
}

fn wrong_count(usage: &str, place: usize) -> Problem {
    Problem::new(place, format!("wrong number of arguments for {usage}"))
}

fn each(name: &str) -> Option<Each> {
    Some(match name {
        "all" => Each::All,
        "exists" => Each::Exists,
        "exists_one" | "existsOne" => Each::ExistsOne,
        "map" => Each::Map,
        "filter" => Each::Filter,
        _ => return None,
    })
}
