//! Sources of events: webhooks, message streams.

use model::{DataClassId, ProjectId, SourceId, Tenant, Timestamp, UserId, WorkspaceId};

use crate::bulk::{self, Cell};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Page, PageRequest, Tx};

row! {
    /// A source of events.
    pub struct SourceRow {
        /// Its workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: SourceId,
        /// Its project.
        project_id: ProjectId,
        /// Its name, unique in the workspace.
        name: String,
        /// What it is for.
        description: String,
        /// How events come: `webhook`, `nats`.
        kind: String,
        /// What they look like: the name of a built-in mapping, or `custom`.
        format: String,
        /// The class of the objects that they become.
        dataclass_id: DataClassId,
        /// Whether its events are taken in.
        enabled: bool,
        /// SHA-256 of the token that senders show; empty when they sign.
        token_hash: Vec<u8>,
        /// The secret that senders sign with, sealed; empty when they show a token.
        secret: Vec<u8>,
        /// Mapping and whatever else the kind needs, JSON.
        settings: String,
        /// Who created it.
        creator_id: UserId,
        /// Their name.
        creator_name: String,
        /// When.
        create_time: Timestamp,
        /// Who changed it last.
        modifier_id: Option<UserId>,
        /// Their name.
        modifier_name: String,
        /// When it last changed.
        update_time: Timestamp,
    }
}

/// Adds a source. Breaks the constraint `ingest_source` / `name` when the name is taken.
pub async fn insert(tx: &mut Tx, source: &SourceRow) -> Result<(), Error> {
    bulk::insert(tx, "ingest_source", source).await
}

/// A source by id.
pub async fn get(conn: &mut Conn, tenant: Tenant, id: SourceId) -> Result<Option<SourceRow>, Error> {
    fetch!(
        conn,
        fetch_optional,
        SourceRow,
        "SELECT * FROM ingest_source WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )
}

/// Writes every changeable column but the secret. `false` when there is no such source.
pub async fn update(tx: &mut Tx, row: &SourceRow) -> Result<bool, Error> {
    let updated = execute!(
        tx,
        "UPDATE ingest_source SET name = $4, description = $5, kind = $6, format = $7, dataclass_id = $8, \
         enabled = $9, settings = $10, modifier_id = $11, modifier_name = $12, update_time = $13 WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        row.workspace_id,
        row.project_id,
        row.id,
        row.name,
        row.description,
        row.kind,
        row.format,
        row.dataclass_id,
        row.enabled,
        row.settings,
        row.modifier_id,
        row.modifier_name,
        row.update_time
    )?;
    Ok(updated == 1)
}

/// Writes the secret of a source. By itself, so that a change that has read the source before does not bring the old one
/// back. `false` when there is no such source.
pub async fn update_secret(tx: &mut Tx, row: &SourceRow) -> Result<bool, Error> {
    let updated = execute!(
        tx,
        "UPDATE ingest_source SET token_hash = $4, secret = $5, modifier_id = $6, modifier_name = $7, \
         update_time = $8 WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        row.workspace_id,
        row.project_id,
        row.id,
        row.token_hash,
        row.secret,
        row.modifier_id,
        row.modifier_name,
        row.update_time
    )?;
    Ok(updated == 1)
}

/// Removes a source; its dead letters stay. `false` when there is no such source.
pub async fn delete(tx: &mut Tx, tenant: Tenant, id: SourceId) -> Result<bool, Error> {
    let deleted = execute!(
        tx,
        "DELETE FROM ingest_source WHERE workspace_id = $1 AND project_id = $2 AND id = $3",
        tenant.workspace,
        tenant.project,
        id
    )?;
    Ok(deleted == 1)
}

/// The sources of a workspace, newest first.
pub async fn list(conn: &mut Conn, tenant: Tenant, page: PageRequest) -> Result<Page<SourceRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .page(conn, "*", "ingest_source", "id DESC", page)
        .await
}

/// The enabled sources of a kind of all workspaces, for who goes and gets their events.
pub async fn list_enabled(conn: &mut Conn, kind: &str) -> Result<Vec<SourceRow>, Error> {
    fetch!(
        conn,
        fetch_all,
        SourceRow,
        "SELECT * FROM ingest_source WHERE kind = $1 AND enabled ORDER BY workspace_id, id",
        kind
    )
}
