//! The bodies that the vendor's clients send, and the answers they read.

use serde::de::DeserializeOwned;
use serde_json::json;
use utoipa::PartialSchema;

use super::search::SearchIn;
use super::*;
use crate::alert::{Alert, AlertOrderIn};
use crate::envelope::{FlagPage, FlagReply, Reply, ShortPage, ShortReply};
use crate::incident::Incident;
use crate::indicator::Indicator;
use crate::panel::{PanelCreatedOut, PanelObjectsIn};
use crate::relation::{RelationBatchIn, RelationIn};
use crate::vulnerability::Vulnerability;

fn read<T: DeserializeOwned>(body: &str) -> T {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn write(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).expect("serialises")
}

/// What the vendor's Terraform provider sends to create an alert, an incident and an indicator.
const ALERT: &str = concat!(
    r#"{"alert_type":{"alert_type":"Abnormal access frequency of IP address","#,
    r#""category":"Abnormal network behavior"},"data_source":{"product_feature":"hss","product_name":"hss","#,
    r#""source_type":1},"description":"created by terraform","domain_id":"0970dd7a1300f5672ff2c003c60ae115","#,
    r#""environment":{"domain_id":"0970dd7a1300f5672ff2c003c60ae115","#,
    r#""project_id":"0970dd7a1300f5672ff2c003c60ae116","region_id":"local-1"},"#,
    r#""first_observed_time":"2023-04-18T13:00:00.000Z+0800","handle_status":"Open","#,
    r#""ipdrr_phase":"Preparation","last_observed_time":"2023-04-18T14:00:00.000Z+0800","region_id":"local-1","#,
    r#""severity":"Tips","simulation":true,"title":"test","verification_state":"Unknown"}"#,
);
const INCIDENT: &str = concat!(
    r#"{"data_source":{"domain_id":"0970dd7a1300f5672ff2c003c60ae115","product_feature":"hss","#,
    r#""product_name":"hss","project_id":"0970dd7a1300f5672ff2c003c60ae116","region_id":"local-1","#,
    r#""source_type":1},"environment":{"domain_id":"0970dd7a1300f5672ff2c003c60ae115","#,
    r#""project_id":"0970dd7a1300f5672ff2c003c60ae116","region_id":"local-1"},"#,
    r#""first_observed_time":"2023-04-18T13:00:00.000Z+0800","handle_status":"Open","#,
    r#""incident_type":{"category":"DDoS","incident_type":"ACK Flood"},"severity":"Tips","#,
    r#""sla":"2023-05-18T13:00:00.000Z+0800","title":"test"}"#,
);
const INDICATOR: &str = concat!(
    r#"{"confidence":80,"data_source":{"domain_id":"0970dd7a1300f5672ff2c003c60ae115","product_feature":"hss","#,
    r#""product_name":"hss","project_id":"0970dd7a1300f5672ff2c003c60ae116","region_id":"local-1","#,
    r#""source_type":1},"defanged":false,"environment":{"domain_id":"0970dd7a1300f5672ff2c003c60ae115","#,
    r#""project_id":"0970dd7a1300f5672ff2c003c60ae116","region_id":"local-1"},"#,
    r#""first_report_time":"2023-10-24T17:23:55.000Z+0800","granular_marking":1,"#,
    r#""indicator_type":{"category":"Domain","id":"0be1b6f3-1f0e-3d6c-8a3a-0d5f6b5b1c11","#,
    r#""indicator_type":"Domain"},"last_report_time":"2023-10-25T11:15:30.000Z+0800","name":"test","#,
    r#""status":"Open","value":"test.terraform.com","verdict":"Black"}"#,
);

/// An object goes in as `D` and comes back in an answer without a change.
fn check_kept<D: Default>(object: &str) {
    let body: ObjectIn<D> = read(&format!(r#"{{"data_object":{object}}}"#));
    let answer = ObjectOut::<D> { data_object: body.data_object.expect("an object"), ..Default::default() };
    let answer = write(&answer);
    assert!(answer.contains(&format!(r#""data_object":{object},"#)), "sent {object}\nback {answer}");
}

#[test]
fn objects_come_back_as_they_were_sent() {
    check_kept::<Alert>(ALERT);
    check_kept::<Incident>(INCIDENT);
    check_kept::<Indicator>(INDICATOR);
    check_kept::<Vulnerability>(
        r#"{"vul_name":"x","resource":{"tags":{"a":"b"}},"vulnerability":{"related":[1,{"a":[]}]}}"#,
    );
    check_kept::<AnyObject>(r#"{"z":1,"a":{"unknown":[null,true]},"":{}}"#);
}

#[test]
fn numbers_keep_every_digit_and_texts_every_character() {
    check_kept::<Alert>(r#"{"n":12345678901234567890123,"f":0.10000000000000000001,"e":1e+400,"z":1.0,"minus":-0}"#);
    check_kept::<Alert>(r#"{"nul":"a\u0000b","quote":"\"\\","wide":"告警 🚨"}"#);
}

#[test]
fn a_document_that_is_no_object_is_refused() {
    for value in ["5", "\"{}\"", "[]", "true"] {
        let error = serde_json::from_str::<ObjectIn<Alert>>(&format!(r#"{{"data_object":{value}}}"#)).expect_err(value);
        assert!(error.to_string().contains("expected a map"), "{value}: {error}");
    }
    let absent: ObjectIn<Alert> = read(r#"{"data_object":null}"#);
    assert!(absent.data_object.is_none());
}

fn schema<T: PartialSchema>() -> String {
    serde_json::to_string(&T::schema()).expect("serialises")
}

#[test]
fn schemas_name_the_fields_of_a_class_and_let_others_in() {
    let check = |body: String, class: &str, object: String, field: &str| {
        assert!(body.contains(&format!("#/components/schemas/{class}\"")), "{class}: {body}");
        assert!(object.contains(field) && object.contains("additionalProperties"), "{class}: {object}");
    };
    check(schema::<ObjectIn<Alert>>(), "Alert", schema::<Alert>(), "alert_type");
    check(schema::<ObjectPatch<Incident>>(), "Incident", schema::<Incident>(), "incident_type");
    check(schema::<ObjectOut<Indicator>>(), "Indicator", schema::<Indicator>(), "granular_marking");
    check(schema::<ObjectOut<Vulnerability>>(), "Vulnerability", schema::<Vulnerability>(), "vul_name");
    check(schema::<ObjectOut<AnyObject>>(), "AnyObject", schema::<AnyObject>(), "object");
    for shared in [schema::<Alert>(), schema::<Incident>()] {
        assert!(shared.contains("#/components/schemas/EventFields"), "{shared}");
    }
}

#[test]
fn an_update_names_the_object_again() {
    let body: ObjectPatch<Alert> =
        read(r#"{"batch_ids":["0198a1"],"data_object":{"description":"","severity":"Medium"}}"#);
    assert_eq!(body.batch_ids, Some(OneOrMany(vec!["0198a1".into()])));
    assert_eq!(
        Value::Object(body.data_object.expect("an object").fields),
        json!({"description": "", "severity": "Medium"})
    );
    let body: ObjectPatch<Incident> = read(&format!(r#"{{"data_object":{INCIDENT}}}"#));
    assert_eq!(body.batch_ids, None);
}

#[test]
fn deleting_takes_ids_in_a_list_or_one_alone() {
    for body in [r#"{"batch_ids":["0198a1"]}"#, r#"{"batch_ids":"0198a1"}"#] {
        let read: BatchIdsIn = read(body);
        assert_eq!(read.batch_ids, Some(OneOrMany(vec!["0198a1".into()])), "{body}");
    }
}

#[test]
fn searches_of_all_clients_are_read() {
    let search: SearchIn = read(
        r#"{"limit":10,"offset":0,"sort_by":"create_time","order":"DESC","from_date":"2023-02-20T00:00:00.000Z",
            "to_date":"2023-02-27T23:59:59.999Z","condition":{"conditions":[
            {"name":"name","data":["title","contains","test"]},
            {"name":"status","data":["handle_status","!=","Closed"]}],
            "logics":["name","and","status"]}}"#,
    );
    let condition = search.condition.expect("conditions");
    let data: Vec<_> = condition.conditions.into_iter().flatten().map(|condition| condition.data).collect();
    let words = |words: [&str; 3]| Some(words.map(String::from).to_vec());
    assert_eq!(data, [words(["title", "contains", "test"]), words(["handle_status", "!=", "Closed"])]);
    assert_eq!(condition.logics, words(["name", "and", "status"]));

    let terraform: SearchIn = read(
        r#"{"condition":{"conditions":[{"data":["severity","in","Tips,Low"],"name":"severity"}],"logics":["severity"]},
            "from_date":"2024-08-26T09:33:55.000Z+0800","limit":1000,"offset":1000}"#,
    );
    assert_eq!((terraform.limit, terraform.offset), (Some(1000), Some(1000)));

    let indicators: SearchIn = read(r#"{"dataclass_id":null,"ids":null,"limit":1000,"offset":0}"#);
    assert!(indicators.condition.is_none() && indicators.ids.is_none());

    let number = r#"{"condition":{"conditions":[{"name":"a","data":["count",">",3]}]}}"#;
    assert!(serde_json::from_str::<SearchIn>(number).is_err(), "values are text in the contract");
}

#[test]
fn alerts_become_an_incident() {
    let body: AlertOrderIn = read(
        r#"{"ids":["0198a1"],"incident_content":{"title":"test",
            "incident_type":{"category":"DDoS","incident_type":"ACK Flood"}}}"#,
    );
    let content = body.incident_content.expect("content");
    assert_eq!(content.fields["title"], "test");
    assert_eq!(content.fields["incident_type"]["incident_type"], "ACK Flood");
    let result = BatchOut { error_ids: vec![], success_ids: vec!["0198a1".into()] };
    assert_eq!(
        write(&ShortReply::new(result)),
        r#"{"code":"00000000","message":"","data":{"error_ids":[],"success_ids":["0198a1"]}}"#
    );
}

#[test]
fn a_batch_of_changes_answers_one_object_and_all_ids() {
    let fields =
        Map::from_iter([(String::from("n"), "12345678901234567890123".parse().map(Value::Number).expect("a number"))]);
    let answer = ObjectsChangedOut::<Alert> {
        object: ObjectOut { id: "0198a1".into(), data_object: Document::new(fields), ..Default::default() },
        batch: BatchOut { error_ids: vec!["0198a3".into()], success_ids: vec!["0198a1".into()] },
    };
    assert_eq!(
        write(&answer),
        concat!(
            r#"{"create_time":"","data_object":{"n":12345678901234567890123},"dataclass_ref":{"id":"","name":""},"#,
            r#""format_version":0,"id":"0198a1","type":"","name":"","project_id":"","update_time":"","version":0,"#,
            r#""workspace_id":"","error_ids":["0198a3"],"success_ids":["0198a1"]}"#
        )
    );
}

#[test]
fn pages_have_the_frame_of_their_class() {
    let alerts = FlagPage::new(vec![ObjectOut::<Alert>::default()], 21, 20, 10);
    let text = write(&alerts);
    assert!(
        text.starts_with(r#"{"code":"00000000","message":"","total":21,"size":10,"page":3,"success":true,"data":[{"#),
        "{text}"
    );
    let indicators = write(&ShortPage::new(Vec::<ObjectOut<Indicator>>::new(), 0, 0, 1000));
    assert_eq!(indicators, r#"{"code":"00000000","message":"","total":0,"size":1000,"page":1,"data":[]}"#);
}

#[test]
fn objects_of_any_class_say_whether_they_trigger() {
    let body: AnyObjectIn = read(
        r#"{"id":"0198a1","format_version":1,"name":"n","type":"MANUAL","trigger_flag":false,"data_object":{"a":1}}"#,
    );
    assert_eq!((body.trigger_flag, body.kind.as_deref()), (Some(false), Some("MANUAL")));
    let body: AnyObjectPatch = read(r#"{"batch_ids":["0198a1"],"data_object":{"a":2}}"#);
    assert_eq!(body.trigger_flag, None);
    let created = ObjectCreatedOut { id: "0198a1".into(), event_id: String::new() };
    assert_eq!(
        write(&FlagReply::new(created)),
        r#"{"code":"00000000","message":"","success":true,"data":{"id":"0198a1","event_id":""}}"#
    );
}

#[test]
fn the_panel_answers_an_array_at_the_root() {
    let body: PanelObjectsIn = read(r#"{"name":"n","trigger_flag":true,"data_object_list":[{"n":1.10},{}]}"#);
    assert_eq!(write(&body.data_object_list), r#"[{"n":1.10},{}]"#);
    let created = PanelCreatedOut(vec![ObjectCreatedOut { id: "0198a1".into(), event_id: "0198a2".into() }]);
    assert_eq!(write(&created), r#"[{"id":"0198a1","event_id":"0198a2"}]"#);
}

#[test]
fn relations_are_made_one_by_one_or_in_a_batch() {
    let body: RelationIn = read(r#"{"ids":["0198a1","0198a2"]}"#);
    assert_eq!(body.ids.map(|OneOrMany(ids)| ids.len()), Some(2));
    let body: RelationBatchIn = read(r#"{"dataobject_ids":["0198a1"],"related_dataobject_ids":["0198a2"]}"#);
    assert_eq!(body.related_dataobject_ids, Some(OneOrMany(vec!["0198a2".into()])));
    assert_eq!(
        write(&Reply::new(BatchOut::default())),
        r#"{"code":"00000000","message":"","success":true,"request_id":"","data":{"error_ids":[],"success_ids":[]}}"#
    );
}
