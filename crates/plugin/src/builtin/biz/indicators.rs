//! Indicators: what is known of an address, a name, a digest.

use model::Value;

use super::{ALERT, trigger_parameter};
use crate::builtin::arguments::{flag, integer, list, text};
use crate::builtin::on_records::{Request, on_records};
use crate::builtin::utilities::indicators::classified;
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};
use crate::records::{Class, ClassType, New};

const INDICATOR: &str = "Indicator";
/// Indicators that one call makes.
const VALUES: usize = 100;

/// The types that texts are recognised as, by the names that `classifyIndicator` has for them.
const TYPES: [(&str, &str); 8] = [
    ("ipv4", "IPv4"),
    ("ipv6", "IPv6"),
    ("url", "URL"),
    ("email", "Email"),
    ("domain", "Domain"),
    ("md5", "MD5"),
    ("sha1", "SHA1"),
    ("sha256", "SHA256"),
];

pub(super) fn actions() -> Vec<Action> {
    vec![
        on_records(
            "createIndicator",
            "Creates an indicator, unless there is one of the same value; of one that is there, it writes down that it \
             was seen again.",
            vec![
                Parameter::required(
                    "value",
                    Kind::String,
                    "What it is: an address, a name, a URL, a digest; defanged or not.",
                ),
                Parameter::optional(
                    "type",
                    Kind::String,
                    "The type, like IPv4, Domain or SHA256; without it, it is told from the value.",
                ),
                Parameter::optional("name", Kind::String, "The name; the value without it."),
                verdict(),
                confidence(),
                alert(),
                trigger_parameter(),
            ],
            vec![
                Parameter::required("indicator", Kind::Object, "The indicator."),
                Parameter::required("id", Kind::String, "Its id."),
                Parameter::required("isNew", Kind::Boolean, "Whether it was created."),
            ],
            |request| Box::pin(create(request)),
        ),
        on_records(
            "createIndicators",
            "The same for several values. Those that are told to be no indicator are left out.",
            vec![
                Parameter::required("values", Kind::List, "The values, at most 100."),
                verdict(),
                confidence(),
                alert(),
                trigger_parameter(),
            ],
            vec![
                Parameter::required("indicators", Kind::List, "The indicators."),
                Parameter::required("ids", Kind::List, "Their ids."),
                Parameter::required("created", Kind::Number, "How many of them were created."),
            ],
            |request| Box::pin(create_all(request)),
        ),
    ]
}

fn verdict() -> Parameter {
    Parameter::optional("verdict", Kind::String, "Black, White or Gray.").with_default("Gray")
}

fn confidence() -> Parameter {
    Parameter::optional("confidence", Kind::Number, "How sure that is, 0 to 100.").with_default(50)
}

fn alert() -> Parameter {
    Parameter::optional("alertId", Kind::String, "An alert that it was seen in; the two are related.")
}

async fn create(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let value = text(input, "value")?;
    let (kind, value) = match input.get("type").as_str() {
        Some(kind) => (kind.to_owned(), value.to_owned()),
        None => told(value).ok_or_else(|| ActionError::input("type", format!("cannot be told from '{value}'")))?,
    };
    let class = request.records.class(&request.caller, INDICATOR).await?;
    let name = input.get("name").as_str().unwrap_or(&value);
    let (indicator, is_new) = ensure(request, &class, &kind, &value, name).await?;
    let id = indicator.get("id").clone();
    relate(request, std::slice::from_ref(&id)).await?;
    Ok(Value::object([("indicator", indicator), ("id", id), ("isNew", is_new.into())]))
}

async fn create_all(request: &Request<'_>) -> Result<Value, ActionError> {
    let values = list(&request.input, "values")?;
    if values.len() > VALUES {
        return Err(ActionError::input("values", format!("there may be {VALUES} at most, not {}", values.len())));
    }
    let mut wanted: Vec<(String, String)> = values.iter().filter_map(|value| told(value.as_str()?)).collect();
    wanted.sort();
    wanted.dedup();
    let class = request.records.class(&request.caller, INDICATOR).await?;
    let (mut indicators, mut created) = (Vec::with_capacity(wanted.len()), 0);
    for (kind, value) in &wanted {
        let (indicator, is_new) = ensure(request, &class, kind, value, value).await?;
        indicators.push(indicator);
        created += i64::from(is_new);
    }
    let ids: Vec<Value> = indicators.iter().map(|indicator| indicator.get("id").clone()).collect();
    relate(request, &ids).await?;
    Ok(Value::object([
        ("indicators", Value::list(indicators)),
        ("ids", Value::list(ids)),
        ("created", Value::int(created)),
    ]))
}

/// What kind of indicator a text is, and its normal form.
fn told(value: &str) -> Option<(String, String)> {
    let (kind, value) = classified(value);
    let (_, kind) = TYPES.iter().find(|(known, _)| *known == kind)?;
    Some(((*kind).to_owned(), value))
}

/// The indicator of this value, and whether it is new.
async fn ensure(
    request: &Request<'_>,
    class: &Class,
    kind: &str,
    value: &str,
    name: &str,
) -> Result<(Value, bool), ActionError> {
    let (input, caller) = (&request.input, request.caller.step(value));
    let now = Value::from(request.now.to_rfc3339());
    let object = Value::object([
        ("name", Value::from(name)),
        ("value", value.into()),
        ("indicator_type", indicator_type(class, kind)?),
        ("verdict", text(input, "verdict")?.into()),
        ("confidence", Value::int(integer(input, "confidence", 0..=100)?)),
        ("status", "Open".into()),
        ("granular_marking", "1".into()),
        ("defanged", false.into()),
        ("revoked", false.into()),
        ("first_report_time", now.clone()),
        ("last_report_time", now.clone()),
    ]);
    let trigger = flag(input, "triggerFlag");
    let unique = vec!["value".to_owned(), "indicator_type.indicator_type".to_owned()];
    let created = request.records.create(&caller, INDICATOR, &New { object, unique }, trigger).await?;
    if created.is_new {
        return Ok((created.object, true));
    }
    let id = created.object.get("id").to_text().into_owned();
    let patch = Value::object([("last_report_time", now)]);
    let indicator = request.records.change(&caller.step("seen"), INDICATOR, &id, &patch, trigger).await?;
    Ok((indicator, false))
}

fn indicator_type(class: &Class, code: &str) -> Result<Value, ActionError> {
    let is_code = |kind: &&ClassType| kind.category == code && kind.sub_category.is_empty();
    let found = class.types.iter().find(is_code).ok_or_else(|| {
        let known: Vec<&str> = class.types.iter().map(|kind| kind.category.as_str()).collect();
        ActionError::input("type", format!("there is no '{code}'; there are {}", known.join(", ")))
    })?;
    Ok(Value::object([("id", Value::from(found.id.as_str())), ("indicator_type", code.into())]))
}

async fn relate(request: &Request<'_>, indicators: &[Value]) -> Result<(), ActionError> {
    let Some(alert) = request.input.get("alertId").as_str().filter(|_| !indicators.is_empty()) else { return Ok(()) };
    let ids: Vec<String> = indicators.iter().map(|id| id.to_text().into_owned()).collect();
    request.records.relate(&request.caller.step("relate"), ALERT, alert, INDICATOR, &ids).await
}
