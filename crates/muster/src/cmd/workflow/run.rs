//! `muster workflow run`: rehearses one workflow and prints what happened.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use model::{Map, Value};
use rehearsal::plan::DEFAULT_STEPS;
use rehearsal::{Mocks, Plan, Prepared, Status, rehearse, text};

use super::catalogue::Release;
use super::deliveries::Deliveries;
use super::scripts::Host;
use super::{INVALID, print, print_error, problem_line, read_file, read_workflow};

/// What to rehearse, with which data.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File of the workflow: BPMN 2.0 XML, its JSON form, or Base64 of either.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Process to start; may be given several times [default: the first executable one].
    #[arg(long = "process", value_name = "ID")]
    processes: Vec<String>,
    /// What expressions read as data_object.
    #[arg(long, value_name = "JSON|@FILE")]
    input: Option<String>,
    /// Start variable of each process; may be given several times.
    #[arg(long = "set", value_name = "NAME=JSON")]
    set: Vec<String>,
    /// Answers for service and user tasks, JSON or YAML; without one they complete with nothing or with defaults.
    #[arg(long, value_name = "FILE")]
    mock: Option<PathBuf>,
    #[command(flatten)]
    deliveries: Deliveries,
    /// File whose processes can be called; may be given several times.
    #[arg(long = "with", value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Settings of the nodes (taskconfig) [default: FILE with the ending .taskconfig.json, when there is one].
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Nodes that may be executed in all.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_STEPS, value_parser = clap::value_parser!(u64).range(1..))]
    max_steps: u64,
    /// How to print what happened.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How an outcome is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let input = match &args.input {
        Some(input) => read_input(input)?,
        None => Value::map(Map::new()),
    };
    let variables = args.set.iter().map(|set| read_set(set)).collect::<anyhow::Result<Map>>()?;
    let mocks = match &args.mock {
        Some(file) => read_mocks(file)?,
        None => Mocks::default(),
    };
    let deliveries = args.deliveries.read()?;
    let release = Release::new();
    let workflow = read_workflow(&args.file, args.settings.as_deref())?.prepare(&release);
    let mut sound = is_sound(&args.file, &workflow);
    let mut with = Vec::with_capacity(args.with.len());
    for file in &args.with {
        let prepared = read_workflow(file, None)?.prepare(&release);
        sound &= is_sound(file, &prepared);
        with.push(prepared);
    }
    if !sound {
        return Ok(ExitCode::from(INVALID));
    }
    let plan = Plan {
        workflow: &workflow,
        with: with.iter().collect(),
        processes: args.processes,
        input,
        variables,
        mocks,
        deliveries,
        max_steps: args.max_steps,
    };
    let outcome = rehearse(&plan, &mut Host::new()?)?;
    for note in &outcome.notes {
        print_error(&format!("note: {note}"));
    }
    match args.format {
        Format::Text => print(outcome.to_text().trim_end()),
        Format::Json => print(&outcome.to_json()),
    }
    Ok(ExitCode::from(match outcome.status {
        Status::Finished => 0,
        Status::Failed => INVALID,
        Status::Waiting => 3,
        Status::Terminated => 4,
    }))
}

/// Prints what was found in a file; whether it can run.
fn is_sound(file: &Path, prepared: &Prepared) -> bool {
    for problem in &prepared.problems {
        print_error(&problem_line(file, problem));
    }
    !prepared.has_error()
}

fn read_input(input: &str) -> anyhow::Result<Value> {
    match input.strip_prefix('@') {
        Some(file) => {
            let text = read_file(Path::new(file)).context("--input")?;
            Value::from_json(&text).with_context(|| format!("--input: {file} is not JSON"))
        }
        None => Value::from_json(input).context("--input is not JSON (a file is given as @FILE)"),
    }
}

fn read_set(set: &str) -> anyhow::Result<(std::sync::Arc<str>, Value)> {
    let Some((name, json)) = set.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        bail!("--set: expected NAME=JSON, not '{set}'");
    };
    let value = Value::from_json(json)
        .with_context(|| format!("--set {name}: what follows '=' is not JSON (a text needs quotes)"))?;
    Ok((name.into(), value))
}

fn read_mocks(file: &Path) -> anyhow::Result<Mocks> {
    let text = text::read(&read_file(file).context("--mock")?);
    let value = text.map_err(|message| anyhow::anyhow!("--mock: {}: {message}", file.display()))?;
    Mocks::read(&value).with_context(|| format!("--mock: {}", file.display()))
}
