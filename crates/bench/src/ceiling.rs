//! The durable ceiling as a process: `../shared/bench/raw/http-ceiling` where that folder is, else our own program.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::http::Connection;
use crate::server::{Process, free_address};

/// Bytes of the row that a request commits.
pub(crate) const ROW: usize = 1024;

/// Which program measures it.
#[derive(Debug)]
pub(crate) enum Program {
    /// A built copy of the one beside the repository.
    Beside(PathBuf),
    /// This program's own subcommand.
    Own(PathBuf),
}

impl Program {
    /// Builds the one beside the repository when there is one. The second value is why it could not be built.
    pub(crate) fn find(repository: &Path, target: &Path) -> anyhow::Result<(Self, Option<String>)> {
        let own = Self::Own(std::env::current_exe()?);
        let source = repository.join("../shared/bench/raw/http-ceiling");
        if !source.is_dir() {
            return Ok((own, None));
        }
        match build(&source, &target.join("http-ceiling")) {
            Ok(binary) => Ok((Self::Beside(binary), None)),
            Err(error) => Ok((own, Some(format!("{} could not be built: {error:#}", source.display())))),
        }
    }

    /// What it is, for the reader.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Beside(_) => "shared/bench/raw/http-ceiling (axum, rusqlite)",
            Self::Own(_) => "muster-bench durable-ceiling (axum, sqlx)",
        }
    }

    /// Starts it on a new database file.
    pub(crate) async fn start(&self, file: &Path) -> anyhow::Result<(Process, SocketAddr)> {
        let address = free_address()?;
        let mut command = match self {
            Self::Beside(binary) => {
                let mut command = Command::new(binary);
                command.arg(address.port().to_string()).arg(file);
                command
            }
            Self::Own(binary) => {
                let mut command = Command::new(binary);
                command.args(["durable-ceiling", "--listen", &address.to_string(), "--file"]).arg(file);
                command
            }
        };
        let mut process = Process::start(&mut command, file.with_extension("log"))?;
        process.until(async || Connection::open(address).await.ok()).await?;
        Ok((process, address))
    }
}

/// Builds a copy, so that nothing is written beside the repository.
fn build(source: &Path, copy: &Path) -> anyhow::Result<PathBuf> {
    let manifest = std::fs::read_to_string(source.join("Cargo.toml"))?;
    std::fs::create_dir_all(copy.join("src"))?;
    std::fs::copy(source.join("src/main.rs"), copy.join("src/main.rs"))?;
    // The copy lies inside our workspace and is not of it.
    std::fs::write(copy.join("Cargo.toml"), format!("{manifest}\n[workspace]\n"))?;
    let built = Command::new("cargo").args(["build", "--release", "--target-dir", "target"]).current_dir(copy).status();
    let status = built.context("cannot run cargo")?;
    ensure!(status.success(), "cargo ended with {status}");
    Ok(copy.join("target/release/http-ceiling"))
}
