//! Texts that are expressions: `${…}` around them is optional.

use expr::Program;

/// Compiles a condition, an output mapping or a script: a bare expression, or one in `${…}` (or JUEL's `#{…}`).
pub(super) fn program(text: &str) -> Result<Program, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("the expression is empty".to_owned());
    }
    if text.starts_with('=') {
        return Err("FEEL expressions (=…) are not understood; write CEL".to_owned());
    }
    Program::compile(inner(text).unwrap_or(text)).map_err(|error| error.message)
}

/// The expression of a text that is exactly one `${…}`.
fn inner(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("${").or_else(|| text.strip_prefix("#{"))?.strip_suffix('}')?;
    // `${a} && ${b}` is not one expression: the brace that opens first must be the one that closes last.
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for c in inside.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.checked_sub(1)?,
            (None, _) => {}
        }
    }
    Some(inside)
}

#[cfg(test)]
mod tests {
    use super::inner;

    #[test]
    fn only_a_single_expression_loses_its_braces() {
        for (text, expected) in [
            ("${a > 1}", Some("a > 1")),
            ("#{a}", Some("a")),
            ("${ {'x': 1}.x == 1 }", Some(" {'x': 1}.x == 1 ")),
            (r#"${a == "}"}"#, Some(r#"a == "}""#)),
            (r#"${a == "\"}"}"#, Some(r#"a == "\"}""#)),
            ("${a} && ${b}", None),
            ("a > 1", None),
            ("${a", None),
            ("$", None),
        ] {
            assert_eq!(inner(text), expected, "{text}");
        }
    }
}
