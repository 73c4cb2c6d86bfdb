//! What is said about objects: comments, relations, labels.

use std::borrow::Cow;

use model::Value;

use super::{class_parameter, id_parameter, object_result, trigger_parameter};
use crate::builtin::arguments::{flag, text, texts};
use crate::builtin::on_records::{Request, on_records};
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};
use crate::records::Labels;

pub(super) fn actions() -> Vec<Action> {
    vec![
        on_records(
            "commentObject",
            "Comments on an object.",
            vec![class_parameter(), id_parameter(), Parameter::required("comment", Kind::String, "The text.")],
            vec![Parameter::required("noteId", Kind::String, "The id of the comment.")],
            |request| Box::pin(comment(request)),
        ),
        on_records(
            "relateObjects",
            "Relates an object to others.",
            vec![
                class_parameter(),
                id_parameter(),
                Parameter::required("relatedDataclass", Kind::String, "Name or id of the class of the others."),
                Parameter::required("relatedIds", Kind::List, "Their ids."),
            ],
            vec![Parameter::required("relatedIds", Kind::List, "The ids of those that it is now related to.")],
            |request| Box::pin(relate(request)),
        ),
        on_records(
            "labelObject",
            "Adds labels to an object and removes others.",
            vec![
                class_parameter(),
                id_parameter(),
                Parameter::optional("add", Kind::List, "Labels to add; those that it has stay."),
                Parameter::optional("remove", Kind::List, "Labels to remove."),
                trigger_parameter(),
            ],
            vec![object_result()],
            |request| Box::pin(label(request)),
        ),
    ]
}

async fn comment(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let (class, id, comment) = (text(input, "dataclass")?, text(input, "id")?, text(input, "comment")?);
    if comment.trim().is_empty() {
        return Err(ActionError::input("comment", "is empty"));
    }
    let note = request.records.comment(&request.caller, class, id, comment).await?;
    Ok(Value::object([("noteId", Value::from(note))]))
}

async fn relate(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let (class, id, related_class) = (text(input, "dataclass")?, text(input, "id")?, text(input, "relatedDataclass")?);
    let related: Vec<String> = texts(input, "relatedIds")?.into_iter().map(Cow::into_owned).collect();
    if !related.is_empty() {
        request.records.relate(&request.caller, class, id, related_class, &related).await?;
    }
    Ok(Value::object([("relatedIds", Value::list(related.into_iter().map(Value::from).collect()))]))
}

async fn label(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let labels = Labels { add: labels(input, "add")?, remove: labels(input, "remove")? };
    if labels.add.is_empty() && labels.remove.is_empty() {
        return Err(ActionError::input("add", "there must be a label to add or to remove"));
    }
    let (class, id) = (text(input, "dataclass")?, text(input, "id")?);
    let object = request.records.label(&request.caller, class, id, &labels, flag(input, "triggerFlag")).await?;
    Ok(Value::object([("object", object)]))
}

/// Labels stand in one text with commas between them, so none can hold a comma.
fn labels(input: &Value, name: &str) -> Result<Vec<String>, ActionError> {
    if input.get(name).is_null() {
        return Ok(Vec::new());
    }
    let labels: Vec<String> = texts(input, name)?.iter().map(|label| label.trim().to_owned()).collect();
    match labels.iter().find(|label| label.is_empty() || label.contains(',')) {
        Some(label) => Err(ActionError::input(name, format!("'{label}' is no label: it is empty or has a comma"))),
        None => Ok(labels),
    }
}
