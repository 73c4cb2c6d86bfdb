//! When a complex gateway activates, and when it waits for its first token again (BPMN 2.0.2, 13.4.5).
//!
//! Asked, like the inclusive rule, only when nothing else in the instance can advance. It activates when its condition
//! holds over `activationCount`, the number of tokens that wait at it, and takes one token from each flow that has one.
//! After that it swallows what still comes on the other flows, until nothing can come any more.

use bpmn::executable::Node;
use expr::Program;
use model::Value;

use super::expression::Names;
use crate::decide::Cx;
use crate::state::Join;
use crate::{Corrupt, ElementNo};

/// Whether a gateway that waits activates.
pub(crate) fn activates(
    cx: &Cx<'_>,
    join: &Join,
    node: &Node,
    process: ElementNo,
    activation: Option<&Program>,
) -> Result<bool, Corrupt> {
    let graph = cx.graph_of(join.scope)?;
    let scope = cx.state.scope(join.scope)?;
    let count: u32 = node.incoming.iter().filter_map(|ix| scope.arrived.get(&graph.flow(*ix).id)).sum();
    let Some(condition) = activation else { return Ok(count > 0) };
    let counted = [("activationCount".into(), Value::int(i64::from(count)))];
    let names = Names::inside(cx.state, join.scope, process, &node.id).assigned(&counted);
    let mut budget = cx.env.limits.budget;
    // One that cannot be told does not hold: more tokens may come.
    Ok(condition.eval(&names, &mut budget).is_ok_and(|value| value.as_bool() == Some(true)))
}
