//! Steps of the agenda: tokens reach their nodes, parallel joins fire.

use std::sync::Arc;

use bpmn::executable::NodeKind;

use super::{looping, transition};
use crate::Corrupt;
use crate::decide::Cx;
use crate::event::Event;
use crate::state::{Join, Scope, Step, find_node};

/// Carries out one step of the agenda.
pub(crate) fn advance(cx: &mut Cx<'_>, step: Step) -> Result<(), Corrupt> {
    let graph = cx.graph_of(step.scope())?;
    let (scope, node, consumed) = match step {
        Step::Token { scope, flow } => {
            let ix = graph.flow_by_id.get(&flow).ok_or_else(|| Corrupt::Flow(flow.clone()))?;
            (scope, graph.node(graph.flow(*ix).target), vec![flow])
        }
        Step::Join(join) => {
            let node = find_node(graph, &join.node)?;
            let flows = node.incoming.iter().map(|ix| graph.flow(*ix).id.clone());
            let consumed =
                if node.takes > 1 { several(cx.state.scope(join.scope)?, flows, node.takes) } else { flows.collect() };
            (join.scope, node, consumed)
        }
        Step::Iterate { body } => return looping::iterate(cx, body),
    };
    let no = cx.activate(scope, node, consumed)?;
    let at = cx.at(no)?;
    transition::enter(cx, &at)
}

/// So many of the tokens that wait, from the first flow on.
fn several(scope: &Scope, flows: impl Iterator<Item = Arc<str>>, takes: u32) -> Vec<Arc<str>> {
    let there = |flow: Arc<str>| {
        let count = scope.arrived.get(&flow).copied().unwrap_or(0);
        std::iter::repeat_n(flow, count as usize)
    };
    flows.flat_map(there).take(takes as usize).collect()
}

/// Fires a join by rule, inclusive or complex: one token from each incoming flow that has one. A complex gateway that
/// has fired already swallows them.
pub(crate) fn fire_ruled(cx: &mut Cx<'_>, join: &Join) -> Result<(), Corrupt> {
    let graph = cx.graph_of(join.scope)?;
    let node = find_node(graph, &join.node)?;
    let scope = cx.state.scope(join.scope)?;
    let flows = node.incoming.iter().map(|ix| &graph.flow(*ix).id);
    let had = scope.fired.get(&node.id);
    let is_new = |id: &&Arc<str>| had.is_none_or(|had| !had.contains(*id));
    // Tokens that came again on flows that it has had are for the next time.
    let consumed: Vec<Arc<str>> = flows.filter(|id| scope.has_arrived(id)).filter(is_new).cloned().collect();
    if had.is_some() {
        cx.emit(Event::GatewayReset { scope: join.scope, node: node.id.clone(), consumed })?;
        cx.close_later(join.scope);
        return Ok(());
    }
    let is_whole = consumed.len() == node.incoming.len();
    let no = cx.activate(join.scope, node, consumed)?;
    if is_whole && matches!(node.kind, NodeKind::ComplexGateway { .. }) {
        let consumed = Vec::new();
        cx.emit(Event::GatewayReset { scope: join.scope, node: node.id.clone(), consumed })?;
    }
    let at = cx.at(no)?;
    transition::enter(cx, &at)
}
