//! `make soak`: alerts at half of what the server can keep up with, for a long time. How long from an alert that is
//! accepted to its response that has finished, and whether memory stays what it is.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep_until};

use crate::api::{Session, text};
use crate::block::Stage;
use crate::block::alerts::{Send, drained, publish};
use crate::http::Connection;
use crate::load::{self, percentile};
use crate::process;

/// Connections that send.
const CLIENTS: usize = 16;
/// Playbooks that are enabled; each alert sets one off.
const PLAYBOOKS: usize = 10;
/// How long it is measured what the server keeps up with.
const MEASURE: Duration = Duration::from_secs(20);
/// Responses whose time is looked at: the last.
const LAST: usize = 5_000;
const PAGE: usize = 1_000;
/// How often memory is read.
const READ: Duration = Duration::from_secs(5);
/// Memory at the end may differ from that after the first fifth by this share.
const FLAT: f64 = 0.10;

/// What a soak has shown.
pub(crate) struct Soak {
    /// Alerts a second, accepted and answered, at full load.
    full: f64,
    /// Alerts a second that were sent after that.
    sent: f64,
    /// How many.
    alerts: u64,
    /// Microseconds from the last alerts to the ends of their responses, sorted.
    latencies: Vec<u32>,
    /// Resident bytes, in the order of time.
    resident: Vec<u64>,
}

impl Soak {
    /// Runs the server at half load for so long.
    pub(crate) async fn run(stage: &Stage, time: Duration) -> anyhow::Result<Self> {
        let (server, session) = stage.server("soak").await?;
        publish(&session, PLAYBOOKS).await?;
        let send = Send::new(&session);

        let mut clients = load::connect(session.address, vec![send.clone(); CLIENTS]).await?;
        let settled = async || drained(&session, send.accepted()).await;
        let full = load::drive(&mut clients, MEASURE, server.id(), settled).await?;
        let full = full.done as f64 / full.elapsed.as_secs_f64();

        let pace = Duration::from_secs_f64(CLIENTS as f64 / (full / 2.0));
        let (start, before) = (Instant::now(), send.accepted());
        let end = start + time;
        let mut senders = JoinSet::new();
        for (number, mut client) in clients.into_iter().enumerate() {
            let offset = pace.mul_f64(number as f64 / CLIENTS as f64);
            senders.spawn_local(async move {
                let mut next = start + offset;
                while next < end {
                    sleep_until(next.into()).await;
                    load::Work::once(&mut client.work, &mut client.connection).await?;
                    next += pace;
                }
                Ok::<_, anyhow::Error>(())
            });
        }
        let mut resident = Vec::new();
        let mut ticks = interval(READ);
        while Instant::now() < end {
            ticks.tick().await;
            resident.push(process::memory(server.id()).resident);
        }
        while let Some(ended) = senders.join_next().await {
            ended??;
        }
        let alerts = send.accepted() - before;
        let sent = alerts as f64 / start.elapsed().as_secs_f64();
        drained(&session, send.accepted()).await.context("after the soak")?;
        let latencies = latencies(&session).await?;
        ensure!(server.log().is_empty(), "the server logged:\n{}", server.log());
        Ok(Self { full, sent, alerts, latencies, resident })
    }

    /// Memory after the first fifth of the time, and at the end; medians, since single readings jump.
    fn memory(&self) -> (u64, u64) {
        let fifth = (self.resident.len() / 5).max(1);
        let median = |readings: &[u64]| {
            let mut sorted = readings.to_vec();
            sorted.sort_unstable();
            sorted.get(sorted.len() / 2).copied().unwrap_or_default()
        };
        let second = self.resident.iter().skip(fifth).take(fifth).copied().collect::<Vec<_>>();
        (median(&second), median(&self.resident[self.resident.len() - fifth.min(self.resident.len())..]))
    }

    /// Whether memory has stayed what it was.
    pub(crate) fn is_flat(&self) -> bool {
        let (early, late) = self.memory();
        early > 0 && (late as f64 / early as f64 - 1.0).abs() <= FLAT
    }

    /// For people.
    pub(crate) fn to_text(&self) -> String {
        let (early, late) = self.memory();
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let ms = |share| f64::from(percentile(&self.latencies, share)) / 1000.0;
        let step = (self.resident.len() / 20).max(1);
        let series: Vec<String> =
            self.resident.iter().step_by(step).map(|bytes| format!("{:.0}", mib(*bytes))).collect();
        format!(
            "{PLAYBOOKS} playbooks, {CLIENTS} connections\n\
             full load: {:.0} alerts/s accepted and answered\n\
             half load: {} alerts, {:.0}/s\n\
             alert to finished response at half load: p50 {:.1} ms, p99 {:.1} ms (the last {})\n\
             resident, MiB: {}\n\
             second fifth {:.1} MiB, last fifth {:.1} MiB: {:+.1} % ({})",
            self.full,
            self.alerts,
            self.sent,
            ms(0.5),
            ms(0.99),
            self.latencies.len(),
            series.join(" "),
            mib(early),
            mib(late),
            (late as f64 / early.max(1) as f64 - 1.0) * 100.0,
            if self.is_flat() { "flat" } else { "not flat" },
        )
    }
}

/// Microseconds from the creation of each of the last alerts to the end of its response, sorted, as the server tells them:
/// the id of an alert holds the millisecond of its creation (RFC 9562, version 7).
async fn latencies(session: &Session) -> anyhow::Result<Vec<u32>> {
    let mut connection = Connection::open(session.address).await?;
    let mut latencies = Vec::new();
    for offset in (0..LAST).step_by(PAGE) {
        let path = format!("/playbooks/instances?status=FINISHED&limit={PAGE}&offset={offset}");
        let listed = session.call(&mut connection, "GET", &path, None).await?;
        for row in listed["instances"].as_array().context("the list has no rows")? {
            let created: String = text(row, "/dataobject/id")?.chars().filter(|c| *c != '-').take(12).collect();
            let created = i64::from_str_radix(&created, 16).context("the id of an alert")?;
            let ended = text(row, "/end_time")?;
            let ended = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.fZ%z", ended)?.to_timestamp()?;
            latencies.push(u32::try_from((ended.as_millisecond() - created).max(0) * 1000).unwrap_or(u32::MAX));
        }
    }
    latencies.sort_unstable();
    Ok(latencies)
}
