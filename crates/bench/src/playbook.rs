//! The playbooks that alerts set off, and how one is published: created, given a version, approved, enabled.

use serde_json::{Value, json};

use crate::api::{Session, text};
use crate::http::Connection;

/// A playbook that a new alert sets off when its field equals the value, and that runs a workflow then; enabled. Its id.
pub(crate) async fn publish(
    session: &Session,
    connection: &mut Connection,
    name: &str,
    dataclass: &str,
    workflow: &str,
    (field, value): (&str, &str),
) -> anyhow::Result<String> {
    let created = session.call(connection, "POST", "/playbooks", Some(json!({"name": name}))).await?;
    let id = text(&created, "/data/id")?;
    let rule = json!({
        "expression_type": "common",
        "conditions": [{"name": "one", "detail": value, "data": [field, "==", value]}],
        "logics": ["one"],
    });
    let version = json!({
        "dataclass_id": dataclass,
        "trigger_type": "EVENT",
        "dataobject_create": true,
        "action_strategy": "ASYNC",
        "rule_enable": true,
        "rule": {"rule": rule},
        "actions": [{"name": "respond", "action_type": "AOP_WORKFLOW", "action_id": workflow}],
    });
    let version = session.call(connection, "POST", &format!("/playbooks/{id}/versions"), Some(version)).await?;
    let version = text(&version, "/data/id")?;
    let path = format!("/playbooks/versions/{version}");
    session.call(connection, "PUT", &path, Some(json!({"status": "APPROVING"}))).await?;
    let passed = json!({"content": "measured", "result": "PASS"});
    session.call(connection, "POST", &format!("{path}/approval"), Some(passed)).await?;
    let enabled = json!({"enabled": true, "active_version_id": version});
    session.call(connection, "PUT", &format!("/playbooks/{id}"), Some(enabled)).await?;
    Ok(id.to_owned())
}

/// The body that creates an alert; `title` may hold marks for a number.
pub(crate) fn alert(title: &str, severity: &str) -> Value {
    json!({"data_object": {
        "title": title,
        "severity": severity,
        "confidence": 8,
        "description": "203.0.113.7 connected to 198.51.100.23 on port 1433",
        "origin_id": "2010935",
        "labels": "scan,mssql",
        "handle_status": "Open",
        "network_list": [{"src_ip": "203.0.113.7", "src_port": 51123, "dest_ip": "198.51.100.23", "dest_port": 1433}],
        "environment": {"vendor_type": "Suricata", "region_id": "local-1"},
    }})
}
