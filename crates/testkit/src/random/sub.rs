//! A sub-process, which may also end its inside early.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Sub {
    inside: Box<Block>,
    /// A terminate end event beside the inside.
    terminates: bool,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    let sub = (inner, prop::bool::weighted(0.2));
    sub.prop_map(|(inside, terminates)| Block::Sub(Sub { inside: Box::new(inside), terminates })).boxed()
}

impl Sub {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let (id, stop) = (canvas.id("sub"), canvas.id("stop"));
        let (inside, terminates) = (&self.inside, self.terminates);
        canvas.open_sub(&id, |canvas| {
            canvas.draw_whole(inside);
            if terminates {
                let (start, wait) = (canvas.id("start"), canvas.id("wait"));
                canvas.add(|process| {
                    let process = process.start(&start).timer(&wait, "PT90S").terminate(&stop);
                    process.flow(&start, &wait).flow(&wait, &stop)
                });
            }
        });
        Ends::same(id)
    }
}

impl Canvas {
    /// Draws inside a new sub-process.
    pub(super) fn open_sub(&mut self, id: &str, draw: impl FnOnce(&mut Canvas)) {
        let process = std::mem::replace(&mut self.process, crate::process::Process::new(""));
        self.process = process.sub(id, |inside| {
            self.process = inside;
            draw(self);
            std::mem::replace(&mut self.process, crate::process::Process::new(""))
        });
    }
}
