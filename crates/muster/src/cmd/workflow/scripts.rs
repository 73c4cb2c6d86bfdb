//! JavaScript of rehearsed workflows: in the same child processes that the server uses.

use std::time::Duration;

use anyhow::Context as _;
use engine::command::Failure;
use model::Value;
use rehearsal::Scripts;
use rehearsal::scripts::Ran;
use runtime::script::{DEFAULT_DEADLINE, Pool, PoolConfig};
use tokio::runtime::Handle;

/// One child process, started by the first script.
pub(super) struct Host {
    pool: Pool,
}

impl Host {
    pub(super) fn new() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program")?;
        let mut config = PoolConfig::new(program, &["script-host"]);
        config.max_children = 1;
        Ok(Self { pool: Pool::new(config) })
    }
}

impl Scripts for Host {
    fn run(&mut self, source: &str, scope: &Value, timeout: Option<Duration>) -> Result<Ran, Failure> {
        let run = self.pool.run(source, scope, timeout.unwrap_or(DEFAULT_DEADLINE));
        // A rehearsal is one thing after the other; the thread waits for its script.
        let outcome = tokio::task::block_in_place(|| Handle::current().block_on(run));
        match outcome {
            Ok(outcome) => Ok(Ran { value: outcome.value, vars: outcome.vars }),
            Err(error) => Err(Failure {
                code: error.code().into(),
                message: error.to_string(),
                retryable: error.retryable(),
                retry_after_ms: None,
            }),
        }
    }
}
