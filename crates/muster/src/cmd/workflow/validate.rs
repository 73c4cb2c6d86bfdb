//! `muster workflow validate`: prints what the server would find in workflows.

use std::path::PathBuf;
use std::process::ExitCode;

use super::catalogue::Release;
use super::{INVALID, print, print_error, problem_line, read_workflow, unreadable_line};

/// What to check.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of workflows: BPMN 2.0 XML, its JSON form, or Base64 of either.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Settings of the nodes (taskconfig) [default: FILE with the ending .taskconfig.json, when there is one].
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let release = Release::new();
    let mut sound = true;
    for file in &args.files {
        match read_workflow(file, args.settings.as_deref()) {
            Ok(workflow) => {
                for problem in workflow.validate(&release) {
                    sound &= problem.severity != bpmn::Severity::Error;
                    print(&problem_line(file, &problem));
                }
            }
            // The other files are looked at all the same.
            Err(error) => {
                sound = false;
                match unreadable_line(file, &error) {
                    Some(line) => print(&line),
                    None => print_error(&format!("muster: {error:#}")),
                }
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(INVALID) })
}
