//! Crashes: whatever turn a process dies behind, the run comes to the same end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use engine::command::Answer;
use engine::trace::Trace;
use engine::{Command, Event};
use model::{Clock as _, InstanceId, Value};
use plugin::ActionError;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use runtime::{Start, codec};
use testkit::crash::Life;
use testkit::random::{CODES, Sample, processes};
use testkit::runtime::{Node, Storage, Workflow};
use testkit::sink::{Reaction, Request};

/// How often a person retries before giving up.
const RETRIES: i64 = 2;
/// Crash points of one sample, at most.
const POINTS: usize = 10;

pub(crate) fn sqlite() -> Storage {
    Life::begin().block_on(Storage::sqlite())
}

pub(crate) fn postgres() -> Option<Storage> {
    Life::begin().block_on(Storage::postgres())
}

/// What is done under a key depends on the element alone, so that it is the same in every life and in every run.
fn reaction(request: &Request) -> Reaction {
    let element = request.key.rsplit('-').nth(1).and_then(|no| no.parse::<u64>().ok()).expect("an element's number");
    let code = CODES[usize::try_from(element).expect("small") / 8 % CODES.len()];
    match element.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61 {
        0..=4 => Reaction::Answer(Value::int(i64::try_from(element).expect("small"))),
        5 | 6 => Reaction::Fail(ActionError::transient(code, "later")),
        _ => Reaction::Fail(ActionError::permanent(code, "no")),
    }
}

/// How far the people and the clock around a run go.
#[derive(Clone, Copy, PartialEq)]
enum Until {
    End,
    Crash,
}

/// Plays people and time for one run: answers, retries, gives up, lets time pass when nothing else can happen. Whatever
/// it does, it does again in the next life when it did not come through.
async fn play(node: &Node, start: &dyn Fn() -> Start, until: Until) {
    let storage = &node.storage;
    let begun = Instant::now();
    let root = start().run.id;
    loop {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run does not end");
        if until == Until::Crash && storage.turns_left().await == 0 {
            return;
        }
        let mut conn = node.db.read().await.expect("a connection");
        let run = store::instance::get(&mut conn, storage.tenant, root).await.expect("reads");
        drop(conn);
        let Some(run) = run else {
            // The caller has not been answered; the same start is tried again.
            let _ = node.runtime.start(start()).await;
            continue;
        };
        match run.status.as_str() {
            "FINISHED" | "TERMINATED" => return,
            "FAILED" if run.retry_count < RETRIES => {
                command(node, root, "RETRYING", 1, &Command::Retry { node: None, input: None }).await;
            }
            "FAILED" => command(node, root, "TERMINATING", 0, &Command::Terminate { reason: "hopeless".into() }).await,
            _ => {
                // First what is due, then the to-dos: none of them can be newer than the due time.
                let due = node.root(root).await.filter(|row| row.owner_id.is_none()).and_then(|row| row.due_at);
                let tasks = node.open_tasks().await;
                let tasks: Vec<_> = tasks.into_iter().filter(|task| task.root_id == Some(root)).collect();
                for task in &tasks {
                    let parameters = Value::object([("verdict", Value::string(&task.definition_key))]);
                    let _ = node.try_answer(task, Answer::Continue { parameters }).await;
                }
                if tasks.is_empty()
                    && let Some(due) = due
                    && due > storage.clock.now()
                {
                    storage.clock.advance_to(due);
                    node.wake.push(&[root]);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// As a caller does: the run is marked and gets its command in one transaction.
async fn command(node: &Node, root: InstanceId, status: &'static str, retries: i64, command: &Command) {
    let (tenant, text, at) = (node.storage.tenant, codec::encode_command(command), node.storage.clock.now());
    let written: Result<(), store::Error> = node
        .writer
        .write(move |tx| {
            Box::pin(async move {
                if store::instance::mark(tx, tenant, root, ["FAILED", "FAILED"], status, retries, at).await? {
                    store::root::push_inbox(tx, root, &text, None).await?;
                }
                Ok(())
            })
        })
        .await;
    // What did not come through is tried again.
    drop(written);
}

/// A run's events without instants, ids and the marks of its own root.
fn story(events: &[Event]) -> Vec<String> {
    let lines = Trace::default().lines(events);
    let without_instant = |line: &str| {
        let words = line.split_whitespace().filter(|word| !(word.contains("T") && word.ends_with('Z')));
        words.collect::<Vec<_>>().join(" ")
    };
    lines.lines().map(without_instant).collect()
}

/// Whether everything in it happens one after the other, so that every run of it tells the same story.
fn is_sequential(sample: &Sample) -> bool {
    let parallel = ["parallelGateway", "inclusiveGateway", "terminateEventDefinition"];
    let all = sample.children.iter().chain([&sample.root]);
    all.map(|process| process.xml()).all(|xml| parallel.iter().all(|word| !xml.contains(word)))
}

/// Random processes without JavaScript, which needs the server's own binary.
fn samples(fits: fn(&Sample) -> bool, count: usize) -> Vec<Sample> {
    let mut runner = TestRunner::deterministic();
    let mut samples = Vec::new();
    while samples.len() < count {
        let sample = processes().new_tree(&mut runner).expect("a sample").current();
        let texts: String = sample.children.iter().chain([&sample.root]).map(|process| process.xml()).collect();
        if texts.matches("<serviceTask").count() >= 2 && !texts.contains("javascript") && fits(&sample) {
            samples.push(sample);
        }
    }
    samples
}

struct Trial<'a> {
    storage: &'a Storage,
    workflow: Workflow,
}

impl<'a> Trial<'a> {
    fn new(storage: &'a Storage, sample: &Sample, number: usize) -> Self {
        storage.sink.plan(reaction);
        let life = Life::begin();
        let workflow = life.block_on(async {
            let node = storage.open().await;
            // The called processes of one sample must not be those of another.
            storage.execute(&format!("UPDATE workflow SET name = name || '-{number}'")).await;
            for child in &sample.children {
                let name = child.build().process_id.to_string();
                node.deploy(&name, child).await;
            }
            let workflow = node.deploy("root", &sample.root).await;
            node.stop(Duration::ZERO).await;
            workflow
        });
        Self { storage, workflow }
    }

    /// A run with a crash behind each of these numbers of further turns. Gives its story and its turns.
    fn run(&self, crashes: impl Iterator<Item = i64>, linger: Duration) -> (Vec<String>, usize) {
        let storage = self.storage;
        let mut started = None;
        let mut crashes = crashes;
        let done_before = storage.sink.done().len();
        loop {
            let life = Life::begin();
            let crash = crashes.next();
            let node = life.block_on(async {
                storage.crash_after(crash.unwrap_or(1_000_000)).await;
                let node = storage.open().await;
                // The caller chooses the id once.
                let run = started.get_or_insert_with(|| node.start_of(&self.workflow).run).clone();
                let start = || Start { run: run.clone(), ..node.start_of(&self.workflow) };
                play(&node, &start, if crash.is_some() { Until::Crash } else { Until::End }).await;
                // What is in flight gets further, or less far, before the end of this life.
                tokio::time::sleep(linger).await;
                node
            });
            let root = started.as_ref().expect("started").id;
            let ended = life.block_on(async {
                let mut conn = node.db.read().await.expect("a connection");
                let run = store::instance::get(&mut conn, storage.tenant, root).await.expect("reads");
                run.is_some_and(|run| run.end_time.is_some())
            });
            if !ended {
                life.kill(node);
                continue;
            }
            let result = life.block_on(async {
                storage.mend().await;
                let events = node.assert_settled(root).await;
                self.check_effects(&events, done_before);
                let turns = node.journal(root).await.len();
                node.until_idle().await;
                node.stop(Duration::ZERO).await;
                (story(&events), turns)
            });
            return result;
        }
    }

    /// Every effect that has ended was done once, and its result is the one in the journal.
    fn check_effects(&self, events: &[Event], done_before: usize) {
        let done: Vec<(String, Value)> = self.storage.sink.done().split_off(done_before);
        let keys: BTreeSet<&String> = done.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), done.len(), "a key was done twice");
        let mut results: BTreeMap<u64, Value> = BTreeMap::new();
        for (key, value) in done {
            let element = key.rsplit('-').nth(1).and_then(|no| no.parse().ok()).expect("an element's number");
            results.insert(element, value);
        }
        for event in events {
            if let Event::Completed { no, output, .. } = event
                && let Some(result) = results.get(&no.0)
            {
                assert_eq!(output, result, "the result of element {}", no.0);
            }
        }
    }
}

/// The points to try: all, or a part that has the first and the last ones.
fn points(turns: usize) -> Vec<i64> {
    let turns = i64::try_from(turns).expect("small");
    let step = usize::try_from(turns).expect("small").div_ceil(POINTS).max(1);
    let mut points: Vec<i64> = (0..=turns).step_by(step).collect();
    points.extend([turns - 1, turns]);
    points.sort_unstable();
    points.dedup();
    points
}

fn a_crash_behind_any_turn_changes_nothing(storage: &Storage) {
    Life::begin().block_on(storage.install_crash_point());
    for (number, sample) in samples(is_sequential, 4).iter().enumerate() {
        let trial = Trial::new(storage, sample, number);
        let (expected, turns) = trial.run([].into_iter(), Duration::ZERO);
        for (which, point) in points(turns).into_iter().enumerate() {
            let linger = Duration::from_millis([0, 20][which % 2]);
            let (story, _) = trial.run([point].into_iter(), linger);
            assert_eq!(story, expected, "a crash behind turn {point} of sample {number}\n{}", sample.root.xml());
        }
    }
}

fn a_crash_behind_every_turn_changes_nothing(storage: &Storage) {
    Life::begin().block_on(storage.install_crash_point());
    for (number, sample) in samples(is_sequential, 2).iter().enumerate() {
        let trial = Trial::new(storage, sample, number);
        let (expected, turns) = trial.run([].into_iter(), Duration::ZERO);
        let (story, _) = trial.run(std::iter::repeat_n(1, turns.min(15)), Duration::ZERO);
        assert_eq!(story, expected, "crashes behind every turn of sample {number}\n{}", sample.root.xml());
    }
}

fn parallel_runs_end_whenever_they_crash(storage: &Storage) {
    Life::begin().block_on(storage.install_crash_point());
    for (number, sample) in samples(|sample| !is_sequential(sample), 4).iter().enumerate() {
        let trial = Trial::new(storage, sample, number);
        let (_, turns) = trial.run([].into_iter(), Duration::ZERO);
        for point in points(turns).into_iter().step_by(3) {
            trial.run([point, 2].into_iter(), Duration::from_millis(5));
        }
    }
}

macro_rules! on_both {
    ($($name:ident)*) => {$(
        mod $name {
            use super::{postgres, sqlite};

            #[test]
            fn on_sqlite() {
                super::$name(&sqlite());
            }

            #[test]
            fn on_postgres() {
                if let Some(storage) = postgres() {
                    super::$name(&storage);
                }
            }
        }
    )*};
}

on_both! {
    a_crash_behind_any_turn_changes_nothing
    a_crash_behind_every_turn_changes_nothing
    parallel_runs_end_whenever_they_crash
}
