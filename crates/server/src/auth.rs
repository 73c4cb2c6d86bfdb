//! The seam to identity: who a token or a signature stands for.

use std::sync::Arc;

use async_trait::async_trait;
use model::Principal;
use service::Error;
use service::identity::signature::SignedRequest;

/// Tells who asks. The use-cases of identity implement it.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The principal of a token. Fails when the token is unknown, expired or revoked.
    async fn by_token(&self, token: &str) -> Result<Arc<Principal>, Error>;

    /// The principal of an access key. Fails when the key is unknown or disabled, when the request was signed too long
    /// ago or with another secret.
    async fn by_signature(&self, request: &SignedRequest) -> Result<Arc<Principal>, Error>;
}
