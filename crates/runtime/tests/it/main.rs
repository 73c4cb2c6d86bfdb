//! The runtime's suite. Every test runs on SQLite and on PostgreSQL, unless it is about one of them.

mod big;
mod calls;
mod cluster;
mod crash;
mod damage;
mod effects;
mod first_turn;
mod memory;
mod metrics;
mod stop;
mod storage_failure;
mod tasks;
mod timers;

use model::Value;

/// Makes two tests of each function: one on a fresh SQLite file, one on a fresh PostgreSQL database.
macro_rules! on_both {
    ($(async fn $name:ident($storage:ident: Storage) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn run($storage: testkit::runtime::Storage) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(testkit::runtime::Storage::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(storage) = testkit::runtime::Storage::postgres().await {
                    run(storage).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both;

pub(crate) fn json(text: &str) -> Value {
    Value::from_json(text).expect("JSON in a test")
}
