//! Users and their passwords.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{LinksOut, SelfLinkOut};

/// What `GET /v3/users` filters by.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Only the user of this name.
    pub name: Option<String>,
    /// Only users of this domain.
    pub domain_id: Option<String>,
    /// Only enabled users, or only the others.
    pub enabled: Option<bool>,
}

/// The body that creates or changes a user.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct UserIn {
    /// The user.
    #[schema(required = true, nullable = false)]
    pub user: Option<UserFieldsIn>,
}

/// Fields of a user.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct UserFieldsIn {
    /// Unique in the domain, 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// The domain; the caller's when absent.
    pub domain_id: Option<String>,
    /// The project of tokens asked for without a scope.
    pub default_project_id: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// Whether the user may log in.
    pub enabled: Option<bool>,
    /// Up to 255 characters.
    #[schema(max_length = 255)]
    pub description: Option<String>,
}

/// A user.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct UserOut {
    /// The id, 32 hexadecimal characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// The domain.
    pub domain_id: String,
    /// The project of tokens asked for without a scope.
    pub default_project_id: String,
    /// Whether the user may log in.
    pub enabled: bool,
    /// The description.
    pub description: String,
    /// When the password expires; empty: never.
    pub password_expires_at: String,
    /// Whether the password need not be changed at the next log-in.
    pub pwd_status: bool,
    /// Its link.
    pub links: SelfLinkOut,
}

/// One user.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct UserReply {
    /// The user.
    pub user: UserOut,
}

/// A list of users.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct UsersOut {
    /// Its links.
    pub links: LinksOut,
    /// The rows.
    pub users: Vec<UserOut>,
}

/// The body of `POST /v3/users/{user_id}/password`.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct PasswordChangeIn {
    /// The passwords.
    #[schema(required = true, nullable = false)]
    pub user: Option<PasswordChangeFieldsIn>,
}

/// The old and the new password.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct PasswordChangeFieldsIn {
    /// The new password.
    #[schema(required = true, nullable = false)]
    pub password: Option<String>,
    /// The password that holds now.
    #[schema(required = true, nullable = false)]
    pub original_password: Option<String>,
}
