//! (d2) Runs of four outward steps, each committed before the next.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::runs::{Runs, Samples};
use super::{Outcome, Stage, Target, with_log};
use crate::flow::Flow;
use crate::http::{Connection, find};
use crate::load::Work;
use crate::responder::Responder;

/// Outward steps of a run.
const STEPS: u32 = 4;
/// With more than one client, the end of every so many of a client's runs is waited for, for the latency.
const LATENCY_EVERY: u64 = 16;
/// How often a run is asked for its end then.
const ASK: Duration = Duration::from_millis(1);
/// How long a run may take to end after its last step.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts runs and waits for their last step; of some, for their end.
struct Steps {
    runs: Runs,
    responder: Responder,
    samples: Samples,
    alone: bool,
    count: u64,
}

impl Work for Steps {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        let sample = self.runs.start(connection).await?;
        self.responder.last_step(&sample.id).await?;
        let counts = self.alone || self.count.is_multiple_of(LATENCY_EVERY);
        self.count += 1;
        if counts {
            let show = self.runs.show_request(&sample.id);
            let start = Instant::now();
            while !is_finished(connection, &show).await? {
                ensure!(start.elapsed() < PATIENCE, "run {} does not end", sample.id);
                if !self.alone {
                    sleep(ASK).await;
                }
            }
        }
        self.samples.offer(sample);
        Ok(counts)
    }
}

async fn is_finished(connection: &mut Connection, show: &[u8]) -> anyhow::Result<bool> {
    let answer = connection.send(show).await?.succeeded()?;
    let finished = find(answer.body, b"\"status\":\"FINISHED\"").is_some();
    ensure!(
        finished || find(answer.body, b"\"status\":\"RUNNING\"").is_some(),
        "a run is neither running nor finished: {}",
        String::from_utf8_lossy(answer.body)
    );
    Ok(finished)
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let (server, session) = stage.server("d2").await?;
    let responder = Responder::start(STEPS).await?;
    let flow = Flow::calls(STEPS, &format!("http://{}", responder.address()));
    let runs = Runs::publish(&session, &flow).await?;
    let make = |clients| Steps {
        runs: runs.clone(),
        responder: responder.clone(),
        samples: Samples::default(),
        alone: clients == 1,
        count: 0,
    };
    let check = async |works: Vec<Steps>| {
        responder.check()?;
        // Start, and the result of each step.
        runs.check_journal(&server, u64::from(STEPS) + 1).await?;
        let samples: Vec<_> = works.into_iter().flat_map(|work| work.samples.kept).collect();
        let step = |node: &str| node.strip_prefix("call").and_then(|step| step.parse::<u32>().ok());
        let expected = |node: &str| step(node).map(|step| json!({"status": 200, "body": {"step": step}}));
        runs.check(&samples, &flow, |_, node| expected(node)).await
    };
    let target = Target { address: session.address, pid: server.id() };
    let measured = stage.measure(&target, make, async || runs.all_finished().await, check).await;
    let measured = measured.map(|mut outcome| {
        let connections = responder.connections();
        outcome.remarks.push(format!("d2: the server made {connections} connections to the responder"));
        outcome
    });
    with_log(&server, measured)
}
