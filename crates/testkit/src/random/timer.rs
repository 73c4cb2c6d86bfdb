//! A timer; a duration of nothing fires at once.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Timer {
    minutes: u32,
}

pub(super) fn strategy() -> BoxedStrategy<Block> {
    (0..5_u32).prop_map(|minutes| Block::Timer(Timer { minutes })).boxed()
}

impl Timer {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let id = canvas.id("timer");
        let duration = format!("PT{}M", self.minutes);
        canvas.add(|process| process.timer(&id, &duration));
        Ends::same(id)
    }
}
