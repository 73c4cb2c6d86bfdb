//! What operators can count.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use testkit::process::{Process, Service};
use testkit::sink::Reaction;

use crate::{json, on_both};

/// Counts for the whole test process, in which other tests run as well.
#[derive(Clone, Default)]
struct Counts {
    counters: Arc<Mutex<HashMap<String, Arc<AtomicU64>>>>,
}

impl Counts {
    fn installed() -> &'static Self {
        static COUNTS: OnceLock<Counts> = OnceLock::new();
        COUNTS.get_or_init(|| {
            let counts = Counts::default();
            assert!(metrics::set_global_recorder(counts.clone()).is_ok(), "nobody else installs one");
            counts
        })
    }

    fn cell(&self, key: &Key) -> Arc<AtomicU64> {
        let mut name = key.name().to_owned();
        for label in key.labels() {
            name += &format!(" {}={}", label.key(), label.value());
        }
        Arc::clone(self.counters.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default())
    }

    fn get(&self, name: &str) -> u64 {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.get(name).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(key))
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

on_both! {
    async fn turns_effects_and_claims_are_counted(storage: Storage) {
        let counts = Counts::installed();
        let names = [
            "muster_turns_total outcome=committed",
            "muster_effects_total component=Test outcome=ok",
            "muster_effects_total component=Test outcome=failed",
            "muster_claims_total reason=woken",
            "muster_claims_total reason=due",
        ];
        let before = names.map(|name| counts.get(name));
        let node = storage.open().await;
        storage.sink.plan(|request| match request.before {
            0 => Reaction::Fail(plugin::ActionError::permanent("Test.No", "no")),
            _ => Reaction::Answer(json("{}")),
        });
        let process = Process::new("p")
            .start("s")
            .service("call", Service::default())
            .timer("wait", "PT1H")
            .end("e")
            .path("s call wait e");
        let root = node.run(&process).await.instance;
        node.until_status(root, "FAILED").await;
        assert!(node.send(root, &engine::Command::Retry { node: None, input: None }).await);
        testkit::runtime::until("it waits", || async { storage.sink.done().len() == 1 }).await;
        node.until_idle().await;
        node.advance(Duration::from_secs(3600), &[]);
        node.until_status(root, "FINISHED").await;
        for (name, before) in names.into_iter().zip(before) {
            assert!(counts.get(name) > before, "{name} has grown");
        }
    }
}
