//! What the outward steps of a run call: a tiny HTTP server in this process. It also sees that each step of each run
//! comes once and in its turn, and tells when a run has had its last.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::http::find;

/// The longest that a run may take until its last step.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers `GET /<instance id>/<step>` with `{"step":<step>}`.
#[derive(Clone)]
pub(crate) struct Responder {
    shared: Rc<Shared>,
}

struct Shared {
    address: SocketAddr,
    /// The number of the last step.
    last: u32,
    runs: RefCell<HashMap<String, Run>>,
    connections: Cell<u64>,
    /// Steps that came twice or out of turn.
    wrong: RefCell<Vec<String>>,
}

#[derive(Default)]
struct Run {
    steps: u32,
    waiter: Option<oneshot::Sender<()>>,
}

impl Responder {
    /// Starts it on a free port, for runs of so many steps.
    pub(crate) async fn start(last: u32) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Rc::new(Shared {
            address,
            last,
            runs: RefCell::default(),
            connections: Cell::new(0),
            wrong: RefCell::default(),
        });
        let this = Self { shared };
        let accepting = this.clone();
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepting.shared.connections.set(accepting.shared.connections.get() + 1);
                tokio::task::spawn_local(accepting.clone().answer(stream));
            }
        });
        Ok(this)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.get()
    }

    /// Waits until the run's last step has been answered.
    pub(crate) async fn last_step(&self, run: &str) -> anyhow::Result<()> {
        let seen = {
            let mut runs = self.shared.runs.borrow_mut();
            let entry = runs.entry(run.to_owned()).or_default();
            if entry.steps >= self.shared.last {
                runs.remove(run);
                return Ok(());
            }
            let (waiter, seen) = oneshot::channel();
            entry.waiter = Some(waiter);
            seen
        };
        let ended = timeout(PATIENCE, seen).await;
        self.shared.runs.borrow_mut().remove(run);
        ended.map_err(|_| anyhow!("run {run} has not had its last step after {} s", PATIENCE.as_secs()))??;
        Ok(())
    }

    /// Fails when a step came twice or out of turn.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let wrong = self.shared.wrong.borrow();
        match wrong.first() {
            None => Ok(()),
            Some(first) => bail!("{} steps were called out of turn, the first: {first}", wrong.len()),
        }
    }

    async fn answer(self, mut stream: TcpStream) {
        // A connection that breaks is the server's to notice: its step fails, and so does the block.
        let _ = self.serve(&mut stream).await;
    }

    async fn serve(&self, stream: &mut TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let (mut buffer, mut filled) = (vec![0; 4096], 0);
        loop {
            let count = stream.read(&mut buffer[filled..]).await?;
            if count == 0 {
                return Ok(());
            }
            filled += count;
            if find(&buffer[..filled], b"\r\n\r\n").is_none() {
                continue;
            }
            let (run, step) = step(&buffer[..filled]).context("the server called something else")?;
            filled = 0;
            let body = format!("{{\"step\":{step}}}");
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
            let answer = format!("{head}{}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await?;
            self.count(&run, step);
        }
    }

    fn count(&self, run: &str, step: u32) {
        let mut runs = self.shared.runs.borrow_mut();
        let entry = runs.entry(run.to_owned()).or_default();
        if entry.steps + 1 != step {
            self.shared.wrong.borrow_mut().push(format!("{run}: step {step} after {} steps", entry.steps));
        }
        entry.steps = step;
        if step == self.shared.last
            && let Some(waiter) = entry.waiter.take()
        {
            // Nobody waits any more once the load has failed.
            let _ = waiter.send(());
        }
    }
}

/// Run and step of `GET /<run>/<step> HTTP/1.1`.
fn step(request: &[u8]) -> Option<(String, u32)> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    let path = std::str::from_utf8(line).ok()?.strip_prefix("GET /")?.strip_suffix(" HTTP/1.1")?;
    let (run, step) = path.split_once('/')?;
    Some((run.to_owned(), step.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use tokio::task::LocalSet;

    use super::*;
    use crate::http::{Connection, request};

    async fn call(responder: &Responder, path: &str) -> String {
        let mut connection = Connection::open(responder.address()).await.expect("connected");
        let request = request("GET", "host", path, "", None);
        let answer = connection.send(&request).await.expect("an answer");
        String::from_utf8_lossy(answer.body).into_owned()
    }

    #[tokio::test]
    async fn the_last_step_is_told_also_to_who_asks_late() {
        let test = async {
            let responder = Responder::start(2).await.expect("started");
            let waiting = tokio::task::spawn_local({
                let responder = responder.clone();
                async move { responder.last_step("early").await }
            });
            tokio::task::yield_now().await;
            assert_eq!(call(&responder, "/early/1").await, r#"{"step":1}"#);
            assert!(!waiting.is_finished());
            assert_eq!(call(&responder, "/early/2").await, r#"{"step":2}"#);
            waiting.await.expect("no panic").expect("told");
            call(&responder, "/late/1").await;
            call(&responder, "/late/2").await;
            responder.last_step("late").await.expect("told at once");
            responder.check().expect("all in turn");
            assert_eq!(responder.connections(), 4);
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_step_that_comes_twice_or_too_early_is_found() {
        let test = async {
            for calls in [&["/a/1", "/a/1"] as &[&str], &["/a/2"]] {
                let responder = Responder::start(2).await.expect("started");
                for path in calls {
                    call(&responder, path).await;
                }
                assert!(responder.check().is_err(), "{calls:?}");
            }
        };
        LocalSet::new().run_until(test).await;
    }
}
