//! Settings of the HTTP side. The composition root fills them in; nothing here reads the environment.

use std::time::Duration;

use crate::proxy::TrustedProxies;

/// Settings of the HTTP side.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// The host's name, the last part of request ids.
    pub host_name: String,
    /// Whose forwarded headers count.
    pub trusted_proxies: TrustedProxies,
    /// The largest JSON body, in bytes.
    pub json_limit: usize,
    /// The largest JSON body of a caller who is not known yet, in bytes: on open routes, and before a signature is checked
    /// whose key does not exist.
    pub open_limit: usize,
    /// The largest upload, in bytes.
    pub upload_limit: u64,
    /// How long a JSON body may take to arrive, and each piece of an upload.
    pub body_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            host_name: String::from("localhost"),
            trusted_proxies: TrustedProxies::default(),
            json_limit: 12 * 1024 * 1024,
            open_limit: 64 * 1024,
            upload_limit: 1024 * 1024 * 1024,
            body_timeout: Duration::from_secs(60),
        }
    }
}
