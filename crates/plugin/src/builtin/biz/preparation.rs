//! Preparing alerts: what their titles mean, what becomes of repeated ones, which class they belong to.

use std::sync::LazyLock;

use model::{ActionId, Value};
use regex::Regex;
use uuid::Uuid;

use crate::builtin::arguments::{integer, text};
use crate::builtin::on_records::{Request, on_records};
use crate::error::ActionError;
use crate::manifest::{Action, Behaviour, Kind, Parameter};

/// Characters of a title.
const TITLE: usize = 255;

/// What differs between alerts of one kind: addresses, URLs, digests, ids, long numbers.
static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    let kinds = [
        r"\bhttps?://\S+",
        r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b",
        r"\b[0-9A-Fa-f]{32,128}\b",
        r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|/\d{1,2})?\b",
        r"\b(?:[0-9A-Fa-f]{1,4}:){3,7}(?::|[0-9A-Fa-f]{1,4})\b",
        r"\b\d{6,}\b",
    ];
    Regex::new(&kinds.join("|")).expect("a pattern of this file")
});

/// How many events of a kind mean what: from this many on, the level, the tag, the status that fits, what it says.
const STAGES: [(i64, &str, &str, &str, &str); 4] = [
    (50, "High", "Massive", "Open", "is under way on a large scale"),
    (10, "Medium", "Frequent", "Open", "happens again and again"),
    (2, "Low", "Repeated", "Closed", "has happened before"),
    (0, "Low", "New", "Open", "has not happened before"),
];

pub(super) fn actions() -> Vec<Action> {
    let output = |name, description| Parameter::required(name, Kind::String, description);
    vec![
        pure(
            "modifyStatus",
            "Turns the number of events of a kind into a label and the status that fits: one is new and open, up to 9 are \
             repeated and can be closed, from 10 on they are frequent and from 50 on massive, and are open.",
            vec![
                Parameter::required("title", Kind::String, "The alert's title."),
                Parameter::optional("mainTitle", Kind::String, "What processTitle gives; the title without it."),
                Parameter::required("eventCount", Kind::Number, "How many events of the kind there are."),
            ],
            vec![
                output("riskLevel", "Low, Medium or High."),
                output("riskDesc", "A sentence."),
                output("riskTag", "New, Repeated, Frequent or Massive."),
                output("riskSubject", "What the sentence is about."),
                output("handle_status", "Open or Closed."),
            ],
            modify_status,
        ),
        pure(
            "processTitle",
            "Takes what differs between alerts of one kind (addresses, URLs, digests, ids, long numbers) out of a title, \
             and makes a title that says what is concerned and where it comes from.",
            vec![
                Parameter::required("title", Kind::String, "The alert's title."),
                Parameter::optional("dataObject", Kind::Object, "The alert, for the second title."),
            ],
            vec![
                output("mainTitle", "The title that alerts of one kind have in common."),
                output(
                    "newTitle",
                    "The same with the asset and the source, like 'Webshell on web-1 from 203.0.113.7'.",
                ),
            ],
            process_title,
        ),
        on_records(
            "getDataClassID",
            "Gives the id of a data class.",
            vec![
                Parameter::required("itemID", Kind::String, "The class's name, id, or id in every workspace."),
                Parameter::optional("projectID", Kind::String, "The project; it can only be the run's own."),
                Parameter::optional("workspaceID", Kind::String, "The workspace; it can only be the run's own."),
            ],
            vec![output("dataclassId", "The id."), output("dataclassName", "The name.")],
            |request| Box::pin(class_id(request)),
        ),
    ]
}

fn pure(
    name: &'static str,
    description: &'static str,
    inputs: Vec<Parameter>,
    outputs: Vec<Parameter>,
    function: fn(&Value) -> Result<Value, ActionError>,
) -> Action {
    Action { id: ActionId(Uuid::nil()), name, description, inputs, outputs, behaviour: Behaviour::Pure(function) }
}

fn modify_status(input: &Value) -> Result<Value, ActionError> {
    let count = integer(input, "eventCount", 0..=i64::MAX)?;
    let title = text(input, "title")?;
    let subject = input.get("mainTitle").as_str().filter(|title| !title.is_empty()).unwrap_or(title);
    let stage = STAGES.into_iter().find(|(from, ..)| count >= *from);
    let (_, level, tag, status, says) = stage.unwrap_or(STAGES[STAGES.len() - 1]);
    Ok(Value::object([
        ("riskLevel", Value::from(level)),
        ("riskDesc", format!("'{subject}' {says}: {count} event(s).").into()),
        ("riskTag", tag.into()),
        ("riskSubject", subject.into()),
        ("handle_status", status.into()),
    ]))
}

fn process_title(input: &Value) -> Result<Value, ActionError> {
    let (title, alert) = (text(input, "title")?, input.get("dataObject"));
    let place = place(alert);
    // A title that has been made so before stays what it is.
    let title = title.strip_suffix(&place).unwrap_or(title);
    let without = VARYING.replace_all(title, " ");
    let words: Vec<&str> = without.split_whitespace().collect();
    let main = words.join(" ");
    let main = if main.is_empty() { title.trim().to_owned() } else { main };
    let new: String = format!("{main}{place}").chars().take(TITLE).collect();
    Ok(Value::object([("mainTitle", Value::from(main)), ("newTitle", new.into())]))
}

/// Which asset an alert is about and where it comes from, as the end of a title.
fn place(alert: &Value) -> String {
    let first = |list: &str, member: &str| {
        let items = alert.get(list).as_list().unwrap_or_default();
        items.first().map(|item| item.get(member).to_text().into_owned()).filter(|text| !text.is_empty())
    };
    let asset = first("resource_list", "name")
        .or_else(|| first("network_list", "dest_domain"))
        .or_else(|| first("network_list", "dest_ip"));
    let source = first("network_list", "src_ip");
    let part = |word: &str, found: Option<String>| found.map(|found| format!(" {word} {found}")).unwrap_or_default();
    part("on", asset) + &part("from", source)
}

async fn class_id(request: &Request<'_>) -> Result<Value, ActionError> {
    let (input, tenant) = (&request.input, request.caller.tenant);
    for (name, own) in [("projectID", tenant.project.to_string()), ("workspaceID", tenant.workspace.to_string())] {
        if input.get(name).as_str().is_some_and(|given| !given.is_empty() && given != own) {
            return Err(ActionError::input(name, format!("can only be {own}, where the workflow runs")));
        }
    }
    let class = request.records.class(&request.caller, text(input, "itemID")?).await?;
    Ok(Value::object([("dataclassId", Value::from(class.id)), ("dataclassName", class.name.into())]))
}
