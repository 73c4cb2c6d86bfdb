//! The playbook that runs a template's workflow.

use model::{IdSource, PlaybookId, PlaybookVersionId};
use store::playbook::PlaybookRow;
use store::playbook::action::PlaybookActionRow;
use store::playbook::version::PlaybookVersionRow;
use store::workflow::WorkflowRow;

use super::Template;
use crate::builtin::Birth;

/// A playbook with its version, which has been published and is the active one, and what that runs.
pub(super) fn rows(
    template: &Template,
    workflow: &WorkflowRow,
    birth: &Birth<'_>,
    ids: &dyn IdSource,
) -> (PlaybookRow, PlaybookVersionRow, PlaybookActionRow) {
    let mut playbook = playbook_row(workflow, birth, ids);
    let mut version = version_row(template, &playbook, workflow, birth, ids);
    playbook.version_id = Some(version.id);
    playbook.version = version.label();
    let action = PlaybookActionRow {
        workspace_id: birth.tenant.workspace,
        version_id: version.id,
        id: ids.next(),
        project_id: birth.tenant.project,
        playbook_id: playbook.id,
        name: workflow.name.clone(),
        description: workflow.description.clone(),
        action_type: "AOP_WORKFLOW".into(),
        action_id: workflow.id,
        sort_order: 1,
    };
    version.hash = Some(crate::playbook::hash(&version, std::slice::from_ref(&action)));
    (playbook, version, action)
}

fn playbook_row(workflow: &WorkflowRow, birth: &Birth<'_>, ids: &dyn IdSource) -> PlaybookRow {
    PlaybookRow {
        workspace_id: birth.tenant.workspace,
        id: PlaybookId::new(ids),
        project_id: birth.tenant.project,
        name: workflow.name.clone(),
        description: workflow.description.clone(),
        owner_id: None,
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
        edit_role: String::new(),
        user_role: String::new(),
        approve_role: String::new(),
        enabled: false,
        version_id: None,
        version: String::new(),
        unaudited_version_id: None,
        reject_version_id: None,
        last_version: 1,
        dataclass_id: Some(workflow.dataclass_id),
        dataclass_name: workflow.dataclass_name.clone(),
        priority: 0,
        concurrency: 0,
        starts_per_minute: 0,
        breaker_failures: 0,
        breaker_seconds: 0,
        paused_at: None,
        pause_reason: String::new(),
    }
}

fn version_row(
    template: &Template,
    playbook: &PlaybookRow,
    workflow: &WorkflowRow,
    birth: &Birth<'_>,
    ids: &dyn IdSource,
) -> PlaybookVersionRow {
    let trigger = &template.trigger;
    PlaybookVersionRow {
        workspace_id: birth.tenant.workspace,
        id: PlaybookVersionId::new(ids),
        project_id: birth.tenant.project,
        playbook_id: playbook.id,
        number: 1,
        description: playbook.description.clone(),
        creator_id: birth.creator_id,
        creator_name: birth.creator_name.to_owned(),
        create_time: birth.at,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: birth.at,
        author_id: birth.creator_id,
        status: "PUBLISHED".into(),
        enabled: true,
        version_type: 1,
        trigger_type: trigger.kind.clone(),
        dataclass_id: workflow.dataclass_id,
        dataclass_name: workflow.dataclass_name.clone(),
        dataobject_create: trigger.create,
        dataobject_update: trigger.update,
        dataobject_delete: false,
        action_strategy: "ASYNC".into(),
        rule_enable: true,
        rule_id: Some(ids.next()),
        rule: trigger.rule.clone(),
        approve_name: birth.creator_name.to_owned(),
        hash: None,
    }
}
