//! Call activities: the child process.

use bpmn::executable::{CallActivity, ScopeIx};
use model::{Map, Value};

use super::catch::ScopeAt;
use super::expression::Names;
use super::scope;
use crate::command::Called;
use crate::decide::Cx;
use crate::event::Event;
use crate::node::{At, Halt};
use crate::{Corrupt, ElementNo, State};

/// How many call activities lie around a process.
pub(crate) fn depth(state: &State, process: ElementNo) -> Result<u32, Corrupt> {
    let mut depth = 0;
    let mut process = state.instance(process).ok_or(Corrupt::Element(process))?;
    while let Some(caller) = process.caller {
        let outer = state.active(caller)?.process;
        process = state.instance(outer).ok_or(Corrupt::Element(outer))?;
        depth += 1;
    }
    Ok(depth)
}

/// Creates the child and starts it. Its context is the parent's with its own id and, if the call says so, its own data
/// object.
pub(crate) fn start_child(cx: &mut Cx<'_>, at: &At<'_>, call: &CallActivity, called: &Called) -> Result<(), Halt> {
    let Some(graph) = cx.env.definitions.get(called.definition) else {
        return Err(Halt::Corrupt(Corrupt::Definition(called.definition)));
    };
    let data_object = match &call.data_object {
        Some(template) => Some(cx.eval(at, template, "the data object")?),
        None => None,
    };
    let parent = cx.state.instance(at.process).ok_or(Corrupt::Element(at.process))?;
    let mut context: Map = parent.context.as_map().cloned().unwrap_or_default();
    if let Some(data_object) = data_object {
        context.insert("data_object".into(), data_object);
    }
    if let Some(instance) = context.get_mut("instance")
        && let Value::Map(members) = instance
    {
        let mut members = (**members).clone();
        members.insert("id".into(), Value::String(called.instance.to_string().into()));
        *instance = Value::map(members);
    }
    let debug = parent.debug;
    let no = cx.next_no();
    cx.emit(Event::InstanceCreated {
        no,
        caller: Some(at.no),
        instance: called.instance,
        definition: called.definition,
        context: Value::map(context),
        variables: cx.state.active(at.no)?.input.clone(),
        debug,
    })?;
    let inside = ScopeAt { graph, ix: ScopeIx(0), process: no };
    scope::start(cx, no, &inside, None)
}

/// All variables that are visible to an element, as an object.
pub(crate) fn visible_variables(state: &State, at: &At<'_>) -> Value {
    Value::Map(Names::of(state, at).variables())
}
