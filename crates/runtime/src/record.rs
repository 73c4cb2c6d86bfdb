//! From events to the rows that users list: runs, nodes, to-dos.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bpmn::executable::{DueHandle, Node, NodeKind};
use engine::command::Failure;
use engine::state::Status;
use engine::{Corrupt, Definitions, ElementNo, Event, State};
use model::{InstanceId, TaskId, Tenant, Timestamp, Value};
use plugin::redact;
use store::instance::{InstanceChange, InstanceRow, NodeRunRow};
use store::task::{TaskClose, TaskRow};

/// The name of the element that calls an action of a component.
const SERVICE_TASK: &str = "serviceTask";

/// What a root's rows say, and what of it has changed since the last commit.
#[derive(Debug)]
pub(crate) struct Record {
    root: InstanceId,
    tenant: Tenant,
    /// Runs by their process's element.
    runs: BTreeMap<ElementNo, InstanceRow>,
    /// Rows of runs that are about to be created, by run.
    announced: HashMap<InstanceId, InstanceRow>,
    /// The process that each scope lies in.
    process_of: HashMap<ElementNo, ElementNo>,
    /// Nodes that have not ended.
    open: BTreeMap<ElementNo, NodeRunRow>,
    /// Nodes that have ended since the last commit.
    ended: Vec<NodeRunRow>,
    changed: BTreeSet<ElementNo>,
}

/// Rows to be written with a turn.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) created: Vec<InstanceRow>,
    pub(crate) changed: Vec<InstanceChange>,
    pub(crate) nodes: Vec<NodeRunRow>,
    pub(crate) opened: Vec<TaskRow>,
    pub(crate) closed: Vec<TaskClose>,
    /// Whether a due date has closed a to-do.
    pub(crate) expired: bool,
}

impl Record {
    /// For a root that has not started.
    pub(crate) fn new(tenant: Tenant, root: InstanceRow) -> Self {
        let id = root.id;
        let root = InstanceRow { dataobject_id: storable(root.dataobject_id), ..root };
        Self {
            root: id,
            tenant,
            runs: BTreeMap::new(),
            announced: HashMap::from([(id, root)]),
            process_of: HashMap::new(),
            open: BTreeMap::new(),
            ended: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    /// For a root read from storage.
    pub(crate) fn load(
        root: InstanceId,
        tenant: Tenant,
        state: &State,
        runs: Vec<InstanceRow>,
        open: Vec<NodeRunRow>,
    ) -> Self {
        let number = |no: i64| ElementNo(u64::try_from(no).unwrap_or(0));
        let mut process_of: HashMap<ElementNo, ElementNo> =
            state.elements().map(|(no, element)| (no, element.process)).collect();
        process_of.extend(state.instances().map(|(no, _)| (no, no)));
        Self {
            root,
            tenant,
            runs: runs.into_iter().map(|run| (number(run.element_no), run)).collect(),
            announced: HashMap::new(),
            process_of,
            open: open.into_iter().map(|node| (number(node.no), node)).collect(),
            ended: Vec::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Says what the run of a call activity's child will look like, before the engine creates it.
    pub(crate) fn announce(&mut self, run: InstanceRow) {
        self.announced.insert(run.id, run);
    }

    /// The run of a process.
    pub(crate) fn run(&self, process: ElementNo) -> Option<&InstanceRow> {
        self.runs.get(&process)
    }

    /// Takes the events of a part of a turn in, which were decided at `now`.
    pub(crate) fn take_in(
        &mut self,
        events: &[Event],
        now: Timestamp,
        definitions: &dyn Definitions,
        changes: &mut Changes,
    ) -> Result<(), Corrupt> {
        for event in events {
            self.take_in_one(event, now, definitions, changes)?;
        }
        Ok(())
    }

    fn take_in_one(
        &mut self,
        event: &Event,
        now: Timestamp,
        definitions: &dyn Definitions,
        changes: &mut Changes,
    ) -> Result<(), Corrupt> {
        match event {
            Event::InstanceCreated { no, caller, instance, .. } => {
                let mut run = self.announced.remove(instance).ok_or(Corrupt::Element(*no))?;
                run.element_no = signed(*no);
                run.caller_no = caller.map(signed);
                self.process_of.insert(*no, *no);
                changes.created.push(run.clone());
                self.runs.insert(*no, run);
            }
            Event::Activated { no, scope, node, at, .. } => {
                let process = *self.process_of.get(scope).ok_or(Corrupt::Element(*scope))?;
                self.process_of.insert(*no, process);
                let run = self.runs.get(&process).ok_or(Corrupt::Element(process))?;
                let definition = find(run, node, definitions)?;
                self.open.insert(
                    *no,
                    NodeRunRow {
                        root_id: self.root,
                        no: signed(*no),
                        instance_id: run.id,
                        node_id: node.to_string(),
                        node_name: storable(definition.name.to_string()),
                        node_type: definition.element.to_owned(),
                        status: "RUNNING".into(),
                        attempt: 0,
                        start_time: *at,
                        end_time: None,
                        input: String::new(),
                        output: String::new(),
                        error: String::new(),
                    },
                );
                self.changed.insert(*no);
            }
            Event::Started { no, input, attempt, .. } => self.change(*no, |node| {
                node.status = "RUNNING".into();
                node.attempt = i64::from(*attempt);
                // What people read has no secret headers; the call itself takes its input from the journal.
                node.input = if node.node_type == SERVICE_TASK { text(&redact::headers(input)) } else { text(input) };
            }),
            Event::RetryScheduled { no, failure, .. } => self.change(*no, |node| node.error = sentence(failure)),
            Event::Faulted { no, failure, .. } => self.change(*no, |node| {
                node.status = "FAILED".into();
                node.error = sentence(failure);
            }),
            Event::Completed { no, output, at, .. } => self.end(*no, "FINISHED", *at, text(output)),
            Event::Terminated { no, at } => self.end(*no, "TERMINATED", *at, String::new()),
            Event::TaskOpened { no, task, description, view_parameters, due } => {
                let mut opened = self.task(*no, *task, description, view_parameters, *due, definitions)?;
                // The instant that its due date was counted from.
                (opened.create_time, opened.update_time) = (now, now);
                changes.opened.push(opened);
            }
            Event::TaskClosed { task, expired, .. } => {
                changes.expired |= expired;
                changes.closed.push(TaskClose {
                    id: *task,
                    status: if *expired { "finished" } else { "canceled" },
                    note: if *expired { "closed at its due date" } else { "the run went on without it" },
                    at: Timestamp(0),
                });
            }
            Event::InstanceEnded { .. }
            | Event::FlowTaken { .. }
            | Event::Held { .. }
            | Event::TimerArmed { .. }
            | Event::LoopStarted { .. }
            | Event::LoopOver { .. }
            | Event::Subscribed { .. }
            | Event::Unsubscribed { .. }
            | Event::ConditionSeen { .. }
            | Event::Waits { .. }
            | Event::MessageSent { .. }
            | Event::SignalSent { .. }
            | Event::TokensCleared { .. }
            | Event::GatewayReset { .. }
            | Event::CompensationStarted { .. }
            | Event::VariableSet { .. } => {}
        }
        Ok(())
    }

    fn change(&mut self, no: ElementNo, change: impl FnOnce(&mut NodeRunRow)) {
        if let Some(node) = self.open.get_mut(&no) {
            change(node);
            self.changed.insert(no);
        }
    }

    fn end(&mut self, no: ElementNo, status: &str, at: Timestamp, output: String) {
        // A process's own element has no row.
        if let Some(mut node) = self.open.remove(&no) {
            node.status = status.into();
            node.end_time = Some(at);
            node.output = output;
            if status == "FINISHED" {
                node.error = String::new();
            }
            self.changed.remove(&no);
            self.ended.push(node);
        }
        self.process_of.remove(&no);
    }

    fn task(
        &self,
        no: ElementNo,
        task: TaskId,
        description: &str,
        view_parameters: &Value,
        due: Timestamp,
        definitions: &dyn Definitions,
    ) -> Result<TaskRow, Corrupt> {
        let node = self.open.get(&no).ok_or(Corrupt::Element(no))?;
        let process = self.process_of.get(&no).ok_or(Corrupt::Element(no))?;
        let run = self.runs.get(process).ok_or(Corrupt::Element(*process))?;
        let definition = find(run, &node.node_id, definitions)?;
        let NodeKind::UserTask(settings) = &definition.kind else { return Err(Corrupt::Element(no)) };
        let asked = settings.handle_parameters.iter().map(|parameter| {
            Value::object([
                ("key", Value::string(&*parameter.key)),
                ("name", Value::string(&*parameter.name)),
                ("required", Value::Bool(parameter.required)),
                ("default", parameter.default.clone().unwrap_or_default()),
            ])
        });
        Ok(TaskRow {
            workspace_id: self.tenant.workspace,
            id: task,
            project_id: self.tenant.project,
            business_type: "WORKFLOWNODEAPPROVE".into(),
            status: "waiting".into(),
            name: if node.node_name.is_empty() { node.node_id.clone() } else { node.node_name.clone() },
            description: storable(description.to_owned()),
            creator_id: "system".into(),
            creator_name: "system".into(),
            create_time: Timestamp(0),
            modifier_id: String::new(),
            modifier_name: String::new(),
            update_time: Timestamp(0),
            handlers: Value::list(settings.handlers.iter().map(|name| Value::string(&**name)).collect()).to_json(),
            approver: String::new(),
            definition_key: node.node_id.clone(),
            note: String::new(),
            due_date: due,
            due_handle: match settings.due_handle {
                DueHandle::Continue => "CONTINUE".into(),
                DueHandle::Interrupt => "INTERRUPT".into(),
            },
            action_id: run.workflow_id.0,
            action_version_id: run.version_id.0,
            action_instance_id: Some(run.id),
            root_id: Some(self.root),
            element_no: Some(signed(no)),
            hash: None,
            review_comments: String::new(),
            view_parameters: text(view_parameters),
            asked_parameters: Value::list(asked.collect()).to_json(),
            handle_parameters: String::new(),
            related_object: run.workflow_name.clone(),
        })
    }

    /// Completes the changes at the end of a turn. With `all`, the status of every live run is written: a caller may
    /// have marked it meanwhile.
    pub(crate) fn finish(&mut self, state: &State, at: Timestamp, all: bool, changes: &mut Changes) {
        for (no, status) in state.statuses() {
            let Some(run) = self.runs.get_mut(&no) else { continue };
            let status = status_name(status);
            let live = run.end_time.is_none();
            if !live || (run.status == status && !all) {
                continue;
            }
            let ended = matches!(status, "FINISHED" | "TERMINATED");
            run.status = status.into();
            run.update_time = at;
            run.end_time = ended.then_some(at);
            match changes.created.iter_mut().find(|created| created.id == run.id) {
                Some(created) => *created = run.clone(),
                None => changes.changed.push(InstanceChange {
                    id: run.id,
                    status,
                    end_time: run.end_time,
                    at,
                    playbook_id: run.playbook_id,
                }),
            }
        }
        changes.nodes.append(&mut self.ended);
        let changed = std::mem::take(&mut self.changed);
        changes.nodes.extend(changed.iter().filter_map(|no| self.open.get(no).cloned()));
        for closed in &mut changes.closed {
            closed.at = at;
        }
        // A to-do that was opened and closed in the same turn is closed in its own row.
        changes.closed.retain(|closed| match changes.opened.iter_mut().find(|opened| opened.id == closed.id) {
            Some(opened) => {
                opened.status = closed.status.into();
                opened.note = closed.note.into();
                false
            }
            None => true,
        });
    }
}

fn find<'d>(run: &InstanceRow, node: &str, definitions: &'d dyn Definitions) -> Result<&'d Node, Corrupt> {
    let executable = definitions.get(run.version_id).ok_or(Corrupt::Definition(run.version_id))?;
    let ix = executable.node_by_id.get(node).ok_or_else(|| Corrupt::Node(node.into()))?;
    Ok(executable.node(*ix))
}

fn signed(no: ElementNo) -> i64 {
    i64::try_from(no.0).unwrap_or(i64::MAX)
}

/// What a node's row says of a failure.
fn sentence(failure: &Failure) -> String {
    storable(format!("{}: {}", failure.code, failure.message))
}

/// The text without U+0000, which PostgreSQL cannot hold. Data and components can bring it in; JSON escapes it, plain
/// texts do not, and a turn that cannot be written would be made again and again.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

fn text(value: &Value) -> String {
    if value.is_null() { String::new() } else { value.to_json() }
}

/// The contract's word for a status.
fn status_name(status: Status) -> &'static str {
    match status {
        Status::Running => "RUNNING",
        Status::Failed => "FAILED",
        Status::Finished => "FINISHED",
        Status::Terminated => "TERMINATED",
    }
}
