//! Conditions that somebody waits for: one happens when it becomes true. Looked at when nothing else can advance and
//! something may have changed it. One that has no value yet, or faults, is false.

use bpmn::executable::{NodeKind, Trigger};
use model::Value;

use super::catch::{catch_of, happened};
use super::expression::Names;
use crate::decide::Cx;
use crate::event::Event;
use crate::state::{EventWait, Subscription, find_node};
use crate::{Corrupt, ElementNo};

/// Lets the first condition happen that has become true; says whether there was one.
pub(crate) fn advance(cx: &mut Cx<'_>) -> Result<bool, Corrupt> {
    let waiting: Vec<(ElementNo, Subscription, bool)> = cx
        .state
        .subscriptions()
        .filter_map(|(owner, subscription)| match subscription.wait {
            EventWait::Condition { was } => Some((owner, subscription.clone(), was)),
            EventWait::Timer { .. } | EventWait::Message { .. } | EventWait::Signal { .. } => None,
        })
        .collect();
    for (owner, subscription, was) in waiting {
        let is = holds(cx, owner, &subscription)?;
        if is != was {
            cx.emit(Event::ConditionSeen { owner, no: subscription.no, value: is })?;
        }
        if is && !was {
            happened(cx, owner, &subscription, Value::Null)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn holds(cx: &Cx<'_>, owner: ElementNo, subscription: &Subscription) -> Result<bool, Corrupt> {
    let process = cx.state.element(owner).map_or(owner, |element| element.process);
    let graph = cx.state.graph(process, cx.env.definitions)?;
    let event = find_node(graph, &subscription.node)?;
    let trigger = catch_of(event).and_then(|catch| catch.triggers.get(subscription.trigger as usize));
    let Some(Trigger::Condition(program)) = trigger else { return Err(Corrupt::Node(event.id.clone())) };
    let is_inside = matches!(event.kind, NodeKind::StartEvent(_)) && cx.state.scopes.contains_key(&owner);
    let names = if is_inside {
        Names::inside(cx.state, owner, process, &event.id)
    } else {
        Names::of(cx.state, &cx.at(owner)?)
    };
    let mut budget = cx.env.limits.budget;
    Ok(program.eval(&names, &mut budget).is_ok_and(|value| value.as_bool() == Some(true)))
}
