//! What holds for every built-in class.

use std::collections::HashSet;

use model::{ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use super::rows::{Birth, Rows, rows};
use super::{CLASSES, Class};

/// Search terms of a class are indexed one by one; see `object_term`.
const MOST_SEARCHABLE: usize = 32;

fn tenant(workspace: u128) -> Tenant {
    Tenant { project: ProjectId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(workspace)) }
}

fn born(workspace: u128) -> Rows {
    rows(&Birth {
        tenant: tenant(workspace),
        creator_id: UserId(Uuid::from_u128(2)),
        creator_name: "admin",
        at: Timestamp(0),
    })
}

fn class(name: &str) -> &'static Class {
    CLASSES.iter().find(|class| class.name == name).expect("a built-in class")
}

#[test]
fn the_six_classes_are_there() {
    let names: Vec<&str> = CLASSES.iter().map(|class| class.name).collect();
    assert_eq!(names, ["Alert", "Incident", "Indicator", "Vulnerability", "Resource", "CommonContext"]);
}

#[test]
fn ids_are_name_based_and_differ_between_workspaces() {
    let (first, again, other) = (born(10), born(10), born(11));
    assert_eq!(first.classes, again.classes);
    assert_eq!(first.fields, again.fields);
    assert_eq!(first.types, again.types);
    let mut ids = HashSet::new();
    for rows in [&first, &other] {
        ids.extend(rows.classes.iter().map(|row| row.id.0));
        ids.extend(rows.fields.iter().map(|row| row.id));
        ids.extend(rows.types.iter().map(|row| row.id));
    }
    assert_eq!(ids.len(), 2 * (first.classes.len() + first.fields.len() + first.types.len()));
    assert!(ids.iter().all(|id| id.get_version_num() == 3));
}

#[test]
fn field_keys_and_type_codes_are_unique_in_their_class() {
    let rows = born(10);
    let keys: HashSet<_> = rows.fields.iter().map(|row| (row.dataclass_id, &row.field_key)).collect();
    assert_eq!(keys.len(), rows.fields.len());
    let codes: HashSet<_> =
        rows.types.iter().map(|row| (row.dataclass_id, &row.category_code, &row.sub_category_code)).collect();
    assert_eq!(codes.len(), rows.types.len());
}

#[test]
fn no_class_has_more_searchable_fields_than_can_be_indexed() {
    for class in CLASSES {
        let searchable = class.fields().filter(|field| field.searchable).count();
        assert!((1..=MOST_SEARCHABLE).contains(&searchable), "{}: {searchable}", class.name);
    }
}

#[test]
fn dotted_keys_belong_to_an_object() {
    for class in CLASSES {
        let keys: HashSet<&str> = class.fields().map(|field| field.key).collect();
        for key in &keys {
            if let Some((parent, _)) = key.rsplit_once('.') {
                assert!(keys.contains(parent), "{}: {key} has no {parent}", class.name);
            }
        }
    }
}

#[test]
fn schemas_describe_the_members_of_objects_and_lists() {
    let rows = born(10);
    let schema = |class_name: &str, key: &str| {
        let id = class(class_name).id(tenant(10));
        let row = rows.fields.iter().find(|row| row.dataclass_id == id && row.field_key == key).expect("a field");
        let attributes: serde_json::Value = serde_json::from_str(&row.attributes).expect("JSON");
        let schema = attributes["json_schema"].as_str().expect("text").to_owned();
        serde_json::from_str::<serde_json::Value>(&schema).expect("JSON in text")
    };
    assert_eq!(schema("Alert", "data_source")["properties"]["product_name"]["type"], "string");
    assert_eq!(schema("Alert", "data_source")["properties"]["source_type"]["type"], "integer");
    let network = schema("Incident", "network_list");
    assert_eq!(network["items"]["properties"]["src_ip"]["type"], "string");
    assert_eq!(network["items"]["properties"]["src_geo"]["properties"]["latitude"]["type"], "number");
}

#[test]
fn built_in_types_are_enabled_and_subtypes_stand_under_their_type() {
    let rows = born(10);
    assert!(rows.types.iter().all(|row| row.enabled && row.is_built_in));
    let types: HashSet<_> =
        rows.types.iter().filter(|row| row.level == 1).map(|row| (row.dataclass_id, &row.category_code)).collect();
    for subtype in rows.types.iter().filter(|row| row.level == 2) {
        assert!(!subtype.sub_category_code.is_empty());
        assert!(types.contains(&(subtype.dataclass_id, &subtype.category_code)), "{}", subtype.sub_category_code);
    }
}
