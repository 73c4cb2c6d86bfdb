//! What must hold in storage for a root: its rows say what its journal says, and after its end nothing is left over.

use std::collections::BTreeMap;

use engine::event::Outcome;
use engine::{ElementNo, Event, State};
use model::InstanceId;
use runtime::codec;
use store::turn;

use super::Node;

impl Node {
    /// The events of a root, after checking that its journal has no gap and chains by hash.
    ///
    /// # Panics
    /// When it does not.
    pub async fn events(&self, root: InstanceId) -> Vec<Event> {
        let mut events = Vec::new();
        let mut before = turn::FIRST.to_vec();
        for (place, turn) in (1..).zip(self.journal(root).await) {
            assert_eq!(turn.seq, place, "the journal has a gap");
            assert_eq!(turn.prev_hash, before, "turn {place} does not follow the one before");
            let hash = turn::chain(&turn.prev_hash, root, turn.seq, turn.at, &turn.body);
            assert_eq!(turn.hash, hash, "turn {place} is not as it was written");
            before = turn.hash;
            events.extend(codec::decode_events(&turn.body).expect("a turn can be read"));
        }
        events
    }

    /// The state that a root's journal gives.
    ///
    /// # Panics
    /// When it gives none.
    pub async fn replay(&self, root: InstanceId) -> State {
        let graphs = self.storage.graphs();
        let mut state = State::new();
        for event in self.events(root).await {
            state.apply(&event, &graphs).expect("the journal can be replayed");
        }
        state
    }

    /// Checks a root that has ended. Gives its events.
    ///
    /// # Panics
    /// When something is left over, or rows and journal contradict each other.
    pub async fn assert_settled(&self, root: InstanceId) -> Vec<Event> {
        assert_eq!(self.root(root).await, None, "its root row is left");
        let mut conn = self.db.read().await.expect("a connection");
        let inbox = store::root::list_inbox(&mut conn, root, 0).await.expect("reads");
        assert_eq!(inbox, [], "its inbox is not empty");
        assert_eq!(store::root::get_snapshot(&mut conn, root).await.expect("reads"), None, "its snapshot is left");
        drop(conn);
        let waiting: Vec<_> = self.open_tasks().await.into_iter().filter(|task| task.root_id == Some(root)).collect();
        assert_eq!(waiting, [], "its to-dos are still open");

        let state = self.replay(root).await;
        assert_eq!(state.elements().count(), 0, "the journal leaves active nodes");
        let runs = self.runs(root).await;
        assert_eq!(runs.len(), state.instances().count(), "as many runs as processes");
        for run in &runs {
            let no = ElementNo(u64::try_from(run.element_no).expect("an element"));
            let process = state.instance(no).expect("the run is in the journal");
            let status = match process.outcome {
                Some(Outcome::Finished) => "FINISHED",
                Some(Outcome::Terminated) => "TERMINATED",
                None => "unfinished",
            };
            assert_eq!((run.status.as_str(), run.id), (status, process.instance), "run and journal say the same");
            assert!(run.end_time.is_some(), "{} has ended", run.id);
        }
        let events = self.events(root).await;
        self.check_nodes(root, &events).await;
        events
    }

    /// Every element of the journal has its row, with its last status, attempt, input and output.
    async fn check_nodes(&self, root: InstanceId, events: &[Event]) {
        #[derive(Debug, Default, PartialEq)]
        struct Seen {
            node: String,
            status: &'static str,
            attempt: i64,
            input: String,
            output: String,
        }
        let json = |value: &model::Value| if value.is_null() { String::new() } else { value.to_json() };
        let mut expected: BTreeMap<i64, Seen> = BTreeMap::new();
        for event in events {
            match event {
                Event::Activated { no, node, .. } => {
                    let seen = Seen { node: node.to_string(), status: "RUNNING", ..Seen::default() };
                    expected.insert(signed(*no), seen);
                }
                Event::Started { no, input, attempt, .. } => {
                    let seen = expected.get_mut(&signed(*no)).expect("active");
                    (seen.status, seen.attempt, seen.input) = ("RUNNING", i64::from(*attempt), json(input));
                }
                Event::Faulted { no, .. } => expected.get_mut(&signed(*no)).expect("active").status = "FAILED",
                Event::Completed { no, output, .. } => {
                    if let Some(seen) = expected.get_mut(&signed(*no)) {
                        (seen.status, seen.output) = ("FINISHED", json(output));
                    }
                }
                Event::Terminated { no, .. } => {
                    if let Some(seen) = expected.get_mut(&signed(*no)) {
                        seen.status = "TERMINATED";
                    }
                }
                _ => {}
            }
        }
        let mut found = BTreeMap::new();
        for run in self.runs(root).await {
            for row in self.nodes(root, run.id).await {
                let status = ["RUNNING", "FAILED", "FINISHED", "TERMINATED"].into_iter().find(|s| *s == row.status);
                let seen = Seen {
                    node: row.node_id,
                    status: status.expect("a known status"),
                    attempt: row.attempt,
                    input: row.input,
                    output: row.output,
                };
                assert_eq!(row.end_time.is_some(), matches!(seen.status, "FINISHED" | "TERMINATED"), "{seen:?}");
                found.insert(row.no, seen);
            }
        }
        assert_eq!(found, expected, "the rows of nodes say what the journal says");
    }
}

fn signed(no: ElementNo) -> i64 {
    i64::try_from(no.0).expect("small")
}
