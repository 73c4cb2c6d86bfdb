//! The form of failures, and the headers that every answer has.

use serde_json::json;

use crate::toy::{Call, toy};

const TOYS: &str = "/v1/toys/00000000000000000000000000000001/00000000-0000-0000-0000-000000000002";

#[tokio::test]
async fn each_kind_has_its_status() {
    for (way, status, code) in [
        ("missing", 400, "SecMaster.20040611"),
        ("taken", 400, "SecMaster.20090601"),
        ("state", 400, "SecMaster.20090604"),
        ("invalid", 400, "SecMaster.20030001"),
        ("forbidden", 403, "SecMaster.20010002"),
        ("large", 413, "APIGW.0201"),
        ("busy", 429, "APIGW.0308"),
        ("down", 503, "SecMaster.20090002"),
    ] {
        let answer = Call::new("GET", &format!("/fail/{way}")).send().await;
        assert_eq!(answer.failure(), (status, code.into(), "in English".into()), "{way}");
        assert_eq!(answer.header("content-type"), "application/json", "{way}");
    }
    assert_eq!(Call::new("GET", "/fail/busy").send().await.header("retry-after"), "1");
}

#[tokio::test]
async fn defects_tell_nothing() {
    for way in ["internal", "panic"] {
        let answer = Call::new("GET", &format!("/fail/{way}")).send().await;
        assert_eq!(answer.failure(), (500, "SecMaster.20039999".into(), "internal error".into()), "{way}");
        assert!(answer.header("x-request-id").ends_with("-node-1"), "{way}");
    }
}

#[tokio::test]
async fn the_language_is_chosen_by_header() {
    for (language, message) in [("zh-cn", "中文"), ("ZH-CN", "中文"), ("en-us", "in English"), ("fr", "in English")]
    {
        let answer = Call::new("GET", "/fail/missing").header("x-language", language).send().await;
        assert_eq!(answer.failure().2, message, "{language}");
    }
    let answer = Call::new("GET", "/nothing").header("x-language", "zh-cn").send().await;
    assert_eq!(answer.failure().2, "API不存在");
}

#[tokio::test]
async fn identity_fails_in_keystones_form() {
    let answer = Call::new("GET", "/v3/projects").send().await;
    let message = "credentials are missing: send a token in X-Auth-Token, or sign the request with an access key";
    let expected = json!({
        "error": {"code": 401, "message": message, "title": "Unauthorized"},
        "error_code": "APIGW.0301",
        "error_msg": message,
    });
    assert_eq!((answer.status.as_u16(), answer.json()), (401, expected));
    assert_eq!(Call::new("GET", "/v3.0/OS-CREDENTIAL/x").send().await.json()["error"]["code"], 404);
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_the_security_headers() {
    let calls = [
        (Call::known("GET", TOYS), 200),
        (Call::new("GET", TOYS), 401),
        (Call::new("GET", "/nothing"), 404),
        (Call::new("PATCH", TOYS), 405),
        (Call::new("GET", "/fail/panic"), 500),
        (Call::known("POST", TOYS).body("{"), 400),
        (Call::new("HEAD", "/healthz"), 200),
        (Call::new("GET", "/openapi.json"), 200),
    ];
    let app = toy();
    let mut ids = std::collections::BTreeSet::new();
    for (call, status) in calls {
        let answer = call.send_to(app.clone()).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{status}");
        assert_eq!(answer.header("cache-control"), "no-store", "{status}");
        assert_eq!(answer.header("server"), "", "{status}");
        let id = answer.header("x-request-id").to_owned();
        assert!(id[..36].parse::<uuid::Uuid>().is_ok() && id.ends_with("-1752821086735-node-1"), "{id}");
        assert!(ids.insert(id), "a request id came twice");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_answer_in_our_form() {
    let (status, code, _) = Call::new("GET", "/v1/nothing").send().await.failure();
    assert_eq!((status, code.as_str()), (404, "APIGW.0101"));
    let answer = Call::known("PATCH", TOYS).send().await;
    let (status, code, _) = answer.failure();
    assert_eq!((status, code.as_str()), (405, "APIGW.0101"));
    let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_path_is_tolerated() {
    let answer = Call::known("GET", &format!("{TOYS}/?limit=3")).send().await;
    assert_eq!((answer.status.as_u16(), &answer.json()["limit"]), (200, &json!(3)));
    assert_eq!(Call::known("GET", &format!("{TOYS}//")).send().await.status, 404);
}
