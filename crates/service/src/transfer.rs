//! Export and import of workflows: one JSON document, see `docs/export-format.md`. It holds no secrets: connections are
//! named, never included. Imported versions are drafts, since an approval is not carried from one place to another.

use std::collections::{BTreeSet, HashSet};

use bpmn::Form;
use model::{VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use store::{dataclass, version, workflow};

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::version::{State, Version};
use crate::workflow::{AOP_TYPES, DESCRIPTION, NAME, Workflow, not_found};
use crate::{Service, code, content};

/// The document's `format`.
const FORMAT: &str = "muster-workflows";
/// The newest format version that this release reads and writes.
const FORMAT_VERSION: i64 = 1;
/// Workflows that one document holds at most.
const MAX_WORKFLOWS: usize = 500;

/// The document.
#[derive(Debug, Serialize, Deserialize)]
struct Export {
    format: String,
    format_version: i64,
    #[serde(default)]
    exported_at: String,
    workflows: Vec<ExportedWorkflow>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExportedWorkflow {
    name: String,
    #[serde(default)]
    description: String,
    aop_type: String,
    engine_type: String,
    #[serde(default)]
    labels: String,
    /// Data classes go by name: their ids differ from workspace to workspace.
    dataclass_name: String,
    #[serde(default)]
    versions: Vec<ExportedVersion>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ExportedVersion {
    name: String,
    #[serde(default)]
    description: String,
    /// The label and the state at the time of the export, for readers.
    #[serde(default)]
    version: String,
    #[serde(default)]
    status: String,
    taskflow: String,
    taskflow_type: String,
    taskconfig: String,
    aop_type: String,
    #[serde(default)]
    input: String,
    #[serde(default)]
    output: String,
}

impl Service {
    /// The document of some workflows with all their versions.
    pub async fn export_workflows(&self, ctx: &Ctx, ids: Option<Vec<String>>) -> Result<String, Error> {
        ctx.require("secmaster:workflow:export")?;
        let mut fields = Fields::new();
        let texts = fields.required("id", ids);
        if texts.is_empty() || texts.len() > MAX_WORKFLOWS {
            fields.violation(
                format!("id must list 1 to {MAX_WORKFLOWS} workflows"),
                format!("id必须包含1到{MAX_WORKFLOWS}个流程"),
            );
        }
        let ids: BTreeSet<WorkflowId> = texts.iter().filter_map(|text| fields.id("id", Some(text))).collect();
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let mut workflows = Vec::with_capacity(ids.len());
        for id in ids {
            let row = workflow::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
            let mut versions = version::list(&mut conn, ctx.tenant, id, None).await?;
            versions.reverse();
            workflows.push(ExportedWorkflow {
                name: row.name,
                description: row.description,
                aop_type: row.aop_type,
                engine_type: row.engine_type,
                labels: row.labels,
                dataclass_name: row.dataclass_name,
                versions: versions.into_iter().map(export_version).collect(),
            });
        }
        let export = Export {
            format: FORMAT.into(),
            format_version: FORMAT_VERSION,
            exported_at: self.now().to_wire(self.inner.settings.zone),
            workflows,
        };
        serde_json::to_string_pretty(&export).map_err(Error::internal)
    }

    /// Imports a document: all of it, or nothing and a report of everything that stands against it.
    pub async fn import_workflows(&self, ctx: &Ctx, document: Vec<u8>) -> Result<usize, Error> {
        ctx.require("secmaster:workflow:import")?;
        let export = content::blocking(document.len(), move || parse(&document)).await??;
        let mut report = Fields::new();
        let prepared = self.prepare(ctx, export, &mut report).await?;
        report.finish_as(&code::IMPORT)?;

        let (ctx, now, count) = (ctx.clone(), self.now(), prepared.len());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    for (row, versions) in prepared {
                        workflow::insert(tx, &row).await.map_err(|error| conflict(error, &row.name))?;
                        for version in &versions {
                            version::insert(tx, version).await?;
                        }
                        tx.audit(ctx.audit(now, "workflow.import", row.id));
                    }
                    Ok(count)
                })
            })
            .await
    }

    /// The rows of an import, with every conflict in the report.
    async fn prepare(
        &self,
        ctx: &Ctx,
        export: Export,
        report: &mut Fields,
    ) -> Result<Vec<(Workflow, Vec<Version>)>, Error> {
        let mut conn = self.inner.db.read().await?;
        let mut names = HashSet::new();
        let mut prepared = Vec::with_capacity(export.workflows.len());
        for (index, entry) in export.workflows.into_iter().enumerate() {
            let at = format!("workflows[{index}]");
            check(report, &at, &entry);
            let taken = workflow::get_by_name(&mut conn, ctx.tenant, &entry.name).await?.is_some();
            if taken || !names.insert(entry.name.clone()) {
                report.violation(
                    format!("{at}.name: a workflow named '{}' exists already", entry.name),
                    format!("{at}.name：已存在名为'{}'的流程", entry.name),
                );
            }
            let class = dataclass::get_by_name(&mut conn, ctx.tenant, &entry.dataclass_name).await?;
            let Some(class) = class else {
                report.violation(
                    format!("{at}.dataclass_name: there is no data class '{}'", entry.dataclass_name),
                    format!("{at}.dataclass_name：不存在数据类'{}'", entry.dataclass_name),
                );
                continue;
            };
            let row = self.imported_workflow(ctx, &entry, &class);
            let mut versions = Vec::with_capacity(entry.versions.len());
            for (number, version) in entry.versions.into_iter().enumerate() {
                if let Some(form) = Form::parse(&version.taskflow_type)
                    && let Err(error) = content::read(version.taskflow.clone(), form).await
                {
                    let text = error.message();
                    report.violation(
                        format!("{at}.versions[{number}].{}", text.en),
                        format!("{at}.versions[{number}].{}", text.zh),
                    );
                }
                versions.push(self.imported_version(ctx, &row, version, number));
            }
            prepared.push((row, versions));
        }
        Ok(prepared)
    }

    fn imported_workflow(&self, ctx: &Ctx, entry: &ExportedWorkflow, class: &dataclass::DataClassRow) -> Workflow {
        let (now, principal) = (self.now(), &ctx.caller.principal);
        Workflow {
            workspace_id: ctx.tenant.workspace,
            id: WorkflowId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            name: entry.name.clone(),
            description: entry.description.clone(),
            owner_id: None,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            edit_role: String::new(),
            use_role: String::new(),
            approve_role: String::new(),
            enabled: false,
            version_id: None,
            version: String::new(),
            current_approval_version_id: None,
            current_rejected_version_id: None,
            last_version: i64::try_from(entry.versions.len()).unwrap_or(i64::MAX),
            aop_type: entry.aop_type.clone(),
            engine_type: entry.engine_type.clone(),
            dataclass_id: class.id,
            dataclass_name: class.name.clone(),
            labels: entry.labels.clone(),
        }
    }

    fn imported_version(&self, ctx: &Ctx, row: &Workflow, entry: ExportedVersion, index: usize) -> Version {
        let (now, principal) = (self.now(), &ctx.caller.principal);
        Version {
            workspace_id: row.workspace_id,
            id: VersionId::new(&*self.inner.ids),
            project_id: row.project_id,
            workflow_id: row.id,
            number: i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1),
            name: entry.name,
            description: entry.description,
            owner_id: None,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            author_id: principal.user,
            status: State::Draft.name().into(),
            taskconfig: entry.taskconfig,
            taskflow: entry.taskflow,
            taskflow_type: entry.taskflow_type,
            aop_type: entry.aop_type,
            input: entry.input,
            output: entry.output,
            hash: None,
        }
    }
}

fn export_version(row: Version) -> ExportedVersion {
    ExportedVersion {
        version: row.label(),
        name: row.name,
        description: row.description,
        status: row.status,
        taskflow: row.taskflow,
        taskflow_type: row.taskflow_type,
        taskconfig: row.taskconfig,
        aop_type: row.aop_type,
        input: row.input,
        output: row.output,
    }
}

fn parse(document: &[u8]) -> Result<Export, Error> {
    let refuse = |en: String, zh: String| Error::new(&code::IMPORT, Text::new(en, zh));
    let export: Export = serde_json::from_slice(document).map_err(|error| {
        refuse(format!("uploadFile is not a workflow export: {error}"), format!("uploadFile不是流程导出文件：{error}"))
    })?;
    if export.format != FORMAT || export.format_version > FORMAT_VERSION {
        return Err(refuse(
            format!("uploadFile must have format {FORMAT}, version {FORMAT_VERSION} or older"),
            format!("uploadFile的格式必须为{FORMAT}，版本不高于{FORMAT_VERSION}"),
        ));
    }
    if export.workflows.is_empty() || export.workflows.len() > MAX_WORKFLOWS {
        return Err(refuse(
            format!("uploadFile must hold 1 to {MAX_WORKFLOWS} workflows"),
            format!("uploadFile必须包含1到{MAX_WORKFLOWS}个流程"),
        ));
    }
    Ok(export)
}

fn check(report: &mut Fields, at: &str, entry: &ExportedWorkflow) {
    report.name(&format!("{at}.name"), Some(entry.name.clone()), NAME);
    report.text(&format!("{at}.description"), Some(entry.description.clone()), DESCRIPTION);
    report.one_of(&format!("{at}.aop_type"), Some(entry.aop_type.clone()), AOP_TYPES);
    report.one_of(&format!("{at}.engine_type"), Some(entry.engine_type.clone()), &["public_engine"]);
    report.optional_one_of(&format!("{at}.labels"), Some(entry.labels.clone()), &["IP", "ACCOUNT", "DOMAIN"]);
    for (number, version) in entry.versions.iter().enumerate() {
        let at = format!("{at}.versions[{number}]");
        report.name(&format!("{at}.name"), Some(version.name.clone()), NAME);
        report.text(&format!("{at}.description"), Some(version.description.clone()), DESCRIPTION);
        report.one_of(&format!("{at}.aop_type"), Some(version.aop_type.clone()), AOP_TYPES);
        report.one_of(&format!("{at}.taskflow_type"), Some(version.taskflow_type.clone()), &["JSON", "XML"]);
        for (name, text) in
            [("taskconfig", &version.taskconfig), ("input", &version.input), ("output", &version.output)]
        {
            report.text(&format!("{at}.{name}"), Some(text.clone()), 4 << 20);
        }
    }
}

/// A name that was taken between the check and the write.
fn conflict(error: store::Error, name: &str) -> Error {
    crate::workflow::name_taken(error, name)
}
