//! The calls: four for each kind of object.

use model::Value;

use super::answer::{listed, refused, single};
use crate::builtin::arguments::{flag, integer, text};
use crate::builtin::on_records::{Request, on_records};
use crate::error::{ActionError, RECORDS_INVALID, RECORDS_NOT_FOUND, RECORDS_REFUSED};
use crate::manifest::{Action, Kind, Parameter};
use crate::records::{New, Search};

/// A kind of object: its class, the parameter with an object's id, the names and descriptions of its calls.
struct Group {
    class: &'static str,
    id: &'static str,
    get: (&'static str, &'static str),
    list: (&'static str, &'static str),
    create: (&'static str, &'static str),
    change: (&'static str, &'static str),
}

const GROUPS: [Group; 3] = [
    Group {
        class: "Alert",
        id: "alertId",
        get: ("getAlert", "Gives an alert."),
        list: ("listAlerts", "Finds alerts."),
        create: ("createAlert", "Creates an alert."),
        change: ("changeAlert", "Changes an alert; members that are not given stay."),
    },
    Group {
        class: "Incident",
        id: "incidentId",
        get: ("getIncident", "Gives an incident."),
        list: ("listIncidents", "Finds incidents."),
        create: ("createIncident", "Creates an incident."),
        change: ("changeIncident", "Changes an incident; members that are not given stay."),
    },
    Group {
        class: "Indicator",
        id: "indicatorId",
        get: ("getIndicator", "Gives an indicator."),
        list: ("listIndicators", "Finds indicators."),
        create: ("createIndicator", "Creates an indicator."),
        change: ("changeIndicator", "Changes an indicator; members that are not given stay."),
    },
];

pub(super) fn actions() -> Vec<Action> {
    GROUPS.iter().flat_map(group).collect()
}

fn group(group: &'static Group) -> [Action; 4] {
    let id = || Parameter::required(group.id, Kind::String, "The object's id.");
    let body = || Parameter::required("dataObject", Kind::Any, "The members, an object or a text with its JSON.");
    let trigger = || {
        Parameter::optional("triggerFlag", Kind::Boolean, "Whether this change may set off playbooks.")
            .with_default(false)
    };
    let inputs = |own: Vec<Parameter>| [vec![workspace()], own, vec![language(), agency()]].concat();
    [
        on_records(group.get.0, group.get.1, inputs(vec![id()]), outputs(), |request| {
            Box::pin(answered(request, get(request, group)))
        }),
        on_records(group.list.0, group.list.1, inputs(list_parameters()), outputs(), |request| {
            Box::pin(answered(request, list(request, group)))
        }),
        on_records(group.create.0, group.create.1, inputs(vec![body(), trigger()]), outputs(), |request| {
            Box::pin(answered(request, create(request, group)))
        }),
        on_records(group.change.0, group.change.1, inputs(vec![id(), body(), trigger()]), outputs(), |request| {
            Box::pin(answered(request, change(request, group)))
        }),
    ]
}

fn workspace() -> Parameter {
    Parameter::optional("workspaceId", Kind::String, "The workspace; it can only be the run's own.")
}

fn language() -> Parameter {
    Parameter::optional("language", Kind::String, "zh-cn or en-us; messages are in English in any case.")
        .with_default("en-us")
}

fn agency() -> Parameter {
    Parameter::optional("agency_type", Kind::String, "Taken for the vendor's sake; without effect.")
}

fn list_parameters() -> Vec<Parameter> {
    vec![
        Parameter::optional("condition", Kind::Any, "The search's condition, an object or a text with its JSON."),
        Parameter::optional("offset", Kind::Number, "How many to pass over.").with_default(0),
        Parameter::optional("limit", Kind::Number, "How many to give, 1 to 1000.").with_default(10),
        Parameter::optional("sort_by", Kind::String, "What to sort by.").with_default("create_time"),
        Parameter::optional("order", Kind::String, "ASC or DESC.").with_default("DESC"),
        Parameter::optional("from_date", Kind::String, "Created at or after this time."),
        Parameter::optional("to_date", Kind::String, "Created at or before this time."),
    ]
}

fn outputs() -> Vec<Parameter> {
    vec![
        Parameter::required("headers", Kind::Object, "The headers of the answer."),
        Parameter::required("code", Kind::Number, "The HTTP status: 200, 400, 403 or 404."),
        Parameter::required("body", Kind::Object, "The body of the answer: code, message and data."),
    ]
}

/// The call's answer. A refusal is one too; what may pass fails the node, so that its retry policy counts.
async fn answered(
    request: &Request<'_>,
    call: impl Future<Output = Result<Value, ActionError>>,
) -> Result<Value, ActionError> {
    let own = request.caller.tenant.workspace.to_string();
    let given = request.input.get("workspaceId").as_str().filter(|given| !given.is_empty());
    if given.is_some_and(|given| given != own) {
        return Ok(refused(403, RECORDS_REFUSED, &format!("workspaceId can only be {own}, where the workflow runs")));
    }
    match call.await {
        Err(error) if !error.retryable => refused_by(error),
        answer => answer,
    }
}

fn refused_by(error: ActionError) -> Result<Value, ActionError> {
    let status = match error.code {
        RECORDS_NOT_FOUND => 404,
        RECORDS_INVALID => 400,
        RECORDS_REFUSED => 403,
        _ => return Err(error),
    };
    Ok(refused(status, error.code, &error.message))
}

async fn get(request: &Request<'_>, group: &Group) -> Result<Value, ActionError> {
    let id = text(&request.input, group.id)?;
    Ok(single(request.records.get(&request.caller, group.class, id).await?))
}

async fn list(request: &Request<'_>, group: &Group) -> Result<Value, ActionError> {
    let input = &request.input;
    let condition = opened(input, "condition")?;
    let listed_in = |name: &str| condition.get(name).as_list().unwrap_or_default().to_vec();
    let conditions = listed_in("conditions").into_iter().map(|condition| {
        let data = condition.get("data").as_list().unwrap_or_default().to_vec();
        (condition.get("name").to_text().into_owned(), data)
    });
    let given = |name: &str| input.get(name).as_str().map(str::to_owned);
    let search = Search {
        conditions: conditions.collect(),
        logics: listed_in("logics").iter().map(|logic| logic.to_text().into_owned()).collect(),
        from: given("from_date"),
        to: given("to_date"),
        sort_by: given("sort_by"),
        order: given("order"),
        offset: integer(input, "offset", 0..=10_000)?,
        limit: integer(input, "limit", 1..=1000)?,
    };
    let found = request.records.search(&request.caller, group.class, &search).await?;
    Ok(listed(found, &search))
}

async fn create(request: &Request<'_>, group: &Group) -> Result<Value, ActionError> {
    let new = New { object: body(&request.input)?, unique: Vec::new() };
    let created =
        request.records.create(&request.caller, group.class, &new, flag(&request.input, "triggerFlag")).await?;
    Ok(single(created.object))
}

async fn change(request: &Request<'_>, group: &Group) -> Result<Value, ActionError> {
    let (id, patch) = (text(&request.input, group.id)?, body(&request.input)?);
    let trigger = flag(&request.input, "triggerFlag");
    Ok(single(request.records.change(&request.caller, group.class, id, &patch, trigger).await?))
}

fn body(input: &Value) -> Result<Value, ActionError> {
    let object = opened(input, "dataObject")?;
    if object.as_map().is_none() {
        return Err(ActionError::input("dataObject", format!("expected an object, got a {}", object.kind())));
    }
    Ok(object)
}

/// The value, or what its text holds as JSON.
fn opened(input: &Value, name: &str) -> Result<Value, ActionError> {
    match input.get(name) {
        Value::String(text) => {
            Value::from_json(text).map_err(|error| ActionError::input(name, format!("is no JSON: {error}")))
        }
        value => Ok(value.clone()),
    }
}
