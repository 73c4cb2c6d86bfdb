//! What has run because of playbooks: the log, and how the instances of a playbook went.

use model::{PlaybookId, PlaybookInstanceId, Tenant};
use store::playbook::log::{self as rows, LogQuery, LogSort};
use store::playbook::monitor::{self, Versions};
use store::{Conn, Order, Page, PageRequest};

use super::instance::{STATUSES, TRIGGERS};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;
use crate::{Service, page};

pub use store::playbook::log::LogRow;
pub use store::playbook::monitor::{Monitor, RunTime};

const TYPES: &[&str] = &["AOP_WORKFLOW", "SCRIPT", "PLAYBOOK"];
const LEVELS: &[&str] = &["DEBUG", "INFO", "WARN", "ERROR"];

/// Which rows of the log to list.
#[derive(Debug, Clone, Default)]
pub struct SearchLog {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1000.
    pub limit: Option<i64>,
    /// `start_time` or `end_time`.
    pub sort_key: Option<String>,
    /// `ASC` or `DESC`.
    pub sort_dir: Option<String>,
    /// `AOP_WORKFLOW`, `SCRIPT` or `PLAYBOOK`.
    pub instance_type: Option<String>,
    /// Of this workflow or playbook.
    pub action_id: Option<String>,
    /// Part of its name.
    pub action_name: Option<String>,
    /// This instance.
    pub instance_id: Option<String>,
    /// What this instance started.
    pub parent_instance_id: Option<String>,
    /// On this level.
    pub log_level: Option<String>,
    /// Part of the error.
    pub error_msg: Option<String>,
    /// Started at or after this time.
    pub start_time: Option<String>,
    /// Ended at or before this time.
    pub end_time: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// Set off like this.
    pub trigger_type: Option<String>,
}

/// Which instances of a playbook to look at.
#[derive(Debug, Clone, Default)]
pub struct MonitorPlaybook {
    /// Set off at or after this time.
    pub start_time: Option<String>,
    /// Set off at or before this time.
    pub end_time: Option<String>,
    /// Of which versions: `ALL`, `VALID` or `DELETED`.
    pub version_query_type: Option<String>,
}

impl Service {
    /// A page of the log.
    pub async fn list_playbook_log(&self, ctx: &Ctx, input: SearchLog) -> Result<Page<LogRow>, Error> {
        ctx.require("secmaster:playbookInstance:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let key = fields.optional_one_of("sort_key", input.sort_key, &["start_time", "end_time"]);
        let sort = match key.as_deref() {
            Some("start_time") => LogSort::Start,
            Some("end_time") => LogSort::End,
            _ => LogSort::Creation,
        };
        let order = page::order(&mut fields, "sort_dir", input.sort_dir.as_deref());
        let zone = self.inner.settings.zone;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let query = LogQuery {
            instance_type: filled(fields.optional_one_of("instance_type", input.instance_type, TYPES)),
            action_id: fields.optional_id("action_id", input.action_id.as_deref()),
            action_name: fields.filter("action_name", input.action_name),
            instance_id: fields.optional_id("instance_id", input.instance_id.as_deref()),
            parent_instance_id: fields.optional_id("parent_instance_id", input.parent_instance_id.as_deref()),
            log_level: filled(fields.optional_one_of("log_level", input.log_level, LEVELS)),
            error_msg: fields.filter("error_msg", input.error_msg),
            from: fields.time("start_time", input.start_time.as_deref(), zone),
            to: fields.time("end_time", input.end_time.as_deref(), zone),
            status: filled(fields.optional_one_of("status", input.status, STATUSES)),
            trigger_type: filled(fields.optional_one_of("trigger_type", input.trigger_type, TRIGGERS)),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, sort, order, page).await?)
    }

    /// How the instances of a playbook that were set off in a span of time went.
    pub async fn monitor_playbook(&self, ctx: &Ctx, id: PlaybookId, input: MonitorPlaybook) -> Result<Monitor, Error> {
        ctx.require("secmaster:playbookInstance:list")?;
        let mut fields = Fields::new();
        let zone = self.inner.settings.zone;
        let mut time = |name: &str, value: Option<String>| {
            let text = fields.required(name, value.filter(|text| !text.is_empty()));
            fields.time(name, Some(&text), zone)
        };
        let (from, to) = (time("start_time", input.start_time), time("end_time", input.end_time));
        let versions = fields.one_of("version_query_type", input.version_query_type, &["ALL", "VALID", "DELETED"]);
        fields.finish()?;
        let versions = match versions.as_str() {
            "VALID" => Versions::Valid,
            "DELETED" => Versions::Deleted,
            _ => Versions::All,
        };
        self.read_playbook(ctx, id).await?;
        let mut conn = self.inner.db.read().await?;
        Ok(monitor::look(&mut conn, ctx.tenant, id, versions, from, to).await?)
    }
}

/// What the log says of the workflows of an instance.
pub(super) async fn of_instance(
    conn: &mut Conn,
    tenant: Tenant,
    instance: PlaybookInstanceId,
    page: PageRequest,
) -> Result<Page<LogRow>, Error> {
    let query = LogQuery { parent_instance_id: Some(instance.0), ..LogQuery::default() };
    Ok(rows::list(conn, tenant, &query, LogSort::Start, Order::Ascending, page).await?)
}
