//! Actions and rules of a version one by one: the older way to edit it, which the vendor's Terraform provider goes.

use model::{PlaybookActionId, PlaybookRuleId, PlaybookVersionId, Value};
use store::Page;
use store::playbook::action as rows;

use super::draft::{ActionInput, Draft};
use super::version::{Wanted, not_found};
use super::{Action, Version};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code, page};

impl Service {
    /// Adds actions to a version.
    pub async fn create_playbook_actions(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        inputs: Vec<ActionInput>,
    ) -> Result<(Vec<Action>, Version), Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, version).await?;
        let mut fields = Fields::new();
        if inputs.is_empty() {
            fields.violation("the body must list at least one action", "请求体至少需要一个动作");
        }
        let mut next = current.clone();
        let present = next.actions.len();
        let new = self.new_actions(ctx, &mut fields, "actions", &next.version, present, inputs).await?;
        fields.finish()?;
        next.actions.extend(new.iter().cloned());
        let saved = self.save(ctx, current, sorted(next), Wanted::default()).await?;
        Ok((new, saved.version))
    }

    /// The actions of a version, in their order, and the version.
    pub async fn list_playbook_actions(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        offset: Option<i64>,
        limit: Option<i64>,
    ) -> Result<(Page<Action>, Version), Error> {
        ctx.require("secmaster:playbookVersion:get")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, offset, limit, page::LARGE);
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let found = store::playbook::version::get(&mut conn, ctx.tenant, version).await?;
        // Terraform takes the action for deleted with this code, and only here.
        let found = found.ok_or_else(|| {
            let text = not_found(version).message().clone();
            Error::new(&code::OBJECT_NOT_FOUND, text)
        })?;
        Ok((rows::list(&mut conn, ctx.tenant, version, page).await?, found))
    }

    /// Changes an action; what is left out stays.
    pub async fn update_playbook_action(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        id: PlaybookActionId,
        input: ActionInput,
    ) -> Result<(Action, Version), Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, version).await?;
        let mut next = current.clone();
        let action = next.actions.iter_mut().find(|action| action.id == id.0).ok_or_else(|| no_action(id))?;
        let mut fields = Fields::new();
        self.edit_action(ctx, &mut fields, "", action, input).await?;
        fields.finish()?;
        let action = action.clone();
        let saved = self.save(ctx, current, sorted(next), Wanted::default()).await?;
        Ok((action, saved.version))
    }

    /// Removes an action from its version.
    pub async fn delete_playbook_action(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        id: PlaybookActionId,
    ) -> Result<(), Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, version).await?;
        let mut next = current.clone();
        next.actions.retain(|action| action.id != id.0);
        if next.actions.len() == current.actions.len() {
            return Err(no_action(id));
        }
        self.save(ctx, current, next, Wanted::default()).await?;
        Ok(())
    }

    /// Gives a version a rule, in place of one that it may have.
    pub async fn create_playbook_rule(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        rule: Option<Value>,
    ) -> Result<Version, Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, version).await?;
        let mut next = current.clone();
        next.version.rule_id = None;
        self.save_rule(ctx, current, next, rule).await
    }

    /// The version that has this rule.
    pub async fn get_playbook_rule(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        id: PlaybookRuleId,
    ) -> Result<Version, Error> {
        ctx.require("secmaster:playbookVersion:get")?;
        let mut conn = self.inner.db.read().await?;
        let found = store::playbook::version::get(&mut conn, ctx.tenant, version).await?;
        found.filter(|version| version.rule_id == Some(id.0)).ok_or_else(|| no_rule(id))
    }

    /// Changes the rule of a version.
    pub async fn update_playbook_rule(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        id: PlaybookRuleId,
        rule: Option<Value>,
    ) -> Result<Version, Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, version).await?;
        if current.version.rule_id != Some(id.0) {
            return Err(no_rule(id));
        }
        let next = current.clone();
        self.save_rule(ctx, current, next, rule).await
    }

    /// Takes a version's rule away.
    pub async fn delete_playbook_rule(
        &self,
        ctx: &Ctx,
        version: PlaybookVersionId,
        id: PlaybookRuleId,
    ) -> Result<(), Error> {
        ctx.require("secmaster:playbookVersion:update")?;
        let (current, _) = self.read_editable(ctx, version).await?;
        if current.version.rule_id != Some(id.0) {
            return Err(no_rule(id));
        }
        let mut next = current.clone();
        next.set_rule(None, id.0);
        self.save(ctx, current, next, Wanted::default()).await?;
        Ok(())
    }

    async fn save_rule(
        &self,
        ctx: &Ctx,
        current: Draft,
        mut next: Draft,
        rule: Option<Value>,
    ) -> Result<Version, Error> {
        let mut fields = Fields::new();
        if rule.as_ref().is_none_or(Value::is_null) {
            fields.required::<String>("rule", None);
        }
        self.edit_rule(ctx, &mut fields, &mut next, rule.as_ref()).await?;
        fields.finish()?;
        Ok(self.save(ctx, current, next, Wanted::default()).await?.version)
    }
}

fn sorted(mut draft: Draft) -> Draft {
    draft.actions.sort_by_key(|action| (action.sort_order, action.id));
    draft
}

fn no_action(id: PlaybookActionId) -> Error {
    Error::new(
        &code::PLAYBOOK_PART_NOT_FOUND,
        Text::new(format!("the version has no action {id}"), format!("该版本没有动作{id}")),
    )
}

fn no_rule(id: PlaybookRuleId) -> Error {
    Error::new(
        &code::PLAYBOOK_PART_NOT_FOUND,
        Text::new(format!("the version has no rule {id}"), format!("该版本没有规则{id}")),
    )
}
