//! Big instances: turns stop at their limit and go on, snapshots keep reading back cheap.

use std::time::Duration;

use engine::{Command, State};
use model::InstanceId;
use runtime::codec;
use testkit::crash::Life;
use testkit::process::{Process, Service, User};
use testkit::runtime::{Node, Storage, until};

use crate::{json, on_both};

/// A loop of three nodes, so many times.
fn counts(process: Process, times: u32) -> Process {
    process
        .exclusive("again")
        .set("count", "count", "vars.count == null ? 1 : vars.count + 1")
        .exclusive("enough")
        .path("again count enough")
        .flow_if("enough", "again", &format!("vars.count < {times}"))
}

/// Executes more than 10 000 nodes and then asks a person.
fn long() -> Process {
    counts(Process::new("p").start("s"), 3400)
        .user("ask", User::default())
        .end("e")
        .flow("s", "again")
        .flow_else("enough", "ask")
        .flow("ask", "e")
}

/// The state that the snapshot and the turns behind it give.
async fn read_back(node: &Node, root: InstanceId) -> State {
    let mut conn = node.db.read().await.expect("a connection");
    let snapshot = store::root::get_snapshot(&mut conn, root).await.expect("reads").expect("a snapshot is there");
    let mut state = codec::decode_state(&snapshot.body).expect("a snapshot can be read");
    let graphs = node.storage.graphs();
    for turn in store::root::list_journal(&mut conn, root, snapshot.seq).await.expect("reads") {
        for event in codec::decode_events(&turn.body).expect("a turn can be read") {
            state.apply(&event, &graphs).expect("applies");
        }
    }
    state
}

on_both! {
    async fn ten_thousand_nodes_take_many_turns_and_snapshots_on_the_way(storage: Storage) {
        let node = storage.open().await;
        let root = node.run(&long()).await.instance;
        until("it asks", || async { !node.open_tasks().await.is_empty() }).await;
        node.until_idle().await;

        let journal = node.journal(root).await;
        assert!(journal.len() > 20, "{} turns", journal.len());
        for turn in &journal {
            let events = codec::decode_events(&turn.body).expect("a turn can be read").len();
            assert!(events < 1020, "turn {} has {events} events", turn.seq);
        }
        let state = node.replay(root).await;
        assert!(state.executed() > 10_000);
        assert_eq!(read_back(&node, root).await, state, "snapshot and journal say the same");
        let snapshot = storage.count("SELECT max(seq) FROM snapshot").await;
        let behind: usize = journal.iter().filter(|turn| turn.seq > snapshot).map(|turn| turn.body.len()).sum();
        assert!(behind < 256 << 10, "{behind} bytes behind the last snapshot");

        node.stop(Duration::ZERO).await;
        let node = storage.open().await;
        let task = node.open_tasks().await.remove(0);
        assert!(node.answer(&task, json("{}")).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
    }

    async fn many_small_turns_are_followed_by_a_snapshot(storage: Storage) {
        let node = storage.open().await;
        // Each round calls.
        let process = Process::new("p")
            .start("s")
            .exclusive("again")
            .service("call", Service::default())
            .set("count", "count", "vars.count == null ? 1 : vars.count + 1")
            .exclusive("enough")
            .user("ask", User::default())
            .end("e")
            .path("s again call count enough")
            .flow_if("enough", "again", "vars.count < 70")
            .flow_else("enough", "ask")
            .flow("ask", "e");
        let root = node.run(&process).await.instance;
        until("it asks", || async { !node.open_tasks().await.is_empty() }).await;
        assert_eq!(node.journal(root).await.len(), 71);
        assert_eq!(storage.count("SELECT seq FROM snapshot").await, 64);
        assert_eq!(read_back(&node, root).await, node.replay(root).await);
    }

    async fn a_long_run_can_be_terminated_in_the_middle(storage: Storage) {
        let node = storage.open().await;
        let started = node.run(&long()).await;
        assert!(!started.ended);
        assert!(node.send(started.instance, &Command::Terminate { reason: "test".into() }).await);
        node.until_status(started.instance, "TERMINATED").await;
        let events = node.assert_settled(started.instance).await;
        assert!(events.len() < 30_000, "it was ended on the way: {} events", events.len());
    }

    async fn an_answer_is_taken_in_while_a_long_branch_runs(storage: Storage) {
        let node = storage.open().await;
        let process = counts(Process::new("p").start("s").parallel("fork").user("ask", User::default()), 2000)
            .end("e1")
            .end("e2")
            .path("s fork ask e1")
            .flow("fork", "again")
            .flow_else("enough", "e2");
        let root = node.run(&process).await.instance;
        let task = node.open_tasks().await.remove(0);
        assert!(node.answer(&task, json("{}")).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
    }
}

/// A turn that is full leaves commands for the next one. They must survive a crash between the two.
fn commands_behind_a_full_turn_survive_a_crash(storage: &Storage) {
    let life = Life::begin();
    let (node, root) = life.block_on(async {
        storage.install_crash_point().await;
        let node = storage.open().await;
        // The first answer leads into a long loop; the second one waits behind it.
        let process = counts(Process::new("p").start("s").parallel("fork"), 1500)
            .user("one", User::default())
            .user("two", User::default())
            .end("e1")
            .end("e2")
            .path("s fork one again")
            .flow_else("enough", "e1")
            .path("fork two e2");
        let root = node.run(&process).await.instance;
        node.stop(Duration::ZERO).await;
        let front = storage.open_with(|settings| settings.idle = true).await;
        let tasks = front.open_tasks().await;
        for name in ["one", "two"] {
            let task = tasks.iter().find(|task| task.definition_key == name).expect("both ask");
            assert!(front.answer(task, json("{}")).await);
        }
        front.stop(Duration::ZERO).await;
        storage.crash_after(1).await;
        let node = storage.open().await;
        until("the full turn is committed", || async { storage.turns_left().await == 0 }).await;
        (node, root)
    });
    life.kill(node);

    let life = Life::begin();
    life.block_on(async {
        storage.mend().await;
        let node = storage.open().await;
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        assert_eq!(node.node(root, "two").await.status, "FINISHED", "the second answer was not lost");
        node.stop(Duration::ZERO).await;
    });
}

/// A run that was killed between two turns goes on by itself.
fn a_run_in_the_middle_of_its_turns_goes_on_after_a_crash(storage: &Storage) {
    let life = Life::begin();
    let (node, root) = life.block_on(async {
        storage.install_crash_point().await;
        let node = storage.open().await;
        storage.crash_after(5).await;
        let root = node.run(&long()).await.instance;
        until("the turns are committed", || async { storage.turns_left().await == 0 }).await;
        (node, root)
    });
    life.kill(node);

    let life = Life::begin();
    life.block_on(async {
        storage.mend().await;
        let node = storage.open().await;
        until("it asks", || async { !node.open_tasks().await.is_empty() }).await;
        assert!(node.replay(root).await.executed() > 10_000);
        let task = node.open_tasks().await.remove(0);
        assert!(node.answer(&task, json("{}")).await);
        node.until_status(root, "FINISHED").await;
        node.assert_settled(root).await;
        node.stop(Duration::ZERO).await;
    });
}

mod after_a_crash {
    use super::*;
    use crate::crash::{postgres, sqlite};

    #[test]
    fn commands_behind_a_full_turn_survive_on_sqlite() {
        commands_behind_a_full_turn_survive_a_crash(&sqlite());
    }

    #[test]
    fn commands_behind_a_full_turn_survive_on_postgres() {
        if let Some(storage) = postgres() {
            commands_behind_a_full_turn_survive_a_crash(&storage);
        }
    }

    #[test]
    fn a_run_in_the_middle_of_its_turns_goes_on_on_sqlite() {
        a_run_in_the_middle_of_its_turns_goes_on_after_a_crash(&sqlite());
    }

    #[test]
    fn a_run_in_the_middle_of_its_turns_goes_on_on_postgres() {
        if let Some(storage) = postgres() {
            a_run_in_the_middle_of_its_turns_goes_on_after_a_crash(&storage);
        }
    }
}
