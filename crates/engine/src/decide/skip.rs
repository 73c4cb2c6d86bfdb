//! `Skip`: a person lets a faulted node go on with an output of their own.

use std::sync::Arc;

use model::Value;

use super::Cx;
use super::retry::is_meant;
use crate::behaviour::{scope, transition};
use crate::state::Phase;
use crate::{Error, Rejection};

pub(super) fn skip(cx: &mut Cx<'_>, node: &Arc<str>, output: &Value) -> Result<(), Error> {
    let faulted = cx
        .state
        .elements()
        .find(|(no, element)| matches!(element.phase, Phase::Faulted { .. }) && is_meant(*no, element, node));
    let Some(no) = faulted.map(|(no, _)| no) else { return Err(Rejection::NoFault.into()) };
    let at = cx.at(no)?;
    if cx.state.scopes.contains_key(&no) {
        scope::end_inside(cx, no)?;
    }
    let result = at.contract().result_of(output.clone());
    Ok(transition::leave(cx, &at, result)?)
}
