//! `taskconfig`: `{"node_info":{"<node id>":{…}},"usertask_info":{"<node id>":{…}}}`.

use std::collections::HashMap;

use model::{Map, Value};

use super::Settings;
use crate::problem::{At, Problems, rule};

/// What an entry of `node_info` may hold.
const NODE_INFO: &[&str] = &[
    "component",
    "action",
    "connection",
    "input",
    "data_object",
    "output",
    "timeout",
    "retry",
    "on_error",
    "key",
    "payload",
    "collection",
    "element",
    "output_collection",
    "output_element",
    "concurrency",
    "on_failure",
    "decision",
];
/// What an entry of `usertask_info` may hold.
const USERTASK_INFO: &[&str] =
    &["name", "description", "due", "due_handle", "handlers", "view_parameters", "handle_parameters", "output"];

/// The settings of `taskconfig` by node id. Whatever is not of the known form is reported and otherwise left alone.
pub(crate) fn read(
    taskconfig: &str,
    nodes: &HashMap<&str, Option<u32>>,
    problems: &mut Problems,
) -> HashMap<String, Settings> {
    let mut settings: HashMap<String, Settings> = HashMap::new();
    if taskconfig.trim().is_empty() {
        return settings;
    }
    let opaque = |problems: &mut Problems, message: String| {
        problems.warning(rule::TASKCONFIG, At::default(), format!("{message}; it is kept but sets nothing"));
    };
    let value = match Value::from_json(taskconfig) {
        Ok(value) => value,
        Err(error) => {
            opaque(problems, format!("taskconfig is not JSON ({error})"));
            return settings;
        }
    };
    let Some(sections) = value.as_map() else {
        opaque(problems, "taskconfig is not a JSON object".to_owned());
        return settings;
    };
    for (section, entries) in sections {
        let known = match &**section {
            "node_info" => NODE_INFO,
            "usertask_info" => USERTASK_INFO,
            _ => {
                opaque(problems, format!("taskconfig has the unknown member '{section}'"));
                continue;
            }
        };
        let Some(entries) = entries.as_map() else {
            if !entries.is_null() {
                opaque(problems, format!("'{section}' of taskconfig is not an object"));
            }
            continue;
        };
        for (id, entry) in entries {
            let Some(line) = nodes.get(&**id) else {
                let message = format!("'{section}' of taskconfig has settings for '{id}', which is not a node");
                problems.warning(rule::UNKNOWN_NODE, At { id: Some(id), line: None }, message);
                continue;
            };
            let at = At { id: Some(id), line: *line };
            let Some(members) = entry.as_map() else {
                problems.error(rule::SETTING, at, format!("the entry of '{section}' is not an object"));
                continue;
            };
            read_entry(section, known, members, settings.entry(id.to_string()).or_default(), at, problems);
        }
    }
    settings
}

fn read_entry(
    section: &str,
    known: &[&str],
    members: &Map,
    settings: &mut Settings,
    at: At<'_>,
    problems: &mut Problems,
) {
    for (name, value) in members {
        if !known.contains(&&**name) {
            problems.warning(rule::UNUSED_SETTING, at, format!("'{name}' is not a setting of '{section}'"));
        } else if let Err(message) = settings.set(name, value) {
            problems.error(rule::SETTING, at, message);
        }
    }
}
