//! Which headers hold secrets, and a copy of a value without them, for records that people read.

use model::{Map, Value};

use crate::connection::MASK;

/// Parts of a header's name that say that it holds a secret. `auth` covers `Authorization` and `X-Auth-Token`.
const TELLING: [&str; 9] =
    ["auth", "cookie", "token", "secret", "password", "credential", "api-key", "apikey", "signature"];

/// Whether a header of this name must not be recorded.
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != "www-authenticate" && name != "proxy-authenticate" && TELLING.iter().any(|part| name.contains(part))
}

/// The value with the secret members of every object called `headers` masked.
pub fn headers(value: &Value) -> Value {
    match value {
        Value::Map(members) => Value::map(
            members
                .iter()
                .map(|(name, value)| {
                    let masked = match value {
                        Value::Map(fields) if &**name == "headers" => Value::map(masked(fields)),
                        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
                        Value::List(_) | Value::Map(_) => headers(value),
                    };
                    (name.clone(), masked)
                })
                .collect(),
        ),
        Value::List(items) => Value::list(items.iter().map(headers).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn masked(fields: &Map) -> Map {
    let mask = |name: &str, value: &Value| if is_secret_header(name) { Value::from(MASK) } else { value.clone() };
    fields.iter().map(|(name, value)| (name.clone(), mask(name, value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_headers_are_masked_wherever_they_are() {
        let value = Value::from_json(
            r#"{"url":"u","headers":{"Authorization":"Bearer x","X-API-Key":"x","Cookie":"x","Accept":"a"},
                "list":[{"headers":{"X-Auth-Token":"x","Set-Cookie":"x","Content-Type":"c"}}],"token":"not a header"}"#,
        )
        .expect("JSON");
        let expected = r#"{"url":"u","headers":{"Authorization":"******","X-API-Key":"******","Cookie":"******","Accept":"a"},"list":[{"headers":{"X-Auth-Token":"******","Set-Cookie":"******","Content-Type":"c"}}],"token":"not a header"}"#;
        assert_eq!(headers(&value).to_json(), expected);
    }
}
