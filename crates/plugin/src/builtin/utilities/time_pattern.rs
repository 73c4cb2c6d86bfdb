//! Patterns of times, with the letters that Java and the vendor's service use.
//!
//! `yyyy MM dd HH mm ss SSS` are written with two, three or four digits, `M d H m s` without a leading zero, `EEE` is
//! the day of the week in English, `XXX` an offset like `+08:00` or `Z`, `XX` one like `+0800` or `Z`. Text in single
//! quotes stands for itself, two single quotes for one.

use model::Timestamp;
use model::time::Zone;

use crate::error::ActionError;

const MAX_PATTERN: usize = 200;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// A field and its least number of digits.
    Number(Field, usize),
    Weekday,
    /// With or without a colon.
    Offset {
        colon: bool,
    },
    Literal(String),
}

/// A parsed pattern.
pub(super) struct Pattern(Vec<Token>);

impl Pattern {
    /// Reads a pattern; `parameter` is named in errors.
    pub(super) fn read(text: &str, parameter: &str) -> Result<Self, ActionError> {
        if text.is_empty() || text.len() > MAX_PATTERN {
            return Err(ActionError::input(parameter, format!("expected 1 to {MAX_PATTERN} bytes")));
        }
        tokens(text).map(Self).map_err(|letters| {
            ActionError::input(parameter, format!("'{letters}' has no meaning; put text into single quotes"))
        })
    }

    /// Writes an instant.
    pub(super) fn write(&self, time: Timestamp, zone: Zone) -> String {
        let local = Local::of(time, zone);
        let mut out = String::new();
        for token in &self.0 {
            match token {
                Token::Number(field, width) => out.push_str(&format!("{:0width$}", local.field(*field))),
                Token::Weekday => out.push_str(local.weekday()),
                Token::Offset { .. } if local.offset == "+0000" => out.push('Z'),
                Token::Offset { colon: true } => {
                    out.push_str(&format!("{}:{}", &local.offset[..3], &local.offset[3..]));
                }
                Token::Offset { colon: false } => out.push_str(&local.offset),
                Token::Literal(text) => out.push_str(text),
            }
        }
        out
    }

    /// Reads an instant; fields that the pattern does not have are their least, an absent offset is the zone's. `None`
    /// when the text does not fit.
    pub(super) fn parse(&self, text: &str, zone: Zone) -> Option<Timestamp> {
        let mut fields = [1970, 1, 1, 0, 0, 0, 0];
        let mut offset = None;
        let mut rest = text;
        for (index, token) in self.0.iter().enumerate() {
            match token {
                Token::Number(field, width) => {
                    // Directly before another number only the width says where one ends.
                    let tight = matches!(self.0.get(index + 1), Some(Token::Number(..)));
                    let most = if tight || *width > 1 { *width } else { 2 };
                    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
                    if digits < *width {
                        return None;
                    }
                    fields[*field as usize] = rest[..digits].parse().ok()?;
                    rest = &rest[digits..];
                }
                Token::Weekday => {
                    DAYS.iter().find(|day| rest.starts_with(**day))?;
                    rest = &rest[3..];
                }
                Token::Offset { .. } => {
                    let length =
                        if rest.starts_with('Z') { 1 } else { 5 + usize::from(rest.as_bytes().get(3) == Some(&b':')) };
                    offset = Some(rest.get(..length)?);
                    rest = &rest[length..];
                }
                Token::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
            }
        }
        let [year, month, day, hour, minute, second, millisecond] = fields;
        let local = format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}{}",
            offset.unwrap_or("")
        );
        if rest.is_empty() { Timestamp::parse(&local, zone).ok() } else { None }
    }
}

/// The fields of an instant in a zone.
struct Local {
    fields: [i64; 7],
    /// `+0800`.
    offset: String,
    weekday: usize,
}

impl Local {
    fn of(time: Timestamp, zone: Zone) -> Self {
        // `2025-07-18T14:44:46.735Z+0800`; a year before 0 has a sign.
        let wire = time.to_wire(zone);
        let (local, offset) = wire.rsplit_once('Z').unwrap_or((&wire, "+0000"));
        let (negative, digits) = local.strip_prefix('-').map_or((false, local), |rest| (true, rest));
        let mut parts = digits.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<i64>().unwrap_or(0));
        let mut fields = std::array::from_fn(|_| parts.next().unwrap_or(0));
        if negative {
            fields[0] = -fields[0];
        }
        let shifted = Timestamp::parse(&format!("{local}Z"), Zone::DEFAULT).unwrap_or(time);
        // 1970-01-01 was a Thursday.
        let weekday = (shifted.0.div_euclid(86_400_000_000) + 3).rem_euclid(7);
        Self { fields, offset: offset.to_owned(), weekday: usize::try_from(weekday).unwrap_or(0) }
    }

    fn field(&self, field: Field) -> i64 {
        self.fields[field as usize]
    }

    fn weekday(&self) -> &'static str {
        DAYS[self.weekday]
    }
}

/// The tokens of a pattern, or the letters without a meaning.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let (literal, after) = quoted(&rest[1..]).ok_or("'")?;
            tokens.push(Token::Literal(literal));
            rest = after;
            continue;
        }
        let run = rest.find(|c| c != first).unwrap_or(rest.len());
        let letters = &rest[..run];
        tokens.push(match letters {
            "yyyy" => Token::Number(Field::Year, 4),
            "MM" => Token::Number(Field::Month, 2),
            "M" => Token::Number(Field::Month, 1),
            "dd" => Token::Number(Field::Day, 2),
            "d" => Token::Number(Field::Day, 1),
            "HH" => Token::Number(Field::Hour, 2),
            "H" => Token::Number(Field::Hour, 1),
            "mm" => Token::Number(Field::Minute, 2),
            "m" => Token::Number(Field::Minute, 1),
            "ss" => Token::Number(Field::Second, 2),
            "s" => Token::Number(Field::Second, 1),
            "SSS" => Token::Number(Field::Millisecond, 3),
            "EEE" => Token::Weekday,
            "XXX" => Token::Offset { colon: true },
            "XX" => Token::Offset { colon: false },
            _ if !first.is_ascii_alphabetic() => Token::Literal(letters.to_owned()),
            _ => return Err(letters.to_owned()),
        });
        rest = &rest[run..];
    }
    Ok(tokens)
}

/// The text up to the closing quote and what follows it; two quotes stand for one, also without text around them.
fn quoted(inside: &str) -> Option<(String, &str)> {
    let (text, mut after) = inside.split_once('\'')?;
    if text.is_empty() {
        return Some(("'".to_owned(), after));
    }
    let mut literal = text.to_owned();
    while let Some(more) = after.strip_prefix('\'') {
        let (text, rest) = more.split_once('\'')?;
        literal.push('\'');
        literal.push_str(text);
        after = rest;
    }
    Some((literal, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(text: &str) -> Zone {
        Zone::parse(text).expect(text)
    }

    fn instant(text: &str) -> Timestamp {
        Timestamp::parse(text, Zone::DEFAULT).expect(text)
    }

    #[test]
    fn times_are_written_as_the_pattern_says() {
        let time = instant("2025-07-08T04:05:06.007Z");
        for (pattern, at, expected) in [
            ("yyyy-MM-dd HH:mm:ss", "+0800", "2025-07-08 12:05:06"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "+0800", "2025-07-08T12:05:06.007+08:00"),
            ("yyyyMMddHHmmss", "Z", "20250708040506"),
            ("d.M.yyyy, H 'o''clock' ''s''", "-05:30", "7.7.2025, 22 o'clock '6'"),
            ("EEE XX", "-0530", "Mon -0530"),
            ("EEE XXX", "Z", "Tue Z"),
        ] {
            let read = Pattern::read(pattern, "pattern").expect(pattern);
            assert_eq!(read.write(time, zone(at)), expected, "{pattern}");
        }
    }

    #[test]
    fn times_are_read_as_the_pattern_says() {
        let check = |pattern: &str, text: &str, expected: Option<&str>| {
            let found = Pattern::read(pattern, "pattern").expect(pattern).parse(text, zone("+0800"));
            assert_eq!(found, expected.map(instant), "{pattern} {text}");
        };
        check("dd/MM/yyyy HH:mm", "08/07/2025 12:05", Some("2025-07-08T04:05:00Z"));
        check("d/M/yyyy", "8/11/2025", Some("2025-11-08T00:00:00+08:00"));
        check("yyyyMMddHHmmss", "20250708120506", Some("2025-07-08T04:05:06Z"));
        check("EEE, dd MM yyyy HH:mm:ss XX", "Tue, 08 07 2025 12:05:06 +0200", Some("2025-07-08T10:05:06Z"));
        check("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2025-07-08T12:05:06.007Z", Some("2025-07-08T12:05:06.007Z"));
        check("yyyy-MM-dd", "2025-13-01", None);
        check("yyyy-MM-dd", "2025-01-01x", None);
        check("yyyy-MM-dd", "25-01-01", None);
        check("yyyy-MM-dd", "２０２５-01-01", None);
        check("EEE", "Tu", None);
        check("HH:mm XXX", "12:00 é", None);
    }

    #[test]
    fn letters_without_a_meaning_are_refused() {
        for pattern in ["", "yyyyy", "T", "dd 'open", "YYYY", "hh", &"d ".repeat(150)] {
            assert!(Pattern::read(pattern, "pattern").is_err(), "{pattern}");
        }
    }
}
