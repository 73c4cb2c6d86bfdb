//! Crashes: whatever turn a process dies behind, the run comes to the same end.

use std::collections::BTreeMap;
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
    let element = element_of(&request.key);
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
fn samples(fits: fn(&Sample) -> bool) -> impl Iterator<Item = Sample> {
    let mut runner = TestRunner::deterministic();
    let all = std::iter::repeat_with(move || processes().new_tree(&mut runner).expect("a sample").current());
    all.filter(move |sample| {
        let texts: String = sample.children.iter().chain([&sample.root]).map(|process| process.xml()).collect();
        texts.matches("<serviceTask").count() >= 2 && !texts.contains("javascript") && fits(sample)
    })
}

/// Trials of random processes that take so many turns, each with what it comes to without a crash.
fn trials(storage: &Storage, fits: fn(&Sample) -> bool, turns: usize) -> impl Iterator<Item = (Trial<'_>, Told)> {
    let all = samples(fits).enumerate().map(move |(number, sample)| {
        let trial = Trial::new(storage, sample, number);
        let told = trial.run([].into_iter(), Duration::ZERO);
        (trial, told)
    });
    all.filter(move |(_, told)| told.turns >= turns)
}

struct Trial<'a> {
    storage: &'a Storage,
    workflow: Workflow,
    sample: Sample,
}

impl<'a> Trial<'a> {
    fn new(storage: &'a Storage, sample: Sample, number: usize) -> Self {
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
        Self { storage, workflow, sample }
    }

    /// A run with a crash behind each of these numbers of further turns; `linger` lets what is in flight get further
    /// before the end of such a life.
    fn run(&self, crashes: impl Iterator<Item = i64>, linger: Duration) -> Told {
        let storage = self.storage;
        let mut crashes = crashes;
        // The caller chooses the id once.
        let mut run = None;
        let (done_before, asked_before) = (storage.sink.done().len(), storage.sink.requests().len());
        let mut killed = 0;
        loop {
            let life = Life::begin();
            let crash = crashes.next();
            let (node, ended) = life.block_on(async {
                storage.crash_after(crash.unwrap_or(1_000_000)).await;
                let node = storage.open().await;
                let run = run.get_or_insert_with(|| node.start_of(&self.workflow).run).clone();
                let start = || Start { run: run.clone(), ..node.start_of(&self.workflow) };
                play(&node, &start, if crash.is_some() { Until::Crash } else { Until::End }).await;
                tokio::time::sleep(linger).await;
                let mut conn = node.db.read().await.expect("a connection");
                let found = store::instance::get(&mut conn, storage.tenant, run.id).await.expect("reads");
                let ended = found.is_some_and(|run| run.end_time.is_some());
                (node, ended)
            });
            if !ended {
                life.kill(node);
                killed += 1;
                continue;
            }
            let root = run.as_ref().expect("started").id;
            let (events, turns) = life.block_on(async {
                storage.mend().await;
                let events = node.assert_settled(root).await;
                let turns = node.journal(root).await.len();
                node.until_idle().await;
                node.stop(Duration::ZERO).await;
                (events, turns)
            });
            let done: Vec<_> = storage.sink.done().split_off(done_before);
            let done: BTreeMap<u64, Value> = done.into_iter().map(|(key, value)| (element_of(&key), value)).collect();
            check_results(&events, &done);
            let repeated = storage.sink.requests().split_off(asked_before).iter().any(|request| request.before > 0);
            return Told { story: story(&events), turns, killed, done, repeated };
        }
    }
}

/// What a run has come to.
struct Told {
    story: Vec<String>,
    turns: usize,
    killed: usize,
    /// What was done outside, by element.
    done: BTreeMap<u64, Value>,
    /// Whether any effect was asked for more than once.
    repeated: bool,
}

/// Every effect whose node is complete was done, and its result is the one in the journal.
fn check_results(events: &[Event], done: &BTreeMap<u64, Value>) {
    for event in events {
        if let Event::Completed { no, output, .. } = event
            && let Some(result) = done.get(&no.0)
        {
            assert_eq!(output, result, "the result of element {}", no.0);
        }
    }
}

/// The element that a key was made for.
fn element_of(key: &str) -> u64 {
    key.rsplit('-').nth(1).and_then(|no| no.parse().ok()).expect("a key names its element")
}

/// The points to try: all, or a part that has the first and the last ones.
fn points(turns: usize) -> Vec<i64> {
    let step = turns.div_ceil(POINTS).max(1);
    let mut points: Vec<i64> = (0..).take(turns).step_by(step).collect();
    points.extend(i64::try_from(turns).map(|turns| turns - 1));
    points.dedup();
    points
}

fn a_crash_behind_any_turn_changes_nothing(storage: &Storage) {
    Life::begin().block_on(storage.install_crash_point());
    let (mut stories, mut repeated) = (String::new(), false);
    for (trial, expected) in trials(storage, is_sequential, 6).take(6) {
        for (which, point) in points(expected.turns).into_iter().enumerate() {
            let told = trial.run([point].into_iter(), Duration::from_millis([0, 20][which % 2]));
            let what = format!("a crash behind turn {point} of\n{}", trial.sample.root.xml());
            assert_eq!(told.story, expected.story, "{what}");
            assert_eq!(told.done, expected.done, "{what}");
            assert_eq!(told.killed, 1, "{what}");
            repeated |= told.repeated;
        }
        stories += &expected.story.join("\n");
    }
    for what in ["task ", "timer ", "retry ", "faulted ", " by call", "terminated "] {
        assert!(stories.contains(what), "the samples have everything that matters: {what}\n{stories}");
    }
    assert!(repeated, "results were lost, and their effects asked for again");
}

fn a_crash_behind_every_turn_changes_nothing(storage: &Storage) {
    Life::begin().block_on(storage.install_crash_point());
    for (trial, expected) in trials(storage, is_sequential, 8).take(3) {
        let crashes = expected.turns.min(15);
        let told = trial.run(std::iter::repeat_n(1, crashes), Duration::ZERO);
        let what = format!("crashes behind every turn of\n{}", trial.sample.root.xml());
        assert_eq!(told.story, expected.story, "{what}");
        assert_eq!(told.done, expected.done, "{what}");
        assert!(told.killed + 1 >= crashes, "{} of {crashes} crashes: {what}", told.killed);
    }
}

/// Where branches run side by side, their order may differ from life to life; what must hold at the end does not.
fn parallel_runs_end_whenever_they_crash(storage: &Storage) {
    Life::begin().block_on(storage.install_crash_point());
    for (trial, expected) in trials(storage, |sample| !is_sequential(sample), 6).take(4) {
        for point in points(expected.turns).into_iter().step_by(2) {
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
