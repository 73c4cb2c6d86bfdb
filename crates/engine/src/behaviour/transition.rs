//! The steps of every element's life: enter, begin, leave.

use std::sync::Arc;

use bpmn::executable::Flow;
use model::Value;

use super::expression::{self, Names};
use super::{catch, compensation, fault, flows, limit, looping, scope, variables};
use crate::Corrupt;
use crate::decide::Cx;
use crate::event::{Done, Event};
use crate::node::{At, Halt, Progress};
use crate::state::Element;

/// An active element begins, unless a debug run holds it.
pub(crate) fn enter(cx: &mut Cx<'_>, at: &At<'_>) -> Result<(), Corrupt> {
    let process = cx.state.instance(at.process).ok_or(Corrupt::Element(at.process))?;
    if process.debug && at.contract().is_task() && !is_body(cx, at)? {
        return cx.emit(Event::Held { no: at.no });
    }
    begin(cx, at, None)
}

/// An element begins: after its activation, after a debug command, after a manual retry.
pub(crate) fn begin(cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<(), Corrupt> {
    if let Some(failure) = limit::exceeded(cx, at)? {
        return fault::hold(cx, at, failure, None);
    }
    let progress = work(cx, at, input);
    settle(cx, at, progress)
}

fn work(cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<Progress, Halt> {
    let element = cx.state.active(at.no)?;
    let (is_iteration, is_undoing) = (element.iteration.is_some(), element.compensates.is_some());
    // Events on the border of a loop are those of its body.
    if !is_iteration {
        catch::arm_boundary(cx, at)?;
    }
    match &at.node.looping {
        Some(looping) if !is_iteration && !is_undoing => looping::begin(cx, at, looping),
        // A handler is another activity than the one that it undoes.
        _ if is_undoing && cx.state.is_undone_inside(at.no) => Ok(compensation::undo_inside(cx, at)?),
        _ => at.contract().begin(cx, at, input),
    }
}

/// Whether an element is the body of a loop.
fn is_body(cx: &Cx<'_>, at: &At<'_>) -> Result<bool, Corrupt> {
    let element = cx.state.active(at.no)?;
    Ok(at.node.looping.is_some() && element.iteration.is_none() && element.compensates.is_none())
}

/// What follows from how far the element has come.
pub(crate) fn settle(cx: &mut Cx<'_>, at: &At<'_>, progress: Result<Progress, Halt>) -> Result<(), Corrupt> {
    match progress {
        Ok(Progress::Waits | Progress::Gone) => Ok(()),
        Ok(Progress::Done(result)) => leave(cx, at, result),
        Err(Halt::Fault(failure)) => fault::fail(cx, at, failure, None),
        Err(Halt::Limit(failure)) => fault::hold(cx, at, failure, None),
        Err(Halt::Corrupt(corrupt)) => Err(corrupt),
    }
}

/// The element's work is done: its variables are set, its token goes on. Everything is evaluated before the first
/// event, so that a fault leaves nothing half done and a retry can start from the same result.
pub(crate) fn leave(cx: &mut Cx<'_>, at: &At<'_>, result: Value) -> Result<(), Corrupt> {
    let exit = match evaluate(cx, at, &result) {
        Ok(exit) => exit,
        Err(Halt::Fault(failure)) => return fault::fail(cx, at, failure, Some(Done { result })),
        Err(Halt::Limit(failure)) => {
            // A result that is itself too large is not kept.
            let keep = result.size() <= cx.env.limits.max_variable_bytes;
            return fault::hold(cx, at, failure, keep.then_some(Done { result }));
        }
        Err(Halt::Corrupt(corrupt)) => return Err(corrupt),
    };
    for (name, value) in exit.assignments {
        let scope = variables::holder(cx.state, at, &name);
        cx.emit(Event::VariableSet { scope, name, value })?;
    }
    let Element { iteration, compensates, .. } = cx.state.active(at.no)?;
    let (iteration, compensates) = (*iteration, *compensates);
    cx.emit(Event::Completed { no: at.no, output: exit.output, at: cx.env.now, collected: exit.collected })?;
    if let Some(thrower) = compensates {
        return compensation::next(cx, thrower);
    }
    if iteration.is_some() {
        return looping::iterated(cx, at.scope);
    }
    for flow in exit.flows {
        for _ in 0..at.node.gives {
            cx.emit(Event::FlowTaken { scope: at.scope, flow: flow.id.clone() })?;
        }
    }
    scope::completed_in(cx, at.scope)
}

/// What happens when an element is left.
struct Exit<'d> {
    output: Value,
    assignments: Vec<(Arc<str>, Value)>,
    /// What an iteration gives to its loop.
    collected: Option<Value>,
    flows: Vec<&'d Flow>,
}

fn evaluate<'d>(cx: &Cx<'_>, at: &At<'d>, result: &Value) -> Result<Exit<'d>, Halt> {
    let element = cx.state.active(at.no)?;
    let (is_iteration, is_undoing) = (element.iteration.is_some(), element.compensates.is_some());
    let is_body = is_body(cx, at)?;
    let contract = at.contract();
    let (output, mut assignments, mappings) = if is_body {
        // Its iterations have had their products.
        (Value::Null, looping::results(cx, at)?, &[][..])
    } else {
        let product = contract.product(result.clone());
        (product.output, product.assignments, contract.mappings())
    };
    let mut budget = cx.env.limits.budget;
    for (name, program) in mappings {
        let input = cx.state.active(at.no)?.input.clone();
        let names = Names::of(cx.state, at).mapping(input, output.clone()).assigned(&assignments);
        let value = program.eval(&names, &mut budget).map_err(|fault| {
            let what = format!("the output mapping of '{name}'");
            expression::failure(&what, &fault)
        })?;
        assignments.push((name.clone(), value));
    }
    variables::check_room(cx, at, &assignments, &output)?;
    let collected = if is_iteration { looping::collected(cx, at, &output, &assignments)? } else { None };
    let names = Names::of(cx.state, at).own_output(output.clone()).assigned(&assignments);
    let flows =
        if is_iteration || is_undoing { Vec::new() } else { flows::choose(at, contract.split(), &names, &mut budget)? };
    Ok(Exit { output, assignments, collected, flows })
}
