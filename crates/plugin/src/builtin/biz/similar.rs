//! Earlier objects that are similar to one: how many, how they were handled, and closing one that only repeats them.

use std::borrow::Cow;

use model::Value;
use model::time::IsoDuration;

use super::objects::closing;
use super::{class_parameter, conditions, conditions_parameter, id_parameter, object_result, trigger_parameter};
use crate::builtin::arguments::{flag, text, texts};
use crate::builtin::on_records::{Request, on_records};
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};
use crate::records::{Similar, Similarity};

/// Fields that are compared at most.
const FIELDS: usize = 10;

pub(super) fn actions() -> Vec<Action> {
    vec![
        on_records(
            "countSimilar",
            "Counts the objects that were created before one and are similar to it, and gives how they were handled.",
            vec![
                class_parameter(),
                id_parameter(),
                Parameter::required("fields", Kind::List, "Members in which they have a value in common, as paths."),
                Parameter::optional("match", Kind::String, "all or any of these members.").with_default("all"),
                window("P15D"),
                further(),
            ],
            vec![
                Parameter::required("count", Kind::Number, "How many there are."),
                Parameter::required(
                    "isComplete",
                    Kind::Boolean,
                    "Whether all were looked at; of very many, the latest are.",
                ),
                Parameter::optional("first", Kind::Object, "The earliest."),
                Parameter::optional("last", Kind::Object, "The latest."),
                Parameter::required(
                    "comments",
                    Kind::List,
                    "Those closed with a comment, newest first, at most 20: id, title, close_reason, close_comment, \
                     close_time.",
                ),
            ],
            |request| Box::pin(count(request)),
        ),
        on_records(
            "deduplicate",
            "Closes an alert or an incident when it repeats an earlier one.",
            vec![
                class_parameter(),
                id_parameter(),
                Parameter::optional("fields", Kind::List, "Members in which both have a value in common, as paths.")
                    .with_default(Value::list(vec![
                        "title".into(),
                        "network_list.src_ip".into(),
                        "network_list.dest_ip".into(),
                    ])),
                window("P7D"),
                further(),
                trigger_parameter(),
            ],
            vec![
                Parameter::required("isRepeated", Kind::Boolean, "Whether there is an earlier one."),
                Parameter::optional("originalId", Kind::String, "The earliest one."),
                Parameter::required("count", Kind::Number, "How many earlier ones there are."),
                object_result(),
            ],
            |request| Box::pin(deduplicate(request)),
        ),
    ]
}

fn window(default: &'static str) -> Parameter {
    let description = "How much earlier they may have been created, as an ISO 8601 duration.";
    Parameter::optional("window", Kind::String, description).with_default(default)
}

fn further() -> Parameter {
    conditions_parameter("What they must meet besides: lists like [\"verification_state\", \"=\", \"False_Positive\"].")
}

async fn similar(request: &Request<'_>, any: bool) -> Result<Similar, ActionError> {
    let input = &request.input;
    let fields: Vec<String> = texts(input, "fields")?.into_iter().map(Cow::into_owned).collect();
    if fields.is_empty() || fields.len() > FIELDS {
        return Err(ActionError::input("fields", format!("there must be 1 to {FIELDS} members, not {}", fields.len())));
    }
    let window = IsoDuration::parse(text(input, "window")?).and_then(|window| window.length());
    let window = window.map_err(|_| ActionError::input("window", "expected an ISO 8601 duration like P7D"))?;
    let similarity = Similarity { fields, any, window, conditions: conditions(input)? };
    request.records.similar(&request.caller, text(input, "dataclass")?, text(input, "id")?, &similarity).await
}

async fn count(request: &Request<'_>) -> Result<Value, ActionError> {
    let any = match text(&request.input, "match")? {
        "all" => false,
        "any" => true,
        _ => return Err(ActionError::input("match", "expected all or any")),
    };
    let found = similar(request, any).await?;
    let comments = found.closed.iter().map(|object| {
        let members = ["id", "title", "close_reason", "close_comment", "close_time"];
        Value::object(members.map(|name| (name, object.get(name).clone())))
    });
    Ok(Value::object([
        ("count", Value::int(found.count)),
        ("isComplete", found.is_complete.into()),
        ("first", found.first.unwrap_or_default()),
        ("last", found.last.unwrap_or_default()),
        ("comments", Value::list(comments.collect())),
    ]))
}

async fn deduplicate(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let (class, id) = (text(input, "dataclass")?, text(input, "id")?);
    let found = similar(request, false).await?;
    let own = request.records.get(&request.caller, class, id).await?;
    let Some(original) = found.first else { return Ok(answer(None, 0, own)) };
    let (original_id, title) = (original.get("id").to_text(), original.get("title").to_text());
    // What somebody has closed meanwhile stays as they have closed it.
    if own.get("handle_status").as_str() == Some("Closed") && own.get("close_reason").as_str() != Some("Repeated") {
        return Ok(answer(Some(&original_id), found.count, own));
    }
    let comment = format!("Repeats '{title}' ({original_id}) and is number {} of its kind.", found.count + 1);
    let patch = closing("Repeated", Some(&comment));
    let object = request.records.change(&request.caller, class, id, &patch, flag(input, "triggerFlag")).await?;
    Ok(answer(Some(&original_id), found.count, object))
}

fn answer(original: Option<&str>, count: i64, object: Value) -> Value {
    Value::object([
        ("isRepeated", Value::from(original.is_some())),
        ("originalId", original.map_or(Value::Null, Value::from)),
        ("count", Value::int(count)),
        ("object", object),
    ])
}
