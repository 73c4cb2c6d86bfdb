//! The store's suite. Every test runs on SQLite and on PostgreSQL, unless it is about one of them.

mod audit;
mod cluster;
mod component;
mod damaged;
mod failure;
mod fixture;
mod group;
mod idempotency;
mod inbox;
mod ingest;
mod instance;
mod migration;
mod object;
mod playbook;
mod proxy;
mod root;
mod rows;
mod task;
mod text;
mod turn;
mod version;
mod workflow;
mod workspace;

/// Makes two tests of each function: one on a fresh SQLite file, one on a fresh PostgreSQL database.
macro_rules! on_both {
    ($(async fn $name:ident($store:ident: Store) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run($store: crate::fixture::Store) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(crate::fixture::Store::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(store) = crate::fixture::Store::postgres().await {
                    run(store).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both;
