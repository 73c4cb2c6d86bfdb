//! Load: so many clients, each sending its next request when the last one is answered, for so long.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::http::Connection;
use crate::process;

/// What one client does, again and again.
pub(crate) trait Work {
    /// One piece of work. `true` when its time is one of the latencies.
    async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool>;
}

/// A client: its connection and its work.
pub(crate) struct Client<W> {
    /// Its connection.
    pub(crate) connection: Connection,
    /// Its work.
    pub(crate) work: W,
}

/// What a load has come to.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Pieces of work done.
    pub(crate) done: u64,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// Microseconds each, sorted.
    pub(crate) latencies: Vec<u32>,
    /// Processor time of the measured process and its children.
    pub(crate) server_time: Duration,
    /// Processor time of this process.
    pub(crate) own_time: Duration,
}

/// Connects a client for each piece of work.
pub(crate) async fn connect<W>(address: SocketAddr, works: Vec<W>) -> anyhow::Result<Vec<Client<W>>> {
    let mut clients = Vec::with_capacity(works.len());
    for work in works {
        clients.push(Client { connection: Connection::open(address).await?, work });
    }
    Ok(clients)
}

/// Lets every client work for as long as `time`, then calls `settled` for what is still under way: its time counts too.
pub(crate) async fn drive<W: Work + 'static>(
    clients: &mut Vec<Client<W>>,
    time: Duration,
    pid: u32,
    settled: impl AsyncFnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Measured> {
    let (server_before, own_before) = (process::processor_time(pid), process::own_processor_time());
    let start = Instant::now();
    let mut running = JoinSet::new();
    for client in clients.drain(..) {
        running.spawn_local(until(client, start, time));
    }
    let mut measured = Measured::default();
    while let Some(ended) = running.join_next().await {
        let (client, done, latencies) = ended??;
        clients.push(client);
        measured.done += done;
        measured.latencies.extend(latencies);
    }
    settled().await?;
    measured.elapsed = start.elapsed();
    measured.server_time = process::processor_time(pid).saturating_sub(server_before);
    measured.own_time = process::own_processor_time().saturating_sub(own_before);
    measured.latencies.sort_unstable();
    Ok(measured)
}

async fn until<W: Work>(
    mut client: Client<W>,
    start: Instant,
    time: Duration,
) -> anyhow::Result<(Client<W>, u64, Vec<u32>)> {
    let (mut done, mut latencies) = (0, Vec::new());
    let mut begun = start;
    while begun.duration_since(start) < time {
        let counts = client.work.once(&mut client.connection).await?;
        let ended = Instant::now();
        if counts {
            latencies.push(u32::try_from(ended.duration_since(begun).as_micros()).unwrap_or(u32::MAX));
        }
        done += 1;
        begun = ended;
    }
    Ok((client, done, latencies))
}

/// The value that this share of the sorted values does not exceed; 0 when there is none.
pub(crate) fn percentile(sorted: &[u32], share: f64) -> u32 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::LocalSet;

    use super::*;

    struct Get;

    impl Work for Get {
        async fn once(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
            connection.send(b"GET / HTTP/1.1\r\n\r\n").await?.succeeded()?;
            Ok(true)
        }
    }

    /// Answers each request after 10 ms; from the tenth on with a failure, if wanted.
    async fn slow_server(fails: bool) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::task::spawn_local(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::task::spawn_local(async move {
                    let mut request = [0; 256];
                    for number in 0.. {
                        if stream.read(&mut request).await.unwrap_or(0) == 0 {
                            return;
                        }
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        let status = if fails && number >= 10 { "500 Oh" } else { "200 OK" };
                        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
                        stream.write_all(answer.as_bytes()).await.expect("the client reads");
                    }
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn clients_wait_for_their_answers_and_work_side_by_side() {
        let test = async {
            let address = slow_server(false).await;
            let mut clients = connect(address, vec![Get, Get, Get]).await.expect("connected");
            let pause = async || {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(())
            };
            let measured = drive(&mut clients, Duration::from_millis(200), std::process::id(), pause).await;
            let measured = measured.expect("no failure");
            assert_eq!(clients.len(), 3);
            // Each client can have had at most 20 answers of 10 ms, and the last may end late.
            assert!((3..=63).contains(&measured.done), "{measured:?}");
            assert_eq!(measured.done as usize, measured.latencies.len());
            assert!(percentile(&measured.latencies, 0.0) >= 10_000, "{measured:?}");
            assert!(measured.elapsed >= Duration::from_millis(250), "what settles counts: {measured:?}");
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_failed_request_fails_the_load() {
        let test = async {
            let address = slow_server(true).await;
            let mut clients = connect(address, vec![Get]).await.expect("connected");
            let time = Duration::from_secs(20);
            let error = drive(&mut clients, time, std::process::id(), async || Ok(())).await.expect_err("it fails");
            assert!(error.to_string().contains("500"), "{error}");
        };
        LocalSet::new().run_until(test).await;
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let values: Vec<u32> = (1..=100).collect();
        for (share, expected) in [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)] {
            assert_eq!(percentile(&values, share), expected, "{share}");
        }
        assert_eq!((percentile(&[7], 0.99), percentile(&[], 0.5)), (7, 0));
    }
}
