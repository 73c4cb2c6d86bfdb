//! A root in memory: its state, how far its journal goes, and the turns that it makes.

use std::collections::VecDeque;
use std::time::Instant;

use engine::event::Outcome;
use engine::state::Phase;
use engine::{Command, Effect, ElementNo, Env, Event, State};
use model::{InstanceId, Tenant, Timestamp};
use store::audit::AuditEntry;
use store::instance::InstanceRow;
use store::root::{InboxRow, JournalRow, RootRow};
use store::turn::{self, Next, TurnCommit, TurnOutcome};

use crate::call;
use crate::codec::{self, LEVEL};
use crate::definitions::{Loaded, versions_of};
use crate::record::{Changes, Record};
use crate::under_way::Ticket;
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
    /// The last inbox command that is in the backlog, the last one that was carried out, and the last one that a commit
    /// has removed.
    inbox_read: i64,
    inbox_done: i64,
    inbox_removed: i64,
    /// What is still to be done before the root waits: commands, and effects that run before a commit.
    backlog: VecDeque<Work>,
    /// Whether the state may be able to advance by itself: a turn stopped at its event limit, or it was just read in.
    unfinished: bool,
    turns_since_snapshot: u32,
    bytes_since_snapshot: usize,
}

/// Something that is done within a turn.
#[derive(Debug)]
enum Work {
    Command(Command),
    /// A command with its place in the inbox.
    Inbox(i64, Command),
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

/// What a turn has done so far.
#[derive(Default)]
struct Doing {
    events: Vec<Event>,
    outward: Vec<Effect>,
    changes: Changes,
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
            inbox_read: 0,
            inbox_done: 0,
            inbox_removed: 0,
            backlog: VecDeque::new(),
            unfinished: false,
            turns_since_snapshot: 0,
            bytes_since_snapshot: 0,
        }
    }

    /// Reads a claimed root back: the last snapshot and the turns after it. Whatever effects were under way are in the
    /// backlog or among those returned. None when the root has moved on while it was read: a commit whose outcome was
    /// unknown has come through.
    pub(crate) async fn load(inner: &Inner, row: &RootRow) -> Result<Option<(Self, Vec<Effect>)>, Error> {
        let tenant = Tenant { project: row.project_id, workspace: row.workspace_id };
        let mut conn = inner.db.read().await?;
        let snapshot = store::root::get_snapshot(&mut conn, row.id).await?;
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let journal = store::root::list_journal(&mut conn, row.id, after).await?;
        let runs = store::instance::list_of_root(&mut conn, row.id).await?;
        let open = store::instance::list_open_nodes(&mut conn, row.id).await?;
        let inbox = store::root::list_inbox(&mut conn, row.id, 0).await?;
        drop(conn);

        if journal.last().map_or(after, |turn| turn.seq) > row.seq {
            return Ok(None);
        }
        check_chain(row, after, &journal)?;
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
        let mut root = Self {
            id: row.id,
            tenant,
            record: Record::load(row.id, tenant, &state, runs, open),
            state,
            definitions,
            seq: row.seq,
            hash: row.hash.as_slice().try_into().unwrap_or(turn::FIRST),
            // Every row of the inbox is there still; those before have been removed.
            inbox_read: row.inbox_seq,
            inbox_done: inbox.first().map_or(row.inbox_seq, |first| first.seq - 1),
            inbox_removed: inbox.first().map_or(row.inbox_seq, |first| first.seq - 1),
            backlog: immediate.into_iter().map(Work::Effect).collect(),
            unfinished: true,
            turns_since_snapshot: u32::try_from(journal.len()).unwrap_or(u32::MAX),
            bytes_since_snapshot: bytes,
        };
        root.take_in(inbox)?;
        Ok(Some((root, outward)))
    }

    /// Adds a command to what is to be done.
    pub(crate) fn push(&mut self, command: Command) {
        self.backlog.push_back(Work::Command(command));
    }

    /// Adds the inbox's new commands.
    pub(crate) async fn read_inbox(&mut self, inner: &Inner) -> Result<(), Error> {
        let mut conn = inner.db.read().await?;
        let rows = store::root::list_inbox(&mut conn, self.id, self.inbox_read).await?;
        drop(conn);
        self.take_in(rows)
    }

    fn take_in(&mut self, rows: Vec<InboxRow>) -> Result<(), Error> {
        for row in rows {
            self.backlog.push_back(Work::Inbox(row.seq, codec::decode_command(&row.command)?));
            self.inbox_read = self.inbox_read.max(row.seq);
        }
        Ok(())
    }

    /// The last inbox command that was carried out.
    pub(crate) fn inbox_done(&self) -> i64 {
        self.inbox_done
    }

    /// Whether there is something to do without the outside.
    pub(crate) fn has_work(&self, now: Timestamp) -> bool {
        self.has_backlog() || self.is_due(now)
    }

    /// Whether there is something to do whatever the time.
    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty() || self.unfinished
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.state.next_due().is_some_and(|due| due <= now)
    }

    /// Whether a node waits for this attempt of an effect.
    pub(crate) fn waits_for(&self, (key, attempt): Ticket) -> bool {
        self.state.element(key.element).is_some_and(|element| {
            element.phase == Phase::Effect && element.attempt == attempt && element.generation == key.generation
        })
    }

    /// Whether any node waits for an effect, so that a node of the cluster has to stay with the root.
    fn waits_for_effects(&self) -> bool {
        self.state.elements().any(|(_, element)| matches!(element.phase, Phase::Effect | Phase::Resolving))
    }

    /// Whether the root has ended.
    fn ended(&self) -> bool {
        match self.state.instance(ElementNo::ROOT).and_then(|root| root.outcome) {
            Some(Outcome::Finished | Outcome::Terminated) => true,
            None => false,
        }
    }

    /// Makes one turn: works the backlog off until nothing is left or the turn is full, then commits it. `audit` are the
    /// acts of principals that belong to it.
    ///
    /// Returns without a commit (`None`) when nothing happened, for example because every command was late.
    pub(crate) async fn turn(&mut self, inner: &Inner, audit: Vec<AuditEntry>) -> Result<Option<Turned>, Error> {
        let begun = Instant::now();
        let turned = self.make_turn(inner, audit).await;
        match &turned {
            Ok(None) => {}
            Ok(Some(turned)) => match turned.outcome {
                TurnOutcome::Committed => {
                    inner.metrics.turns_committed.increment(1);
                    inner.metrics.turn_seconds.record(begun.elapsed());
                }
                TurnOutcome::Superseded => inner.metrics.turns_superseded.increment(1),
            },
            Err(_) => inner.metrics.turns_failed.increment(1),
        }
        turned
    }

    async fn make_turn(&mut self, inner: &Inner, audit: Vec<AuditEntry>) -> Result<Option<Turned>, Error> {
        let mut doing = Doing::default();
        while doing.events.len() < inner.limits.max_events_per_turn {
            let command = match self.backlog.pop_front() {
                Some(Work::Command(command)) => command,
                Some(Work::Inbox(place, command)) => {
                    self.inbox_done = place;
                    command
                }
                Some(Work::Effect(effect)) => self.compute(inner, effect).await?,
                // Commands come before due times: an answer that has arrived wins over the due date.
                None if self.has_work(inner.clock.now()) => Command::Tick,
                None => break,
            };
            self.decide(inner, &command, &mut doing)?;
        }
        let Doing { events, mut outward, changes } = doing;
        if events.is_empty() && self.inbox_done == self.inbox_removed && audit.is_empty() {
            return Ok(None);
        }
        // An effect whose element ended later in the same turn is not carried out.
        outward.retain(|effect| ticket_of(effect).is_some_and(|ticket| self.waits_for(ticket)));
        let next = self.next();
        let outcome = self.commit(inner, &events, changes, next, audit).await?;
        Ok(Some(Turned { effects: outward, next, outcome }))
    }

    fn decide(&mut self, inner: &Inner, command: &Command, doing: &mut Doing) -> Result<(), Error> {
        let env =
            Env { now: inner.clock.now(), ids: &*inner.ids, definitions: &self.definitions, limits: &inner.limits };
        match engine::turn(&mut self.state, command, &env) {
            Ok(mut turn) => {
                self.record.take_in(&turn.events, env.now, &self.definitions, &mut doing.changes)?;
                doing.events.append(&mut turn.events);
                let (immediate, later) = split(inner, turn.effects);
                self.backlog.extend(immediate.into_iter().map(Work::Effect));
                doing.outward.extend(later);
                // Every command lets the state advance as far as it can.
                self.unfinished = turn.more;
                Ok(())
            }
            Err(engine::Error::Rejected(rejection)) => {
                match command {
                    Command::Start(_) => return Err(Error::Rejected(rejection)),
                    // It has ended.
                    Command::Tick => self.unfinished = false,
                    _ => {}
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
            Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => {
                unreachable!("nobody waits for them, so they are not computed")
            }
        }
    }

    fn next(&self) -> Next {
        let due_at = self.state.next_due();
        if self.ended() {
            Next::Ended
        } else if self.has_backlog() || self.waits_for_effects() {
            Next::Owned { due_at }
        } else {
            Next::Waits { due_at }
        }
    }

    async fn commit(
        &mut self,
        inner: &Inner,
        events: &Vec<Event>,
        mut changes: Changes,
        next: Next,
        audit: Vec<AuditEntry>,
    ) -> Result<TurnOutcome, Error> {
        let at = inner.clock.now();
        self.record.finish(&self.state, at, self.inbox_done > self.inbox_removed, &mut changes);
        let body = codec::encode_events(events);
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
        Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => false,
    })
}

/// The attempt of an effect that a node waits for.
pub(crate) fn ticket_of(effect: &Effect) -> Option<Ticket> {
    match effect {
        Effect::CallAction { key, attempt, .. } | Effect::RunScript { key, attempt, .. } => Some((*key, *attempt)),
        Effect::ResolveCall { .. } | Effect::SendMessage { .. } | Effect::BroadcastSignal { .. } => None,
    }
}

/// Checks that the turns after `after` are all there, up to the root's last one, and as they were written.
fn check_chain(row: &RootRow, after: i64, journal: &[JournalRow]) -> Result<(), codec::Error> {
    let mut place = after;
    let mut before = (after == 0).then_some(turn::FIRST.as_slice());
    for turn in journal {
        place += 1;
        let hash = turn::chain(&turn.prev_hash, row.id, turn.seq, turn.at, &turn.body);
        let follows = turn.seq == place && before.is_none_or(|before| before == turn.prev_hash);
        if !follows || hash.as_slice() != turn.hash {
            return Err(codec::Error::Changed { turn: place });
        }
        before = Some(&turn.hash);
    }
    if place != row.seq || before.is_some_and(|before| before != row.hash) {
        return Err(codec::Error::Changed { turn: row.seq });
    }
    Ok(())
}
