//! Splits a text into tokens.

use std::sync::Arc;

use model::Number;

use crate::compile::Problem;
use crate::limits;

/// The smallest piece of a text.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name, perhaps a word of the language.
    Name(Arc<str>),
    /// A number without sign.
    Number(Number),
    /// A string literal's value.
    Text(Arc<str>),
    /// An operator, a bracket or a separator.
    Sign(&'static str),
}

impl Kind {
    pub(super) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Sign(sign) if *sign == wanted)
    }

    pub(super) fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Self::Name(name) if **name == *wanted)
    }

    /// Whether an operand may end with this token.
    pub(super) fn ends_operand(&self) -> bool {
        match self {
            Self::Name(_) | Self::Number(_) | Self::Text(_) => true,
            Self::Sign(sign) => matches!(*sign, ")" | "]"),
        }
    }
}

/// Longer signs first.
const SIGNS: [&str; 19] =
    ["..", "**", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", "?"];

/// Reads all tokens.
pub(super) fn read(text: &str) -> Result<Vec<Token>, Problem> {
    if text.len() > limits::SOURCE_BYTES {
        return Err(Problem::new(0, format!("the expression is longer than {} bytes", limits::SOURCE_BYTES)));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches(is_space).len();
        let Some(first) = text[at..].chars().next() else { return Ok(tokens) };
        if tokens.len() == limits::TOKENS {
            let what = format!("more than {} names, literals and operators", limits::TOKENS);
            return Err(Problem::new(at, what));
        }
        let (kind, end) = next(text, at, first)?;
        tokens.push(Token { kind, at });
        at = end;
    }
}

/// White space of the standard, some of which Unicode does not count as such.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{180E}' | '\u{200B}' | '\u{FEFF}')
}

fn next(text: &str, at: usize, first: char) -> Result<(Kind, usize), Problem> {
    let rest = &text[at..];
    if first == '"' {
        return string(text, at);
    }
    let second = rest.chars().nth(1);
    if first.is_ascii_digit() || first == '.' && second.is_some_and(|c| c.is_ascii_digit()) {
        return number(text, at);
    }
    if starts_name(first) {
        let end = rest.find(|c| !continues_name(c)).map_or(text.len(), |length| at + length);
        return Ok((Kind::Name(text[at..end].into()), end));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) if !rest.starts_with("==") => Ok((Kind::Sign(sign), at + sign.len())),
        Some(_) | None => Err(Problem::new(at, unknown(first))),
    }
}

pub(super) fn starts_name(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

pub(super) fn continues_name(c: char) -> bool {
    starts_name(c) || c.is_numeric() || matches!(c, '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

fn unknown(first: char) -> String {
    match first {
        '=' => "'==' is not an operator ('=' compares)".to_owned(),
        '\'' | '‘' | '’' | '“' | '”' | '„' | '«' | '»' => {
            format!("unexpected '{first}': a string stands in double quotes, like \"High\"")
        }
        '{' | '}' => beyond("a context in braces"),
        '@' => beyond("'@': write date(\"…\")"),
        '–' | '−' => format!("unexpected '{first}': the minus sign is '-'"),
        c if c.is_control() => format!("unexpected character U+{:04X}", u32::from(c)),
        c => format!("unexpected '{c}'"),
    }
}

/// What is said about something that the standard has and this does not.
pub(super) fn beyond(what: &str) -> String {
    format!("only S-FEEL is understood, not {what}")
}

/// The number that begins here. Digits before a `..` are whole.
fn number(text: &str, at: usize) -> Result<(Kind, usize), Problem> {
    let rest = &text.as_bytes()[at..];
    let digits = |from: usize| rest[from.min(rest.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut length = whole;
    if rest.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    let end = at + length;
    if text[end..].starts_with(starts_name) {
        let tail = text[end..].find(|c| !continues_name(c)).unwrap_or(text.len() - end);
        let written: String = text[at..end + tail].chars().take(40).collect();
        return Err(Problem::new(at, format!("'{written}' is neither a number nor a name")));
    }
    // JSON wants exactly one zero before the point, S-FEEL any number of them.
    let significant = text[at..end].trim_start_matches('0');
    let zero = if significant.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "0" };
    let number = Number::parse(&format!("{zero}{significant}"));
    number.map(|number| (Kind::Number(number), end)).ok_or_else(|| Problem::new(at, "the number cannot be read"))
}

fn string(text: &str, at: usize) -> Result<(Kind, usize), Problem> {
    let mut value = String::new();
    let mut here = at + 1;
    loop {
        match text[here..].chars().next() {
            Some('"') => return Ok((Kind::Text(value.into()), here + 1)),
            None | Some('\n' | '\r') => return Err(Problem::new(at, "unclosed string")),
            Some('\\') => {
                let (c, end) = escape(text, here)?;
                value.push(c);
                here = end;
            }
            Some(c) => {
                value.push(c);
                here += c.len_utf8();
            }
        }
    }
}

/// The character of the escape sequence at `at`, and where it ends.
fn escape(text: &str, at: usize) -> Result<(char, usize), Problem> {
    let plain = match text[at + 1..].chars().next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some(c @ ('\\' | '\'' | '"')) => c,
        Some(kind @ ('u' | 'U')) => {
            let none = || Problem::new(at, "an escape in a string names no character");
            let (code, end) = hex(text, at, if kind == 'u' { 4 } else { 6 }).ok_or_else(none)?;
            // A character beyond U+FFFF may be written as a pair of surrogates.
            if (0xD800..0xDC00).contains(&code) && text[end..].starts_with("\\u") {
                let (low, end) =
                    hex(text, end, 4).filter(|(low, _)| (0xDC00..0xE000).contains(low)).ok_or_else(none)?;
                let pair = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                return char::from_u32(pair).map(|c| (c, end)).ok_or_else(none);
            }
            return char::from_u32(code).map(|c| (c, end)).ok_or_else(none);
        }
        Some(c) => return Err(Problem::new(at, format!("unknown escape '\\{c}' in a string"))),
        None => return Err(Problem::new(at, "unclosed string")),
    };
    Ok((plain, at + 2))
}

/// So many hexadecimal digits behind the `\u` at `at`, and where they end.
fn hex(text: &str, at: usize, digits: usize) -> Option<(u32, usize)> {
    let end = at + 2 + digits;
    let code = text.get(at + 2..end).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(code, 16).ok()?, end))
}
