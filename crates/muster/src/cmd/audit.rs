//! `muster audit`: checks the audit record, with or without a running server.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use clap::Subcommand;
use runtime::vault::Vault;
use service::audit::verify;
use store::Db;

use super::print;

/// Works with the audit record.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every row and anchor. Reads the storage itself and changes nothing; a running server does not mind.
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// Folder of the embedded storage and the master key.
    #[arg(long, env = "MUSTER_DATA", default_value = "./muster-data")]
    data: PathBuf,
    /// PostgreSQL to read instead of the embedded storage.
    #[arg(long, env = "MUSTER_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// File of the master key [default: <data>/master.key].
    #[arg(long, env = "MUSTER_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
    /// Head that the server has logged, which must still be there: shows that the end was not cut off.
    #[arg(long)]
    expect: Option<String>,
}

/// Runs the subcommand; fails when the record is not whole.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let Action::Verify(args) = args.action;
    let key_file = args.master_key_file.unwrap_or_else(|| args.data.join("master.key"));
    let vault = Vault::load(&key_file)?;
    let db = match &args.database {
        // The URL may hold a password, so errors do not repeat it.
        Some(url) => Db::open_postgres(url).await.context("cannot reach the database")?,
        None => {
            let file = args.data.join("muster.db");
            if !file.exists() {
                bail!("there is no storage at {}", file.display());
            }
            Db::open_sqlite_read_only(&file)
        }
    };
    let report = verify(&db, vault.anchor_key(), args.expect.as_deref()).await;
    db.close().await;
    let report = report.context("cannot read the audit record")?;
    print(&format!("{} anchors, {} lanes, {} rows hold", report.anchors, report.lanes, report.rows));
    if let Some(head) = &report.head {
        print(&format!("head: {head}"));
    }
    match report.problem {
        Some(problem) => Err(anyhow!("the audit record is not whole: {problem}")),
        None => Ok(()),
    }
}
