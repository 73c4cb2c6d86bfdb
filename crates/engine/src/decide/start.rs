//! `Start`: the root instance begins.

use bpmn::executable::ScopeIx;

use super::Cx;
use crate::behaviour::catch::ScopeAt;
use crate::behaviour::{fault, scope};
use crate::command::{Start, StartTrigger};
use crate::node::Halt;
use crate::state::find_node;
use crate::{Corrupt, ElementNo, Error, Event, Rejection};

pub(super) fn start(cx: &mut Cx<'_>, start: &Start) -> Result<(), Error> {
    match cx.state.instance(ElementNo::ROOT).map(|root| root.outcome) {
        None => {}
        Some(Some(_)) => return Err(Rejection::Ended.into()),
        Some(None) => return Err(Rejection::NotWaiting.into()),
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
    let inside = ScopeAt { graph, ix: ScopeIx(0), process: ElementNo::ROOT };
    let trigger = match &start.trigger {
        None => None,
        Some(StartTrigger { node, payload }) => Some((find_node(graph, node)?, payload.clone())),
    };
    match scope::start(cx, ElementNo::ROOT, &inside, trigger) {
        Ok(()) => Ok(()),
        Err(Halt::Corrupt(corrupt)) => Err(corrupt.into()),
        // What starts an event sub-process cannot be told: the first start event holds the fault.
        Err(Halt::Fault(failure) | Halt::Limit(failure)) => {
            let starts = graph.scope(ScopeIx(0)).starts.iter().chain(&graph.scope(ScopeIx(0)).triggered);
            if let Some(first) = starts.into_iter().next() {
                let no = cx.activate(ElementNo::ROOT, graph.node(*first), Vec::new())?;
                let at = cx.at(no)?;
                fault::hold(cx, &at, failure, None)?;
            }
            Ok(())
        }
    }
}
