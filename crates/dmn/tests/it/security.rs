//! Tables as a security team writes them.

use crate::support::{check, check_warnings};

/// What to do about a finding, and how soon.
const RESPONSE: &str = r#"FIRST
    in cvss : [0..10]
    in asset.criticality : "crown jewel", "production", "test"
    in exploited
    out response
    out sla
    out page_someone ? false
    [9..10] | "crown jewel" | - => "isolate" | duration("PT1H") | true
    [9..10] | "production" | true => "isolate" | duration("PT4H") | true
    [7..10] | not("test") | - => "patch" | duration("P3D") | exploited
    [7..10] | "test" | - => "patch" | duration("P14D") | false
    [4..7) | - | true => "patch" | duration("P14D") | false
    - | - | - => "accept" | null | false"#;

#[test]
fn severity_and_criticality_give_a_response() {
    check_warnings(RESPONSE, &[]);
    let asset = |cvss: &str, criticality: &str, exploited: bool| {
        format!(r#"{{"cvss": {cvss}, "asset": {{"criticality": "{criticality}"}}, "exploited": {exploited}}}"#)
    };
    for (cvss, criticality, exploited, expected) in [
        ("9.8", "crown jewel", false, r#"{"response":"isolate","sla":"PT1H","page_someone":true} by 1"#),
        ("9.0", "production", true, r#"{"response":"isolate","sla":"PT4H","page_someone":true} by 2"#),
        ("9.8", "production", false, r#"{"response":"patch","sla":"P3D","page_someone":false} by 3"#),
        ("7.0", "crown jewel", true, r#"{"response":"patch","sla":"P3D","page_someone":true} by 3"#),
        ("8.1", "test", true, r#"{"response":"patch","sla":"P14D","page_someone":false} by 4"#),
        ("6.9", "test", true, r#"{"response":"patch","sla":"P14D","page_someone":false} by 5"#),
        ("6.9", "production", false, r#"{"response":"accept","sla":null,"page_someone":false} by 6"#),
        ("0", "test", false, r#"{"response":"accept","sla":null,"page_someone":false} by 6"#),
    ] {
        check(RESPONSE, &[(&asset(cvss, criticality, exploited), expected)]);
    }
    check(
        RESPONSE,
        &[(
            &asset("9.8", "printer", false),
            "Decision.InputNotAllowed: decision 'D': input 'asset.criticality' is \"printer\"; it may be \"crown jewel\", \
             \"production\", \"test\"",
        )],
    );
}

#[test]
fn a_gap_between_intervals_is_not_an_overlap_and_a_shared_end_is() {
    let bands = |medium: &str| {
        format!(
            "UNIQUE\nin cvss\nout band\n[9..10] => \"critical\"\n{medium} => \"high\"\n[4..7) => \"medium\"\n[0..4) => \"low\""
        )
    };
    check_warnings(&bands("[7..9)"), &[]);
    check_warnings(
        &bands("[7..9]"),
        &["overlap r2: rules 1 and 2 both match for example when cvss = 9; hit policy UNIQUE allows one rule"],
    );
}

#[test]
fn points_of_an_alert_add_up() {
    check(
        r#"COLLECT SUM
        in alert.source
        in alert.user.privileged
        in alert.hour
        out points ? 0
        "edr", "siem" | - | - => 20
        - | true | - => 40
        - | - | < 6, >= 22 => 15
        not("honeypot") | false | [6..22) => 0
        "honeypot" | - | - => 100"#,
        &[
            (r#"{"alert": {"source": "edr", "user": {"privileged": true}, "hour": 23}}"#, "75 by 1,2,3"),
            (r#"{"alert": {"source": "honeypot", "user": null, "hour": 12}}"#, "100 by 5"),
            (r#"{"alert": {"source": "mail", "user": {"privileged": false}, "hour": 12}}"#, "0 by 4"),
            (r#"{"alert": {"source": "mail"}}"#, "0 by -"),
        ],
    );
}

#[test]
fn an_allow_list_is_read_from_the_outside() {
    check(
        "FIRST\nin alert.country\nout block\nallowed => false\nnull => null\n- => true",
        &[
            (r#"{"alert": {"country": "NL"}, "allowed": ["NL", "DE"]}"#, "false by 1"),
            (r#"{"alert": {"country": "KP"}, "allowed": ["NL", "DE"]}"#, "true by 3"),
            (r#"{"alert": {}, "allowed": ["NL", "DE"]}"#, "null by 2"),
            (r#"{"alert": {"country": "NL"}, "allowed": []}"#, "true by 3"),
        ],
    );
}
