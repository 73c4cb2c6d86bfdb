//! Splits a text into tokens, with brackets that match.

use std::sync::Arc;

use model::Number;

use super::{Problem, literal};
use crate::limits;

/// The smallest piece of an expression.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it begins, in bytes.
    pub(super) at: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name, perhaps a JUEL word.
    Name(Arc<str>),
    /// A name in backticks, never a word.
    Quoted(Arc<str>),
    /// A number without sign.
    Number(Number),
    /// A string literal's value.
    Text(Arc<str>),
    /// `true`, `false`, `null` or `in`.
    Keyword(&'static str),
    /// An operator, a bracket or a separator.
    Sign(&'static str),
}

impl Kind {
    /// Whether an operand may end with this token, so that what follows is a binary or postfix operator.
    pub(super) fn ends_operand(&self) -> bool {
        match self {
            Self::Name(_) | Self::Quoted(_) | Self::Number(_) | Self::Text(_) => true,
            Self::Keyword(word) => *word != "in",
            Self::Sign(sign) => matches!(*sign, ")" | "]" | "}"),
        }
    }

    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Sign(sign) if *sign == wanted)
    }
}

/// Where the expression ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// At the end of the text.
    End,
    /// At the `}` that closes the `${` or `#{` before it.
    Brace,
}

/// Longer signs first.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "!", "-", "+", "*",
    "/", "%",
];

/// Reads tokens from byte `from`, and tells where the expression ends.
pub(super) fn read(text: &str, from: usize, until: Until) -> Result<(Vec<Token>, usize), Problem> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<(&'static str, usize)> = Vec::new();
    let mut at = from;
    loop {
        at = skip_blank(text, at);
        if at - from > limits::SOURCE_BYTES {
            return Err(Problem::new(from, format!("the expression is longer than {} bytes", limits::SOURCE_BYTES)));
        }
        let Some(first) = text[at..].chars().next() else { break };
        if first == '}' && open.is_empty() && until == Until::Brace {
            return Ok((tokens, at));
        }
        let (kind, end) = next(text, at, first, tokens.last().map(|token| &token.kind))?;
        if let Kind::Sign(sign) = kind {
            match_brackets(&mut open, sign, at)?;
        }
        if tokens.len() == limits::TOKENS {
            let what = format!("more than {} names, literals and operators", limits::TOKENS);
            return Err(Problem::new(at, what));
        }
        tokens.push(Token { kind, at, end });
        at = end;
    }
    match (open.last(), until) {
        (Some((sign, at)), _) => Err(Problem::new(*at, format!("unclosed '{sign}'"))),
        (None, Until::Brace) => Err(Problem::new(from - 2, format!("unclosed '{}'", &text[from - 2..from]))),
        (None, Until::End) => Ok((tokens, text.len())),
    }
}

fn match_brackets(open: &mut Vec<(&'static str, usize)>, sign: &'static str, at: usize) -> Result<(), Problem> {
    let opening = match sign {
        "(" | "[" | "{" => {
            open.push((sign, at));
            if open.len() > limits::NESTING {
                return Err(Problem::new(at, format!("brackets are nested more than {} deep", limits::NESTING)));
            }
            return Ok(());
        }
        ")" => "(",
        "]" => "[",
        "}" => "{",
        _ => return Ok(()),
    };
    match open.pop() {
        Some((sign, _)) if sign == opening => Ok(()),
        Some((other, _)) => Err(Problem::new(at, format!("unexpected '{sign}' while '{other}' is open"))),
        None => Err(Problem::new(at, format!("unmatched '{sign}'"))),
    }
}

/// Skips spaces and `//` comments.
fn skip_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start().len();
        if !text[at..].starts_with("//") {
            return at;
        }
        at += text[at..].find('\n').unwrap_or(text.len() - at);
    }
}

fn next(text: &str, at: usize, first: char, before: Option<&Kind>) -> Result<(Kind, usize), Problem> {
    let rest = &text[at..];
    let member = before.is_some_and(|kind| kind.is("."));
    let second = rest.chars().nth(1);
    if let Some((value, end)) = literal::string(text, at)? {
        return Ok((Kind::Text(value), end));
    }
    let leading_dot = first == '.' && !before.is_some_and(Kind::ends_operand);
    if first.is_ascii_digit() || leading_dot && second.is_some_and(|c| c.is_ascii_digit()) {
        let (number, end) = literal::number(text, at)?;
        return Ok((Kind::Number(number), end));
    }
    if is_name(first) {
        let end = rest.find(|c: char| !is_name(c) && !c.is_numeric()).map_or(text.len(), |length| at + length);
        return Ok((name(&text[at..end], member), end));
    }
    if first == '`' {
        let length = rest[1..].find(['`', '\n']).filter(|length| rest[1 + length..].starts_with('`') && *length > 0);
        let length = length.ok_or_else(|| Problem::new(at, "unclosed or empty '``' name"))?;
        return Ok((Kind::Quoted(rest[1..1 + length].into()), at + length + 2));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Kind::Sign(sign), at + sign.len())),
        None => Err(Problem::new(at, unknown(first))),
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn name(text: &str, member: bool) -> Kind {
    match ["true", "false", "null", "in"].into_iter().find(|word| *word == text) {
        Some(word) if !member => Kind::Keyword(word),
        Some(_) | None => Kind::Name(text.into()),
    }
}

fn unknown(first: char) -> String {
    match first {
        '=' => "'=' is not an operator ('==' compares)".to_owned(),
        '&' => "'&' is not an operator ('&&' is 'and')".to_owned(),
        '|' => "'|' is not an operator ('||' is 'or')".to_owned(),
        c if c.is_control() => format!("unexpected character U+{:04X}", u32::from(c)),
        c => format!("unexpected '{c}'"),
    }
}
