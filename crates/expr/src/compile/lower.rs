//! Turns the parser's tree into ours: placeholders become names and values, chains become flat, constants are folded.

use std::sync::Arc;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, MapExpr, operators};
use indexmap::IndexSet;
use model::{Map, Value};

use super::parse::{Parsed, unexpected};
use super::token::{Kind, Token};
use super::tree::{Arithmetic, Comparison, Ix, Node, Tree};
use super::{Problem, literal};
use crate::limits;

/// Builds our tree. Needs a large stack: it recurses as deep as the parser's tree is high.
pub(super) fn lower(tokens: &[Token], parsed: &Parsed) -> Result<Tree, Problem> {
    let mut lower = Lower {
        tokens,
        parsed,
        nodes: Vec::new(),
        places: Vec::new(),
        heights: Vec::new(),
        names: IndexSet::new(),
        locals: Vec::new(),
        builds: false,
    };
    let root = lower.expression(&parsed.root)?;
    Ok(Tree {
        nodes: lower.nodes.into(),
        places: lower.places.into(),
        root,
        names: lower.names.into_iter().collect(),
        builds: lower.builds,
    })
}

/// The tree so far.
pub(super) struct Lower<'a> {
    tokens: &'a [Token],
    parsed: &'a Parsed,
    nodes: Vec<Node>,
    places: Vec<u32>,
    /// For each node how deep the walker recurses below it, itself included.
    heights: Vec<u32>,
    names: IndexSet<Arc<str>>,
    /// Names that macros bind, outermost first.
    pub(super) locals: Vec<Arc<str>>,
    builds: bool,
}

impl Lower<'_> {
    pub(super) fn expression(&mut self, from: &IdedExpr) -> Result<Ix, Problem> {
        match &from.expr {
            Expr::Ident(placeholder) => self.name(placeholder, from),
            Expr::Select(_) => self.path(from),
            Expr::Call(call) => self.operation(call, from),
            Expr::List(list) => self.list(&list.elements, from),
            Expr::Map(map) => self.object(map, from),
            Expr::Literal(value) => self.literal(value, from),
            Expr::Struct(_) => Err(self.misplaced(from)),
            // Macros are expanded by us, and the parser reports what it could not read.
            Expr::Comprehension(_) | Expr::Unspecified => Err(self.unreadable(from)),
        }
    }

    /// Adds a node; `below` are the children that the walker calls itself for.
    pub(super) fn add(&mut self, node: Node, place: usize, below: &[Ix]) -> Result<Ix, Problem> {
        let height = 1 + self.highest(below);
        self.add_as_high_as(node, place, height)
    }

    fn highest(&self, children: &[Ix]) -> u32 {
        children.iter().map(|child| self.heights[child.0 as usize]).max().unwrap_or(0)
    }

    fn add_as_high_as(&mut self, node: Node, place: usize, height: u32) -> Result<Ix, Problem> {
        if height > limits::WALK_HEIGHT {
            return Err(Problem::new(place, format!("more than {} nested operations", limits::WALK_HEIGHT)));
        }
        self.nodes.push(node);
        self.places.push(u32::try_from(place).unwrap_or(u32::MAX));
        self.heights.push(height);
        Ok(Ix(u32::try_from(self.nodes.len() - 1).expect("a tree has no more nodes than its text has bytes")))
    }

    /// The node, when it is a constant.
    pub(super) fn constant(&self, node: Ix) -> Option<&Value> {
        if let Node::Literal(value) = &self.nodes[node.0 as usize] { Some(value) } else { None }
    }

    /// How many nodes there are.
    pub(super) fn mark(&self) -> usize {
        self.nodes.len()
    }

    /// Drops the nodes from `mark` on, which were constants, and adds what was made from them.
    pub(super) fn replace(&mut self, mark: usize, node: Node, place: usize) -> Result<Ix, Problem> {
        self.nodes.truncate(mark);
        self.places.truncate(mark);
        self.heights.truncate(mark);
        self.add(node, place, &[])
    }

    /// Notes that the expression reads a top-level name.
    pub(super) fn read(&mut self, name: &str) {
        self.names.insert(name.into());
    }

    /// Where a node of the parser's tree is in the text.
    pub(super) fn place(&self, from: &IdedExpr) -> usize {
        self.parsed.token(from).map_or(0, |index| self.tokens[index].at)
    }

    fn misplaced(&self, from: &IdedExpr) -> Problem {
        self.parsed.token(from).map_or_else(|| self.unreadable(from), |index| unexpected(&self.tokens[index]))
    }

    fn unreadable(&self, from: &IdedExpr) -> Problem {
        Problem::new(self.place(from), "the expression cannot be parsed")
    }

    /// The name behind a placeholder, and where it is.
    pub(super) fn resolve(&self, placeholder: &str, from: &IdedExpr) -> Result<(Arc<str>, usize), Problem> {
        // CEL's `.name` for the outermost scope has no meaning here.
        let (dot, digits) = match placeholder.strip_prefix('.') {
            Some(rest) => (true, rest.strip_prefix('n')),
            None => (false, placeholder.strip_prefix('n')),
        };
        let index = digits.and_then(|digits| digits.parse::<usize>().ok());
        match index.and_then(|index| self.tokens.get(index)) {
            Some(token) if dot => Err(Problem::new(token.at, "unexpected '.' before a name")),
            Some(Token { kind: Kind::Name(name) | Kind::Quoted(name), at, .. }) => Ok((name.clone(), *at)),
            Some(_) | None => Err(self.unreadable(from)),
        }
    }

    fn name(&mut self, placeholder: &str, from: &IdedExpr) -> Result<Ix, Problem> {
        let (name, place) = self.resolve(placeholder, from)?;
        if let Some(slot) = self.locals.iter().rposition(|local| *local == name) {
            let slot = u32::try_from(slot).expect("macros nest no deeper than brackets");
            return self.add(Node::Local(slot), place, &[]);
        }
        self.names.insert(name.clone());
        self.add(Node::Name(name), place, &[])
    }

    fn path(&mut self, from: &IdedExpr) -> Result<Ix, Problem> {
        let mut members = Vec::new();
        let mut here = from;
        while let Expr::Select(select) = &here.expr {
            members.push(self.resolve(&select.field, here)?.0);
            here = &select.operand;
        }
        members.reverse();
        let of = self.expression(here)?;
        self.add(Node::Path { of, members: members.into() }, self.place(from), &[of])
    }

    fn literal(&mut self, value: &LiteralValue, from: &IdedExpr) -> Result<Ix, Problem> {
        let index = match value {
            LiteralValue::Boolean(truth) => {
                return self.add(Node::Literal(Value::Bool(*truth.inner())), self.place(from), &[]);
            }
            LiteralValue::Null => return self.add(Node::Literal(Value::Null), self.place(from), &[]),
            LiteralValue::Int(number) => {
                usize::try_from(number.inner().unsigned_abs()).ok().and_then(|n| n.checked_sub(1))
            }
            LiteralValue::String(index) => index.inner().parse().ok(),
            LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::UInt(_) => None,
        };
        let token = index.and_then(|index| self.tokens.get(index));
        let constant = match (token.map(|token| &token.kind), value) {
            (Some(Kind::Number(number)), LiteralValue::Int(sign)) if *sign.inner() < 0 => {
                Value::Number(literal::negative(number))
            }
            (Some(Kind::Number(number)), LiteralValue::Int(_)) => Value::Number(number.clone()),
            (Some(Kind::Text(text)), LiteralValue::String(_)) => Value::String(text.clone()),
            _ => return Err(self.unreadable(from)),
        };
        self.add(Node::Literal(constant), token.map_or(0, |token| token.at), &[])
    }

    fn list(&mut self, elements: &[IdedExpr], from: &IdedExpr) -> Result<Ix, Problem> {
        let mark = self.mark();
        let items = self.all(elements)?;
        let constants: Option<Vec<Value>> = items.iter().map(|item| self.constant(*item).cloned()).collect();
        if let Some(constants) = constants {
            return self.replace(mark, Node::Literal(Value::list(constants)), self.place(from));
        }
        self.builds = true;
        let place = self.place(from);
        let height = 1 + self.highest(&items);
        self.add_as_high_as(Node::List(items.into()), place, height)
    }

    fn object(&mut self, map: &MapExpr, from: &IdedExpr) -> Result<Ix, Problem> {
        let mark = self.mark();
        let mut entries = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    entries.push((self.expression(&entry.key)?, self.expression(&entry.value)?));
                }
                EntryExpr::StructField(_) => return Err(self.unreadable(from)),
            }
        }
        let place = self.place(from);
        let constants: Option<Map> = entries
            .iter()
            .map(|(key, value)| match self.constant(*key) {
                Some(Value::String(key)) => self.constant(*value).map(|value| (key.clone(), value.clone())),
                Some(_) | None => None,
            })
            .collect();
        if let Some(constants) = constants {
            return self.replace(mark, Node::Literal(Value::map(constants)), place);
        }
        self.builds = true;
        let height = 1 + entries.iter().map(|(key, value)| self.highest(&[*key, *value])).max().unwrap_or(0);
        self.add_as_high_as(Node::Object(entries.into()), place, height)
    }

    pub(super) fn all(&mut self, expressions: &[IdedExpr]) -> Result<Vec<Ix>, Problem> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn operation(&mut self, call: &CallExpr, from: &IdedExpr) -> Result<Ix, Problem> {
        let place = self.place(from);
        let function = call.func_name.as_str();
        if arithmetic(function).is_some() {
            return self.chain(from);
        }
        match (function, call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [_, _]) => {
                let terms = terms(function, from).into_iter().map(|term| self.expression(term));
                let terms = terms.collect::<Result<Vec<_>, _>>()?;
                let height = 1 + self.highest(&terms);
                let and = function == operators::LOGICAL_AND;
                let node = if and { Node::And(terms.into()) } else { Node::Or(terms.into()) };
                self.add_as_high_as(node, place, height)
            }
            (operators::CONDITIONAL, [test, yes, no]) => {
                let (test, yes, no) = (self.expression(test)?, self.expression(yes)?, self.expression(no)?);
                // The walker goes on with the branch in the same call.
                let height = (1 + self.highest(&[test])).max(self.highest(&[yes, no]));
                self.add_as_high_as(Node::Choose { test, yes, no }, place, height)
            }
            (operators::LOGICAL_NOT, [operand]) => {
                let operand = self.expression(operand)?;
                self.add(Node::Not(operand), place, &[operand])
            }
            (operators::NEGATE, [operand]) => {
                let operand = self.expression(operand)?;
                self.add(Node::Negate(operand), place, &[operand])
            }
            (operators::INDEX, [of, index]) => {
                let (of, index) = (self.expression(of)?, self.expression(index)?);
                self.add(Node::Index { of, index }, place, &[of, index])
            }
            (operators::IN, [item, of]) => {
                let (item, of) = (self.expression(item)?, self.expression(of)?);
                self.add(Node::In { item, of }, place, &[item, of])
            }
            (_, [left, right]) if relation(function).is_some() => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                let node = match relation(function).unwrap_or(Relation::Equal) {
                    Relation::Equal => Node::Equal { left, right, negated: false },
                    Relation::Unequal => Node::Equal { left, right, negated: true },
                    Relation::Ordered(by) => Node::Compare { left, right, by },
                };
                self.add(node, place, &[left, right])
            }
            _ => self.call(call, from),
        }
    }

    /// `a + b - c …`: the parser's tree leans to the left, ours is flat.
    fn chain(&mut self, from: &IdedExpr) -> Result<Ix, Problem> {
        let mut reversed = Vec::new();
        let mut here = from;
        while let Expr::Call(call) = &here.expr
            && let Some(by) = arithmetic(&call.func_name)
            && let [left, right] = call.args.as_slice()
        {
            reversed.push((by, right));
            here = left;
        }
        let first = self.expression(here)?;
        let mut rest = Vec::with_capacity(reversed.len());
        let mut height = self.highest(&[first]);
        for (by, right) in reversed.into_iter().rev() {
            // Lists that are added up may be larger than each of them.
            self.builds |= by == Arithmetic::Add;
            let right = self.expression(right)?;
            height = height.max(self.highest(&[right]));
            rest.push((by, right));
        }
        self.add_as_high_as(Node::Chain { first, rest: rest.into() }, self.place(from), 1 + height)
    }

    /// Notes that the expression puts lists or objects together.
    pub(super) fn mark_building(&mut self) {
        self.builds = true;
    }
}

/// The operands of a chain of the same logical operator, which the parser made a balanced tree of.
fn terms<'e>(function: &str, from: &'e IdedExpr) -> Vec<&'e IdedExpr> {
    let mut found = Vec::new();
    let mut waiting = vec![from];
    while let Some(here) = waiting.pop() {
        match &here.expr {
            Expr::Call(call) if call.func_name == function => waiting.extend(call.args.iter().rev()),
            _ => found.push(here),
        }
    }
    found
}

fn arithmetic(function: &str) -> Option<Arithmetic> {
    Some(match function {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}

enum Relation {
    Equal,
    Unequal,
    Ordered(Comparison),
}

fn relation(function: &str) -> Option<Relation> {
    Some(match function {
        operators::EQUALS => Relation::Equal,
        operators::NOT_EQUALS => Relation::Unequal,
        operators::LESS => Relation::Ordered(Comparison::Less),
        operators::LESS_EQUALS => Relation::Ordered(Comparison::LessOrEqual),
        operators::GREATER => Relation::Ordered(Comparison::Greater),
        operators::GREATER_EQUALS => Relation::Ordered(Comparison::GreaterOrEqual),
        _ => return None,
    })
}
