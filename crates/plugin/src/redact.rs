//! Keeping secrets out of records: which headers hold one, and what another side repeats of a connection's secrets.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use model::{Map, Value};
use zeroize::Zeroizing;

use crate::connection::{ConnectionConfig, MASK};

/// Shorter secrets are not looked for: they would be found in any text.
const SHORTEST: usize = 4;

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

/// The secrets of a connection, in the forms in which they are sent. Some services repeat what they were sent; a result
/// or a message must not carry it into the journal.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Each secret, and with a user name its form in HTTP's basic authentication.
    pub(crate) fn of(connection: Option<&ConnectionConfig>) -> Self {
        let Some(config) = connection else { return Self::default() };
        let user = config.text("username");
        let mut forms = Vec::new();
        for secret in config.secrets().map(|secret| secret.expose()).filter(|secret| secret.len() >= SHORTEST) {
            if let Some(user) = user {
                let pair = Zeroizing::new(format!("{user}:{secret}"));
                forms.push(Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes())));
            }
            forms.push(Zeroizing::new(secret.to_owned()));
        }
        Self(forms)
    }

    /// The value with every occurrence masked, also in the names of members.
    pub(crate) fn mask(&self, value: Value) -> Value {
        if self.0.is_empty() { value } else { self.masked(&value) }
    }

    /// The text with every occurrence masked.
    pub(crate) fn mask_text(&self, text: String) -> String {
        match self.masked_text(&text) {
            Cow::Owned(masked) => masked,
            Cow::Borrowed(_) => text,
        }
    }

    fn masked(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match self.masked_text(text) {
                Cow::Owned(masked) => Value::from(masked),
                Cow::Borrowed(_) => value.clone(),
            },
            // A secret of digits comes back as a number from a service that reads it as one.
            Value::Number(number) if self.0.iter().any(|secret| **secret == number.digits()) => Value::from(MASK),
            Value::List(items) => Value::list(items.iter().map(|item| self.masked(item)).collect()),
            Value::Map(members) => Value::map(
                members.iter().map(|(name, value)| (self.masked_text(name).into(), self.masked(value))).collect(),
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn masked_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for secret in &self.0 {
            if masked.contains(secret.as_str()) {
                masked = Cow::Owned(masked.replace(secret.as_str(), MASK));
            }
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::ConnectionKey;

    #[test]
    fn what_another_side_repeats_is_masked_wherever_it_is() {
        let schema = [
            ConnectionKey::text("username", "User", ""),
            ConnectionKey::secret("password", "Password", ""),
            ConnectionKey::secret("pin", "PIN", ""),
            ConnectionKey::secret("short", "Short", ""),
        ];
        let config = r#"{"username":"bob","password":"p:word","pin":"123456","short":"abc"}"#;
        let opened = ConnectionConfig::open(&schema, config).expect("opens");
        let secrets = Secrets::of(Some(&opened));
        let value = Value::from_json(
            r#"{"a":["x p:word y",123456,1234567],"p:word":{"b":"Basic Ym9iOnA6d29yZA=="},"c":"abc","d":null}"#,
        )
        .expect("JSON");
        assert_eq!(
            secrets.mask(value).to_json(),
            r#"{"a":["x ****** y","******",1234567],"******":{"b":"Basic ******"},"c":"abc","d":null}"#
        );
        assert_eq!(secrets.mask_text("401: p:word is wrong".into()), "401: ****** is wrong");
        assert_eq!(Secrets::of(None).mask_text("p:word".into()), "p:word");
    }

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
