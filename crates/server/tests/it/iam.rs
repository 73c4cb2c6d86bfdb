//! `/v3`, `/v3.0` over an installation after its first start, with real tokens.

use std::sync::Arc;

use serde_json::{Value, json};
use server::{ApiState, App, AppState};
use service::bootstrap::{Bootstrap, Given};

use crate::installation::Installation;
use crate::product::{keys, sorted};
use crate::toy::{Answer, Call, config, state};

const PASSWORD: &str = "correct horse battery";

struct Iam {
    app: App,
    first: Bootstrap,
    _made: Installation,
}

impl Iam {
    async fn new() -> Self {
        let made = Installation::new().await;
        let given = Given { password: Some(PASSWORD.into()), ..Given::default() };
        let first = made.service.bootstrap("http://127.0.0.1:8080", given, |_| Ok(())).await;
        let app = AppState {
            authenticator: Arc::new(made.service.clone()),
            answers: Arc::new(made.service.clone()),
            ..state(config())
        };
        let app = server::app(ApiState { app, service: made.service.clone() }, server::routes::all());
        Self { app, first: first.expect("starts").expect("the storage was empty"), _made: made }
    }

    async fn send(&self, call: Call) -> Answer {
        call.header("host", "soar.example").send_to(self.app.clone()).await
    }

    async fn post_token(&self, body: &Value) -> Answer {
        let call = Call::new("POST", "/v3/auth/tokens").header("content-type", "application/json");
        self.send(call.body(body.to_string())).await
    }

    /// Logs in to the first project; gives the token.
    async fn log_in(&self, user: &str, password: &str) -> String {
        let answer = self.post_token(&login(user, password, &json!({"project": {"name": "local-1"}}))).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("x-subject-token").to_owned()
    }

    async fn call(&self, token: &str, method: &str, uri: &str, body: Option<Value>) -> Answer {
        let mut call = Call::new(method, uri).header("x-auth-token", token);
        if let Some(body) = body {
            call = call.header("content-type", "application/json").body(body.to_string());
        }
        self.send(call).await
    }

    /// Expects this status; gives the JSON, null when there is no body.
    async fn ok(&self, token: &str, method: &str, uri: &str, body: Option<Value>, status: u16) -> Value {
        let answer = self.call(token, method, uri, body).await;
        assert_eq!(answer.status, status, "{method} {uri}: {answer:?}");
        if answer.text.is_empty() { Value::Null } else { answer.json() }
    }
}

fn login(user: &str, password: &str, scope: &Value) -> Value {
    let user = json!({"name": user, "password": password, "domain": {"name": "muster"}});
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
}

/// Expects a failure in Keystone's frame with the SDK's fields; gives the message.
#[track_caller]
fn failure(answer: &Answer, status: u16, code: &str) -> String {
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["error_code"]), (status, &json!(code)), "{answer:?}");
    assert_eq!(keys(&body), ["error", "error_code", "error_msg"]);
    assert_eq!(keys(&body["error"]), ["code", "message", "title"]);
    assert_eq!((&body["error"]["code"], &body["error"]["message"]), (&json!(status), &body["error_msg"]));
    body["error_msg"].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_log_in_answers_as_keystone_does() {
    let iam = Iam::new().await;
    let scope = json!({"project": {"id": iam.first.project_id}});
    let answer = iam.post_token(&login("admin", PASSWORD, &scope)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let secret = answer.header("x-subject-token").to_owned();
    assert_eq!(secret.len(), 43);
    assert!(!answer.text.contains(&secret), "the token is in the header only");
    let token = answer.json()["token"].clone();
    assert_eq!(keys(&token), sorted("catalog expires_at issued_at methods project roles user"));
    assert_eq!(keys(&token["user"]), sorted("id name password_expires_at domain"));
    assert_eq!(keys(&token["project"]), sorted("id name domain"));
    assert_eq!(token["project"]["name"], "local-1");
    assert_eq!(token["user"]["domain"]["name"], "muster");
    assert_eq!(
        (&token["issued_at"], &token["expires_at"]),
        (&json!("2023-11-14T22:13:20.000000Z"), &json!("2023-11-15T22:13:20.000000Z"),)
    );
    assert_eq!(token["roles"][0]["name"], "FullAccess");

    let call = Call::new("GET", "/v3/auth/tokens").header("x-auth-token", &secret);
    let shown = iam.send(call.header("x-subject-token", &secret)).await;
    assert_eq!((shown.status.as_u16(), shown.header("x-subject-token")), (200, secret.as_str()));
    assert_eq!(shown.json()["token"], token);

    let body = json!({"auth": {
        "identity": {"methods": ["token"], "token": {"id": secret}},
        "scope": {"domain": {"name": "muster"}},
    }});
    let exchanged = iam.post_token(&body).await;
    assert_eq!(exchanged.status, 201, "{exchanged:?}");
    let domain = exchanged.json()["token"].clone();
    assert_eq!(keys(&domain), sorted("catalog domain expires_at issued_at methods roles user"));
    assert_eq!(domain["methods"], json!(["password", "token"]));
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let iam = Iam::new().await;
    let token = iam.log_in("admin", PASSWORD).await;
    let workspaces = format!("/v1/{}/workspaces", iam.first.project_id);
    iam.ok(&token, "GET", &workspaces, None, 200).await;
    let call = Call::new("DELETE", "/v3/auth/tokens").header("x-auth-token", &token);
    let revoked = iam.send(call.header("x-subject-token", &token)).await;
    assert_eq!((revoked.status.as_u16(), revoked.text.as_str()), (204, ""));
    let (status, code, _) = iam.call(&token, "GET", &workspaces, None).await.failure();
    assert_eq!((status, code.as_str()), (401, "APIGW.0301"));
    failure(&iam.call(&token, "GET", "/v3/users", None).await, 401, "APIGW.0301");
}

#[tokio::test]
async fn wrong_log_ins_are_told_in_keystones_frame() {
    let iam = Iam::new().await;
    let nowhere = json!({});
    for (body, status, code, named) in [
        (json!({}), 400, "IAM.0011", "auth is required"),
        (json!({"auth": {}}), 400, "IAM.0011", "auth.identity is required"),
        (json!({"auth": {"identity": {}}}), 400, "IAM.0011", "auth.identity.methods is required"),
        (
            json!({"auth": {"identity": {"methods": ["password"], "password": {}}}}),
            400,
            "IAM.0011",
            "auth.identity.password.user is required",
        ),
        (json!({"auth": {"identity": {"methods": "password"}}}), 400, "SecMaster.20030001", "must be a list"),
        (login("admin", "wrong", &nowhere), 401, "APIGW.0301", "wrong"),
        (login("nobody", PASSWORD, &nowhere), 401, "APIGW.0301", "wrong"),
        (login("admin", PASSWORD, &json!({"project": {"name": "x"}})), 401, "APIGW.0301", "scope"),
    ] {
        let message = failure(&iam.post_token(&body).await, status, code);
        assert!(message.contains(named), "{message}");
    }
    let token = iam.log_in("admin", PASSWORD).await;
    failure(&iam.call(&token, "GET", "/v3/auth/tokens", None).await, 400, "IAM.0011");
    for method in ["GET", "DELETE"] {
        let call = Call::new(method, "/v3/auth/tokens").header("x-auth-token", &token);
        failure(&iam.send(call.header("x-subject-token", "unknown")).await, 400, "IAM.0004");
    }
}

#[tokio::test]
async fn clients_find_their_project_and_domain() {
    let iam = Iam::new().await;
    let token = iam.log_in("admin", PASSWORD).await;
    let found = iam.ok(&token, "GET", "/v3/projects?name=local-1", None, 200).await;
    let fields = sorted("id name domain_id parent_id is_domain enabled description links");
    assert_eq!(keys(&found["projects"][0]), fields);
    assert_eq!(found["projects"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["projects"][0]["id"], iam.first.project_id);
    assert_eq!(found["links"]["self"], "http://soar.example/v3/projects");
    for (query, count) in [
        ("?name=elsewhere", 0),
        ("?enabled=true", 1),
        ("?enabled=false", 0),
        ("?is_domain=true", 0),
        ("?page=2&per_page=1", 0),
        ("?domain_id=00000000000000000000000000000000", 0),
    ] {
        let found = iam.ok(&token, "GET", &format!("/v3/projects{query}"), None, 200).await;
        assert_eq!(found["projects"].as_array().map(Vec::len), Some(count), "{query}");
    }
    for query in ["?page=0", "?per_page=0", "?per_page=5001"] {
        failure(&iam.call(&token, "GET", &format!("/v3/projects{query}"), None).await, 400, "IAM.0011");
    }
    let own = iam.ok(&token, "GET", "/v3/auth/projects", None, 200).await;
    assert_eq!(own["projects"][0]["id"], iam.first.project_id);
    let domains = iam.ok(&token, "GET", "/v3/auth/domains", None, 200).await;
    assert_eq!(keys(&domains["domains"][0]), sorted("id name enabled description links"));
    assert_eq!(domains["domains"][0]["name"], "muster");

    let body = Some(json!({"project": {"name": "local-2", "description": "second"}}));
    let created = iam.ok(&token, "POST", "/v3/projects", body.clone(), 201).await;
    let uri = format!("/v3/projects/{}", created["project"]["id"].as_str().expect("text"));
    assert_eq!(iam.ok(&token, "GET", &uri, None, 200).await, created);
    failure(&iam.call(&token, "POST", "/v3/projects", body).await, 400, "IAM.0005");
    let change = Some(json!({"project": {"enabled": false}}));
    let changed = iam.ok(&token, "PATCH", &uri, change, 200).await;
    assert_eq!((&changed["project"]["enabled"], &changed["project"]["description"]), (&json!(false), &json!("second")));
}

#[tokio::test]
async fn a_user_with_a_role_is_made_over_http() {
    let iam = Iam::new().await;
    let token = iam.log_in("admin", PASSWORD).await;
    let body = json!({"user": {"name": "alice", "password": PASSWORD, "description": "on call"}});
    let created = iam.ok(&token, "POST", "/v3/users", Some(body), 201).await;
    let fields = "id name domain_id default_project_id enabled description password_expires_at pwd_status links";
    assert_eq!(keys(&created["user"]), sorted(fields));
    let id = created["user"]["id"].as_str().expect("text");
    let user = format!("/v3/users/{id}");
    assert_eq!(iam.ok(&token, "GET", &user, None, 200).await, created);
    let listed = iam.ok(&token, "GET", "/v3/users?name=alice", None, 200).await;
    assert_eq!(listed["users"], json!([created["user"]]));

    let roles = iam.ok(&token, "GET", "/v3/roles?name=ReadOnlyAccess", None, 200).await;
    assert_eq!((&roles["total_number"], roles["roles"].as_array().map(Vec::len)), (&json!(1), Some(1)));
    let role = roles["roles"][0]["id"].as_str().expect("text");
    let (project, workspace) = (&iam.first.project_id, &iam.first.workspace_id);
    let domain = created["user"]["domain_id"].as_str().expect("text");
    for (scope, place, id_of) in
        [("domain", "domains", domain), ("project", "projects", project), ("workspace", "workspaces", workspace)]
    {
        let binding = format!("/v3/{place}/{id_of}/users/{id}/roles/{role}");
        failure(&iam.call(&token, "GET", &binding, None).await, 400, "IAM.0004");
        iam.ok(&token, "PUT", &binding, None, 204).await;
        iam.ok(&token, "GET", &binding, None, 204).await;
        let query = format!("/v3/role_assignments?user.id={id}&scope.{scope}.id={id_of}");
        let held = iam.ok(&token, "GET", &query, None, 200).await;
        let row = &held["role_assignments"][0];
        assert_eq!(row["scope"][scope]["id"], id_of);
        assert_eq!(row["links"]["assignment"], format!("http://soar.example{binding}"));
        let alice = iam.log_in("alice", PASSWORD).await;
        failure(
            &iam.call(&alice, "POST", "/v3/users", Some(json!({"user": {"name": "x"}}))).await,
            403,
            "SecMaster.20010002",
        );
        iam.ok(&token, "DELETE", &binding, None, 204).await;
    }

    let reset = Some(json!({"user": {"enabled": false}}));
    assert_eq!(iam.ok(&token, "PATCH", &user, reset, 200).await["user"]["enabled"], false);
    failure(&iam.call(&token, "PATCH", &user, Some(json!({}))).await, 400, "IAM.0011");
    iam.ok(&token, "DELETE", &user, None, 204).await;
    failure(&iam.call(&token, "GET", &user, None).await, 400, "IAM.0004");
}

#[tokio::test]
async fn a_user_changes_their_password() {
    let iam = Iam::new().await;
    let token = iam.log_in("admin", PASSWORD).await;
    let me = iam.ok(&token, "GET", "/v3/users?name=admin", None, 200).await;
    let uri = format!("/v3/users/{}/password", me["users"][0]["id"].as_str().expect("text"));
    let body = |original: &str| json!({"user": {"original_password": original, "password": "another password"}});
    failure(&iam.call(&token, "POST", &uri, Some(body("wrong"))).await, 401, "APIGW.0301");
    iam.ok(&token, "POST", &uri, Some(body(PASSWORD)), 204).await;
    iam.log_in("admin", "another password").await;
    failure(&iam.call(&token, "GET", "/v3/users", None).await, 401, "APIGW.0301");
}

#[tokio::test]
async fn a_custom_role_lives_over_http() {
    let iam = Iam::new().await;
    let token = iam.log_in("admin", PASSWORD).await;
    let body = json!({"role": {"name": "Runner", "permissions": ["secmaster:*:get"]}});
    let created = iam.ok(&token, "POST", "/v3/roles", Some(body.clone()), 201).await;
    let fields = sorted("id name display_name domain_id description type permissions links");
    assert_eq!(keys(&created["role"]), fields);
    let uri = format!("/v3/roles/{}", created["role"]["id"].as_str().expect("text"));
    assert_eq!(iam.ok(&token, "GET", &uri, None, 200).await, created);
    failure(&iam.call(&token, "POST", "/v3/roles", Some(body)).await, 400, "IAM.0005");
    let change = json!({"role": {"permissions": ["secmaster:*:list"]}});
    let changed = iam.ok(&token, "PATCH", &uri, Some(change), 200).await;
    assert_eq!(changed["role"]["permissions"], json!(["secmaster:*:list"]));
    let wrong = json!({"role": {"permissions": ["all of them"]}});
    failure(&iam.call(&token, "PATCH", &uri, Some(wrong)).await, 400, "IAM.0011");
    iam.ok(&token, "DELETE", &uri, None, 204).await;
    failure(&iam.call(&token, "GET", &uri, None).await, 400, "IAM.0004");
}

#[tokio::test]
async fn the_secret_of_an_access_key_is_shown_once() {
    let iam = Iam::new().await;
    let token = iam.log_in("admin", PASSWORD).await;
    let path = "/v3.0/OS-CREDENTIAL/credentials";
    let body = Some(json!({"credential": {"description": "laptop"}}));
    let created = iam.ok(&token, "POST", path, body, 201).await["credential"].clone();
    assert_eq!(keys(&created), sorted("access secret user_id status create_time description"));
    let secret = created["secret"].as_str().expect("text");
    let one = format!("{path}/{}", created["access"].as_str().expect("text"));
    let shown = iam.ok(&token, "GET", &one, None, 200).await;
    let listed = iam.ok(&token, "GET", path, None, 200).await;
    assert_eq!(listed["credentials"].as_array().map(Vec::len), Some(2));
    for answer in [&shown, &listed] {
        assert!(!answer.to_string().contains(secret), "{answer}");
    }
    let inactive = Some(json!({"credential": {"status": "inactive"}}));
    assert_eq!(iam.ok(&token, "PUT", &one, inactive, 200).await["credential"]["status"], "inactive");
    let wrong = Some(json!({"credential": {"status": "asleep"}}));
    failure(&iam.call(&token, "PUT", &one, wrong).await, 400, "IAM.0011");
    iam.ok(&token, "DELETE", &one, None, 204).await;
    failure(&iam.call(&token, "DELETE", &one, None).await, 400, "IAM.0004");
}
