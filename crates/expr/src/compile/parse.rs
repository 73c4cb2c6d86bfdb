//! Hands the tokens to the parser of the `cel` crate and translates its complaints.

use std::fmt::Write as _;

use cel::IdedExpr;
use cel::common::ast::SourceInfo;
use cel::parser::{ParseErrors, Parser};

use super::Problem;
use super::token::{Kind, Token};
use crate::limits;
use crate::text::excerpt;

/// The parser's tree, with the way back from its nodes to our tokens.
pub(super) struct Parsed {
    /// The root of the tree.
    pub(super) root: IdedExpr,
    info: SourceInfo,
    starts: Vec<usize>,
}

impl Parsed {
    /// The index of the token that a node of the tree came from.
    pub(super) fn token(&self, node: &IdedExpr) -> Option<usize> {
        let (start, _) = self.info.offset_for(node.id)?;
        token_at(&self.starts, start as usize)
    }
}

/// The index of the token that covers this byte of the parser's text.
fn token_at(starts: &[usize], offset: usize) -> Option<usize> {
    starts.partition_point(|start| *start <= offset).checked_sub(1)
}

/// Parses the tokens; `end` is where the expression ends, for complaints about its end.
pub(super) fn parse(tokens: &[Token], end: usize) -> Result<Parsed, Problem> {
    let (text, starts) = placeholders(tokens);
    let parser = Parser::new()
        // Our own limits hold before; nesting and conditionals together cannot be deeper than this.
        .max_recursion_depth(u16::try_from(limits::PARSE_HEIGHT + limits::NESTING).unwrap_or(u16::MAX))
        // The first error is the one to show; recovering from it can take long and yields noise.
        .error_recovery_limit(0);
    match parser.parse_with_source_info(&text) {
        Ok((root, info)) => Ok(Parsed { root, info, starts }),
        Err(errors) => Err(problem(&errors, tokens, &starts, text.len(), end)),
    }
}

/// The text for the parser, and where each token begins in it. See the parent module for what it looks like.
fn placeholders(tokens: &[Token]) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(tokens.len() * 4);
    let mut starts = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        starts.push(text.len());
        let written = match &token.kind {
            Kind::Name(_) | Kind::Quoted(_) => write!(text, "n{index} "),
            // From 1, since the parser folds a sign into the number and 0 has none.
            Kind::Number(_) => write!(text, "{} ", index + 1),
            Kind::Text(_) => write!(text, "\"{index}\" "),
            Kind::Keyword(word) => write!(text, "{word} "),
            Kind::Sign(sign) => write!(text, "{sign} "),
        };
        written.expect("writing to a String cannot fail");
    }
    (text, starts)
}

fn problem(errors: &ParseErrors, tokens: &[Token], starts: &[usize], length: usize, end: usize) -> Problem {
    // The text is one line of ASCII, so that a column less one is an offset.
    let column = errors.errors.iter().filter(|error| error.pos.0 > 0).map(|error| error.pos.1).min();
    let offset = column.and_then(|column| usize::try_from(column - 1).ok());
    let Some(offset) = offset else {
        return Problem::new(tokens.first().map_or(0, |token| token.at), "the expression cannot be parsed");
    };
    if offset >= length {
        return Problem::new(end, "the expression ends too early");
    }
    let token = token_at(starts, offset).and_then(|index| tokens.get(index));
    token.map_or_else(|| Problem::new(end, "the expression ends too early"), unexpected)
}

/// The complaint about a token that cannot stand where it stands.
pub(super) fn unexpected(token: &Token) -> Problem {
    let what = match &token.kind {
        Kind::Name(name) | Kind::Quoted(name) => format!("unexpected name '{}'", excerpt(name)),
        Kind::Number(number) => format!("unexpected number {}", excerpt(&number.digits())),
        Kind::Text(text) => format!("unexpected string '{}'", excerpt(text)),
        Kind::Keyword(word) => format!("unexpected '{word}'"),
        Kind::Sign(sign) => format!("unexpected '{sign}'"),
    };
    Problem::new(token.at, what)
}
