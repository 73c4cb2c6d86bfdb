//! `Retry`: a person lets faulted nodes go on.

use std::sync::Arc;

use model::Value;

use super::Cx;
use crate::behaviour::transition;
use crate::state::{Element, Phase};
use crate::{ElementNo, Error, Rejection};

pub(super) fn retry(cx: &mut Cx<'_>, node: Option<&Arc<str>>, input: Option<&Value>) -> Result<(), Error> {
    let faulted: Vec<ElementNo> = cx
        .state
        .elements()
        .filter(|(_, element)| matches!(element.phase, Phase::Faulted { .. }))
        .filter(|(no, element)| node.is_none_or(|name| is_meant(*no, element, name)))
        .map(|(no, _)| no)
        .collect();
    if faulted.is_empty() {
        return Err(Rejection::NoFault.into());
    }
    for no in faulted {
        // A retry before this one may have led to a boundary event that ended it.
        let Some(element) = cx.state.element(no) else { continue };
        let Phase::Faulted { done, .. } = &element.phase else { continue };
        let done = done.clone();
        let at = cx.at(no)?;
        let input = input.filter(|_| at.contract().is_task()).cloned();
        match (done, input) {
            (Some(done), None) => transition::leave(cx, &at, done.result)?,
            (_, input) => transition::begin(cx, &at, input)?,
        }
    }
    Ok(())
}

/// Whether a command's name for a node, its BPMN id or its element's number, means this element.
pub(super) fn is_meant(no: ElementNo, element: &Element, name: &Arc<str>) -> bool {
    element.node == *name || name.parse() == Ok(no.0)
}
