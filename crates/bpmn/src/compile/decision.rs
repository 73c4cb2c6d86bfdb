//! Business-rule tasks, and the decisions that the document has inside.

use std::sync::Arc;

use super::lower::Lowering;
use crate::ast::{Node, Process};
use crate::executable::BusinessRuleTask;
use crate::problem::{At, Problems, rule};
use crate::settings::Settings;

/// Reads the documents of decisions. What is wrong with them is reported under the ids of their own elements.
pub(super) fn read(process: &Process, problems: &mut Problems) -> Vec<Arc<dmn::Definitions>> {
    let mut decisions = Vec::new();
    for text in &process.decisions {
        match text.as_deref().map(dmn::read) {
            Err(message) => problems.error(rule::DECISION, At::default(), message),
            Ok(Ok(definitions)) => {
                for warning in definitions.warnings() {
                    problems.warning(rule::DECISION, at(warning), &warning.message);
                }
                decisions.push(Arc::new(definitions));
            }
            Ok(Err(found)) => {
                for problem in &found {
                    match problem.severity {
                        dmn::Severity::Error => problems.error(rule::DECISION, at(problem), &problem.message),
                        dmn::Severity::Warning => problems.warning(rule::DECISION, at(problem), &problem.message),
                    }
                }
            }
        }
    }
    decisions
}

/// Lines are those of the decisions' own text, which nobody sees.
fn at(problem: &dmn::Problem) -> At<'_> {
    At { id: problem.element.as_deref(), line: None }
}

impl Lowering<'_> {
    pub(super) fn business_rule(&mut self, node: &Node, settings: &mut Settings) -> Option<BusinessRuleTask> {
        let result_variable = self.variable(settings.result_variable.take(), node);
        let output = self.output(settings, node);
        let found = match settings.decision.take() {
            Some(name) => {
                let found = self.decisions.iter().find(|definitions| definitions.decision(&name).is_some());
                found.map(|definitions| (Arc::clone(definitions), Arc::from(name.as_str()))).ok_or_else(|| {
                    format!("there is no decision '{name}' among the extension elements of 'definitions'")
                })
            }
            None => self.only_decision().ok_or_else(|| "'decision' of the 'businessRuleTask' is not set".to_owned()),
        };
        match found {
            Ok((decisions, decision)) => {
                self.uses(node.at(), decisions.names(&decision).unwrap_or_default());
                Some(BusinessRuleTask { decisions, decision, result_variable, output: output? })
            }
            Err(message) => {
                self.problems.error(rule::DECISION, node.at(), message);
                None
            }
        }
    }

    /// The decision that is meant where there is just one.
    fn only_decision(&self) -> Option<(Arc<dmn::Definitions>, Arc<str>)> {
        let mut all = self.decisions.iter().flat_map(|definitions| {
            definitions.decisions().map(move |decision| (definitions, decision.id().unwrap_or(decision.name())))
        });
        match (all.next(), all.next()) {
            (Some((definitions, name)), None) => Some((Arc::clone(definitions), Arc::from(name))),
            _ => None,
        }
    }
}
