//! (f0, f1, f10, f1000) Alerts accepted, with so many playbooks enabled, one of which each alert sets off. (fb) Alerts
//! accepted in batches.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::time::sleep;

use super::{Outcome, Stage, Target, with_log};
use crate::api::Session;
use crate::flow::{self, Flow, Language};
use crate::http::{Connection, Template};
use crate::load::Work;
use crate::playbook;

/// Stands in a body where a digit goes; no text holds it otherwise.
const MARK: char = '\u{1}';
/// The severity of alerts that set a playbook off.
pub(crate) const MATCHED: &str = "High";
/// How long what the alerts have set off may take to end.
const PATIENCE: Duration = Duration::from_secs(900);
/// How often it is asked whether it has.
const ASK: Duration = Duration::from_millis(50);

/// Sends alerts.
#[derive(Clone)]
pub(crate) struct Send {
    template: Template,
    next: Rc<Cell<u64>>,
}

impl Send {
    pub(crate) fn new(session: &Session) -> Self {
        let title = format!("ET SCAN Suspicious inbound {}", MARK.to_string().repeat(12));
        // JSON would write the mark as an escape.
        let body = playbook::alert("@", MATCHED).to_string().replace("\"@\"", &format!("\"{title}\""));
        let request = session.request("POST", "/alerts", Some(body.as_bytes()));
        Self { template: Template::new(request, MARK as u8), next: Rc::new(Cell::new(0)) }
    }

    /// How many were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.next.get()
    }
}

impl Work for Send {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        self.template.set(0, self.next.get());
        connection.send(self.template.bytes()).await?.succeeded()?;
        self.next.set(self.next.get() + 1);
        Ok(true)
    }
}

/// Publishes so many playbooks; every alert of [`Send`] sets the last one off.
pub(crate) async fn publish(session: &Session, playbooks: usize) -> anyhow::Result<()> {
    let mut connection = Connection::open(session.address).await?;
    if playbooks == 0 {
        return Ok(());
    }
    let class = flow::alert_class(session, &mut connection).await?;
    let workflow = Flow::five_nodes(Language::Cel).publish(session, &mut connection).await?;
    for number in 1..playbooks {
        let other = format!("another source {number}");
        let rule = ("origin_id", other.as_str());
        playbook::publish(session, &mut connection, &format!("no {number}"), &class, &workflow, rule).await?;
    }
    playbook::publish(session, &mut connection, "each alert", &class, &workflow, ("severity", MATCHED)).await?;
    Ok(())
}

/// Waits until what the alerts have set off has finished: one run of a playbook for each.
pub(crate) async fn drained(session: &Session, expected: u64) -> anyhow::Result<()> {
    let mut connection = Connection::open(session.address).await?;
    let start = Instant::now();
    loop {
        let path = "/playbooks/instances?status=FINISHED&limit=1&offset=0";
        let listed = session.call(&mut connection, "GET", path, None).await?;
        let finished = listed["count"].as_u64().context("the list has no count")?;
        if finished == expected {
            return Ok(());
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "{expected} alerts were accepted and {finished} runs of playbooks have finished after {} s",
            PATIENCE.as_secs()
        );
        sleep(ASK).await;
    }
}

/// Alerts of one batch.
const BATCH: u64 = 100;

/// Sends batches of alerts.
#[derive(Clone)]
struct SendBatch {
    request: Rc<Vec<u8>>,
    sent: Rc<Cell<u64>>,
}

impl Work for SendBatch {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        connection.send(&self.request).await?.succeeded()?;
        self.sent.set(self.sent.get() + 1);
        Ok(true)
    }
}

pub(super) async fn run_batches(stage: &Stage) -> anyhow::Result<Outcome> {
    let (server, session) = stage.server("fb").await?;
    let alert = playbook::alert("ET SCAN Suspicious inbound", "High")["data_object"].take();
    let body = serde_json::json!({"data_object_list": vec![alert; BATCH as usize]}).to_string();
    let request = session.request("POST", "/datapanel/alert/data-objects/batch-create", Some(body.as_bytes()));
    let send = SendBatch { request: Rc::new(request), sent: Rc::default() };
    let check = async |_| kept(&session, send.sent.get() * BATCH).await;
    let target = Target { address: session.address, pid: server.id() };
    let measured = stage.measure(&target, |_| send.clone(), async || Ok(()), check).await;
    with_log(&server, measured)
}

/// Fails unless a search finds as many alerts as were accepted.
async fn kept(session: &Session, accepted: u64) -> anyhow::Result<()> {
    let mut connection = Connection::open(session.address).await?;
    let body: Value = serde_json::json!({"limit": 1, "offset": 0});
    let found = session.call(&mut connection, "POST", "/alerts/search", Some(body)).await?;
    let kept = found["total"].as_u64().context("the search has no total")?;
    ensure!(kept == accepted, "{accepted} alerts were accepted and {kept} are found");
    Ok(())
}

pub(super) async fn run(stage: &Stage, playbooks: usize) -> anyhow::Result<Outcome> {
    let (server, session) = stage.server(&format!("f{playbooks}")).await?;
    publish(&session, playbooks).await?;
    let send = Send::new(&session);
    let check = async |_| {
        kept(&session, send.accepted()).await?;
        if playbooks > 0 { drained(&session, send.accepted()).await } else { Ok(()) }
    };
    let target = Target { address: session.address, pid: server.id() };
    let measured = stage.measure(&target, |_| send.clone(), async || Ok(()), check).await;
    with_log(&server, measured)
}
