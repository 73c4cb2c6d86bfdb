//! `make bench`: drives the release server over HTTP from a process of its own and prints what it does in a second beside
//! what the machine could do. See docs/benchmarks.md.

mod api;
mod block;
mod burst;
mod ceiling;
mod durable;
mod fill;
mod flow;
mod footprint;
mod http;
mod journal;
mod load;
mod machine;
mod playbook;
mod process;
mod report;
mod responder;
mod search;
mod server;
mod soak;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand};
use tokio::task::LocalSet;

use crate::block::{Block, Stage};
use crate::ceiling::Program;
use crate::footprint::Footprint;
use crate::machine::{Facts, Probe};
use crate::report::{Conditions, Results};
use crate::soak::Soak;

/// Measures the release server beside the ceilings of this machine.
#[derive(Debug, Parser)]
#[command(name = "muster-bench")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// One short run of everything: whether it works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// Only these blocks, comma-separated.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Block>,
    /// Seconds that each number of clients is measured in each run [default: 4].
    #[arg(long)]
    seconds: Option<f64>,
    /// Runs of each block [default: 3].
    #[arg(long)]
    runs: Option<usize>,
    /// Numbers of clients.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    clients: Vec<usize>,
    /// Also write the results to this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sends alerts at half of what the server keeps up with and fails unless its memory stays what it is.
    Soak {
        /// How long.
        #[arg(long, default_value_t = 20.0)]
        minutes: f64,
    },
    /// Sends alerts as fast as they are taken, each of which sets a playbook off, until all are answered.
    Burst {
        /// How many, in thousands.
        #[arg(long, default_value_t = 100)]
        thousands: u64,
    },
    /// Fills a server with alerts and searches them.
    Search {
        /// How many, in thousands.
        #[arg(long, default_value_t = 1_000)]
        thousands: u64,
    },
    /// The durable ceiling's server: one row committed for each request (started by the benchmark).
    #[command(hide = true)]
    DurableCeiling {
        /// Where it listens.
        #[arg(long)]
        listen: SocketAddr,
        /// The database file.
        #[arg(long)]
        file: PathBuf,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    if let Some(Command::DurableCeiling { listen, file }) = &cli.command {
        // Like the server that it is compared with, it may use every core.
        let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return tokio.block_on(durable::serve(*listen, file)).map(|()| ExitCode::SUCCESS);
    }
    // One thread: what it does not take, the server can use.
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&tokio, bench(cli))
}

async fn bench(cli: Cli) -> anyhow::Result<ExitCode> {
    ensure!(!cli.clients.contains(&0), "--clients takes numbers from 1 on");
    let program = std::env::current_exe()?;
    let folder = program.parent().context("the program is in a folder")?;
    let target = folder.parent().context("the program is in a folder of the target folder")?;
    let binary = folder.join("muster");
    ensure!(binary.is_file(), "{} is missing; `make bench` builds it", binary.display());
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (ceiling, trouble) = match cli.command {
        // These have no ceiling to be compared with.
        Some(Command::Soak { .. } | Command::Search { .. } | Command::Burst { .. }) => {
            (Program::Own(program.clone()), None)
        }
        Some(Command::DurableCeiling { .. }) | None => Program::find(&repository, target)?,
    };
    // On the disk that the server would use, which a folder for temporary files need not be.
    let work = tempfile::Builder::new().prefix("bench-").tempdir_in(target)?;
    let seconds = cli.seconds.unwrap_or(if cli.quick { 1.0 } else { 4.0 });
    let time = Duration::try_from_secs_f64(seconds).context("--seconds")?;
    let stage = Stage {
        binary,
        ceiling,
        work: work.path().to_owned(),
        clients: cli.clients,
        time,
        warm_up: time.min(Duration::from_secs(1)) / 2,
    };
    if let Some(Command::Soak { minutes }) = cli.command {
        let time = Duration::try_from_secs_f64(minutes * 60.0).context("--minutes")?;
        let soak = Soak::run(&stage, time).await?;
        print(&soak.to_text());
        return Ok(if soak.is_flat() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if let Some(Command::Search { thousands }) = cli.command {
        print(&search::run(&stage, thousands * 1_000).await?);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(Command::Burst { thousands }) = cli.command {
        print(&burst::run(&stage, thousands * 1_000).await?);
        return Ok(ExitCode::SUCCESS);
    }
    let runs = cli.runs.unwrap_or(if cli.quick { 1 } else { 3 });
    let blocks = if cli.only.is_empty() { Block::ALL.to_vec() } else { cli.only };

    let machine = Facts::read(&stage.work);
    let conditions = Conditions {
        server: "`muster serve`, SQLite (WAL, synchronous=FULL, one writer), token authentication, --log warn, \
                 --metrics-listen off, an empty folder for each block of each run."
            .to_owned(),
        durable_ceiling: stage.ceiling.name().to_owned(),
        runs,
        seconds,
        machine,
    };
    if !conditions.machine.is_on_disk() {
        say("warning: the target folder is in memory, so nothing here is durable");
    }
    if let Some(trouble) = trouble {
        say(&format!("warning: {trouble}"));
    }
    let results = measure(&stage, &blocks, runs, cli.quick).await?;
    print(&results.to_text(&conditions));
    if let Some(file) = cli.json {
        std::fs::write(&file, results.to_json(&conditions)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(if results.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Round after round of all blocks, so that what is compared was measured within minutes.
async fn measure(stage: &Stage, blocks: &[Block], runs: usize, quick: bool) -> anyhow::Result<Results> {
    let mut results = Results::default();
    let watch = Duration::from_millis(if quick { 200 } else { 1000 });
    for round in 1..=runs {
        for block in blocks.iter().copied().filter(|block| *block != Block::E) {
            let name = format!("({}) in round {round}", block.key());
            results.probes.push(Probe::take(name.clone(), &stage.work, watch)?);
            let outcome = block.run(stage).await.unwrap_or_else(|error| {
                let failure = format!("{name}: {error:#}");
                say(&failure);
                results.failures.push(failure);
                block::Outcome::default()
            });
            for cell in &outcome.cells {
                let (clients, rate) = (cell.clients, cell.rate);
                say(&format!(
                    "{name}, {clients} clients: {rate:.0}/s, p50 {:.2}, p99 {:.2} ms",
                    cell.p50_ms, cell.p99_ms
                ));
            }
            results.blocks.entry(block).or_default().push(outcome);
        }
    }
    if blocks.contains(&Block::E) {
        results.probes.push(Probe::take("(e)".to_owned(), &stage.work, watch)?);
        match Footprint::measure(stage, if quick { 2 } else { 7 }).await {
            Ok(footprint) => results.footprint = Some(footprint),
            Err(error) => results.failures.push(format!("(e): {error:#}")),
        }
    }
    Ok(results)
}

/// The report.
#[expect(clippy::print_stdout, reason = "this is the program's output")]
fn print(text: &str) {
    println!("{text}");
}

/// How far it is, for who waits.
#[expect(clippy::print_stderr, reason = "this is the program's progress, beside its output")]
fn say(text: &str) {
    eprintln!("{text}");
}
