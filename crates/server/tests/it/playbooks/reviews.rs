//! Reviews: the to-do, who may pass, what is on record.

use serde_json::{Value, json};

use super::{INVALID, NO_PART, Playbooks, STATE, UNKNOWN, text};
use crate::product::{keys, no_null, sorted};

async fn to_dos(made: &Playbooks) -> Vec<Value> {
    let list = made.product.get(&made.product.soc("tasks?business_type=PLAYBOOKPUBLISH")).await;
    list["data"].as_array().expect("rows").clone()
}

async fn submitted(made: &Playbooks, workflow: &str, name: &str) -> (String, String) {
    let playbook = made.playbook(name).await;
    let version = made.draft(&playbook, &[workflow], json!({"description": "isolates hosts"})).await;
    made.put(&version, json!({"status": "APPROVING"})).await;
    (playbook, version)
}

#[tokio::test]
async fn what_is_no_verdict_is_refused() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (_, version) = submitted(&made, &workflow, "p").await;
    let uri = made.uri(&format!("versions/{version}/approval"));
    for (body, message) in [
        (json!({}), "result is required"),
        (json!({"result": "MAYBE"}), "result must be one of: PASS, UN_PASS"),
        (json!({"result": "PASS", "content": "x".repeat(1025)}), "content must have at most 1024 characters"),
    ] {
        let found = made.refused("POST", &uri, body, INVALID).await;
        assert!(found.starts_with(message), "{found}");
    }
    made.refused("POST", &made.uri(&format!("versions/{UNKNOWN}/approval")), json!({"result": "PASS"}), NO_PART).await;
    for query in ["resource_id=x", "approve_type=TASK"] {
        made.product.refused("GET", &made.uri(&format!("versions/approval?{query}")), None, INVALID).await;
    }
}

#[tokio::test]
async fn a_submission_opens_a_to_do_and_its_answer_decides() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    for (answer, status, result) in [("CONTINUE", "PUBLISHED", "PASS"), ("TERMINATE", "UNPASSED", "UN_PASS")] {
        let (playbook, version) = submitted(&made, &workflow, answer).await;
        let to_do = to_dos(&made).await.pop().expect("a to-do");
        let expected = format!("{answer} V1");
        assert_eq!((&to_do["name"], &to_do["description"]), (&json!(expected), &json!("isolates hosts")));
        assert_eq!((&to_do["action_id"], &to_do["action_version_id"]), (&json!(playbook), &json!(version)));
        let uri = made.product.soc(&format!("tasks/{}", text(&to_do, "id")));
        let answered = made.data("PUT", &uri, json!({"action": answer, "comment": "seen"})).await;
        assert_eq!((&answered["status"], &answered["review_comments"]), (&json!("finished"), &json!("seen")));
        assert_eq!(made.show_version(&version).await["status"], status);
        let list = made.product.get(&made.uri(&format!("versions/approval?resource_id={playbook}"))).await;
        assert_eq!((&list["data"][0]["result"], &list["data"][0]["content"]), (&json!(result), &json!("seen")));
        made.refused("PUT", &uri, json!({"action": answer}), (400, "SecMaster.20090802")).await;
    }
}

#[tokio::test]
async fn what_was_withdrawn_or_deleted_is_not_to_be_done_any_more() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, version) = submitted(&made, &workflow, "p").await;
    made.put(&version, json!({"status": "EDITING"})).await;
    assert!(to_dos(&made).await.is_empty());
    made.refused("POST", &made.uri(&format!("versions/{version}/approval")), json!({"result": "PASS"}), STATE).await;
    made.put(&version, json!({"status": "APPROVING"})).await;
    assert_eq!(to_dos(&made).await.len(), 1);
    made.product.ok("DELETE", &made.uri(&playbook), None).await;
    assert!(to_dos(&made).await.is_empty());
}

#[tokio::test]
async fn verdicts_on_playbooks_and_workflows_are_listed() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, version) = submitted(&made, &workflow, "p").await;
    let uri = made.uri(&format!("versions/{version}/approval"));
    let answer = made.product.ok("POST", &uri, Some(json!({"result": "UN_PASS", "content": "no"}))).await;
    assert_eq!(keys(&answer), ["code", "data", "message"]);
    no_null(&answer);
    let row = answer["data"].clone();
    assert_eq!(keys(&row), sorted("result content id type resource_id user_id create_time update_time"));
    made.put(&version, json!({"status": "APPROVING"})).await;
    made.decide(&version, "PASS").await;

    let results = async |query: &str| {
        let list = made.product.get(&made.uri(&format!("versions/approval?{query}"))).await;
        assert_eq!(keys(&list), ["code", "data", "message"]);
        let of = |row: &Value| format!("{} {}", text(row, "type"), text(row, "result"));
        list["data"].as_array().expect("rows").iter().map(of).collect::<Vec<_>>()
    };
    let (passed, refused, other) = ("PLAYBOOK PASS", "PLAYBOOK UN_PASS", "AOP_WORKFLOW PASS");
    for (query, expected) in [
        (String::new(), vec![passed, refused, other]),
        ("approve_type=PLAYBOOK".into(), vec![passed, refused]),
        ("approve_type=AOP_WORKFLOW".into(), vec![other]),
        (format!("resource_id={playbook}"), vec![passed, refused]),
        (format!("resource_id={workflow}&approve_type=AOP_WORKFLOW"), vec![other]),
        (format!("resource_id={UNKNOWN}"), vec![]),
    ] {
        assert_eq!(results(&query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn under_four_eyes_the_author_does_not_pass() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (_, version) = submitted(&made, &workflow, "p").await;
    let uri = made.product.workspaces(&format!("/{}", made.product.workspace));
    made.product.ok("PUT", &uri, Some(json!({"name": "soc", "four_eyes": true}))).await;
    let approval = made.uri(&format!("versions/{version}/approval"));
    made.refused("POST", &approval, json!({"result": "PASS"}), (403, "SecMaster.20090609")).await;
    let refusal = made.product.call("admin", "POST", &approval, Some(json!({"result": "UN_PASS"}))).await;
    assert_eq!(refusal.status, 200, "a refusal needs no second pair of eyes");
}
