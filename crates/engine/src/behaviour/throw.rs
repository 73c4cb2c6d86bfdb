//! What events do when a token reaches them.

use std::sync::Arc;

use bpmn::executable::{Form, NodeKind, Throw};
use expr::Template;
use model::Value;

use super::{compensation, failure, fault, scope, work};
use crate::decide::Cx;
use crate::event::Event;
use crate::node::{At, Halt, Progress};
use crate::{Corrupt, Effect, ElementNo};

/// Does all of them, in their order.
pub(crate) fn all(cx: &mut Cx<'_>, at: &At<'_>, throws: &[Throw]) -> Result<Progress, Halt> {
    for throw in throws {
        match one(cx, at, throw)? {
            Progress::Done(_) => {}
            other => return Ok(other),
        }
    }
    Ok(Progress::Done(Value::Null))
}

/// Does one of them.
pub(crate) fn one(cx: &mut Cx<'_>, at: &At<'_>, throw: &Throw) -> Result<Progress, Halt> {
    match throw {
        Throw::Message { name, key, payload } => {
            let key = match evaluated(cx, at, key.as_ref(), "the key")? {
                Value::Null => None,
                value => Some(Arc::from(value.to_text().as_ref())),
            };
            let payload = evaluated(cx, at, payload.as_ref(), "the payload")?;
            let effect = Effect::SendMessage {
                key: work::key(cx.state, at)?,
                name: name.clone(),
                correlation: key.clone(),
                payload: payload.clone(),
            };
            cx.emit(Event::MessageSent { no: at.no, name: name.clone(), key, payload })?;
            cx.send(effect);
        }
        Throw::Signal { name, payload } => {
            let payload = evaluated(cx, at, payload.as_ref(), "the payload")?;
            let key = work::key(cx.state, at)?;
            let effect = Effect::BroadcastSignal { key, name: name.clone(), payload: payload.clone() };
            cx.emit(Event::SignalSent { no: at.no, name: name.clone(), payload })?;
            cx.send(effect);
        }
        Throw::Error { code } => return Err(Halt::Fault(failure::thrown(code))),
        Throw::Escalation { code } => {
            fault::escalate(cx, at, code)?;
            if cx.state.element(at.no).is_none() {
                return Ok(Progress::Gone);
            }
        }
        Throw::Compensation { activity, wait: _ } => {
            let of = compensated_scope(cx, at)?;
            let activity = activity.map(|ix| at.graph.node(ix).id.clone());
            return Ok(compensation::begin(cx, at, of, activity)?);
        }
        Throw::Cancel => {
            let transaction = cx.at(at.scope)?;
            if !matches!(&transaction.node.kind, NodeKind::SubProcess(inside) if matches!(inside.form, Form::Transaction))
            {
                return Err(Halt::Fault(failure::no_transaction()));
            }
            scope::end_others(cx, at.scope, at.no)?;
            cx.emit(Event::TokensCleared { scope: at.scope })?;
            return Ok(compensation::begin(cx, at, at.scope, None)?);
        }
        Throw::Terminate => {
            scope::end_others(cx, at.scope, at.no)?;
            cx.emit(Event::Completed { no: at.no, output: Value::Null, at: cx.env.now, collected: None })?;
            scope::finish(cx, at.scope)?;
            return Ok(Progress::Gone);
        }
    }
    Ok(Progress::Done(Value::Null))
}

fn evaluated(cx: &Cx<'_>, at: &At<'_>, template: Option<&Template>, what: &str) -> Result<Value, Halt> {
    match template {
        Some(template) => Ok(cx.eval(at, template, what)?),
        None => Ok(Value::Null),
    }
}

/// What compensation is about: the scope that the event lies in, or, from an event sub-process, the one that this
/// handles (BPMN 2.0.2, 10.7.1).
fn compensated_scope(cx: &Cx<'_>, at: &At<'_>) -> Result<ElementNo, Corrupt> {
    if at.scope == at.process {
        return Ok(at.scope);
    }
    let around = cx.at(at.scope)?;
    Ok(if super::catch::is_event_sub_process(around.node) { around.scope } else { at.scope })
}
