//! A small HTTP/1.1 client that takes as little processor time as it can: the machine is shared with what it measures.
//! One request at a time on a connection that is kept, bytes in and bytes out, one buffer.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
const BUFFER: usize = 16 << 10;

/// A connection that is kept between requests.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// An answer, until the next request.
pub(crate) struct Response<'c> {
    /// The status code.
    pub(crate) status: u16,
    head: &'c [u8],
    /// The body, complete and no longer in chunks.
    pub(crate) body: &'c [u8],
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER], filled: 0 })
    }

    /// Sends a whole request and reads the whole answer.
    pub(crate) async fn send(&mut self, request: &[u8]) -> anyhow::Result<Response<'_>> {
        let answer = timeout(PATIENCE, self.exchange(request)).await;
        let Parsed { status, head, body } =
            answer.map_err(|_| anyhow!("no answer within {} s", PATIENCE.as_secs()))??;
        Ok(Response { status, head: &self.buffer[head], body: &self.buffer[body] })
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Parsed> {
        self.filled = 0;
        self.stream.write_all(request).await?;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            let count = self.stream.read(&mut self.buffer[self.filled..]).await?;
            ensure!(count > 0, "the server closed the connection in the middle of an answer");
            self.filled += count;
            if let Some(parsed) = self.parse()? {
                return Ok(parsed);
            }
        }
    }

    /// The answer, when all of it is there.
    fn parse(&mut self) -> anyhow::Result<Option<Parsed>> {
        let seen = &self.buffer[..self.filled];
        let Some(end) = find(seen, b"\r\n\r\n") else { return Ok(None) };
        let (head, start) = (0..end + 2, end + 4);
        let lines = &seen[head.clone()];
        let status = status(lines)?;
        if let Some(length) = header(lines, "content-length") {
            let length: usize = length.parse().context("content-length is not a number")?;
            ensure!(self.filled <= start + length, "more came than one answer");
            let complete = self.filled == start + length;
            return Ok(complete.then_some(Parsed { status, head, body: start..start + length }));
        }
        if header(lines, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            let Some(chunks) = chunks(&seen[start..])? else { return Ok(None) };
            let mut to = start;
            for chunk in chunks {
                let length = chunk.len();
                self.buffer.copy_within(start + chunk.start..start + chunk.end, to);
                to += length;
            }
            return Ok(Some(Parsed { status, head, body: start..to }));
        }
        ensure!(status == 204 || status == 304, "an answer of status {status} without a length");
        Ok(Some(Parsed { status, head, body: start..start }))
    }
}

/// Where an answer's parts are in the buffer.
struct Parsed {
    status: u16,
    head: Range<usize>,
    body: Range<usize>,
}

impl Response<'_> {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }

    /// Fails unless the status is 2xx; the error holds the body.
    pub(crate) fn succeeded(self) -> anyhow::Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let body: String = String::from_utf8_lossy(self.body).chars().take(400).collect();
        bail!("status {}: {body}", self.status)
    }
}

/// Where a text begins in another.
pub(crate) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

fn status(head: &[u8]) -> anyhow::Result<u16> {
    let digits = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    let status = digits.filter(|_| head.starts_with(b"HTTP/1.1 ")).and_then(|digits| digits.parse().ok());
    status.context("this is not an HTTP/1.1 answer")
}

fn header<'h>(head: &'h [u8], name: &str) -> Option<&'h str> {
    let lines = head.split(|byte| *byte == b'\n');
    let value = lines.skip(1).find_map(|line| {
        let (found, value) = line.split_at_checked(name.len())?;
        found.eq_ignore_ascii_case(name.as_bytes()).then(|| value.strip_prefix(b":")).flatten()
    })?;
    std::str::from_utf8(value).ok().map(str::trim)
}

/// Where the chunks are, when the last one is there.
fn chunks(text: &[u8]) -> anyhow::Result<Option<Vec<Range<usize>>>> {
    let (mut at, mut found) = (0, Vec::new());
    loop {
        let Some(end) = text.get(at..).and_then(|rest| find(rest, b"\r\n")) else { return Ok(None) };
        let size = std::str::from_utf8(&text[at..at + end])?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).context("the size of a chunk is not a number")?;
        let start = at + end + 2;
        let stop = start.checked_add(size).context("a chunk is too large")?;
        if text.len() < stop.saturating_add(2) {
            return Ok(None);
        }
        if size == 0 {
            return Ok(Some(found));
        }
        found.push(start..stop);
        at = stop + 2;
    }
}

/// A request whose bytes are made once; numbers in it are changed in place.
#[derive(Clone)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    slots: Vec<Range<usize>>,
}

impl Template {
    /// A request with slots: each run of `mark` is a place for a number of as many digits, in the order of the text.
    pub(crate) fn new(bytes: Vec<u8>, mark: u8) -> Self {
        let mut slots: Vec<Range<usize>> = Vec::new();
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == mark) {
            match slots.last_mut() {
                Some(slot) if slot.end == at => slot.end = at + 1,
                Some(_) | None => slots.push(at..at + 1),
            }
        }
        Self { bytes, slots }
    }

    /// Writes a number into a slot, with zeros in front; digits that do not fit are left out.
    pub(crate) fn set(&mut self, slot: usize, mut number: u64) {
        for at in self.slots[slot].clone().rev() {
            self.bytes[at] = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }

    /// The request.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The bytes of a request. `headers` are whole lines, each with its line end.
pub(crate) fn request(method: &str, host: &str, path: &str, headers: &str, body: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}").into_bytes();
    if let Some(body) = body {
        let length = body.len();
        bytes.extend(format!("Content-Type: application/json\r\nContent-Length: {length}\r\n").into_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.unwrap_or_default());
    bytes
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Sends one request to a server that answers with these pieces, and gives what the client understood.
    async fn exchange(pieces: &'static [&'static str]) -> anyhow::Result<(u16, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).await.expect("a request") > 0);
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await.expect("the client reads");
                stream.flush().await.expect("the client reads");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let mut connection = Connection::open(address).await?;
        let response = connection.send(b"GET / HTTP/1.1\r\n\r\n").await;
        let understood =
            response.map(|response| (response.status, String::from_utf8_lossy(response.body).into_owned()));
        server.await?;
        understood
    }

    #[tokio::test]
    async fn an_answer_is_read_to_its_end_however_it_arrives() {
        let cases: [(&[&str], u16, &str); 5] = [
            (&["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"], 200, "hello"),
            (&["HTTP/1.1 400 Bad", " Request\r\ncontent-length:  5\r\n\r", "\nhel", "lo"], 400, "hello"),
            (&["HTTP/1.1 204 No Content\r\n\r\n"], 204, ""),
            (&["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"], 200, "hello"),
            (&["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nh", "el\r\n0", "\r\n\r\n"], 200, "hel"),
        ];
        for (pieces, status, body) in cases {
            assert_eq!(exchange(pieces).await.expect("an answer"), (status, body.to_owned()), "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn a_broken_answer_is_an_error_and_not_a_number() {
        for pieces in [
            &["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"] as &[_],
            &["HTTP/1.1 200 OK\r\n\r\n"],
            &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"],
            &["SSH-2.0-OpenSSH\r\n\r\n"],
            &[],
        ] {
            assert!(exchange(pieces).await.is_err(), "{pieces:?}");
        }
    }

    #[test]
    fn numbers_are_written_into_a_request_in_place() {
        let mut template = Template::new(b"a ~~~~ b ~".to_vec(), b'~');
        template.set(0, 42);
        template.set(1, 7);
        assert_eq!(template.bytes(), b"a 0042 b 7");
        template.set(0, 12_345);
        assert_eq!(template.bytes(), b"a 2345 b 7");
    }
}
