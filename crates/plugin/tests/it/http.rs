//! What is sent, what comes back, and which failures are worth another attempt.

use std::time::{Duration, Instant};

use plugin::error::{
    CONNECTION_INVALID, EGRESS_DENIED, HTTP_CONNECT, HTTP_STATUS, HTTP_TIMEOUT, HTTP_TOO_LARGE, INPUT_INVALID,
};

use crate::server::{Answer, Server, answer, call, open_host, refused};

async fn json_server() -> Server {
    Server::start(|_| answer("200 OK", "content-type: application/json\r\n", r#"{"ok":true}"#)).await
}

#[tokio::test]
async fn a_request_is_sent_as_the_input_says() {
    let server = json_server().await;
    let input = format!(
        r#"{{"method":"post","url":"{}","query":{{"q":"a b&c","n":[1,2],"no":null}},
            "headers":{{"X-Trace":"t1","Accept":"application/json"}},"body":{{"ip":"1.2.3.4","big":12345678901234567890}}}}"#,
        server.url("/v1/block?x=1")
    );
    let output = call(&open_host(), None, &input).await.expect("answers");
    assert_eq!(
        output.to_json(),
        r#"{"status":200,"headers":{"content-type":"application/json","content-length":"11","connection":"close"},"body":{"ok":true},"body_encoding":"json"}"#
    );
    let request = server.request();
    assert!(request.starts_with("POST /v1/block?x=1&q=a+b%26c&n=1&n=2 HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with(r#"{"ip":"1.2.3.4","big":12345678901234567890}"#), "{request}");
    for header in ["x-trace: t1", "content-type: application/json", "idempotency-key: root/7/0", "user-agent: Muster/"]
    {
        assert!(request.contains(header), "{header} in {request}");
    }
}

#[tokio::test]
async fn a_text_body_is_sent_as_it_is_and_own_headers_win() {
    let server = json_server().await;
    let input = format!(
        r#"{{"method":"PUT","url":"{}","headers":{{"content-type":"text/csv","Idempotency-Key":"mine"}},"body":"a,b"}}"#,
        server.url("/")
    );
    call(&open_host(), None, &input).await.expect("answers");
    let request = server.request();
    assert!(request.contains("content-type: text/csv") && request.ends_with("\r\n\r\na,b"), "{request}");
    assert!(request.contains("idempotency-key: mine") && !request.contains("root/7/0"), "{request}");
}

#[tokio::test]
async fn credentials_come_from_the_connection() {
    for (config, header) in [
        (r#""auth_type":"basic","username":"bob","password":"p:w""#, "authorization: Basic Ym9iOnA6dw=="),
        (r#""auth_type":"bearer","token":"abc""#, "authorization: Bearer abc"),
        (r#""auth_type":"api_key","api_key":"k1""#, "x-api-key: k1"),
        (r#""auth_type":"api_key","api_key":"k1","api_key_header":"X-Vault""#, "x-vault: k1"),
    ] {
        let server = json_server().await;
        let config = format!(r#"{{"endpoint":"{}",{config}}}"#, server.url("/base/"));
        call(&open_host(), Some(&config), r#"{"url":"/items","headers":{"Authorization":"mine"}}"#)
            .await
            .expect("answers");
        let request = server.request();
        assert!(request.starts_with("GET /base/items HTTP/1.1"), "{request}");
        assert!(request.contains(header), "{header} in {request}");
    }
}

#[tokio::test]
async fn credentials_are_never_sent_elsewhere() {
    let (own, other) = (json_server().await, json_server().await);
    let bearer = r#""auth_type":"bearer","token":"t0psecret""#;
    let config = format!(r#"{{"endpoint":"{}",{bearer}}}"#, own.url(""));
    for url in [other.url("/"), format!("//{}/", other.address), format!("\\\\\\\\{}/", other.address)] {
        let error = refused(&open_host(), Some(&config), &format!(r#"{{"url":"{url}"}}"#)).await;
        assert_eq!(error.code, INPUT_INVALID, "{url}: {}", error.message);
    }
    let error =
        refused(&open_host(), Some(&format!("{{{bearer}}}")), &format!(r#"{{"url":"{}"}}"#, other.url("/"))).await;
    assert_eq!(error.code, CONNECTION_INVALID);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_named() {
    for (config, key) in [
        (r#"{"endpoint":"x","auth_type":"none"}"#, "endpoint"),
        (r#"{"endpoint":"ftp://127.0.0.1"}"#, "endpoint"),
        (r#"{"endpoint":"http://127.0.0.1","auth_type":"magic"}"#, "auth_type"),
        (r#"{"endpoint":"http://127.0.0.1","auth_type":"bearer"}"#, "token"),
        (r#"{"endpoint":"http://127.0.0.1","auth_type":"bearer","token":"s3cr\net"}"#, "token"),
        (r#"{"endpoint":"http://127.0.0.1","auth_type":"basic","username":"a:b"}"#, "username"),
        (
            r#"{"endpoint":"http://127.0.0.1","auth_type":"api_key","api_key":"k","api_key_header":"a b"}"#,
            "api_key_header",
        ),
    ] {
        let error = refused(&open_host(), Some(config), r#"{"url":"/"}"#).await;
        assert_eq!(error.code, CONNECTION_INVALID, "{config}");
        assert!(error.message.starts_with(key) && !error.message.contains("s3cr"), "{config}: {}", error.message);
    }
}

#[tokio::test]
async fn bodies_of_every_kind_come_back() {
    for (content_type, body, expected, encoding) in [
        ("application/problem+json; charset=utf-8", "[1.10]", "[1.10]", "json"),
        ("application/json", "{broken", r#""{broken""#, "text"),
        ("text/html", "<p>é</p>", r#""<p>é</p>""#, "text"),
        ("application/json", "", r#""""#, "text"),
    ] {
        let server = Server::start(move |_| answer("200 OK", &format!("content-type: {content_type}\r\n"), body)).await;
        let output = call(&open_host(), None, &format!(r#"{{"url":"{}"}}"#, server.url("/"))).await.expect("answers");
        assert_eq!(output.get("body").to_json(), expected, "{body}");
        assert_eq!(output.get("body_encoding").as_str(), Some(encoding), "{body}");
    }
}

#[tokio::test]
async fn secret_headers_of_an_answer_are_masked() {
    let server = Server::start(|_| {
        answer("200 OK", "set-cookie: session=abc\r\nx-auth-token: abc\r\netag: a\r\netag: b\r\n", "")
    })
    .await;
    let output = call(&open_host(), None, &format!(r#"{{"url":"{}"}}"#, server.url("/"))).await.expect("answers");
    let headers = output.get("headers");
    assert_eq!(headers.get("set-cookie").as_str(), Some("******"));
    assert_eq!(headers.get("x-auth-token").as_str(), Some("******"));
    assert_eq!(headers.get("etag").as_str(), Some("a, b"));
}

#[tokio::test]
async fn statuses_are_judged() {
    for (status, headers, expected, retryable, retry_after) in [
        ("404 Not Found", "", "2xx", Some(false), None),
        ("400 Bad", "", "2xx", Some(false), None),
        ("302 Found", "location: /x\r\n", "2xx", Some(false), None),
        ("500 Oops", "", "2xx", Some(true), None),
        ("502 Oops", "retry-after: 5\r\n", "2xx", Some(true), None),
        ("503 Busy", "retry-after: 7\r\n", "2xx", Some(true), Some(7)),
        ("429 Slow", "retry-after: Wed, 21 Oct 2015 07:28:00 GMT\r\n", "2xx", Some(true), Some(30)),
        ("429 Slow", "retry-after: Wed, 21 Oct 2015 07:00:00 GMT\r\n", "2xx", Some(true), Some(0)),
        ("503 Busy", "retry-after: 99999999999\r\n", "2xx", Some(true), Some(24 * 60 * 60)),
        ("503 Busy", "retry-after: soon\r\n", "2xx", Some(true), None),
        ("404 Not Found", "", "2xx,404", None, None),
        ("200 OK", "", "201-299", Some(false), None),
    ] {
        let server = Server::start(move |_| answer(status, headers, "why not")).await;
        let input = format!(r#"{{"url":"{}","expected_status":"{expected}"}}"#, server.url("/"));
        match (call(&open_host(), None, &input).await, retryable) {
            (Ok(output), None) => assert_eq!(output.get("body").as_str(), Some("why not"), "{status}"),
            (Err(error), Some(retryable)) => {
                assert_eq!((error.code, error.retryable), (HTTP_STATUS, retryable), "{status}");
                assert_eq!(error.retry_after, retry_after.map(Duration::from_secs), "{status} {headers}");
                assert!(error.message.contains(&status[..3]) && error.message.contains("why not"), "{}", error.message);
            }
            (outcome, _) => panic!("{status}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn slow_servers_are_given_up() {
    let silent = Server::start(|_| Answer::Drip(String::new())).await;
    let endless = Server::start(|_| Answer::Drip("HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n".into())).await;
    for server in [silent, endless] {
        let started = Instant::now();
        let input = format!(r#"{{"url":"{}","timeout":"PT0.3S"}}"#, server.url("/"));
        let error = refused(&open_host(), None, &input).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        // Bytes that are no HTTP may be noticed before the time is up.
        assert!([HTTP_TIMEOUT, HTTP_CONNECT].contains(&error.code), "{error:?}");
        assert!(error.retryable);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let input = format!(r#"{{"url":"http://127.0.0.1:{port}/","timeout":"PT0.2S"}}"#);
    let error = refused(&open_host(), None, &input).await;
    assert_eq!((error.code, error.retryable), (HTTP_TIMEOUT, true));
}

#[tokio::test]
async fn a_broken_connection_may_be_retried() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = format!("http://{}/?token=t0psecret", listener.local_addr().expect("an address"));
    drop(listener);
    let cut = Server::start(|_| Answer::Raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc".into())).await;
    let nonsense = Server::start(|_| Answer::Raw("SSH-2.0-OpenSSH\r\n\r\n".into())).await;
    for url in [closed, cut.url("/?token=t0psecret"), nonsense.url("/?token=t0psecret")] {
        let error = refused(&open_host(), None, &format!(r#"{{"url":"{url}"}}"#)).await;
        assert_eq!((error.code, error.retryable), (HTTP_CONNECT, true), "{url}: {}", error.message);
        assert!(!error.message.contains("t0psecret"), "{}", error.message);
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused() {
    let announced = Server::start(|_| answer("200 OK", "", &"x".repeat(100_001))).await;
    let chunked = Server::start(|_| {
        let chunk = format!("2710\r\n{}\r\n", "x".repeat(10_000)).repeat(11);
        Answer::Raw(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"))
    })
    .await;
    for server in [announced, chunked] {
        let error = refused(&open_host(), None, &format!(r#"{{"url":"{}"}}"#, server.url("/"))).await;
        assert_eq!((error.code, error.retryable), (HTTP_TOO_LARGE, false));
    }
}

#[tokio::test]
async fn bad_input_is_refused_before_anything_is_sent() {
    let server = json_server().await;
    let url = server.url("/");
    for (input, part) in [
        (r#"{}"#.to_owned(), "url: this parameter is required"),
        (format!(r#"{{"url":"{url}","method":"TRACE"}}"#), "method"),
        (format!(r#"{{"url":"{url}","methd":"GET"}}"#), "methd"),
        (r#"{"url":"/path"}"#.into(), "url"),
        (r#"{"url":"file:///etc/passwd"}"#.into(), "url: the scheme"),
        (r#"{"url":"gopher://127.0.0.1/"}"#.into(), "url: the scheme"),
        (r#"{"url":"http://"}"#.into(), "url"),
        (r#"{"url":"http://bob:pw@127.0.0.1/"}"#.into(), "url: user name and password"),
        (format!(r#"{{"url":"{url}","headers":{{"Host":"x"}}}}"#), "headers.Host"),
        (format!(r#"{{"url":"{url}","headers":{{"Transfer-Encoding":"chunked"}}}}"#), "headers.Transfer-Encoding"),
        (format!(r#"{{"url":"{url}","headers":{{"a b":"x"}}}}"#), "headers.a b"),
        (format!(r#"{{"url":"{url}","headers":{{"X":"a\r\nY: b"}}}}"#), "headers.X"),
        (format!(r#"{{"url":"{url}","headers":{{"X":[1]}}}}"#), "headers.X"),
        (format!(r#"{{"url":"{url}","query":{{"a":{{}}}}}}"#), "query.a"),
        (format!(r#"{{"url":"{url}","body":5}}"#), "body"),
        (format!(r#"{{"url":"{url}","expected_status":"ok"}}"#), "expected_status"),
        (format!(r#"{{"url":"{url}","timeout":"30s"}}"#), "timeout"),
        (format!(r#"{{"url":"{url}","timeout":"PT0S"}}"#), "timeout"),
        (format!(r#"{{"url":"{url}","follow_redirects":"yes"}}"#), "follow_redirects"),
        (format!(r#"{{"url":"{url}","method":"POST","body":"{}"}}"#, "x".repeat(11 << 20)), "body"),
    ] {
        let error = refused(&open_host(), None, &input).await;
        let shown = &input[..input.len().min(200)];
        assert!([INPUT_INVALID, EGRESS_DENIED].contains(&error.code), "{shown}: {error:?}");
        assert!(error.message.contains(part), "{shown}: {}", error.message);
        assert!(!error.retryable, "{shown}");
    }
    assert!(server.requests().is_empty());
}
