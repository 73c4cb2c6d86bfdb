//! The record of what principals did. Rows chain by hash in lanes, one for each writer connection of one node start,
//! and commit with the act itself. Anchors over all lane heads carry a keyed hash whose key is not in the database.

use model::{ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::bulk::{self, Bulk, Cell, Rows};
use crate::filter::Filter;
use crate::row::{Row as _, row};
use crate::{Conn, Error, Order, Page, PageRequest, Tx};

/// The hash before the first row of a lane.
pub const FIRST: [u8; 32] = [0; 32];

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// In which project; none for acts on a domain.
    pub project: Option<ProjectId>,
    /// In which workspace.
    pub workspace: Option<WorkspaceId>,
    /// Who.
    pub user: UserId,
    /// Their name at the time.
    pub user_name: String,
    /// The request that carried the act.
    pub request_id: String,
    /// Where it came from.
    pub client_ip: String,
    /// What was done, `<object>.<verb>`: `workflow.create`.
    pub action: &'static str,
    /// The object's id.
    pub object: String,
    /// What else matters, a JSON object; never a secret.
    pub detail: String,
}

row! {
    /// One act as stored.
    pub struct AuditRow {
        /// The lane.
        lane: Uuid,
        /// The place in the lane, from 1.
        seq: i64,
        /// When.
        at: Timestamp,
        /// In which project.
        project_id: Option<ProjectId>,
        /// In which workspace.
        workspace_id: Option<WorkspaceId>,
        /// Who.
        user_id: UserId,
        /// Their name at the time.
        user_name: String,
        /// The request.
        request_id: String,
        /// Where it came from.
        client_ip: String,
        /// What was done.
        action: String,
        /// The object's id.
        object: String,
        /// What else matters.
        detail: String,
        /// The hash of the row before.
        prev_hash: Vec<u8>,
        /// The hash over the row before and this one.
        hash: Vec<u8>,
    }
}

row! {
    /// A keyed hash over the heads of all lanes.
    pub struct AnchorRow {
        /// The place among the anchors, from 1.
        seq: i64,
        /// When it was made.
        at: Timestamp,
        /// Heads of the lanes that grew since the anchor before: a JSON object of lane to `{"seq","hash"}`.
        heads: String,
        /// HMAC-SHA256 over the anchor before and this one.
        mac: Vec<u8>,
    }
}

impl AuditRow {
    /// The hash that this row should have: over the hash before, the lane, the place and every other field.
    pub fn expected_hash(&self) -> [u8; 32] {
        let texts = [&self.user_name, &self.request_id, &self.client_ip, &self.action, &self.object, &self.detail];
        let fields = serde_json::to_vec(&(
            self.lane,
            self.seq,
            self.at,
            self.project_id,
            self.workspace_id,
            self.user_id,
            texts,
        ))
        .expect("ids, numbers and texts cannot fail to serialise");
        let mut hash = Sha256::new();
        hash.update(&self.prev_hash);
        hash.update(fields);
        hash.finalize().into()
    }
}

/// A lane under construction, held by one writer connection.
#[derive(Debug)]
pub(crate) struct Lane {
    id: Uuid,
    seq: i64,
    head: [u8; 32],
}

static INSERT: Bulk = Bulk::insert("audit", AuditRow::COLUMNS, "");

impl Lane {
    pub(crate) fn new(id: Uuid) -> Self {
        Self { id, seq: 0, head: FIRST }
    }

    /// The lane as the database has it: after a lost connection, the last commit may or may not have come through.
    pub(crate) async fn reload(&mut self, conn: &mut Conn) -> Result<(), Error> {
        let head = fetch!(
            conn,
            fetch_optional,
            (i64, Vec<u8>),
            "SELECT seq, hash FROM audit WHERE lane = $1 ORDER BY seq DESC LIMIT 1",
            self.id
        )?;
        (self.seq, self.head) = match head {
            Some((seq, hash)) => {
                let hash = hash.try_into().map_err(|_| Error::Corrupt("the hash of an audit row".to_owned()))?;
                (seq, hash)
            }
            None => (0, FIRST),
        };
        Ok(())
    }

    /// Writes the entries after this lane's head. Gives the lane's next state, to be kept once the commit stands.
    pub(crate) async fn append(&self, conn: &mut Conn, entries: Vec<AuditEntry>) -> Result<Self, Error> {
        let mut next = Self { id: self.id, seq: self.seq, head: self.head };
        let mut rows = Rows::new(conn.dialect());
        for entry in entries {
            next.seq += 1;
            let mut row = AuditRow {
                lane: self.id,
                seq: next.seq,
                at: entry.at,
                project_id: entry.project,
                workspace_id: entry.workspace,
                user_id: entry.user,
                user_name: entry.user_name,
                request_id: entry.request_id,
                client_ip: entry.client_ip,
                action: entry.action.to_owned(),
                object: entry.object,
                detail: entry.detail,
                prev_hash: next.head.to_vec(),
                hash: Vec::new(),
            };
            next.head = row.expected_hash();
            row.hash = next.head.to_vec();
            rows.push(row.into_cells())?;
        }
        INSERT.execute_all(conn, [&rows]).await?;
        Ok(next)
    }
}

/// The rows of a lane after a place, in order.
pub async fn list_lane(conn: &mut Conn, lane: Uuid, after: i64, limit: i64) -> Result<Vec<AuditRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        AuditRow,
        "SELECT * FROM audit WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        lane,
        after,
        limit
    )
}

row! {
    /// The last row of a lane.
    pub struct LaneHead {
        /// The lane.
        lane: Uuid,
        /// Its last place.
        seq: i64,
        /// The hash there.
        hash: Vec<u8>,
    }
}

/// The last row of every lane, by lane. One step into the index for each lane, however long the lanes are.
pub async fn lane_heads(conn: &mut Conn) -> Result<Vec<LaneHead>, Error> {
    fetch!(
        conn,
        fetch_all,
        LaneHead,
        "WITH RECURSIVE lanes (lane) AS ( \
           SELECT (SELECT a.lane FROM audit a ORDER BY a.lane LIMIT 1) \
           UNION ALL \
           SELECT (SELECT a.lane FROM audit a WHERE a.lane > l.lane ORDER BY a.lane LIMIT 1) \
           FROM lanes l WHERE l.lane IS NOT NULL \
         ) \
         SELECT a.lane AS lane, a.seq AS seq, a.hash AS hash FROM lanes l JOIN audit a ON a.lane = l.lane \
         AND a.seq = (SELECT b.seq FROM audit b WHERE b.lane = l.lane ORDER BY b.seq DESC LIMIT 1) ORDER BY l.lane"
    )
}

/// The hash of one row.
pub async fn row_hash(conn: &mut Conn, lane: Uuid, seq: i64) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT hash FROM audit WHERE lane = $1 AND seq = $2";
    let found = fetch!(conn, fetch_optional, (Vec<u8>,), sql, lane, seq)?;
    Ok(found.map(|(hash,)| hash))
}

/// What a list of acts is narrowed by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this user.
    pub user: Option<UserId>,
    /// The user's name at the time contains this.
    pub user_name: Option<String>,
    /// This act: `workflow.create`.
    pub action: Option<String>,
    /// On this object.
    pub object: Option<String>,
    /// In this request.
    pub request_id: Option<String>,
    /// At this instant or later.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

/// Acts in a workspace, by time.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &AuditQuery,
    order: Order,
    page: PageRequest,
) -> Result<Page<AuditRow>, Error> {
    let mut filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("user_id", query.user.map(|id| Cell::Uuid(id.0)))
        .equals("action", query.action.clone().map(Cell::Text))
        .equals("object", query.object.clone().map(Cell::Text))
        .equals("request_id", query.request_id.clone().map(Cell::Text))
        .contains("user_name", query.user_name.as_deref());
    if let Some(from) = query.from {
        filter = filter.compare("at", ">=", Cell::Int(from.0));
    }
    if let Some(to) = query.to {
        filter = filter.compare("at", "<", Cell::Int(to.0));
    }
    let direction = order.sql();
    let order = format!("at {direction}, lane {direction}, seq {direction}");
    filter.page(conn, "*", "audit", &order, page).await
}

/// The last anchor.
pub async fn last_anchor(conn: &mut Conn) -> Result<Option<AnchorRow>, Error> {
    fetch!(conn, fetch_optional, AnchorRow, "SELECT * FROM audit_anchor ORDER BY seq DESC LIMIT 1")
}

/// Anchors after a place, in order.
pub async fn list_anchors(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<AnchorRow>, Error> {
    fetch!(conn, fetch_all, AnchorRow, "SELECT * FROM audit_anchor WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
}

/// Adds an anchor. Two nodes that anchor at once collide on `seq`, and one of them tries again later.
pub async fn insert_anchor(tx: &mut Tx, anchor: &AnchorRow) -> Result<(), Error> {
    bulk::insert(tx, "audit_anchor", anchor).await
}
