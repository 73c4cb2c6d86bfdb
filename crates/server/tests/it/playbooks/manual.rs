//! Running playbooks by hand.

use serde_json::{Value, json};

use super::{INVALID, NO_PLAYBOOK, Playbooks, UNKNOWN, text};
use crate::product::no_null;

const NOT_ENABLED: (u16, &str) = (400, "SecMaster.20090509");
const NO_OBJECT: (u16, &str) = (400, "SecMaster.20030005");

fn run(made: &Playbooks, playbook: &str) -> String {
    made.product.workspaces(&format!("/{}/muster/playbooks/{playbook}/run", made.product.workspace))
}

#[tokio::test]
async fn what_cannot_be_run_is_refused() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let (playbook, version) = made.published("p", &[&workflow], json!({})).await;
    let (uri, alert) = (run(&made, &playbook), made.product.object("Alert").await);
    made.refused("POST", &run(&made, UNKNOWN), json!({}), NO_PLAYBOOK).await;
    for body in [json!({"object_id": alert}), json!({"simulation": {"severity": "High"}})] {
        made.refused("POST", &uri, body, NOT_ENABLED).await;
    }
    made.enable(&playbook, &version).await;
    for (body, message) in [
        (json!({}), "object_id or simulation is required: the playbook works on data objects"),
        (json!({"object_id": "x"}), "object_id must be a UUID"),
        (json!({"simulation": [1]}), "simulation must be an object of at most 8 MiB"),
        (json!({"simulation": "{"}), "simulation must be an object, or text that holds one as JSON: "),
        (json!({"object_id": alert, "simulation": {}}), "object_id must be left out when there is a simulation"),
    ] {
        let found = made.refused("POST", &uri, body, INVALID).await;
        assert!(found.starts_with(message), "{found}");
    }
    let incident = made.product.object("Incident").await;
    for object in [UNKNOWN, &incident] {
        made.refused("POST", &uri, json!({"object_id": object}), NO_OBJECT).await;
    }
    let answer = made.product.call("reader", "POST", &uri, Some(json!({"object_id": alert}))).await.failure();
    assert_eq!(answer.2, "the permission secmaster:playbook:execute is needed");
}

#[tokio::test]
async fn a_playbook_is_run_on_an_object_or_with_a_simulation() {
    let made = Playbooks::new().await;
    let workflow = made.enabled_workflow("w").await;
    let rule = json!({"rule": {"conditions": [{"name": "a", "data": ["severity", "=", "Never"]}]}});
    let (playbook, version) = made.published("Isolate", &[&workflow], json!({"rule_enable": true, "rule": rule})).await;
    made.enable(&playbook, &version).await;
    let (uri, alert) = (run(&made, &playbook), made.product.object("Alert").await);

    let answer = made.product.ok("POST", &uri, Some(json!({"object_id": alert}))).await;
    no_null(&answer);
    let manual = &answer["data"];
    assert_eq!((&manual["trigger_type"], &manual["name"]), (&json!("MANUAL"), &json!("Isolate SYN flood")));
    assert_eq!(manual["dataobject"], json!({"id": alert, "name": "SYN flood"}));
    let shown: Value = made.product.get(&made.uri(&format!("instances/{}", text(manual, "id")))).await;
    assert_eq!(&shown, manual);
    // It may be run again.
    made.data("POST", &uri, json!({"object_id": alert})).await;
    let list = made.product.get(&made.uri("instances?trigger_type=MANUAL")).await;
    assert_eq!(list["count"], 2);

    // A simulation needs the version alone.
    made.data("PUT", &made.uri(&playbook), json!({"enabled": false})).await;
    made.refused("POST", &uri, json!({"object_id": alert}), NOT_ENABLED).await;
    let debug = made.data("POST", &uri, json!({"simulation": {"severity": "High"}})).await;
    assert_eq!((&debug["trigger_type"], &debug["dataobject"]["id"]), (&json!("DEBUG"), &json!("")));
}
