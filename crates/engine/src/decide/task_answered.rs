//! `TaskAnswered`: a person has decided.

use bpmn::executable::NodeKind;

use super::Cx;
use crate::behaviour::{scope, transition};
use crate::command::Answer;
use crate::node::answer_parameters;
use crate::state::Phase;
use crate::{ElementNo, Error, Rejection};

pub(super) fn task_answered(cx: &mut Cx<'_>, element: ElementNo, answer: &Answer) -> Result<(), Error> {
    if !cx.state.element(element).is_some_and(|element| matches!(element.phase, Phase::Task { .. })) {
        return Err(Rejection::NotWaiting.into());
    }
    let at = cx.at(element)?;
    let NodeKind::UserTask(task) = &at.node.kind else { return Err(Rejection::NotWaiting.into()) };
    match answer {
        Answer::Continue { parameters } => match answer_parameters(task, parameters) {
            Ok(parameters) => Ok(transition::leave(cx, &at, parameters)?),
            Err(missing) => Err(Rejection::MissingParameter(missing.key.to_string()).into()),
        },
        Answer::Terminate => Ok(scope::terminate(cx, Some(element))?),
    }
}
