//! (d1, d3) Runs that end in the turn that starts them: the answer to the POST is that of a finished run.

use serde_json::json;

use super::runs::{Runs, Samples};
use super::{Outcome, Stage, Target, with_log};
use crate::flow::{Flow, Language};
use crate::http::Connection;
use crate::load::Work;

/// Starts runs.
struct Start {
    runs: Runs,
    samples: Samples,
}

impl Work for Start {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        let sample = self.runs.start(connection).await?;
        self.samples.offer(sample);
        Ok(true)
    }
}

pub(super) async fn run(stage: &Stage, language: Language) -> anyhow::Result<Outcome> {
    let name = match language {
        Language::Cel => "d1",
        Language::JavaScript => "d3",
    };
    let (server, session) = stage.server(name).await?;
    let flow = Flow::five_nodes(language);
    let runs = Runs::publish(&session, &flow).await?;
    let make = |_| Start { runs: runs.clone(), samples: Samples::default() };
    let check = async |works: Vec<Start>| {
        runs.all_finished().await?;
        runs.check_journal(&server, 1).await?;
        let samples: Vec<_> = works.into_iter().flat_map(|work| work.samples.kept).collect();
        let expected = |confidence: u64, node: &str| match node {
            "score" => Some(json!(confidence * 10)),
            "extract" => Some(json!({"ips": ["203.0.113.7", "198.51.100.23"]})),
            _ => None,
        };
        runs.check(&samples, &flow, |sample, node| expected(sample.confidence, node)).await
    };
    let target = Target { address: session.address, pid: server.id() };
    let measured = stage.measure(&target, make, async || Ok(()), check).await;
    with_log(&server, measured)
}
