//! A root in memory: its state, how far its journal goes, and the turns that it makes.

use std::collections::VecDeque;

use engine::{Command, Effect, EffectKey, Env, Event, State};
use model::{InstanceId, Tenant, Timestamp};
use store::audit::AuditEntry;
use store::instance::InstanceRow;
use store::root::RootRow;
use store::turn::{self, Next, TurnCommit, TurnOutcome};

use crate::call;
use crate::codec::{self, LEVEL};
use crate::definitions::{Loaded, versions_of};
use crate::record::{Changes, Record};
use crate::{Error, Inner, effect};

/// Turns between snapshots.
const SNAPSHOT_TURNS: u32 = 64;
/// Journal bytes between snapshots.
const SNAPSHOT_BYTES: usize = 256 << 10;

/// A root that this node drives.
pub(crate) struct Root {
    pub(crate) id: InstanceId,
    pub(crate) tenant: Tenant,
    pub(crate) state: State,
    pub(crate) definitions: Loaded,
    pub(crate) record: Record,
    seq: i64,
    hash: [u8; 32],
    /// The last inbox command that was taken in, and the last one that a commit has removed.
    inbox_done: i64,
    inbox_removed: i64,
    /// What is still to be done before the root waits: commands, and effects that run before a commit.
    backlog: VecDeque<Work>,
    turns_since_snapshot: u32,
    bytes_since_snapshot: usize,
}

/// Something that is done within a turn.
#[derive(Debug)]
enum Work {
    Command(Command),
    Effect(Effect),
}

/// Where a committed turn has left its root.
#[derive(Debug)]
pub(crate) struct Turned {
    /// Effects to carry out now that the turn is committed.
    pub(crate) effects: Vec<Effect>,
    /// What becomes of the root.
    pub(crate) next: Next,
    /// Whether the turn stands.
    pub(crate) outcome: TurnOutcome,
}

/// How a turn is committed besides its events.
#[derive(Debug, Default)]
pub(crate) struct Turning {
    /// Effects of earlier turns that are still under way.
    pub(crate) in_flight: usize,
    /// Acts of principals that belong to the turn.
    pub(crate) audit: Vec<AuditEntry>,
}

impl Root {
    /// A root that has not started.
    pub(crate) fn new(tenant: Tenant, run: InstanceRow, definitions: Loaded) -> Self {
        Self {
            id: run.id,
            tenant,
            state: State::new(),
            definitions,
            record: Record::new(tenant, run),
            seq: 0,
            hash: turn::FIRST,
            inbox_done: 0,
            inbox_removed: 0,
            backlog: VecDeque::new(),
            turns_since_snapshot: 0,
            bytes_since_snapshot: 0,
        }
    }

    /// Reads a claimed root back: the last snapshot and the turns after it. Whatever effects were under way are in the
    /// backlog or among those returned.
    pub(crate) async fn load(inner: &Inner, row: &RootRow) -> Result<(Self, Vec<Effect>), Error> {
        let tenant = Tenant { project: row.project_id, workspace: row.workspace_id };
        let mut conn = inner.db.read().await?;
        let snapshot = store::root::get_snapshot(&mut conn, row.id).await?;
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let journal = store::root::list_journal(&mut conn, row.id, after).await?;
        let runs = store::instance::list_of_root(&mut conn, row.id).await?;
        let open = store::instance::list_open_nodes(&mut conn, row.id).await?;
        let inbox = store::root::list_inbox(&mut conn, row.id, 0).await?;
        drop(conn);

        let mut state = match &snapshot {
            Some(snapshot) => codec::decode_state(&snapshot.body)?,
            None => State::new(),
        };
        let mut turns = Vec::with_capacity(journal.len());
        let mut versions = versions_of(&state);
        let mut bytes = 0;
        for turn in &journal {
            let events = codec::decode_events(&turn.body)?;
            versions.extend(events.iter().filter_map(|event| match event {
                Event::InstanceCreated { definition, .. } => Some(*definition),
                _ => None,
            }));
            bytes += turn.body.len();
            turns.push(events);
        }
        let definitions = inner.definitions.load(&inner.db, tenant, versions).await?;
        for event in turns.iter().flatten() {
            state.apply(event, &definitions)?;
        }
        let (immediate, outward) = split(inner, state.pending_effects(&definitions)?);
        let hash = row.hash.as_slice().try_into().unwrap_or(turn::FIRST);
        let mut backlog: VecDeque<Work> = immediate.into_iter().map(Work::Effect).collect();
        for command in &inbox {
            backlog.push_back(Work::Command(codec::decode_command(&command.command)?));
        }
        let root = Self {
            id: row.id,
            tenant,
            record: Record::load(row.id, tenant, &state, runs, open),
            state,
            definitions,
            seq: row.seq,
            hash,
            // Every row of the inbox is there still; those before have been removed.
            inbox_done: inbox.last().map_or(row.inbox_seq, |last| last.seq.max(row.inbox_seq)),
            inbox_removed: inbox.first().map_or(row.inbox_seq, |first| first.seq - 1),
            backlog,
            turns_since_snapshot: u32::try_from(journal.len()).unwrap_or(u32::MAX),
            bytes_since_snapshot: bytes,
        };
        Ok((root, outward))
    }

    /// Adds a command to what is to be done.
    pub(crate) fn push(&mut self, command: Command) {
        self.backlog.push_back(Work::Command(command));
    }

    /// Adds the inbox's new commands. The commit removes them.
    pub(crate) async fn read_inbox(&mut self, inner: &Inner) -> Result<(), Error> {
        let mut conn = inner.db.read().await?;
        for row in store::root::list_inbox(&mut conn, self.id, self.inbox_done).await? {
            self.push(codec::decode_command(&row.command)?);
            self.inbox_done = row.seq;
        }
        Ok(())
    }

    /// The last inbox command that was taken in.
    pub(crate) fn inbox_done(&self) -> i64 {
        self.inbox_done
    }

    /// Whether there is something to do without the outside.
    pub(crate) fn has_work(&self, now: Timestamp) -> bool {
        !self.backlog.is_empty() || self.state.next_due().is_some_and(|due| due <= now)
    }

    /// Whether the root has ended.
    fn ended(&self) -> bool {
        match self.state.status() {
            engine::state::Status::Finished | engine::state::Status::Terminated => true,
            engine::state::Status::Running | engine::state::Status::Failed => false,
        }
    }

    /// Makes one turn: works the backlog off until nothing is left or the turn is full, then commits it.
    ///
    /// Returns without a commit (`None`) when nothing happened, for example because every command was late.
    pub(crate) async fn turn(&mut self, inner: &Inner, turning: Turning) -> Result<Option<Turned>, Error> {
        let mut events = Vec::new();
        let mut outward = Vec::new();
        let mut changes = Changes::default();
        if self.state.next_due().is_some_and(|due| due <= inner.clock.now()) {
            self.push(Command::Tick);
        }
        while events.len() < inner.limits.max_events_per_turn {
            let Some(work) = self.backlog.pop_front() else { break };
            let command = match work {
                Work::Command(command) => command,
                Work::Effect(effect) => self.compute(inner, effect).await?,
            };
            self.decide(inner, &command, &mut events, &mut outward, &mut changes)?;
        }
        if events.is_empty() && self.inbox_done == self.inbox_removed && turning.audit.is_empty() {
            return Ok(None);
        }
        // An effect whose element ended later in the same turn is not carried out.
        let (_, wanted) = split(inner, self.state.pending_effects(&self.definitions)?);
        outward.retain(|effect| wanted.contains(effect));
        let next = self.next(turning.in_flight + outward.len());
        let outcome = self.commit(inner, events, changes, next, turning.audit).await?;
        Ok(Some(Turned { effects: outward, next, outcome }))
    }

    fn decide(
        &mut self,
        inner: &Inner,
        command: &Command,
        events: &mut Vec<Event>,
        outward: &mut Vec<Effect>,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let env = Env {
            now: inner.clock.now(),
            ids: &*inner.ids,
            definitions: &self.definitions,
            limits: &inner.limits,
        };
        match engine::turn(&mut self.state, command, &env) {
            Ok(mut turn) => {
                self.record.take_in(&turn.events, &self.definitions, changes)?;
                events.append(&mut turn.events);
                let (immediate, later) = split(inner, turn.effects);
                self.backlog.extend(immediate.into_iter().map(Work::Effect));
                outward.extend(later);
                if turn.more {
                    self.backlog.push_front(Work::Command(Command::Continue));
                }
                Ok(())
            }
            Err(engine::Error::Rejected(rejection)) => {
                if let Command::Start(_) = command {
                    return Err(Error::Rejected(rejection));
                }
                // Late or repeated: what it was for has already happened or is gone.
                tracing::debug!(instance.id = %self.id, %rejection, "a command came too late");
                Ok(())
            }
            Err(engine::Error::Corrupt(corrupt)) => Err(corrupt.into()),
        }
    }

    /// Carries out an effect that belongs into the turn, and gives the command that tells its result.
    async fn compute(&mut self, inner: &Inner, effect: Effect) -> Result<Command, Error> {
        match effect {
            Effect::ResolveCall { element, workflow, binding } => {
                let result = call::resolve(inner, self, element, &workflow, binding).await?;
                Ok(Command::CallResolved { element, result })
            }
            Effect::RunScript { key, attempt, source, scope, timeout } => {
                let result = effect::run_script(inner, &source, &scope, timeout).await;
                Ok(Command::EffectDone { key, attempt, result })
            }
            Effect::CallAction { key, attempt, component, action, input, .. } => {
                let result = effect::compute(inner, &component, &action, &input);
                Ok(Command::EffectDone { key, attempt, result })
            }
        }
    }

    fn next(&self, in_flight: usize) -> Next {
        let due_at = self.state.next_due();
        if self.ended() {
            Next::Ended
        } else if in_flight > 0 || !self.backlog.is_empty() {
            Next::Owned { due_at }
        } else {
            Next::Waits { due_at }
        }
    }

    async fn commit(
        &mut self,
        inner: &Inner,
        events: Vec<Event>,
        mut changes: Changes,
        next: Next,
        audit: Vec<AuditEntry>,
    ) -> Result<TurnOutcome, Error> {
        let at = inner.clock.now();
        self.record.finish(&self.state, at, self.inbox_done > self.inbox_removed, &mut changes);
        let body = codec::encode_events(&events);
        let seq = self.seq + 1;
        let hash = turn::chain(&self.hash, self.id, seq, at, &body);
        self.turns_since_snapshot += 1;
        self.bytes_since_snapshot += body.len();
        let due = self.turns_since_snapshot >= SNAPSHOT_TURNS || self.bytes_since_snapshot >= SNAPSHOT_BYTES;
        let snapshot = (due && next != Next::Ended).then(|| {
            (self.turns_since_snapshot, self.bytes_since_snapshot) = (0, 0);
            codec::encode_state(&self.state)
        });
        let outcome = inner
            .writer
            .commit_turn(TurnCommit {
                root: self.id,
                tenant: self.tenant,
                seq,
                at,
                body,
                prev_hash: self.hash,
                hash,
                inbox_done: self.inbox_done,
                inbox_strict: changes.expired,
                next,
                level: LEVEL,
                created: changes.created,
                changed: changes.changed,
                nodes: changes.nodes,
                opened: changes.opened,
                closed: changes.closed,
                snapshot,
                audit,
            })
            .await?;
        (self.seq, self.hash, self.inbox_removed) = (seq, hash, self.inbox_done);
        Ok(outcome)
    }
}

/// Effects that are done within the turn, and those that are carried out after its commit.
fn split(inner: &Inner, effects: Vec<Effect>) -> (Vec<Effect>, Vec<Effect>) {
    effects.into_iter().partition(|effect| match effect {
        Effect::RunScript { .. } | Effect::ResolveCall { .. } => true,
        Effect::CallAction { component, action, .. } => !effect::acts_on_the_world(inner, component, action),
    })
}

/// The key of an outward effect.
pub(crate) fn key_of(effect: &Effect) -> Option<(EffectKey, u32)> {
    match effect {
        Effect::CallAction { key, attempt, .. } | Effect::RunScript { key, attempt, .. } => Some((*key, *attempt)),
        Effect::ResolveCall { .. } => None,
    }
}
