//! The product's own routes over an installation, for clients that are known by a token.

use std::sync::Arc;

use async_trait::async_trait;
use axum::response::Response;
use model::{Principal, ProjectId, Tenant, WorkspaceId};
use serde_json::{Value, json};
use server::auth::Authenticator;
use server::config::HttpConfig;
use server::{ApiState, App, AppState};
use service::identity::signature::SignedRequest;
use service::{Caller, Error, Text, code};

use crate::installation::{Installation, admin, caller, project, stranger};
use crate::toy::{Answer, Call, config, state};

/// Knows `admin`, `stranger` (of another project), `reader` and `nobody` by tokens of these names.
struct Clients;

#[async_trait]
impl Authenticator for Clients {
    async fn by_token(&self, token: &str) -> Result<Arc<Principal>, Error> {
        let known: Caller = match token {
            "admin" => admin(),
            "stranger" => stranger(),
            "reader" => caller(project(), "reader", &["secmaster:*:get", "secmaster:*:list"]),
            "nobody" => caller(project(), "nobody", &[]),
            _ => return Err(Error::new(&code::UNAUTHENTICATED, Text::new("unknown token", "未知的Token"))),
        };
        Ok(known.principal)
    }

    async fn check_key(&self, _: &str) -> Result<(), Error> {
        Err(no_keys())
    }

    async fn by_signature(&self, _: &SignedRequest, _: Option<ProjectId>) -> Result<Arc<Principal>, Error> {
        Err(no_keys())
    }
}

fn no_keys() -> Error {
    Error::new(&code::UNAUTHENTICATED, Text::new("no keys here", "没有密钥"))
}

pub(crate) struct Product {
    pub(crate) made: Installation,
    app: App,
    /// A workspace of the project.
    pub(crate) workspace: WorkspaceId,
}

impl Product {
    pub(crate) async fn new() -> Self {
        Self::of(Installation::new().await).await
    }

    pub(crate) async fn of(made: Installation) -> Self {
        let workspace = made.workspace(&admin(), "soc").await.id;
        let http = HttpConfig { upload_limit: 16 << 20, ..config() };
        let app = AppState { authenticator: Arc::new(Clients), answers: Arc::new(made.service.clone()), ..state(http) };
        let state = ApiState { app, service: made.service.clone() };
        Self { app: server::app(state, server::routes::all()), made, workspace }
    }

    /// An object of a built-in class in the workspace, as if it had come in; its id.
    pub(crate) async fn object(&self, class: &str) -> String {
        let ctx = self.made.enter(admin(), self.workspace).await;
        self.made.object(&ctx, class).await.to_string()
    }

    /// The acts on record in the workspace, with what they were done to, oldest first.
    pub(crate) async fn acts(&self) -> Vec<(String, String)> {
        let acts = self.made.acts(Tenant { project: project(), workspace: self.workspace }).await;
        acts.into_iter().map(|(action, object, _)| (action, object)).collect()
    }

    /// `/v1/{project}/workspaces` and what follows.
    pub(crate) fn workspaces(&self, rest: &str) -> String {
        format!("/v1/{}/workspaces{rest}", project())
    }

    /// `/v1/{project}/workspaces/{workspace}/soc/` and what follows.
    pub(crate) fn soc(&self, rest: &str) -> String {
        self.workspaces(&format!("/{}/soc/{rest}", self.workspace))
    }

    pub(crate) async fn call(&self, client: &str, method: &str, uri: &str, body: Option<Value>) -> Answer {
        let mut call = Call::new(method, uri).header("x-auth-token", client);
        if let Some(body) = body {
            call = call.header("content-type", "application/json;charset=UTF-8").body(body.to_string());
        }
        call.send_to(self.app.clone()).await
    }

    /// A call with a body that is sent as it is written.
    pub(crate) async fn raw(&self, client: &str, method: &str, uri: &str, body: &str) -> Answer {
        let call = Call::new(method, uri).header("x-auth-token", client);
        call.header("content-type", "application/json").body(body.to_owned()).send_to(self.app.clone()).await
    }

    /// A call whose body is not JSON.
    pub(crate) async fn send(&self, call: Call) -> Response {
        call.answered_by(self.app.clone()).await
    }

    /// A call whose body is not JSON, with its answer in text.
    pub(crate) async fn upload(&self, call: Call) -> Answer {
        call.send_to(self.app.clone()).await
    }

    /// A call with an idempotency key.
    pub(crate) async fn keyed(&self, client: &str, method: &str, uri: &str, key: &str, body: &Value) -> Answer {
        let call = Call::new(method, uri).header("x-auth-token", client).header("idempotency-key", key);
        let call = call.header("content-type", "application/json").body(body.to_string());
        call.send_to(self.app.clone()).await
    }

    /// The JSON of a success of the administrator.
    pub(crate) async fn ok(&self, method: &str, uri: &str, body: Option<Value>) -> Value {
        let answer = self.call("admin", method, uri, body).await;
        assert_eq!(answer.status, 200, "{method} {uri}: {answer:?}");
        assert!(!answer.header("x-request-id").is_empty());
        answer.json()
    }

    pub(crate) async fn get(&self, uri: &str) -> Value {
        self.ok("GET", uri, None).await
    }

    /// Expects a refusal of the administrator with this status and code; gives the message.
    pub(crate) async fn refused(&self, method: &str, uri: &str, body: Option<Value>, expected: (u16, &str)) -> String {
        let (status, code, message) = self.call("admin", method, uri, body).await.failure();
        assert_eq!((status, code.as_str()), expected, "{method} {uri}: {message}");
        message
    }

    /// Expects that these calls (relative to `soc`) are only for those who have the permission: a client without one
    /// is refused, one of another project too, and a reader may read.
    pub(crate) async fn guarded(&self, calls: &[(&str, String)]) {
        for (method, uri) in calls {
            let body = (*method != "GET").then(|| json!({}));
            let answer = self.call("nobody", method, uri, body.clone()).await.failure();
            assert_eq!((answer.0, answer.1.as_str()), (403, "SecMaster.20010002"), "{method} {uri}");
            let answer = self.call("stranger", method, uri, body.clone()).await.failure();
            assert_eq!((answer.0, answer.1.as_str()), (403, "SecMaster.20010003"), "{method} {uri}");
            let answer = self.call("reader", method, uri, body.clone()).await;
            if *method == "GET" {
                assert_eq!(answer.status, 200, "{method} {uri}: {answer:?}");
            } else {
                assert_eq!(answer.failure().1, "SecMaster.20010002", "{method} {uri}");
            }
            let (status, code, _) = self.call("who", method, uri, body).await.failure();
            assert_eq!((status, code.as_str()), (401, "APIGW.0301"), "{method} {uri}");
        }
    }
}

/// The names of the fields of an object, sorted.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// Sorts what a contract lists.
pub(crate) fn sorted<'a>(names: &'a str) -> Vec<&'a str> {
    let mut names: Vec<&'a str> = names.split_whitespace().collect();
    names.sort_unstable();
    names
}

/// Fails on null anywhere: clients of the contract know no null.
pub(crate) fn no_null(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::Array(items) => items.iter().for_each(no_null),
        Value::Object(members) => members.values().for_each(no_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
