//! Blocks one after the other.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Sequence {
    first: Box<Block>,
    rest: Vec<Block>,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    let parts = (inner.clone(), prop::collection::vec(inner, 1..4));
    parts.prop_map(|(first, rest)| Block::Sequence(Sequence { first: Box::new(first), rest })).boxed()
}

impl Sequence {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let Ends { first, mut last } = self.first.draw(canvas);
        for block in &self.rest {
            let next = block.draw(canvas);
            canvas.add(|process| process.flow(&last, &next.first));
            last = next.last;
        }
        Ends { first, last }
    }
}
