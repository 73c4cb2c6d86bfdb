//! A small application: a few routes, an authenticator that knows one token and one access key, and helpers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use model::principal::{Grant, Scope};
use model::{Clock, DomainId, IdSource, Principal, ProjectId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use server::auth::Authenticator;
use server::config::HttpConfig;
use server::extract::{Authenticated, Json, Path, Query, Upload};
use server::health::Readiness;
use server::middleware::idempotency::Answers;
use server::request::RequestContext;
use server::routes::paths::WorkspacePath;
use server::{ApiResult, App, AppState, Routes, app};
use service::idempotency::{Claim, End};
use service::identity::signature::{SignedRequest, verify};
use service::{Caller, Error, Text, code};
use tower::ServiceExt;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) const TOKEN: &str = "the-token";
/// The keys of the signature vectors.
const ACCESS_KEY: &str = "AKEXAMPLE0000000TEST";
const SECRET: &[u8] = b"sk/Example+Key=0000000000000000000000000";

/// Signed requests that the vendor's SDK made; `service::identity::signature` says how.
pub(crate) const VECTORS: &str = include_str!("../../../service/src/identity/signature/vectors.json");

struct Known;

#[async_trait]
impl Authenticator for Known {
    async fn by_token(&self, token: &str) -> Result<Arc<Principal>, Error> {
        if token == TOKEN { Ok(alice()) } else { Err(refused("the token is unknown or has expired")) }
    }

    async fn check_key(&self, access_key: &str) -> Result<(), Error> {
        if access_key == ACCESS_KEY { Ok(()) } else { Err(refused("the signature does not hold")) }
    }

    async fn by_signature(&self, request: &SignedRequest, project: Option<ProjectId>) -> Result<Arc<Principal>, Error> {
        if request.access_key == ACCESS_KEY && verify(request, SECRET) {
            Ok(Arc::new(Principal { project, ..(*alice()).clone() }))
        } else {
            Err(refused("the signature does not hold"))
        }
    }
}

/// Remembers no keys.
struct Forgets;

#[async_trait]
impl Answers for Forgets {
    async fn claim(&self, _: &Caller, _: &str, _: [u8; 32]) -> Result<Claim, Error> {
        Ok(Claim::Taken)
    }

    async fn settle(&self, _: &Caller, _: &str, _: End) -> Result<(), Error> {
        Ok(())
    }
}

fn refused(message: &str) -> Error {
    Error::new(&code::UNAUTHENTICATED, Text::new(message, "认证失败"))
}

fn alice() -> Arc<Principal> {
    let project = ProjectId(Uuid::from_u128(1));
    Arc::new(Principal {
        user: UserId(Uuid::from_u128(2)),
        name: "alice".into(),
        domain: DomainId(Uuid::from_u128(3)),
        project: Some(project),
        grants: vec![Grant { role: "r".into(), scope: Scope::Project(project), permissions: BTreeSet::new() }],
    })
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp(1_752_821_086_735_000)
    }
}

struct Counted(AtomicU64);

impl IdSource for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}

pub(crate) struct Checks(pub(crate) bool);

#[async_trait]
impl Readiness for Checks {
    async fn checks(&self) -> BTreeMap<&'static str, bool> {
        BTreeMap::from([("migrations", true), ("storage", self.0)])
    }
}

/// The toy's settings: small limits, so that tests are quick.
pub(crate) fn config() -> HttpConfig {
    HttpConfig {
        host_name: "node-1".into(),
        json_limit: 1024 * 1024,
        open_limit: 1024,
        upload_limit: 4096,
        ..HttpConfig::default()
    }
}

pub(crate) fn state(http: HttpConfig) -> AppState {
    AppState {
        http: Arc::new(http),
        authenticator: Arc::new(Known),
        answers: Arc::new(Forgets),
        readiness: Arc::new(Checks(true)),
        clock: Arc::new(Fixed),
        ids: Arc::new(Counted(AtomicU64::new(1))),
    }
}

pub(crate) fn toy() -> App {
    app(state(config()), routes())
}

#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct Toy {
    name: Option<String>,
    size: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    limit: Option<i64>,
    enabled: Option<bool>,
}

pub(crate) fn routes() -> Routes {
    Routes {
        open: server::health::routes().routes(routes!(fail)).routes(routes!(open)),
        protected: OpenApiRouter::default()
            .routes(routes!(list, create, remove))
            .routes(routes!(create_in_workspace, list_in_workspace, remove_in_workspace))
            .routes(routes!(whoami)),
        uploads: OpenApiRouter::default().routes(routes!(import)).routes(routes!(import_in_workspace)),
    }
}

#[utoipa::path(get, path = "/v1/toys/{project_id}/{workspace_id}", params(WorkspacePath, Filter), responses((status = 200)))]
async fn list(
    Authenticated(caller): Authenticated,
    Path(path): Path<WorkspacePath>,
    Query(filter): Query<Filter>,
) -> Json<Value> {
    let workspace = path.workspace_id.to_string();
    Json(json!({"by": caller.principal.name, "in": workspace, "limit": filter.limit, "enabled": filter.enabled}))
}

#[utoipa::path(post, path = "/v1/toys/{project_id}/{workspace_id}", params(WorkspacePath), responses((status = 200, body = Toy)))]
async fn create(Json(toy): Json<Toy>) -> Json<Toy> {
    Json(toy)
}

#[utoipa::path(delete, path = "/v1/toys/{project_id}/{workspace_id}", params(WorkspacePath), responses((status = 200, body = Toy)))]
async fn remove(Json(toy): Json<Toy>) -> Json<Toy> {
    Json(toy)
}

// The paths of the signature vectors.

#[utoipa::path(post, path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows", responses((status = 200)))]
async fn create_in_workspace(Authenticated(caller): Authenticated, Json(toy): Json<Toy>) -> Json<Value> {
    Json(json!({"by": caller.principal.name, "toy": toy}))
}

#[utoipa::path(get, path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows", responses((status = 200)))]
async fn list_in_workspace(Authenticated(caller): Authenticated) -> Json<Value> {
    Json(json!({"by": caller.principal.name, "project": caller.principal.project.map(|id| id.to_string())}))
}

#[utoipa::path(delete, path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows", responses((status = 200)))]
async fn remove_in_workspace(Authenticated(caller): Authenticated, Json(body): Json<Value>) -> Json<Value> {
    Json(json!({"by": caller.principal.name, "body": body}))
}

#[utoipa::path(get, path = "/v3/projects", responses((status = 200)))]
async fn whoami(Authenticated(caller): Authenticated, context: RequestContext) -> Json<Value> {
    let (info, base) = (caller.request, context.origin().base());
    let project = caller.principal.project.map(|id| id.to_string());
    Json(json!({
        "by": caller.principal.name, "ip": info.client_ip, "id": info.id, "base": base, "project": project
    }))
}

#[utoipa::path(post, path = "/v1/uploads", responses((status = 200)))]
async fn import(Authenticated(caller): Authenticated, upload: Upload) -> ApiResult<Json<Value>> {
    read(caller.principal.name.clone(), upload).await
}

#[utoipa::path(post, path = "/v1/{project_id}/workspaces/{workspace_id}/soc/workflows/import", responses((status = 200)))]
async fn import_in_workspace(Authenticated(caller): Authenticated, upload: Upload) -> ApiResult<Json<Value>> {
    read(caller.principal.name.clone(), upload).await
}

async fn read(by: String, mut upload: Upload) -> ApiResult<Json<Value>> {
    let mut parts = BTreeMap::new();
    while let Some(part) = upload.next_part().await? {
        let (name, file) = (part.name().to_owned(), part.file_name().to_owned());
        let content = String::from_utf8_lossy(&part.bytes(2048).await?).into_owned();
        parts.insert(name, json!({"file": file, "content": content}));
    }
    upload.finish().await?;
    Ok(Json(json!({"by": by, "parts": parts})))
}

#[derive(Deserialize, IntoParams)]
struct Way {
    way: String,
}

#[utoipa::path(post, path = "/open", responses((status = 200, body = Toy)))]
async fn open(Json(toy): Json<Toy>) -> Json<Toy> {
    Json(toy)
}

#[utoipa::path(get, path = "/fail/{way}", params(Way), responses((status = 200)))]
async fn fail(Path(Way { way }): Path<Way>) -> ApiResult<Json<Value>> {
    let text = || Text::new("in English", "中文");
    let error = match way.as_str() {
        "panic" => panic!("at /home/builder: password=hunter2"),
        "internal" => Error::internal("SELECT secret FROM /var/lib/x").caused_by("disk"),
        "missing" => Error::new(&code::WORKFLOW_NOT_FOUND, text()),
        "taken" => Error::new(&code::WORKFLOW_NAME_TAKEN, text()),
        "state" => Error::new(&code::VERSION_STATE, text()),
        "invalid" => Error::new(&code::INVALID, text()),
        "forbidden" => Error::new(&code::FORBIDDEN, text()),
        "large" => Error::new(&code::TOO_LARGE, text()),
        "busy" => Error::new(&code::RATE_LIMITED, text()),
        "down" => Error::new(&code::UNAVAILABLE, text()),
        _ => return Ok(Json(json!({"way": way}))),
    };
    Err(error.into())
}

/// An answer as a client sees it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// `(status, code, message)` of a failure in the contract's form, which has exactly these two fields.
    pub(crate) fn failure(&self) -> (u16, String, String) {
        let body: BTreeMap<String, String> = serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"));
        assert_eq!(body.keys().collect::<Vec<_>>(), ["code", "message"], "{self:?}");
        (self.status.as_u16(), body["code"].clone(), body["message"].clone())
    }
}

/// A request under construction.
pub(crate) struct Call(Request<Body>);

impl Call {
    pub(crate) fn new(method: &str, uri: &str) -> Self {
        let method: Method = method.parse().expect("a method");
        Self(Request::builder().method(method).uri(uri).body(Body::empty()).expect("a request"))
    }

    /// With the token that the toy knows.
    pub(crate) fn known(method: &str, uri: &str) -> Self {
        Self::new(method, uri).header("x-auth-token", TOKEN)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.0.headers_mut().append(name, value.parse().expect("a header value"));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        *self.0.body_mut() = body.into();
        self
    }

    pub(crate) fn from(mut self, connection: server::proxy::Connection) -> Self {
        self.0.extensions_mut().insert(connection);
        self
    }

    pub(crate) async fn send(self) -> Answer {
        self.send_to(toy()).await
    }

    pub(crate) async fn answered_by(self, app: App) -> Response {
        app.oneshot(self.0).await.expect("the application always answers")
    }

    pub(crate) async fn send_to(self, app: App) -> Answer {
        let response = self.answered_by(app).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the body ends");
        // Files need not be text; tests of what is in them read the body themselves.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}
