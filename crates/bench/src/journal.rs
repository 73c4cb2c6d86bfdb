//! What the server has written down: how many turns its journal has for the runs that it acknowledged. It is read from the
//! server's own file, because a count over HTTP would be the server's word.

use std::path::Path;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

/// Runs in the journal, and their turns in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Journal {
    /// How many runs.
    pub(crate) runs: u64,
    /// How many turns, each of which was a commit of its run.
    pub(crate) turns: u64,
}

impl Journal {
    /// Counts in the file of a server, which may be running.
    pub(crate) async fn count(file: &Path) -> anyhow::Result<Self> {
        let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
        let (runs, turns): (i64, i64) =
            sqlx::query_as("SELECT COUNT(DISTINCT root_id), COUNT(*) FROM journal").fetch_one(&mut connection).await?;
        Ok(Self { runs: runs.unsigned_abs(), turns: turns.unsigned_abs() })
    }
}
