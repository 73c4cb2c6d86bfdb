//! (e) What the server costs before it has anything to do: start, memory, size.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Serialize;

use crate::api::Session;
use crate::block::Stage;
use crate::http::Connection;
use crate::process::{self, Memory};
use crate::server::{Server, free_address};

/// How long a server has nothing to do before its memory counts as idle.
const IDLE: Duration = Duration::from_secs(5);

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct Footprint {
    /// Milliseconds from the start of the process on an empty folder to the first authenticated answer, log-in included,
    /// in the order of the starts.
    pub(crate) start_empty_ms: Vec<f64>,
    /// The same on a folder that a killed server has left, with a token that is known already.
    pub(crate) start_existing_ms: Vec<f64>,
    /// Memory of a server with nothing to do, started again on its folder, one request with a token behind it.
    pub(crate) idle: Memory,
    /// Memory of a new server with nothing to do, the first start's and a log-in's password hashing behind it.
    pub(crate) idle_after_log_in: Memory,
    /// Of the first one's children.
    pub(crate) idle_children: Memory,
    /// How many children.
    pub(crate) children: usize,
    /// Bytes of the program.
    pub(crate) binary: u64,
    /// Bytes that are left when its symbols are taken away; absent without the program `strip`.
    pub(crate) binary_stripped: Option<u64>,
}

impl Footprint {
    /// Measures them; `starts` starts of each kind.
    pub(crate) async fn measure(stage: &Stage, starts: usize) -> anyhow::Result<Self> {
        let (mut empty, mut existing) = (Vec::new(), Vec::new());
        for _ in 0..starts {
            let data = stage.folder("e")?.join("data");
            let address = free_address()?;
            let start = Instant::now();
            let mut server = Server::start(&stage.binary, &data, address)?;
            let session = server.log_in().await?;
            ask(&session, &mut Connection::open(address).await?).await?;
            empty.push(start.elapsed().as_secs_f64() * 1000.0);
            drop(server);

            let start = Instant::now();
            let mut server = Server::start(&stage.binary, &data, address)?;
            let mut connection = server.connect().await?;
            ask(&session, &mut connection).await?;
            existing.push(start.elapsed().as_secs_f64() * 1000.0);
        }

        let data = stage.folder("e")?.join("data");
        let address = free_address()?;
        let mut server = Server::start(&stage.binary, &data, address)?;
        let session = server.log_in().await?;
        tokio::time::sleep(IDLE).await;
        let idle_after_log_in = process::memory(server.id());
        drop(server);

        let mut server = Server::start(&stage.binary, &data, address)?;
        ask(&session, &mut server.connect().await?).await?;
        tokio::time::sleep(IDLE).await;
        let children = process::children(server.id());
        let memories = children.iter().map(|pid| process::memory(*pid));
        Ok(Self {
            start_empty_ms: empty,
            start_existing_ms: existing,
            idle: process::memory(server.id()),
            idle_after_log_in,
            idle_children: memories.fold(Memory::default(), |all, one| all + one),
            children: children.len(),
            binary: std::fs::metadata(&stage.binary)?.len(),
            binary_stripped: stripped(stage)?,
        })
    }
}

async fn ask(session: &Session, connection: &mut Connection) -> anyhow::Result<()> {
    let request = session.request("GET", "/workflows?limit=1&offset=0", None);
    let status = connection.send(&request).await.context("the first request")?.status;
    ensure!(status == 200, "the first request was answered with {status}");
    Ok(())
}

fn stripped(stage: &Stage) -> anyhow::Result<Option<u64>> {
    let copy = stage.folder("e")?.join("stripped");
    let ran = Command::new("strip").arg("-o").arg(&copy).arg(&stage.binary).status();
    match ran {
        Ok(status) if status.success() => Ok(Some(std::fs::metadata(copy)?.len())),
        // It is not installed, or not for this kind of program.
        Ok(_) | Err(_) => Ok(None),
    }
}
