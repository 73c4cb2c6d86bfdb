//! Committing turns: one statement for each table, whatever the number of turns in the group.

use model::{InstanceId, NodeId, Tenant, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::audit::AuditEntry;
use crate::bulk::{Bulk, Cell, Kind};
use crate::instance::{InstanceChange, InstanceRow, NodeRunRow};
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

static END_ROOTS: Bulk = Bulk::with_rows(
    "DELETE FROM root WHERE id IN (SELECT root.id FROM root JOIN",
    ROOT_COLUMNS,
    "ON root.id = v.id AND root.owner_id = v.owner AND root.seq = v.expected \
     AND (NOT v.inbox_strict OR root.inbox_seq = v.inbox_done)) RETURNING id",
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
    "DELETE FROM inbox WHERE EXISTS (SELECT 1 FROM",
    &[("root_id", Kind::Uuid), ("done", Kind::Int)],
    "WHERE v.root_id = inbox.root_id AND inbox.seq <= v.done)",
);

static DELETE_SNAPSHOTS: Bulk = Bulk::with_rows(
    "DELETE FROM snapshot WHERE root_id IN (SELECT v.root_id FROM",
    &[("root_id", Kind::Uuid)],
    ")",
);

/// Writes the turns of a group and says which of them stand, in order. Audit entries go to the transaction.
pub(crate) async fn commit_all(
    tx: &mut Tx,
    node: NodeId,
    turns: &mut [TurnCommit],
) -> Result<Vec<TurnOutcome>, Error> {
    if turns.is_empty() {
        return Ok(Vec::new());
    }
    let standing = move_roots(tx, node, turns).await?;
    let outcomes: Vec<TurnOutcome> = turns
        .iter()
        .map(|turn| {
            if turn.seq == 1 || standing.contains(&turn.root.0) {
                TurnOutcome::Committed
            } else {
                TurnOutcome::Superseded
            }
        })
        .collect();
    let mut rows = Rows::default();
    for (turn, outcome) in turns.iter_mut().zip(&outcomes) {
        if *outcome == TurnOutcome::Committed {
            rows.add(turn);
            tx.audit.append(&mut turn.audit);
        }
    }
    INSERT_JOURNAL.execute(tx, &rows.journal).await?;
    instance::insert_all(tx, &rows.created).await?;
    instance::change_all(tx, &rows.changed).await?;
    instance::upsert_nodes(tx, &rows.nodes).await?;
    task::insert_all(tx, &rows.opened).await?;
    task::close_all(tx, &rows.closed).await?;
    DELETE_INBOX.execute(tx, &rows.inbox).await?;
    UPSERT_SNAPSHOTS.execute(tx, &rows.snapshots).await?;
    DELETE_SNAPSHOTS.execute(tx, &rows.ended).await?;
    Ok(outcomes)
}

/// Advances, ends or inserts the root rows; gives the ids of existing roots whose turn stands.
async fn move_roots(tx: &mut Tx, node: NodeId, turns: &[TurnCommit]) -> Result<Vec<Uuid>, Error> {
    let (mut advanced, mut ended, mut inserted) = (Vec::new(), Vec::new(), Vec::new());
    for turn in turns {
        let (keep, due_at) = match turn.next {
            Next::Owned { due_at } => (true, due_at),
            Next::Waits { due_at } => (false, due_at),
            Next::Ended => (false, None),
        };
        if turn.seq == 1 {
            // A root that ends in its first turn never needs a row.
            if turn.next != Next::Ended {
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
                inserted.push(row.cells());
            }
            continue;
        }
        let due_at = due_at.map_or(Cell::Null, |due| Cell::Int(due.0));
        let row = vec![
            Cell::Uuid(turn.root.0),
            Cell::Uuid(node.0),
            Cell::Int(turn.seq - 1),
            Cell::Int(turn.seq),
            Cell::Bytes(turn.hash.to_vec()),
            Cell::Int(turn.inbox_done),
            Cell::Bool(turn.inbox_strict),
            Cell::Bool(keep),
            due_at,
            Cell::Int(turn.level),
        ];
        if turn.next == Next::Ended { ended.push(row) } else { advanced.push(row) }
    }
    INSERT_ROOTS.execute(tx, &inserted).await?;
    let mut standing = ADVANCE_ROOTS.returning_ids(tx, &advanced).await?;
    standing.extend(END_ROOTS.returning_ids(tx, &ended).await?);
    Ok(standing)
}

/// Rows of the turns that stand, by table.
#[derive(Default)]
struct Rows {
    journal: Vec<Vec<Cell>>,
    created: Vec<Vec<Cell>>,
    changed: Vec<Vec<Cell>>,
    nodes: Vec<Vec<Cell>>,
    opened: Vec<Vec<Cell>>,
    closed: Vec<Vec<Cell>>,
    inbox: Vec<Vec<Cell>>,
    snapshots: Vec<Vec<Cell>>,
    ended: Vec<Vec<Cell>>,
}

impl Rows {
    fn add(&mut self, turn: &mut TurnCommit) {
        self.journal.push(vec![
            Cell::Uuid(turn.root.0),
            Cell::Int(turn.seq),
            Cell::Int(turn.at.0),
            // Kept in the turn as well: it is compared with the journal when the commit's outcome is unknown.
            Cell::Text(turn.body.clone()),
            Cell::Bytes(turn.prev_hash.to_vec()),
            Cell::Bytes(turn.hash.to_vec()),
        ]);
        self.created.extend(turn.created.iter().map(InstanceRow::cells));
        self.changed.extend(turn.changed.iter().map(|change| change.cells(turn.tenant)));
        self.nodes.extend(turn.nodes.iter().map(NodeRunRow::cells));
        self.opened.extend(turn.opened.iter().map(TaskRow::cells));
        self.closed.extend(turn.closed.iter().map(|close| close.cells(turn.tenant)));
        if turn.inbox_done > 0 {
            self.inbox.push(vec![Cell::Uuid(turn.root.0), Cell::Int(turn.inbox_done)]);
        }
        if turn.next == Next::Ended && turn.seq > 1 {
            self.ended.push(vec![Cell::Uuid(turn.root.0)]);
        } else if let Some(body) = turn.snapshot.take() {
            self.snapshots.push(vec![Cell::Uuid(turn.root.0), Cell::Int(turn.seq), Cell::Text(body)]);
        }
    }
}

/// Whether the journal holds exactly this turn; asked when the outcome of a commit is unknown.
pub(crate) async fn journal_has(conn: &mut Conn, turn: &TurnCommit) -> Result<bool, Error> {
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
