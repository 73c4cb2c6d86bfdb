//! The composition root: reads the configuration, puts the parts together, runs the subcommands.

mod cmd;
mod config;
mod lock;
mod metrics;
mod telemetry;

use std::process::ExitCode;

use clap::Parser as _;

use crate::config::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The script host is another program that happens to live in the same file: it must stay small and does no async.
    if let Command::ScriptHost = cli.command {
        return runtime::script::child_main();
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = tokio.map_err(anyhow::Error::from).and_then(|tokio| {
        tokio.block_on(async {
            match cli.command {
                Command::Serve(args) => cmd::serve::run(*args).await?,
                Command::Audit(args) => cmd::audit::run(args).await?,
                Command::User(args) => cmd::user::run(args).await?,
                Command::Key(args) => cmd::key::run(args).await?,
                Command::Openapi => cmd::openapi::run()?,
                // What a rehearsal comes to is told by the exit code.
                Command::Workflow(args) => return Ok(cmd::workflow::run(args)),
                Command::ScriptHost => {}
            }
            Ok(ExitCode::SUCCESS)
        })
    });
    match result {
        Ok(code) => code,
        Err(error) => {
            // One line: what failed, and why.
            cmd::print_error(&format!("muster: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
