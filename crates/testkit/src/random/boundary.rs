//! A sub-process whose errors are caught: of its inside, or thrown at its end.

use proptest::prelude::*;

use super::{Block, CODES, Canvas, Ends};

#[derive(Debug, Clone)]
pub(super) struct Boundary {
    inside: Box<Block>,
    handler: Box<Block>,
    /// Which code is caught; `None` catches all.
    catches: Option<usize>,
    /// An error end event in place of the normal one.
    throws: Option<usize>,
}

pub(super) fn strategy(inner: BoxedStrategy<Block>) -> BoxedStrategy<Block> {
    let code = || prop::option::of(0..CODES.len());
    (inner.clone(), inner, code(), prop::option::weighted(0.3, 0..CODES.len()))
        .prop_map(|(inside, handler, catches, throws)| {
            Block::Boundary(Boundary { inside: Box::new(inside), handler: Box::new(handler), catches, throws })
        })
        .boxed()
}

impl Boundary {
    pub(super) fn draw(&self, canvas: &mut Canvas) -> Ends {
        let (id, caught, join) = (canvas.id("sub"), canvas.id("caught"), canvas.id("merge"));
        let (inside, throws) = (&self.inside, self.throws);
        canvas.open_sub(&id, |canvas| {
            let (start, end) = (canvas.id("start"), canvas.id("end"));
            canvas.add(|process| process.start(&start));
            let ends = inside.draw(canvas);
            canvas.add(|process| {
                let process = match throws {
                    Some(code) => process.error_end(&end, CODES[code]),
                    None => process.end(&end),
                };
                process.flow(&start, &ends.first).flow(&ends.last, &end)
            });
        });
        let code = self.catches.map(|code| CODES[code]);
        canvas.add(|process| process.boundary(&caught, &id, code).exclusive(&join));
        let handler = self.handler.draw(canvas);
        canvas.add(|process| process.flow(&id, &join).flow(&caught, &handler.first).flow(&handler.last, &join));
        let out = canvas.id("out");
        canvas.add(|process| process.pass(&out).flow(&join, &out));
        Ends { first: id, last: out }
    }
}
