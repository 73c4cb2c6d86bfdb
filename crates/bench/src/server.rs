//! The server under test: the release binary on a data folder of its own, with SQLite, as a separate process.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::time::sleep;

use crate::api::{Credentials, Session};
use crate::http::Connection;

/// The longest that a start may take.
const START: Duration = Duration::from_secs(60);
/// How often a starting process is asked.
const ASK: Duration = Duration::from_millis(1);

/// An address on the loopback interface with a port that is free now.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

/// A process that ends with this value.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it with an empty environment; what it prints goes to a file.
    pub(crate) fn start(command: &mut Command, log: PathBuf) -> anyhow::Result<Self> {
        let file = File::options().create(true).append(true).open(&log)?;
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.env_clear().stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn();
        Ok(Self { child: child.with_context(|| format!("cannot start {name}"))?, log })
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` gives a value; an error when the process has ended or takes too long.
    pub(crate) async fn until<T>(&mut self, ready: impl AsyncFn() -> Option<T>) -> anyhow::Result<T> {
        let start = Instant::now();
        loop {
            if let Some(value) = ready().await {
                return Ok(value);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status}:\n{}", self.printed());
            }
            if start.elapsed() > START {
                bail!("it does not answer after {} s:\n{}", START.as_secs(), self.printed());
            }
            sleep(ASK).await;
        }
    }

    /// The end of what it printed.
    pub(crate) fn printed(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(2000)..]).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `muster serve`.
pub(crate) struct Server {
    process: Process,
    data: PathBuf,
    address: SocketAddr,
}

impl Server {
    /// Starts it on a folder, which may be new. Connectors may reach the loopback interface.
    pub(crate) fn start(binary: &Path, data: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command.arg("serve").arg("--data").arg(data).args(["--listen", &address.to_string()]);
        command.args(["--metrics-listen", "off", "--log", "warn", "--egress-allow", "127.0.0.0/8"]);
        let process = Process::start(&mut command, data.with_extension("log"))?;
        Ok(Self { process, data: data.to_owned(), address })
    }

    /// Logs the administrator in as soon as the server has written the credentials and answers.
    pub(crate) async fn log_in(&mut self) -> anyhow::Result<Session> {
        let data = self.data.clone();
        let known = self.process.until(async || Credentials::read(&data)).await?;
        self.connect().await?;
        Session::log_in(self.address, &known).await
    }

    /// A connection, as soon as the server accepts one.
    pub(crate) async fn connect(&mut self) -> anyhow::Result<Connection> {
        let address = self.address;
        self.process.until(async || Connection::open(address).await.ok()).await
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The file of the embedded storage.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("muster.db")
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        self.process.printed()
    }
}
