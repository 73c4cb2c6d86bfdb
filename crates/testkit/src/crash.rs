//! Crashes: the storage takes a number of turns and no more, and the process that meets this ends.
//!
//! A trigger in the test's database counts turns down and refuses the first one too many, so that the crash lies exactly
//! behind the n-th turn, whatever else goes on, and the server needs no hook. Each life of the server has a Tokio runtime
//! of its own; its end drops every task at the point that it has reached, as a kill does.

use std::future::Future;
use std::time::Duration;

use store::db::Dialect;

use crate::runtime::{Node, Storage};

const SQLITE: &str = "
CREATE TABLE crash_point (turns_left INTEGER NOT NULL);
CREATE TRIGGER crash_point BEFORE INSERT ON journal BEGIN
    SELECT RAISE(ABORT, 'crash point') FROM crash_point WHERE turns_left <= 0;
    UPDATE crash_point SET turns_left = turns_left - 1;
END;
INSERT INTO crash_point VALUES (1000000000);
";

const POSTGRES: &str = "
CREATE TABLE crash_point (turns_left BIGINT NOT NULL);
CREATE FUNCTION crash_point() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE crash_point SET turns_left = turns_left - 1 WHERE turns_left > 0;
    IF NOT FOUND THEN RAISE EXCEPTION 'crash point'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER crash_point BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION crash_point();
INSERT INTO crash_point VALUES (1000000000);
";

/// More turns than any test makes.
const NO_CRASH: i64 = 1_000_000_000;

impl Storage {
    /// Prepares the database for crash points.
    pub async fn install_crash_point(&self) {
        self.execute(match self.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
        })
        .await;
    }

    /// After so many turns, no further one is committed.
    pub async fn crash_after(&self, turns: i64) {
        self.execute(&format!("UPDATE crash_point SET turns_left = {turns}")).await;
    }

    /// Turns are committed again.
    pub async fn mend(&self) {
        self.crash_after(NO_CRASH).await;
    }

    /// How many turns have been committed since [`Storage::install_crash_point`] or [`Storage::mend`].
    pub async fn turns_made(&self) -> i64 {
        NO_CRASH - self.turns_left().await
    }

    /// How many turns there are until the crash.
    pub async fn turns_left(&self) -> i64 {
        self.count("SELECT turns_left FROM crash_point").await
    }
}

/// One life of a server process.
pub struct Life {
    tokio: tokio::runtime::Runtime,
}

impl Life {
    /// A life in which nothing runs yet.
    pub fn begin() -> Self {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        Self { tokio: tokio.expect("a runtime starts") }
    }

    /// Does something in this life. What it spawns goes on behind it.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.tokio.block_on(future)
    }

    /// Ends at once: every task is dropped where it waits, nothing is given back or written. The leases of the dead run
    /// out, as they would in time.
    pub fn kill(self, node: Node) {
        let storage = node.storage.clone();
        // Nothing of the node may outlive its tasks.
        drop(node);
        self.tokio.shutdown_timeout(Duration::from_secs(10));
        let after = Self::begin();
        after.block_on(storage.expire_leases());
        after.tokio.shutdown_background();
    }
}
