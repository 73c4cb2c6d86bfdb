//! Approvals: what reviewers have said of versions.

use model::{ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use crate::bulk::{self, Cell};
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Tx};

row! {
    /// What a reviewer has said.
    pub struct ApprovalRow {
        /// The workspace.
        workspace_id: WorkspaceId,
        /// Its id.
        id: Uuid,
        /// The project.
        project_id: ProjectId,
        /// `PLAYBOOK` or `AOP_WORKFLOW`.
        resource_type: String,
        /// Which playbook or workflow.
        resource_id: Uuid,
        /// Which version of it.
        version_id: Uuid,
        /// `PASS` or `UN_PASS`.
        result: String,
        /// The opinion.
        content: String,
        /// Who.
        user_id: UserId,
        /// Their name.
        user_name: String,
        /// When.
        time: Timestamp,
    }
}

/// Adds an approval.
pub async fn insert(tx: &mut Tx, approval: &ApprovalRow) -> Result<(), Error> {
    bulk::insert(tx, "approval", approval).await
}

/// Up to `limit` approvals of a workspace, newest first: of one playbook or workflow, of one of the two types.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    resource: Option<Uuid>,
    resource_type: Option<&str>,
    limit: i64,
) -> Result<Vec<ApprovalRow>, Error> {
    Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("resource_id", resource.map(Cell::Uuid))
        .equals("resource_type", resource_type.map(|name| Cell::Text(name.to_owned())))
        .all(conn, "*", "approval", &format!("ORDER BY id DESC LIMIT {limit}"))
        .await
}
