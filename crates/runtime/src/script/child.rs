//! The child process: reads requests, runs each in a fresh sandbox, writes responses.

use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::Duration;

use super::evaluate::evaluate;
use super::hardening::Hardening;
use super::protocol::{Answer, Header, MAX_RESPONSE, REQUEST_LIMIT, Ready, Response, read_frame, write_frame};
use super::sandbox::Sandbox;

/// The whole life of `muster script-host`: serves requests from standard input until it ends.
///
/// To be called from `main` before any other thread exists. Only a [`super::Pool`] speaks its language.
pub fn child_main() -> ExitCode {
    let hardening = Hardening::of_process();
    match serve(&mut io::stdin().lock(), &mut io::stdout().lock(), &hardening) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE, // the parent sees the end of the stream; there is nobody else to tell
    }
}

fn serve(requests: &mut impl Read, responses: &mut impl Write, hardening: &Hardening) -> io::Result<()> {
    write_frame(responses, &serde_json::to_vec(&Ready { seccomp: hardening.seccomp })?)?;
    loop {
        // Made before the request arrives, so that no script waits for it.
        let sandbox = Sandbox::new().map_err(io::Error::other)?;
        let Some(header) = read_frame(requests, REQUEST_LIMIT)? else { return Ok(()) };
        let Some(scope) = read_frame(requests, REQUEST_LIMIT)? else { return Ok(()) };
        let header: Header = serde_json::from_slice(&header)?;
        hardening.restrict_run(header.memory_limit, Duration::from_millis(header.deadline_ms));
        sandbox.set_limit(header.memory_limit);
        let answer = evaluate(&sandbox, header.source, scope);
        write_frame(responses, &encode(header.id, answer)?)?;
    }
}

fn encode(id: u64, answer: Answer) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(&Response { id, answer })?;
    if body.len() <= MAX_RESPONSE {
        return Ok(body);
    }
    // The export counts characters before they are escaped, so this is the last word.
    Ok(serde_json::to_vec(&Response { id, answer: Answer::Error(super::export::too_large()) })?)
}
