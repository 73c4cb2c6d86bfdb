//! Credentials of a connection, and the one origin that they are sent to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::connection::{ConnectionConfig, Secret};
use crate::error::{ActionError, CONNECTION_INVALID};
use crate::host::Url;

/// What a connection adds to a request.
#[derive(Debug, Default)]
pub(super) struct Auth {
    /// The base URL.
    pub endpoint: Option<Url>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Auth {
    /// Reads the connection's settings.
    pub(super) fn read(connection: Option<&ConnectionConfig>) -> Result<Self, ActionError> {
        let Some(config) = connection else { return Ok(Self::default()) };
        let endpoint = config.text("endpoint").map(endpoint).transpose()?;
        let header = header(config)?;
        if header.is_some() && endpoint.is_none() {
            return Err(invalid("endpoint", "it must be set, since credentials are sent to its origin only"));
        }
        Ok(Self { endpoint, header })
    }

    /// Adds the credentials if the request goes to the connection's origin; a header of the same name is replaced.
    pub(super) fn apply(&self, url: &Url, headers: &mut HeaderMap) {
        if let (Some((name, value)), Some(endpoint)) = (&self.header, &self.endpoint)
            && url.origin() == endpoint.origin()
        {
            headers.insert(name.clone(), value.clone());
        }
    }

    /// The header that carries the credentials.
    pub(super) fn header_name(&self) -> Option<&HeaderName> {
        self.header.as_ref().map(|(name, _)| name)
    }
}

fn endpoint(text: &str) -> Result<Url, ActionError> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| invalid("endpoint", "expected an http or https URL"))
}

fn header(config: &ConnectionConfig) -> Result<Option<(HeaderName, HeaderValue)>, ActionError> {
    let needed = |key| config.secret(key).ok_or_else(|| invalid(key, "it must be set for this authentication"));
    let (key, name, value) = match config.text("auth_type").unwrap_or("none") {
        "none" => return Ok(None),
        "basic" => {
            let user = config.text("username").unwrap_or_default();
            if user.contains(':') {
                return Err(invalid("username", "it must not hold a colon"));
            }
            let pair = Zeroizing::new(format!("{user}:{}", config.secret("password").map_or("", Secret::expose)));
            let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
            ("password", AUTHORIZATION, Zeroizing::new(format!("Basic {}", *encoded)))
        }
        "bearer" => ("token", AUTHORIZATION, Zeroizing::new(format!("Bearer {}", needed("token")?.expose()))),
        "api_key" => {
            let name = config.text("api_key_header").unwrap_or("X-API-Key");
            let name = name.parse().map_err(|_| invalid("api_key_header", "not a header name"))?;
            ("api_key", name, Zeroizing::new(needed("api_key")?.expose().to_owned()))
        }
        _ => return Err(invalid("auth_type", "expected none, basic, bearer or api_key")),
    };
    let mut value =
        HeaderValue::from_str(&value).map_err(|_| invalid(key, "it holds characters that a header cannot hold"))?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn invalid(key: &str, what: &str) -> ActionError {
    ActionError::permanent(CONNECTION_INVALID, format!("{key} of the connection: {what}"))
}
