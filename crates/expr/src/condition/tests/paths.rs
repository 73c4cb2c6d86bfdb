//! Where conditions look.

use model::Value;

use super::check;
use crate::condition::values_at;

#[test]
fn paths_lead_into_objects() {
    let object = r#"{"environment": {"region_id": "cn-1", "a": {"b": {"c": 1}}}}"#;
    check(object, r#"["environment.region_id", "==", "cn-1"]"#, true);
    check(object, r#"[" environment.a.b.c ", "=", "1"]"#, true);
    check(object, r#"["environment.a.b.c.d", "exists"]"#, false);
    check(object, r#"["environment.x.b", "exists"]"#, false);
    check(object, r#"["region_id", "exists"]"#, false);
    check(object, r#"["environment", "exists"]"#, true);
}

#[test]
fn a_key_with_dots_wins() {
    let object =
        r#"{"a.b": {"c": 1}, "a": {"b": {"c": 2}, "b.c": 3}, "x": {"y": 4, "y.z": {"w": 5}}, "p.": 6, ".": 7}"#;
    check(object, r#"["a.b.c", "=", "1"]"#, true);
    check(object, r#"["a.b.c", "in", "2,3"]"#, false);
    check(object, r#"["x.y.z.w", "=", "5"]"#, true);
    check(object, r#"["x.y", "=", "4"]"#, true);
    check(object, r#"["p.", "=", "6"]"#, true);
    check(object, r#"[".", "=", "7"]"#, true);
    check(r#"{"a": {"b.c": 3}}"#, r#"["a.b.c", "=", "3"]"#, true);
}

#[test]
fn one_item_of_a_list_is_enough() {
    let object = r#"{"net": [{"src_ip": "10.0.0.1", "tags": ["a", "b"]}, {"src_ip": "10.0.0.2"}, 5, null],
                     "labels": ["x", ["y", 3]]}"#;
    check(object, r#"["net.src_ip", "=", "10.0.0.2"]"#, true);
    check(object, r#"["net.src_ip", "=", "10.0.0.3"]"#, false);
    check(object, r#"["net.tags", "=", "b"]"#, true);
    check(object, r#"["labels", "=", "y"]"#, true);
    check(object, r#"["labels", "=", "3"]"#, true);
    check(object, r#"["labels", "contains", "x"]"#, true);
    check(object, r#"["net.src_ip", "exists"]"#, true);
}

#[test]
fn an_opposite_means_that_no_item_is_so() {
    let object = r#"{"net": [{"src_ip": "10.0.0.1"}, {"src_ip": "10.0.0.2"}]}"#;
    check(object, r#"["net.src_ip", "!=", "10.0.0.1"]"#, false);
    check(object, r#"["net.src_ip", "!=", "10.0.0.3"]"#, true);
    check(object, r#"["net.src_ip", "not-in", "10.0.0.3,10.0.0.2"]"#, false);
    check(object, r#"["net.src_ip", "not-contains", "10.0"]"#, false);
    check(object, r#"["net.src_ip", "not cidr", "192.168.0.0/16"]"#, true);
    check(object, r#"["net.src_ip", "not >", "10.0.0.1"]"#, false);
}

#[test]
fn the_values_at_a_path_are_those_that_conditions_compare() {
    let object = Value::from_json(
        r#"{"a.b": 1, "a": {"b": 2}, "net": [{"ip": "x"}, {"ip": null}, {"ip": ["y", "x"]}, {"ip": {"z": 1}}], "t": 1.0}"#,
    )
    .expect("JSON");
    for (path, most, expected) in [
        ("net.ip", 10, r#"["x","y"]"#),
        ("net.ip", 1, r#"["x"]"#),
        ("a.b", 10, "[1]"),
        ("net.ip.z", 10, "[1]"),
        ("net", 10, "[]"),
        ("nothing", 10, "[]"),
        ("t", 10, "[1.0]"),
    ] {
        let values = values_at(&object, path, most).expect(path);
        assert_eq!(Value::list(values).to_json(), expected, "{path}");
    }
    assert!(values_at(&object, " ", 10).is_err());
    assert!(values_at(&object, &"a.".repeat(100), 10).is_err());
}
