//! A block that is repeated a counted number of times.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Repeat {
    inside: Box<Block>,
    times: u32,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    (inner, 1..4_u32).prop_map(|(inside, times)| Block::Repeat(Repeat { inside: Box::new(inside), times })).boxed()
}

impl Repeat {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let (enter, count, leave) = (canvas.id("again"), canvas.id("count"), canvas.id("leave"));
        let ends = self.inside.draw(canvas);
        let (code, condition) =
            (format!("vars.{count} == null ? 1 : vars.{count} + 1"), format!("vars.{count} < {}", self.times));
        canvas.add(|process| {
            process
                .exclusive(&enter)
                .set(&count, &count, &code)
                .exclusive(&leave)
                .flow(&enter, &ends.first)
                .flow(&ends.last, &count)
                .flow(&count, &leave)
                .flow_if(&leave, &enter, &condition)
        });
        // The way out is drawn by whoever follows; it must be the default flow.
        let out = canvas.id("out");
        canvas.add(|process| process.pass(&out).flow_else(&leave, &out));
        Ends { first: enter, last: out }
    }
}
