//! `callActivity`: another workflow as a child of this root instance.

use std::sync::Arc;

use bpmn::executable::CallActivity;
use expr::Program;
use model::Value;

use super::{At, Contract, Halt, Progress, Work};
use crate::behaviour::{call, failure, work};
use crate::decide::Cx;
use crate::{Corrupt, Effect, State};

impl Contract for CallActivity {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<Progress, Halt> {
        let limit = cx.env.limits.max_call_depth;
        if call::depth(cx.state, at.process)? >= limit {
            return Err(Halt::Limit(failure::call_depth(limit)));
        }
        work::begin(cx, at, input, |cx| match &self.input {
            None => Ok(call::visible_variables(cx.state, at)),
            Some(template) => match cx.eval(at, template, "the input")? {
                Value::Null => Ok(Value::object::<&str>([])),
                object @ Value::Map(_) => Ok(object),
                other => Err(failure::not_an_object("the input", &other).into()),
            },
        })
    }

    fn work(&self) -> Work {
        Work::Call
    }

    fn effect(&self, _state: &State, at: &At<'_>) -> Result<Option<Effect>, Corrupt> {
        Ok(Some(Effect::ResolveCall { element: at.no, workflow: self.workflow.clone(), binding: self.binding }))
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.output
    }

    fn is_task(&self) -> bool {
        true
    }
}
