//! Databases that are locked, full or gone.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use store::turn::{Next, TurnOutcome};
use store::{Db, Error, root, workflow};
use tokio::sync::mpsc;

use crate::fixture::{Node, Store, tenant};
use crate::proxy::Proxy;
use crate::rows::{self, Run, act};

async fn insert(node: &Node, name: &str) -> Result<(), Error> {
    let row = rows::workflow(tenant(), name);
    node.writer
        .write(move |tx| {
            Box::pin(async move {
                workflow::insert(tx, &row).await?;
                tx.audit(act("workflow.create", &row.name));
                Ok(())
            })
        })
        .await
}

/// Holds the write lock of a SQLite file, as another process might.
async fn lock(store: &Store) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(store.file());
    let mut conn = SqliteConnection::connect_with(&options).await.expect("connects");
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut conn).await.expect("locks");
    conn
}

#[tokio::test]
async fn a_write_waits_while_another_process_holds_the_file() {
    let store = Store::sqlite().await;
    let node = store.node().await;
    let mut other = lock(&store).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("unlocks");
    };
    let started = Instant::now();
    let (written, ()) = tokio::join!(insert(&node, "patient"), release);
    written.expect("writes once the file is free");
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_file_that_stays_locked_gives_unavailable_and_reads_go_on() {
    let store = Store::sqlite().await;
    let node = store.node().await;
    insert(&node, "before").await.expect("writes");
    let other = lock(&store).await;
    let (refused, turn, count) =
        tokio::join!(insert(&node, "refused"), node.writer.commit_turn(Run::new(tenant()).turn(Next::Ended)), async {
            store.count("workflow").await
        });
    // Which of the two shared the group that failed depends on when they queued.
    for refused in [refused, turn.map(drop)] {
        assert!(matches!(refused, Err(Error::Unavailable(_) | Error::Closed)), "{refused:?}");
    }
    assert_eq!(count, 1);
    other.close().await.expect("closes");
    insert(&node, "after").await.expect("the lane lives on");
    assert_eq!(store.count("workflow").await, 2);
    assert_eq!(crate::audit::verified(&store).await.len(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("muster.db");
    std::fs::write(&file, "this is not a database, however long it may be".repeat(100)).expect("writes");
    assert!(Db::open_sqlite(&file).await.is_err());
    assert!(Db::open_sqlite(&directory.path().join("no/such/folder/muster.db")).await.is_err());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_as_unavailable() {
    for url in ["postgres://postgres@127.0.0.1:1/muster", "postgres://postgres@localhost/muster?host=/nowhere"] {
        let refused = Db::open_postgres(url).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }
}

/// Set for the process that [`a_full_disk_fails_writes_and_loses_none_that_was_acknowledged`] starts.
const FULL_DISK: &str = "MUSTER_TEST_FULL_DISK";

/// The inner half of the test below, which does nothing outside the process that it starts: that process may write no
/// file beyond a few megabytes.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "how the outer half of the test tells where to write")]
async fn write_until_the_disk_is_full() {
    let Ok(directory) = std::env::var(FULL_DISK) else { return };
    let directory = std::path::PathBuf::from(directory);
    let db = Db::open_sqlite(&directory.join("muster.db")).await.expect("opens");
    store::migrate::migrate(&db).await.expect("migrates");
    let node = Node::start(&db).await;
    let mut acknowledged = 0;
    let error = loop {
        let mut turn = Run::new(tenant()).turn(Next::Ended);
        turn.body = "x".repeat(100_000);
        turn.audit = vec![act("instance.create", "one")];
        match node.writer.commit_turn(turn).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
        assert!(acknowledged < 1000, "the disk does not fill up");
    };
    assert!(matches!(error, Error::Unavailable(_) | Error::CommitUnknown(_)), "{error:?}");
    let refused = insert(&node, "refused").await;
    if let Err(error) = &refused {
        assert!(matches!(error, Error::Unavailable(_) | Error::CommitUnknown(_)), "{error:?}");
    }
    std::fs::write(directory.join("acknowledged"), acknowledged.to_string()).expect("a small file fits");
}

#[tokio::test]
async fn a_full_disk_fails_writes_and_loses_none_that_was_acknowledged() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let status = Command::new("sh")
        // Ignored, the signal becomes an error of the write.
        .args(["-c", r#"trap '' XFSZ; ulimit -f 8192; exec "$@""#, "sh"])
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", "failure::write_until_the_disk_is_full"])
        .env(FULL_DISK, directory.path())
        .output()
        .expect("a shell can be started");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    let acknowledged =
        std::fs::read_to_string(directory.path().join("acknowledged")).expect("the process came that far");
    let acknowledged: i64 = acknowledged.parse().expect("a number");
    assert!(acknowledged > 0);

    let db = Db::open_sqlite(&directory.path().join("muster.db")).await.expect("opens again");
    let node = Node::start(&db).await;
    let pool = sqlx::SqlitePool::connect_with(SqliteConnectOptions::new().filename(directory.path().join("muster.db")))
        .await
        .expect("connects");
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM journal").fetch_one(&pool).await.expect("counts");
    assert!(found >= acknowledged, "{acknowledged} turns were acknowledged, {found} are there");
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.expect("checks");
    assert_eq!(sound, "ok");
    insert(&node, "after").await.expect("there is room again");
}

const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_lost_between_groups_is_replaced_unnoticed() {
    let Some(store) = Store::postgres().await else { return };
    let node = store.node().await;
    let mut run = Run::new(tenant());
    for round in 0..3 {
        // Every lane has a connection to lose.
        for number in 0..6 {
            insert(&node, &format!("workflow {round}/{number}")).await.expect("writes");
        }
        assert_eq!(node.turn(run.turn(Next::Owned { due_at: None })).await, TurnOutcome::Committed);
        store.meddle(TERMINATE).await;
    }
    assert_eq!(store.count("workflow").await, 18);
    assert_eq!(crate::audit::verified(&store).await.len(), 18);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_lost_in_a_write_fails_it_and_the_next_one_works() {
    let Some(store) = Store::postgres().await else { return };
    let node = store.node().await;
    for round in 0..8 {
        let (inside, mut entered) = mpsc::channel(1);
        let (killed, mut go_on) = mpsc::channel::<()>(1);
        let (first, second) = (rows::workflow(tenant(), "first"), rows::workflow(tenant(), "second"));
        let writing = node.writer.write::<(), Error, _>(move |tx| {
            Box::pin(async move {
                workflow::insert(tx, &first).await?;
                inside.send(()).await.expect("the test waits");
                go_on.recv().await;
                workflow::insert(tx, &second).await
            })
        });
        let killing = async {
            entered.recv().await.expect("the write is under way");
            store.meddle(TERMINATE).await;
            killed.send(()).await.expect("the write waits");
        };
        let (written, ()) = tokio::join!(writing, killing);
        assert!(matches!(written, Err(Error::Unavailable(_))), "{written:?}");
        insert(&node, &format!("after {round}")).await.expect("writes");
    }
    assert_eq!(store.count("workflow").await, 8);
    assert_eq!(crate::audit::verified(&store).await.len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_whose_commit_was_not_answered_is_looked_up() {
    let Some(store) = Store::postgres().await else { return };
    let proxy = Proxy::start(store.url()).await;
    let node = Node::start(&Db::open_postgres(&proxy.url).await.expect("connects")).await;
    let mut run = Run::new(tenant());
    for round in 1..4 {
        let mut turn = run.turn(Next::Owned { due_at: None });
        turn.audit = vec![act("instance.retry", "one")];
        proxy.armed.store(true, Ordering::Release);
        assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
        assert!(!proxy.armed.load(Ordering::Acquire), "the proxy saw no commit");
        // The lane of the audit rows goes on where the lost commit left it.
        let mut turn = run.turn(Next::Owned { due_at: None });
        turn.audit = vec![act("instance.retry", "one")];
        assert_eq!(node.turn(turn).await, TurnOutcome::Committed);
        assert_eq!(root::list_journal(&mut store.read().await, run.root, 0).await.expect("reads").len(), round * 2);
    }
    assert_eq!(crate::audit::verified(&store).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_commit_was_not_answered_says_so() {
    let Some(store) = Store::postgres().await else { return };
    let proxy = Proxy::start(store.url()).await;
    let node = Node::start(&Db::open_postgres(&proxy.url).await.expect("connects")).await;
    proxy.armed.store(true, Ordering::Release);
    let unknown = insert(&node, "perhaps").await;
    assert!(matches!(unknown, Err(Error::CommitUnknown(_))), "{unknown:?}");
    for number in 0..12 {
        insert(&node, &format!("workflow {number}")).await.expect("every lane writes on");
    }
    assert_eq!(crate::audit::verified(&store).await.len(), 13);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_the_work_overlooks_is_not_taken_for_a_commit() {
    let Some(store) = Store::postgres().await else { return };
    let node = store.node().await;
    let tenant = tenant();
    let (row, twin) = (rows::workflow(tenant, "one name"), rows::workflow(tenant, "one name"));
    let written: Result<(), Error> = node
        .writer
        .write(move |tx| {
            Box::pin(async move {
                workflow::insert(tx, &row).await?;
                // PostgreSQL gives the transaction up here.
                let _ = workflow::insert(tx, &twin).await;
                Ok(())
            })
        })
        .await;
    assert!(written.is_err());
    assert_eq!(store.count("workflow").await, 0);
}
