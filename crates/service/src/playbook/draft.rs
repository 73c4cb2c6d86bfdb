//! The content of a version: trigger, rule and actions as clients send them, what is wrong with them, and the hash of
//! what is reviewed.

use std::sync::Arc;

use model::{DataClassId, PlaybookId, PlaybookVersionId, Tenant, Timestamp, Value, WorkflowId};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::playbook::action as actions;
use store::{Conn, PageRequest, workflow};
use uuid::Uuid;

use super::rule::{self, Rule};
use super::{Action, Version};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::{Fields, Length};
use crate::object::Class;
use crate::workflow::DESCRIPTION;
use crate::{Service, code, dataclass};

/// Set off by what happens to data objects.
pub(super) const EVENT: &str = "EVENT";
pub(super) const TRIGGERS: &[&str] = &[EVENT, rule::TIMER];
/// All workflows at once, or one after the other.
pub(super) const STRATEGIES: &[&str] = &["ASYNC", "SYNC"];
/// The only type of action.
pub(super) const ACTION_TYPE: &str = "AOP_WORKFLOW";
/// Actions of one version.
pub(super) const ACTIONS: usize = 100;
/// Longest rule, in bytes as JSON.
const RULE: usize = 1 << 20;
const NAME: Length = Length { min: 0, max: 64 };

/// The content of a version, as a client sends it; what is left out of an update stays.
#[derive(Debug, Clone, Default)]
pub struct VersionInput {
    /// At most 1024 characters.
    pub description: Option<String>,
    /// The data class whose objects set it off.
    pub dataclass_id: Option<String>,
    /// Whether the rule counts.
    pub rule_enable: Option<bool>,
    /// The rule that the version has.
    pub rule_id: Option<String>,
    /// `EVENT` or `TIMER`.
    pub trigger_type: Option<String>,
    /// Whether new objects set it off.
    pub dataobject_create: Option<bool>,
    /// Whether changed objects do.
    pub dataobject_update: Option<bool>,
    /// Whether deleted objects do.
    pub dataobject_delete: Option<bool>,
    /// `ASYNC` or `SYNC`.
    pub action_strategy: Option<String>,
    /// The workflows, in place of those before.
    pub actions: Option<Vec<ActionInput>>,
    /// The rule, in place of the one before.
    pub rule: Option<Value>,
}

/// An action, as a client sends it.
#[derive(Debug, Clone, Default)]
pub struct ActionInput {
    /// Empty: the workflow's.
    pub name: Option<String>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// `AOP_WORKFLOW`.
    pub action_type: Option<String>,
    /// A workflow of the workspace.
    pub action_id: Option<String>,
    /// Its place among the actions: a whole number.
    pub sort_order: Option<f64>,
}

/// A version with its actions.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The version.
    pub version: Version,
    /// Its actions, in their order.
    pub actions: Vec<Action>,
}

impl Draft {
    /// Whether other content is reviewed and runs.
    pub(super) fn differs(&self, other: &Self) -> bool {
        let content = |draft: &Self| (draft.version.description.clone(), draft.hash());
        self.version.rule_id != other.version.rule_id || content(self) != content(other)
    }

    /// The hash of what is reviewed.
    pub(super) fn hash(&self) -> Vec<u8> {
        hash(&self.version, &self.actions)
    }

    /// The rule as a document, if there is one.
    pub(super) fn rule(&self) -> Option<Value> {
        Value::from_json(&self.version.rule).ok().filter(|rule| !rule.is_null())
    }

    /// Puts another rule in place; none takes it away.
    pub(super) fn set_rule(&mut self, rule: Option<&Value>, id: Uuid) {
        self.version.rule = rule.map_or_else(String::new, Value::to_json);
        self.version.rule_id = rule.map(|_| id);
    }
}

/// The hash of what is reviewed: trigger, rule and actions.
pub(crate) fn hash(version: &Version, actions: &[Action]) -> Vec<u8> {
    let actions: Vec<_> = actions
        .iter()
        .map(|action| {
            let id = action.action_id.to_string();
            json!([action.action_type, id, action.sort_order, action.name, action.description])
        })
        .collect();
    let covered = json!([
        version.trigger_type,
        version.dataclass_id.to_string(),
        version.dataobject_create,
        version.dataobject_update,
        version.dataobject_delete,
        version.action_strategy,
        version.rule_enable,
        version.rule,
        actions,
    ]);
    Sha256::digest(covered.to_string()).to_vec()
}

/// Reads a version with its actions.
pub(super) async fn read(conn: &mut Conn, tenant: Tenant, id: PlaybookVersionId) -> Result<Option<Draft>, Error> {
    let Some(version) = store::playbook::version::get(conn, tenant, id).await? else { return Ok(None) };
    let all = PageRequest { offset: 0, limit: i64::try_from(ACTIONS).unwrap_or(i64::MAX) };
    let actions = actions::list(conn, tenant, id, all).await?.rows;
    Ok(Some(Draft { version, actions }))
}

impl Service {
    /// Writes what was given over a draft, and adds what is wrong with it.
    pub(super) async fn edit(
        &self,
        ctx: &Ctx,
        fields: &mut Fields,
        draft: &mut Draft,
        input: VersionInput,
    ) -> Result<(), Error> {
        let version = &mut draft.version;
        if let Some(description) = fields.text("description", input.description, DESCRIPTION) {
            version.description = description;
        }
        if let Some(trigger) = filled(fields.optional_one_of("trigger_type", input.trigger_type, TRIGGERS)) {
            version.trigger_type = trigger;
        }
        if let Some(strategy) = filled(fields.optional_one_of("action_strategy", input.action_strategy, STRATEGIES)) {
            version.action_strategy = strategy;
        }
        version.rule_enable = input.rule_enable.unwrap_or(version.rule_enable);
        version.dataobject_create = input.dataobject_create.unwrap_or(version.dataobject_create);
        version.dataobject_update = input.dataobject_update.unwrap_or(version.dataobject_update);
        version.dataobject_delete = input.dataobject_delete.unwrap_or(version.dataobject_delete);
        let rule: Option<Uuid> = fields.optional_id("rule_id", input.rule_id.as_deref());
        if rule.is_some() && rule != version.rule_id {
            fields.violation(
                "rule_id must be the rule that this version has, or be left out",
                "rule_id必须是该版本已有的规则，或不填",
            );
        }
        let class: Option<DataClassId> = fields.optional_id("dataclass_id", input.dataclass_id.as_deref());
        if let Some(class) = class.filter(|class| *class != version.dataclass_id) {
            match self.dataclass_name(ctx, class).await? {
                Some(name) => (version.dataclass_id, version.dataclass_name) = (class, name),
                None => fields.violation(
                    "dataclass_id must be a data class of this workspace",
                    "dataclass_id必须是本工作空间的数据类",
                ),
            }
        }
        if let Some(actions) = input.actions {
            draft.actions = self.new_actions(ctx, fields, "actions", &draft.version, 0, actions).await?;
        }
        if let Some(rule) = input.rule {
            self.edit_rule(ctx, fields, draft, Some(&rule)).await?;
        }
        Ok(())
    }

    /// Puts another rule in place, and adds what is wrong with it.
    pub(super) async fn edit_rule(
        &self,
        ctx: &Ctx,
        fields: &mut Fields,
        draft: &mut Draft,
        rule: Option<&Value>,
    ) -> Result<(), Error> {
        let id = draft.version.rule_id.unwrap_or_else(|| self.inner.ids.next());
        let rule = rule.filter(|rule| !rule.is_null());
        if let Some(rule) = rule {
            if rule.size() > RULE {
                fields.violation("rule must take at most 1 MiB", "rule最大1MiB");
                return Ok(());
            }
            let class = self.rule_class(ctx, draft.version.dataclass_id).await?;
            rule::read(fields, &draft.version.trigger_type, true, Some(rule), class.fields(), self.inner.settings.zone);
        }
        draft.set_rule(rule, id);
        Ok(())
    }

    /// The rows of new actions that come after `present` others, and what is wrong with them, named by `at`.
    pub(super) async fn new_actions(
        &self,
        ctx: &Ctx,
        fields: &mut Fields,
        at: &str,
        version: &Version,
        present: usize,
        inputs: Vec<ActionInput>,
    ) -> Result<Vec<Action>, Error> {
        if present + inputs.len() > ACTIONS {
            fields.violation(
                format!("{at}: a version has at most {ACTIONS} actions"),
                format!("{at}：一个版本最多{ACTIONS}个动作"),
            );
            return Ok(Vec::new());
        }
        let mut rows = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.into_iter().enumerate() {
            let mut action = Action {
                workspace_id: version.workspace_id,
                version_id: version.id,
                id: self.inner.ids.next(),
                project_id: version.project_id,
                playbook_id: version.playbook_id,
                name: String::new(),
                description: String::new(),
                action_type: ACTION_TYPE.into(),
                action_id: WorkflowId(Uuid::nil()),
                sort_order: i64::try_from(present + index + 1).unwrap_or(i64::MAX),
            };
            let at = format!("{at}[{index}].");
            if input.action_id.is_none() {
                fields.required::<String>(&format!("{at}action_id"), None);
            }
            self.edit_action(ctx, fields, &at, &mut action, input).await?;
            rows.push(action);
        }
        rows.sort_by_key(|action| (action.sort_order, action.id));
        Ok(rows)
    }

    /// Writes what was given over an action, and adds what is wrong with it; its fields are named after `at`.
    pub(super) async fn edit_action(
        &self,
        ctx: &Ctx,
        fields: &mut Fields,
        at: &str,
        action: &mut Action,
        input: ActionInput,
    ) -> Result<(), Error> {
        let name = filled(fields.optional_name(&format!("{at}name"), input.name, NAME));
        if let Some(description) = fields.text(&format!("{at}description"), input.description, DESCRIPTION) {
            action.description = description;
        }
        fields.optional_one_of(&format!("{at}action_type"), input.action_type, &[ACTION_TYPE]);
        if let Some(order) = input.sort_order {
            match whole(order) {
                Some(order) => action.sort_order = order,
                None => fields.violation(
                    format!("{at}sort_order must be a whole number between 0 and {MAX_ORDER}"),
                    format!("{at}sort_order必须是0到{MAX_ORDER}之间的整数"),
                ),
            }
        }
        let id: Option<WorkflowId> = fields.optional_id(&format!("{at}action_id"), input.action_id.as_deref());
        if let Some(id) = id {
            let mut conn = self.inner.db.read().await?;
            match workflow::get(&mut conn, ctx.tenant, id).await? {
                Some(row) if action.name.is_empty() || action.action_id != id => {
                    (action.action_id, action.name) = (id, row.name);
                }
                Some(_) => {}
                None => fields.violation(
                    format!("{at}action_id must be a workflow of this workspace"),
                    format!("{at}action_id必须是本工作空间的流程"),
                ),
            }
        }
        action.name = name.unwrap_or_else(|| action.name.clone());
        Ok(())
    }

    /// Everything that a review and a run rely on; refused with all that is missing or wrong. Gives the rule.
    pub(super) async fn check_runnable(&self, ctx: &Ctx, draft: &Draft) -> Result<Rule, Error> {
        let (version, mut fields) = (&draft.version, Fields::new());
        if draft.actions.is_empty() {
            fields.violation("actions: at least one workflow is needed", "actions：至少需要一个流程");
        }
        let mut conn = self.inner.db.read().await?;
        for (index, action) in draft.actions.iter().enumerate() {
            if workflow::get(&mut conn, ctx.tenant, action.action_id).await?.is_none() {
                let (name, id) = (&action.name, action.action_id);
                fields.violation(
                    format!("actions[{index}] '{name}': the workflow {id} does not exist any more"),
                    format!("actions[{index}]“{name}”：流程{id}已不存在"),
                );
            }
        }
        drop(conn);
        let events = [version.dataobject_create, version.dataobject_update, version.dataobject_delete];
        if version.trigger_type == EVENT && events == [false; 3] {
            fields.violation(
                "one of dataobject_create, dataobject_update and dataobject_delete must be true when trigger_type is EVENT",
                "trigger_type为EVENT时，dataobject_create、dataobject_update、dataobject_delete至少一项必须为true",
            );
        }
        let (document, class) = (draft.rule(), self.rule_class(ctx, version.dataclass_id).await?);
        if document.is_none() && (version.rule_enable || version.trigger_type == rule::TIMER) {
            fields.violation(
                "rule is required when rule_enable is true or trigger_type is TIMER",
                "rule_enable为true或trigger_type为TIMER时rule为必填项",
            );
        }
        let zone = self.inner.settings.zone;
        let rule = rule::read(
            &mut fields,
            &version.trigger_type,
            version.rule_enable,
            document.as_ref(),
            class.fields(),
            zone,
        );
        fields.finish_as(&code::PLAYBOOK_VERSION_INCOMPLETE)?;
        rule.ok_or_else(|| Error::internal("a rule without violations is none"))
    }

    /// The class that a rule is about.
    async fn rule_class(&self, ctx: &Ctx, id: DataClassId) -> Result<Arc<Class>, Error> {
        self.object_class(ctx.tenant, id).await?.ok_or_else(|| dataclass::not_found(id))
    }

    /// A version without content.
    pub(super) fn blank_version(&self, ctx: &Ctx, playbook: PlaybookId, now: Timestamp) -> Version {
        let principal = &ctx.caller.principal;
        Version {
            workspace_id: ctx.tenant.workspace,
            id: PlaybookVersionId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            playbook_id: playbook,
            number: 0,
            description: String::new(),
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            modifier_id: None,
            modifier_name: String::new(),
            update_time: now,
            author_id: principal.user,
            status: super::State::Editing.name().into(),
            enabled: false,
            version_type: 0,
            trigger_type: EVENT.into(),
            dataclass_id: DataClassId(Uuid::nil()),
            dataclass_name: String::new(),
            dataobject_create: false,
            dataobject_update: false,
            dataobject_delete: false,
            action_strategy: STRATEGIES[0].into(),
            rule_enable: false,
            rule_id: None,
            rule: String::new(),
            approve_name: String::new(),
            hash: None,
        }
    }
}

const MAX_ORDER: i64 = 1_000_000;

fn whole(order: f64) -> Option<i64> {
    // Exact: the range is far below 2^53.
    (order.fract() == 0.0 && (0.0..=MAX_ORDER as f64).contains(&order)).then_some(order as i64)
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
