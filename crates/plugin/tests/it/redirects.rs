//! Redirects are followed only when asked, and every hop is checked like a first request.

use plugin::error::{EGRESS_DENIED, HTTP_REDIRECT, HTTP_STATUS};

use crate::server::{Server, answer, call, host, open_host, refused};

fn redirect(status: &str, location: &str) -> crate::server::Answer {
    answer(status, &format!("location: {location}\r\n"), "")
}

fn following(method: &str, url: &str) -> String {
    format!(
        r#"{{"method":"{method}","url":"{url}","follow_redirects":true,"body":"b","headers":{{"Cookie":"c1","X-Plain":"p"}}}}"#
    )
}

#[tokio::test]
async fn a_redirect_is_not_followed_unless_asked() {
    let server = Server::start(|_| redirect("302 Found", "/next")).await;
    let error = refused(&open_host(), None, &format!(r#"{{"url":"{}"}}"#, server.url("/"))).await;
    assert_eq!((error.code, error.retryable), (HTTP_STATUS, false));
    assert!(error.message.contains("redirects"), "{}", error.message);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn methods_and_bodies_follow_as_http_says() {
    for (status, method, expected) in [
        ("302 Found", "POST", "GET /next"),
        ("301 Moved", "PUT", "PUT /next"),
        ("303 See", "PUT", "GET /next"),
        ("307 Again", "POST", "POST /next"),
        ("308 Again", "DELETE", "DELETE /next"),
    ] {
        let server = Server::start(move |request| {
            if request.contains(" /next ") { answer("200 OK", "", "done") } else { redirect(status, "next") }
        })
        .await;
        let output = call(&open_host(), None, &following(method, &server.url("/"))).await.expect("answers");
        assert_eq!(output.get("body").as_str(), Some("done"));
        let last = server.requests().pop().expect("a request");
        assert!(last.starts_with(expected), "{status} {method}: {last}");
        assert_eq!(last.ends_with("\r\n\r\nb"), !expected.starts_with("GET"), "{status} {method}: {last}");
        assert!(last.contains("idempotency-key: root/7/0") && last.contains("cookie: c1"), "{last}");
    }
}

#[tokio::test]
async fn another_origin_gets_no_secrets() {
    let target = Server::start(|_| answer("200 OK", "", "done")).await;
    let location = target.url("/");
    let first = Server::start(move |_| redirect("307 Over there", &location)).await;
    let config = format!(
        r#"{{"endpoint":"{}","auth_type":"api_key","api_key":"t0p","api_key_header":"X-Plain-Name"}}"#,
        first.url("")
    );
    call(&open_host(), Some(&config), &following("POST", "/")).await.expect("answers");
    assert!(first.request().contains("x-plain-name: t0p"));
    let second = target.request();
    assert!(!second.contains("t0p") && !second.contains("c1"), "{second}");
    assert!(second.contains("x-plain: p"), "{second}");
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::start(|_| redirect("302 Found", "/")).await;
    let error = refused(&open_host(), None, &following("GET", &server.url("/"))).await;
    assert_eq!((error.code, error.retryable), (HTTP_REDIRECT, false));
    assert_eq!(server.requests().len(), 6);
    let nowhere = Server::start(|_| answer("302 Found", "", "")).await;
    assert_eq!(refused(&open_host(), None, &following("GET", &nowhere.url("/"))).await.code, HTTP_REDIRECT);
}

#[tokio::test]
async fn a_redirect_to_a_denied_place_is_refused() {
    let inside = Server::start(|_| answer("200 OK", "", "inside")).await;
    let port = inside.address.port();
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        format!("//[::ffff:127.0.0.1]:{port}/"),
    ] {
        let shown = location.clone();
        let outside = Server::start(move |_| redirect("302 Found", &location)).await;
        let host = host(&[&format!("127.0.0.0/8:{}", outside.address.port())], &[]);
        let error = refused(&host, None, &following("GET", &outside.url("/"))).await;
        assert_eq!((error.code, error.retryable), (EGRESS_DENIED, false), "{shown}: {}", error.message);
        assert_eq!(outside.requests().len(), 1);
    }
    assert!(inside.requests().is_empty());
}
