//! (c) Creating workflows.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::ensure;
use serde_json::Value;

use super::{Outcome, Stage, Target, with_log};
use crate::api::Session;
use crate::flow;
use crate::http::{Connection, Template, find};
use crate::load::Work;

/// Stands in a body where a digit goes; no text holds it otherwise.
const MARK: char = '\u{1}';

/// Creates workflows, each with the next name.
struct Create {
    template: Template,
    next: Rc<Cell<u64>>,
}

impl Work for Create {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        let number = self.next.get();
        self.next.set(number + 1);
        self.template.set(0, number);
        let answer = connection.send(self.template.bytes()).await?.succeeded()?;
        ensure!(find(answer.body, b"\"00000000\"").is_some(), "the answer is not that of a success");
        Ok(true)
    }
}

pub(super) async fn run(stage: &Stage) -> anyhow::Result<Outcome> {
    let (server, session) = stage.server("c").await?;
    let mut connection = Connection::open(session.address).await?;
    let before = count(&session, &mut connection).await?;
    let dataclass = flow::alert_class(&session, &mut connection).await?;
    let name = format!("Isolate host {}", MARK.to_string().repeat(12));
    // JSON would write the mark as an escape.
    let body = flow::workflow("@", &dataclass).to_string().replace("\"@\"", &format!("\"{name}\""));
    let request = session.request("POST", "/workflows", Some(body.as_bytes()));
    let template = Template::new(request, MARK as u8);
    let next = Rc::new(Cell::new(0));
    let make = |_| Create { template: template.clone(), next: Rc::clone(&next) };
    let check = async |_| {
        let mut connection = Connection::open(session.address).await?;
        let listed = count(&session, &mut connection).await?.saturating_sub(before);
        ensure!(listed == next.get(), "{} workflows were created and {listed} are listed", next.get());
        Ok(())
    };
    let target = Target { address: session.address, pid: server.id() };
    let measured = stage.measure(&target, make, async || Ok(()), check).await;
    with_log(&server, measured)
}

async fn count(session: &Session, connection: &mut Connection) -> anyhow::Result<u64> {
    let listed = session.call(connection, "GET", "/workflows?limit=1&offset=0", None).await?;
    Ok(listed.get("total").and_then(Value::as_u64).unwrap_or_default())
}
