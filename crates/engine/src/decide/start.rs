//! `Start`: the root instance begins.

use bpmn::executable::ScopeIx;

use super::Cx;
use crate::behaviour::scope;
use crate::command::Start;
use crate::{Corrupt, ElementNo, Error, Event, Rejection};

pub(super) fn start(cx: &mut Cx<'_>, start: &Start) -> Result<(), Error> {
    match cx.state.instance(ElementNo::ROOT).map(|root| root.outcome) {
        None => {}
        Some(Some(_)) => return Err(Rejection::Ended.into()),
        Some(None) => return Err(Rejection::NotWaiting.into()),
    }
    if start.trigger.is_some() {
        return Err(Rejection::NotWaiting.into());
    }
    let Some(graph) = cx.env.definitions.get(start.definition) else {
        return Err(Corrupt::Definition(start.definition).into());
    };
    cx.emit(Event::InstanceCreated {
        no: ElementNo::ROOT,
        caller: None,
        instance: start.instance,
        definition: start.definition,
        context: start.context.clone(),
        variables: start.variables.clone(),
        debug: start.debug,
    })?;
    Ok(scope::start(cx, ElementNo::ROOT, graph, ScopeIx(0))?)
}
