//! Processes and sub-processes as containers: start, end by themselves, end from outside.

use bpmn::executable::{Form, Node, NodeKind};
use expr::Program;
use model::Value;

use super::catch::{self, ScopeAt};
use super::expression::{self, Names};
use super::{fault, transition};
use crate::command::Failure;
use crate::decide::Cx;
use crate::event::{Event, Outcome};
use crate::node::{At, Halt};
use crate::state::Phase;
use crate::{Corrupt, ElementNo};

/// Begins a scope: waits for what starts its event sub-processes and activates its start events, which begin once all
/// are active, so that the scope cannot end in between. With a trigger only that start event begins, with what came.
pub(crate) fn start(
    cx: &mut Cx<'_>,
    scope: ElementNo,
    at: &ScopeAt<'_>,
    trigger: Option<(&Node, Value)>,
) -> Result<(), Halt> {
    catch::arm_scope(cx, scope, at)?;
    let inner = at.graph.scope(at.ix);
    if let Some((node, payload)) = trigger {
        return Ok(cx.begin_with(scope, node, payload)?);
    }
    // Without a start event that waits for nothing, all wait, and the first that happens starts the process.
    let starts = if inner.starts.is_empty() { &inner.triggered } else { &inner.starts };
    let is_one_by_one = matches!(form(at, inner), Some(Form::AdHoc { sequential: true, .. }));
    for start in starts.iter().take(if is_one_by_one { 1 } else { usize::MAX }) {
        let no = cx.activate(scope, at.graph.node(*start), Vec::new())?;
        cx.enter_later(no);
    }
    if starts.is_empty() {
        cx.close_later(scope);
    }
    Ok(())
}

fn form<'d>(at: &ScopeAt<'d>, scope: &bpmn::executable::Scope) -> Option<&'d Form> {
    match &at.graph.node(scope.node?).kind {
        NodeKind::SubProcess(inside) => Some(&inside.form),
        _ => None,
    }
}

/// A node has completed in a scope: it ends if nothing is left in it, or, ad hoc, if its condition says so.
pub(crate) fn completed_in(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    cx.close_later(scope);
    if cx.state.instance(scope).is_some() {
        return Ok(());
    }
    let at = cx.at(scope)?;
    let NodeKind::SubProcess(inside) = &at.node.kind else { return Ok(()) };
    let Form::AdHoc { completion: Some(condition), cancel_remaining, .. } = &inside.form else { return Ok(()) };
    match is_complete(cx, &at, condition) {
        Ok(true) if *cancel_remaining => end_inside(cx, scope),
        Ok(_) => Ok(()),
        Err(failure) => {
            end_inside(cx, scope)?;
            fault::fail(cx, &at, failure, None)
        }
    }
}

/// Whether the completion condition of an ad-hoc sub-process holds inside it.
fn is_complete(cx: &Cx<'_>, at: &At<'_>, condition: &Program) -> Result<bool, Failure> {
    let names = Names::inside(cx.state, at.no, at.process, &at.node.id);
    let mut budget = cx.env.limits.budget;
    let value = condition.eval(&names, &mut budget);
    let value = value.map_err(|fault| expression::failure("the completion condition", &fault))?;
    Ok(value.as_bool() == Some(true))
}

/// Ends a scope in which nothing is left, unless, ad hoc, another activity is to be done.
pub(crate) fn close_if_empty(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    match cx.state.scopes.get(&scope) {
        None => return Ok(()),
        Some(inside) if !inside.is_empty() => return catch::stop_if_completing(cx, scope),
        Some(_) => {}
    }
    if cx.state.instance(scope).is_none() {
        let at = cx.at(scope)?;
        let element = cx.state.active(scope)?;
        // The body of a loop goes on by its own rule; what has a fault or is being undone waits for that.
        if element.looping.is_some() || element.phase != Phase::Active {
            return Ok(());
        }
        if let NodeKind::SubProcess(inside) = &at.node.kind
            && let Form::AdHoc { sequential: true, completion, .. } = &inside.form
        {
            let starts = &at.graph.scope(inside.scope).starts;
            let begun = cx.state.scope(scope)?.begun as usize;
            // One that cannot be told has ended it with a fault before.
            let is_over =
                completion.as_ref().is_some_and(|condition| is_complete(cx, &at, condition).unwrap_or_default());
            if let Some(next) = starts.get(begun).filter(|_| !is_over) {
                let no = cx.activate(scope, at.graph.node(*next), Vec::new())?;
                cx.enter_later(no);
                return Ok(());
            }
        }
    }
    finish(cx, scope)
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

/// Ends everything inside a scope, its tokens too; the scope goes on.
pub(crate) fn end_inside(cx: &mut Cx<'_>, scope: ElementNo) -> Result<(), Corrupt> {
    let all = cx.state.scope(scope)?.children.iter().map(|no| Part::Element(*no)).collect();
    end_all(cx, all, None)?;
    cx.emit(Event::TokensCleared { scope })
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
