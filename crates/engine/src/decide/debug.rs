//! `Debug`: a node that a debug run holds goes on, with substitute data if given.

use std::sync::Arc;

use model::Value;

use super::Cx;
use crate::behaviour::transition;
use crate::{Error, Rejection};

pub(super) fn debug(cx: &mut Cx<'_>, node: &Arc<str>, data: &Value) -> Result<(), Error> {
    let Some(no) = cx.state.held().find(|(_, id)| *id == node).map(|(no, _)| no) else {
        return Err(Rejection::NoSuchNode(node.to_string()).into());
    };
    let at = cx.at(no)?;
    match data.as_map().and_then(|members| members.get("output")) {
        Some(output) => {
            let result = at.contract().result_of(output.clone());
            transition::leave(cx, &at, result)?;
        }
        None => {
            let input = Some(data.clone()).filter(|data| !data.is_null());
            transition::begin(cx, &at, input)?;
        }
    }
    Ok(())
}
