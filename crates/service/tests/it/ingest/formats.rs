//! Each built-in mapping on an event of its product, as far as the alert; lines of syslog; a mapping's trial.

use model::Value;
use service::ingest::builtin::BUILTINS;
use service::ingest::mapping::Mapped;
use service::ingest::receive::Delivery;
use service::ingest::source::SourceInput;
use service::ingest::trial::TryMapping;

use super::{receipt, shown, some, webhook};
use crate::installation::refusal;
use crate::room::{Room, json};

/// An event for each built-in mapping, with the title, severity and first source address of its alert.
const SAMPLES: &[(&str, &str, [&str; 3])] = &[
    (
        "suricata-eve",
        r#"{"timestamp": "2024-05-01T10:00:00.000000+0000", "flow_id": 1234567890123456, "event_type": "alert",
            "src_ip": "203.0.113.7", "src_port": 40022, "dest_ip": "10.0.0.5", "dest_port": 22, "proto": "TCP",
            "alert": {"action": "allowed", "signature_id": 2001219, "signature": "Potential SSH Scan", "severity": 2}}"#,
        ["Potential SSH Scan", "Medium", "203.0.113.7"],
    ),
    (
        "wazuh",
        r#"{"timestamp": "2024-05-01T10:00:00.000+0000", "id": "1714557600.1", "full_log": "sshd: Failed",
            "rule": {"level": 12, "id": "5712", "description": "Brute force", "groups": ["sshd"], "firedtimes": 3},
            "agent": {"id": "001", "name": "web-1"}, "data": {"srcip": "203.0.113.8", "srcport": "4022"}}"#,
        ["Brute force", "High", "203.0.113.8"],
    ),
    (
        "falco",
        r#"{"uuid": "u-1", "output": "A shell was started", "priority": "Critical", "rule": "Terminal shell",
            "time": "2024-05-01T10:00:00.123456789Z", "hostname": "node-1", "tags": ["container"],
            "output_fields": {"container.id": "4f2a", "proc.name": "bash", "proc.pid": 77}}"#,
        ["Terminal shell", "High", ""],
    ),
    (
        "aws-guardduty",
        r#"{"detail-type": "GuardDuty Finding", "detail": {"id": "f-1", "accountId": "111122223333",
            "region": "eu-west-1", "type": "UnauthorizedAccess:EC2/SSHBruteForce", "severity": 9.1,
            "title": "SSH brute force", "createdAt": "2024-05-01T10:00:00.000Z", "updatedAt": "2024-05-01T10:00:00.000Z",
            "service": {"count": 4, "action": {"networkConnectionAction": {"connectionDirection": "INBOUND",
                "localPortDetails": {"port": 22}, "remoteIpDetails": {"ipAddressV4": "203.0.113.9"}}}}}}"#,
        ["SSH brute force", "Fatal", "203.0.113.9"],
    ),
    (
        "elastic-detection",
        r#"{"@timestamp": "2024-05-01T10:00:00.000Z", "kibana.alert.rule.name": "Mimikatz",
            "kibana.alert.severity": "low", "kibana.alert.risk_score": 21.0, "kibana.alert.uuid": "e-1",
            "source": {"ip": "10.0.0.9", "port": 5}, "destination": {"port": 443}, "process": {"pid": 4}}"#,
        ["Mimikatz", "Low", "10.0.0.9"],
    ),
    (
        "ocsf-finding",
        r#"{"class_uid": 2004, "severity_id": 4, "time": 1714557600000, "finding_info": {"uid": "o-1", "title": "Leak"},
            "metadata": {"product": {"vendor_name": "Acme", "name": "EDR"}}, "resources": [{"uid": "vm-1", "name": "db"}],
            "evidences": [{"src_endpoint": {"ip": "10.0.0.1", "port": 1}, "dst_endpoint": {"port": 443}}]}"#,
        ["Leak", "High", "10.0.0.1"],
    ),
    (
        "cef",
        "<134>Feb 14 19:04:54 fw CEF:0|Acme|Firewall|2.0|5001|Blocked|8|src=203.0.113.7 spt=4022 dpt=22 msg=was blocked",
        ["Blocked", "High", "203.0.113.7"],
    ),
    (
        "leef",
        "<13>1 host LEEF:2.0|Acme|Proxy|1|Denied|^|src=10.0.0.1^srcPort=80^sev=5^usrName=joe",
        ["Proxy Denied", "Medium", "10.0.0.1"],
    ),
];

#[tokio::test]
async fn every_built_in_mapping_makes_alerts() {
    let room = Room::new().await;
    let mut sampled: Vec<&str> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    sampled.sort_unstable();
    assert_eq!(sampled, BUILTINS.iter().map(|builtin| builtin.name).collect::<Vec<_>>(), "a sample for each");
    for (name, event, expected) in SAMPLES {
        let input = SourceInput { mapping: None, builtin: some(name), ..webhook(name) };
        let made = room.source(input).await;
        let taken = room.deliver(&made, event).await;
        let letters = room.letters().await;
        assert_eq!(taken, receipt(1, 0, 0, 0), "{name}: {:?}", letters.first().map(|letter| &letter.reason));
        let alert = room.objects("Alert").await.pop().expect("an alert");
        let flow = alert.get("network_list").as_list().and_then(<[Value]>::first).cloned().unwrap_or_default();
        let found = [alert.get("title").to_text(), alert.get("severity").to_text(), flow.get("src_ip").to_text()];
        assert_eq!(found, *expected, "{name}");
    }
}

#[tokio::test]
async fn lines_of_syslog_are_taken_in_line_by_line() {
    let room = Room::new().await;
    let builtin = |name: &str| SourceInput { mapping: None, builtin: some(name), ..webhook(name) };
    let (cef, leef) = (room.source(builtin("cef")).await, room.source(builtin("leef")).await);
    let lines = "CEF:0|a|b|1|2|first|3|src=10.0.0.1\r\nsomething else\nhost CEF:1|a|b|1|2|second|3|\n";
    assert_eq!(room.deliver(&cef, lines).await, receipt(2, 0, 0, 1));
    assert_eq!(room.letters().await[0].reason, "the line has no 'CEF:'");
    assert_eq!(room.deliver(&leef, "LEEF:1.0|a|b|1|3|sev=9\tname=third\nLEEF:1.0|a").await, receipt(1, 0, 0, 1));
    assert_eq!(room.titles().await, ["first", "second", "third"]);
}

#[tokio::test]
async fn a_mapping_is_tried_before_it_is_saved() {
    let room = Room::new().await;
    let service = &room.made.service;
    let mapping =
        json(r#"{"format": "JSON", "accept": "event.n > 1", "fields": {"title": "${'n=' + string(event.n)}"}}"#);
    let events = [r#"{"n": 2}"#, r#"{"n": 1}"#, r#"{"n": "x"}"#].map(str::to_owned);
    let input = TryMapping {
        mapping: Some(Value::map(mapping.clone())),
        events: Some(events.to_vec()),
        ..TryMapping::default()
    };
    let tried = service.try_mapping(&room.ctx, input).await.expect("is tried");
    assert_eq!(tried[0], Ok(Mapped::Object(json(r#"{"title": "n=2"}"#))));
    assert_eq!(tried[1], Ok(Mapped::Passed));
    assert!(tried[2].as_ref().is_err_and(|reason| reason.starts_with("accept: ")), "{:?}", tried[2]);
    assert_eq!((room.titles().await.len(), room.letters().await.len()), (0, 0), "nothing is saved");

    let made = room.source(SourceInput { mapping: Some(Value::map(mapping)), ..webhook("tried") }).await;
    let by_line = Delivery { by_line: true, ..shown(&made.secret, &events.join("\n")) };
    let taken = room.receive(made.source.row.id, by_line).await.expect("is taken in");
    assert_eq!(taken, receipt(1, 0, 1, 1), "as it was tried");
}

#[tokio::test]
async fn what_is_wrong_with_a_trial_names_the_field() {
    let room = Room::new().await;
    let events = || Some(vec!["{}".to_owned()]);
    let mapping = |text: &str| Some(Value::map(json(text)));
    let unknown = mapping(r#"{"format": "JSON", "fields": {"title": "${alert.title}"}, "filter": "true"}"#);
    for (input, expected) in [
        (TryMapping { events: events(), ..TryMapping::default() }, "one of mapping and builtin is required"),
        (TryMapping { builtin: some("zeek"), events: events(), mapping: None }, "builtin must be one of "),
        (TryMapping { builtin: some("cef"), ..TryMapping::default() }, "events is required"),
        (TryMapping { mapping: unknown.clone(), events: events(), builtin: None }, "mapping: filter is not a member"),
        (TryMapping { mapping: unknown, events: events(), builtin: None }, "mapping: fields: there is no 'alert'"),
        (
            TryMapping { builtin: some("cef"), events: Some(vec!["x".repeat((1 << 20) + 1)]), mapping: None },
            "events must be at most 100, each of at most 1 MiB",
        ),
    ] {
        let (code, message) = refusal(room.made.service.try_mapping(&room.ctx, input).await);
        assert_eq!(code, "SecMaster.20030001");
        assert!(message.contains(expected), "{message}");
    }
}
