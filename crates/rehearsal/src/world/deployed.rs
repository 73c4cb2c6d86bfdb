//! The processes that there are in a world, and which one a call means.

use std::collections::HashMap;
use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::ScopeIx;
use model::VersionId;
use uuid::Uuid;

use crate::outline::Outline;
use crate::{Error, Plan, Prepared};

/// Every process of a plan's files.
#[derive(Debug)]
pub(super) struct Deployed<'w> {
    /// For the engine.
    pub(super) definitions: HashMap<VersionId, Arc<Executable>>,
    processes: Vec<Process<'w>>,
}

/// A process of one of the files.
#[derive(Debug)]
pub(super) struct Process<'w> {
    pub(super) version: VersionId,
    pub(super) executable: Arc<Executable>,
    pub(super) outline: &'w Outline,
    /// 0 is the workflow's own file.
    pub(super) file: usize,
    /// Whether it is marked executable.
    runs: bool,
}

impl<'w> Deployed<'w> {
    pub(super) fn of(plan: &Plan<'w>) -> Self {
        let mut deployed = Self { definitions: HashMap::new(), processes: Vec::new() };
        let files = std::iter::once(plan.workflow).chain(plan.with.iter().copied());
        for (file, prepared) in files.enumerate() {
            deployed.add(file, prepared, &prepared.executables, true);
            deployed.add(file, prepared, &prepared.callable, false);
        }
        deployed
    }

    fn add(&mut self, file: usize, prepared: &'w Prepared, executables: &[Arc<Executable>], runs: bool) {
        for executable in executables {
            let version = VersionId(Uuid::from_u128(self.processes.len() as u128 + 1));
            let (outline, executable) = (&prepared.outline, Arc::clone(executable));
            self.definitions.insert(version, Arc::clone(&executable));
            self.processes.push(Process { version, executable, outline, file, runs });
        }
    }

    pub(super) fn process(&self, index: usize) -> &Process<'w> {
        &self.processes[index]
    }

    /// The process of a version that was given to the engine.
    pub(super) fn by_version(&self, version: VersionId) -> Option<&Process<'w>> {
        self.processes.iter().find(|process| process.version == version)
    }

    /// The executable processes of the workflow's own file.
    pub(super) fn own(&self) -> impl Iterator<Item = (usize, &Process<'w>)> {
        self.processes.iter().enumerate().filter(|(_, process)| process.file == 0 && process.runs)
    }

    /// The processes to start: those asked for, else the first.
    pub(super) fn chosen(&self, asked: &[String]) -> Result<Vec<usize>, Error> {
        let find = |id: &str| self.own().find(|(_, process)| *process.executable.process_id == *id);
        let missing = |asked: &str| {
            let known: Vec<String> = self.own().map(|(_, it)| format!("'{}'", it.executable.process_id)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Error::NoSuchProcess { asked: asked.to_owned(), known }
        };
        if asked.is_empty() {
            return self.own().next().map(|(index, _)| vec![index]).ok_or_else(|| missing(""));
        }
        asked.iter().map(|id| find(id).map(|(index, _)| index).ok_or_else(|| missing(id))).collect()
    }

    /// What a call activity of a file calls: a process by its id or name, of its own file first.
    pub(super) fn called(&self, file: usize, workflow: &str) -> Option<VersionId> {
        let named = |process: &&Process<'_>| {
            *process.executable.process_id == *workflow || *process.executable.name == *workflow
        };
        let own = self.processes.iter().filter(|process| process.file == file).find(named);
        own.or_else(|| self.processes.iter().find(named)).map(|process| process.version)
    }
}

impl Process<'_> {
    /// Whether the process starts without anything that triggers it.
    pub(super) fn starts_by_itself(&self) -> bool {
        let scope = self.executable.scope(ScopeIx(0));
        if self.executable.start_triggers().next().is_none() {
            return true;
        }
        let triggered = |id: &Arc<str>| self.executable.start_triggers().any(|(node, _)| node == id);
        scope.starts.iter().any(|start| !triggered(&self.executable.node(*start).id))
    }
}
