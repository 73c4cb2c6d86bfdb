//! `muster-bench search`: pages of searches over many alerts, and what the alerts cost in memory and on disk.

use std::cell::Cell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::api::Session;
use crate::block::Stage;
use crate::fill::Fill;
use crate::http::Connection;
use crate::load::{self, Work, percentile};
use crate::playbook;
use crate::process;

/// Alerts that one request creates.
const BATCH: u64 = 1_000;
/// Connections that create them.
const WRITERS: usize = 4;
/// Source addresses that the alerts have.
const ADDRESSES: u64 = 50_000;

/// One alert of many: titles, severities and addresses are spread evenly.
fn alert(number: u64) -> Value {
    let severity = ["Tips", "Low", "Medium", "High", "Fatal"][(number % 5) as usize];
    let mut alert =
        playbook::alert(&format!("ET SCAN inbound to port {}", number % 997), severity)["data_object"].take();
    alert["network_list"][0]["src_ip"] = address(number).into();
    alert["origin_id"] = format!("{}", 2_000_000 + number % 300).into();
    alert
}

fn address(number: u64) -> String {
    let host = number.wrapping_mul(2_654_435_761) % ADDRESSES;
    format!("203.{}.{}.{}", host / 65_536, host / 256 % 256, host % 256)
}

/// The body of the search with a number.
type Search = Rc<dyn Fn(u64) -> Value>;

/// Asks for a page.
#[derive(Clone)]
struct Ask {
    session: Session,
    body: Search,
    next: Rc<Cell<u64>>,
}

impl Work for Ask {
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        let number = self.next.get();
        self.next.set(number + 1);
        self.session.call(connection, "POST", "/alerts/search", Some((self.body)(number))).await?;
        Ok(true)
    }
}

fn conditions(conditions: &[Value]) -> Value {
    let named: Vec<Value> =
        conditions.iter().enumerate().map(|(at, data)| json!({"name": format!("c{at}"), "data": data})).collect();
    let mut logics: Vec<String> = Vec::new();
    for at in 0..conditions.len() {
        logics.extend((at > 0).then(|| "and".to_owned()));
        logics.push(format!("c{at}"));
    }
    json!({"limit": 10, "offset": 0, "condition": {"conditions": named, "logics": logics}})
}

/// Fills a server with alerts and searches them. The report, for people.
pub(crate) async fn run(stage: &Stage, alerts: u64) -> anyhow::Result<String> {
    let (server, session) = stage.server("search").await?;
    let begun = Instant::now();
    let fill = Fill { session: session.clone(), next: Rc::default(), alerts, batch: BATCH, triggers: false, alert };
    fill.run(WRITERS, server.id()).await?;
    let filled = begun.elapsed().as_secs_f64();
    let mut connection = Connection::open(session.address).await?;
    let all = session.call(&mut connection, "POST", "/alerts/search", Some(json!({"limit": 1}))).await?;
    let total = all["total"].as_u64().context("the search has no total")?;
    ensure!(total == alerts, "{alerts} alerts were created and {total} are found");

    let mut report =
        format!("{alerts} alerts, created {BATCH} a request in {filled:.0} s ({:.0}/s)\n", alerts as f64 / filled);
    let searches: [(&str, Search); 4] = [
        (
            "by time, the newest",
            Rc::new(|_| json!({"limit": 10, "offset": 0, "sort_by": "create_time", "order": "DESC"})),
        ),
        ("by a nested field", Rc::new(|number| conditions(&[json!(["network_list.src_ip", "=", address(number)])]))),
        (
            "by three conditions",
            Rc::new(|number| {
                let severity = json!(["severity", "in", "High,Fatal"]);
                let title = json!(["title", "=", format!("ET SCAN inbound to port {}", number % 997)]);
                conditions(&[severity, title, json!(["network_list.src_ip", "!=", "198.51.100.1"])])
            }),
        ),
        (
            "by a nested field, and a text inside another",
            Rc::new(|number| {
                conditions(&[
                    json!(["network_list.src_ip", "=", address(number)]),
                    json!(["labels", "contains", "mssql"]),
                ])
            }),
        ),
    ];
    for (name, body) in searches {
        for count in [1, 16] {
            let ask = Ask { session: session.clone(), body: Rc::clone(&body), next: Rc::default() };
            let mut clients = load::connect(session.address, vec![ask; count]).await?;
            let measured = load::drive(&mut clients, stage.time, server.id(), async || Ok(())).await?;
            let ms = |share| f64::from(percentile(&measured.latencies, share)) / 1000.0;
            let rate = measured.done as f64 / measured.elapsed.as_secs_f64();
            writeln!(report, "{name}, {count} clients: {rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms", ms(0.5), ms(0.99))?;
        }
    }
    let memory = process::memory(server.id());
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let disk = std::fs::metadata(server.database())?.len();
    write!(report, "resident {:.0} MiB, database {:.0} MiB", mib(memory.resident), mib(disk))?;
    Ok(report)
}
