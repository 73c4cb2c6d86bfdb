//! Committing turns: one statement for each table, whatever the number of turns in the group.

use std::collections::HashSet;

use model::{InstanceId, NodeId, Tenant, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::audit::AuditEntry;
use crate::bulk::{Bulk, Cell, Kind, Rows};
use crate::db::Dialect;
use crate::instance::{InstanceChange, InstanceRow, NodeRunRow};
use crate::playbook::run;
use crate::root::RootRow;
use crate::row::Row as _;
use crate::task::{TaskClose, TaskRow};
use crate::{Conn, Error, Tx, instance, task};

/// The hash before the first turn of a root.
pub const FIRST: [u8; 32] = [0; 32];

/// Everything that one turn writes.
#[derive(Debug)]
pub struct TurnCommit {
    /// The root instance.
    pub root: InstanceId,
    /// Whose it is.
    pub tenant: Tenant,
    /// The turn's place in the journal, from 1. It stands only if the root is at the place before.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The events, as versioned JSON.
    pub body: String,
    /// The hash of the turn before.
    pub prev_hash: [u8; 32],
    /// [`chain`] over all of this.
    pub hash: [u8; 32],
    /// The last inbox command that the turn has taken in; it and those before are removed.
    pub inbox_done: i64,
    /// Whether the turn stands only if no further command has come in (a due date and an answer exclude each other).
    pub inbox_strict: bool,
    /// What becomes of the root.
    pub next: Next,
    /// The release level that the events need.
    pub level: i64,
    /// Instances that the turn has created.
    pub created: Vec<InstanceRow>,
    /// Instances that the turn has changed.
    pub changed: Vec<InstanceChange>,
    /// Nodes that the turn has reached or changed.
    pub nodes: Vec<NodeRunRow>,
    /// To-dos that the turn has opened.
    pub opened: Vec<TaskRow>,
    /// To-dos that the turn has closed.
    pub closed: Vec<TaskClose>,
    /// The state after the turn, now and then.
    pub snapshot: Option<String>,
    /// Acts of principals that belong to the turn.
    pub audit: Vec<AuditEntry>,
}

/// What becomes of a root after a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The same node goes on with it.
    Owned {
        /// When it has something to do at the latest.
        due_at: Option<Timestamp>,
    },
    /// It only waits; any node may claim it when something comes.
    Waits {
        /// When something is due.
        due_at: Option<Timestamp>,
    },
    /// It has ended.
    Ended,
}

/// Whether a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnOutcome {
    /// It is in the journal.
    Committed,
    /// The root has moved on without it: the state in memory is out of date.
    Superseded,
}

/// The hash of a turn: over the hash before, the root, the place, the time and the body.
pub fn chain(prev: &[u8], root: InstanceId, seq: i64, at: Timestamp, body: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(prev);
    hash.update(root.0.as_bytes());
    hash.update(seq.to_be_bytes());
    hash.update(at.0.to_be_bytes());
    hash.update(body.as_bytes());
    hash.finalize().into()
}

const ROOT_COLUMNS: &[(&str, Kind)] = &[
    ("id", Kind::Uuid),
    ("owner", Kind::Uuid),
    ("expected", Kind::Int),
    ("seq", Kind::Int),
    ("hash", Kind::Bytes),
    ("inbox_done", Kind::Int),
    ("inbox_strict", Kind::Bool),
    ("keep", Kind::Bool),
    ("due_at", Kind::Int),
    ("level", Kind::Int),
];

static ADVANCE_ROOTS: Bulk = Bulk::with_rows(
    "UPDATE root SET seq = v.seq, hash = v.hash, level = v.level, \
     owner_id = CASE WHEN v.keep THEN root.owner_id ELSE NULL END, \
     due_at = CASE WHEN root.inbox_seq > v.inbox_done THEN 0 ELSE v.due_at END FROM",
    ROOT_COLUMNS,
    "WHERE root.id = v.id AND root.owner_id = v.owner AND root.seq = v.expected \
     AND (NOT v.inbox_strict OR root.inbox_seq = v.inbox_done) RETURNING root.id",
);

static INSERT_ROOTS: Bulk = Bulk::insert("root", RootRow::COLUMNS, "");

static INSERT_JOURNAL: Bulk = Bulk::insert(
    "journal",
    &[
        ("root_id", Kind::Uuid),
        ("seq", Kind::Int),
        ("at", Kind::Int),
        ("body", Kind::Text),
        ("prev_hash", Kind::Bytes),
        ("hash", Kind::Bytes),
    ],
    "",
);

static UPSERT_SNAPSHOTS: Bulk = Bulk::insert(
    "snapshot",
    &[("root_id", Kind::Uuid), ("seq", Kind::Int), ("body", Kind::Text)],
    "ON CONFLICT (root_id) DO UPDATE SET seq = excluded.seq, body = excluded.body",
);

static DELETE_INBOX: Bulk = Bulk::with_rows(
    "DELETE FROM inbox WHERE (root_id, seq) IN (SELECT inbox.root_id, inbox.seq FROM",
    &[("root_id", Kind::Uuid), ("done", Kind::Int)],
    "JOIN inbox ON inbox.root_id = v.root_id AND inbox.seq <= v.done)",
);

const ENDED: &[(&str, Kind)] = &[("root_id", Kind::Uuid)];
static DELETE_ROOTS: Bulk = Bulk::with_rows("DELETE FROM root WHERE id IN (SELECT v.root_id FROM", ENDED, ")");
static DELETE_INBOXES: Bulk = Bulk::with_rows("DELETE FROM inbox WHERE root_id IN (SELECT v.root_id FROM", ENDED, ")");
static DELETE_SNAPSHOTS: Bulk =
    Bulk::with_rows("DELETE FROM snapshot WHERE root_id IN (SELECT v.root_id FROM", ENDED, ")");

/// A turn in the form that a lane writes.
#[derive(Debug)]
pub(crate) struct Encoded {
    root: InstanceId,
    seq: i64,
    hash: [u8; 32],
    audit: Vec<AuditEntry>,
    /// The row of a new root, or how an existing one moves.
    new_root: Rows,
    moved_root: Rows,
    journal: Rows,
    created: Rows,
    changed: Rows,
    /// The root's run, when a playbook has started it and is to look at it.
    news: Rows,
    nodes: Rows,
    opened: Rows,
    closed: Rows,
    taken: Rows,
    snapshot: Rows,
    ended: Rows,
}

impl Encoded {
    /// Encodes a turn of this node. Fails on a text that a database cannot hold.
    pub(crate) fn new(dialect: Dialect, node: NodeId, turn: TurnCommit) -> Result<Self, Error> {
        let rows = || Rows::new(dialect);
        let root = Cell::Uuid(turn.root.0);
        let mut encoded = Self {
            root: turn.root,
            seq: turn.seq,
            hash: turn.hash,
            audit: turn.audit,
            new_root: rows(),
            moved_root: rows(),
            journal: rows(),
            created: rows(),
            changed: rows(),
            news: rows(),
            nodes: rows(),
            opened: rows(),
            closed: rows(),
            taken: rows(),
            snapshot: rows(),
            ended: rows(),
        };
        let (keep, due_at) = match turn.next {
            Next::Owned { due_at } => (true, due_at),
            Next::Waits { due_at } => (false, due_at),
            Next::Ended => (false, None),
        };
        let is_end = turn.next == Next::Ended;
        if turn.seq > 1 {
            encoded.moved_root.push(vec![
                root.clone(),
                Cell::Uuid(node.0),
                Cell::Int(turn.seq - 1),
                Cell::Int(turn.seq),
                Cell::Bytes(turn.hash.to_vec()),
                Cell::Int(turn.inbox_done),
                Cell::Bool(turn.inbox_strict),
                Cell::Bool(keep),
                due_at.map_or(Cell::Null, |due| Cell::Int(due.0)),
                Cell::Int(turn.level),
            ])?;
        } else if !is_end {
            // A root that ends in its first turn never needs a row.
            let row = RootRow {
                id: turn.root,
                project_id: turn.tenant.project,
                workspace_id: turn.tenant.workspace,
                owner_id: keep.then_some(node),
                seq: turn.seq,
                hash: turn.hash.to_vec(),
                inbox_seq: 0,
                due_at,
                level: turn.level,
                problem: String::new(),
            };
            encoded.new_root.push(row.into_cells())?;
        }
        encoded.journal.push(vec![
            root.clone(),
            Cell::Int(turn.seq),
            Cell::Int(turn.at.0),
            Cell::Text(turn.body),
            Cell::Bytes(turn.prev_hash.to_vec()),
            Cell::Bytes(turn.hash.to_vec()),
        ])?;
        let is_news = |run: InstanceId, playbook: Option<Uuid>| run == turn.root && playbook.is_some();
        let news = || vec![Cell::Uuid(turn.tenant.workspace.0), Cell::Uuid(turn.root.0)];
        for row in turn.created {
            // Whoever starts a run knows that it runs.
            if row.status != "RUNNING" && is_news(row.id, row.playbook_id) {
                encoded.news.push(news())?;
            }
            encoded.created.push(row.into_cells())?;
        }
        for change in &turn.changed {
            if is_news(change.id, change.playbook_id) {
                encoded.news.push(news())?;
            }
            encoded.changed.push(change.cells(turn.tenant))?;
        }
        for row in turn.nodes {
            encoded.nodes.push(row.into_cells())?;
        }
        for row in turn.opened {
            encoded.opened.push(row.into_cells())?;
        }
        for close in &turn.closed {
            encoded.closed.push(close.cells(turn.tenant))?;
        }
        if is_end && turn.seq > 1 {
            encoded.ended.push(vec![root])?;
        } else {
            if turn.inbox_done > 0 {
                encoded.taken.push(vec![root.clone(), Cell::Int(turn.inbox_done)])?;
            }
            if let Some(body) = turn.snapshot.filter(|_| !is_end) {
                encoded.snapshot.push(vec![root, Cell::Int(turn.seq), Cell::Text(body)])?;
            }
        }
        Ok(encoded)
    }
}

/// Writes the turns of a group and says which of them stand, in order. Audit entries go to the transaction. After an
/// error nothing of the transaction can be kept; the turns can be tried again.
pub(crate) async fn commit_all(tx: &mut Tx, turns: &[Encoded]) -> Result<Vec<TurnOutcome>, Error> {
    if turns.is_empty() {
        return Ok(Vec::new());
    }
    INSERT_ROOTS.execute_all(tx, turns.iter().map(|turn| &turn.new_root)).await?;
    let moved = ADVANCE_ROOTS.returning_ids(tx, turns.iter().map(|turn| &turn.moved_root)).await?;
    let moved: HashSet<Uuid> = moved.into_iter().collect();
    let outcomes: Vec<TurnOutcome> = turns
        .iter()
        .map(|turn| {
            if turn.seq == 1 || moved.contains(&turn.root.0) { TurnOutcome::Committed } else { TurnOutcome::Superseded }
        })
        .collect();
    let standing: Vec<&Encoded> = turns
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| **outcome == TurnOutcome::Committed)
        .map(|(turn, _)| turn)
        .collect();
    let standing = || standing.iter().copied();
    INSERT_JOURNAL.execute_all(tx, standing().map(|turn| &turn.journal)).await?;
    instance::INSERT.execute_all(tx, standing().map(|turn| &turn.created)).await?;
    instance::CHANGE.execute_all(tx, standing().map(|turn| &turn.changed)).await?;
    if run::NOTE.execute_all(tx, standing().map(|turn| &turn.news)).await? > 0 {
        tx.ring_playbooks();
    }
    instance::UPSERT_NODES.execute_all(tx, standing().map(|turn| &turn.nodes)).await?;
    task::INSERT.execute_all(tx, standing().map(|turn| &turn.opened)).await?;
    task::CLOSE.execute_all(tx, standing().map(|turn| &turn.closed)).await?;
    DELETE_INBOX.execute_all(tx, standing().map(|turn| &turn.taken)).await?;
    UPSERT_SNAPSHOTS.execute_all(tx, standing().map(|turn| &turn.snapshot)).await?;
    let ended = || standing().map(|turn| &turn.ended);
    DELETE_ROOTS.execute_all(tx, ended()).await?;
    DELETE_INBOXES.execute_all(tx, ended()).await?;
    DELETE_SNAPSHOTS.execute_all(tx, ended()).await?;
    for turn in standing() {
        for entry in &turn.audit {
            tx.audit(entry.clone());
        }
    }
    Ok(outcomes)
}

/// Whether the journal holds exactly this turn; asked when the outcome of a commit is unknown.
pub(crate) async fn journal_has(conn: &mut Conn, turn: &Encoded) -> Result<bool, Error> {
    let found = fetch!(
        conn,
        fetch_optional,
        (Vec<u8>,),
        "SELECT hash FROM journal WHERE root_id = $1 AND seq = $2",
        turn.root,
        turn.seq
    )?;
    Ok(found.is_some_and(|(hash,)| hash == turn.hash))
}
