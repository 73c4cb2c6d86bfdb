//! Loop markers.

use super::lower::Lowering;
use crate::ast::{LoopText, Node};
use crate::executable::{Loop, MultiInstance, OnFailure, Over};
use crate::problem::rule;
use crate::settings::Settings;

impl Lowering<'_> {
    pub(super) fn looping(&mut self, node: &Node, text: &LoopText, settings: &mut Settings) -> Option<Loop> {
        match text {
            LoopText::Standard { test_before, maximum, condition } => {
                if maximum.is_none() && condition.is_none() {
                    let message = "a loop needs a 'loopCondition' or a 'loopMaximum': it would never end";
                    self.problems.error(rule::LOOP, node.at(), message);
                    return None;
                }
                let maximum = self.optional(maximum.as_deref(), node, "the loop maximum");
                let condition = self.optional(condition.as_deref(), node, "the loop condition");
                Some(Loop::Standard { test_before: *test_before, maximum: maximum?, condition: condition? })
            }
            LoopText::MultiInstance {
                sequential,
                cardinality,
                completion,
                collection,
                element,
                output_collection,
                output_element,
            } => {
                let collection = settings.collection.take().or_else(|| collection.clone());
                let element = settings.element.take().or_else(|| element.clone());
                let output_collection = settings.output_collection.take().or_else(|| output_collection.clone());
                let output_element = settings.output_element.take().or_else(|| output_element.clone());
                let over = match (cardinality, collection) {
                    (Some(text), None) => self.program(text, node.at(), "the loop cardinality").map(Over::Cardinality),
                    (None, Some(text)) => self.program(&text, node.at(), "the collection").map(Over::Collection),
                    (None, None) => {
                        let message = "a multi-instance needs a 'loopCardinality' or a collection";
                        self.problems.error(rule::LOOP, node.at(), message);
                        None
                    }
                    (Some(_), Some(_)) => {
                        let message = "a multi-instance has either a 'loopCardinality' or a collection, not both";
                        self.problems.error(rule::LOOP, node.at(), message);
                        None
                    }
                };
                let element = self.variable(element, node);
                let output_collection = self.variable(output_collection, node);
                let output_element = match output_element {
                    None => Some(None),
                    Some(text) => self.of_output(&text, node, "the output element").map(Some),
                };
                let completion = self.completion(completion.as_deref(), node);
                Some(Loop::MultiInstance(MultiInstance {
                    sequential: *sequential,
                    over: over?,
                    element,
                    output_collection,
                    output_element: output_element?,
                    completion: completion?,
                    concurrency: settings.concurrency.take(),
                    on_failure: settings.on_failure.take().unwrap_or(OnFailure::Stop),
                }))
            }
        }
    }
}
