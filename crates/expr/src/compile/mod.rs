//! From text to a tree: tokens, JUEL words, limits, the `cel` parser, our own tree.
//!
//! The parser never sees what users write. It gets the same tokens with each name, number and string replaced by a
//! placeholder (`n7`, `8`, `"9"`: the token's index), so its lexer, its macros and its reserved words play no part, and
//! a position in its text leads back to a token.

pub(crate) mod calls;
mod guard;
mod literal;
mod lower;
mod parse;
mod thread;
mod token;
mod tree;
mod words;

use std::ops::Range;

use crate::Error;

pub(crate) use thread::on_large_stack;
pub(crate) use tree::{Arithmetic, Comparison, Each, Ix, Node, Tree};

use token::{Token, Until};

/// What is wrong with a text, and at which byte of it. Shown as `<what> at <line>:<column>`.
#[derive(Debug)]
pub(crate) struct Problem {
    at: usize,
    what: String,
}

impl Problem {
    pub(crate) fn new(at: usize, what: impl Into<String>) -> Self {
        Self { at, what: what.into() }
    }

    /// The error for users; `text` is what the positions count in.
    pub(crate) fn in_text(&self, text: &str) -> Error {
        Error { message: format!("{} at {}", self.what, place(text, self.at)) }
    }
}

/// `line:column`, both from 1, columns in characters.
pub(crate) fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
    format!("{line}:{}", 1 + before[line_start..].chars().count())
}

/// Compiles a whole text, or what is between `${` (JUEL also has `#{`) and `}` when those enclose it. Needs the large
/// stack.
pub(crate) fn bare(text: &str) -> Result<(Tree, Range<usize>), Problem> {
    let blank = text.len() - text.trim_start().len();
    if !text[blank..].starts_with("${") && !text[blank..].starts_with("#{") {
        let (tokens, _) = token::read(text, 0, Until::End)?;
        return Ok((tree(tokens, text.len())?, 0..text.len()));
    }
    let (tree, range) = embedded(text, blank + 2)?;
    let rest = &text[range.end + 1..];
    if let Some(more) = rest.trim_start().chars().next() {
        let at = text.len() - rest.trim_start().len();
        return Err(Problem::new(at, format!("unexpected '{more}' behind the closing '}}'")));
    }
    Ok((tree, range))
}

/// Compiles from behind a `${` to the `}` that closes it, and tells the range between. Needs the large stack.
pub(crate) fn embedded(text: &str, from: usize) -> Result<(Tree, Range<usize>), Problem> {
    let (tokens, end) = token::read(text, from, Until::Brace)?;
    Ok((tree(tokens, end)?, from..end))
}

fn tree(tokens: Vec<Token>, end: usize) -> Result<Tree, Problem> {
    if tokens.is_empty() {
        return Err(Problem::new(end, "the expression is empty"));
    }
    let tokens = words::rewrite(tokens)?;
    guard::check(&tokens)?;
    lower::lower(&tokens, &parse::parse(&tokens, end)?)
}
