//! What is measured, block by block. A block starts its own process on an empty folder, puts the load on it with each
//! number of clients, and checks what came of it.

pub(crate) mod alerts;
mod create;
mod durable;
mod http;
mod repeat;
mod runs;
mod start;
mod steps;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use crate::api::Session;
use crate::ceiling::Program;
use crate::flow::Language;
use crate::load::{self, Client, Measured, Work};
use crate::process::{self, Memory};
use crate::server::{Server, free_address};

/// A block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Block {
    /// (a) The HTTP ceiling.
    A,
    /// (b) The durable ceiling.
    B,
    /// (c) Creating workflows.
    C,
    /// (d1) Runs of five computing nodes.
    D1,
    /// (d2) Runs of four outward steps.
    D2,
    /// (d3) Runs of five nodes, one of them JavaScript.
    D3,
    /// (e) Memory, start, size.
    E,
    /// (f0) Alerts accepted, no playbook enabled.
    F0,
    /// (f1) Alerts accepted, each sets a playbook off.
    F1,
    /// (f10) The same among ten.
    F10,
    /// (f1000) The same among a thousand.
    F1000,
    /// (fb) Batches of a hundred alerts, no playbook enabled.
    Fb,
}

impl Block {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D1,
        Self::D2,
        Self::D3,
        Self::E,
        Self::F0,
        Self::F1,
        Self::F10,
        Self::F1000,
        Self::Fb,
    ];

    /// Its short name.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::D1 => "d1",
            Self::D2 => "d2",
            Self::D3 => "d3",
            Self::E => "e",
            Self::F0 => "f0",
            Self::F1 => "f1",
            Self::F10 => "f10",
            Self::F1000 => "f1000",
            Self::Fb => "fb",
        }
    }

    /// What one second counts.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::A => "HTTP ceiling, requests",
            Self::B => "durable ceiling, requests",
            Self::C => "create workflow, requests",
            Self::D1 => "five nodes, instances",
            Self::D2 => "four outward steps, instances",
            Self::D3 => "five nodes with JavaScript, instances",
            Self::E => "memory, start, size",
            Self::F0 => "alerts, no playbook",
            Self::F1 => "alerts, one playbook that each sets off",
            Self::F10 => "alerts, ten playbooks of which each sets one off",
            Self::F1000 => "alerts, a thousand playbooks of which each sets one off",
            Self::Fb => "batches of a hundred alerts, no playbook",
        }
    }

    /// What its figures contain.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::A => {
                "GET …/soc/components/alliance?limit=1 with a token. It is answered from memory; token and workspace \
                 are remembered for two seconds and then read again."
            }
            Self::B => {
                "POST of a row of 1 KB, answered after its commit: SQLite, WAL, synchronous=FULL, the requests that \
                 wait share a commit. No authentication, one table, one index."
            }
            Self::C => {
                "POST …/soc/workflows with a token and a name of its own, answered after the commit of the workflow \
                 and its audit row. All of them are in the list afterwards."
            }
            Self::D1 => {
                "POST …/instances with a token and an alert, answered after the commit that holds the whole run: \
                 start, CEL script, exclusive gateway, extractIps, end. Every run is listed as FINISHED and has one \
                 turn in the journal; samples have the right outputs."
            }
            Self::D2 => {
                "POST …/instances with a token and an alert, then four HTTP.request steps against a responder in this \
                 process, the result of each committed before the next is sent: five turns in the journal for each \
                 run. A client goes on when its run's fourth step has been answered; the time ends when every run is \
                 listed as FINISHED. Latency is from POST until a GET says FINISHED (asked every 1 ms, without a \
                 pause at one client), of every run at one client and of one in 16 otherwise. The work of \
                 the responder and of these GETs is in the figures."
            }
            Self::D3 => "d1 with JavaScript in a script host instead of CEL.",
            Self::E => "",
            Self::F0 => {
                "POST …/soc/alerts with a token and an alert of 0.6 KB, answered after the commit of the alert, its \
                 search terms and its audit row. All of them are found by a search afterwards."
            }
            Self::Fb => {
                "POST …/soc/datapanel/alert/data-objects/batch-create with a hundred alerts of f0, which are one commit."
            }
            Self::F1 | Self::F10 | Self::F1000 => {
                "As f0; the commit also holds a queued run of the playbook whose rule matches. It runs the five \
                 nodes of d1 meanwhile, on the same processors. Every alert has one finished run of the playbook \
                 afterwards; the time until then is not counted."
            }
        }
    }

    /// Runs the block once.
    pub(crate) async fn run(self, stage: &Stage) -> anyhow::Result<Outcome> {
        match self {
            Self::A => http::run(stage).await,
            Self::B => durable::run(stage).await,
            Self::C => create::run(stage).await,
            Self::D1 => start::run(stage, Language::Cel).await,
            Self::D2 => steps::run(stage).await,
            Self::D3 => start::run(stage, Language::JavaScript).await,
            Self::E => Ok(Outcome::default()),
            Self::F0 => alerts::run(stage, 0).await,
            Self::F1 => alerts::run(stage, 1).await,
            Self::F10 => alerts::run(stage, 10).await,
            Self::F1000 => alerts::run(stage, 1000).await,
            Self::Fb => alerts::run_batches(stage).await,
        }
    }
}

/// What blocks need.
pub(crate) struct Stage {
    /// The server's program.
    pub(crate) binary: PathBuf,
    /// The durable ceiling's program.
    pub(crate) ceiling: Program,
    /// Where data folders are made.
    pub(crate) work: PathBuf,
    /// Numbers of clients.
    pub(crate) clients: Vec<usize>,
    /// How long each number of clients is measured.
    pub(crate) time: Duration,
    /// How long they work before, uncounted.
    pub(crate) warm_up: Duration,
}

/// One run of a block.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// A cell for each number of clients.
    pub(crate) cells: Vec<Cell>,
    /// Memory of the process and of its children with the most clients still connected.
    pub(crate) memory: Option<(Memory, Memory)>,
    /// What was found on the way.
    pub(crate) remarks: Vec<String>,
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    /// How many clients.
    pub(crate) clients: usize,
    /// How many a second.
    pub(crate) rate: f64,
    /// Median latency, milliseconds.
    pub(crate) p50_ms: f64,
    /// 99th percentile, milliseconds.
    pub(crate) p99_ms: f64,
    /// Processor time of the measured process and its children for each, microseconds.
    pub(crate) server_us: f64,
    /// Cores that this process kept busy meanwhile.
    pub(crate) generator_cores: f64,
}

impl Cell {
    fn new(clients: usize, measured: &Measured) -> Self {
        let (done, seconds) = (measured.done.max(1) as f64, measured.elapsed.as_secs_f64());
        let ms = |share| f64::from(load::percentile(&measured.latencies, share)) / 1000.0;
        Self {
            clients,
            rate: measured.done as f64 / seconds,
            p50_ms: ms(0.50),
            p99_ms: ms(0.99),
            server_us: measured.server_time.as_secs_f64() * 1e6 / done,
            generator_cores: measured.own_time.as_secs_f64() / seconds,
        }
    }
}

/// A process that is measured.
struct Target {
    address: std::net::SocketAddr,
    pid: u32,
}

impl Stage {
    /// Starts the server on an empty folder and logs in.
    pub(crate) async fn server(&self, name: &str) -> anyhow::Result<(Server, Session)> {
        let mut server = Server::start(&self.binary, &self.folder(name)?.join("data"), free_address()?)?;
        let session = server.log_in().await?;
        Ok((server, session))
    }

    /// A new folder. It stays until the end of everything: a large delete would slow the disk down for what follows.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let made = tempfile::Builder::new().prefix(name).tempdir_in(&self.work);
        Ok(made.with_context(|| format!("cannot make a folder in {}", self.work.display()))?.keep())
    }

    /// Measures with each number of clients. `settled` waits for what is under way after the last answer, `check` looks
    /// at what the clients of a cell have kept.
    async fn measure<W: Work + 'static>(
        &self,
        target: &Target,
        mut make: impl FnMut(usize) -> W,
        settled: impl AsyncFn() -> anyhow::Result<()>,
        check: impl AsyncFn(Vec<W>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome::default();
        for count in self.clients.iter().copied() {
            let works = (0..count).map(|_| make(count)).collect();
            let mut clients = load::connect(target.address, works).await?;
            load::drive(&mut clients, self.warm_up, target.pid, &settled).await?;
            let measured = load::drive(&mut clients, self.time, target.pid, &settled).await?;
            let children = process::children(target.pid).into_iter().map(process::memory);
            let memory = (process::memory(target.pid), children.fold(Memory::default(), |all, one| all + one));
            outcome.memory = Some(memory);
            outcome.cells.push(Cell::new(count, &measured));
            let works = clients.into_iter().map(|Client { work, .. }| work).collect();
            check(works).await.with_context(|| format!("with {count} clients"))?;
        }
        Ok(outcome)
    }
}

/// Adds what the server has logged: at the level of warnings, that is what went wrong.
fn with_log(server: &Server, result: anyhow::Result<Outcome>) -> anyhow::Result<Outcome> {
    let log = server.log();
    match result {
        Ok(mut outcome) => {
            outcome.remarks.extend((!log.is_empty()).then(|| format!("the server logged:\n{log}")));
            Ok(outcome)
        }
        Err(error) if log.is_empty() => Err(error),
        Err(error) => Err(error.context(format!("the server logged:\n{log}"))),
    }
}

/// The name of a file of the database in a folder.
fn database(folder: &Path) -> PathBuf {
    folder.join("ceiling.db")
}
