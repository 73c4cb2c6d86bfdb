//! Creates many alerts, a batch a request.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::Session;
use crate::http::Connection;
use crate::load::{self, Work};

/// Creates alerts until so many are there.
#[derive(Clone)]
pub(crate) struct Fill {
    pub(crate) session: Session,
    /// The next alert's number.
    pub(crate) next: Rc<Cell<u64>>,
    /// How many there are to be.
    pub(crate) alerts: u64,
    /// How many a request creates.
    pub(crate) batch: u64,
    /// Whether they set playbooks off.
    pub(crate) triggers: bool,
    /// The alert of a number.
    pub(crate) alert: fn(u64) -> Value,
}

impl Fill {
    /// Creates them over so many connections to a server's process.
    pub(crate) async fn run(self, connections: usize, server: u32) -> anyhow::Result<()> {
        let mut clients = load::connect(self.session.address, vec![self.clone(); connections]).await?;
        while self.next.get() < self.alerts {
            load::drive(&mut clients, Duration::from_secs(1), server, async || Ok(())).await?;
        }
        Ok(())
    }
}

impl Work for Fill {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        let first = self.next.get();
        if first >= self.alerts {
            tokio::time::sleep(Duration::from_millis(5)).await;
            return Ok(false);
        }
        self.next.set(first + self.batch);
        let objects: Vec<Value> = (first..(first + self.batch).min(self.alerts)).map(self.alert).collect();
        let body = json!({"trigger_flag": self.triggers, "data_object_list": objects});
        self.session.call(connection, "POST", "/datapanel/alert/data-objects/batch-create", Some(body)).await?;
        Ok(true)
    }
}
