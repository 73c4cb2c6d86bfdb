//! `businessRuleTask`: a decision by a table, in the turn.

use std::sync::Arc;

use bpmn::executable::BusinessRuleTask;
use expr::Program;
use model::Value;

use super::{At, Contract, Halt, Product, Progress};
use crate::behaviour::expression::Names;
use crate::behaviour::failure;
use crate::decide::Cx;

impl Contract for BusinessRuleTask {
    fn begin(&self, cx: &mut Cx<'_>, at: &At<'_>, _input: Option<Value>) -> Result<Progress, Halt> {
        let mut budget = cx.env.limits.budget;
        let names = Names::of(cx.state, at);
        match self.decisions.evaluate(&self.decision, &names, &mut budget) {
            Ok(decided) => Ok(Progress::Done(decided.value)),
            Err(fault) => Err(Halt::Fault(failure::failure(fault.code, fault.message))),
        }
    }

    fn product(&self, result: Value) -> Product {
        let assignments = self.result_variable.iter().map(|name| (name.clone(), result.clone())).collect();
        Product { output: result, assignments }
    }

    fn mappings(&self) -> &[(Arc<str>, Program)] {
        &self.output
    }

    fn is_task(&self) -> bool {
        true
    }
}
