//! From the templates to rows of a new workspace.

use model::{DataClassId, IdSource, VersionId, WorkflowId};
use plugin::Registry;
use store::Tx;
use store::definition::{self, DefinitionRow};
use store::playbook::action::PlaybookActionRow;
use store::playbook::version::PlaybookVersionRow;
use store::playbook::{self, PlaybookRow};
use store::version::{self, VersionRow};
use store::workflow::{self, WorkflowRow};

use super::{TEMPLATES, Template, playbook as its_playbook};
use crate::builtin::{self, Birth};
use crate::content;
use crate::version::State;

/// The rows that a workspace is born with.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    workflows: Vec<WorkflowRow>,
    versions: Vec<VersionRow>,
    definitions: Vec<DefinitionRow>,
    playbooks: Vec<PlaybookRow>,
    playbook_versions: Vec<PlaybookVersionRow>,
    playbook_actions: Vec<PlaybookActionRow>,
}

/// The workflows and playbooks of a workspace: each with one version that has been approved, and disabled.
pub(crate) fn rows(birth: &Birth<'_>, ids: &dyn IdSource, registry: &Registry) -> Rows {
    let mut rows = Rows::default();
    for template in &*TEMPLATES {
        let class = builtin::class_id(&template.dataclass, birth.tenant).expect("a template is for a built-in class");
        let mut workflow = workflow_row(template, class, birth, ids);
        let version = version_row(template, &workflow, birth, ids, registry);
        workflow.version_id = Some(version.id);
        workflow.version = version.label();
        let (playbook, playbook_version, action) = its_playbook::rows(template, &workflow, birth, ids);
        rows.playbooks.push(playbook);
        rows.playbook_versions.push(playbook_version);
        rows.playbook_actions.push(action);
        rows.definitions.push(definition_row(template, &version, birth));
        rows.versions.push(version);
        rows.workflows.push(workflow);
    }
    rows
}

impl Rows {
    /// Writes them.
    pub(crate) async fn insert(&self, tx: &mut Tx) -> Result<(), store::Error> {
        workflow::insert_all(tx, &self.workflows).await?;
        version::insert_all(tx, &self.versions).await?;
        definition::insert_all(tx, &self.definitions).await?;
        playbook::insert_all(tx, &self.playbooks).await?;
        playbook::version::insert_all(tx, &self.playbook_versions).await?;
        playbook::action::insert_all(tx, &self.playbook_actions).await
    }
}

fn workflow_row(template: &Template, class: DataClassId, birth: &Birth<'_>, ids: &dyn IdSource) -> WorkflowRow {
    WorkflowRow {
        workspace_id: birth.tenant.workspace,
        id: WorkflowId::new(ids),
        project_id: birth.tenant.project,
        name: template.name.clone(),
        description: template.description.clone(),
        owner_id: None,
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
        edit_role: String::new(),
        use_role: String::new(),
        approve_role: String::new(),
        enabled: false,
        version_id: None,
        version: String::new(),
        current_approval_version_id: None,
        current_rejected_version_id: None,
        last_version: 1,
        aop_type: "NORMAL".into(),
        engine_type: "public_engine".into(),
        dataclass_id: class,
        dataclass_name: template.dataclass.clone(),
        labels: String::new(),
    }
}

fn version_row(
    template: &Template,
    workflow: &WorkflowRow,
    birth: &Birth<'_>,
    ids: &dyn IdSource,
    registry: &Registry,
) -> VersionRow {
    let mut version = VersionRow {
        workspace_id: birth.tenant.workspace,
        id: VersionId::new(ids),
        project_id: birth.tenant.project,
        workflow_id: workflow.id,
        number: 1,
        name: template.name.clone(),
        description: template.description.clone(),
        owner_id: None,
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
        author_id: birth.creator_id,
        status: State::Activated.name().into(),
        taskconfig: template.taskconfig.clone(),
        taskflow: template.taskflow.clone(),
        taskflow_type: "JSON".into(),
        aop_type: workflow.aop_type.clone(),
        input: String::new(),
        output: String::new(),
        hash: None,
    };
    version.hash = Some(content::hash(&version, &template.uses, registry));
    version
}

fn definition_row(template: &Template, version: &VersionRow, birth: &Birth<'_>) -> DefinitionRow {
    DefinitionRow {
        version_id: version.id,
        project_id: version.project_id,
        workspace_id: version.workspace_id,
        workflow_id: version.workflow_id,
        taskflow: version.taskflow.clone(),
        taskflow_type: version.taskflow_type.clone(),
        taskconfig: version.taskconfig.clone(),
        pins: "{}".into(),
        uses: template.uses.to_json(),
        hash: version.hash.clone().unwrap_or_default(),
        approved_at: birth.at,
    }
}
