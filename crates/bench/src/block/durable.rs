//! (b) The durable ceiling: a bare request that commits one row.

use std::rc::Rc;

use anyhow::Context as _;
use serde_json::json;

use super::repeat::Repeat;
use super::{Outcome, Stage, Target, database};
use crate::ceiling::ROW;
use crate::http;

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let folder = stage.folder("b")?;
    let (process, address) = stage.ceiling.start(&database(&folder)).await.context("the durable ceiling")?;
    let body = json!({"n": 1, "host": "x".repeat(ROW)}).to_string();
    let request: Rc<[u8]> = http::request("POST", &address.to_string(), "/commit", "", Some(body.as_bytes())).into();
    let target = Target { address, pid: process.id() };
    stage.measure(&target, |_| Repeat(Rc::clone(&request)), async || Ok(()), async |_| Ok(())).await
}
