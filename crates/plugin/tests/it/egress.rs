//! No spelling of an inside address gets through, and the rules decide with the port.

use plugin::error::{EGRESS_DENIED, HTTP_CONNECT};

use crate::server::{Server, answer, call, host, refused};

async fn server() -> Server {
    Server::start(|_| answer("200 OK", "", "inside")).await
}

fn texts(rules: &[String]) -> Vec<&str> {
    rules.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn every_spelling_of_loopback_is_denied() {
    let server = server().await;
    let port = server.address.port();
    let host = host(&[], &[]);
    for name in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "①②⑦.⓪.⓪.①",
        "%31%32%37.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST",
    ] {
        let error = refused(&host, None, &format!(r#"{{"url":"http://{name}:{port}/"}}"#)).await;
        assert_eq!((error.code, error.retryable), (EGRESS_DENIED, false), "{name}: {}", error.message);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn other_inside_ranges_are_denied() {
    let host = host(&[], &[]);
    for name in [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[fd00:ec2::254]",
    ] {
        let error = refused(&host, None, &format!(r#"{{"url":"https://{name}/"}}"#)).await;
        assert_eq!(error.code, EGRESS_DENIED, "{name}: {}", error.message);
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_loopback_is_allowed_only_by_a_rule_for_its_port() {
    let server = server().await;
    let port = server.address.port();
    let input = format!(r#"{{"url":"http://localhost:{port}/"}}"#);
    for (allow, deny, allowed) in [
        (vec![format!("127.0.0.0/8:{port}")], vec![], true),
        (vec![format!("localhost:{port}")], vec!["[::1]".to_owned()], true),
        (vec![format!("127.0.0.0/8:{}", port ^ 1)], vec![], false),
        (vec![format!("localhost:{}", port ^ 1)], vec![], false),
        (vec!["127.0.0.0/8".into()], vec![format!("localhost:{port}")], false),
        (vec!["localhost".into()], vec!["127.0.0.0/8".into(), "::1".into()], false),
    ] {
        let host = host(&texts(&allow), &texts(&deny));
        let before = server.requests().len();
        match call(&host, None, &input).await {
            Ok(output) => assert!(allowed && output.get("body").as_str() == Some("inside"), "{allow:?} {deny:?}"),
            Err(error) => assert!(!allowed && error.code == EGRESS_DENIED, "{allow:?} {deny:?}: {error:?}"),
        }
        assert_eq!(server.requests().len() - before, usize::from(allowed), "{allow:?} {deny:?}");
    }
}

#[tokio::test]
async fn a_name_without_an_address_cannot_be_reached() {
    let error = refused(&host(&[], &[]), None, r#"{"url":"http://no-such-name.invalid/"}"#).await;
    assert_eq!((error.code, error.retryable), (HTTP_CONNECT, true), "{}", error.message);
}
