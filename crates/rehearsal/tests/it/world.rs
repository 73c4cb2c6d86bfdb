//! A rehearsal in one call, and its outcome in two lines.

use std::collections::HashMap;
use std::time::Duration;

use bpmn::validate::{Action, Catalogue};
use engine::command::Failure;
use model::time::iso_seconds;
use model::{Map, Timestamp, Value};
use rehearsal::scripts::Ran;
use rehearsal::{Delivery, Error, Happened, Mocks, Outcome, Plan, Prepared, Scripts, Workflow, rehearse};

/// Any component with any action.
pub(crate) struct Anything;

impl Catalogue for Anything {
    fn has_component(&self, component: &str) -> bool {
        component != "Unknown"
    }

    fn action(&self, _component: &str, _action: &str) -> Option<Action> {
        Some(Action { parameters: Vec::new(), needs_connection: false })
    }

    fn has_connection(&self, _component: &str, _connection: &str) -> bool {
        true
    }
}

/// Scripts whose source is looked up.
#[derive(Default)]
pub(crate) struct Played(HashMap<&'static str, Result<Ran, Failure>>);

impl Scripts for Played {
    fn run(&mut self, source: &str, scope: &Value, _timeout: Option<Duration>) -> Result<Ran, Failure> {
        assert!(scope.get("data_object").as_map().is_some(), "a script sees the names of the instance");
        self.0.get(source).cloned().unwrap_or_else(|| panic!("an unexpected script: {source}"))
    }
}

/// What is rehearsed.
pub(crate) struct Given {
    xml: String,
    settings: String,
    with: Vec<String>,
    pub(crate) processes: Vec<String>,
    pub(crate) input: Value,
    pub(crate) variables: Map,
    mocks: String,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) max_steps: u64,
    scripts: Played,
}

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text).expect("JSON in a test")
}

/// A document with these processes, `id: body`, all executable.
pub(crate) fn document(processes: &[(&str, &str)]) -> String {
    let bodies: String = processes
        .iter()
        .map(|(id, body)| format!(r#"<process id="{id}" name="The {id}" isExecutable="true">{body}</process>"#))
        .collect();
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="test"
           xmlns:soar="https://soc.cloudsre.com/soar/v2">{bodies}</definitions>"#
    )
}

/// Flows between nodes, `a b c` for a chain; their ids are `a_b`, `b_c`.
pub(crate) fn path(chain: &str) -> String {
    let nodes: Vec<&str> = chain.split(' ').collect();
    let flow =
        |ends: &[&str]| format!(r#"<sequenceFlow id="{0}_{1}" sourceRef="{0}" targetRef="{1}"/>"#, ends[0], ends[1]);
    nodes.windows(2).map(flow).collect()
}

/// A body whose ids, and references to them, begin with a prefix: ids are unique in a document.
pub(crate) fn prefixed(prefix: &str, body: &str) -> String {
    ["id", "sourceRef", "targetRef"].iter().fold(body.to_owned(), |body, attribute| {
        body.replace(&format!(" {attribute}=\""), &format!(" {attribute}=\"{prefix}"))
    })
}

/// Start, one node, end.
pub(crate) fn around(node: &str) -> String {
    format!(r#"<startEvent id="s"/>{node}<endEvent id="e"/>{}"#, path("s n e"))
}

impl Given {
    /// One process `p` with this body.
    pub(crate) fn process(body: &str) -> Self {
        Self::document(&document(&[("p", body)]))
    }

    pub(crate) fn document(xml: &str) -> Self {
        Self {
            xml: xml.to_owned(),
            settings: String::new(),
            with: Vec::new(),
            processes: Vec::new(),
            input: json("{}"),
            variables: Map::new(),
            mocks: "null".to_owned(),
            deliveries: Vec::new(),
            max_steps: 1000,
            scripts: Played::default(),
        }
    }

    pub(crate) fn settings(mut self, settings: &str) -> Self {
        self.settings = settings.to_owned();
        self
    }

    pub(crate) fn mocks(mut self, mocks: &str) -> Self {
        self.mocks = mocks.to_owned();
        self
    }

    /// Changes the document.
    pub(crate) fn replace(&mut self, from: &str, to: &str) {
        self.xml = self.xml.replace(from, to);
    }

    pub(crate) fn with(mut self, xml: String) -> Self {
        self.with.push(xml);
        self
    }

    pub(crate) fn script(mut self, source: &'static str, value: &str, vars: &str) -> Self {
        self.scripts.0.insert(source, Ok(Ran { value: json(value), vars: json(vars) }));
        self
    }

    pub(crate) fn prepared(&self) -> Prepared {
        Workflow::read(&self.xml, &self.settings).expect("BPMN").prepare(&Anything)
    }

    pub(crate) fn run(mut self) -> Result<Outcome, Error> {
        let workflow = self.prepared();
        assert!(!workflow.has_error(), "{:#?}", workflow.problems);
        let with: Vec<Prepared> =
            self.with.iter().map(|xml| Workflow::read(xml, "").expect("BPMN").prepare(&Anything)).collect();
        let plan = Plan {
            workflow: &workflow,
            with: with.iter().collect(),
            processes: self.processes,
            input: self.input,
            variables: self.variables,
            mocks: Mocks::read(&json(&self.mocks))?,
            deliveries: self.deliveries,
            max_steps: self.max_steps,
        };
        rehearse(&plan, &mut self.scripts)
    }
}

/// Nodes as they ended, in order: `a` completed, `!a` failed, `~a` cancelled, `1:a` of the second instance, `a@PT5S` five
/// seconds after the beginning (said when the clock has moved).
pub(crate) fn ended(outcome: &Outcome) -> String {
    let begin = outcome.trace.first().map_or(Timestamp(0), |entry| entry.at);
    let mut before = begin;
    let mut words = Vec::new();
    for entry in outcome.trace.iter() {
        let mark = match entry.event {
            Happened::Started => continue,
            Happened::Completed => "",
            Happened::Failed => "!",
            Happened::Cancelled => "~",
            Happened::Compensated => "-",
        };
        let instance = if entry.instance > 0 { format!("{}:", entry.instance) } else { String::new() };
        let moved = if entry.at == before {
            String::new()
        } else {
            let passed = u64::try_from(entry.at.0 - begin.0).expect("time goes on");
            format!("@{}", iso_seconds(Duration::from_micros(passed)))
        };
        before = entry.at;
        words.push(format!("{instance}{mark}{}{moved}", entry.node));
    }
    words.join(" ")
}

/// The instances: `p FINISHED {"x":1}`, with the fault as `(node code)`, several with `; ` between.
pub(crate) fn instances(outcome: &Outcome) -> String {
    let all = outcome.instances.iter().map(|instance| {
        let fault = instance.fault.as_ref().map(|fault| format!(" ({} {})", fault.node, fault.code));
        let (status, variables) = (instance.status.word(), instance.variables.to_json());
        format!("{} {status} {variables}{}", instance.process, fault.unwrap_or_default())
    });
    all.collect::<Vec<_>>().join("; ")
}

/// Rehearses, and compares how nodes ended and how the instances stand.
#[track_caller]
pub(crate) fn check(given: Given, path: &str, expected: &str) -> Outcome {
    let outcome = given.run().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((ended(&outcome).as_str(), instances(&outcome).as_str()), (path, expected), "{}", outcome.to_text());
    assert_eq!(outcome.status, outcome.instances[0].status);
    outcome
}

/// Rehearses and compares what the outcome notes.
#[track_caller]
pub(crate) fn check_notes(outcome: &Outcome, expected: &[&str]) {
    let fits = outcome.notes.len() == expected.len()
        && outcome.notes.iter().zip(expected).all(|(note, part)| note.contains(part));
    assert!(fits, "{:#?}", outcome.notes);
}
