//! `EffectDone` and `CallResolved`: the outside has answered.

use bpmn::executable::NodeKind;
use model::Value;

use super::Cx;
use crate::behaviour::{call, fault, transition};
use crate::command::{Called, Failure};
use crate::node::{Halt, Progress};
use crate::state::Phase;
use crate::{EffectKey, ElementNo, Error, Rejection};

pub(super) fn effect_done(
    cx: &mut Cx<'_>,
    key: EffectKey,
    attempt: u32,
    result: &Result<Value, Failure>,
) -> Result<(), Error> {
    let waits = cx.state.element(key.element).is_some_and(|element| {
        element.phase == Phase::Effect && element.attempt == attempt && element.generation == key.generation
    });
    if !waits || cx.state.root() != Some(key.root) {
        return Err(Rejection::NotWaiting.into());
    }
    let at = cx.at(key.element)?;
    match result {
        Ok(value) => transition::leave(cx, &at, value.clone())?,
        Err(failure) => fault::attempt_failed(cx, &at, failure.clone())?,
    }
    Ok(())
}

pub(super) fn call_resolved(
    cx: &mut Cx<'_>,
    element: ElementNo,
    result: &Result<Called, Failure>,
) -> Result<(), Error> {
    if cx.state.element(element).is_none_or(|element| element.phase != Phase::Resolving) {
        return Err(Rejection::NotWaiting.into());
    }
    let at = cx.at(element)?;
    let NodeKind::CallActivity(call) = &at.node.kind else { return Err(Rejection::NotWaiting.into()) };
    let progress = match result {
        Ok(called) => call::start_child(cx, &at, call, called).map(|()| Progress::Waits),
        Err(failure) => Err(Halt::Fault(failure.clone())),
    };
    Ok(transition::settle(cx, &at, progress)?)
}
