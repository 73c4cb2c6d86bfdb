//! Each built-in mapping on an event of its source.

use std::fs;
use std::path::Path;

use model::{Map, Timestamp, Value};

use super::*;
use crate::ingest::mapping::Mapped;

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn map(name: &str, event: &str) -> Mapped {
    named(name).expect("is built in").apply(event, NOW).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn object(name: &str, event: &str) -> Map {
    match map(name, event) {
        Mapped::Object(fields) => fields,
        Mapped::Passed => panic!("{name} passed {event}"),
    }
}

/// The object has exactly what is expected in these fields.
fn check(name: &str, event: &str, expected: &str) {
    let (found, expected) = (object(name, event), Value::from_json(expected).expect("JSON"));
    for (field, value) in expected.as_map().expect("an object") {
        let found = found.get(field).unwrap_or(&Value::Null);
        assert_eq!(found.to_json(), value.to_json(), "{name}: {field}");
    }
}

#[test]
fn suricata() {
    let event = r#"{"timestamp": "2024-05-01T10:00:00.000000+0000", "flow_id": 1234567890123456, "event_type": "alert",
        "src_ip": "203.0.113.7", "src_port": 40022, "dest_ip": "10.0.0.5", "dest_port": 22, "proto": "TCP", "app_proto": "ssh",
        "alert": {"action": "allowed", "signature_id": 2001219, "signature": "Potential SSH Scan", "category": "Leak", "severity": 2}}"#;
    check(
        "suricata-eve",
        event,
        r#"{"title": "Potential SSH Scan", "severity": "Medium", "origin_id": "1234567890123456",
            "first_observed_time": "2024-05-01T10:00:00.000000+0000", "file_info": null,
            "network_list": [{"protocol": "ssh", "src_ip": "203.0.113.7", "src_port": 40022, "dest_ip": "10.0.0.5", "dest_port": "22"}],
            "system_info": {"signature_id": 2001219, "action": "allowed"}}"#,
    );
    assert_eq!(map("suricata-eve", r#"{"event_type": "flow"}"#), Mapped::Passed);
}

#[test]
fn wazuh() {
    let event = r#"{"timestamp": "2024-05-01T10:00:00.000+0000", "id": "1714557600.1", "full_log": "sshd: Failed",
        "rule": {"level": 10, "id": "5712", "description": "Brute force", "groups": ["sshd", "authentication_failed"], "firedtimes": 3},
        "agent": {"id": "001", "name": "web-1"}, "data": {"srcip": "203.0.113.7", "srcport": "4022", "dstuser": "root"}}"#;
    check(
        "wazuh",
        event,
        r#"{"title": "Brute force", "severity": "Medium", "labels": "sshd,authentication_failed", "count": 3,
            "network_list": [{"src_ip": "203.0.113.7", "src_port": 4022}], "user_info": [{"user_name": "root"}],
            "resource_list": [{"id": "001", "name": "web-1", "type": "servers"}]}"#,
    );
    check("wazuh", r#"{"rule": {"level": 15, "description": "x"}}"#, r#"{"severity": "Fatal", "resource_list": null}"#);
    assert_eq!(map("wazuh", r#"{"rule": {"level": 2}}"#), Mapped::Passed);
}

#[test]
fn falco() {
    let event = r#"{"uuid": "u-1", "output": "A shell was started", "priority": "Critical", "rule": "Terminal shell", "time": "2024-05-01T10:00:00.123456789Z",
        "source": "syscall", "hostname": "node-1", "tags": ["container", "shell"],
        "output_fields": {"container.id": "4f2a", "container.name": "web", "proc.name": "bash", "proc.pid": 77, "proc.cmdline": "bash -i", "user.name": "root"}}"#;
    check(
        "falco",
        event,
        r#"{"title": "Terminal shell", "severity": "High", "labels": "container,shell", "user_info": [{"user_name": "root"}],
            "resource_list": [{"id": "4f2a", "name": "web", "type": "instances"}],
            "process": [{"process_name": "bash", "process_pid": 77, "process_cmdline": "bash -i"}]}"#,
    );
    assert_eq!(map("falco", r#"{"output": "no rule"}"#), Mapped::Passed);
}

#[test]
fn guardduty() {
    let event = r#"{"detail-type": "GuardDuty Finding", "detail": {"id": "f-1", "accountId": "111122223333", "region": "eu-west-1",
        "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": 7.5, "title": "SSH brute force", "createdAt": "2024-05-01T10:00:00.000Z",
        "service": {"count": 4, "archived": false, "eventFirstSeen": "2024-05-01T09:00:00Z",
            "action": {"networkConnectionAction": {"connectionDirection": "INBOUND", "protocol": "TCP",
                "localPortDetails": {"port": 22}, "remoteIpDetails": {"ipAddressV4": "203.0.113.7"}}}},
        "resource": {"instanceDetails": {"instanceId": "i-1"}}}}"#;
    check(
        "aws-guardduty",
        event,
        r#"{"title": "SSH brute force", "severity": "High", "count": 4, "first_observed_time": "2024-05-01T09:00:00Z",
            "environment": {"vendor_type": "AWS", "domain_id": "111122223333", "region_id": "eu-west-1"},
            "network_list": [{"direction": "IN", "protocol": "TCP", "src_ip": "203.0.113.7", "dest_port": "22"}],
            "resource_list": [{"id": "i-1", "type": "instances", "region_id": "eu-west-1"}]}"#,
    );
    assert_eq!(map("aws-guardduty", r#"{"detail-type": "Health"}"#), Mapped::Passed);
    let archived = r#"{"detail-type": "GuardDuty Finding", "detail": {"service": {"archived": true}}}"#;
    assert_eq!(map("aws-guardduty", archived), Mapped::Passed);
}

#[test]
fn elastic() {
    let event = r#"{"@timestamp": "2024-05-01T10:00:00.000Z", "kibana.alert.rule.name": "Mimikatz", "kibana.alert.severity": "critical",
        "kibana.alert.risk_score": 99.0, "kibana.alert.uuid": "e-1", "host": {"id": "h-1", "name": "pc-1"},
        "process": {"name": "m.exe", "pid": 4, "parent": {"name": "cmd.exe"}}, "source": {"ip": "10.0.0.9", "port": 5}, "destination": {"port": 443}}"#;
    check(
        "elastic-detection",
        event,
        r#"{"title": "Mimikatz", "severity": "Fatal", "confidence": 99, "first_observed_time": "2024-05-01T10:00:00.000Z",
            "resource_list": [{"id": "h-1", "name": "pc-1", "type": "servers"}],
            "network_list": [{"src_ip": "10.0.0.9", "src_port": 5, "dest_port": "443"}],
            "process": [{"process_name": "m.exe", "process_pid": 4, "process_parent_name": "cmd.exe"}]}"#,
    );
    assert_eq!(map("elastic-detection", "{}"), Mapped::Passed);
}

#[test]
fn ocsf() {
    let event = r#"{"class_uid": 2004, "severity_id": 4, "time": 1714557600000, "finding_info": {"uid": "o-1", "title": "Exfiltration"},
        "metadata": {"product": {"vendor_name": "Acme", "name": "EDR"}}, "resources": [{"uid": "vm-1", "name": "db"}],
        "evidences": [{"src_endpoint": {"ip": "10.0.0.1", "port": 1}, "dst_endpoint": {"ip": "203.0.113.9", "port": 443}}, {"actor": {"user": {"name": "eve"}}}]}"#;
    check(
        "ocsf-finding",
        event,
        r#"{"title": "Exfiltration", "severity": "High", "first_observed_time": 1714557600000,
            "network_list": [{"src_ip": "10.0.0.1", "src_port": 1, "dest_ip": "203.0.113.9", "dest_port": "443"}],
            "resource_list": [{"id": "vm-1", "name": "db"}], "user_info": [{"user_name": "eve"}]}"#,
    );
    check(
        "ocsf-finding",
        r#"{"class_uid": 2001, "finding": {"title": "t"}}"#,
        r#"{"title": "t", "network_list": null}"#,
    );
    assert_eq!(map("ocsf-finding", r#"{"class_uid": 1001}"#), Mapped::Passed);
}

#[test]
fn lines_of_syslog() {
    check(
        "cef",
        "<134>Feb 14 19:04:54 fw CEF:0|Acme|Firewall|2.0|5001|Blocked|8|src=203.0.113.7 spt=4022 dst=10.0.0.5 dpt=22 deviceDirection=0 msg=was blocked",
        r#"{"title": "Blocked", "description": "was blocked", "severity": "High", "first_observed_time": "2023-11-14T22:13:20.000Z",
            "network_list": [{"direction": "IN", "src_ip": "203.0.113.7", "src_port": 4022, "dest_ip": "10.0.0.5", "dest_port": "22"}]}"#,
    );
    check("cef", "CEF:0|a|b|1|2|n|Very-High|", r#"{"severity": "Fatal", "network_list": null, "user_info": null}"#);
    check(
        "leef",
        "LEEF:2.0|Acme|Proxy|1|Denied|^|src=10.0.0.1^srcPort=80^sev=5^usrName=joe",
        r#"{"title": "Proxy Denied", "severity": "Medium", "user_info": [{"user_name": "joe"}],
            "network_list": [{"src_ip": "10.0.0.1", "src_port": 80}]}"#,
    );
}

/// Real alerts, where they are there.
#[test]
fn every_real_alert_of_suricata_is_mapped() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/suricata");
    let Ok(files) = fs::read_dir(&folder) else { return };
    let mut mapped = 0;
    for path in files.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some()) {
        let events = Value::from_json(&fs::read_to_string(&path).expect("reads")).expect("JSON");
        for event in events.as_list().expect("a list") {
            let fields = object("suricata-eve", &event.to_json());
            let title = fields.get("title").and_then(Value::as_str);
            assert_eq!(title, event.get("alert").get("signature").as_str());
            assert!(fields.contains_key("network_list") && fields.contains_key("severity"));
            mapped += 1;
        }
    }
    assert!(mapped >= 100, "{mapped}");
}
