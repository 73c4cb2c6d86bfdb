//! `/v3/projects/` is `/v3/projects`: signing clients put a slash at the end of what they sign, and some send it too.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// Takes one slash from the end of the path.
pub(crate) fn strip(mut request: Request) -> Request {
    if let Some(uri) = stripped(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn stripped(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_at_the_end_is_dropped() {
        for (from, to) in [
            ("/v3/projects/", Some("/v3/projects")),
            ("/v3/projects/?name=a/", Some("/v3/projects?name=a/")),
            ("http://h:1/a/?", Some("http://h:1/a?")),
            ("/a//", Some("/a/")),
            ("/a?b=/", None),
            ("/", None),
            ("*", None),
        ] {
            let uri = stripped(&from.parse().expect("a URI")).map(|uri| uri.to_string());
            assert_eq!(uri.as_deref(), to, "{from}");
        }
    }
}
