//! The log of what ran: playbook instances, and the runs of workflows that they have started or could not start.

use model::{Tenant, Timestamp};
use uuid::Uuid;

use crate::bulk::Cell;
use crate::filter::Filter;
use crate::row::row;
use crate::{Conn, Error, Order, Page, PageRequest};

row! {
    /// Something that ran.
    pub struct LogRow {
        /// `PLAYBOOK` or `AOP_WORKFLOW`.
        instance_type: String,
        /// The playbook or workflow.
        action_id: Uuid,
        /// Its name.
        action_name: String,
        /// The run.
        instance_id: Uuid,
        /// The playbook instance that it belongs to; none for playbooks.
        parent_instance_id: Option<Uuid>,
        /// `ERROR` when it has failed, `WARN` when it was terminated, or else `INFO`.
        log_level: String,
        /// What went wrong; empty when nothing did.
        error_msg: String,
        /// When it started: for a playbook, when it was set off.
        start_time: Timestamp,
        /// When it ended.
        end_time: Option<Timestamp>,
        /// `RUNNING`, `FAILED`, `FINISHED`, `RETRYING`, `TERMINATING` or `TERMINATED`.
        status: String,
        /// `EVENT`, `TIMER`, `MANUAL` or `DEBUG`.
        trigger_type: String,
    }
}

/// What the log is narrowed by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogQuery {
    /// `PLAYBOOK` or `AOP_WORKFLOW`.
    pub instance_type: Option<String>,
    /// This playbook or workflow.
    pub action_id: Option<Uuid>,
    /// Its name contains this.
    pub action_name: Option<String>,
    /// This run.
    pub instance_id: Option<Uuid>,
    /// Runs of this playbook instance.
    pub parent_instance_id: Option<Uuid>,
    /// On this level.
    pub log_level: Option<String>,
    /// What went wrong contains this.
    pub error_msg: Option<String>,
    /// Started at or after this instant.
    pub from: Option<Timestamp>,
    /// Ended at or before this instant.
    pub to: Option<Timestamp>,
    /// In this status.
    pub status: Option<String>,
    /// Set off like this.
    pub trigger_type: Option<String>,
}

/// What the log is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSort {
    /// When it was set off.
    Creation,
    /// When it started.
    Start,
    /// When it ended; what has not ended comes last.
    End,
}

/// The workspace is `$1` and the project `$2`: SQLite reads the rows of all tenants unless each part says whose it wants.
const LOG: &str = "(SELECT p.workspace_id, p.project_id, 'PLAYBOOK' AS instance_type, p.playbook_id AS action_id, \
         p.playbook_name AS action_name, p.id AS instance_id, NULL AS parent_instance_id, \
         CASE p.status WHEN 'FAILED' THEN 'ERROR' WHEN 'TERMINATED' THEN 'WARN' ELSE 'INFO' END AS log_level, \
         p.problem AS error_msg, p.create_time AS start_time, p.end_time, p.status, p.trigger_type \
         FROM playbook_instance p WHERE p.workspace_id = $1 AND p.project_id = $2 \
     UNION ALL \
     SELECT r.workspace_id, r.project_id, 'AOP_WORKFLOW', r.workflow_id, coalesce(i.workflow_name, r.action_name), \
         r.run_id, r.playbook_instance_id, \
         CASE coalesce(i.status, 'FAILED') WHEN 'FAILED' THEN 'ERROR' WHEN 'TERMINATED' THEN 'WARN' ELSE 'INFO' END, \
         CASE WHEN i.status = 'FAILED' THEN coalesce((SELECT n.error FROM node_run n WHERE n.root_id = r.run_id \
             AND n.status = 'FAILED' AND n.end_time IS NULL ORDER BY n.no LIMIT 1), r.problem) ELSE r.problem END, \
         coalesce(i.start_time, p.create_time), i.end_time, coalesce(i.status, 'FAILED'), p.trigger_type \
         FROM playbook_run r \
         JOIN playbook_instance p ON p.workspace_id = r.workspace_id AND p.id = r.playbook_instance_id \
         LEFT JOIN instance i ON i.workspace_id = r.workspace_id AND i.id = r.run_id \
         WHERE r.workspace_id = $1 AND r.project_id = $2 AND (i.id IS NOT NULL OR r.problem <> '')) AS log";

/// The log of a workspace.
pub async fn list(
    conn: &mut Conn,
    tenant: Tenant,
    query: &LogQuery,
    sort: LogSort,
    order: Order,
    page: PageRequest,
) -> Result<Page<LogRow>, Error> {
    let text = |value: &Option<String>| value.clone().map(Cell::Text);
    let filter = Filter::new(conn.dialect())
        .compare("workspace_id", "=", Cell::Uuid(tenant.workspace.0))
        .compare("project_id", "=", Cell::Uuid(tenant.project.0))
        .equals("instance_type", text(&query.instance_type))
        .equals("action_id", query.action_id.map(Cell::Uuid))
        .contains("action_name", query.action_name.as_deref())
        .equals("instance_id", query.instance_id.map(Cell::Uuid))
        .equals("parent_instance_id", query.parent_instance_id.map(Cell::Uuid))
        .equals("log_level", text(&query.log_level))
        .contains("error_msg", query.error_msg.as_deref())
        .between("start_time", query.from, None)
        .between("end_time", None, query.to)
        .equals("status", text(&query.status))
        .equals("trigger_type", text(&query.trigger_type));
    let direction = order.sql();
    let order = match sort {
        // Ids are in the order of creation.
        LogSort::Creation => format!("instance_id {direction}"),
        LogSort::Start => format!("start_time {direction}, instance_id {direction}"),
        LogSort::End => format!("end_time IS NULL, end_time {direction}, instance_id {direction}"),
    };
    filter.page(conn, "*", LOG, &order, page).await
}
