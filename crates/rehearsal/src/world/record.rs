//! What happened, taken from the events of each turn: the trace, the variables at the end of each instance, the flows
//! and boundary events that were taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::{Corrupt, ElementNo, Event};
use model::{Timestamp, Value};

use super::deployed::Deployed;
use super::root::Root;
use crate::outline::Outline;
use crate::trace::{Entry, Happened};

/// What has happened so far.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) slots: Vec<Slot>,
    pub(super) trace: Vec<Entry>,
    /// Flows and boundary events of the workflow's own file.
    pub(super) taken: BTreeSet<Arc<str>>,
}

/// An instance of the outcome.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) root: usize,
    /// Its process instance within the root.
    pub(super) no: ElementNo,
    pub(super) process: Arc<str>,
    /// Its variables when it ended.
    pub(super) last: Option<Value>,
}

impl Record {
    /// Adds an instance; gives its place.
    pub(super) fn add(&mut self, root: usize, no: ElementNo, process: &Arc<str>) -> usize {
        self.slots.push(Slot { root, no, process: Arc::clone(process), last: None });
        self.slots.len() - 1
    }

    /// Takes an event in and lets the root's copy follow. `turn` is the length of the trace when the turn began.
    pub(super) fn take_in(
        &mut self,
        root_ix: usize,
        root: &mut Root,
        event: &Event,
        deployed: &Deployed<'_>,
        turn: usize,
    ) -> Result<(), Corrupt> {
        let definitions = &deployed.definitions;
        match event {
            Event::InstanceCreated { no, definition, .. } => {
                if !root.instances.contains_key(no) {
                    let process = deployed.by_version(*definition).ok_or(Corrupt::Definition(*definition))?;
                    let slot = self.add(root_ix, *no, &process.executable.process_id);
                    root.instances.insert(*no, slot);
                }
            }
            Event::InstanceEnded { no, .. } => {
                let variables = root.shown.variables(*no).cloned().unwrap_or_default();
                if let Some(slot) = root.instances.get(no) {
                    self.slots[*slot].last = Some(Value::map(variables));
                }
            }
            Event::FlowTaken { scope, flow } => {
                if file_of(root, *scope, deployed)? == 0 {
                    self.taken.insert(Arc::clone(flow));
                }
            }
            Event::Activated { no, at, .. } => {
                root.shown.apply(event, definitions)?;
                if is_undone_again(root, *no, deployed)? {
                    // It is there to be undone, and is told of when it is.
                    return Ok(());
                }
                let entry = entry(root, *no, Happened::Started, *at, deployed)?;
                let outline = outline_of(root, *no, deployed)?;
                if outline.is(&entry.node, "boundaryEvent") && file_of(root, *no, deployed)? == 0 {
                    self.taken.insert(Arc::clone(&entry.node));
                }
                self.mark_failed(outline, &entry, turn);
                self.trace.push(entry);
                return Ok(());
            }
            Event::Completed { no, at, .. } => {
                if !is_undone_again(root, *no, deployed)? {
                    self.ends(root, *no, Happened::Completed, *at, deployed)?;
                }
                if let Some(undone) = undone(root, *no, *at, deployed)? {
                    self.trace.push(undone);
                }
            }
            Event::Terminated { no, at } => self.ends(root, *no, Happened::Cancelled, *at, deployed)?,
            Event::Faulted { no, at, .. } => self.ends(root, *no, Happened::Failed, *at, deployed)?,
            Event::Held { .. }
            | Event::Started { .. }
            | Event::TaskOpened { .. }
            | Event::TaskClosed { .. }
            | Event::TimerArmed { .. }
            | Event::VariableSet { .. }
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
            | Event::RetryScheduled { .. } => {}
        }
        root.shown.apply(event, definitions)
    }

    fn ends(
        &mut self,
        root: &Root,
        no: ElementNo,
        event: Happened,
        at: Timestamp,
        deployed: &Deployed<'_>,
    ) -> Result<(), Corrupt> {
        self.trace.push(entry(root, no, event, at, deployed)?);
        Ok(())
    }

    /// An activity whose error a boundary event caught was ended for it in the same turn: it has failed.
    fn mark_failed(&mut self, outline: &Outline, boundary: &Entry, turn: usize) {
        let Some(activity) = outline.shape(&boundary.node).and_then(|shape| shape.catches_errors_of.as_ref()) else {
            return;
        };
        let ended = self.trace[turn..].iter_mut().rev().find(|entry| {
            entry.instance == boundary.instance && entry.node == *activity && entry.event == Happened::Cancelled
        });
        if let Some(ended) = ended {
            ended.event = Happened::Failed;
        }
    }
}

fn entry(
    root: &Root,
    no: ElementNo,
    event: Happened,
    at: Timestamp,
    deployed: &Deployed<'_>,
) -> Result<Entry, Corrupt> {
    let element = root.shown.element(no).ok_or(Corrupt::Element(no))?;
    let instance = *root.instances.get(&element.process).ok_or(Corrupt::Element(element.process))?;
    let shape = outline_of(root, no, deployed)?.shape(&element.node);
    let shape = shape.ok_or_else(|| Corrupt::Node(Arc::clone(&element.node)))?;
    let kind = match shape.marker {
        // What stands around the iterations.
        Some(marker) if element.iteration.is_none() => marker.into(),
        Some(_) | None => Arc::clone(&shape.element),
    };
    Ok(Entry {
        instance,
        node: Arc::clone(&element.node),
        name: Arc::clone(&shape.name),
        element: kind,
        iteration: element.iteration,
        event,
        at,
    })
}

/// Whether an element stands for an activity that was completed before and is undone from inside.
fn is_undone_again(root: &Root, no: ElementNo, deployed: &Deployed<'_>) -> Result<bool, Corrupt> {
    let element = root.shown.element(no).ok_or(Corrupt::Element(no))?;
    Ok(element.compensates.is_some() && handled(root, no, deployed)?.is_none())
}

/// The activity that an element's node is the compensation handler of.
fn handled(root: &Root, no: ElementNo, deployed: &Deployed<'_>) -> Result<Option<Arc<str>>, Corrupt> {
    let node = &root.shown.element(no).ok_or(Corrupt::Element(no))?.node;
    let version = version_of(root, no)?;
    let graph = &deployed.by_version(version).ok_or(Corrupt::Definition(version))?.executable;
    let ix = graph.node_by_id.get(node).copied();
    Ok(graph.nodes.iter().find(|other| other.handler.is_some() && other.handler == ix).map(|other| other.id.clone()))
}

/// What the end of an element that undoes something says of what it has undone.
fn undone(root: &Root, no: ElementNo, at: Timestamp, deployed: &Deployed<'_>) -> Result<Option<Entry>, Corrupt> {
    let element = root.shown.element(no).ok_or(Corrupt::Element(no))?;
    if element.compensates.is_none() {
        return Ok(None);
    }
    let node = handled(root, no, deployed)?.unwrap_or_else(|| Arc::clone(&element.node));
    let shape = outline_of(root, no, deployed)?.shape(&node).ok_or_else(|| Corrupt::Node(Arc::clone(&node)))?;
    let instance = *root.instances.get(&element.process).ok_or(Corrupt::Element(element.process))?;
    let (element, name) = (Arc::clone(&shape.element), Arc::clone(&shape.name));
    Ok(Some(Entry { instance, node, name, element, iteration: None, event: Happened::Compensated, at }))
}

fn outline_of<'d>(root: &Root, no: ElementNo, deployed: &'d Deployed<'_>) -> Result<&'d Outline, Corrupt> {
    let version = version_of(root, no)?;
    Ok(deployed.by_version(version).ok_or(Corrupt::Definition(version))?.outline)
}

fn file_of(root: &Root, no: ElementNo, deployed: &Deployed<'_>) -> Result<usize, Corrupt> {
    let version = version_of(root, no)?;
    Ok(deployed.by_version(version).ok_or(Corrupt::Definition(version))?.file)
}

/// The definition that an element or a scope belongs to.
fn version_of(root: &Root, no: ElementNo) -> Result<model::VersionId, Corrupt> {
    let process = root.process_of(no);
    Ok(root.shown.instance(process).ok_or(Corrupt::Element(process))?.definition)
}
