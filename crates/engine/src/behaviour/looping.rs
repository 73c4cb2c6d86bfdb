//! Loops: a body around iterations, each of which is an element of its own.

use std::sync::Arc;

use bpmn::executable::{Loop, MultiInstance, OnFailure, Over};
use expr::Program;
use model::{Map, Value};

use super::expression::{self, Names};
use super::{failure, scope, transition};
use crate::command::Failure;
use crate::decide::Cx;
use crate::event::Event;
use crate::node::{At, Halt, Progress};
use crate::state::Looping;
use crate::{Corrupt, ElementNo};

/// The body of a loop begins, or begins anew after a fault.
pub(crate) fn begin(cx: &mut Cx<'_>, at: &At<'_>, looping: &Loop) -> Result<Progress, Halt> {
    match looping {
        Loop::Standard { test_before, maximum, condition } => {
            let maximum = match maximum {
                Some(program) => Some(count(cx, at, program, "the loop maximum")?),
                None => None,
            };
            if *test_before && !goes_on(cx, at, condition.as_ref())? {
                return Ok(Progress::Done(Value::Null));
            }
            cx.emit(Event::LoopStarted { no: at.no, total: maximum, items: Vec::new() })?;
            iterate(cx, at.no)?;
        }
        Loop::MultiInstance(instances) => {
            let (total, items) = match &instances.over {
                Over::Cardinality(program) => (count(cx, at, program, "the loop cardinality")?, Vec::new()),
                Over::Collection(program) => {
                    let value = evaluated(cx, at, program, "the collection")?;
                    let Value::List(items) = &value else {
                        return Err(failure::not_a_list(&value).into());
                    };
                    (u32::try_from(items.len()).unwrap_or(u32::MAX), items.to_vec())
                }
            };
            let limit = cx.env.limits.max_nodes;
            if u64::from(total) > limit {
                return Err(Halt::Limit(failure::nodes(limit)));
            }
            cx.emit(Event::LoopStarted { no: at.no, total: Some(total), items })?;
            if total == 0 {
                return Ok(Progress::Done(Value::Null));
            }
        }
    }
    Ok(Progress::Waits)
}

/// The next iteration begins.
pub(crate) fn iterate(cx: &mut Cx<'_>, body: ElementNo) -> Result<(), Corrupt> {
    let at = cx.at(body)?;
    let index = looping(cx, body)?.begun;
    let no = cx.activate_iteration(body, at.node, index)?;
    cx.enter_later(no);
    Ok(())
}

/// An iteration has completed: another begins, the loop goes on, or it is over.
pub(crate) fn iterated(cx: &mut Cx<'_>, body: ElementNo) -> Result<(), Corrupt> {
    let at = cx.at(body)?;
    let progress = match &at.node.looping {
        Some(Loop::Standard { condition, .. }) => standard(cx, &at, condition.as_ref()),
        Some(Loop::MultiInstance(instances)) => instance(cx, &at, instances),
        None => return Err(Corrupt::Element(body)),
    };
    transition::settle(cx, &at, progress)
}

fn standard(cx: &mut Cx<'_>, at: &At<'_>, condition: Option<&Program>) -> Result<Progress, Halt> {
    let state = looping(cx, at.no)?;
    if state.total.is_some_and(|most| state.begun >= most) || !goes_on(cx, at, condition)? {
        return Ok(Progress::Done(Value::Null));
    }
    iterate(cx, at.no)?;
    Ok(Progress::Waits)
}

fn instance(cx: &mut Cx<'_>, at: &At<'_>, instances: &MultiInstance) -> Result<Progress, Halt> {
    let state = looping(cx, at.no)?;
    let is_over = state.active == 0 && Some(state.begun) == state.total;
    if !is_over {
        let Some(condition) = &instances.completion else { return Ok(Progress::Waits) };
        let counts = counts(state);
        let names = Names::of(cx.state, at).assigned(&counts);
        let mut budget = cx.env.limits.budget;
        let value = condition
            .eval(&names, &mut budget)
            .map_err(|fault| expression::failure("the completion condition", &fault))?;
        if value.as_bool() != Some(true) {
            return Ok(Progress::Waits);
        }
    }
    cx.emit(Event::LoopOver { no: at.no })?;
    scope::end_inside(cx, at.no)?;
    Ok(Progress::Done(Value::Null))
}

/// What the completion condition of a multi-instance reads.
fn counts(state: &Looping) -> Vec<(Arc<str>, Value)> {
    let ended = state.begun - state.active - state.completed;
    let count = |name: &str, count: u32| (Arc::from(name), Value::int(i64::from(count)));
    vec![
        count("numberOfInstances", state.begun),
        count("numberOfActiveInstances", state.active),
        count("numberOfCompletedInstances", state.completed),
        count("numberOfTerminatedInstances", ended),
        count("nrOfInstances", state.total.unwrap_or(state.begun)),
        count("nrOfActiveInstances", state.active),
        count("nrOfCompletedInstances", state.completed),
    ]
}

/// The variables that a loop sets when it is over.
pub(crate) fn results(cx: &Cx<'_>, at: &At<'_>) -> Result<Vec<(Arc<str>, Value)>, Corrupt> {
    let Some(Loop::MultiInstance(MultiInstance { output_collection: Some(name), .. })) = &at.node.looping else {
        return Ok(Vec::new());
    };
    let collected = match &cx.state.active(at.no)?.looping {
        Some(state) => {
            let last = state.begun;
            (0..last).map(|index| state.collected.get(&index).cloned().unwrap_or(Value::Null)).collect()
        }
        None => Vec::new(),
    };
    Ok(vec![(name.clone(), Value::list(collected))])
}

/// What an iteration gives to its loop.
pub(crate) fn collected(
    cx: &Cx<'_>,
    at: &At<'_>,
    output: &Value,
    assigned: &[(Arc<str>, Value)],
) -> Result<Option<Value>, Failure> {
    let Some(Loop::MultiInstance(instances)) = &at.node.looping else { return Ok(None) };
    if instances.output_collection.is_none() {
        return Ok(None);
    }
    let Some(program) = &instances.output_element else { return Ok(Some(output.clone())) };
    let names = Names::of(cx.state, at).mapping(Value::Null, output.clone()).assigned(assigned);
    let mut budget = cx.env.limits.budget;
    let value = program.eval(&names, &mut budget).map_err(|fault| expression::failure("the output element", &fault))?;
    Ok(Some(value))
}

/// What a failure of an iteration gives, where the loop goes on without it.
pub(crate) fn on_failure(at: &At<'_>) -> OnFailure {
    match &at.node.looping {
        Some(Loop::MultiInstance(instances)) => instances.on_failure,
        Some(Loop::Standard { .. }) | None => OnFailure::Stop,
    }
}

/// What `loop` means inside an iteration.
pub(crate) fn described(index: u32, state: Option<&Looping>) -> Value {
    let mut members = Map::new();
    members.insert("index".into(), Value::int(i64::from(index)));
    if let Some(state) = state {
        if let Some(total) = state.total {
            members.insert("total".into(), Value::int(i64::from(total)));
        }
        if let Some(item) = state.items.get(index as usize) {
            members.insert("item".into(), item.clone());
        }
    }
    Value::map(members)
}

fn looping<'c>(cx: &'c Cx<'_>, body: ElementNo) -> Result<&'c Looping, Corrupt> {
    cx.state.active(body)?.looping.as_deref().ok_or(Corrupt::Element(body))
}

fn goes_on(cx: &Cx<'_>, at: &At<'_>, condition: Option<&Program>) -> Result<bool, Halt> {
    let Some(condition) = condition else { return Ok(true) };
    let value = evaluated(cx, at, condition, "the loop condition")?;
    match value.as_bool() {
        Some(truth) => Ok(truth),
        None if value.is_null() => Ok(false),
        None => Err(failure::not_true_or_false("the loop condition", &value).into()),
    }
}

/// A number of iterations: at least one.
fn count(cx: &Cx<'_>, at: &At<'_>, program: &Program, what: &str) -> Result<u32, Halt> {
    let value = evaluated(cx, at, program, what)?;
    let number = value.as_i64().filter(|number| *number > 0);
    let number = number.ok_or_else(|| failure::not_a_count(what, &value))?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

fn evaluated(cx: &Cx<'_>, at: &At<'_>, program: &Program, what: &str) -> Result<Value, Halt> {
    let mut budget = cx.env.limits.budget;
    let value = program.eval(&Names::of(cx.state, at), &mut budget);
    Ok(value.map_err(|fault| expression::failure(what, &fault))?)
}
