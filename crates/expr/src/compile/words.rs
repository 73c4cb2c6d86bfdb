//! JUEL words as operators: `and or not eq ne lt gt le ge div mod` and the prefix `empty`.
//!
//! A word is an operator only where a name could not stand: a binary one behind an operand, a prefix one before an
//! operand. So a variable may still be called `empty`, and `x.eq` is a member.

use super::Problem;
use super::token::{Kind, Token};
use crate::limits;

/// The CEL operator of a binary word.
fn binary(word: &str) -> Option<&'static str> {
    Some(match word {
        "and" => "&&",
        "or" => "||",
        "eq" => "==",
        "ne" => "!=",
        "lt" => "<",
        "gt" => ">",
        "le" => "<=",
        "ge" => ">=",
        "div" => "/",
        "mod" => "%",
        _ => return None,
    })
}

/// Replaces words by operators, and `empty x` by `empty(x)`.
pub(super) fn rewrite(mut tokens: Vec<Token>) -> Result<Vec<Token>, Problem> {
    let mut empties = Vec::new();
    let mut prefixes = 0;
    for index in 0..tokens.len() {
        let before = index.checked_sub(1).map(|index| &tokens[index].kind);
        let (operand_before, member) = (before.is_some_and(Kind::ends_operand), before.is_some_and(|k| k.is(".")));
        let mut prefix = !operand_before && matches!(tokens[index].kind, Kind::Sign("!" | "-"));
        if let Kind::Name(word) = &tokens[index].kind
            && !member
        {
            let word = &**word;
            if operand_before {
                if let Some(sign) = binary(word) {
                    tokens[index].kind = Kind::Sign(sign);
                }
            } else if word == "not" && tokens.get(index + 1).is_some_and(|next| follows_prefix(next, true)) {
                tokens[index].kind = Kind::Sign("!");
                prefix = true;
            } else if word == "empty" && tokens.get(index + 1).is_some_and(|next| follows_prefix(next, false)) {
                // Reads as an operator while the loop looks at the next token; becomes a name again below.
                tokens[index].kind = Kind::Sign("!");
                empties.push(index);
                prefix = true;
            }
        }
        prefixes = if prefix { prefixes + 1 } else { 0 };
        if prefixes > limits::NESTING {
            let what = format!("more than {} prefix operators in a row", limits::NESTING);
            return Err(Problem::new(tokens[index].at, what));
        }
    }
    Ok(if empties.is_empty() { tokens } else { call_empty(&tokens, &empties) })
}

/// Whether an operand that a prefix word could apply to begins here. `empty (…)` is a call already.
fn follows_prefix(next: &Token, brackets: bool) -> bool {
    match &next.kind {
        Kind::Name(word) => binary(word).is_none(),
        Kind::Quoted(_) | Kind::Number(_) | Kind::Text(_) => true,
        Kind::Keyword(word) => *word != "in",
        Kind::Sign("!") => true,
        Kind::Sign("(") => brackets,
        Kind::Sign(_) => false,
    }
}

/// Puts `empty` and brackets around the operand of each token in `empties`.
fn call_empty(tokens: &[Token], empties: &[usize]) -> Vec<Token> {
    let mut closings = vec![0_usize; tokens.len() + 1];
    for index in empties {
        closings[operand_end(tokens, index + 1)] += 1;
    }
    let mut rewritten = Vec::with_capacity(tokens.len() + 2 * empties.len());
    let mut empties = empties.iter().peekable();
    for (index, token) in tokens.iter().enumerate() {
        close(&mut rewritten, closings[index]);
        if empties.next_if_eq(&&index).is_some() {
            rewritten.push(Token { kind: Kind::Name("empty".into()), ..*token });
            rewritten.push(Token { kind: Kind::Sign("("), ..*token });
        } else {
            rewritten.push(token.clone());
        }
    }
    close(&mut rewritten, closings[tokens.len()]);
    rewritten
}

fn close(tokens: &mut Vec<Token>, count: usize) {
    let end = tokens.last().map_or(0, |token| token.end);
    tokens.extend((0..count).map(|_| Token { kind: Kind::Sign(")"), at: end, end }));
}

/// The index behind the operand that begins at `index`: prefixes, one name, literal or group, then `.x`, `(…)`, `[…]`.
fn operand_end(tokens: &[Token], mut index: usize) -> usize {
    let sign = |index: usize| match tokens.get(index).map(|token| &token.kind) {
        Some(Kind::Sign(sign)) => *sign,
        Some(_) | None => "",
    };
    while matches!(sign(index), "!" | "-") {
        index += 1;
    }
    index = if matches!(sign(index), "(" | "[" | "{") { group_end(tokens, index) } else { index + 1 };
    loop {
        index = match sign(index) {
            "." => index + 2,
            "(" | "[" => group_end(tokens, index),
            _ => return index.min(tokens.len()),
        };
    }
}

/// The index behind the bracket that closes the one at `index`; the reader made sure that there is one.
fn group_end(tokens: &[Token], index: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, token) in tokens[index..].iter().enumerate() {
        match token.kind {
            Kind::Sign("(" | "[" | "{") => depth += 1,
            Kind::Sign(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + offset + 1;
        }
    }
    tokens.len()
}
