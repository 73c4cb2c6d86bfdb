//! From tokens to a tree. Recurses only into brackets and signs, which are counted.

use std::sync::Arc;

use indexmap::IndexSet;
use model::Value;

use super::datum::Datum;
use super::temporal::{Form, Temporal};
use super::token::{self, Kind as Word, Token, beyond};
use super::tree::{Endpoint, Kind, Node, Operator, Relation, Test, Tests};
use crate::compile::{Comparison, Problem};
use crate::limits;

/// What a parser has read, and the top-level names in it in the order of their first use.
pub(super) struct Parsed<T> {
    pub(super) tree: T,
    pub(super) names: Box<[Arc<str>]>,
}

/// Parses a whole text as a simple expression.
pub(super) fn expression(text: &str) -> Result<Parsed<Node>, Problem> {
    let mut parser = Parser::new(text)?;
    if parser.tokens.is_empty() {
        return Err(Problem::new(text.len(), "the expression is empty"));
    }
    let tree = parser.comparison()?;
    parser.finish(tree)
}

/// Parses a whole text as simple unary tests.
pub(super) fn unary_tests(text: &str) -> Result<Parsed<Tests>, Problem> {
    let mut parser = Parser::new(text)?;
    let any = match parser.tokens.as_slice() {
        [] => true,
        [token] => token.kind.is("-"),
        _ => false,
    };
    if any {
        return Ok(Parsed { tree: Tests { any_of: None, negated: false }, names: Box::default() });
    }
    let negated = parser.word(0).is_some_and(|word| word.is_word("not")) && parser.is_at(1, "(");
    if negated {
        parser.next = 2;
    }
    let any_of = Some(parser.tests()?);
    if negated {
        parser.expect(")")?;
    }
    parser.finish(Tests { any_of, negated })
}

/// Words that begin something of FEEL that is not in S-FEEL.
const BEFORE_OPERANDS: [&str; 6] = ["if", "for", "some", "every", "function", "not"];

/// Words that stand between operands there.
const BETWEEN_OPERANDS: [&str; 5] = ["and", "or", "in", "between", "instance"];

/// Whether a word means something of its own where a name could stand.
pub(super) fn is_reserved(word: &str) -> bool {
    BEFORE_OPERANDS.contains(&word) || ["true", "false", "null"].contains(&word)
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    next: usize,
    /// Brackets and signs that are open.
    depth: usize,
    names: IndexSet<Arc<str>>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Result<Self, Problem> {
        Ok(Self { text, tokens: token::read(text)?, next: 0, depth: 0, names: IndexSet::new() })
    }

    fn finish<T>(self, tree: T) -> Result<Parsed<T>, Problem> {
        if self.next < self.tokens.len() {
            return Err(self.unexpected());
        }
        Ok(Parsed { tree, names: self.names.into_iter().collect() })
    }

    /// The token so many places on.
    fn word(&self, ahead: usize) -> Option<&Word> {
        self.tokens.get(self.next + ahead).map(|token| &token.kind)
    }

    fn is_at(&self, ahead: usize, sign: &str) -> bool {
        self.word(ahead).is_some_and(|word| word.is(sign))
    }

    /// Where the next token begins.
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |token| token.at)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is_at(0, sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Problem> {
        if self.take(sign) {
            return Ok(());
        }
        match self.word(0) {
            Some(_) => Err(self.unexpected()),
            None => Err(Problem::new(self.at(), format!("'{sign}' is missing"))),
        }
    }

    /// What is wrong with the next token, which nothing could use.
    fn unexpected(&self) -> Problem {
        let before = self.next.checked_sub(1).and_then(|last| self.tokens.get(last)).map(|token| &token.kind);
        let behind_operand = before.is_some_and(Word::ends_operand);
        let what = match (self.word(0), before) {
            (None, _) => "something is missing".to_owned(),
            (Some(Word::Name(name)), _) if behind_operand && BETWEEN_OPERANDS.contains(&&**name) => {
                beyond(&format!("'{name}'"))
            }
            (Some(Word::Name(name)), Some(Word::Name(before))) => {
                format!("unexpected '{name}' behind '{before}': a name with spaces is not understood")
            }
            (Some(Word::Sign("?")), _) => beyond("'?': the input is what a cell tests"),
            (Some(Word::Sign("[")), _) if behind_operand => beyond("a filter in '[…]'"),
            (Some(Word::Sign(sign @ ("<" | "<=" | ">" | ">=" | "=" | "!="))), _) if behind_operand => {
                format!("unexpected '{sign}': a test has nothing on the left of its operator, like '> 5'")
            }
            (Some(Word::Sign("..")), _) => "unexpected '..': an interval stands in brackets, like [1..5]".to_owned(),
            (Some(Word::Sign(sign)), _) => format!("unexpected '{sign}'"),
            (Some(Word::Name(name)), _) => format!("unexpected '{name}'"),
            (Some(Word::Number(number)), _) => format!("unexpected '{}'", number.digits()),
            (Some(Word::Text(_)), _) => "unexpected string".to_owned(),
        };
        Problem::new(self.at(), what)
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Problem>) -> Result<T, Problem> {
        if self.depth == limits::NESTING {
            return Err(Problem::new(self.at(), format!("nested more than {} deep", limits::NESTING)));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn tests(&mut self) -> Result<Box<[Test]>, Problem> {
        let mut tests = vec![self.test()?];
        while self.take(",") {
            tests.push(self.test()?);
        }
        Ok(tests.into())
    }

    fn test(&mut self) -> Result<Test, Problem> {
        if let Some(Relation::Order(by)) = self.relation() {
            self.next += 1;
            return Ok(Test::Compare(by, self.sum()?));
        }
        if self.is_at(0, "[") || self.is_at(0, "]") || self.is_at(0, "(") && self.opens_interval() {
            return self.interval();
        }
        if self.is_at(0, "-") && (self.is_at(1, ",") || self.is_at(1, ")") || self.word(1).is_none()) {
            return Err(Problem::new(self.at(), "'-' means any value, and stands alone"));
        }
        Ok(Test::Equal(self.sum()?))
    }

    /// Whether the bracket here is the open end of an interval and not one around an expression: only an interval has
    /// `..` directly in it.
    fn opens_interval(&self) -> bool {
        let mut open = 0_usize;
        for token in &self.tokens[self.next..] {
            match token.kind {
                Word::Sign("(") => open += 1,
                Word::Sign(")") if open == 1 => return false,
                Word::Sign(")") => open -= 1,
                Word::Sign("..") => return open == 1,
                Word::Sign(_) | Word::Name(_) | Word::Number(_) | Word::Text(_) => {}
            }
        }
        false
    }

    fn interval(&mut self) -> Result<Test, Problem> {
        let closed = self.is_at(0, "[");
        self.next += 1;
        let low = Endpoint { node: self.nested(Self::sum)?, closed };
        if self.is_at(0, ",") || self.is_at(0, "]") {
            let what = "a list: the values that a cell allows stand without brackets, like \"a\", \"b\"";
            return Err(Problem::new(self.at(), beyond(what)));
        }
        self.expect("..")?;
        let node = self.nested(Self::sum)?;
        let closed = self.is_at(0, "]");
        if !closed && !self.is_at(0, ")") && !self.is_at(0, "[") {
            return Err(match self.word(0) {
                Some(_) => self.unexpected(),
                None => Problem::new(self.at(), "the interval has no end: ']', ')' or '[' is missing"),
            });
        }
        self.next += 1;
        Ok(Test::Interval { low, high: Endpoint { node, closed } })
    }

    /// The operator of comparison that is next.
    fn relation(&self) -> Option<Relation> {
        let Some(Word::Sign(sign)) = self.word(0) else { return None };
        match *sign {
            "=" => Some(Relation::Equal),
            "!=" => Some(Relation::NotEqual),
            "<" => Some(Relation::Order(Comparison::Less)),
            "<=" => Some(Relation::Order(Comparison::LessOrEqual)),
            ">" => Some(Relation::Order(Comparison::Greater)),
            ">=" => Some(Relation::Order(Comparison::GreaterOrEqual)),
            _ => None,
        }
    }

    fn comparison(&mut self) -> Result<Node, Problem> {
        let left = self.sum()?;
        let Some(by) = self.relation() else { return Ok(left) };
        self.next += 1;
        let at = left.at;
        let right = self.sum()?;
        if self.relation().is_some() {
            return Err(Problem::new(self.at(), "a comparison of a comparison needs brackets"));
        }
        Ok(Node { kind: Kind::Compare { left: Box::new(left), right: Box::new(right), by }, at })
    }

    fn sum(&mut self) -> Result<Node, Problem> {
        self.chain(&[("+", Operator::Add), ("-", Operator::Subtract)], |parser| {
            parser.chain(&[("*", Operator::Multiply), ("/", Operator::Divide)], |parser| {
                parser.chain(&[("**", Operator::Power)], Self::signed)
            })
        })
    }

    /// Operands with these operators between them. All of them count from the left.
    fn chain(
        &mut self,
        operators: &[(&str, Operator)],
        operand: impl Fn(&mut Self) -> Result<Node, Problem>,
    ) -> Result<Node, Problem> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some((_, operator)) = operators.iter().find(|(sign, _)| self.is_at(0, sign)) {
            self.next += 1;
            rest.push((*operator, operand(self)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let at = first.at;
        Ok(Node { kind: Kind::Chain { first: Box::new(first), rest: rest.into() }, at })
    }

    /// A sign binds more tightly than all else, as the standard has it: `-2 ** 2` is 4.
    fn signed(&mut self) -> Result<Node, Problem> {
        let at = self.at();
        if !self.take("-") {
            return self.operand();
        }
        let operand = self.nested(Self::signed)?;
        Ok(Node { kind: Kind::Negate(Box::new(operand)), at })
    }

    fn operand(&mut self) -> Result<Node, Problem> {
        let at = self.at();
        let kind = match self.word(0).cloned() {
            Some(Word::Number(number)) => {
                self.next += 1;
                Kind::Literal(Value::Number(number).into())
            }
            Some(Word::Text(text)) => {
                self.next += 1;
                Kind::Literal(Value::String(text).into())
            }
            Some(Word::Sign("(")) => {
                self.next += 1;
                let inner = self.nested(Self::comparison)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Some(Word::Sign("[")) => {
                self.next += 1;
                self.list()?
            }
            Some(Word::Name(name)) => self.name(&name)?,
            Some(Word::Sign(_)) | None => return Err(self.unexpected()),
        };
        Ok(Node { kind, at })
    }

    fn list(&mut self) -> Result<Kind, Problem> {
        let mut items = Vec::new();
        if !self.take("]") {
            loop {
                items.push(self.nested(Self::comparison)?);
                if !self.take(",") {
                    break;
                }
            }
            if self.is_at(0, "..") {
                return Err(Problem::new(self.at(), "an interval stands in a cell that tests, not in an expression"));
            }
            self.expect("]")?;
        }
        Ok(Kind::List(items.into()))
    }

    fn name(&mut self, name: &Arc<str>) -> Result<Kind, Problem> {
        let date_and_time = &**name == "date"
            && self.word(1).is_some_and(|word| word.is_word("and"))
            && self.word(2).is_some_and(|word| word.is_word("time"))
            && self.is_at(3, "(");
        if date_and_time {
            self.next += 2;
            return self.temporal(Form::DateAndTime);
        }
        if self.is_at(1, "(") {
            return match &**name {
                "date" => self.temporal(Form::Date),
                "time" => self.temporal(Form::Time),
                "duration" => self.temporal(Form::Duration),
                _ => Err(Problem::new(self.at(), beyond(&format!("the function '{name}(…)'")))),
            };
        }
        let literal = match &**name {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            "null" => Some(Value::Null),
            word if BEFORE_OPERANDS.contains(&word) => {
                return Err(Problem::new(self.at(), beyond(&format!("'{word}'"))));
            }
            _ => None,
        };
        self.next += 1;
        if let Some(value) = literal {
            return Ok(Kind::Literal(value.into()));
        }
        let mut members = Vec::new();
        while self.take(".") {
            let Some(Word::Name(member)) = self.word(0).cloned() else {
                return Err(Problem::new(self.at(), "a name is missing behind '.'"));
            };
            if self.is_at(1, "(") {
                return Err(Problem::new(self.at(), beyond(&format!("the function '{member}(…)'"))));
            }
            self.next += 1;
            members.push(member);
        }
        self.names.insert(name.clone());
        Ok(Kind::Path { name: name.clone(), members: members.into() })
    }

    /// `("…")` behind the last word of a date, a time or a duration.
    fn temporal(&mut self, form: Form) -> Result<Kind, Problem> {
        self.next += 2;
        let at = self.at();
        let Some(Word::Text(text)) = self.word(0).cloned() else {
            return Err(Problem::new(at, format!("{form}(…) takes one string, like {}", form.example())));
        };
        self.next += 1;
        self.expect(")")?;
        let temporal = Temporal::literal(form, &text).map_err(|what| Problem::new(at, what))?;
        Ok(Kind::Literal(Datum::Temporal(temporal)))
    }
}
