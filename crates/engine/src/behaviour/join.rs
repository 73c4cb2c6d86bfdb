//! Steps of the agenda: tokens reach their nodes, parallel joins fire.

use std::sync::Arc;

use super::transition;
use crate::Corrupt;
use crate::decide::Cx;
use crate::state::{Join, Step, find_node};

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
            (join.scope, node, node.incoming.iter().map(|ix| graph.flow(*ix).id.clone()).collect())
        }
    };
    let no = cx.activate(scope, node, consumed)?;
    let at = cx.at(no)?;
    transition::enter(cx, &at)
}

/// Fires an inclusive join: one token from each incoming flow that has one.
pub(crate) fn fire_inclusive(cx: &mut Cx<'_>, join: &Join) -> Result<(), Corrupt> {
    let graph = cx.graph_of(join.scope)?;
    let node = find_node(graph, &join.node)?;
    let scope = cx.state.scope(join.scope)?;
    let flows = node.incoming.iter().map(|ix| &graph.flow(*ix).id);
    let consumed: Vec<Arc<str>> = flows.filter(|id| scope.has_arrived(id)).cloned().collect();
    let no = cx.activate(join.scope, node, consumed)?;
    let at = cx.at(no)?;
    transition::enter(cx, &at)
}
