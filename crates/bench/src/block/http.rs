//! (a) The HTTP ceiling: everything that a request passes, and no storage.

use std::rc::Rc;

use super::repeat::Repeat;
use super::{Outcome, Stage, Target, with_log};

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let (server, session) = stage.server("a").await?;
    let target = Target { address: session.address, pid: server.id() };
    let request: Rc<[u8]> = session.request("GET", "/components/alliance?limit=1", None).into();
    let measured = stage.measure(&target, |_| Repeat(Rc::clone(&request)), async || Ok(()), async |_| Ok(())).await;
    with_log(&server, measured)
}
