//! The seam to identity: who a token or a signature stands for.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Principal, ProjectId};
use service::identity::signature::SignedRequest;
use service::{Error, Service};

/// Tells who asks.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The principal of a token. Fails when the token is unknown, expired or revoked.
    async fn by_token(&self, token: &str) -> Result<Arc<Principal>, Error>;

    /// Fails when an access key is unknown or disabled. Asked before a large body is read to check its signature, so that
    /// strangers cannot fill the memory.
    async fn check_key(&self, access_key: &str) -> Result<(), Error>;

    /// The principal of an access key, in the project that the request is for. Fails when the key is unknown or
    /// disabled, or when the request was signed too long ago or with another secret.
    async fn by_signature(&self, request: &SignedRequest, project: Option<ProjectId>) -> Result<Arc<Principal>, Error>;
}

#[async_trait]
impl Authenticator for Service {
    async fn by_token(&self, token: &str) -> Result<Arc<Principal>, Error> {
        self.authenticate_token(token).await
    }

    async fn check_key(&self, access_key: &str) -> Result<(), Error> {
        self.check_access_key(access_key).await
    }

    async fn by_signature(&self, request: &SignedRequest, project: Option<ProjectId>) -> Result<Arc<Principal>, Error> {
        self.authenticate_signature(request, project).await
    }
}
