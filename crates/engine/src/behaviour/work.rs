//! How a node's work begins, and the key of its effect.

use model::Value;

use super::failure;
use crate::decide::Cx;
use crate::event::Event;
use crate::node::{At, Halt, Progress, Work};
use crate::{Corrupt, EffectKey, ElementNo, State};

/// Begins work outside the turn: with the given input, else the input of the last start, else one evaluated now.
pub(crate) fn begin(
    cx: &mut Cx<'_>,
    at: &At<'_>,
    given: Option<Value>,
    evaluate: impl FnOnce(&Cx<'_>) -> Result<Value, Halt>,
) -> Result<Progress, Halt> {
    let element = cx.state.active(at.no)?;
    let input = match given {
        Some(input) => input,
        None if element.attempt > 0 => element.input.clone(),
        None => evaluate(cx)?,
    };
    let limit = cx.env.limits.max_variable_bytes;
    if input.size() > limit {
        return Err(Halt::Limit(failure::variables(limit)));
    }
    start(cx, at, input)?;
    Ok(Progress::Waits)
}

/// Starts the next attempt. A changed input makes a new generation, whose attempts count from 1; under one key no
/// attempt's number is used twice, so that a late result cannot be taken for that of a later attempt.
pub(crate) fn start(cx: &mut Cx<'_>, at: &At<'_>, input: Value) -> Result<(), Corrupt> {
    let element = cx.state.active(at.no)?;
    let changed = element.attempt > 0 && element.input != input;
    let (attempt, generation) =
        if changed { (1, element.generation + 1) } else { (element.attempt + 1, element.generation) };
    cx.emit(Event::Started { no: at.no, input, attempt, generation })?;
    match at.contract().work() {
        Work::Inside => {}
        Work::Effect | Work::Call => cx.request(at.no),
    }
    Ok(())
}

/// The key of the effect of an element.
pub(crate) fn key(state: &State, at: &At<'_>) -> Result<EffectKey, Corrupt> {
    let root = state.root().ok_or(Corrupt::Element(ElementNo::ROOT))?;
    Ok(EffectKey { root, element: at.no, generation: state.active(at.no)?.generation })
}
