//! Damaged instances are put aside, where operators see them; everything else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::{IdSource, InstanceId};
use store::db::Dialect;
use testkit::process::{Process, Service, User};
use testkit::runtime::{Storage, until};
use testkit::sink::Reaction;
use uuid::Uuid;

use crate::{json, on_both};

fn process() -> Process {
    Process::new("p").start("s").user("one", User::default()).user("two", User::default()).end("e").path("s one two e")
}

fn literal(storage: &Storage, id: Uuid) -> String {
    match storage.dialect() {
        Dialect::Sqlite => format!("x'{}'", id.simple()),
        Dialect::Postgres => format!("'{id}'"),
    }
}

/// Damages the storage of one of two instances and answers both.
async fn check(storage: &Storage, damage: impl Fn(String) -> String, problem: &str) {
    let node = storage.open().await;
    let workflow = node.deploy(&format!("workflow {}", storage.ids.next()), &process()).await;
    let (broken, sound) = (node.start(&workflow).await.instance, node.start(&workflow).await.instance);
    for root in [broken, sound] {
        let tasks = node.open_tasks().await;
        let task = tasks.iter().find(|task| task.root_id == Some(root)).expect("it asks");
        assert!(node.answer(task, json("{}")).await);
        until("the second question", || async { node.journal(root).await.len() == 2 }).await;
    }
    node.stop(Duration::ZERO).await;
    storage.execute(&damage(literal(storage, broken.0))).await;

    let node = storage.open().await;
    for task in node.open_tasks().await {
        if [Some(broken), Some(sound)].contains(&task.root_id) {
            assert!(node.answer(&task, json("{}")).await);
        }
    }
    node.until_status(sound, "FINISHED").await;
    node.assert_settled(sound).await;
    let found = || async { node.root(broken).await.expect("it stays") };
    until("it is put aside", || async { !found().await.problem.is_empty() }).await;
    let row = found().await;
    assert!(row.problem.contains(problem), "{}", row.problem);
    assert_eq!((row.owner_id, row.due_at), (None, None));
    assert_eq!(node.status(broken).await, "FAILED", "users see that it does not go on");
    node.until_idle().await;
    // It is not tried again and again.
    node.wake.push(&[broken]);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(found().await, row);
    node.stop(Duration::ZERO).await;
}

on_both! {
    async fn a_turn_that_cannot_be_read_puts_its_instance_aside(storage: Storage) {
        let damage = |root| format!("UPDATE journal SET body = '{{' WHERE root_id = {root} AND seq = 2");
        check(&storage, damage, "turn 2 is missing or is not as it was written").await;
    }

    async fn a_turn_that_was_changed_puts_its_instance_aside(storage: Storage) {
        let damage = |root| {
            format!("UPDATE journal SET body = replace(body, '\"user\"', '\"User\"'), at = at + 1 WHERE root_id = {root}")
        };
        check(&storage, damage, "turn 1 is missing or is not as it was written").await;
    }

    async fn a_turn_that_is_missing_puts_its_instance_aside(storage: Storage) {
        let damage = |root| format!("DELETE FROM journal WHERE root_id = {root} AND seq = 2");
        check(&storage, damage, "turn 2 is missing").await;
    }

    async fn a_command_that_cannot_be_read_puts_its_instance_aside(storage: Storage) {
        let damage = |root| {
            format!("INSERT INTO inbox (root_id, seq, command) VALUES ({root}, 2, 'nonsense'); \
                     UPDATE root SET inbox_seq = 2, due_at = 0 WHERE id = {root}")
        };
        check(&storage, damage, "the stored command cannot be read").await;
    }

    async fn what_a_newer_release_has_written_is_not_touched(storage: Storage) {
        let damage = |root| {
            format!("INSERT INTO snapshot (root_id, seq, body) VALUES ({root}, 2, '{{\"v\":99,\"body\":null}}')")
        };
        check(&storage, damage, "has format 99").await;
    }

    async fn a_definition_that_is_gone_puts_its_instance_aside(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&process()).await.instance;
        let task = node.open_tasks().await.remove(0);
        node.stop(Duration::ZERO).await;
        storage.execute("DELETE FROM definition").await;
        let node = storage.open().await;
        assert!(node.answer(&task, json("{}")).await);
        until("it is put aside", || async { !node.root(root).await.expect("it stays").problem.is_empty() }).await;
    }

    async fn a_defect_of_the_server_puts_its_instance_aside(storage: Storage) {
        let ids = Arc::new(Faulty { ids: Arc::clone(&storage.ids), broken: AtomicBool::new(false) });
        let given: Arc<dyn IdSource> = ids.clone();
        let node = storage.open_with(|settings| settings.ids = Some(given)).await;
        storage.sink.plan(|_| Reaction::Held(json("{}")));
        let asks = Process::new("p")
            .start("s")
            .service("call", Service::default())
            .user("ask", User::default())
            .end("e")
            .path("s call ask e");
        let calls = Process::new("p").start("s").service("call", Service::default()).end("e").path("s call e");
        let (broken, sound) = (node.run(&asks).await.instance, node.run(&calls).await.instance);
        until("both call", || async { storage.sink.open() == 2 }).await;
        ids.broken.store(true, Ordering::Release);
        storage.sink.release(2);
        node.until_status(sound, "FINISHED").await;
        until("it is put aside", || async { !node.root(broken).await.expect("it stays").problem.is_empty() }).await;
        assert_eq!(node.root(broken).await.expect("it stays").problem, "a defect: no more ids");
        ids.broken.store(false, Ordering::Release);
        let next: InstanceId = node.run(&calls).await.instance;
        storage.sink.release(1);
        node.until_status(next, "FINISHED").await;
        node.until_idle().await;
    }
}

/// Ids that can run out.
struct Faulty {
    ids: Arc<testkit::ids::CountedIds>,
    broken: AtomicBool,
}

impl IdSource for Faulty {
    fn next(&self) -> Uuid {
        assert!(!self.broken.load(Ordering::Acquire), "no more ids");
        self.ids.next()
    }
}
