//! What the blocks that run workflows share: the request that starts a run, and how what came of it is checked.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::api::Session;
use crate::flow::Flow;
use crate::http::{Connection, Template, find};
use crate::journal::Journal;
use crate::server::Server;

/// Stands in a body where a digit goes; no text holds it otherwise.
const MARK: char = '\u{1}';
/// How long runs may take to end after the last was started.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked whether all have ended.
const ASK: Duration = Duration::from_millis(5);
/// A client keeps every so many of its runs to look at afterwards, and no more than so many.
const SAMPLE_EVERY: u64 = 50;
const SAMPLES: usize = 8;

/// A published workflow, and how often it was started.
#[derive(Clone)]
pub(super) struct Runs {
    session: Session,
    workflow: String,
    template: Template,
    started: Rc<Cell<u64>>,
}

/// A run to look at afterwards.
pub(super) struct Sample {
    pub(super) id: String,
    /// The confidence of its alert.
    pub(super) confidence: u64,
}

impl Runs {
    /// Publishes the flow.
    pub(super) async fn publish(session: &Session, flow: &Flow) -> anyhow::Result<Self> {
        let mut connection = Connection::open(session.address).await?;
        let workflow = flow.publish(session, &mut connection).await?;
        let path = format!("/workflows/{workflow}/instances");
        let request = session.request("POST", &path, Some(body(&workflow).as_bytes()));
        let template = Template::new(request, MARK as u8);
        Ok(Self { session: session.clone(), workflow, template, started: Rc::default() })
    }

    /// Starts a run with the next alert. Calls `answered` with its id, as soon as the server has acknowledged it.
    pub(super) async fn start(&mut self, connection: &mut Connection) -> anyhow::Result<Sample> {
        let number = self.started.get();
        self.started.set(number + 1);
        let confidence = 3 + number % 7;
        self.template.set(0, number);
        self.template.set(1, confidence);
        let answer = connection.send(self.template.bytes()).await?.succeeded()?;
        let name = b"\"action_instance_id\":\"";
        let start = find(answer.body, name).context("the answer names no instance")? + name.len();
        let id = answer.body.get(start..start + 36).context("the answer names no instance")?;
        Ok(Sample { id: std::str::from_utf8(id)?.to_owned(), confidence })
    }

    /// The request that shows a run.
    pub(super) fn show_request(&self, id: &str) -> Vec<u8> {
        self.session.request("GET", &format!("/workflows/instances/{id}"), None)
    }

    /// Waits until every run that was started is listed as finished.
    pub(super) async fn all_finished(&self) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.session.address).await?;
        let path = format!("/workflows/instances?workflow_id={}&status=FINISHED&limit=1", self.workflow);
        let start = Instant::now();
        loop {
            let listed = self.session.call(&mut connection, "GET", &path, None).await?;
            let finished = listed["count"].as_u64().context("the list has no count")?;
            if finished == self.started.get() {
                return Ok(());
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "{} runs were acknowledged and {finished} have finished after {} s",
                self.started.get(),
                PATIENCE.as_secs()
            );
            sleep(ASK).await;
        }
    }

    /// Looks at single runs: finished, every node finished, and the outputs that `output` expects by node.
    pub(super) async fn check(
        &self,
        samples: &[Sample],
        flow: &Flow,
        output: impl Fn(&Sample, &str) -> Option<Value>,
    ) -> anyhow::Result<()> {
        ensure!(!samples.is_empty(), "no run was kept to look at");
        let mut connection = Connection::open(self.session.address).await?;
        for sample in samples {
            let path = format!("/workflows/instances/{}?show_topology=true", sample.id);
            let shown = self.session.call(&mut connection, "GET", &path, None).await?;
            ensure!(shown["status"] == "FINISHED", "run {} is {}", sample.id, shown["status"]);
            let rows = shown["topology"]["audit_logs"].as_array().context("the run has no topology")?;
            let mut nodes: Vec<&str> = rows.iter().filter_map(|row| row["action_id"].as_str()).collect();
            nodes.sort_unstable();
            ensure!(nodes == flow.nodes, "run {} went through {nodes:?}", sample.id);
            for row in rows {
                let node = row["action_id"].as_str().unwrap_or_default();
                ensure!(row["status"] == "FINISHED", "node {node} of run {} is {}", sample.id, row["status"]);
                let Some(expected) = output(sample, node) else { continue };
                let found = row["output"].as_str().unwrap_or_default();
                let found: Value = serde_json::from_str(found).unwrap_or_default();
                ensure!(holds(&found, &expected), "node {node} of run {} gave {found}", sample.id);
            }
        }
        Ok(())
    }

    /// Looks into the server's journal: every run is there, in so many turns each.
    pub(super) async fn check_journal(&self, server: &Server, turns: u64) -> anyhow::Result<()> {
        let found = Journal::count(&server.database()).await.context("cannot read the journal")?;
        let runs = self.started.get();
        let expected = Journal { runs, turns: runs * turns };
        ensure!(found == expected, "the journal has {found:?} where {expected:?} was acknowledged");
        Ok(())
    }
}

/// Keeps some of a client's runs.
#[derive(Default)]
pub(super) struct Samples {
    seen: u64,
    pub(super) kept: Vec<Sample>,
}

impl Samples {
    pub(super) fn offer(&mut self, sample: Sample) {
        if self.seen.is_multiple_of(SAMPLE_EVERY) && self.kept.len() < SAMPLES {
            self.kept.push(sample);
        }
        self.seen += 1;
    }
}

/// The command that starts a run, with a small alert. Its number and confidence are slots.
fn body(workflow: &str) -> String {
    let alert = json!({
        "id": "@id",
        "confidence": "@confidence",
        "title": "ET SCAN Suspicious inbound to MSSQL port 1433",
        "description": "203.0.113.7 connected to 198.51.100.23 on port 1433",
        "src_ip": "203.0.113.7",
        "dest_ip": "198.51.100.23",
        "labels": ["scan", "mssql"],
    });
    let object = json!({"content": alert, "dataclass": {"name": "Alert"}});
    let command = json!({
        "command_type": "ActionInstanceRunCommand",
        "action_type": "workflow",
        "action_id": workflow,
        "playbook_context": {"data_object": object},
    });
    // JSON would write the marks as escapes.
    let digits = MARK.to_string().repeat(12);
    command.to_string().replace("@id", &format!("alert-{digits}")).replace("\"@confidence\"", &MARK.to_string())
}

/// Whether a value is the expected one; of objects only the expected members count, and 3.0 is 3.
fn holds(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| holds(found, value)))
        }
        (Value::Number(found), Value::Number(expected)) => found.as_f64() == expected.as_f64(),
        (found, expected) => found == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_to_hold_what_is_expected() {
        for (found, expected, result) in [
            (json!({"a": 1, "b": 2}), json!({"a": 1.0}), true),
            (json!({"a": {"b": [1]}}), json!({"a": {"b": [1]}}), true),
            (json!({"a": 1}), json!({"a": 2}), false),
            (json!({"b": 1}), json!({"a": 1}), false),
            (json!(null), json!({"a": 1}), false),
            (json!("30"), json!(30), false),
        ] {
            assert_eq!(holds(&found, &expected), result, "{found} for {expected}");
        }
    }

    #[test]
    fn the_body_of_a_start_is_json_once_its_slots_are_filled() {
        let mut template = Template::new(body("w").into_bytes(), MARK as u8);
        template.set(0, 17);
        template.set(1, 5);
        let body: Value = serde_json::from_slice(template.bytes()).expect("JSON");
        let alert = &body["playbook_context"]["data_object"]["content"];
        assert_eq!((&alert["id"], &alert["confidence"]), (&json!("alert-000000000017"), &json!(5)));
    }

    #[test]
    fn a_client_keeps_few_of_many_runs() {
        let mut samples = Samples::default();
        for number in 0..10_000 {
            samples.offer(Sample { id: String::new(), confidence: number });
        }
        let kept: Vec<u64> = samples.kept.iter().map(|sample| sample.confidence).collect();
        assert_eq!(kept, [0, 50, 100, 150, 200, 250, 300, 350]);
    }
}
