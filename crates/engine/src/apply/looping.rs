//! Loops: how far they have come, and when there is room for another iteration.

use bpmn::executable::{Loop, MultiInstance, Node};
use model::Value;

use crate::state::{Looping, Step, find_node};
use crate::{Corrupt, Definitions, ElementNo, State};

pub(super) fn started(
    state: &mut State,
    definitions: &dyn Definitions,
    no: ElementNo,
    total: Option<u32>,
    items: &[Value],
) -> Result<(), Corrupt> {
    state.bytes += items.iter().map(Value::size).sum::<usize>();
    let body = state.elements.get_mut(&no).ok_or(Corrupt::Element(no))?;
    body.looping = Some(Box::new(Looping { total, items: items.to_vec(), ..Looping::default() }));
    schedule(state, definitions, no)
}

pub(super) fn over(state: &mut State, no: ElementNo) -> Result<(), Corrupt> {
    looping(state, no)?.over = true;
    state.agenda.retain(|step| *step != Step::Iterate { body: no });
    Ok(())
}

/// An iteration has begun.
pub(super) fn begun(state: &mut State, definitions: &dyn Definitions, body: ElementNo) -> Result<(), Corrupt> {
    let looping = looping(state, body)?;
    looping.begun += 1;
    looping.active += 1;
    state.agenda.retain(|step| *step != Step::Iterate { body });
    schedule(state, definitions, body)
}

/// An iteration has ended: completed, or ended from outside.
pub(super) fn ended(
    state: &mut State,
    definitions: &dyn Definitions,
    body: ElementNo,
    completed: Option<(u32, &Option<Value>)>,
) -> Result<(), Corrupt> {
    let mut bytes = 0;
    let looping = looping(state, body)?;
    looping.active = looping.active.saturating_sub(1);
    if let Some((index, collected)) = completed {
        looping.completed += 1;
        if let Some(value) = collected {
            bytes = value.size();
            looping.collected.insert(index, value.clone());
        }
    }
    state.bytes += bytes;
    schedule(state, definitions, body)
}

/// The bytes that a loop holds.
pub(super) fn size(looping: &Looping) -> usize {
    looping.items.iter().chain(looping.collected.values()).map(Value::size).sum()
}

fn looping(state: &mut State, body: ElementNo) -> Result<&mut Looping, Corrupt> {
    let element = state.elements.get_mut(&body).ok_or(Corrupt::Element(body))?;
    element.looping.as_deref_mut().ok_or(Corrupt::Element(body))
}

/// Puts the next iteration on the agenda if there is room for it.
fn schedule(state: &mut State, definitions: &dyn Definitions, body: ElementNo) -> Result<(), Corrupt> {
    let element = state.active(body)?;
    let node = find_node(state.graph(element.process, definitions)?, &element.node)?;
    let looping = element.looping.as_deref().ok_or(Corrupt::Element(body))?;
    let step = Step::Iterate { body };
    if has_room(node, looping) && !state.agenda.contains(&step) {
        state.agenda.push_back(step);
    }
    Ok(())
}

fn has_room(node: &Node, looping: &Looping) -> bool {
    let Some(total) = looping.total else { return false };
    let at_once = match &node.looping {
        Some(Loop::MultiInstance(MultiInstance { sequential: true, .. })) => 1,
        Some(Loop::MultiInstance(MultiInstance { concurrency, .. })) => concurrency.unwrap_or(u32::MAX),
        // Whether there is another one is decided when one has ended.
        Some(Loop::Standard { .. }) | None => return false,
    };
    !looping.over && looping.begun < total && looping.active < at_once
}
