//! The effects of one root that are under way, and their results until a commit has taken them in.

use std::collections::HashMap;
use std::sync::Arc;

use engine::command::Failure;
use engine::{Command, Effect, EffectKey};
use model::{Tenant, Value};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::root::{Root, ticket_of};
use crate::{Inner, effect};

/// One attempt of an effect.
pub(crate) type Ticket = (EffectKey, u32);

type Outcome = Result<Value, Failure>;

/// Dropped, it gives up whatever is under way: the root's next driver asks for it again, with the same keys.
#[derive(Default)]
pub(crate) struct UnderWay {
    tasks: JoinSet<Outcome>,
    running: HashMap<Id, (Ticket, AbortHandle)>,
    /// What has ended since the last commit. A turn that is not committed is made again from these.
    results: Vec<(Ticket, Outcome)>,
}

impl UnderWay {
    /// Begins to carry effects out, but for those that are under way or have ended already.
    pub(crate) fn carry_out(&mut self, inner: &Arc<Inner>, tenant: Tenant, effects: Vec<Effect>) {
        for outward in effects {
            let Some(ticket) = ticket_of(&outward) else { continue };
            let known = self.running.values().map(|(running, _)| running);
            if known.chain(self.results.iter().map(|(ended, _)| ended)).any(|known| *known == ticket) {
                continue;
            }
            let inner = Arc::clone(inner);
            let task = self.tasks.spawn(async move { effect::perform(&inner, tenant, outward).await });
            self.running.insert(task.id(), (ticket, task));
        }
    }

    /// Whether nothing is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// The next result, as a command; waits for ever when nothing is under way.
    pub(crate) async fn next(&mut self) -> Command {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else { std::future::pending().await };
            if let Some(command) = self.end(ended) {
                return command;
            }
        }
    }

    /// The next result if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<Command> {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            if let Some(command) = self.end(ended) {
                return Some(command);
            }
        }
        None
    }

    fn end(&mut self, ended: Result<(Id, Outcome), JoinError>) -> Option<Command> {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err(defect(&error))),
        };
        // What was given up is not among them any more.
        let (ticket, _) = self.running.remove(&id)?;
        self.results.push((ticket, outcome.clone()));
        Some(done(ticket, outcome))
    }

    /// Gives up what the root does not wait for any more, for example because its branch was ended.
    pub(crate) fn drop_unwanted(&mut self, root: &Root) {
        self.running.retain(|_, (ticket, task)| {
            let wanted = root.waits_for(*ticket);
            if !wanted {
                task.abort();
            }
            wanted
        });
    }

    /// Whether a result has come that no commit has taken in.
    pub(crate) fn has_results(&self) -> bool {
        !self.results.is_empty()
    }

    /// The results are in the journal, or were not wanted.
    pub(crate) fn forget_results(&mut self) {
        self.results.clear();
    }

    /// The results that no commit has taken in, as commands.
    pub(crate) fn results(&self) -> impl Iterator<Item = Command> {
        self.results.iter().map(|(ticket, outcome)| done(*ticket, outcome.clone()))
    }
}

fn done((key, attempt): Ticket, result: Outcome) -> Command {
    Command::EffectDone { key, attempt, result }
}

/// A connector that panicked fails its node and nothing else.
fn defect(error: &JoinError) -> Failure {
    tracing::error!(%error, "a component has a defect");
    effect::permanent("Effect.Defect", "the component stopped in the middle of its work".into())
}
