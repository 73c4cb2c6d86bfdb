//! A call activity with a process of its own behind it.

use proptest::prelude::*;

use super::{Block, Canvas, Ends};
use crate::process::{self, Process};

#[derive(Debug, Clone)]
pub(super) struct Call {
    inside: Box<Block>,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    inner.prop_map(|inside| Block::Call(Call { inside: Box::new(inside) })).boxed()
}

impl Call {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let (id, workflow) = (canvas.id("call"), canvas.id("child"));
        let caller = std::mem::replace(&mut canvas.process, Process::new(&workflow));
        canvas.draw_whole(&self.inside);
        let child = std::mem::replace(&mut canvas.process, caller);
        canvas.children.push(child);
        let call = process::Call {
            output: vec![("total".to_owned(), "output.total".to_owned())],
            ..process::Call::to(&workflow)
        };
        canvas.add(|process| process.call(&id, call));
        Ends::same(id)
    }
}
