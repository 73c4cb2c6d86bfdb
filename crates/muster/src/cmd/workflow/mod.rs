//! `muster workflow`: rehearses, tests and checks workflows from their files, without a server.
//!
//! Owns files, output and exit codes; what happens is decided by the rehearsal.

mod catalogue;
mod deliveries;
mod run;
mod scripts;
mod test;
mod validate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use rehearsal::Workflow;

use super::{print, print_error};

/// Exit code of what is invalid, and of a workflow that failed.
const INVALID: u8 = 2;

/// Works with workflows in files.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Rehearse a workflow on a virtual clock. Ends with 0 when it finished, 2 when it failed or is invalid, 3 when it
    /// waits, 4 when it was terminated.
    Run(Box<run::Args>),
    /// Run the cases kept beside workflows and report which branches they take. Ends with 1 when one does not hold.
    Test(test::Args),
    /// Print what is wrong with workflows. Ends with 2 when there is an error.
    Validate(validate::Args),
}

/// Runs the subcommand. Input that cannot be used is one line on standard error.
pub(crate) fn run(args: Args) -> ExitCode {
    let result = match args.action {
        Action::Run(args) => run::run(*args),
        Action::Test(args) => test::run(&args),
        Action::Validate(args) => validate::run(&args),
    };
    result.unwrap_or_else(|error| {
        print_error(&format!("muster: {error:#}"));
        ExitCode::from(INVALID)
    })
}

fn read_file(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", path.display()))
}

/// Reads a workflow with its settings: those given, else `<name>.taskconfig.json` beside it when there is one.
fn read_workflow(path: &Path, settings: Option<&Path>) -> anyhow::Result<Workflow> {
    let text = read_file(path)?;
    let beside: PathBuf = path.with_extension("taskconfig.json");
    let settings = match settings {
        Some(settings) => read_file(settings)?,
        None if beside.exists() => read_file(&beside)?,
        None => String::new(),
    };
    Workflow::read(&text, &settings).with_context(|| format!("cannot use {}", path.display()))
}

/// A problem as editors read it: `file:line:column severity rule message`. The column is not known.
fn problem_line(path: &Path, problem: &bpmn::Problem) -> String {
    let severity = match problem.severity {
        bpmn::Severity::Error => "error",
        bpmn::Severity::Warning => "warning",
    };
    let node = problem.node.as_ref().map(|node| format!("{node}: ")).unwrap_or_default();
    let (line, rule, message) = (problem.line.unwrap_or(1), problem.rule, &problem.message);
    format!("{}:{line}:1 {severity} {rule} {node}{message}", path.display())
}

/// A text that is no workflow, as a problem of its file; `None` when the file itself cannot be had.
fn unreadable_line(path: &Path, error: &anyhow::Error) -> Option<String> {
    let (line, message) = match error.downcast_ref()? {
        rehearsal::Error::Document(bpmn::Error::NotXml { line, message }) => (*line, message.clone()),
        other => (1, other.to_string()),
    };
    Some(format!("{}:{line}:1 error document {message}", path.display()))
}
