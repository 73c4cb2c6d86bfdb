//! Export and import.

use serde_json::{Value, json};

use super::{INVALID, NO_PLAYBOOK, Playbooks, UNKNOWN, text};
use crate::toy::{Answer, Call};

const REFUSED: (u16, &str) = (400, "SecMaster.20090610");

/// Uploads a document in a form, with a mode.
async fn import(made: &Playbooks, document: &str, mode: Option<&str>) -> Answer {
    let part = |name: &str, rest: &str, content: &str| {
        format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n{content}\r\n")
    };
    let mut body = part("uploadFile", "; filename=\"playbooks.json\"", document);
    body += &mode.map_or_else(String::new, |mode| part("upload_model", "", mode));
    let call = Call::new("POST", &made.uri("import"))
        .header("x-auth-token", "admin")
        .header("content-type", "multipart/form-data; boundary=cut")
        .body(body + "--cut--\r\n");
    made.product.upload(call).await
}

async fn refused(made: &Playbooks, document: &Value) -> String {
    let (status, code, message) = import(made, &document.to_string(), None).await.failure();
    assert_eq!((status, code.as_str()), REFUSED, "{message}");
    message
}

async fn export(made: &Playbooks, ids: &[&str]) -> Value {
    let answer = made.product.call("admin", "POST", &made.uri("export"), Some(json!({"id": ids}))).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"playbooks.json\"");
    answer.json()
}

/// A playbook with a rule, exported; with the names of playbook and workflow.
async fn exported(made: &Playbooks) -> Value {
    let workflow = made.enabled_workflow("Isolate").await;
    let rule = json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "=", "High"]}]}});
    let (playbook, _) = made.published("Contain", &[&workflow], json!({"rule_enable": true, "rule": rule})).await;
    made.draft(&playbook, &[&workflow, &workflow], json!({"description": "twice", "action_strategy": "SYNC"})).await;
    export(made, &[&playbook]).await
}

#[tokio::test]
async fn what_cannot_be_exported_is_told() {
    let made = Playbooks::new().await;
    let uri = made.uri("export");
    for body in [json!({}), json!({"id": []}), json!({"id": ["x"]}), json!({"id": vec![UNKNOWN; 501]})] {
        made.refused("POST", &uri, body, INVALID).await;
    }
    made.refused("POST", &uri, json!({"id": [UNKNOWN]}), NO_PLAYBOOK).await;
}

#[tokio::test]
async fn what_is_no_export_is_refused_with_all_that_stands_against_it() {
    let made = Playbooks::new().await;
    let document = exported(&made).await;
    assert!(refused(&made, &json!([])).await.starts_with("uploadFile is not a playbook export: "));
    let with = |pointer: &str, value: Value| {
        let mut changed = document.clone();
        changed["playbooks"][0]["name"] = json!("Other");
        *changed.pointer_mut(pointer).expect("a member") = value;
        changed
    };
    let version = "/playbooks/0/versions/0";
    for (document, message) in [
        (
            with("/format", json!("muster-workflows")),
            "uploadFile must have format muster-playbooks, version 1 or older",
        ),
        (with("/format_version", json!(2)), "uploadFile must have format muster-playbooks, version 1 or older"),
        (with("/playbooks", json!([])), "uploadFile must hold 1 to 500 playbooks"),
        (with("/playbooks/0/name", json!("Contain")), "playbooks[0].name: a playbook named 'Contain' exists already"),
        (with("/playbooks/0/priority", json!(1001)), "playbooks[0].priority must be between -1000 and 1000"),
        (
            with(&format!("{version}/dataclass_name"), json!("Rocket")),
            "playbooks[0].versions[0].dataclass_name: there is no data class 'Rocket'",
        ),
        (
            with(&format!("{version}/actions/0/workflow_name"), json!("Launch")),
            "playbooks[0].versions[0].actions[0].workflow_name: there is no workflow 'Launch'",
        ),
        (
            with(&format!("{version}/rule/conditions/0/data/1"), json!("is")),
            "playbooks[0].versions[0]: rule.conditions[0].data (a): unknown operator 'is'",
        ),
        (
            with(&format!("{version}/trigger_type"), json!("MANUAL")),
            "playbooks[0].versions[0]: trigger_type must be one of: EVENT, TIMER",
        ),
    ] {
        let found = refused(&made, &document).await;
        assert!(found.starts_with(message), "{found}");
    }
    let mut both = document.clone();
    both["playbooks"] = json!([document["playbooks"][0], document["playbooks"][0]]);
    let found = refused(&made, &both).await;
    assert_eq!(found.matches("exists already").count(), 2, "{found}");
    assert_eq!(import(&made, &document.to_string(), Some("try")).await.failure().1, INVALID.1);
}

#[tokio::test]
async fn an_import_makes_drafts_of_what_was_exported() {
    let made = Playbooks::new().await;
    let mut document = exported(&made).await;
    document["playbooks"][0]["name"] = json!("Contain again");
    let verified = import(&made, &document.to_string(), Some("verify")).await;
    assert_eq!(verified.json(), json!({"code": "00000000", "message": ""}));
    let list = made.uri("?name=again").replace("/?", "?");
    assert_eq!(made.product.get(&list).await["total"], 0, "what is verified is not imported");

    let imported = import(&made, &document.to_string(), Some("import")).await;
    assert_eq!(imported.json(), json!({"code": "00000000", "message": ""}));
    let found = made.product.get(&list).await["data"][0].clone();
    assert_eq!((&found["name"], &found["enabled"]), (&json!("Contain again"), &json!(false)));
    let id = text(&found, "id");
    let mut again = export(&made, &[&id]).await;
    let versions = again["playbooks"][0]["versions"].as_array().expect("a list").clone();
    let stand: Vec<_> = versions.iter().map(|version| (text(version, "version"), text(version, "status"))).collect();
    assert_eq!(stand, [("V1", "EDITING"), ("V2", "EDITING")].map(|(v, s)| (v.to_owned(), s.to_owned())));
    // But for its state it is what it was.
    again["playbooks"][0]["versions"][0]["status"] = json!("PUBLISHED");
    assert_eq!(again["playbooks"], document["playbooks"]);
    let next = made.draft(&id, &[], json!({})).await;
    assert_eq!(made.show_version(&next).await["version"], "V3");
}
