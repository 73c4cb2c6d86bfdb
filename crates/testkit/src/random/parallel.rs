//! Branches between two parallel gateways.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Parallel {
    branches: Vec<Block>,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    prop::collection::vec(inner, 2..4).prop_map(|branches| Block::Parallel(Parallel { branches })).boxed()
}

impl Parallel {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let (split, join) = (canvas.id("fork"), canvas.id("join"));
        canvas.add(|process| process.parallel(&split).parallel(&join));
        for block in &self.branches {
            let ends = block.draw(canvas);
            canvas.add(|process| process.flow(&split, &ends.first).flow(&ends.last, &join));
        }
        Ends { first: split, last: join }
    }
}
