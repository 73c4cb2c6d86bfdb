//! Branches with conditions between two exclusive or two inclusive gateways.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Choice {
    inclusive: bool,
    default: Box<Block>,
    branches: Vec<(Condition, Block)>,
}

#[derive(Debug, Clone, Copy)]
enum Condition {
    True,
    False,
    /// True for some data, so that a loop takes another way each time.
    Data,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    let condition = prop_oneof![Just(Condition::True), Just(Condition::False), Just(Condition::Data)];
    (any::<bool>(), inner.clone(), prop::collection::vec((condition, inner), 1..4))
        .prop_map(|(inclusive, default, branches)| {
            Block::Choice(Choice { inclusive, default: Box::new(default), branches })
        })
        .boxed()
}

impl Choice {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let (split, join) = (canvas.id("split"), canvas.id("join"));
        canvas.add(|process| {
            if self.inclusive {
                process.inclusive(&split).inclusive(&join)
            } else {
                process.exclusive(&split).exclusive(&join)
            }
        });
        for (condition, block) in &self.branches {
            let ends = block.draw(canvas);
            let condition = match condition {
                Condition::True => "true",
                Condition::False => "false",
                Condition::Data => "vars.total != null && vars.total > 2",
            };
            canvas.add(|process| process.flow_if(&split, &ends.first, condition).flow(&ends.last, &join));
        }
        let ends = self.default.draw(canvas);
        canvas.add(|process| process.flow_else(&split, &ends.first).flow(&ends.last, &join));
        Ends { first: split, last: join }
    }
}
