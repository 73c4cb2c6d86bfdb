//! What a source of the kind [`NATS`] says: where its messages are, and how to get in. The credentials are sealed and
//! never told.

pub use plugin::Secret;
use plugin::nats::{Login, Place, parse_url};
use serde::{Deserialize, Serialize};

use super::source::Source;
use crate::Service;
use crate::error::Error;
use crate::field::Fields;

/// Messages are fetched from a stream of NATS JetStream.
pub const NATS: &str = "nats";
const URL: usize = 1024;
const LENGTH: usize = 255;

/// What is given of a source's messages; what is left out of a change stays.
#[derive(Debug, Clone, Default)]
pub struct NatsInput {
    /// `nats://host:4222` or `tls://host:4222`.
    pub url: Option<String>,
    /// The stream.
    pub stream: Option<String>,
    /// Which messages, by subject; empty for all of them.
    pub subject: Option<String>,
    /// A user, together with `password`. Any of the three replaces the credentials that were there.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
    /// A token instead.
    pub token: Option<Secret>,
}

/// What of it is kept in the open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NatsSettings {
    /// The server.
    pub url: String,
    /// The stream.
    pub stream: String,
    /// Which messages; empty for all of them.
    pub subject: String,
}

/// What of it is sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Credentials {
    Password { user: String, password: String },
    Token(String),
}

/// Checks what is given. Gives the settings, and the credentials unless they stay.
pub(super) fn checked(fields: &mut Fields, input: NatsInput, stored: Option<&Source>) -> (NatsSettings, Option<Login>) {
    let known = stored.and_then(|source| source.settings.nats.clone());
    let settings = NatsSettings {
        url: required(fields, "nats.url", input.url, known.as_ref().map(|known| &known.url), URL),
        stream: required(fields, "nats.stream", input.stream, known.as_ref().map(|known| &known.stream), LENGTH),
        subject: input.subject.or_else(|| known.as_ref().map(|known| known.subject.clone())).unwrap_or_default(),
    };
    if let Err(problem) = parse_url(&settings.url)
        && !settings.url.is_empty()
    {
        fields.violation(
            format!("nats.url {problem}"),
            "nats.url必须形如nats://host:4222或tls://host:4222，不含凭证、路径和参数",
        );
    }
    if settings.stream.contains(|c: char| c.is_whitespace() || c.is_control() || ".*>/\\".contains(c)) {
        fields.violation(
            "nats.stream must be the name of a stream: without spaces, '.', '*', '>', '/' and '\\'",
            "nats.stream必须是流的名称，不能包含空格、'.'、'*'、'>'、'/'和'\\'",
        );
    }
    if !is_subject(&settings.subject) {
        fields.violation(
            format!(
                "nats.subject must be a subject of at most {LENGTH} characters, such as events.*.alert or events.>"
            ),
            format!("nats.subject必须是最多{LENGTH}个字符的主题，例如events.*.alert或events.>"),
        );
    }
    let login = login(fields, input.user, input.password, input.token);
    // Whoever may change a source must not have its credentials sent to a server of their own.
    let moved = known.is_some_and(|known| known.url != settings.url);
    if moved && login.is_none() && stored.is_some_and(|source| !source.row.secret.is_empty()) {
        fields.violation(
            "nats.url is another: give nats.user and nats.password or nats.token anew",
            "nats.url已改变，请重新填写nats.user和nats.password或nats.token",
        );
    }
    (settings, login)
}

fn required(fields: &mut Fields, field: &str, given: Option<String>, known: Option<&String>, max: usize) -> String {
    let value = fields.text(field, given.or_else(|| known.cloned()), max).filter(|value| !value.is_empty());
    fields.required(field, value)
}

/// Empty, or tokens with dots between them; `*` and `>` stand by themselves, `>` at the end.
fn is_subject(text: &str) -> bool {
    let tokens: Vec<&str> = text.split('.').collect();
    let fits = |(place, token): (usize, &&str)| match *token {
        "*" => true,
        ">" => place + 1 == tokens.len(),
        token => {
            !token.is_empty() && !token.contains(|c: char| c.is_whitespace() || c.is_control() || "*>".contains(c))
        }
    };
    text.is_empty() || text.len() <= LENGTH && tokens.iter().enumerate().all(fits)
}

/// The credentials, unless none of them is given; empty ones are none.
fn login(fields: &mut Fields, user: Option<String>, password: Option<Secret>, token: Option<Secret>) -> Option<Login> {
    if user.is_none() && password.is_none() && token.is_none() {
        return None;
    }
    let user = user.filter(|user| !user.is_empty());
    let password = password.filter(|password| !password.expose().is_empty());
    let token = token.filter(|token| !token.expose().is_empty());
    Some(match (user, password, token) {
        (None, None, None) => Login::Nobody,
        (Some(user), Some(password), None) => Login::Password { user, password },
        (None, None, Some(token)) => Login::Token(token),
        (None, Some(_), None) | (Some(_), None, None) | (_, _, Some(_)) => {
            fields.violation(
                "nats takes both user and password, or a token, or none of them",
                "nats必须同时填写user和password，或只填写token，或都不填写",
            );
            Login::Nobody
        }
    })
}

/// What it is called in the open.
pub(super) fn authentication(login: &Login) -> &'static str {
    match login {
        Login::Nobody => "none",
        Login::Password { .. } => "password",
        Login::Token(_) => super::source::TOKEN,
    }
}

/// What is to be sealed of the credentials; none of nobody.
pub(super) fn to_seal(login: &Login) -> Result<Option<Secret>, Error> {
    let credentials = match login {
        Login::Nobody => return Ok(None),
        Login::Password { user, password } => {
            Credentials::Password { user: user.clone(), password: password.expose().to_owned() }
        }
        Login::Token(token) => Credentials::Token(token.expose().to_owned()),
    };
    Ok(Some(Secret::new(serde_json::to_string(&credentials).map_err(Error::internal)?)))
}

/// Where the messages are.
pub(super) fn place(settings: &NatsSettings, login: Login) -> Result<Place, Error> {
    let url = parse_url(&settings.url).map_err(Error::internal)?;
    Ok(Place { url, login, stream: settings.stream.clone(), subject: settings.subject.clone() })
}

impl Service {
    /// Where the messages of a source are, with the credentials opened.
    pub(super) fn place_of(&self, source: &Source) -> Result<Place, Error> {
        let settings = source.settings.nats.as_ref().ok_or_else(|| Error::internal("the source names no stream"))?;
        let login = if source.row.secret.is_empty() {
            Login::Nobody
        } else {
            let sealed = self.source_secret(source)?;
            match serde_json::from_slice(sealed.expose()).map_err(Error::internal)? {
                Credentials::Password { user, password } => Login::Password { user, password: Secret::new(password) },
                Credentials::Token(token) => Login::Token(Secret::new(token)),
            }
        };
        place(settings, login)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_tokens_with_wildcards_of_their_own() {
        for subject in ["", "events", "events.>", "*", ">", "a.*.c", "événements.x"] {
            assert!(is_subject(subject), "{subject}");
        }
        for subject in [".", "a.", ".a", "a..b", ">.a", "a.>.b", "a*", "a b", "a.b>", "a\n", &"x".repeat(256)] {
            assert!(!is_subject(subject), "{subject}");
        }
    }
}
