//! A script task: CEL that counts, or JavaScript.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Script {
    javascript: bool,
}

pub(super) fn strategy() -> BoxedStrategy<Block> {
    prop::bool::weighted(0.3).prop_map(|javascript| Block::Script(Script { javascript })).boxed()
}

impl Script {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let id = canvas.id("script");
        canvas.add(|process| {
            if self.javascript {
                process.javascript(&id, "vars.total = 1")
            } else {
                process.set(&id, "total", "vars.total == null ? 1 : vars.total + 1")
            }
        });
        Ends::same(id)
    }
}
