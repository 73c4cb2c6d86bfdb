//! Which outgoing flows a node takes.

use bpmn::executable::{Flow, FlowIx};
use expr::Budget;

use super::expression::{self, Names};
use super::failure;
use crate::command::Failure;
use crate::node::{At, Split};

/// The flows to take, in document order; none when the node has no outgoing flow, so that its token ends.
pub(crate) fn choose<'d>(
    at: &At<'d>,
    split: Split,
    names: &Names<'_>,
    budget: &mut Budget,
) -> Result<Vec<&'d Flow>, Failure> {
    let node = at.node;
    let mut taken = Vec::with_capacity(node.outgoing.len());
    for ix in &node.outgoing {
        let flow = at.graph.flow(*ix);
        match split {
            Split::All => taken.push(flow),
            Split::First | Split::Every if node.default == Some(*ix) => {}
            Split::First => {
                if is_true(flow, names, budget)? {
                    taken.push(flow);
                    break;
                }
            }
            Split::Every => {
                if is_true(flow, names, budget)? {
                    taken.push(flow);
                }
            }
        }
    }
    if taken.is_empty() {
        let default = node.default.map(|ix: FlowIx| at.graph.flow(ix));
        taken.extend(default);
    }
    if taken.is_empty() && !node.outgoing.is_empty() {
        return Err(failure::no_flow_taken(&node.id));
    }
    Ok(taken)
}

/// A condition that is null (an absent path) is false.
fn is_true(flow: &Flow, names: &Names<'_>, budget: &mut Budget) -> Result<bool, Failure> {
    let Some(condition) = &flow.condition else { return Ok(true) };
    let value = condition.eval(names, budget).map_err(|fault| {
        let what = format!("the condition of flow '{}'", flow.id);
        expression::failure(&what, &fault)
    })?;
    match value.as_bool() {
        Some(truth) => Ok(truth),
        None if value.is_null() => Ok(false),
        None => Err(failure::not_a_boolean(&flow.id, &value)),
    }
}
