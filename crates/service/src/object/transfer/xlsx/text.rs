//! Texts and numbers as cells of spreadsheets spell them. XML does not hold every character, so that they have a spelling
//! of their own for those that it does not: `_x0000_`.

use std::borrow::Cow;
use std::fmt::Write as _;

use model::Number;

/// Significant digits that spreadsheets keep.
const DIGITS: usize = 15;

/// The character that a text begins with in that spelling, with the bytes it takes.
fn spelt(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let is_spelt = text.as_bytes().get(6) == Some(&b'_') && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let character = is_spelt.then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32))??;
    Some((character, 7))
}

/// A text as XML holds it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '_' if spelt(&text[place..]).is_some() => escaped.push_str("_x005F_"),
            '\t' | '\n' => escaped.push(character),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                write!(escaped, "_x{:04X}_", u32::from(character)).expect("a text takes everything");
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// The text that a cell means, once XML's own escapes are gone.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let (mut meant, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(place) = rest.find('_') {
        meant.push_str(&rest[..place]);
        rest = &rest[place..];
        let (character, length) = spelt(rest).unwrap_or(('_', 1));
        meant.push(character);
        rest = &rest[length..];
    }
    meant.push_str(rest);
    Cow::Owned(meant)
}

/// Whether a number comes back as it was from a spreadsheet that has saved it again.
pub(super) fn is_kept(digits: &str) -> bool {
    significant(digits) <= DIGITS && digits.parse::<f64>().is_ok_and(|float| float.to_string() == digits)
}

/// The number that a cell means. Spreadsheets write 0.1 with seventeen digits, others write long whole numbers.
pub(super) fn number(digits: &str) -> Cow<'_, str> {
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_whole || significant(digits) <= DIGITS {
        return Cow::Borrowed(digits);
    }
    let float = digits.parse().ok().and_then(Number::from_f64);
    float.map_or(Cow::Borrowed(digits), |float| Cow::Owned(float.digits().into_owned()))
}

fn significant(digits: &str) -> usize {
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.trim_start_matches(['-', '0', '.']);
    digits.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back() {
        for (text, expected) in [
            ("a", "a"),
            ("a & <b>\n\t", "a &amp; &lt;b&gt;\n\t"),
            ("a\0b\r\u{ffff}", "a_x0000_b_x000D__xFFFF_"),
            ("_x0041_", "_x005F_x0041_"),
            ("_x005F_x0041_", "_x005F_x005F_x005F_x0041_"),
            ("_x_x00_ __xé", "_x_x00_ __xé"),
        ] {
            assert_eq!(escape(text), expected);
            let xml = expected.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert_eq!(unescape(&xml), text);
        }
    }

    #[test]
    fn numbers_keep_the_digits_that_spreadsheets_mean() {
        for (digits, meant, kept) in [
            ("5", "5", true),
            ("-1.5", "-1.5", true),
            ("1.10", "1.10", false),
            ("0.10000000000000001", "0.1", false),
            ("12345678901234567890", "12345678901234567890", false),
            ("123456789012345", "123456789012345", true),
            ("1E-400", "1E-400", false),
        ] {
            assert_eq!((number(digits).as_ref(), is_kept(digits)), (meant, kept), "{digits}");
        }
    }
}
