//! Events that somebody waits for: when they are waited for, and what follows when they happen.

use std::sync::Arc;

use bpmn::cycle::Cycle;
use bpmn::executable::{BoundaryEvent, Catch, Form, Node, NodeIx, NodeKind, StartEvent, Timer, Trigger};
use model::{Timestamp, Value};

use super::expression::Names;
use super::{failure, moment, scope, transition};
use crate::command::Failure;
use crate::decide::Cx;
use crate::event::Event;
use crate::node::{At, Halt};
use crate::state::{EventWait, Phase, Subscription};
use crate::{Corrupt, ElementNo};

/// Waits for the events on the border of an activity that need no other node to happen.
pub(crate) fn arm_boundary(cx: &mut Cx<'_>, at: &At<'_>) -> Result<(), Halt> {
    if at.node.boundary.is_empty() || cx.state.subscriptions.contains_key(&at.no) {
        return Ok(());
    }
    let names = || Names::of(cx.state, at);
    let mut waits = Vec::new();
    for ix in &at.node.boundary {
        let event = at.graph.node(*ix);
        waits.extend(all_waits(cx, &names, event)?);
    }
    subscribe(cx, at.no, waits)?;
    Ok(())
}

/// Waits for what starts the event sub-processes of a scope that begins.
pub(crate) fn arm_scope(cx: &mut Cx<'_>, scope: ElementNo, at: &ScopeAt<'_>) -> Result<(), Halt> {
    let ScopeAt { graph, ix, process } = *at;
    let mut waits = Vec::new();
    for node in &graph.scope(ix).event_sub_processes {
        let NodeKind::SubProcess(inside) = &graph.node(*node).kind else { continue };
        let names = || Names::inside(cx.state, scope, process, &graph.node(*node).id);
        for start in &graph.scope(inside.scope).triggered {
            waits.extend(all_waits(cx, &names, graph.node(*start))?);
        }
    }
    subscribe(cx, scope, waits)?;
    Ok(())
}

/// A scope with its graph.
#[derive(Clone, Copy)]
pub(crate) struct ScopeAt<'d> {
    pub(crate) graph: &'d bpmn::Executable,
    pub(crate) ix: bpmn::executable::ScopeIx,
    pub(crate) process: ElementNo,
}

/// The element waits for the events of these nodes: its own, or those behind it.
pub(crate) fn await_events(cx: &mut Cx<'_>, at: &At<'_>, nodes: &[NodeIx]) -> Result<(), Halt> {
    let names = || Names::of(cx.state, at);
    let mut waits = Vec::new();
    for ix in nodes {
        waits.extend(all_waits(cx, &names, at.graph.node(*ix))?);
    }
    cx.emit(Event::Waits { no: at.no })?;
    subscribe(cx, at.no, waits)?;
    Ok(())
}

/// What the triggers of an event wait for, by node and trigger. Errors and the like are not waited for: who throws them
/// looks for who catches them.
type Waits = Vec<(Arc<str>, u32, EventWait)>;

fn all_waits<'n>(cx: &Cx<'_>, names: &dyn Fn() -> Names<'n>, event: &Node) -> Result<Waits, Failure> {
    let timed = |timer| armed(cx, names, timer).map(|(due, left)| EventWait::Timer { due, left });
    if let NodeKind::TimerCatch(timer) = &event.kind {
        return Ok(vec![(event.id.clone(), 0, timed(timer)?)]);
    }
    let Some(catch) = catch_of(event) else { return Ok(Vec::new()) };
    let mut waits = Vec::new();
    for (index, trigger) in (0..).zip(&catch.triggers) {
        let wait = match trigger {
            Trigger::Timer(timer) => timed(timer)?,
            Trigger::Message { name, key } => {
                let key = match key {
                    None => None,
                    Some(key) => match cx.eval_with(names, key, "the key")? {
                        Value::Null => None,
                        value => Some(value.to_text().as_ref().into()),
                    },
                };
                EventWait::Message { name: name.clone(), key }
            }
            Trigger::Signal { name } => EventWait::Signal { name: name.clone() },
            Trigger::Condition(_) => EventWait::Condition { was: false },
            Trigger::Error { .. } | Trigger::Escalation { .. } | Trigger::Compensation | Trigger::Cancel => continue,
        };
        waits.push((event.id.clone(), index, wait));
    }
    Ok(waits)
}

/// When a timer that is armed now is due, and how often in all; `None` means without end.
pub(crate) fn armed<'n>(
    cx: &Cx<'_>,
    names: &dyn Fn() -> Names<'n>,
    timer: &Timer,
) -> Result<(Timestamp, Option<u32>), Failure> {
    let now = cx.env.now;
    Ok(match timer {
        Timer::Date(when) => (moment::instant(&cx.eval_with(names, when, "the timer's date")?)?, Some(1)),
        Timer::Duration(when) => (moment::after(now, &cx.eval_with(names, when, "the timer's duration")?)?, Some(1)),
        Timer::Cycle(when) => {
            let value = cx.eval_with(names, when, "the timer's cycle")?;
            let cycle = moment::cycle(&value)?;
            let first = cycle.first(now);
            (first.ok_or_else(|| failure::invalid_time(&value, "a cycle that is not over"))?, cycle.times)
        }
    })
}

fn subscribe(cx: &mut Cx<'_>, owner: ElementNo, waits: Waits) -> Result<(), Corrupt> {
    for (node, trigger, wait) in waits {
        let no = cx.state.next_subscription;
        cx.emit(Event::Subscribed { owner, subscription: Subscription { no, node, trigger, wait } })?;
    }
    Ok(())
}

/// What an event waits for.
pub(crate) fn catch_of(event: &Node) -> Option<&Catch> {
    match &event.kind {
        NodeKind::CatchEvent(catch)
        | NodeKind::StartEvent(StartEvent { catch, .. })
        | NodeKind::BoundaryEvent(BoundaryEvent { catch, .. }) => Some(catch),
        _ => None,
    }
}

/// An event has happened that somebody waits for.
pub(crate) fn happened(
    cx: &mut Cx<'_>,
    owner: ElementNo,
    subscription: &Subscription,
    payload: Value,
) -> Result<(), Corrupt> {
    let process = match cx.state.element(owner) {
        Some(element) => element.process,
        None => owner,
    };
    let graph = cx.state.graph(process, cx.env.definitions)?;
    let node = crate::state::find_node(graph, &subscription.node)?;
    if catch_of(node).is_some_and(|catch| catch.all) {
        let others = cx.state.subscriptions_of(owner).iter();
        let waits_on = others.filter(|other| other.node == node.id && other.no != subscription.no).count() > 0;
        if waits_on {
            return cx.emit(Event::Unsubscribed { owner, no: subscription.no });
        }
    }
    match &node.kind {
        NodeKind::BoundaryEvent(event) => {
            let at = cx.at(owner)?;
            go_on_at_boundary(cx, &at, node, event, Some(subscription), payload)
        }
        NodeKind::StartEvent(event) if cx.state.element(owner).is_none_or(|element| element.node != node.id) => {
            start_event_sub_process(cx, owner, node, event, Some(subscription), payload)
        }
        _ => {
            let at = cx.at(owner)?;
            if at.node.id == node.id { arrived(cx, &at, payload) } else { chosen(cx, &at, node, subscription, payload) }
        }
    }
}

/// An element that waited for its own event goes on. Start events that waited beside it wait no longer: what happens
/// first starts the process.
fn arrived(cx: &mut Cx<'_>, at: &At<'_>, payload: Value) -> Result<(), Corrupt> {
    if let NodeKind::StartEvent(_) = at.node.kind {
        end_other_starts(cx, at)?;
    }
    // If it cannot be left, it has happened all the same.
    let own = cx.state.subscriptions_of(at.no).iter().filter(|it| it.node == at.node.id).map(|it| it.no);
    for no in own.collect::<Vec<_>>() {
        cx.emit(Event::Unsubscribed { owner: at.no, no })?;
    }
    transition::leave(cx, at, payload)
}

/// Ends whatever else waits for the process to be started.
fn end_other_starts(cx: &mut Cx<'_>, at: &At<'_>) -> Result<(), Corrupt> {
    let others: Vec<ElementNo> = cx.state.scope(at.scope)?.children.iter().copied().filter(|no| *no != at.no).collect();
    for no in others {
        let other = cx.at(no)?;
        let is_start =
            other.graph.scope(other.node.scope).triggered.iter().any(|ix| other.graph.node(*ix).id == other.node.id);
        if is_start && cx.state.active(no)?.phase == Phase::Event {
            scope::end_element(cx, no)?;
        }
    }
    Ok(())
}

/// An event-based gateway has its event: its token goes through the event behind it.
fn chosen(
    cx: &mut Cx<'_>,
    at: &At<'_>,
    event: &Node,
    subscription: &Subscription,
    payload: Value,
) -> Result<(), Corrupt> {
    let flows = at.node.outgoing.iter().map(|ix| at.graph.flow(*ix));
    let flow = flows.into_iter().find(|flow| at.graph.node(flow.target).id == event.id);
    let Some(flow) = flow else { return Err(Corrupt::Node(event.id.clone())) };
    let is_of_all = matches!(at.node.kind, NodeKind::EventBasedGateway { all: true });
    let others = cx.state.subscriptions_of(at.no).iter().filter(|other| other.no != subscription.no).count();
    if is_of_all && others > 0 {
        cx.emit(Event::Unsubscribed { owner: at.no, no: subscription.no })?;
    } else {
        end_other_starts(cx, at)?;
        cx.emit(Event::Completed { no: at.no, output: Value::Null, at: cx.env.now, collected: None })?;
    }
    cx.emit(Event::FlowTaken { scope: at.scope, flow: flow.id.clone() })?;
    let no = cx.activate(at.scope, event, vec![flow.id.clone()])?;
    let at = cx.at(no)?;
    if !payload.is_null() {
        cx.emit(Event::Started { no, input: payload.clone(), attempt: 1, generation: 0 })?;
    }
    transition::leave(cx, &at, payload)
}

/// A token appears at an event on the border of an activity, which ends if the event interrupts.
pub(crate) fn go_on_at_boundary(
    cx: &mut Cx<'_>,
    activity: &At<'_>,
    node: &Node,
    event: &BoundaryEvent,
    subscription: Option<&Subscription>,
    payload: Value,
) -> Result<(), Corrupt> {
    if event.interrupting {
        scope::end_element(cx, activity.no)?;
    } else if let Some(subscription) = subscription {
        let place = Place { scope: activity.scope, process: activity.process, node: &activity.node.id };
        wait_again(cx, activity.no, node, subscription, place)?;
    }
    cx.begin_with(activity.scope, node, payload)
}

/// An event sub-process begins in a scope; if it interrupts, everything else there ends first.
pub(crate) fn start_event_sub_process(
    cx: &mut Cx<'_>,
    scope: ElementNo,
    start: &Node,
    event: &StartEvent,
    subscription: Option<&Subscription>,
    payload: Value,
) -> Result<(), Corrupt> {
    let process = cx.state.scope(scope)?.process;
    let graph = cx.state.graph(process, cx.env.definitions)?;
    let Some(ix) = graph.scope(start.scope).node else { return Err(Corrupt::Node(start.id.clone())) };
    let node = graph.node(ix);
    if event.interrupting {
        stop_event_sub_processes(cx, scope)?;
        scope::end_inside(cx, scope)?;
    } else if let Some(subscription) = subscription {
        let place = Place { scope, process, node: &node.id };
        wait_again(cx, scope, start, subscription, place)?;
    }
    cx.begin_with(scope, node, payload)
}

/// A scope in which nothing is left but its event sub-processes is completing: it starts no new ones (BPMN 2.0.2, 13.5.4).
pub(crate) fn stop_if_completing(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    let inside = cx.state.scope(scope)?;
    if inside.tokens > 0 || cx.state.subscriptions_of(scope).is_empty() {
        return Ok(());
    }
    for child in &inside.children {
        if !is_event_sub_process(cx.at(*child)?.node) {
            return Ok(());
        }
    }
    stop_event_sub_processes(cx, scope)
}

/// Nothing starts the event sub-processes of a scope any more. What is waited for on its border has the same owner and
/// stays.
fn stop_event_sub_processes(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    let graph = cx.graph_of(scope)?;
    let is_inside = |id| graph.node_by_id.get(id).is_some_and(|ix| is_start(graph.node(*ix)));
    let starts = cx.state.subscriptions_of(scope).iter().filter(|it| is_inside(&it.node)).map(|it| it.no);
    for no in starts.collect::<Vec<_>>() {
        cx.emit(Event::Unsubscribed { owner: scope, no })?;
    }
    Ok(())
}

fn is_start(node: &Node) -> bool {
    matches!(node.kind, NodeKind::StartEvent(_))
}

/// Where expressions of an event are evaluated.
#[derive(Clone, Copy)]
struct Place<'n> {
    scope: ElementNo,
    process: ElementNo,
    node: &'n Arc<str>,
}

impl<'n> Place<'n> {
    fn names(self, cx: &'n Cx<'_>) -> Names<'n> {
        Names::inside(cx.state, self.scope, self.process, self.node)
    }
}

/// What does not interrupt is waited for again: a timer as often as it repeats, everything else without end. All the
/// triggers of a parallel event begin anew.
fn wait_again(
    cx: &mut Cx<'_>,
    owner: ElementNo,
    event: &Node,
    subscription: &Subscription,
    place: Place<'_>,
) -> Result<(), Corrupt> {
    // A condition stays, and happens again once it has been false.
    if let EventWait::Condition { .. } = subscription.wait {
        return Ok(());
    }
    cx.emit(Event::Unsubscribed { owner, no: subscription.no })?;
    let is_of_all = catch_of(event).is_some_and(|catch| catch.all);
    let waits = if is_of_all {
        let names = || place.names(cx);
        // It could be told before, so it can be told now; what cannot is not waited for again.
        all_waits(cx, &names, event).unwrap_or_default()
    } else {
        match &subscription.wait {
            EventWait::Timer { due, left } => match next_time(cx, event, subscription, *due, *left, place) {
                Some(wait) => vec![(event.id.clone(), subscription.trigger, wait)],
                None => Vec::new(),
            },
            wait => vec![(event.id.clone(), subscription.trigger, wait.clone())],
        }
    };
    subscribe(cx, owner, waits)
}

/// When a timer that repeats is due next: one interval after it was due, so that it does not drift.
fn next_time(
    cx: &Cx<'_>,
    event: &Node,
    subscription: &Subscription,
    due: Timestamp,
    left: Option<u32>,
    place: Place<'_>,
) -> Option<EventWait> {
    let left = match left {
        Some(left) => Some(left.checked_sub(1).filter(|left| *left > 0)?),
        None => None,
    };
    let trigger = catch_of(event)?.triggers.get(subscription.trigger as usize)?;
    let Trigger::Timer(Timer::Cycle(when)) = trigger else { return None };
    let names = || place.names(cx);
    let cycle: Cycle = moment::cycle(&cx.eval_with(&names, when, "the timer's cycle").ok()?).ok()?;
    Some(EventWait::Timer { due: cycle.after(due)?, left })
}

/// Whether a sub-process is started by an event.
pub(crate) fn is_event_sub_process(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::SubProcess(inside) if matches!(inside.form, Form::Event))
}
