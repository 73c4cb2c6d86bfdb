//! `muster workflow test`: runs the files of cases in a folder and reports the branches that they take.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use rehearsal::Suite;
use rehearsal::cases::{Files, Report};

use super::catalogue::Release;
use super::scripts::Host;
use super::{print, read_file};

/// How the name of a file of cases ends.
const ENDINGS: [&str; 3] = [".cases.yaml", ".cases.yml", ".cases.json"];

/// Exit code of a case that does not hold, and of too few branches.
const FAILED: u8 = 1;

/// Which cases to run.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with files of cases (*.cases.yaml, *.cases.json), folders in it included; or one such file.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How many of a hundred branches of each workflow have to be taken.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<f64>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = find(&args.folder)?;
    if files.is_empty() {
        bail!("there is no file of cases (*{}) in {}", ENDINGS.join(", *"), args.folder.display());
    }
    let (release, mut scripts) = (Release::new(), Host::new()?);
    let mut sound = true;
    for file in files {
        let text = read_file(&file)?;
        let folder = Folder(file.parent().map(Path::to_owned).unwrap_or_default());
        let report = Suite::read(&text, &workflow_of(&file))
            .and_then(|suite| suite.run(&folder, &release, &mut scripts))
            .with_context(|| format!("cannot use {}", file.display()))?;
        print(&file.display().to_string());
        sound &= show(&report, args.min_coverage);
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// The files that a suite names lie beside it.
struct Folder(PathBuf);

impl Files for Folder {
    fn has(&self, name: &str) -> bool {
        self.0.join(name).is_file()
    }

    fn read(&self, name: &str) -> Result<String, String> {
        read_file(&self.0.join(name)).map_err(|error| format!("{error:#}"))
    }
}

/// The files of cases, sorted by name.
fn find(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            // A link to a folder is not followed: it may lead back.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            } else if ENDINGS.iter().any(|ending| entry.file_name().to_string_lossy().ends_with(ending)) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// `triage.cases.yaml` is about `triage.bpmn`.
fn workflow_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    format!("{}.bpmn", stem.unwrap_or(&name))
}

/// Prints a report; whether all is well.
fn show(report: &Report, min_coverage: Option<f64>) -> bool {
    for case in &report.cases {
        print(&format!("  {:<6}  {}", if case.failures.is_empty() { "ok" } else { "FAILED" }, case.name));
        for failure in &case.failures {
            print(&format!("          {failure}"));
        }
    }
    let coverage = &report.coverage;
    let percent = coverage.percent();
    print(&format!("  branches: {} of {} ({percent:.1} %)", coverage.taken(), coverage.branches.len()));
    for missed in coverage.missed() {
        let target =
            missed.to.as_ref().map_or_else(|| format!("on {}", missed.from), |to| format!("{} -> {to}", missed.from));
        print(&format!("    not taken: {} {} ({target})", missed.kind.word(), missed.id));
    }
    let enough = min_coverage.is_none_or(|least| percent >= least);
    if let Some(least) = min_coverage.filter(|_| !enough) {
        print(&format!("  FAILED: at least {least} % of the branches have to be taken"));
    }
    enough && report.cases.iter().all(|case| case.failures.is_empty())
}
