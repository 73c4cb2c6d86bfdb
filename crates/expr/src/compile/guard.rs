//! Bounds the height of the tree that the parser will build, in one pass over the tokens.
//!
//! The parser recurses as deep as its tree is high. Brackets alone do not bound that: `a + b + c …` leans to the left
//! and is as high as it is long.

use super::Problem;
use super::token::{Kind, Token};
use crate::limits;

/// What is known about the innermost open bracket's content.
#[derive(Default)]
struct Level {
    /// Operators of the operand chain that is being read.
    run: usize,
    /// Height of the highest bracket inside that chain.
    inner: usize,
    /// Height of the highest chain before, in the same list item.
    highest: usize,
    /// Conditional operators in the list item: each `?:` nests in the one before.
    conditionals: usize,
    /// Height of the highest list item before.
    highest_item: usize,
}

impl Level {
    fn height(&self) -> usize {
        self.highest_item.max(self.conditionals + self.highest.max(self.run + self.inner))
    }

    fn end_chain(&mut self) {
        self.highest = self.highest.max(self.run + self.inner);
        (self.run, self.inner) = (0, 0);
    }

    fn end_item(&mut self) {
        *self = Self { highest_item: self.height(), ..Self::default() };
    }
}

/// Refuses what would make the parser recurse too deep.
pub(super) fn check(tokens: &[Token]) -> Result<(), Problem> {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    let mut operand_before = false;
    for token in tokens {
        if let Kind::Sign(sign) = token.kind {
            match sign {
                "(" | "[" | "{" => {
                    level.run += usize::from(operand_before);
                    outer.push(std::mem::take(&mut level));
                    if outer.len() > limits::NESTING {
                        let what = format!("brackets are nested more than {} deep", limits::NESTING);
                        return Err(Problem::new(token.at, what));
                    }
                }
                ")" | "]" | "}" => {
                    let height = level.height();
                    level = outer.pop().unwrap_or_default();
                    level.inner = level.inner.max(1 + height);
                }
                "," => level.end_item(),
                // Chains of && and || become balanced trees.
                "&&" | "||" | ":" => level.end_chain(),
                "?" => {
                    level.end_chain();
                    level.conditionals += 1;
                }
                _ => level.run += 1,
            }
        } else if token.kind == Kind::Keyword("in") {
            level.run += 1;
        }
        if level.height() > limits::PARSE_HEIGHT {
            let what = format!("more than {} operators nested or in a chain", limits::PARSE_HEIGHT);
            return Err(Problem::new(token.at, what));
        }
        operand_before = token.kind.ends_operand();
    }
    Ok(())
}
