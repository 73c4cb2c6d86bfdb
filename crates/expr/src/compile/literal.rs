//! String and number literals.

use std::sync::Arc;

use model::Number;

use super::Problem;

/// The value of the string literal that begins at `at` and where it ends; `None` when none begins there.
///
/// The forms are CEL's: single or double quotes, tripled for several lines, a leading `r` for no escapes.
pub(super) fn string(text: &str, at: usize) -> Result<Option<(Arc<str>, usize)>, Problem> {
    let rest = &text[at..];
    let prefix = rest.len() - rest.trim_start_matches(['r', 'R', 'b', 'B']).len();
    let Some(quote) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| rest[prefix..].starts_with(quote)) else {
        return Ok(None);
    };
    let raw = match &rest[..prefix] {
        "" => false,
        "r" | "R" => true,
        _ => return Err(Problem::new(at, "byte strings are not supported")),
    };
    let start = at + prefix + quote.len();
    let mut value = String::new();
    let mut here = start;
    loop {
        if text[here..].starts_with(quote) {
            return Ok(Some((value.into(), here + quote.len())));
        }
        match text[here..].chars().next() {
            Some('\n' | '\r') if quote.len() == 1 => return Err(Problem::new(at, "unclosed string")),
            None => return Err(Problem::new(at, "unclosed string")),
            Some('\\') if !raw => {
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
    let mut rest = text[at + 1..].chars();
    let code = rest.next();
    let plain = match code {
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('v') => '\u{b}',
        Some(c @ ('\\' | '\'' | '"' | '`' | '?')) => c,
        Some('x' | 'X') => return coded(text, at, at + 2, 2, 16),
        Some('u') => return coded(text, at, at + 2, 4, 16),
        Some('U') => return coded(text, at, at + 2, 8, 16),
        Some('0'..='3') => return coded(text, at, at + 1, 3, 8),
        Some(c) => return Err(Problem::new(at, format!("unknown escape '\\{c}' in a string"))),
        None => return Err(Problem::new(at, "unclosed string")),
    };
    Ok((plain, at + 2))
}

fn coded(text: &str, at: usize, from: usize, digits: usize, radix: u32) -> Result<(char, usize), Problem> {
    let end = from + digits;
    let code = text.get(from..end).filter(|code| code.chars().all(|c| c.is_digit(radix)));
    let value = code.and_then(|code| u32::from_str_radix(code, radix).ok()).and_then(char::from_u32);
    value.map(|c| (c, end)).ok_or_else(|| Problem::new(at, "an escape in a string names no character"))
}

/// The number that begins at `at` (a digit, or a dot before one) and where it ends.
pub(super) fn number(text: &str, at: usize) -> Result<(Number, usize), Problem> {
    let rest = &text.as_bytes()[at..];
    let digits = |from: usize| rest[from.min(rest.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if let Some(hex) = text[at..].strip_prefix("0x") {
        let length = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
        let value = i64::from_str_radix(&hex[..length], 16).ok().map(Number::Int);
        return finish(text, at, 2 + length, value);
    }
    let mut length = digits(0);
    let mut whole = true;
    if rest.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
        whole = false;
    }
    if matches!(rest.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
            whole = false;
        }
    }
    let written = &text[at..at + length];
    let value = if whole {
        let significant = written.trim_start_matches('0');
        Number::parse(if significant.is_empty() { "0" } else { significant })
    } else {
        written.parse().ok().and_then(Number::from_f64)
    };
    finish(text, at, length, value)
}

/// Swallows CEL's mark of unsigned integers and refuses letters that stick to the digits.
fn finish(text: &str, at: usize, length: usize, value: Option<Number>) -> Result<(Number, usize), Problem> {
    let end = at + length;
    let end = end + usize::from(text[end..].starts_with(['u', 'U']));
    let tail = text[end..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>();
    if tail > 0 {
        let written: String = text[at..end + tail].chars().take(40).collect();
        return Err(Problem::new(at, format!("'{written}' is not a number")));
    }
    value.map(|value| (value, end)).ok_or_else(|| Problem::new(at, "the number is too large"))
}

/// The number with the sign that the parser found before it.
pub(super) fn negative(number: &Number) -> Number {
    match number {
        Number::Int(int) => Number::Int(-int), // literals are not negative, so this cannot overflow
        Number::Float(float) => Number::Float(-float),
        // `-9223372036854775808` is 64 bits although its digits alone are not.
        Number::Exact(digits) => {
            let digits = format!("-{digits}");
            Number::parse(&digits).unwrap_or_else(|| Number::Exact(digits.into()))
        }
    }
}
