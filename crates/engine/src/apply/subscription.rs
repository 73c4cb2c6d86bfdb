//! Events are waited for, and no longer.

use crate::state::{EventWait, Subscription};
use crate::{Corrupt, ElementNo, State};

pub(super) fn added(state: &mut State, owner: ElementNo, subscription: &Subscription) -> Result<(), Corrupt> {
    if subscription.no < state.next_subscription || !owns(state, owner) {
        return Err(Corrupt::Element(owner));
    }
    state.next_subscription = subscription.no + 1;
    if let Some(due) = subscription.wait.due() {
        state.timers.insert((due, owner, subscription.no));
    }
    state.subscriptions.entry(owner).or_default().push(subscription.clone());
    Ok(())
}

fn owns(state: &State, owner: ElementNo) -> bool {
    state.elements.contains_key(&owner) || state.scopes.contains_key(&owner)
}

pub(super) fn removed(state: &mut State, owner: ElementNo, no: u32) -> Result<(), Corrupt> {
    let all = state.subscriptions.get_mut(&owner).ok_or(Corrupt::Element(owner))?;
    let place = all.iter().position(|subscription| subscription.no == no).ok_or(Corrupt::Element(owner))?;
    let gone = all.remove(place);
    if all.is_empty() {
        state.subscriptions.remove(&owner);
    }
    forget(state, owner, &gone);
    Ok(())
}

pub(super) fn seen(state: &mut State, owner: ElementNo, no: u32, value: bool) -> Result<(), Corrupt> {
    let all = state.subscriptions.get_mut(&owner).ok_or(Corrupt::Element(owner))?;
    let found = all.iter_mut().find(|subscription| subscription.no == no);
    match found.map(|subscription| &mut subscription.wait) {
        Some(EventWait::Condition { was }) => {
            *was = value;
            Ok(())
        }
        _ => Err(Corrupt::Element(owner)),
    }
}

/// Removes everything that an element or scope waits for.
pub(super) fn clear(state: &mut State, owner: ElementNo) {
    for gone in state.subscriptions.remove(&owner).unwrap_or_default() {
        forget(state, owner, &gone);
    }
}

fn forget(state: &mut State, owner: ElementNo, gone: &Subscription) {
    if let Some(due) = gone.wait.due() {
        state.timers.remove(&(due, owner, gone.no));
    }
}
