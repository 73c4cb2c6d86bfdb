//! Functions on strings. Positions count characters, not bytes.

use model::Value;

use super::{any, boolean, list as list_of, number, object as members, optional, pure, regex, result, string};
use crate::builtin::arguments::{Bounded, flag, integer, object, text, texts};
use crate::error::ActionError;
use crate::manifest::Action;

pub(super) fn actions() -> Vec<Action> {
    let source = || string("sourceString", "The text.");
    vec![
        pure(
            "stringReplace",
            "Replaces every occurrence of a text or of a match of a regular expression.",
            vec![
                string("originString", "The text."),
                string("target", "What to replace: a regular expression (a plain text is one that matches itself)."),
                string("replacement", "What to put there; $1 or ${name} stands for a group, $$ for a dollar sign."),
            ],
            string("newString", "The text with the replacements."),
            replace,
        ),
        pure(
            "stringSplit",
            "Splits a text at every separator.",
            vec![source(), string("separator", "Where to split; an empty one splits into characters.")],
            list_of("parts", "The parts in between."),
            split,
        ),
        pure(
            "stringJoin",
            "Joins the items of a list.",
            vec![
                list_of("list", "The items; what is no text is joined as JSON."),
                optional(string("separator", "What to put in between.")).with_default(""),
            ],
            string("result", "The joined text."),
            join,
        ),
        pure(
            "stringTrim",
            "Removes white space, or other characters, at both ends.",
            vec![source(), optional(string("characters", "The characters to remove instead of white space."))],
            string("result", "The trimmed text."),
            trim,
        ),
        pure("toUpperCase", "Turns a text into upper case.", vec![source()], string("result", "The text."), |input| {
            result("result", text(input, "sourceString")?.to_uppercase())
        }),
        pure("toLowerCase", "Turns a text into lower case.", vec![source()], string("result", "The text."), |input| {
            result("result", text(input, "sourceString")?.to_lowercase())
        }),
        pure(
            "substring",
            "Gives a part of a text.",
            vec![
                source(),
                number("start", "The first character, from 0; a negative number counts from the end."),
                optional(number("length", "How many characters; to the end if not given.")),
            ],
            string("result", "The part; empty where the text has nothing."),
            substring,
        ),
        pure(
            "stringLength",
            "Counts the characters of a text.",
            vec![source()],
            number("length", "The number of characters."),
            |input| result("length", count(text(input, "sourceString")?)),
        ),
        pure(
            "stringContains",
            "Says whether a text holds another.",
            vec![source(), string("part", "What to look for."), ignore_case()],
            boolean("result", "Whether it does."),
            |input| compared(input, "part", |text, part| text.contains(part)),
        ),
        pure(
            "startsWith",
            "Says whether a text starts with another.",
            vec![source(), string("prefix", "What to look for."), ignore_case()],
            boolean("result", "Whether it does."),
            |input| compared(input, "prefix", |text, part| text.starts_with(part)),
        ),
        pure(
            "endsWith",
            "Says whether a text ends with another.",
            vec![source(), string("suffix", "What to look for."), ignore_case()],
            boolean("result", "Whether it does."),
            |input| compared(input, "suffix", |text, part| text.ends_with(part)),
        ),
        pure(
            "stringFormat",
            "Fills the placeholders {name} of a text.",
            vec![
                string("template", "The text; {{ and }} stand for single braces."),
                members("values", "What stands in place of each name; what is no text is put in as JSON."),
            ],
            string("result", "The filled text."),
            format,
        ),
        pure(
            "padString",
            "Makes a text at least so long by putting a character in front of it or behind it.",
            vec![
                any("source", "The text or number."),
                number("length", "The least number of characters."),
                optional(string("character", "The character to fill up with.")).with_default(" "),
                optional(boolean("atEnd", "Whether to fill up behind the text.")).with_default(false),
            ],
            string("result", "The filled text."),
            pad,
        ),
    ]
}

fn ignore_case() -> crate::manifest::Parameter {
    optional(boolean("ignoreCase", "Whether upper and lower case are the same.")).with_default(false)
}

fn count(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

fn replace(input: &Value) -> Result<Value, ActionError> {
    let (origin, target) = (text(input, "originString")?, text(input, "target")?);
    result("newString", regex::replace(origin, target, text(input, "replacement")?)?)
}

fn split(input: &Value) -> Result<Value, ActionError> {
    let (source, separator) = (text(input, "sourceString")?, text(input, "separator")?);
    let parts: Vec<Value> = if separator.is_empty() {
        source.chars().map(|character| Value::from(character.to_string())).collect()
    } else {
        source.split(separator).map(Value::from).collect()
    };
    result("parts", parts)
}

fn join(input: &Value) -> Result<Value, ActionError> {
    let separator = text(input, "separator")?;
    let mut joined = Bounded::default();
    for (index, part) in texts(input, "list")?.iter().enumerate() {
        if index > 0 {
            joined.push(separator)?;
        }
        joined.push(part)?;
    }
    result("result", joined.into_value())
}

fn trim(input: &Value) -> Result<Value, ActionError> {
    let source = text(input, "sourceString")?;
    result(
        "result",
        match input.get("characters").as_str() {
            None => source.trim(),
            Some(characters) => source.trim_matches(|c| characters.contains(c)),
        },
    )
}

fn substring(input: &Value) -> Result<Value, ActionError> {
    let source = text(input, "sourceString")?;
    let start = integer(input, "start", i64::MIN..=i64::MAX)?;
    let start = if start < 0 { count(source).saturating_add(start).max(0) } else { start };
    let length = if input.get("length").is_null() { i64::MAX } else { integer(input, "length", 0..=i64::MAX)? };
    let (start, length) = (usize::try_from(start).unwrap_or(usize::MAX), usize::try_from(length).unwrap_or(usize::MAX));
    result("result", source.chars().skip(start).take(length).collect::<String>())
}

fn compared(input: &Value, part: &str, test: fn(&str, &str) -> bool) -> Result<Value, ActionError> {
    let (source, part) = (text(input, "sourceString")?, text(input, part)?);
    let found =
        if flag(input, "ignoreCase") { test(&source.to_lowercase(), &part.to_lowercase()) } else { test(source, part) };
    result("result", found)
}

fn format(input: &Value) -> Result<Value, ActionError> {
    let values = object(input, "values")?;
    let mut filled = Bounded::default();
    let mut rest = text(input, "template")?;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push(&rest[..at])?;
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            filled.push(brace)?;
            rest = after;
            continue;
        }
        let inside = if brace == "{" { rest.split_once('}') } else { None };
        let (name, after) = inside
            .ok_or_else(|| ActionError::input("template", format!("a single '{brace}' must be written twice")))?;
        let value = values.get(name).ok_or_else(|| {
            let name: String = name.chars().take(64).collect();
            ActionError::input("values", format!("there is none for '{{{name}}}'"))
        })?;
        filled.push(&value.to_text())?;
        rest = after;
    }
    filled.push(rest)?;
    result("result", filled.into_value())
}

fn pad(input: &Value) -> Result<Value, ActionError> {
    let source = input.get("source").to_text();
    let character = text(input, "character")?;
    if character.chars().count() != 1 {
        return Err(ActionError::input("character", "expected one character"));
    }
    let missing = integer(input, "length", 0..=100_000)?.saturating_sub(count(&source)).max(0);
    let filling = character.repeat(usize::try_from(missing).unwrap_or(0));
    let padded = if flag(input, "atEnd") { format!("{source}{filling}") } else { format!("{filling}{source}") };
    result("result", padded)
}
