//! The action `request`: sends, follows redirects when asked, judges the status.

use std::time::Duration;

use async_trait::async_trait;
use model::time::Zone;
use model::{Clock, Timestamp, Value};
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER,
};
use tokio::time::Instant;

use super::auth::Auth;
use super::expected::Expected;
use super::input::Input;
use super::output::{excerpt, output};
use crate::error::{ActionError, HTTP_REDIRECT, HTTP_STATUS};
use crate::host::{Host, Incoming, Method, Outgoing, StatusCode};
use crate::manifest::{Call, Connector};

const MAX_REDIRECTS: usize = 5;

/// The header that makes repetitions recognisable.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest that another side may ask to be left alone.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The connector.
pub(super) struct Request;

#[async_trait]
impl Connector for Request {
    async fn run(&self, call: Call<'_>, host: &Host) -> Result<Value, ActionError> {
        let auth = Auth::read(call.connection)?;
        let mut input = Input::read(&call.input, auth.endpoint.as_ref())?;
        if !input.outgoing.headers.contains_key(IDEMPOTENCY_KEY) {
            let key = HeaderValue::from_str(&call.idempotency_key)
                .map_err(|_| ActionError::input("idempotency_key", "it holds characters that a header cannot hold"))?;
            input.outgoing.headers.insert(IDEMPOTENCY_KEY, key);
        }
        let deadline = call.deadline.min(Instant::now() + input.timeout);
        let incoming = if input.follow_redirects {
            follow(input.outgoing, &auth, host, deadline).await?
        } else {
            send(input.outgoing, &auth, host, deadline).await?
        };
        judge(incoming, &input.expected, host.clock())
    }
}

async fn send(mut request: Outgoing, auth: &Auth, host: &Host, deadline: Instant) -> Result<Incoming, ActionError> {
    auth.apply(&request.url, &mut request.headers);
    host.send(request, deadline).await
}

/// Sends until the answer is no redirect. Every hop goes through the host and so through the egress policy.
async fn follow(mut request: Outgoing, auth: &Auth, host: &Host, deadline: Instant) -> Result<Incoming, ActionError> {
    for _ in 0..=MAX_REDIRECTS {
        let answer = send(request.clone(), auth, host, deadline).await?;
        if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(answer);
        }
        let target = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let target = target.and_then(|location| request.url.join(location).ok()).ok_or_else(|| {
            ActionError::permanent(
                HTTP_REDIRECT,
                format!("status {} without a usable Location", answer.status.as_u16()),
            )
        })?;
        if target.origin() != request.url.origin() {
            drop_secrets(&mut request.headers, auth);
        }
        request.url = target;
        if turns_into_get(answer.status, &request.method) {
            request.method = Method::GET;
            request.body = None;
            for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
                request.headers.remove(name);
            }
        }
    }
    Err(ActionError::permanent(HTTP_REDIRECT, format!("more than {MAX_REDIRECTS} redirects")))
}

fn turns_into_get(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        303 => *method != Method::HEAD,
        301 | 302 => *method == Method::POST,
        _ => false,
    }
}

/// What was meant for one origin is not sent to another.
fn drop_secrets(headers: &mut HeaderMap, auth: &Auth) {
    let secret: Vec<_> = headers
        .iter()
        .filter(|(name, value)| value.is_sensitive() || auth.header_name() == Some(*name))
        .map(|(name, _)| name.clone())
        .collect();
    for name in secret {
        headers.remove(name);
    }
}

fn judge(incoming: Incoming, expected: &Expected, clock: &dyn Clock) -> Result<Value, ActionError> {
    let status = incoming.status.as_u16();
    if expected.covers(status) {
        return Ok(output(incoming));
    }
    let hint = if incoming.status.is_redirection() { " (redirects are followed only when asked)" } else { "" };
    let excerpt = excerpt(&incoming.body);
    let message = format!("unexpected status {status}{hint}: {excerpt}");
    // 408 and 425 ask for a repetition by definition, 429 and 5xx pass; other 4xx will not change by themselves.
    if !matches!(status, 408 | 425 | 429 | 500..) {
        return Err(ActionError::permanent(HTTP_STATUS, message));
    }
    let wait = if matches!(status, 429 | 503) { retry_after(&incoming.headers, clock) } else { None };
    Err(ActionError { retry_after: wait, ..ActionError::transient(HTTP_STATUS, message) })
}

/// Seconds, or a date like `Wed, 21 Oct 2015 07:28:00 GMT`.
fn retry_after(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let micros = http_date(text)?.0.saturating_sub(clock.now().0);
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split(' ').skip(1);
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z"), Zone::DEFAULT).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_headers_are_read() {
        let expected = Timestamp::parse("2015-10-21T07:28:00Z", Zone::DEFAULT).ok();
        assert_eq!(http_date("Wed, 21 Oct 2015 07:28:00 GMT"), expected);
        for text in ["", "soon", "Wed, 32 Oct 2015 07:28:00 GMT", "Wed, 21 Xyz 2015 07:28:00 GMT"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }
}
