//! `/v3/auth/tokens`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use service::Service;
use service::identity::Reference;
use service::identity::token::{CreateToken, PasswordLogin, Token};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::iam::RefOut;
use wire::iam::token::{
    CatalogOut, EndpointOut, IdentityIn, RefIn, ScopeIn, TokenIn, TokenOut, TokenProjectOut, TokenReply, TokenUserOut,
};

use super::{DONE, body, invalid, time};
use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Authenticated, Json};
use crate::request::RequestContext;

/// The header that a new token comes in, and that names the token that a call is about.
const SUBJECT: &str = "X-Subject-Token";

pub(super) fn open() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create_token))
}

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show_token, revoke_token))
}

/// Log in, or exchange a token for one of another scope.
#[utoipa::path(
    post,
    path = "/v3/auth/tokens",
    tag = "identity",
    request_body = TokenIn,
    responses((
        status = 201,
        body = TokenReply,
        headers(("X-Subject-Token" = String, description = "The token, for the header `X-Auth-Token`."))
    ))
)]
async fn create_token(
    State(service): State<Service>,
    context: RequestContext,
    Json(input): Json<TokenIn>,
) -> ApiResult<Response> {
    let auth = body("auth", input.auth)?;
    let identity = body("auth.identity", auth.identity)?;
    let issued = service.create_token(&context.info(), login(identity, auth.scope)?).await?;
    let reply = TokenReply { token: out(issued.token, &service, &context) };
    let mut secret = HeaderValue::from_str(&issued.secret).map_err(ApiError::defect)?;
    secret.set_sensitive(true);
    Ok((StatusCode::CREATED, [(SUBJECT, secret)], Json(reply)).into_response())
}

/// Describe a token.
#[utoipa::path(
    get,
    path = "/v3/auth/tokens",
    tag = "identity",
    params(("X-Subject-Token" = String, Header, description = "The token that the call is about.")),
    responses((status = 200, body = TokenReply))
)]
async fn show_token(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let (header, subject) = subject(&headers)?;
    let token = service.get_token(&caller, subject).await?;
    Ok(([(SUBJECT, header.clone())], Json(TokenReply { token: out(token, &service, &context) })).into_response())
}

/// Revoke a token.
#[utoipa::path(
    delete,
    path = "/v3/auth/tokens",
    tag = "identity",
    params(("X-Subject-Token" = String, Header, description = "The token that the call is about.")),
    responses((status = 204, description = "The token is not valid any more."))
)]
async fn revoke_token(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    service.delete_token(&caller, subject(&headers)?.1).await?;
    Ok(DONE)
}

fn subject(headers: &HeaderMap) -> ApiResult<(&HeaderValue, &str)> {
    let value = headers.get(SUBJECT).and_then(|value| Some((value, value.to_str().ok()?)));
    value
        .filter(|(_, text)| !text.is_empty())
        .ok_or_else(|| invalid("the header X-Subject-Token must hold a token", "X-Subject-Token请求头必须包含令牌"))
}

fn login(identity: IdentityIn, scope: Option<ScopeIn>) -> ApiResult<CreateToken> {
    let password = match identity.password {
        Some(password) => {
            let user = body("auth.identity.password.user", password.user)?;
            Some(PasswordLogin {
                user: Reference { id: user.id, name: user.name },
                domain: user.domain.map(reference),
                password: user.password,
            })
        }
        None => None,
    };
    let scope = scope.unwrap_or_default();
    Ok(CreateToken {
        methods: body("auth.identity.methods", identity.methods)?,
        password,
        token: identity.token.and_then(|token| token.id),
        project: scope
            .project
            .map(|project| (Reference { id: project.id, name: project.name }, project.domain.map(reference))),
        domain: scope.domain.map(reference),
    })
}

fn reference(input: RefIn) -> Reference {
    Reference { id: input.id, name: input.name }
}

fn out(token: Token, service: &Service, context: &RequestContext) -> TokenOut {
    let domain = RefOut { id: token.user_domain.0.to_string(), name: token.user_domain.1 };
    TokenOut {
        catalog: vec![catalog(service, context)],
        expires_at: time(token.expires_at),
        issued_at: time(token.issued_at),
        methods: token.methods,
        project: token.project.map(|(id, name)| TokenProjectOut { id: id.to_string(), name, domain: domain.clone() }),
        domain: token.domain_scoped.then(|| domain.clone()),
        roles: token.roles.into_iter().map(|(id, name)| RefOut { id: id.to_string(), name }).collect(),
        user: TokenUserOut {
            id: token.user.0.to_string(),
            name: token.user.1,
            password_expires_at: String::new(),
            domain,
        },
    }
}

/// The one service that there is: this one.
fn catalog(service: &Service, context: &RequestContext) -> CatalogOut {
    let region = service.settings().region.clone();
    CatalogOut {
        kind: "secmaster".to_owned(),
        id: "muster".to_owned(),
        name: "muster".to_owned(),
        endpoints: vec![EndpointOut {
            id: "muster-public".to_owned(),
            url: context.origin().base(),
            region: region.clone(),
            region_id: region,
            interface: "public".to_owned(),
        }],
    }
}
