//! Tokens: log in, exchange, describe.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::RefOut;

/// The body of `POST /v3/auth/tokens`.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct TokenIn {
    /// Who asks, and for what.
    #[schema(required = true, nullable = false)]
    pub auth: Option<AuthIn>,
}

/// Who asks for a token, and for what.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct AuthIn {
    /// Who asks.
    #[schema(required = true, nullable = false)]
    pub identity: Option<IdentityIn>,
    /// What the token is for; the user's default project when absent.
    pub scope: Option<ScopeIn>,
}

/// Proof of identity.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct IdentityIn {
    /// `password` or `token`.
    #[schema(required = true, nullable = false)]
    pub methods: Option<Vec<String>>,
    /// With the method `password`.
    pub password: Option<PasswordIn>,
    /// With the method `token`.
    pub token: Option<TokenIdIn>,
}

/// A user with a password.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct PasswordIn {
    /// The user.
    #[schema(required = true, nullable = false)]
    pub user: Option<PasswordUserIn>,
}

/// A user by id, or by name and domain, with a password.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct PasswordUserIn {
    /// The user's id.
    pub id: Option<String>,
    /// The user's name; needs `domain`.
    pub name: Option<String>,
    /// The user's domain.
    pub domain: Option<RefIn>,
    /// The password.
    #[schema(required = true, nullable = false)]
    pub password: Option<String>,
}

/// A token that is exchanged for another one.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct TokenIdIn {
    /// The token.
    #[schema(required = true, nullable = false)]
    pub id: Option<String>,
}

/// What a token is for: a project or a domain.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ScopeIn {
    /// A project by id, or by name.
    pub project: Option<ProjectRefIn>,
    /// A domain by id, or by name.
    pub domain: Option<RefIn>,
}

/// A project by id, or by name in a domain (the user's when absent).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ProjectRefIn {
    /// The id.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The domain of the name.
    pub domain: Option<RefIn>,
}

/// A thing by id or by name.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RefIn {
    /// The id.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// A token described; the token itself is in the header `X-Subject-Token`.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TokenReply {
    /// The description.
    pub token: TokenOut,
}

/// What a token is good for. Times are written as `2025-07-18T06:44:46.735000Z`.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TokenOut {
    /// The services: Muster itself.
    pub catalog: Vec<CatalogOut>,
    /// When it expires.
    pub expires_at: String,
    /// When it was issued.
    pub issued_at: String,
    /// How the user proved who they are.
    pub methods: Vec<String>,
    /// The project, when the token is for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub project: Option<TokenProjectOut>,
    /// The domain, when the token is for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub domain: Option<RefOut>,
    /// The roles that hold in the scope.
    pub roles: Vec<RefOut>,
    /// The user.
    pub user: TokenUserOut,
}

/// A service in the catalogue of a token.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CatalogOut {
    /// The kind of service.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Where it is.
    pub endpoints: Vec<EndpointOut>,
}

/// Where a service is.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct EndpointOut {
    /// The id.
    pub id: String,
    /// The address.
    pub url: String,
    /// The region.
    pub region: String,
    /// The region again.
    pub region_id: String,
    /// `public`.
    pub interface: String,
}

/// The project of a token.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TokenProjectOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its domain.
    pub domain: RefOut,
}

/// The user of a token.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct TokenUserOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// When the password expires; empty: never.
    pub password_expires_at: String,
    /// The user's domain.
    pub domain: RefOut,
}
