//! The OpenAPI document.

use std::path::Path;

use serde_json::Value;

use crate::toy::Call;

#[test]
#[expect(clippy::disallowed_methods, reason = "how a developer asks for the document to be written")]
fn the_committed_document_is_the_one_of_the_routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/openapi.json");
    let document = server::openapi::openapi();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &document).expect("openapi/openapi.json can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == document,
        "openapi/openapi.json is not what the routes say: run the test again with UPDATE_OPENAPI=1 and commit the file"
    );
}

#[test]
fn the_routes_that_are_open_to_everybody_are_these() {
    let document: Value = serde_json::from_str(&server::openapi::openapi()).expect("JSON");
    let mut open = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path") {
            if operation.get("security").is_some() {
                open.push(format!("{method} {path}"));
            }
        }
    }
    let known = [
        "get /healthz",
        "get /readyz",
        // Opened by the signature in its address.
        "get /v1/{project_id}/workspaces/{workspace_id}/muster/attachments/{attach_id}/content",
        // Opened by the source's own token or signature.
        "post /v1/{project_id}/workspaces/{workspace_id}/muster/sources/{source_id}/events",
        "post /v3/auth/tokens",
    ];
    open.retain(|route| !known.contains(&route.as_str()));
    assert_eq!(open, Vec::<String>::new(), "an open route needs a reason; add it here");
}

async fn document() -> Value {
    let answer = Call::new("GET", "/openapi.json").send().await;
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

#[tokio::test]
async fn every_operation_lists_the_common_failures() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let responses = |path: &str, method: &str| {
        let responses = document["paths"][path][method]["responses"].as_object().expect("responses");
        responses.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(responses("/v3/projects", "get"), ["200", "400", "401", "403", "413", "429", "500", "503"]);
    assert_eq!(responses("/healthz", "get"), ["200", "400", "413", "429", "500", "503"]);
    assert_eq!(
        document["paths"]["/v3/projects"]["get"]["responses"]["401"]["$ref"],
        "#/components/responses/IamUnauthorized"
    );
    let unauthorized = &document["components"]["responses"]["Unauthorized"];
    assert_eq!(unauthorized["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/ErrorBody");
    assert_eq!(unauthorized["headers"]["X-request-id"]["$ref"], "#/components/headers/RequestId");
}

#[tokio::test]
async fn open_operations_need_no_credentials_and_the_others_do() {
    let document = document().await;
    assert_eq!(document["paths"]["/healthz"]["get"]["security"], Value::Array(Vec::new()));
    assert!(document["paths"]["/v3/projects"]["get"].get("security").is_none());
    let schemes: Vec<_> = document["security"].as_array().expect("a list").iter().map(Value::to_string).collect();
    assert_eq!(schemes, [r#"{"X-Auth-Token":[]}"#, r#"{"AccessKey":[]}"#]);
}

#[tokio::test]
async fn references_lead_somewhere() {
    let document = document().await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                references.push(reference.clone());
            }
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
