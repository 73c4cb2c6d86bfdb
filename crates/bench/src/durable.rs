//! Our own durable ceiling: the least that a request can cost which commits one row. HTTP, JSON in and out, one insert
//! for each group of requests that wait, SQLite with a write-ahead log and every commit synced.

use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr as _;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Rows that one commit takes at most.
const GROUP: usize = 512;

/// What a client sends; the field names are those of the program that is used where it is at hand.
#[derive(Deserialize)]
struct RowIn {
    n: i64,
    host: String,
}

#[derive(Serialize)]
struct RowOut {
    result: i64,
    host: String,
}

struct Job {
    row: String,
    done: oneshot::Sender<()>,
}

/// Serves `POST /commit` until it is killed.
pub(crate) async fn serve(listen: SocketAddr, file: &Path) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::from_str("sqlite:")?
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        .execute(&mut connection)
        .await?;
    let (jobs, waiting) = mpsc::channel(4096);
    let router = Router::new().route("/commit", post(commit)).with_state(jobs);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    tokio::select! {
        ended = tokio::spawn(write(connection, waiting)) => ended?.context("cannot write"),
        ended = axum::serve(listener, router).into_future() => ended.context("cannot serve"),
    }
}

async fn commit(State(jobs): State<mpsc::Sender<Job>>, Json(row): Json<RowIn>) -> Result<Json<RowOut>, StatusCode> {
    let (done, committed) = oneshot::channel();
    let job = Job { row: row.host.clone(), done };
    jobs.send(job).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    committed.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Json(RowOut { result: row.n, host: row.host }))
}

async fn write(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) -> anyhow::Result<()> {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        // The clients that the last commit has answered are about to send again.
        tokio::task::yield_now().await;
        while group.len() < GROUP
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        let rows: Vec<&str> = group.iter().map(|job| job.row.as_str()).collect();
        let rows = serde_json::to_string(&rows)?;
        let mut transaction = connection.begin().await?;
        sqlx::query("INSERT INTO event (body) SELECT value FROM json_each($1)")
            .bind(rows)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        for job in group.drain(..) {
            // The client may have gone away.
            let _ = job.done.send(());
        }
    }
    Ok(())
}
