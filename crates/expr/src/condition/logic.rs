//! The logic over conditions: `and`, `or`, `not`, brackets and names.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::compile::Compiled;
use super::problem::{Place, Problem};
use crate::compile::{Ix, Node, Tree};
use crate::limits;
use crate::text::excerpt;

/// How conditions are put together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Logic {
    /// The condition with this number.
    Condition(usize),
    Not(Box<Logic>),
    /// All of these; of none, true.
    And(Vec<Logic>),
    /// One of these at least.
    Or(Vec<Logic>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// The condition with this number; `None` when there is none of that name.
    Name(&'a str, Option<usize>),
    And,
    Or,
    Not,
    Open,
    Close,
}

/// Parses the logic over conditions of these names. Items are tokens or texts of several tokens; a name with spaces or
/// brackets in it is an item of its own.
pub(super) fn parse(names: &[&str], logics: &[String]) -> Result<Logic, Vec<Problem>> {
    if logics.iter().all(|item| item.trim().is_empty()) {
        return Ok(Logic::And((0..names.len()).map(Logic::Condition).collect()));
    }
    let mut problems = Vec::new();
    let numbers = numbered(names, &mut problems);
    let tokens = tokens(logics, &numbers);
    if tokens.len() > limits::TOKENS {
        let message =
            format!("may have {} names, operators and brackets at most, not {}", limits::TOKENS, tokens.len());
        return Err(vec![problem(message)]);
    }
    let mut unknown = IndexSet::new();
    let mut used = vec![false; names.len()];
    for token in &tokens {
        match token {
            Token::Name(_, Some(number)) => used[*number] = true,
            Token::Name(name, None) => {
                unknown.insert(*name);
            }
            Token::And | Token::Or | Token::Not | Token::Open | Token::Close => {}
        }
    }
    problems.extend(unknown.iter().map(|name| problem(format!("there is no condition '{}'", excerpt(name)))));
    let unused =
        used.iter().enumerate().filter(|(number, used)| !**used && numbers.get(names[*number]) == Some(number));
    problems.extend(unused.map(|(index, _)| {
        let message = "is not used in logics; leave logics out to ask for all conditions".to_owned();
        Problem { place: Place::Condition { index, name: excerpt(names[index]) }, message }
    }));
    let logic = Parser { tokens: &tokens, next: 0, open: 0 }.whole();
    match logic {
        Ok(logic) if problems.is_empty() => Ok(logic),
        Ok(_) => Err(problems),
        Err(message) => {
            problems.push(problem(message));
            Err(problems)
        }
    }
}

fn problem(message: String) -> Problem {
    Problem { place: Place::Logics, message }
}

/// The numbers of the conditions by name.
fn numbered<'a>(names: &[&'a str], problems: &mut Vec<Problem>) -> HashMap<&'a str, usize> {
    let mut numbers = HashMap::with_capacity(names.len());
    for (index, name) in names.iter().copied().enumerate() {
        let wrong = if name.is_empty() {
            "needs a name that logics can use"
        } else if operator(name).is_some() {
            "has the name of an operator of logics"
        } else if numbers.contains_key(name) {
            "has the same name as a condition before"
        } else {
            numbers.insert(name, index);
            continue;
        };
        problems.push(Problem { place: Place::Condition { index, name: excerpt(name) }, message: wrong.to_owned() });
    }
    numbers
}

fn operator(word: &str) -> Option<Token<'static>> {
    let is = |operator: &str| word.eq_ignore_ascii_case(operator);
    match word {
        "(" => Some(Token::Open),
        ")" => Some(Token::Close),
        _ if is("and") => Some(Token::And),
        _ if is("or") => Some(Token::Or),
        _ if is("not") => Some(Token::Not),
        _ => None,
    }
}

fn tokens<'a>(logics: &'a [String], numbers: &HashMap<&str, usize>) -> Vec<Token<'a>> {
    let token = |word: &'a str| operator(word).unwrap_or_else(|| Token::Name(word, numbers.get(word).copied()));
    let mut tokens = Vec::new();
    for item in logics {
        let item = item.trim();
        if numbers.contains_key(item) {
            tokens.push(token(item));
            continue;
        }
        for word in item.split_whitespace() {
            let mut rest = word;
            while let Some(at) = rest.find(['(', ')']) {
                let (name, bracket) = rest.split_at(at);
                tokens.extend((!name.is_empty()).then(|| token(name)));
                tokens.push(token(&bracket[..1]));
                rest = &bracket[1..];
            }
            tokens.extend((!rest.is_empty()).then(|| token(rest)));
        }
    }
    tokens
}

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    next: usize,
    /// Brackets that are open.
    open: usize,
}

impl<'a> Parser<'_, 'a> {
    fn whole(mut self) -> Result<Logic, String> {
        let logic = self.any()?;
        match self.peek() {
            None => Ok(logic),
            Some(token) => Err(unexpected(token)),
        }
    }

    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).copied()
    }

    fn any(&mut self) -> Result<Logic, String> {
        let mut terms = vec![self.all()?];
        while self.peek() == Some(Token::Or) {
            self.next += 1;
            terms.push(self.all()?);
        }
        Ok(single(terms, Logic::Or))
    }

    fn all(&mut self) -> Result<Logic, String> {
        let mut terms = vec![self.term()?];
        loop {
            match self.peek() {
                Some(Token::And) => self.next += 1,
                // Between two terms without an operator, `and` is meant.
                Some(Token::Name(..) | Token::Not | Token::Open) => {}
                Some(Token::Or | Token::Close) | None => return Ok(single(terms, Logic::And)),
            }
            terms.push(self.term()?);
        }
    }

    fn term(&mut self) -> Result<Logic, String> {
        let mut negated = false;
        while self.peek() == Some(Token::Not) {
            self.next += 1;
            negated = !negated;
        }
        let token = self.peek().ok_or("ends too early")?;
        self.next += 1;
        let logic = match token {
            // A name that is not known is a problem of its own; the rest is parsed on.
            Token::Name(_, number) => Logic::Condition(number.unwrap_or(0)),
            Token::Open => self.bracket()?,
            Token::And | Token::Or | Token::Not | Token::Close => return Err(unexpected(token)),
        };
        Ok(if negated { Logic::Not(Box::new(logic)) } else { logic })
    }

    fn bracket(&mut self) -> Result<Logic, String> {
        self.open += 1;
        if self.open > limits::NESTING {
            return Err(format!("brackets are nested more than {} deep", limits::NESTING));
        }
        let logic = self.any()?;
        self.open -= 1;
        match self.peek() {
            Some(Token::Close) => {
                self.next += 1;
                Ok(logic)
            }
            Some(token) => Err(unexpected(token)),
            None => Err("a '(' is not closed".to_owned()),
        }
    }
}

fn unexpected(token: Token<'_>) -> String {
    match token {
        Token::Name(name, _) => format!("unexpected '{}'", excerpt(name)),
        Token::And => "unexpected 'and'".to_owned(),
        Token::Or => "unexpected 'or'".to_owned(),
        Token::Not => "unexpected 'not'".to_owned(),
        Token::Open => "unexpected '('".to_owned(),
        Token::Close => "unexpected ')'".to_owned(),
    }
}

fn single(mut terms: Vec<Logic>, many: impl FnOnce(Vec<Logic>) -> Logic) -> Logic {
    if terms.len() == 1 { terms.remove(0) } else { many(terms) }
}

/// The tree that the walker decides.
///
/// It is at most three times as high as brackets are nested (or, and, not), which the walker's stack has room for.
pub(super) fn tree(logic: &Logic, conditions: Vec<Compiled>) -> Tree {
    let mut nodes = Vec::new();
    let mut names = IndexSet::new();
    let mut places = Vec::with_capacity(conditions.len());
    for Compiled { node, reads, negated } in conditions {
        names.extend(reads.iter().map(|name| (*name).into()));
        let condition = push(&mut nodes, node);
        places.push(if negated { push(&mut nodes, Node::Not(condition)) } else { condition });
    }
    let root = lower(logic, &places, &mut nodes);
    Tree {
        places: vec![0; nodes.len()].into(),
        nodes: nodes.into(),
        root,
        names: names.into_iter().collect(),
        builds: false,
    }
}

fn push(nodes: &mut Vec<Node>, node: Node) -> Ix {
    nodes.push(node);
    Ix(u32::try_from(nodes.len() - 1).expect("a rule has far fewer nodes"))
}

fn lower(logic: &Logic, conditions: &[Ix], nodes: &mut Vec<Node>) -> Ix {
    let mut all = |terms: &[Logic]| terms.iter().map(|term| lower(term, conditions, nodes)).collect();
    let node = match logic {
        Logic::Condition(number) => return conditions[*number],
        Logic::Not(term) => Node::Not(lower(term, conditions, nodes)),
        Logic::And(terms) => Node::And(all(terms)),
        Logic::Or(terms) => Node::Or(all(terms)),
    };
    push(nodes, node)
}
