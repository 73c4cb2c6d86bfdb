//! Counting objects, for digests.

use model::Value;

use super::objects::narrowed;
use super::{class_parameter, conditions_parameter};
use crate::builtin::arguments::{text, texts};
use crate::builtin::on_records::{Request, on_records};
use crate::error::ActionError;
use crate::manifest::{Action, Kind, Parameter};
use crate::records::Search;

/// Values that are counted at most: each is a search.
const VALUES: usize = 50;

pub(super) fn actions() -> Vec<Action> {
    vec![on_records(
        "countObjects",
        "Counts objects, all together and by the value of a member.",
        vec![
            class_parameter(),
            conditions_parameter("What must hold: lists like [\"handle_status\", \"!=\", \"Closed\"]."),
            Parameter::optional("window", Kind::String, "Created within this ISO 8601 duration before now, like P1D."),
            Parameter::optional("from", Kind::String, "Created at or after this time."),
            Parameter::optional("to", Kind::String, "Created at or before this time."),
            Parameter::optional("field", Kind::String, "The member to count by, like severity."),
            Parameter::optional("values", Kind::List, "The values of that member to count, at most 50."),
        ],
        vec![
            Parameter::required("total", Kind::Number, "How many there are."),
            Parameter::required("counts", Kind::Object, "How many have each of the values."),
        ],
        |request| Box::pin(count(request)),
    )]
}

async fn count(request: &Request<'_>) -> Result<Value, ActionError> {
    let input = &request.input;
    let values = match input.get("values") {
        Value::Null => Vec::new(),
        _ => texts(input, "values")?,
    };
    let field = input.get("field").as_str();
    if values.len() > VALUES {
        return Err(ActionError::input("values", format!("at most {VALUES} can be counted")));
    }
    if field.is_none() != values.is_empty() {
        return Err(ActionError::input("field", "field and values belong together"));
    }
    let class = text(input, "dataclass")?;
    let all = Search { limit: 1, ..narrowed(request)? };
    let total = request.records.search(&request.caller, class, &all).await?.total;
    let mut counts = Vec::with_capacity(values.len());
    for value in &values {
        let mut some = all.clone();
        let is_value = vec![field.unwrap_or_default().into(), "=".into(), Value::from(&**value)];
        some.conditions.push(("counted".to_owned(), is_value));
        counts.push((&**value, Value::int(request.records.search(&request.caller, class, &some).await?.total)));
    }
    Ok(Value::object([("total", Value::int(total)), ("counts", Value::object(counts))]))
}
