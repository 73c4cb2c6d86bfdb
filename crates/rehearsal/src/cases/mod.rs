//! Cases kept beside a workflow: what it does with given data, and which branches that takes.
//!
//! ```yaml
//! workflow: triage.bpmn              # beside the file of the cases; the one of its name when left out
//! settings: triage.taskconfig.json   # the taskconfig; this is the one when none is named
//! with: [enrich.bpmn]                # files whose processes can be called
//! process: Triage                    # or a list; the first executable one when left out
//! cases:
//!   - name: a low score is closed
//!     settings: other.json           # instead of the file's
//!     input: {severity: 3}
//!     set: {limit: 50}
//!     mocks: {origin: {output: {result: false}}}
//!     messages: [{message: paid, key: "7", payload: {sum: 3}}, {signal: alarm}]
//!     max_steps: 100
//!     expect: {status: FINISHED, path: [score, choice, closed], avoids: [review], variables: {own: false}}
//! ```

mod coverage;
mod expect;
mod read;

use bpmn::validate::Catalogue;
use model::{Map, Value};

pub use coverage::{Branch, BranchKind, Coverage};
pub use expect::Expected;

use crate::{Delivery, Error, Mocks, Outcome, Plan, Prepared, Scripts, Workflow, rehearse};

/// The cases of a workflow.
#[derive(Debug)]
pub struct Suite {
    workflow: String,
    settings: Option<String>,
    with: Vec<String>,
    processes: Vec<String>,
    cases: Vec<Case>,
}

/// A case.
#[derive(Debug)]
struct Case {
    name: String,
    settings: Option<String>,
    processes: Option<Vec<String>>,
    input: Value,
    variables: Map,
    mocks: Mocks,
    deliveries: Vec<Delivery>,
    max_steps: u64,
    expected: Expected,
}

/// Where the texts of files come from: the caller, who knows folders.
pub trait Files {
    /// Whether there is a file of this name.
    fn has(&self, name: &str) -> bool;

    /// The text of a file that a suite names.
    ///
    /// # Errors
    /// One sentence.
    fn read(&self, name: &str) -> Result<String, String>;
}

/// What came of a suite.
#[derive(Debug)]
pub struct Report {
    /// Each case in order.
    pub cases: Vec<CaseReport>,
    /// What all cases together have taken.
    pub coverage: Coverage,
}

/// What came of a case.
#[derive(Debug)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// What was expected and is not so; empty when the case holds.
    pub failures: Vec<String>,
    /// What happened; `None` when the case could not be rehearsed.
    pub outcome: Option<Outcome>,
}

impl Suite {
    /// Reads the text of a file of cases, JSON or YAML. `workflow` is the file that it means when it names none.
    ///
    /// # Errors
    /// [`Error::Data`] with the place in the file.
    pub fn read(text: &str, workflow: &str) -> Result<Self, Error> {
        read::suite(text, workflow)
    }

    /// Rehearses every case.
    ///
    /// # Errors
    /// When a file cannot be read or the workflow cannot run. A case that does not hold is in the report.
    pub fn run(
        &self,
        files: &dyn Files,
        catalogue: &dyn Catalogue,
        scripts: &mut dyn Scripts,
    ) -> Result<Report, Error> {
        let prepare = |file: &str, settings: Option<&str>| -> Result<Prepared, Error> {
            let read = |name: &str| files.read(name).map_err(|message| Error::data(name, message));
            let beside = settings_beside(file);
            let settings = settings.or_else(|| files.has(&beside).then_some(&*beside));
            let settings = settings.map(read).transpose()?.unwrap_or_default();
            let workflow = Workflow::read(&read(file)?, &settings).map_err(|error| match error {
                data @ Error::Data { .. } => data,
                other => Error::data(file, other.to_string()),
            })?;
            let prepared = workflow.prepare(catalogue);
            let error = prepared.problems.iter().find(|problem| problem.severity == bpmn::Severity::Error);
            match error {
                Some(problem) => Err(Error::data(file, problem.to_string())),
                None => Ok(prepared),
            }
        };
        let main = prepare(&self.workflow, self.settings.as_deref())?;
        let with = self.with.iter().map(|file| prepare(file, None)).collect::<Result<Vec<_>, _>>()?;
        let mut coverage = Coverage::of(&main);
        let mut cases = Vec::with_capacity(self.cases.len());
        for case in &self.cases {
            let own = case.settings.as_deref().map(|settings| prepare(&self.workflow, Some(settings))).transpose()?;
            let plan = Plan {
                workflow: own.as_ref().unwrap_or(&main),
                with: with.iter().collect(),
                processes: case.processes.clone().unwrap_or_else(|| self.processes.clone()),
                input: case.input.clone(),
                variables: case.variables.clone(),
                mocks: case.mocks.clone(),
                deliveries: case.deliveries.clone(),
                max_steps: case.max_steps,
            };
            let (failures, outcome) = match rehearse(&plan, scripts) {
                Ok(outcome) => {
                    coverage.add(&outcome.taken);
                    (case.expected.compare(&outcome), Some(outcome))
                }
                Err(error) => (vec![error.to_string()], None),
            };
            cases.push(CaseReport { name: case.name.clone(), failures, outcome });
        }
        Ok(Report { cases, coverage })
    }
}

/// The file of the settings of a workflow that names none: `triage.taskconfig.json` for `triage.bpmn`.
fn settings_beside(workflow: &str) -> String {
    let folder = workflow.rfind('/').map_or(0, |slash| slash + 1);
    let end = workflow[folder..].rfind('.').map_or(workflow.len(), |dot| folder + dot);
    format!("{}.taskconfig.json", &workflow[..end])
}
