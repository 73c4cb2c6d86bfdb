//! `muster-bench burst`: many alerts as fast as the server takes them, each of which sets a playbook off, until the last
//! response has finished; and what that cost in memory.

use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::block::Stage;
use crate::block::alerts::{MATCHED, drained, publish};
use crate::fill::Fill;
use crate::http::Connection;
use crate::playbook;
use crate::process;

/// Alerts that one request creates.
const BATCH: u64 = 100;
/// Connections that create them.
const WRITERS: usize = 16;

/// An alert that sets a playbook off.
fn alert(number: u64) -> Value {
    playbook::alert(&format!("burst {number}"), MATCHED)["data_object"].take()
}

/// Sends so many alerts and waits for their responses. The report, for people.
pub(crate) async fn run(stage: &Stage, alerts: u64) -> anyhow::Result<String> {
    let (server, session) = stage.server("burst").await?;
    publish(&session, 1).await?;
    let before = process::memory(server.id()).resident;
    let begun = Instant::now();
    let fill = Fill { session: session.clone(), next: Rc::default(), alerts, batch: BATCH, triggers: true, alert };
    fill.run(WRITERS, server.id()).await?;
    let accepted = begun.elapsed().as_secs_f64();
    let full = process::memory(server.id()).resident;
    drained(&session, alerts).await?;
    let answered = begun.elapsed().as_secs_f64();
    let mut connection = Connection::open(session.address).await?;
    let all = session.call(&mut connection, "POST", "/alerts/search", Some(json!({"limit": 1}))).await?;
    let total = all["total"].as_u64().context("the search has no total")?;
    ensure!(total == alerts, "{alerts} alerts were sent and {total} are there");
    ensure!(server.log().is_empty(), "the server logged:\n{}", server.log());
    let memory = process::memory(server.id());
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    Ok(format!(
        "{alerts} alerts, {BATCH} a request over {WRITERS} connections\n\
         accepted in {accepted:.1} s ({:.0}/s), every response finished after {answered:.1} s ({:.0}/s)\n\
         {total} alerts are there, each was answered once\n\
         resident: {:.0} MiB before, {:.0} MiB when all were accepted, {:.0} MiB at the end, peak {:.0} MiB",
        alerts as f64 / accepted,
        alerts as f64 / answered,
        mib(before),
        mib(full),
        mib(memory.resident),
        mib(memory.peak),
    ))
}
