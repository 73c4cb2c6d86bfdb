//! Tokens are put on flows and taken from them, and what can advance follows from that.

use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{Node, NodeKind};

use crate::state::{Join, Scope, Step, find_node};
use crate::{Corrupt, Definitions, ElementNo, State};

/// How a node takes tokens.
enum Merge {
    /// Each token by itself.
    Each,
    /// One from every incoming flow.
    Parallel,
    /// So many, from whichever flows they come.
    Several(u32),
    /// When the inclusive rule, or the activation condition of a complex gateway, says so.
    Ruled,
}

fn merge(node: &Node) -> Merge {
    match node.kind {
        NodeKind::ParallelGateway if node.incoming.len() > 1 => Merge::Parallel,
        NodeKind::InclusiveGateway if node.incoming.len() > 1 => Merge::Ruled,
        // Even one token may not be enough.
        NodeKind::ComplexGateway { .. } => Merge::Ruled,
        _ if node.takes > 1 => Merge::Several(node.takes),
        _ => Merge::Each,
    }
}

/// Puts a token on a flow.
pub(super) fn put(
    state: &mut State,
    definitions: &dyn Definitions,
    scope: ElementNo,
    flow: &Arc<str>,
) -> Result<(), Corrupt> {
    let graph = state.graph(state.scope(scope)?.process, definitions)?;
    let ix = graph.flow_by_id.get(flow).ok_or_else(|| Corrupt::Flow(flow.clone()))?;
    let target = graph.node(graph.flow(*ix).target);
    let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    holder.tokens += 1;
    match merge(target) {
        Merge::Each => state.agenda.push_back(Step::Token { scope, flow: flow.clone() }),
        Merge::Parallel => {
            *holder.arrived.entry(flow.clone()).or_insert(0) += 1;
            schedule_parallel(state, graph, scope, target)?;
        }
        Merge::Several(takes) => {
            *holder.arrived.entry(flow.clone()).or_insert(0) += 1;
            schedule_several(state, graph, scope, target, takes)?;
        }
        Merge::Ruled => {
            *holder.arrived.entry(flow.clone()).or_insert(0) += 1;
            let join = Join { scope, node: target.id.clone() };
            if !state.inclusive.contains(&join) {
                state.inclusive.push(join);
            }
        }
    }
    Ok(())
}

/// Takes the tokens that a node consumes when it becomes active.
pub(super) fn take(
    state: &mut State,
    definitions: &dyn Definitions,
    scope: ElementNo,
    node: &Arc<str>,
    consumed: &[Arc<str>],
) -> Result<(), Corrupt> {
    if consumed.is_empty() {
        return Ok(());
    }
    let graph = state.graph(state.scope(scope)?.process, definitions)?;
    let node = find_node(graph, node)?;
    let merge = merge(node);
    if let Merge::Parallel | Merge::Several(_) = merge {
        remove_step(state, &Step::Join(Join { scope, node: node.id.clone() }));
    }
    for flow in consumed {
        let found = match merge {
            Merge::Each => remove_step(state, &Step::Token { scope, flow: flow.clone() }),
            Merge::Parallel | Merge::Several(_) | Merge::Ruled => {
                let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
                remove_arrived(holder, flow)
            }
        };
        if !found {
            return Err(Corrupt::Token(flow.clone()));
        }
        let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
        holder.tokens = holder.tokens.checked_sub(1).ok_or_else(|| Corrupt::Token(flow.clone()))?;
    }
    match merge {
        Merge::Each => Ok(()),
        Merge::Parallel => schedule_parallel(state, graph, scope, node),
        Merge::Several(takes) => schedule_several(state, graph, scope, node, takes),
        Merge::Ruled => {
            if let NodeKind::ComplexGateway { .. } = node.kind {
                let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
                holder.fired.entry(node.id.clone()).or_default().extend(consumed.iter().cloned());
            }
            forget_join(state, graph, scope, node)
        }
    }
}

/// A join with no token left waits for nothing, unless it still has to swallow some.
fn forget_join(state: &mut State, graph: &Executable, scope: ElementNo, node: &Node) -> Result<(), Corrupt> {
    let holder = state.scope(scope)?;
    let has_token = node.incoming.iter().any(|ix| holder.has_arrived(&graph.flow(*ix).id));
    if !has_token && !holder.fired.contains_key(&node.id) {
        state.inclusive.retain(|join| join.scope != scope || join.node != node.id);
    }
    Ok(())
}

/// A complex gateway waits for its first token again.
pub(super) fn reset_gateway(
    state: &mut State,
    definitions: &dyn Definitions,
    scope: ElementNo,
    node: &Arc<str>,
    consumed: &[Arc<str>],
) -> Result<(), Corrupt> {
    let graph = state.graph(state.scope(scope)?.process, definitions)?;
    let node = find_node(graph, node)?;
    let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    holder.fired.remove(&node.id);
    for flow in consumed {
        if !remove_arrived(holder, flow) {
            return Err(Corrupt::Token(flow.clone()));
        }
        holder.tokens = holder.tokens.checked_sub(1).ok_or_else(|| Corrupt::Token(flow.clone()))?;
    }
    forget_join(state, graph, scope, node)
}

/// Removes every token of a scope.
pub(super) fn clear(state: &mut State, scope: ElementNo) -> Result<(), Corrupt> {
    let holder = state.scopes.get_mut(&scope).ok_or(Corrupt::Element(scope))?;
    if holder.tokens > 0 || !holder.fired.is_empty() {
        holder.tokens = 0;
        holder.arrived.clear();
        holder.fired.clear();
        state.agenda.retain(|step| matches!(step, Step::Iterate { .. }) || step.scope() != scope);
        state.inclusive.retain(|join| join.scope != scope);
    }
    Ok(())
}

/// Puts a parallel join on the agenda when each incoming flow has a token.
fn schedule_parallel(state: &mut State, graph: &Executable, scope: ElementNo, node: &Node) -> Result<(), Corrupt> {
    let holder = state.scope(scope)?;
    if node.incoming.iter().all(|ix| holder.has_arrived(&graph.flow(*ix).id)) {
        let step = Step::Join(Join { scope, node: node.id.clone() });
        if !state.agenda.contains(&step) {
            state.agenda.push_back(step);
        }
    }
    Ok(())
}

/// Puts an activity on the agenda when as many tokens as it takes have come.
fn schedule_several(
    state: &mut State,
    graph: &Executable,
    scope: ElementNo,
    node: &Node,
    takes: u32,
) -> Result<(), Corrupt> {
    let holder = state.scope(scope)?;
    let there = |ix: &bpmn::executable::FlowIx| holder.arrived.get(&graph.flow(*ix).id).copied().unwrap_or(0);
    if node.incoming.iter().map(there).sum::<u32>() >= takes {
        let step = Step::Join(Join { scope, node: node.id.clone() });
        if !state.agenda.contains(&step) {
            state.agenda.push_back(step);
        }
    }
    Ok(())
}

fn remove_arrived(scope: &mut Scope, flow: &Arc<str>) -> bool {
    match scope.arrived.get_mut(flow) {
        Some(count) if *count > 1 => *count -= 1,
        Some(_) => _ = scope.arrived.remove(flow),
        None => return false,
    }
    true
}

/// Removes the first such step, which is nearly always the first of all.
fn remove_step(state: &mut State, step: &Step) -> bool {
    match state.agenda.iter().position(|other| other == step) {
        Some(position) => state.agenda.remove(position).is_some(),
        None => false,
    }
}
