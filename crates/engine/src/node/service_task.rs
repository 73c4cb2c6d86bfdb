//! `serviceTask`: an action of a component, called outside the turn.

use std::sync::Arc;

use bpmn::executable::{OnError, Retry, ServiceTask};
use expr::Program;
use model::Value;

use super::{At, Contract, Halt, Progress, Work};
use crate::behaviour::work;
use crate::decide::Cx;
use crate::{Corrupt, Effect, State};

impl Contract for ServiceTask {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<Progress, Halt> {
        work::begin(cx, at, input, |cx| Ok(cx.eval(at, &self.input, "the input")?))
    }

    fn work(&self) -> Work {
        Work::Effect
    }

    fn effect(&self, state: &State, at: &At<'_>) -> Result<Option<Effect>, Corrupt> {
        let element = state.active(at.no)?;
        Ok(Some(Effect::CallAction {
            key: work::key(state, at)?,
            attempt: element.attempt,
            component: self.component.clone(),
            action: self.action.clone(),
            connection: self.connection.clone(),
            input: element.input.clone(),
            timeout: self.timeout,
        }))
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.output
    }

    fn retry(&self) -> Option<&Retry> {
        Some(&self.retry)
    }

    fn on_error(&self) -> OnError {
        self.on_error
    }

    fn is_task(&self) -> bool {
        true
    }
}
