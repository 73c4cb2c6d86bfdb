//! The opened configuration of a connection. Secrets are wiped when they are dropped and never printed.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::manifest::ConnectionKey;

/// What is shown in place of a secret.
pub const MASK: &str = "******";

/// A text that is wiped from memory when dropped and that `Debug` never prints.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text over.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text. What is made from it must not end up in a message, a log or a result.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The settings of one connection, as its component's schema describes them. Keys that the schema does not know are
/// left out.
pub struct ConnectionConfig {
    values: HashMap<&'static str, Secret>,
    plain: Vec<&'static str>,
}

impl ConnectionConfig {
    /// Reads the stored configuration, a JSON object with scalar members. Defaults of the schema are filled in; an empty
    /// text, null or `""` counts as not set.
    ///
    /// # Errors
    /// [`Error::Config`] when the text is not such an object; the message does not repeat it.
    pub fn open(schema: &[ConnectionKey], config: &str) -> Result<Self, Error> {
        let mut stored: HashMap<String, Scalar> = if config.trim().is_empty() {
            HashMap::new()
        } else {
            serde_json::from_str(config).map_err(|_| Error::Config)?
        };
        let mut values = HashMap::new();
        for key in schema {
            let given = stored.remove(key.key).and_then(|scalar| scalar.0).filter(|text| !text.expose().is_empty());
            if let Some(value) = given.or_else(|| key.default.map(|text| Secret::new(text.to_owned()))) {
                values.insert(key.key, value);
            }
        }
        let plain = schema.iter().filter(|key| !key.secret).map(|key| key.key).collect();
        Ok(Self { values, plain })
    }

    /// A setting that is not secret.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.plain.contains(&key).then(|| self.values.get(key))?.map(Secret::expose)
    }

    /// A setting that is secret.
    pub fn secret(&self, key: &str) -> Option<&Secret> {
        if self.plain.contains(&key) { None } else { self.values.get(key) }
    }

    /// Every setting that is secret.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.values.iter().filter(|(key, _)| !self.plain.contains(key)).map(|(_, secret)| secret)
    }
}

impl fmt::Debug for ConnectionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, value) in &self.values {
            match self.text(key) {
                Some(text) => map.entry(key, &text),
                None => map.entry(key, value),
            };
        }
        map.finish()
    }
}

/// A scalar read straight into memory that is wiped; `None` for null, lists and objects.
struct Scalar(Option<Secret>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a setting")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(Some(Secret::new(text.to_owned()))))
            }

            fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Scalar, E> {
                Ok(Scalar(Some(Secret::new(text))))
            }

            fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Scalar, E> {
                Ok(Scalar(Some(Secret::new(truth.to_string()))))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(Some(Secret::new(number.to_string()))))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(Some(Secret::new(number.to_string()))))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar(Some(Secret::new(number.to_string()))))
            }

            fn visit_unit<E: serde::de::Error>(self) -> Result<Scalar, E> {
                Ok(Scalar(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Scalar, A::Error> {
                // A number whose digits are kept arrives as a map with one private key.
                let json = serde_json::Value::deserialize(serde::de::value::MapAccessDeserializer::new(members))
                    .map_err(A::Error::custom)?;
                Ok(Scalar(json.as_number().map(|number| Secret::new(number.to_string()))))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(config: &str) -> Result<ConnectionConfig, Error> {
        ConnectionConfig::open(
            &[
                ConnectionKey::text("endpoint", "Endpoint", "Base URL."),
                ConnectionKey::text("port", "Port", "A number.").with_default("443"),
                ConnectionKey::text("ratio", "Ratio", "A number, too."),
                ConnectionKey::secret("password", "Password", "The password."),
            ],
            config,
        )
    }

    #[test]
    fn settings_are_read_by_the_schema() {
        let config =
            open(r#"{"endpoint":"https://x","password":"p\u00e4ss","other":{"a":[1]},"port":8443,"ratio":1.50}"#)
                .expect("reads");
        assert_eq!(config.text("endpoint"), Some("https://x"));
        assert_eq!(config.text("port"), Some("8443"));
        assert_eq!(config.text("ratio"), Some("1.50"));
        assert_eq!(config.secret("password").map(Secret::expose), Some("päss"));
        assert!(config.text("password").is_none(), "a secret is only given as one");
        assert!(config.text("other").is_none());
    }

    #[test]
    fn absent_settings_have_their_defaults() {
        for empty in ["", "{}", r#"{"port":null,"endpoint":""}"#, r#"{"connection_type":"other"}"#] {
            let config = open(empty).expect(empty);
            assert_eq!(config.text("port"), Some("443"), "{empty}");
            assert!(config.text("endpoint").is_none(), "{empty}");
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let config = open(r#"{"endpoint":"https://x","password":"hunter2"}"#).expect("reads");
        let printed = format!("{config:?} {:?}", config.secret("password"));
        assert!(printed.contains("https://x") && !printed.contains("hunter2"), "{printed}");
        let error = open(r#"{"password":"hunter2""#).map(|_| ()).expect_err("not JSON");
        assert!(!error.to_string().contains("hunter2"));
    }
}
