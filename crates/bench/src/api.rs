//! The server's API as an operator uses it: logging in, and calls whose speed is not measured.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{self, Connection};

/// What `bootstrap.json` tells.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Credentials {
    domain_name: String,
    project_id: String,
    workspace_id: String,
    user_name: String,
    password: String,
}

impl Credentials {
    /// Reads the file; `None` until the server has written it.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let text = std::fs::read(data.join("bootstrap.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// A logged-in caller.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    host: String,
    headers: String,
    base: String,
}

impl Session {
    /// Logs in with name and password.
    pub(crate) async fn log_in(address: SocketAddr, known: &Credentials) -> anyhow::Result<Self> {
        let host = address.to_string();
        let user = json!({"name": known.user_name, "password": known.password, "domain": {"name": known.domain_name}});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"id": known.project_id}},
        }});
        let request = http::request("POST", &host, "/v3/auth/tokens", "", Some(body.to_string().as_bytes()));
        let mut connection = Connection::open(address).await?;
        let answer = connection.send(&request).await?.succeeded().context("cannot log in")?;
        let token = answer.header("x-subject-token").context("the answer to a log-in has no X-Subject-Token")?;
        Ok(Self {
            address,
            host,
            headers: format!("X-Auth-Token: {token}\r\n"),
            base: format!("/v1/{}/workspaces/{}/soc", known.project_id, known.workspace_id),
        })
    }

    /// The bytes of a request; `path` goes on after `…/soc`.
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<&[u8]>) -> Vec<u8> {
        http::request(method, &self.host, &format!("{}{path}", self.base), &self.headers, body)
    }

    /// A call on a connection of its own use; fails unless the answer is a success.
    pub(crate) async fn call(
        &self,
        connection: &mut Connection,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let body = body.map(|body| body.to_string());
        let request = self.request(method, path, body.as_deref().map(str::as_bytes));
        let answer = connection.send(&request).await.and_then(http::Response::succeeded);
        let answer = answer.with_context(|| format!("{method} {path}"))?;
        serde_json::from_slice(answer.body).with_context(|| format!("{method} {path}: the answer is not JSON"))
    }
}

/// A text of an answer.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> anyhow::Result<&'v str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("the answer has no text at {pointer}"))
}
