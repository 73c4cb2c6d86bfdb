//! Data classes, fields and types.

use std::time::Duration;

use model::DataClassId;
use service::dataclass::{CreateType, ListDataClasses, ListFields, ListTypes, SetLayout, Type};
use service::{Ctx, Error};
use uuid::Uuid;

use crate::installation::{Installation, admin, caller, project, refusal, stranger};

const INVALID: &str = "SecMaster.20030001";
const NO_CLASS: &str = "SecMaster.20040402";
const NO_TYPE: &str = "SecMaster.20090401";
const TAKEN: &str = "SecMaster.20090402";
const BUILT_IN: &str = "SecMaster.20090403";

async fn class(made: &Installation, ctx: &Ctx, name: &str) -> DataClassId {
    let input = ListDataClasses { business_code: Some(name.into()), ..ListDataClasses::default() };
    let page = made.service.list_dataclasses(ctx, input).await.expect("lists");
    assert_eq!(page.rows.len(), 1, "{name}");
    page.rows[0].row.id
}

fn unknown() -> DataClassId {
    DataClassId(Uuid::from_u128(0xdead))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A subtype of a type that no class is born with.
fn subtype() -> CreateType {
    CreateType {
        category: some("Rogue device"),
        category_code: some("RogueDevice"),
        sub_category: some("Rogue access point"),
        sub_category_code: some("RogueAccessPoint"),
        description: some("Somebody plugged it in."),
        enabled: Some(true),
        sla: Some(30),
        ..CreateType::default()
    }
}

#[tokio::test]
async fn classes_are_listed_by_every_filter() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let none = ListDataClasses::default;
    let all = ["Alert", "CommonContext", "Incident", "Indicator", "Resource", "Vulnerability"];
    let cases: Vec<(ListDataClasses, &[&str])> = vec![
        (none(), &all),
        (ListDataClasses { name: some("IN"), ..none() }, &["Incident", "Indicator"]),
        (ListDataClasses { business_code: some("Alert"), ..none() }, &["Alert"]),
        (ListDataClasses { business_code: some("Ale"), ..none() }, &[]),
        (ListDataClasses { description: some("ASSET to protect"), ..none() }, &["Resource"]),
        (ListDataClasses { is_built_in: Some(true), ..none() }, &all),
        (ListDataClasses { is_built_in: Some(false), ..none() }, &[]),
        (ListDataClasses { offset: Some(1), limit: Some(2), ..none() }, &["CommonContext", "Incident"]),
        (ListDataClasses { offset: Some(10_000), ..none() }, &[]),
    ];
    for (input, expected) in cases {
        let shown = format!("{input:?}");
        let page = made.service.list_dataclasses(&ctx, input).await.expect("lists");
        let names: Vec<&str> = page.rows.iter().map(|class| class.row.name.as_str()).collect();
        assert_eq!(names, expected, "{shown}");
    }
}

#[tokio::test]
async fn a_class_tells_where_it_is_and_how_many_types_it_has() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let id = class(&made, &ctx, "Indicator").await;
    let shown = made.service.get_dataclass(&ctx, id).await.expect("there");
    assert_eq!((shown.row.name.as_str(), shown.row.is_built_in, shown.row.parent_id), ("Indicator", true, None));
    assert_eq!(shown.row.creator_name, "admin");
    assert_eq!(shown.beside.region_id, "local-1");
    assert_eq!(shown.beside.domain_id, admin().principal.domain);
    let types = made.service.list_dataclass_types(&ctx, id, ListTypes::default()).await.expect("lists");
    assert_eq!(shown.beside.number, types.total);
}

#[tokio::test]
async fn fields_are_listed_in_their_order_and_by_every_filter() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let keys = async |input: ListFields| {
        let (class, page) = made.service.list_dataclass_fields(&ctx, alert, input).await.expect("lists");
        assert_eq!(class.name, "Alert");
        (page.rows.into_iter().map(|field| field.row.field_key).collect::<Vec<_>>(), page.total)
    };
    let none = ListFields::default;
    let (first, total) = keys(none()).await;
    assert_eq!(&first[..3], ["id", "version", "title"]);
    assert_eq!((first.len(), total > 40), (10, true));
    let (all, _) = keys(ListFields { limit: Some(1000), ..none() }).await;
    assert_eq!(all.len() as i64, total);
    for key in ["severity", "handle_status", "data_source.product_name", "network_list", "alert_type.alert_type"] {
        assert!(all.iter().any(|known| known == key), "{key}");
    }
    let (second, _) = keys(ListFields { offset: Some(10), ..none() }).await;
    assert_eq!(second, all[10..20]);
    assert_eq!(keys(ListFields { name: some("title"), ..none() }).await.0, ["title"]);
    assert_eq!(keys(ListFields { is_built_in: Some(true), ..none() }).await.1, total);
    assert_eq!(keys(ListFields { is_built_in: Some(false), ..none() }).await.1, 0);
    let (times, _) = keys(ListFields { field_category: some("time"), ..none() }).await;
    assert!(times.iter().all(|key| key.ends_with("_time")) && !times.is_empty(), "{times:?}");
    assert_eq!(keys(ListFields { field_category: some("nothing"), ..none() }).await.1, 0);
    let (mapped, others) = (
        keys(ListFields { mapping: Some(true), ..none() }).await.1,
        keys(ListFields { mapping: Some(false), ..none() }).await,
    );
    assert_eq!(mapped + others.1, total);
    assert!(others.0.iter().any(|key| key == "id"), "the server sets the id");
}

#[tokio::test]
async fn a_field_has_all_its_attributes() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let input = ListFields { name: some("Severity"), ..ListFields::default() };
    let (_, page) = made.service.list_dataclass_fields(&ctx, alert, input).await.expect("lists");
    let severity = &page.rows[0];
    assert_eq!(severity.row.field_type, "Enum");
    assert_eq!((severity.row.searchable, severity.row.required, severity.row.is_built_in), (true, false, true));
    assert_eq!(severity.attributes.extra_json, r#"{"options":["Tips","Low","Medium","High","Fatal"]}"#);
    assert_eq!((severity.attributes.visible, severity.attributes.editable), (true, true));
    assert_eq!(severity.attributes.display_type, "radio");
}

#[tokio::test]
async fn a_subtype_brings_its_type_along() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let created = made.service.create_dataclass_type(&ctx, alert, subtype()).await.expect("created");
    let row = &created.row;
    assert_eq!((row.category.as_str(), row.sub_category.as_str()), ("Rogue device", "Rogue access point"));
    assert_eq!((row.level, row.sla, row.enabled, row.is_built_in), (2, 30, true, false));
    assert_eq!((row.dataclass_business_code.as_str(), row.creator_name.as_str()), ("Alert", "admin"));
    assert_eq!(created.beside.number, 0);

    let second = CreateType { sub_category_code: some("Keylogger"), sub_category: some("Keylogger"), ..subtype() };
    made.service.create_dataclass_type(&ctx, alert, second).await.expect("under the same type");
    let found =
        types(&made, &ctx, alert, ListTypes { category_code: some("RogueDevice"), ..ListTypes::default() }).await;
    let parents: Vec<&Type> = found.iter().filter(|kind| kind.row.level == 1).collect();
    assert_eq!((found.len(), parents.len()), (3, 1));
    assert_eq!((parents[0].row.category.as_str(), parents[0].beside.number), ("Rogue device", 2));

    let renamed = CreateType { category: some("Other name"), sub_category_code: some("X"), ..subtype() };
    let (code, message) = refusal(made.service.create_dataclass_type(&ctx, alert, renamed).await);
    assert_eq!((code, message.contains("category must be 'Rogue device'")), (INVALID, true), "{message}");
}

#[tokio::test]
async fn a_subtype_goes_under_a_built_in_type() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let input = CreateType { category: some("Malware"), category_code: some("Malware"), ..subtype() };
    made.service.create_dataclass_type(&ctx, alert, input).await.expect("created");
    let query = ListTypes { category_code: some("Malware"), level: Some(1), ..ListTypes::default() };
    let malware = types(&made, &ctx, alert, query).await;
    assert_eq!((malware.len(), malware[0].row.is_built_in, malware[0].beside.number), (1, true, 10));
}

async fn types(made: &Installation, ctx: &Ctx, class: DataClassId, query: ListTypes) -> Vec<Type> {
    let query = ListTypes { limit: query.limit.or(Some(1000)), ..query };
    made.service.list_dataclass_types(ctx, class, query).await.expect("lists").rows
}

#[tokio::test]
async fn each_class_has_its_own_rules_for_types() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let single = || CreateType {
        category: some("Wallet"),
        category_code: some("Wallet"),
        enabled: Some(false),
        sla: Some(0),
        ..CreateType::default()
    };
    let custom = |level| CreateType {
        name: some("Camera"),
        business_code: some("camera"),
        dataclass_business_code: some("Resource"),
        level: Some(level),
        enabled: Some(true),
        sla: Some(0),
        ..CreateType::default()
    };
    for name in ["Indicator", "Vulnerability"] {
        let id = class(&made, &ctx, name).await;
        let created = made.service.create_dataclass_type(&ctx, id, single()).await.expect(name);
        assert_eq!((created.row.level, created.row.enabled), (1, false), "{name}");
    }
    let resource = class(&made, &ctx, "Resource").await;
    let first = made.service.create_dataclass_type(&ctx, resource, custom(1)).await.expect("a type");
    assert_eq!((first.row.category.as_str(), first.row.category_code.as_str()), ("Camera", "camera"));
    let second = made.service.create_dataclass_type(&ctx, resource, custom(2)).await.expect("a subtype");
    assert_eq!((second.row.sub_category.as_str(), second.row.sub_category_code.as_str()), ("Camera", "camera"));

    let wrong: Vec<(&str, CreateType, &str)> = vec![
        ("Alert", CreateType { category: None, ..subtype() }, "category is required"),
        ("Alert", CreateType { category_code: None, ..subtype() }, "category_code is required"),
        ("Alert", CreateType { sub_category: None, ..subtype() }, "sub_category is required"),
        ("Incident", CreateType { sub_category_code: None, ..subtype() }, "sub_category_code is required"),
        ("Alert", CreateType { name: some("x"), ..subtype() }, "name must be empty for types of Alert"),
        ("Alert", CreateType { business_code: some("x"), ..subtype() }, "business_code must be empty"),
        ("Alert", CreateType { sub_category: Some("x".repeat(65)), ..subtype() }, "sub_category must have 1 to 64"),
        ("Alert", CreateType { sub_category_code: some("a\0"), ..subtype() }, "sub_category_code must not contain"),
        ("Alert", CreateType { description: Some("x".repeat(1025)), ..subtype() }, "description must have at most"),
        ("Alert", CreateType { enabled: None, ..subtype() }, "enabled is required"),
        ("Alert", CreateType { sla: None, ..subtype() }, "sla is required"),
        ("Alert", CreateType { sla: Some(-1), ..subtype() }, "sla must be between 0 and"),
        ("Alert", CreateType { sla: Some(i64::MAX), ..subtype() }, "sla must be between 0 and"),
        ("Indicator", CreateType { category: None, ..single() }, "category is required"),
        ("Indicator", subtype(), "sub_category must be empty for types of Indicator"),
        ("Vulnerability", subtype(), "sub_category_code must be empty for types of Vulnerability"),
        ("Resource", CreateType { name: None, ..custom(1) }, "name is required"),
        ("Resource", CreateType { business_code: some(""), ..custom(1) }, "business_code must have 1 to 64"),
        ("Resource", CreateType { level: None, ..custom(1) }, "level is required"),
        ("Resource", custom(3), "level must be between 1 and 2"),
        ("Resource", CreateType { dataclass_business_code: None, ..custom(1) }, "dataclass_business_code is required"),
        (
            "Resource",
            CreateType { dataclass_business_code: some("Alert"), ..custom(1) },
            "dataclass_business_code must be 'Resource'",
        ),
        ("Resource", CreateType { category: some("x"), ..custom(1) }, "category must be empty for types of Resource"),
        ("CommonContext", custom(1), "dataclass_business_code must be 'CommonContext'"),
    ];
    for (name, input, expected) in wrong {
        let id = class(&made, &ctx, name).await;
        let (code, message) = refusal(made.service.create_dataclass_type(&ctx, id, input).await);
        assert_eq!(code, INVALID, "{expected}");
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

#[tokio::test]
async fn codes_are_unique_in_a_class() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let (alert, incident) = (class(&made, &ctx, "Alert").await, class(&made, &ctx, "Incident").await);
    made.service.create_dataclass_type(&ctx, alert, subtype()).await.expect("created");
    made.service.create_dataclass_type(&ctx, incident, subtype()).await.expect("in another class");
    let (code, message) = refusal(made.service.create_dataclass_type(&ctx, alert, subtype()).await);
    assert_eq!(code, TAKEN);
    assert!(message.contains("RogueAccessPoint"), "{message}");
    let indicator = class(&made, &ctx, "Indicator").await;
    let known = CreateType {
        category: some("x"),
        category_code: some("IPv4"),
        enabled: Some(true),
        sla: Some(0),
        ..CreateType::default()
    };
    assert_eq!(refusal(made.service.create_dataclass_type(&ctx, indicator, known).await).0, TAKEN);
}

#[tokio::test]
async fn types_are_listed_by_every_filter() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let built_in = types(&made, &ctx, alert, ListTypes::default()).await.len();
    made.pass(Duration::from_secs(1));
    let input = CreateType { enabled: Some(false), ..subtype() };
    let created = made.service.create_dataclass_type(&ctx, alert, input).await.expect("created");
    made.pass(Duration::from_secs(1));
    let layout = SetLayout {
        id: Some(created.row.id.to_string()),
        layout_id: Some(Uuid::from_u128(9).to_string()),
        layout_name: some("My layout"),
    };
    made.service.set_dataclass_type_layout(&ctx, alert, layout).await.expect("set");
    let none = ListTypes::default;
    for (query, expected) in [
        (ListTypes { sub_category: some("ACCESS point"), ..none() }, 1),
        (ListTypes { name: some("rogue"), ..none() }, 2),
        (ListTypes { category_code: some("RogueDevice"), ..none() }, 2),
        (ListTypes { category_code: some("Rogue"), ..none() }, 0),
        (ListTypes { enabled: Some(false), ..none() }, 1),
        (ListTypes { enabled: Some(true), ..none() }, built_in + 1),
        (ListTypes { is_built_in: Some(false), ..none() }, 2),
        (ListTypes { is_built_in: Some(true), ..none() }, built_in),
        (ListTypes { layout_name: some("my"), ..none() }, 1),
        (ListTypes { level: Some(1), is_built_in: Some(false), ..none() }, 1),
        (ListTypes { level: Some(2), is_built_in: Some(false), ..none() }, 1),
        (ListTypes { limit: Some(5), ..none() }, 5),
        (ListTypes { offset: Some(10_000), ..none() }, 0),
    ] {
        let shown = format!("{query:?}");
        assert_eq!(types(&made, &ctx, alert, query).await.len(), expected, "{shown}");
    }
    let newest = types(&made, &ctx, alert, ListTypes { order: some("desc"), limit: Some(2), ..none() }).await;
    assert!(newest.iter().all(|kind| !kind.row.is_built_in), "newest first");
    let oldest = types(&made, &ctx, alert, ListTypes { order: some("ASC"), limit: Some(1), ..none() }).await;
    assert!(oldest[0].row.is_built_in);
    let changed = types(&made, &ctx, alert, ListTypes { sortby: some("update_time"), limit: Some(1), ..none() }).await;
    assert_eq!(changed[0].row.id, created.row.id);
    for (query, expected) in [
        (ListTypes { level: Some(0), ..none() }, "level must be between 1 and 2"),
        (ListTypes { order: some("up"), ..none() }, "order must be ASC or DESC"),
        (ListTypes { sortby: some("name"), ..none() }, "sortby must be one of"),
        (ListTypes { limit: Some(1001), ..none() }, "limit must be between 1 and 1000"),
        (ListTypes { name: some("\0"), ..none() }, "name must not contain U+0000"),
    ] {
        let (_, message) = refusal(made.service.list_dataclass_types(&ctx, alert, query).await);
        assert!(message.contains(expected), "{message} should say: {expected}");
    }
}

async fn enable(made: &Installation, ctx: &Ctx, class: DataClassId, on: bool, ids: &[Uuid]) -> Result<(), Error> {
    let ids = ids.iter().map(Uuid::to_string).collect();
    made.service.enable_dataclass_types(ctx, class, Some(on), Some(ids)).await
}

async fn delete(made: &Installation, ctx: &Ctx, class: DataClassId, ids: &[Uuid]) -> Result<(), Error> {
    let ids = ids.iter().map(Uuid::to_string).collect();
    made.service.delete_dataclass_types(ctx, class, Some(true), Some(ids)).await
}

#[tokio::test]
async fn types_are_switched_and_deleted() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let created = made.service.create_dataclass_type(&ctx, alert, subtype()).await.expect("created");
    let parent_query = || ListTypes { category_code: some("RogueDevice"), level: Some(1), ..ListTypes::default() };
    let parent = types(&made, &ctx, alert, parent_query()).await[0].row.id;

    made.pass(Duration::from_secs(1));
    enable(&made, &ctx, alert, false, &[created.row.id]).await.expect("off");
    let off = types(&made, &ctx, alert, ListTypes { enabled: Some(false), ..ListTypes::default() }).await;
    assert_eq!(off.len(), 1);
    assert_eq!((off[0].row.id, off[0].row.modifier_name.as_str()), (created.row.id, "admin"));
    assert!(off[0].row.update_time > off[0].row.create_time);
    enable(&made, &ctx, alert, true, &[created.row.id]).await.expect("on");

    let only_asked = made.service.delete_dataclass_types(&ctx, alert, Some(false), Some(vec![parent.to_string()]));
    only_asked.await.expect("tells what uses it");
    assert_eq!(types(&made, &ctx, alert, parent_query()).await.len(), 1, "nothing was deleted");
    delete(&made, &ctx, alert, &[parent]).await.expect("deleted");
    let left =
        types(&made, &ctx, alert, ListTypes { category_code: some("RogueDevice"), ..ListTypes::default() }).await;
    assert!(left.is_empty(), "subtypes go with their type");

    let acts: Vec<String> = made.acts(ctx.tenant).await.into_iter().map(|(action, ..)| action).collect();
    for action in ["dataclass_type.create", "dataclass_type.disable", "dataclass_type.enable", "dataclass_type.delete"]
    {
        assert_eq!(acts.iter().filter(|known| *known == action).count(), 1, "{action}");
    }
}

#[tokio::test]
async fn built_in_types_stay_as_they_are() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let alert = class(&made, &ctx, "Alert").await;
    let built_in = types(&made, &ctx, alert, ListTypes { level: Some(2), ..ListTypes::default() }).await[0].row.id;
    let own = made.service.create_dataclass_type(&ctx, alert, subtype()).await.expect("created").row.id;
    let before = types(&made, &ctx, alert, ListTypes::default()).await;

    for on in [true, false] {
        assert_eq!(refusal(enable(&made, &ctx, alert, on, &[own, built_in]).await).0, BUILT_IN);
    }
    assert_eq!(refusal(delete(&made, &ctx, alert, &[own, built_in]).await).0, BUILT_IN);
    let layout = SetLayout { id: Some(built_in.to_string()), ..SetLayout::default() };
    assert_eq!(refusal(made.service.set_dataclass_type_layout(&ctx, alert, layout).await).0, BUILT_IN);
    assert_eq!(types(&made, &ctx, alert, ListTypes::default()).await, before, "nothing was half done");
}

#[tokio::test]
async fn wrong_ids_are_told() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let (alert, incident) = (class(&made, &ctx, "Alert").await, class(&made, &ctx, "Incident").await);
    let own = made.service.create_dataclass_type(&ctx, alert, subtype()).await.expect("created").row.id;
    let missing = Uuid::from_u128(0xdead);
    let (code, message) = refusal(enable(&made, &ctx, alert, false, &[own, missing]).await);
    assert_eq!((code, message.contains(&missing.to_string())), (NO_TYPE, true), "{message}");
    assert_eq!(refusal(delete(&made, &ctx, incident, &[own]).await).0, NO_TYPE, "a type of another class");
    assert!(types(&made, &ctx, alert, ListTypes { is_built_in: Some(false), ..Default::default() }).await.len() == 2);

    let service = &made.service;
    let ids = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    for (enable, given, expected) in [
        (None, ids(&["00000000-0000-0000-0000-000000000001"]), "enable is required"),
        (Some(true), None, "ids is required"),
        (Some(true), ids(&[]), "ids must have 1 to 1000 UUIDs"),
        (Some(true), ids(&["x"]), "ids must have 1 to 1000 UUIDs"),
        (Some(true), ids(&["00000000-0000-0000-0000-000000000001"; 1001]), "ids must have 1 to 1000 UUIDs"),
    ] {
        let (code, message) = refusal(service.enable_dataclass_types(&ctx, alert, enable, given.clone()).await);
        assert_eq!((code, message.contains(expected)), (INVALID, true), "{message} should say: {expected}");
        let expected = expected.replace("enable", "is_delete");
        let (code, message) = refusal(service.delete_dataclass_types(&ctx, alert, enable, given).await);
        assert_eq!((code, message.contains(&expected)), (INVALID, true), "{message} should say: {expected}");
    }
    for (layout, expected) in [
        (SetLayout::default(), "id is required"),
        (SetLayout { id: some("x"), ..SetLayout::default() }, "id must be a UUID"),
        (SetLayout { id: Some(own.to_string()), layout_id: some("x"), layout_name: None }, "layout_id must be a UUID"),
        (
            SetLayout { id: Some(own.to_string()), layout_id: None, layout_name: some("\u{1}") },
            "layout_name must not contain control characters",
        ),
    ] {
        let (code, message) = refusal(service.set_dataclass_type_layout(&ctx, alert, layout).await);
        assert_eq!((code, message.contains(expected)), (INVALID, true), "{message} should say: {expected}");
    }
}

#[tokio::test]
async fn unknown_and_foreign_classes_do_not_exist() {
    let made = Installation::new().await;
    let ctx = made.inside().await;
    let theirs = made.workspace(&stranger(), "theirs").await;
    let there = made.enter(stranger(), theirs.id).await;
    let foreign = class(&made, &there, "Alert").await;
    let service = &made.service;
    for id in [unknown(), foreign] {
        assert_eq!(refusal(service.get_dataclass(&ctx, id).await).0, NO_CLASS);
        assert_eq!(refusal(service.list_dataclass_fields(&ctx, id, Default::default()).await).0, NO_CLASS);
        assert_eq!(refusal(service.list_dataclass_types(&ctx, id, Default::default()).await).0, NO_CLASS);
        assert_eq!(refusal(service.create_dataclass_type(&ctx, id, subtype()).await).0, NO_CLASS);
        assert_eq!(refusal(enable(&made, &ctx, id, true, &[Uuid::from_u128(1)]).await).0, NO_CLASS);
        assert_eq!(refusal(delete(&made, &ctx, id, &[Uuid::from_u128(1)]).await).0, NO_CLASS);
        let layout = SetLayout { id: Some(Uuid::from_u128(1).to_string()), ..SetLayout::default() };
        assert_eq!(refusal(service.set_dataclass_type_layout(&ctx, id, layout).await).0, NO_CLASS);
    }
}

#[tokio::test]
async fn data_classes_need_permissions() {
    let made = Installation::new().await;
    let workspace = made.workspace(&admin(), "soc").await;
    let reader = caller(project(), "reader", &["secmaster:dataclass:list", "secmaster:dataclass:get"]);
    let reader = made.enter(reader, workspace.id).await;
    let alert = class(&made, &reader, "Alert").await;
    made.service.get_dataclass(&reader, alert).await.expect("may read");
    let forbidden = "SecMaster.20010002";
    assert_eq!(refusal(made.service.create_dataclass_type(&reader, alert, subtype()).await).0, forbidden);
    assert_eq!(refusal(enable(&made, &reader, alert, true, &[Uuid::from_u128(1)]).await).0, forbidden);
    assert_eq!(refusal(delete(&made, &reader, alert, &[Uuid::from_u128(1)]).await).0, forbidden);
    assert_eq!(refusal(made.service.set_dataclass_type_layout(&reader, alert, Default::default()).await).0, forbidden);
    let nobody = made.enter(caller(project(), "nobody", &[]), workspace.id).await;
    assert_eq!(refusal(made.service.list_dataclasses(&nobody, Default::default()).await).0, forbidden);
    assert_eq!(refusal(made.service.get_dataclass(&nobody, alert).await).0, forbidden);
    assert_eq!(refusal(made.service.list_dataclass_fields(&nobody, alert, Default::default()).await).0, forbidden);
    assert_eq!(refusal(made.service.list_dataclass_types(&nobody, alert, Default::default()).await).0, forbidden);
}
