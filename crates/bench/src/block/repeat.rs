//! The same request again and again.

use std::rc::Rc;

use anyhow::ensure;

use crate::http::Connection;
use crate::load::Work;

/// Sends one request and expects 200 with a body.
pub(super) struct Repeat(pub(super) Rc<[u8]>);

impl Work for Repeat {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        let answer = connection.send(&self.0).await?.succeeded()?;
        ensure!(!answer.body.is_empty(), "the answer has no body");
        Ok(true)
    }
}
