//! Each operator on each kind of field and value.

use super::check;

#[test]
fn text_equals_as_it_is_written() {
    let object = r#"{"severity": "High", "title": "", "port": "0022"}"#;
    check(object, r#"["severity", "=", "High"]"#, true);
    check(object, r#"["severity", "==", "High"]"#, true);
    check(object, r#"["severity", "=", "high"]"#, false);
    check(object, r#"["severity", "!=", "Low"]"#, true);
    check(object, r#"["severity", "<>", "High"]"#, false);
    check(object, r#"["severity", "not !=", "High"]"#, true);
    check(object, r#"["severity", "not =", "High"]"#, false);
    check(object, r#"["title", "=", ""]"#, true);
    check(object, r#"["port", "=", "22"]"#, false);
    check(r#"{"severity": 4}"#, r#"["severity", "=", "4"]"#, true);
    check(r#"{"severity": true}"#, r#"["severity", "=", "true"]"#, true);
}

#[test]
fn numbers_compare_as_numbers() {
    for object in [r#"{"count": 10}"#, r#"{"count": "10"}"#, r#"{"count": 10.0}"#, r#"{"count": " 1e1 "}"#] {
        check(object, r#"["count", "=", "10"]"#, true);
        check(object, r#"["count", "=", 10]"#, true);
        check(object, r#"["count", "=", "10.00"]"#, true);
        check(object, r#"["count", ">", "9"]"#, true);
        check(object, r#"["count", ">=", "10"]"#, true);
        check(object, r#"["count", "<", "10"]"#, false);
        check(object, r#"["count", "<=", "9.5"]"#, false);
        check(object, r#"["count", "in", "1,10"]"#, true);
        check(object, r#"["count", "!=", "10.0"]"#, false);
    }
    check(r#"{"count": 12345678901234567890}"#, r#"["count", "<", "12345678901234567891"]"#, true);
    check(r#"{"count": 12345678901234567890}"#, r#"["count", "=", "12345678901234567891"]"#, false);
    check(r#"{"count": -0.0}"#, r#"["count", "=", 0]"#, true);
    check(r#"{"count": 1e400}"#, r#"["count", ">", "1e399"]"#, true);
    for object in [r#"{"count": "many"}"#, r#"{"count": null}"#, r#"{"count": true}"#, r#"{"count": {}}"#, "{}"] {
        check(object, r#"["count", "<", "10"]"#, false);
        check(object, r#"["count", ">=", "10"]"#, false);
        check(object, r#"["count", "=", "10"]"#, false);
        check(object, r#"["count", "!=", "10"]"#, true);
    }
}

#[test]
fn times_compare_as_times_in_every_form() {
    for seen in [
        r#""2025-07-18T14:44:46.735Z+0800""#,
        r#""2025-07-18T14:44:46.735+08:00""#,
        r#""2025-07-18T06:44:46.735Z""#,
        r#""2025-07-18 14:44:46.735""#,
        "1752821086735",
        r#""1752821086735""#,
        "1752821086.735",
    ] {
        let object = format!(r#"{{"seen": {seen}}}"#);
        check(&object, r#"["seen", "=", "2025-07-18T06:44:46.735Z"]"#, true);
        check(&object, r#"["seen", "=", 1752821086735]"#, true);
        check(&object, r#"["seen", ">", "2025-07-18T14:44:46.734Z+0800"]"#, true);
        check(&object, r#"["seen", ">=", "2025-07-18"]"#, true);
        check(&object, r#"["seen", "<", "2025-07-18T07:00:00Z"]"#, true);
        check(&object, r#"["seen", "<", "2025-07-18T07:00:00Z+0800"]"#, false);
        check(&object, r#"["seen", "in", "2025-07-18T06:44:46.735Z,1752821086"]"#, true);
    }
    check(r#"{"seen": "soon"}"#, r#"["seen", ">", "2025-07-18"]"#, false);
    check(r#"{"seen": "2025-07-18T06:44:46Z"}"#, r#"["seen", "startswith", "2025-07"]"#, true);
}

#[test]
fn truth_values_compare_with_their_text() {
    for closed in ["true", r#""true""#, r#""TRUE""#] {
        let object = format!(r#"{{"closed": {closed}}}"#);
        check(&object, r#"["closed", "=", "true"]"#, true);
        check(&object, r#"["closed", "=", true]"#, true);
        check(&object, r#"["closed", "=", "False"]"#, false);
        check(&object, r#"["closed", ">", "false"]"#, true);
    }
    check(r#"{"closed": 1}"#, r#"["closed", "=", "true"]"#, false);
}

#[test]
fn fields_that_nothing_is_known_of_compare_by_what_they_hold() {
    check(r#"{"waf": {"level": 10}}"#, r#"["waf.level", ">", "3"]"#, true);
    check(r#"{"waf": {"level": 10}}"#, r#"["waf.level", "=", "10.0"]"#, true);
    check(r#"{"waf": {"level": 10}}"#, r#"["waf.level", ">", "high"]"#, false);
    check(r#"{"waf": {"level": 10}}"#, r#"["waf.level", "startswith", "1"]"#, true);
    check(r#"{"waf": {"level": "10"}}"#, r#"["waf.level", "=", "10"]"#, true);
    check(r#"{"waf": {"level": "10"}}"#, r#"["waf.level", "=", 10]"#, true);
    check(r#"{"waf": {"level": "10"}}"#, r#"["waf.level", "=", "10.0"]"#, false);
    check(r#"{"waf": {"level": "high"}}"#, r#"["waf.level", ">", "critical"]"#, true);
    check(r#"{"waf": {"on": true}}"#, r#"["waf.on", "=", "TRUE"]"#, true);
    check(r#"{"waf": {"on": "true"}}"#, r#"["waf.on", "=", true]"#, true);
    check(r#"{"waf": {"at": "2025-07-18T14:00:00Z+0800"}}"#, r#"["waf.at", "=", "2025-07-18T06:00:00Z"]"#, true);
    check(r#"{"waf": {"at": "2025-07-18T14:00:00Z+0800"}}"#, r#"["waf.at", ">", "2025-07-18T07:00:00Z"]"#, false);
    check(r#"{"waf": {"at": "2025-07-18T14:00:00Z+0800"}}"#, r#"["waf.at", "in", "x,2025-07-18T06:00:00Z"]"#, true);
    check(r#"{"waf": {}}"#, r#"["waf", "=", ""]"#, false);
}

#[test]
fn texts_that_are_numbers_are_ordered_by_value() {
    for port in ["9", r#""9""#] {
        let object = format!(r#"{{"net": [{{"dest_port": {port}}}], "port": {port}}}"#);
        check(&object, r#"["net.dest_port", "<", "10"]"#, true);
        check(&object, r#"["net.dest_port", ">", "1024"]"#, false);
        check(&object, r#"["port", "<", "10"]"#, true);
    }
    check(r#"{"title": "b"}"#, r#"["title", ">", "a"]"#, true);
    check(r#"{"title": "b"}"#, r#"["title", ">", "9"]"#, true);
    check(r#"{"title": "é"}"#, r#"["title", ">", "z"]"#, true);
}

#[test]
fn in_takes_a_list_in_every_form() {
    let object = r#"{"severity": "Low", "title": "a,b"}"#;
    check(object, r#"["severity", "in", "Tips,Low"]"#, true);
    check(object, r#"["severity", "in", "Tips, Low ,"]"#, true);
    check(object, r#"["severity", "in", "Tips", "Low"]"#, true);
    check(object, r#"["severity", "in", ["Tips", "Low"]]"#, true);
    check(object, r#"["severity", "in", "Tips,High"]"#, false);
    check(object, r#"["severity", "not in", "Tips,High"]"#, true);
    check(object, r#"["severity", "NOT_IN", "Tips,Low"]"#, false);
    check(object, r#"["title", "in", "a,b"]"#, false);
    check(object, r#"["title", "in", ["a,b"]]"#, true);
    check("{}", r#"["severity", "not-in", "Tips"]"#, true);
}

#[test]
fn text_operators_ask_for_parts() {
    let object = r#"{"title": "Brute force on web-01", "count": 1024, "closed": false}"#;
    check(object, r#"["title", "contains", "force"]"#, true);
    check(object, r#"["title", "contain", "Force"]"#, false);
    check(object, r#"["title", "not-contains", "web-02"]"#, true);
    check(object, r#"["title", "startswith", "Brute"]"#, true);
    check(object, r#"["title", "starts with", "brute"]"#, false);
    check(object, r#"["title", "startsWith", ""]"#, true);
    check(object, r#"["title", "endswith", "-01"]"#, true);
    check(object, r#"["title", "not ends-with", "-01"]"#, false);
    check(object, r#"["count", "contains", "02"]"#, true);
    check(object, r#"["count", "startswith", 10]"#, true);
    check(object, r#"["closed", "contains", "als"]"#, true);
    check(object, r#"["absent", "contains", ""]"#, false);
    check(r#"{"title": {"a": "force"}}"#, r#"["title", "contains", "force"]"#, false);
}

#[test]
fn like_knows_percent_and_underscore() {
    for (text, pattern, expected) in [
        ("web-01", "web-01", true),
        ("web-01", "web", false),
        ("web-01", "web%", true),
        ("web-01", "%01", true),
        ("web-01", "%b-%", true),
        ("web-01", "%", true),
        ("", "%", true),
        ("", "", true),
        ("x", "", false),
        ("web-01", "w_b-0_", true),
        ("web-01", "w%-__", true),
        ("web-01", "w%-___", false),
        ("web-01", "WEB%", false),
        ("ab", "a%_b", false),
        ("a\nxb", "a%_b", true),
        ("aéb", "a_b", true),
        ("100%", "100\\%", true),
        ("1000", "100\\%", false),
        ("a_b", "a\\_b", true),
        ("axb", "a\\_b", false),
        ("a\\b", "a\\\\b", true),
        ("a\\b", "a\\b", true),
        ("a.b", "a.%b", true),
        ("axb", "a.%b", false),
        ("web[1]", "%b[_]", true),
    ] {
        let object = model::Value::object([("title", text.into()), ("other", text.into())]).to_json();
        let pattern = model::Value::from(pattern).to_json();
        check(&object, &format!(r#"["title", "like", {pattern}]"#), expected);
        check(&object, &format!(r#"["other", "not like", {pattern}]"#), !expected);
    }
}

#[test]
fn regular_expressions_match_somewhere() {
    let object = r#"{"title": "GET /admin.php?id=17", "count": 404}"#;
    check(object, r#"["title", "regex", "admin\\.php"]"#, true);
    check(object, r#"["title", "regex", "^admin"]"#, false);
    check(object, r#"["title", "regex", "(?i)^get .*\\d+$"]"#, true);
    check(object, r#"["title", "not regex", "^POST"]"#, true);
    check(object, r#"["count", "regex", "^4\\d\\d$"]"#, true);
}

#[test]
fn addresses_lie_in_networks() {
    for (address, network, expected) in [
        ("10.1.2.3", "10.0.0.0/8", true),
        ("11.1.2.3", "10.0.0.0/8", false),
        ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "0.0.0.0/0", true),
        ("::1", "0.0.0.0/0", false),
        ("::ffff:10.1.2.3", "10.0.0.0/8", true),
        ("10.1.2.3", "::ffff:10.0.0.0/104", true),
        ("2001:db8::1", "2001:db8::/32", true),
        ("2001:db9::1", "2001:db8::/32", false),
        ("2001:db8::1", "::/0", true),
        (" 10.1.2.3 ", "10.0.0.0/8", true),
        ("10.1.2.3", "192.168.0.0/16, 10.0.0.0/8", true),
        ("web-01", "0.0.0.0/0", false),
        ("10.1.2.3:22", "10.0.0.0/8", false),
    ] {
        let object = format!(r#"{{"net": [{{"src_ip": "{address}"}}], "ip": "{address}"}}"#);
        check(&object, &format!(r#"["net.src_ip", "cidr", "{network}"]"#), expected);
        check(&object, &format!(r#"["ip", "cidr", "{network}"]"#), expected);
        check(&object, &format!(r#"["ip", "not cidr", "{network}"]"#), !expected);
    }
    check(r#"{"ip": "10.1.2.3"}"#, r#"["ip", "cidr", ["192.168.0.0/16", "10.0.0.0/8"]]"#, true);
}

#[test]
fn what_is_null_or_empty_does_not_exist() {
    let object = r#"{"a": null, "b": [], "c": [null], "d": "", "e": {}, "f": [0], "g": false}"#;
    for (field, expected) in
        [("a", false), ("b", false), ("c", false), ("d", true), ("e", true), ("f", true), ("g", true), ("h", false)]
    {
        check(object, &format!(r#"["{field}", "exists"]"#), expected);
        check(object, &format!(r#"["{field}", "exists", ""]"#), expected);
        check(object, &format!(r#"["{field}", "not-exists"]"#), !expected);
        check(object, &format!(r#"["{field}", "not exist", null]"#), !expected);
        check(object, &format!(r#"["{field}", "!=", null]"#), expected);
        check(object, &format!(r#"["{field}", "=", null]"#), !expected);
    }
}
