//! Export and import of playbooks: one JSON document, see `docs/export-format.md`. Workflows and data classes go by name.
//! Imported versions are drafts, since an approval is not carried from one place to another.

use std::collections::{BTreeSet, HashSet};

use model::PlaybookId;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::playbook::version::PlaybookVersionQuery;
use store::playbook::{self as playbooks, version as versions};
use store::{Conn, PageRequest, dataclass, workflow};

use super::draft::{self, ActionInput, Draft, VersionInput};
use super::{PRIORITY, Playbook, name_taken, not_found};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::workflow::{DESCRIPTION, NAME};
use crate::{Service, code, content, page};

/// The document's `format`.
const FORMAT: &str = "muster-playbooks";
/// The newest format version that this release reads and writes.
const FORMAT_VERSION: i64 = 1;
/// Playbooks that one document holds at most.
const MAX_PLAYBOOKS: usize = 500;
/// Import the document.
const IMPORT: &str = "import";
/// Only say whether it could be imported.
const VERIFY: &str = "verify";

/// The document.
#[derive(Debug, Serialize, Deserialize)]
struct Export {
    format: String,
    format_version: i64,
    #[serde(default)]
    exported_at: String,
    playbooks: Vec<ExportedPlaybook>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExportedPlaybook {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    priority: i64,
    #[serde(default)]
    versions: Vec<ExportedVersion>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExportedVersion {
    #[serde(default)]
    description: String,
    /// The label and the state at the time of the export, for readers.
    #[serde(default)]
    version: String,
    #[serde(default)]
    status: String,
    dataclass_name: String,
    trigger_type: String,
    #[serde(default)]
    dataobject_create: bool,
    #[serde(default)]
    dataobject_update: bool,
    #[serde(default)]
    dataobject_delete: bool,
    action_strategy: String,
    #[serde(default)]
    rule_enable: bool,
    /// A document, or null.
    #[serde(default)]
    rule: Json,
    #[serde(default)]
    actions: Vec<ExportedAction>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExportedAction {
    name: String,
    #[serde(default)]
    description: String,
    workflow_name: String,
    sort_order: i64,
}

impl Service {
    /// The document of some playbooks with all their versions.
    pub async fn export_playbooks(&self, ctx: &Ctx, ids: Option<Vec<String>>) -> Result<String, Error> {
        ctx.require("secmaster:playbook:export")?;
        let mut fields = Fields::new();
        let texts = fields.required("id", ids);
        if texts.is_empty() || texts.len() > MAX_PLAYBOOKS {
            fields.violation(
                format!("id must list 1 to {MAX_PLAYBOOKS} playbooks"),
                format!("id必须包含1到{MAX_PLAYBOOKS}个剧本"),
            );
        }
        let ids: BTreeSet<PlaybookId> = texts.iter().filter_map(|text| fields.id("id", Some(text))).collect();
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let mut exported = Vec::with_capacity(ids.len());
        for id in ids {
            exported.push(export_playbook(&mut conn, ctx, id).await?);
        }
        let export = Export {
            format: FORMAT.into(),
            format_version: FORMAT_VERSION,
            exported_at: self.now().to_wire(self.inner.settings.zone),
            playbooks: exported,
        };
        serde_json::to_string_pretty(&export).map_err(Error::internal)
    }

    /// Imports a document: all of it, or nothing and a report of everything that stands against it. With the mode
    /// `verify`, the report alone.
    pub async fn import_playbooks(&self, ctx: &Ctx, document: Vec<u8>, mode: Option<String>) -> Result<(), Error> {
        ctx.require("secmaster:playbook:import")?;
        let mut fields = Fields::new();
        let mode = fields.optional_one_of("upload_model", mode, &[IMPORT, VERIFY]);
        fields.finish()?;
        let export = content::blocking(document.len(), move || parse(&document)).await??;
        let mut report = Fields::new();
        let prepared = self.prepare_import(ctx, export, &mut report).await?;
        report.finish_as(&code::IMPORT)?;
        if mode.as_deref() == Some(VERIFY) {
            return Ok(());
        }

        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    for (playbook, drafts) in prepared {
                        playbooks::insert(tx, &playbook).await.map_err(|error| name_taken(error, &playbook.name))?;
                        for draft in &drafts {
                            super::version::insert(tx, draft).await?;
                        }
                        tx.audit(ctx.audit(now, "playbook.import", playbook.id));
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The rows of an import, with every conflict in the report.
    async fn prepare_import(
        &self,
        ctx: &Ctx,
        export: Export,
        report: &mut Fields,
    ) -> Result<Vec<(Playbook, Vec<Draft>)>, Error> {
        let mut names = HashSet::new();
        let mut prepared = Vec::with_capacity(export.playbooks.len());
        for (index, entry) in export.playbooks.into_iter().enumerate() {
            let at = format!("playbooks[{index}]");
            report.name(&format!("{at}.name"), Some(entry.name.clone()), NAME);
            report.text(&format!("{at}.description"), Some(entry.description.clone()), DESCRIPTION);
            report.range(&format!("{at}.priority"), Some(entry.priority), -PRIORITY, PRIORITY, 0);
            let mut conn = self.inner.db.read().await?;
            let taken = playbooks::get_by_name(&mut conn, ctx.tenant, &entry.name).await?.is_some();
            drop(conn);
            if taken || !names.insert(entry.name.clone()) {
                report.violation(
                    format!("{at}.name: a playbook named '{}' exists already", entry.name),
                    format!("{at}.name：已存在名为'{}'的剧本", entry.name),
                );
            }
            let playbook = Playbook {
                description: entry.description,
                priority: entry.priority,
                last_version: i64::try_from(entry.versions.len()).unwrap_or(i64::MAX),
                ..self.blank_playbook(ctx, entry.name)
            };
            let mut drafts = Vec::with_capacity(entry.versions.len());
            for (number, version) in (1..).zip(entry.versions) {
                let at = format!("{at}.versions[{}]", number - 1);
                let mut draft = self.imported(ctx, report, &at, &playbook, version).await?;
                draft.version.number = number;
                drafts.push(draft);
            }
            prepared.push((playbook, drafts));
        }
        Ok(prepared)
    }

    /// A version of an import as a draft, with what is wrong with it in the report.
    async fn imported(
        &self,
        ctx: &Ctx,
        report: &mut Fields,
        at: &str,
        playbook: &Playbook,
        entry: ExportedVersion,
    ) -> Result<Draft, Error> {
        let version = self.blank_version(ctx, playbook.id, playbook.create_time);
        let mut draft = Draft { version, actions: Vec::new() };
        let mut conn = self.inner.db.read().await?;
        let class = dataclass::get_by_name(&mut conn, ctx.tenant, &entry.dataclass_name).await?;
        let mut actions = Vec::with_capacity(entry.actions.len());
        for (index, action) in entry.actions.into_iter().enumerate() {
            let name = &action.workflow_name;
            match workflow::get_by_name(&mut conn, ctx.tenant, name).await? {
                Some(row) => actions.push(ActionInput {
                    name: Some(action.name),
                    description: Some(action.description),
                    action_type: None,
                    action_id: Some(row.id.to_string()),
                    // Exact, or out of range and refused.
                    sort_order: Some(action.sort_order as f64),
                }),
                None => report.violation(
                    format!("{at}.actions[{index}].workflow_name: there is no workflow '{name}'"),
                    format!("{at}.actions[{index}].workflow_name：不存在流程'{name}'"),
                ),
            }
        }
        drop(conn);
        let Some(class) = class else {
            report.violation(
                format!("{at}.dataclass_name: there is no data class '{}'", entry.dataclass_name),
                format!("{at}.dataclass_name：不存在数据类'{}'", entry.dataclass_name),
            );
            return Ok(draft);
        };
        let input = VersionInput {
            description: Some(entry.description),
            dataclass_id: Some(class.id.to_string()),
            rule_enable: Some(entry.rule_enable),
            rule_id: None,
            trigger_type: Some(entry.trigger_type),
            dataobject_create: Some(entry.dataobject_create),
            dataobject_update: Some(entry.dataobject_update),
            dataobject_delete: Some(entry.dataobject_delete),
            action_strategy: Some(entry.action_strategy),
            actions: Some(actions),
            rule: Some(entry.rule.into()),
        };
        let mut problems = Fields::new();
        self.edit(ctx, &mut problems, &mut draft, input).await?;
        if let Err(error) = problems.finish() {
            let text = error.message();
            report.violation(format!("{at}: {}", text.en), format!("{at}：{}", text.zh));
        }
        Ok(draft)
    }
}

async fn export_playbook(conn: &mut Conn, ctx: &Ctx, id: PlaybookId) -> Result<ExportedPlaybook, Error> {
    let row = playbooks::get(conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
    let all = PageRequest { offset: 0, limit: page::WINDOW };
    let mut rows = versions::list(conn, ctx.tenant, id, &PlaybookVersionQuery::default(), all).await?.rows;
    rows.reverse();
    let mut exported = Vec::with_capacity(rows.len());
    for version in rows {
        if let Some(draft) = draft::read(conn, ctx.tenant, version.id).await? {
            exported.push(export_version(conn, ctx, draft).await?);
        }
    }
    Ok(ExportedPlaybook { name: row.name, description: row.description, priority: row.priority, versions: exported })
}

async fn export_version(conn: &mut Conn, ctx: &Ctx, draft: Draft) -> Result<ExportedVersion, Error> {
    let Draft { version, actions } = draft;
    let mut exported = Vec::with_capacity(actions.len());
    for action in actions {
        let found = workflow::get(conn, ctx.tenant, action.action_id).await?;
        exported.push(ExportedAction {
            // A workflow that was deleted has left the name that the action took from it.
            workflow_name: found.map_or_else(|| action.name.clone(), |row| row.name),
            name: action.name,
            description: action.description,
            sort_order: action.sort_order,
        });
    }
    Ok(ExportedVersion {
        version: version.label(),
        description: version.description,
        status: version.status,
        dataclass_name: version.dataclass_name,
        trigger_type: version.trigger_type,
        dataobject_create: version.dataobject_create,
        dataobject_update: version.dataobject_update,
        dataobject_delete: version.dataobject_delete,
        action_strategy: version.action_strategy,
        rule_enable: version.rule_enable,
        rule: if version.rule.is_empty() {
            Json::Null
        } else {
            serde_json::from_str(&version.rule).map_err(Error::internal)?
        },
        actions: exported,
    })
}

fn parse(document: &[u8]) -> Result<Export, Error> {
    let refuse = |en: String, zh: String| Error::new(&code::IMPORT, Text::new(en, zh));
    let export: Export = serde_json::from_slice(document).map_err(|error| {
        refuse(format!("uploadFile is not a playbook export: {error}"), format!("uploadFile不是剧本导出文件：{error}"))
    })?;
    if export.format != FORMAT || export.format_version > FORMAT_VERSION {
        return Err(refuse(
            format!("uploadFile must have format {FORMAT}, version {FORMAT_VERSION} or older"),
            format!("uploadFile的格式必须为{FORMAT}，版本不高于{FORMAT_VERSION}"),
        ));
    }
    if export.playbooks.is_empty() || export.playbooks.len() > MAX_PLAYBOOKS {
        return Err(refuse(
            format!("uploadFile must hold 1 to {MAX_PLAYBOOKS} playbooks"),
            format!("uploadFile必须包含1到{MAX_PLAYBOOKS}个剧本"),
        ));
    }
    Ok(export)
}
