//! The workspace in the path: no handler reaches tenant data without passing through here.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use service::{Ctx, Service};

use crate::error::ApiError;
use crate::extract::{Authenticated, Path};
use crate::routes::paths::WorkspacePath;

/// The caller inside the workspace that the path names. Refuses a project other than that of the credentials and a
/// workspace that is not the project's.
#[derive(Debug, Clone)]
pub struct InWorkspace(pub Ctx);

impl<S: Send + Sync> FromRequestParts<S> for InWorkspace
where
    Service: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        let Path(path) = Path::<WorkspacePath>::from_request_parts(parts, state).await?;
        Ok(Self(Service::from_ref(state).enter(caller, path.project_id, path.workspace_id).await?))
    }
}
