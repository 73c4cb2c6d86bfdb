//! `userTask`: a durable pause for a person.

use std::sync::Arc;
use std::time::Duration;

use bpmn::executable::{DueHandle, HandleParameter, UserTask};
use expr::Program;
use model::{Map, TaskId, Value};

use super::{At, Contract, Halt, Progress};
use crate::Corrupt;
use crate::behaviour::{failure, moment, scope};
use crate::decide::Cx;
use crate::event::Event;
use crate::state::Phase;

/// How long a task without a due date stays open.
const DEFAULT_DUE: Duration = Duration::from_secs(15 * 24 * 60 * 60);

impl Contract for UserTask {
    /// The input is what the handler is shown.
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<Progress, Halt> {
        let description = cx.eval(at, &self.description, "the description")?.to_text().into_owned();
        let view_parameters = match input {
            Some(input) => input,
            None => cx.eval(at, &self.view_parameters, "the view parameters")?,
        };
        let view_parameters = match view_parameters {
            Value::Null => Value::map(Map::new()),
            object @ Value::Map(_) => object,
            other => return Err(failure::not_an_object("what the handler is shown", &other).into()),
        };
        let due = match &self.due {
            None => cx.env.now.plus(DEFAULT_DUE),
            Some(template) => moment::instant_or_after(cx.env.now, &cx.eval(at, template, "the due date")?)?,
        };
        let task = TaskId::new(cx.env.ids);
        cx.emit(Event::TaskOpened { no: at.no, task, description, view_parameters, due })?;
        Ok(Progress::Waits)
    }

    fn due(&self, cx: &mut Cx<'_>, at: &At<'_>) -> Result<Progress, Halt> {
        let Phase::Task { task, .. } = cx.state.active(at.no)?.phase else {
            return Err(Halt::Corrupt(Corrupt::Element(at.no)));
        };
        cx.emit(Event::TaskClosed { no: at.no, task, expired: true })?;
        match self.due_handle {
            DueHandle::Continue => match answer_parameters(self, &Value::Null) {
                Ok(parameters) => Ok(Progress::Done(parameters)),
                Err(missing) => Err(Halt::Fault(failure::overdue(&missing.key))),
            },
            DueHandle::Interrupt => {
                scope::terminate(cx, None)?;
                Ok(Progress::Gone)
            }
        }
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.output
    }

    fn is_task(&self) -> bool {
        true
    }
}

/// The handling parameters with the declared defaults filled in, or the first required one that has no value. A null
/// counts as no value; keys that are not declared are kept.
pub(crate) fn answer_parameters<'t>(task: &'t UserTask, given: &Value) -> Result<Value, &'t HandleParameter> {
    let mut parameters: Map = given.as_map().cloned().unwrap_or_default();
    for declared in &task.handle_parameters {
        if parameters.get(&declared.key).is_some_and(|value| !value.is_null()) {
            continue;
        }
        match &declared.default {
            Some(default) => _ = parameters.insert(declared.key.clone(), default.clone()),
            None if declared.required => return Err(declared),
            None => {}
        }
    }
    Ok(Value::map(parameters))
}
