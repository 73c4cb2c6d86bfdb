//! Each element of BPMN in each of its positions, as documents: what was completed, in which order, and how it ended.

mod ad_hoc;
mod boundary_events;
mod business_rules;
mod compensation;
mod conditions;
mod event_gateways;
mod event_sub_processes;
mod gateways;
mod loops;
mod messages;
mod quantities;
mod starts;
mod throws;
mod timers;

use engine::Event;
use engine::state::Status;

use crate::world::{Do, World};

/// Runs the first process of a document. What was completed, and what `status` and the variables were at the end:
/// `a b[1] e Finished`, where `b[1]` is an iteration.
#[track_caller]
fn check(body: &str, steps: &[Do], expected: &str) {
    check_world(&mut World::of_document(body), steps, expected);
}

#[track_caller]
fn check_world(world: &mut World, steps: &[Do], expected: &str) {
    world.run(steps);
    let (found, text) = (completed(world), &world.text);
    assert_eq!(found, expected, "another course than expected:\n{text}");
}

/// What was completed, in order, and the status.
fn completed(world: &World) -> String {
    let mut names = std::collections::HashMap::new();
    let mut found = Vec::new();
    for event in &world.journal {
        match event {
            Event::Activated { no, node, iteration, .. } => {
                let index = iteration.map(|index| format!("[{index}]")).unwrap_or_default();
                names.insert(*no, format!("{node}{index}"));
            }
            Event::Completed { no, .. } => found.push(names[no].clone()),
            _ => {}
        }
    }
    let status: Status = world.state.status();
    found.push(format!("{status:?}"));
    found.join(" ")
}

/// A process: `flows` are written `s-a a-e`, each a sequence flow; nodes come as they are.
fn process(nodes: &str, flows: &str) -> String {
    format!(r#"<process id="p" isExecutable="true">{nodes}{}</process>"#, flow_elements("", flows))
}

/// Sequence flows, written `s-a a-e`; `a-b:x > 1` has a condition up to the next comma.
fn flow_elements(prefix: &str, flows: &str) -> String {
    let mut text = String::new();
    for (number, flow) in flows.split(',').map(str::trim).filter(|flow| !flow.is_empty()).enumerate() {
        let (ends, condition) = flow.split_once(':').map_or((flow, None), |(ends, condition)| (ends, Some(condition)));
        let (source, target) = ends.split_once('-').expect("a flow is written a-b");
        let condition = condition.map(|it| format!("<conditionExpression><![CDATA[{it}]]></conditionExpression>"));
        text += &format!(
            r#"<sequenceFlow id="{prefix}f{number}_{source}_{target}" sourceRef="{source}" targetRef="{target}">{}</sequenceFlow>"#,
            condition.unwrap_or_default()
        );
    }
    text
}

/// A sub-process with nodes and flows.
fn sub(id: &str, attributes: &str, nodes: &str, flows: &str) -> String {
    format!(r#"<subProcess id="{id}" {attributes}>{nodes}{}</subProcess>"#, flow_elements(id, flows))
}

/// A script task that sets a variable of its own name to the value of an expression.
fn script(id: &str, expression: &str) -> String {
    format!(
        r#"<scriptTask id="{id}" scriptFormat="cel" soar:output='{{"{id}":"output"}}'><script><![CDATA[{expression}]]></script></scriptTask>"#
    )
}
