//! Objects: get, search, create, change, close.

use model::time::IsoDuration;
use model::{Map, Value};

use super::{class_parameter, conditions, conditions_parameter, id_parameter, object_result, trigger_parameter};
use crate::builtin::arguments::{flag, integer, object, text, texts};
use crate::builtin::on_records::{Request, on_records};
use crate::builtin::path::Path;
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};
use crate::records::{New, Search};

pub(super) fn actions() -> Vec<Action> {
    vec![
        on_records(
            "getObject",
            "Gives an object.",
            vec![class_parameter(), id_parameter()],
            vec![object_result()],
            |request| Box::pin(get(request)),
        ),
        on_records(
            "searchObjects",
            "Finds objects.",
            search_inputs(),
            vec![
                Parameter::required("total", Kind::Number, "How many there are."),
                Parameter::required("objects", Kind::List, "The objects of this page."),
            ],
            |request| Box::pin(search(request)),
        ),
        on_records(
            "createObject",
            "Creates an object.",
            vec![
                class_parameter(),
                Parameter::required("dataObject", Kind::Object, "The object."),
                Parameter::optional(
                    "unique",
                    Kind::List,
                    "Members: where an object with the same values in all of them exists, none is created.",
                ),
                trigger_parameter(),
            ],
            vec![
                object_result(),
                Parameter::required("id", Kind::String, "Its id."),
                Parameter::required("isNew", Kind::Boolean, "Whether it was created."),
            ],
            |request| Box::pin(create(request)),
        ),
        on_records(
            "changeObject",
            "Changes an object; members that are not given stay.",
            vec![
                class_parameter(),
                id_parameter(),
                Parameter::required("dataObject", Kind::Object, "The members to change."),
                trigger_parameter(),
            ],
            vec![object_result()],
            |request| Box::pin(change(request)),
        ),
        on_records(
            "closeObject",
            "Closes an alert or an incident, or an indicator.",
            vec![
                class_parameter(),
                id_parameter(),
                Parameter::optional("reason", Kind::String, "False detection, Resolved, Repeated or Other.")
                    .with_default("Resolved"),
                Parameter::optional("comment", Kind::String, "Why, in words."),
                trigger_parameter(),
            ],
            vec![object_result()],
            |request| Box::pin(close(request)),
        ),
    ]
}

fn search_inputs() -> Vec<Parameter> {
    vec![
        class_parameter(),
        conditions_parameter(
            "What must hold: lists like [\"severity\", \"in\", \"High,Fatal\"], or objects with name and data.",
        ),
        Parameter::optional("logics", Kind::List, "How named conditions belong together; all must hold without it."),
        Parameter::optional("window", Kind::String, "Created within this ISO 8601 duration before now, like P1D."),
        Parameter::optional("from", Kind::String, "Created at or after this time."),
        Parameter::optional("to", Kind::String, "Created at or before this time."),
        Parameter::optional("sortBy", Kind::String, "What to sort by.").with_default("create_time"),
        Parameter::optional("order", Kind::String, "ASC or DESC.").with_default("DESC"),
        Parameter::optional("offset", Kind::Number, "How many to pass over.").with_default(0),
        Parameter::optional("limit", Kind::Number, "How many to give, 1 to 1000.").with_default(100),
        Parameter::optional("members", Kind::List, "Which members of each object to give, as paths; all without it."),
    ]
}

async fn get(request: &Request<'_>) -> Result<Value, ActionError> {
    let (class, id) = (text(&request.input, "dataclass")?, text(&request.input, "id")?);
    Ok(Value::object([("object", request.records.get(&request.caller, class, id).await?)]))
}

async fn search(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let wanted = Search {
        order: Some(text(input, "order")?.to_owned()),
        sort_by: Some(text(input, "sortBy")?.to_owned()),
        offset: integer(input, "offset", 0..=10_000)?,
        limit: integer(input, "limit", 1..=1000)?,
        ..narrowed(request)?
    };
    let members = match input.get("members") {
        Value::Null => None,
        _ => Some(
            texts(input, "members")?.iter().map(|path| Path::read(path, "members")).collect::<Result<Vec<_>, _>>()?,
        ),
    };
    let found = request.records.search(&request.caller, text(input, "dataclass")?, &wanted).await?;
    let objects = match members {
        None => found.objects,
        Some(members) => {
            found.objects.iter().map(|object| selected(object, &members)).collect::<Result<Vec<_>, _>>()?
        }
    };
    Ok(Value::object([("total", Value::int(found.total)), ("objects", Value::list(objects))]))
}

/// A search with what the input narrows it by.
pub(super) fn narrowed(request: &Request<'_>) -> Result<Search, ActionError> {
    let input = &request.input;
    let time = |name: &str| input.get(name).as_str().map(str::to_owned);
    let from = match input.get("window").as_str() {
        None => time("from"),
        Some(window) if input.get("from").is_null() => {
            let length = IsoDuration::parse(window).and_then(|window| window.length());
            let length = length.map_err(|_| ActionError::input("window", "expected an ISO 8601 duration like P1D"))?;
            Some(request.now.minus(length).to_rfc3339())
        }
        Some(_) => return Err(ActionError::input("window", "cannot be given together with from")),
    };
    let logics = match input.get("logics") {
        Value::Null => Vec::new(),
        _ => texts(input, "logics")?.into_iter().map(std::borrow::Cow::into_owned).collect(),
    };
    Ok(Search { conditions: conditions(input)?, logics, from, to: time("to"), ..Search::default() })
}

/// The object with these members only.
fn selected(object: &Value, members: &[Path]) -> Result<Value, ActionError> {
    let mut chosen = Value::map(Map::new());
    for path in members {
        let value = path.get(object);
        if !value.is_null() {
            path.set(&mut chosen, value)?;
        }
    }
    Ok(chosen)
}

async fn create(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    object(input, "dataObject")?;
    let unique = match input.get("unique") {
        Value::Null => Vec::new(),
        _ => texts(input, "unique")?.into_iter().map(std::borrow::Cow::into_owned).collect(),
    };
    let new = New { object: input.get("dataObject").clone(), unique };
    let class = text(input, "dataclass")?;
    let created = request.records.create(&request.caller, class, &new, flag(input, "triggerFlag")).await?;
    let id = created.object.get("id").clone();
    Ok(Value::object([("object", created.object), ("id", id), ("isNew", created.is_new.into())]))
}

async fn change(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    if object(input, "dataObject")?.is_empty() {
        return Err(ActionError::input("dataObject", "has no member to change"));
    }
    changed(request, &request.caller, input.get("dataObject")).await
}

async fn close(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let class = text(input, "dataclass")?;
    let patch = match request.records.class(&request.caller, class).await?.name.as_str() {
        "Alert" | "Incident" => closing(text(input, "reason")?, input.get("comment").as_str()),
        "Indicator" => Value::object([("status", "Closed".into())]),
        other => return Err(ActionError::input("dataclass", format!("objects of the class {other} are not closed"))),
    };
    changed(request, &request.caller, &patch).await
}

/// What closes an alert or an incident. The server notes when, and that no person did.
pub(super) fn closing(reason: &str, comment: Option<&str>) -> Value {
    let mut patch = vec![("handle_status", Value::from("Closed")), ("close_reason", reason.into())];
    patch.extend(comment.map(|comment| ("close_comment", Value::from(comment))));
    Value::object(patch)
}

async fn changed(request: &Request<'_>, caller: &crate::records::Caller, patch: &Value) -> Result<Value, ActionError> {
    let input = &request.input;
    let (class, id) = (text(input, "dataclass")?, text(input, "id")?);
    let object = request.records.change(caller, class, id, patch, flag(input, "triggerFlag")).await?;
    Ok(Value::object([("object", object)]))
}
