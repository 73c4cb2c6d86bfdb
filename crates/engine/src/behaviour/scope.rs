//! Processes and sub-processes as containers: start, end by themselves, end from outside.

use bpmn::Executable;
use bpmn::executable::ScopeIx;
use model::Value;

use super::transition;
use crate::decide::Cx;
use crate::event::{Event, Outcome};
use crate::state::{Phase, Scope};
use crate::{Corrupt, ElementNo};

/// Activates the start events of a scope. They begin once all are active, so that the scope cannot end in between.
pub(crate) fn start(cx: &mut Cx<'_>, scope: ElementNo, graph: &Executable, ix: ScopeIx) -> Result<(), Corrupt> {
    for start in &graph.scope(ix).starts {
        let no = cx.activate(scope, graph.node(*start), Vec::new())?;
        cx.enter_later(no);
    }
    if graph.scope(ix).starts.is_empty() {
        cx.close_later(scope);
    }
    Ok(())
}

/// Ends a scope in which nothing is left.
pub(crate) fn close_if_empty(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    if cx.state.scopes.get(&scope).is_some_and(Scope::is_empty) { finish(cx, scope) } else { Ok(()) }
}

/// Ends a scope by itself; tokens that are left in it vanish.
pub(crate) fn finish(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    let Some(process) = cx.state.instance(scope) else {
        let at = cx.at(scope)?;
        return transition::leave(cx, &at, Value::Null);
    };
    let caller = process.caller;
    let variables = Value::Map(cx.state.scope(scope)?.variables.clone());
    cx.emit(Event::InstanceEnded { no: scope, outcome: Outcome::Finished })?;
    match caller {
        Some(caller) => {
            let at = cx.at(caller)?;
            transition::leave(cx, &at, variables)
        }
        None => Ok(()),
    }
}

/// Ends the root instance from outside. The to-do of `answered` was closed by a person, the others are cancelled.
pub(crate) fn terminate(cx: &mut Cx<'_>, answered: Option<ElementNo>) -> Result<(), Corrupt> {
    end_all(cx, vec![Part::Process(ElementNo::ROOT)], answered)
}

/// Ends an element with everything inside it.
pub(crate) fn end_element(cx: &mut Cx<'_>, no: ElementNo) -> Result<(), Corrupt> {
    end_all(cx, vec![Part::Element(no)], None)
}

/// Ends every element of a scope but one.
pub(crate) fn end_others(cx: &mut Cx<'_>, scope: ElementNo, but: ElementNo) -> Result<(), Corrupt> {
    let others = cx.state.scope(scope)?.children.iter().filter(|no| **no != but);
    let others = others.map(|no| Part::Element(*no)).collect();
    end_all(cx, others, None)
}

#[derive(Clone, Copy)]
enum Part {
    Element(ElementNo),
    Process(ElementNo),
}

fn end_all(cx: &mut Cx<'_>, parts: Vec<Part>, answered: Option<ElementNo>) -> Result<(), Corrupt> {
    let mut open = parts;
    let mut found = Vec::new();
    while let Some(part) = open.pop() {
        found.push(part);
        let (Part::Element(no) | Part::Process(no)) = part;
        if let Part::Element(no) = part
            && let Phase::Calling { child } = cx.state.active(no)?.phase
        {
            open.push(Part::Process(child));
        }
        if let Some(scope) = cx.state.scopes.get(&no) {
            open.extend(scope.children.iter().map(|no| Part::Element(*no)));
        }
    }
    // What lies inside was found later and ends first.
    for part in found.into_iter().rev() {
        match part {
            Part::Element(no) => {
                if let Phase::Task { task, .. } = cx.state.active(no)?.phase
                    && answered != Some(no)
                {
                    cx.emit(Event::TaskClosed { no, task, expired: false })?;
                }
                cx.emit(Event::Terminated { no, at: cx.env.now })?;
            }
            Part::Process(no) => cx.emit(Event::InstanceEnded { no, outcome: Outcome::Terminated })?,
        }
    }
    Ok(())
}
