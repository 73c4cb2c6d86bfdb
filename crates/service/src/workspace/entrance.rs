//! Remembers for a moment which workspaces exist: every request asks.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use model::{ProjectId, Timestamp, WorkspaceId};

/// How long another node's change may go unnoticed.
const KEEP: Duration = Duration::from_secs(2);
/// Workspaces remembered at most.
const CAPACITY: usize = 10_000;

/// What every request needs to know of its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its project.
    pub(crate) project: ProjectId,
    /// Whether the author of a version may not pass it.
    pub(crate) four_eyes: bool,
}

/// The workspaces that requests have entered lately.
#[derive(Debug, Default)]
pub(crate) struct Entrance {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<WorkspaceId, (Known, Timestamp)>,
    /// Counts the changes, so that what was read before a change is not remembered after it.
    changes: u64,
}

/// The moment at which a reader began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(u64);

impl Entrance {
    /// What is remembered of a workspace; else the moment to pass to [`Entrance::remember`].
    pub(crate) fn recall(&self, workspace: WorkspaceId, now: Timestamp) -> Result<Known, Moment> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.known.get(&workspace) {
            Some((known, until)) if now < *until => Ok(*known),
            Some(_) | None => Err(Moment(state.changes)),
        }
    }

    /// Remembers what was read since the moment, unless something changed meanwhile.
    pub(crate) fn remember(&self, moment: Moment, workspace: WorkspaceId, known: Known, now: Timestamp) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.changes != moment.0 {
            return;
        }
        if state.known.len() >= CAPACITY {
            state.known.retain(|_, (_, until)| now < *until);
        }
        if state.known.len() >= CAPACITY {
            state.known.clear();
        }
        state.known.insert(workspace, (known, now.plus(KEEP)));
    }

    /// Forgets a workspace that was changed or deleted.
    pub(crate) fn forget(&self, workspace: WorkspaceId) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.changes += 1;
        state.known.remove(&workspace);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn known() -> Known {
        Known { project: ProjectId(Uuid::from_u128(1)), four_eyes: false }
    }

    #[test]
    fn a_workspace_is_remembered_for_two_seconds() {
        let (entrance, id) = (Entrance::default(), WorkspaceId(Uuid::from_u128(2)));
        let moment = entrance.recall(id, Timestamp(0)).expect_err("not yet");
        entrance.remember(moment, id, known(), Timestamp(0));
        assert_eq!(entrance.recall(id, Timestamp(1_999_999)).expect("fresh"), known());
        assert!(entrance.recall(id, Timestamp(2_000_000)).is_err());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let (entrance, id) = (Entrance::default(), WorkspaceId(Uuid::from_u128(2)));
        let moment = entrance.recall(id, Timestamp(0)).expect_err("not yet");
        entrance.forget(id);
        entrance.remember(moment, id, known(), Timestamp(0));
        assert!(entrance.recall(id, Timestamp(1)).is_err());
    }

    #[test]
    fn the_number_of_remembered_workspaces_is_bounded() {
        let entrance = Entrance::default();
        for n in 0..2 * CAPACITY {
            let id = WorkspaceId(Uuid::from_u128(n as u128));
            let moment = entrance.recall(id, Timestamp(0)).expect_err("new");
            entrance.remember(moment, id, known(), Timestamp(0));
        }
        let state = entrance.state.read().expect("not poisoned");
        assert!(state.known.len() <= CAPACITY, "{}", state.known.len());
    }
}
