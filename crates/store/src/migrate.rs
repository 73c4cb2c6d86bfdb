//! Forward-only migrations. One text serves both databases: `{uuid}`, `{int}`, `{bytes}`, `{bool}` stand for column
//! types and `{strict}`, `{clustered}` for table options. A released file is never edited; its checksum is checked.

use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use crate::Error;
use crate::db::{Conn, Db, Dialect, Inner};

macro_rules! migrations {
    ($($version:literal => $file:literal,)*) => {
        &[$(($version, include_str!(concat!("../migrations/", $file)))),*]
    };
}

const MIGRATIONS: &[(i64, &str)] = migrations! {
    1 => "0001_identity.sql",
    2 => "0002_workspace.sql",
    3 => "0003_workflow.sql",
    4 => "0004_instance.sql",
    5 => "0005_audit.sql",
    6 => "0006_object.sql",
    7 => "0007_playbook.sql",
    8 => "0008_component_template.sql",
    9 => "0009_record_effect.sql",
    10 => "0010_class_settings.sql",
    11 => "0011_dead_letter_order.sql",
    12 => "0012_object_count.sql",
};

/// Brings the database to this release's schema. Safe to run on several nodes at once.
pub async fn migrate(db: &Db) -> Result<(), Error> {
    let mut conn = db.write().await?;
    conn.begin().await?;
    let done = apply_missing(&mut conn).await;
    match done {
        Ok(()) => conn.batch("COMMIT").await,
        Err(error) => {
            conn.discard();
            Err(error)
        }
    }
}

/// Waits for other nodes that migrate, and makes the table of what was applied. The lock comes first: even two
/// `CREATE TABLE IF NOT EXISTS` at once can fail on PostgreSQL. SQLite's transaction is a lock by itself.
fn prepare(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER NOT NULL PRIMARY KEY, checksum BLOB NOT NULL) STRICT"
        }
        Dialect::Postgres => {
            "SELECT pg_advisory_xact_lock(7885631562835126885); \
             CREATE TABLE IF NOT EXISTS schema_migration (version bigint NOT NULL PRIMARY KEY, checksum bytea NOT NULL)"
        }
    }
}

async fn apply_missing(conn: &mut Conn) -> Result<(), Error> {
    conn.batch(prepare(conn.dialect())).await?;
    let applied =
        fetch!(conn, fetch_all, (i64, Vec<u8>), "SELECT version, checksum FROM schema_migration ORDER BY version")?;
    let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    if let Some((found, _)) = applied.last().filter(|(version, _)| *version > known) {
        return Err(Error::NewerSchema { found: *found, known });
    }
    for (version, text) in MIGRATIONS {
        let checksum = Sha256::digest(text.as_bytes()).to_vec();
        match applied.iter().find(|(applied, _)| applied == version) {
            Some((_, found)) if *found == checksum => {}
            Some(_) => return Err(Error::ChangedMigration(*version)),
            None => {
                run(conn, render(text, conn.dialect())).await?;
                execute!(conn, "INSERT INTO schema_migration (version, checksum) VALUES ($1, $2)", *version, checksum)?;
            }
        }
    }
    Ok(())
}

async fn run(conn: &mut Conn, sql: String) -> Result<(), Error> {
    match &mut conn.inner {
        Inner::Sqlite(c) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **c).await.map(drop),
        Inner::Postgres(c) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **c).await.map(drop),
    }
    .map_err(Error::from)
}

fn render(text: &str, dialect: Dialect) -> String {
    let words = match dialect {
        Dialect::Sqlite => [
            ("{uuid}", "BLOB"),
            ("{int}", "INTEGER"),
            ("{bytes}", "BLOB"),
            ("{bool}", "INTEGER"),
            ("{text}", "TEXT"),
            ("{strict}", "STRICT"),
            ("{clustered}", "STRICT, WITHOUT ROWID"),
        ],
        Dialect::Postgres => [
            ("{uuid}", "uuid"),
            ("{int}", "bigint"),
            ("{bytes}", "bytea"),
            ("{bool}", "boolean"),
            ("{text}", "text COLLATE \"C\""),
            ("{strict}", ""),
            ("{clustered}", ""),
        ],
    };
    words.iter().fold(text.to_owned(), |text, (word, replacement)| text.replace(word, replacement))
}
