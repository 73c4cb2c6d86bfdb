//! `scriptTask`: CEL in the turn, JavaScript in a script host before the turn's commit.
//!
//! A JavaScript result is `{"value": …, "vars": {name: value}}`: the script's value and the variables that it assigned.

use std::sync::Arc;

use bpmn::executable::{Script, ScriptTask};
use expr::Program;
use model::Value;

use super::{At, Contract, Halt, Product, Progress, Work};
use crate::behaviour::expression::{self, Names};
use crate::behaviour::work;
use crate::decide::Cx;
use crate::{Corrupt, Effect, State};

impl Contract for ScriptTask {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, input: Option<Value>) -> Result<Progress, Halt> {
        match &self.script {
            Script::Cel(program) => {
                if let Some(input) = input {
                    work::start(cx, at, input)?;
                }
                let mut budget = cx.env.limits.budget;
                let input = cx.state.active(at.no)?.input.clone();
                let names = Names::of(cx.state, at).input(input);
                let value =
                    program.eval(&names, &mut budget).map_err(|fault| expression::failure("the script", &fault))?;
                Ok(Progress::Done(value))
            }
            Script::JavaScript { .. } => work::begin(cx, at, input, |_| Ok(Value::Null)),
        }
    }

    fn work(&self) -> Work {
        match self.script {
            Script::Cel(_) => Work::Inside,
            Script::JavaScript { .. } => Work::Effect,
        }
    }

    fn effect(&self, state: &State, at: &At<'_>) -> Result<Option<Effect>, Corrupt> {
        let Script::JavaScript { source, timeout } = &self.script else { return Ok(None) };
        let element = state.active(at.no)?;
        Ok(Some(Effect::RunScript {
            key: work::key(state, at)?,
            attempt: element.attempt,
            source: source.clone(),
            scope: Names::of(state, at).input(element.input.clone()).all(),
            timeout: *timeout,
        }))
    }

    fn product(&self, result: Value) -> Product {
        let (output, mut assignments) = match self.script {
            Script::Cel(_) => (result, Vec::new()),
            Script::JavaScript { .. } => {
                let assigned = result.get("vars").as_map();
                let assigned = assigned.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
                (result.get("value").clone(), assigned.collect())
            }
        };
        assignments.extend(self.result_variable.iter().map(|name| (name.clone(), output.clone())));
        Product { output, assignments }
    }

    fn result_of(&self, output: Value) -> Value {
        match self.script {
            Script::Cel(_) => output,
            Script::JavaScript { .. } => Value::object([("value", output)]),
        }
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.output
    }

    fn is_task(&self) -> bool {
        true
    }
}
