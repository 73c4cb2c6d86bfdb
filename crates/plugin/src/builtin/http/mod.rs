//! `HTTP`: calls any HTTP API.

mod auth;
mod expected;
mod input;
mod output;
mod request;

use std::sync::Arc;

use model::{ActionId, ComponentId};
use uuid::Uuid;

use self::request::Request;
use crate::manifest::{Action, Behaviour, Component, ConnectionKey, Kind, Parameter};

/// The component's manifest.
pub fn component() -> Component {
    Component {
        id: ComponentId(Uuid::nil()),
        name: "HTTP",
        description: "Calls HTTP APIs. A connection holds the base URL and the credentials. Destinations outside the \
                      public internet are denied unless the server's egress rules allow them.",
        version: "1.0.0",
        version_id: Uuid::nil(),
        connection: connection(),
        actions: vec![Action {
            id: ActionId(Uuid::nil()),
            name: "request",
            description: "Sends one request and gives the answer. The header Idempotency-Key is the same whenever the \
                          call is repeated.",
            inputs: inputs(),
            outputs: outputs(),
            behaviour: Behaviour::Effect(Arc::new(Request)),
        }],
    }
}

fn connection() -> Vec<ConnectionKey> {
    vec![
        ConnectionKey::text(
            "endpoint",
            "Endpoint",
            "The base URL, needed for every authentication but none: credentials are sent to its origin only, and a \
             relative url is appended to it.",
        ),
        ConnectionKey::text("auth_type", "Authentication", "none, basic, bearer or api_key.").with_default("none"),
        ConnectionKey::text("username", "User name", "For basic."),
        ConnectionKey::secret("password", "Password", "For basic."),
        ConnectionKey::secret("token", "Token", "For bearer."),
        ConnectionKey::text("api_key_header", "Key header", "For api_key: the header that carries the key.")
            .with_default("X-API-Key"),
        ConnectionKey::secret("api_key", "Key", "For api_key."),
    ]
}

fn inputs() -> Vec<Parameter> {
    vec![
        Parameter::optional("method", Kind::String, "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.")
            .with_default("GET"),
        Parameter::required("url", Kind::String, "An http or https URL, or a path below the connection's endpoint."),
        Parameter::optional(
            "query",
            Kind::Object,
            "Members are added to the URL's query; a list adds its member several times, null adds nothing.",
        ),
        Parameter::optional("headers", Kind::Object, "Header names and their values."),
        Parameter::optional("body", Kind::Any, "A string as it is; an object or a list as JSON."),
        Parameter::optional(
            "expected_status",
            Kind::Any,
            "The statuses that are a success: a number, or a text like 2xx,404 or 200-204.",
        )
        .with_default("2xx"),
        Parameter::optional(
            "follow_redirects",
            Kind::Boolean,
            "Whether up to 5 redirects are followed; each destination is checked, another origin gets no credentials.",
        )
        .with_default(false),
        Parameter::optional("timeout", Kind::String, "How long the whole request may take, as an ISO 8601 duration.")
            .with_default("PT30S"),
    ]
}

fn outputs() -> Vec<Parameter> {
    vec![
        Parameter::required("status", Kind::Number, "The status code."),
        Parameter::required("headers", Kind::Object, "The answer's headers, names in lower case, secrets masked."),
        Parameter::optional("body", Kind::Any, "JSON parsed, text as it is, anything else in Base64."),
        Parameter::required("body_encoding", Kind::String, "How body is to be read: json, text or base64."),
    ]
}
