//! JSON, or YAML where JSON would be tedious: mocks and cases.

use model::Value;

/// Reads JSON or YAML. The values are those of JSON either way.
///
/// # Errors
/// One sentence with the line and column.
pub fn read(text: &str) -> Result<Value, String> {
    let begins = text.trim_start();
    if let Ok(value) = Value::from_json(text) {
        return Ok(value);
    }
    // `yes`, `no`, `n`, `010`, `1_000` are texts, as everywhere since YAML 1.2.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<serde_json::Value>(text, options) {
        Ok(value) => Ok(Value::from(value)),
        // A text that was meant as JSON is told what JSON makes of it.
        Err(_) if begins.starts_with(['{', '[']) => {
            Value::from_json(text).map_err(|error| format!("not JSON or YAML: {error}"))
        }
        Err(error) => {
            let said = error.to_string();
            let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it cannot be read");
            Err(format!("not JSON or YAML: {line}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn check(text: &str, expected: Result<&str, &str>) {
        match (read(text), expected) {
            (Ok(value), Ok(json)) => assert_eq!(value.to_json(), json, "{text}"),
            (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn json_and_yaml_give_the_same_values() {
        let json = r#"{"name":"a","list":[1,2.5,true,null],"inner":{"text":"7"}}"#;
        check(json, Ok(json));
        check("name: a\nlist: [1, 2.5, true, null]\ninner:\n  text: '7'\n", Ok(json));
        check("- 12345678901234567890\n", Ok("[12345678901234567890]"));
        check(
            "[n, yes, off, true, ~, 010, 1_000, 12:30, .5]",
            Ok(r#"["n","yes","off",true,null,"010","1_000","12:30",0.5]"#),
        );
        check("a: &x {b: 1}\nc: *x\n", Ok(r#"{"a":{"b":1},"c":{"b":1}}"#));
        check(r#"{"n": 1.10}"#, Ok(r#"{"n":1.10}"#));
    }

    #[test]
    fn what_is_neither_says_where() {
        check("a: [1, 2\nb: }", Err("line"));
        check("{\"a\": 1", Err("line 1 column"));
        check("a: 1\na: 2\n", Err("duplicate"));
    }
}
