use std::collections::BTreeSet;

use store::{Error, migrate};

use crate::fixture::Store;
use crate::on_both;

on_both! {
    async fn migrating_again_changes_nothing(store: Store) {
        let before = store.count("schema_migration").await;
        assert!(before > 0);
        migrate::migrate(&store.db).await.expect("migrates again");
        migrate::migrate(&store.reopen().await).await.expect("another process migrates as well");
        assert_eq!(store.count("schema_migration").await, before);
    }

    async fn a_changed_migration_is_refused(store: Store) {
        let ruin = if store.is_sqlite() {
            "UPDATE schema_migration SET checksum = x'00' WHERE version = 2"
        } else {
            "UPDATE schema_migration SET checksum = '\\x00' WHERE version = 2"
        };
        store.meddle(ruin).await;
        let refused = migrate::migrate(&store.db).await;
        assert!(matches!(refused, Err(Error::ChangedMigration(2))), "{refused:?}");
    }

    async fn a_schema_of_a_newer_release_is_refused(store: Store) {
        let add = if store.is_sqlite() {
            "INSERT INTO schema_migration (version, checksum) VALUES (9999, x'00')"
        } else {
            "INSERT INTO schema_migration (version, checksum) VALUES (9999, '\\x00')"
        };
        store.meddle(add).await;
        let refused = migrate::migrate(&store.db).await;
        assert!(matches!(refused, Err(Error::NewerSchema { found: 9999, .. })), "{refused:?}");
    }

    async fn a_failed_migration_leaves_nothing_and_can_be_repeated(store: Store) {
        // The last migration is undone but for one table that is in its way.
        store.meddle("DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)").await;
        let applied = store.count("schema_migration").await;
        let refused = migrate::migrate(&store.db).await;
        assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
        assert_eq!(store.count("schema_migration").await, applied);
    }
}

async fn migrate_at_once(store: &Store) {
    let mut nodes = Vec::new();
    for _ in 0..4 {
        let db = store.reopen().await;
        nodes.push(tokio::spawn(async move { migrate::migrate(&db).await }));
    }
    for node in nodes {
        node.await.expect("no panic").expect("every node finds the schema in place");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_migrate_at_once_take_turns_on_sqlite() {
    migrate_at_once(&Store::empty_sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_migrate_at_once_take_turns_on_postgres() {
    if let Some(store) = Store::empty_postgres().await {
        migrate_at_once(&store).await;
    }
}

/// (table, column, may be null)
type Columns = BTreeSet<(String, String, bool)>;

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let Some(server) = Store::postgres().await else { return };
    let file = Store::sqlite().await;

    let sqlite = sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(file.file()))
        .await
        .expect("connects");
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT m.name, p.name, p.\"notnull\" FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table'",
    )
    .fetch_all(&sqlite)
    .await
    .expect("SQLite describes itself");
    let on_sqlite: Columns = rows.into_iter().map(|(table, column, not_null)| (table, column, not_null == 0)).collect();
    let indexes_on_sqlite: Vec<(String, String)> = sqlx::query_as(
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY tbl_name, name",
    )
    .fetch_all(&sqlite)
    .await
    .expect("SQLite describes itself");

    let postgres = sqlx::PgPool::connect(server.url()).await.expect("connects");
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, is_nullable::text FROM information_schema.columns \
         WHERE table_schema = 'public'",
    )
    .fetch_all(&postgres)
    .await
    .expect("PostgreSQL describes itself");
    let on_postgres: Columns = rows.into_iter().map(|(table, column, null)| (table, column, null == "YES")).collect();
    let indexes_on_postgres: Vec<(String, String)> = sqlx::query_as(
        "SELECT tablename::text, indexname::text FROM pg_indexes WHERE schemaname = 'public' \
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname) \
         ORDER BY tablename::text COLLATE \"C\", indexname::text COLLATE \"C\"",
    )
    .fetch_all(&postgres)
    .await
    .expect("PostgreSQL describes itself");

    assert!(on_sqlite.len() > 100, "{on_sqlite:?}");
    assert_eq!(on_sqlite, on_postgres);
    assert_eq!(indexes_on_sqlite, indexes_on_postgres);
}
