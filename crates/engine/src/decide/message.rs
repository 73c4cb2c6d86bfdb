//! `Message` and `Signal`: something has come for who waits for it.

use std::sync::Arc;

use model::Value;

use super::Cx;
use crate::behaviour::catch;
use crate::{Error, Rejection};

pub(super) fn message(cx: &mut Cx<'_>, name: &Arc<str>, key: Option<&str>, payload: &Value) -> Result<(), Error> {
    let Some((owner, subscription)) = cx.state.find_message(name, key) else {
        return Err(Rejection::NotWaiting.into());
    };
    Ok(catch::happened(cx, owner, &subscription, payload.clone())?)
}

pub(super) fn signal(cx: &mut Cx<'_>, name: &Arc<str>, payload: &Value) -> Result<(), Error> {
    let waiting = cx.state.find_signal(name);
    if waiting.is_empty() {
        return Err(Rejection::NotWaiting.into());
    }
    for (owner, subscription) in waiting {
        // What one of them has ended waits no longer.
        if cx.state.subscriptions_of(owner).contains(&subscription) {
            catch::happened(cx, owner, &subscription, payload.clone())?;
        }
    }
    Ok(())
}
