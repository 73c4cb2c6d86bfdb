//! Components and their actions, as users see them. They come with the server; nobody changes them, but settings of
//! theirs can be kept as [`template`]s.

pub mod template;

use model::{ActionId, ComponentId};
use store::PageRequest;
use store::filter::Page;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code, page};

pub use plugin::{Action, Component};

/// A set of components ("alliance").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alliance {
    /// Its id.
    pub id: &'static str,
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub description: &'static str,
}

/// The set of the components that come with the server.
pub const BUILT_IN: Alliance = Alliance {
    id: "0d5a6a0e-6f57-4a7b-8f0b-2f6f8f2f1c44",
    code: "Muster",
    name: "Muster",
    description: "The components that come with the server.",
};

impl Service {
    /// A page of the components.
    pub fn list_components(
        &self,
        ctx: &Ctx,
        offset: Option<i64>,
        limit: Option<i64>,
    ) -> Result<(Page<Component>, PageRequest), Error> {
        ctx.require("secmaster:component:list")?;
        let page = window(offset, limit)?;
        Ok((cut(self.inner.registry.components(), page), page))
    }

    /// A component.
    pub fn get_component(&self, ctx: &Ctx, id: ComponentId) -> Result<Component, Error> {
        ctx.require("secmaster:component:get")?;
        self.component(id).cloned()
    }

    /// A component and a page of its actions: those that are enabled, or those that are not, or all. Actions of
    /// built-in components are always enabled.
    pub fn list_component_actions(
        &self,
        ctx: &Ctx,
        id: ComponentId,
        offset: Option<i64>,
        limit: Option<i64>,
        enabled: Option<bool>,
    ) -> Result<(Component, Page<Action>, PageRequest), Error> {
        ctx.require("secmaster:component:get")?;
        let page = window(offset, limit)?;
        let component = self.component(id)?;
        let actions = if enabled == Some(false) { &[] } else { component.actions.as_slice() };
        Ok((component.clone(), cut(actions, page), page))
    }

    /// A component and one of its actions. Asking for one that is not enabled finds none.
    pub fn get_component_action(
        &self,
        ctx: &Ctx,
        id: ComponentId,
        action: ActionId,
        enabled: Option<bool>,
    ) -> Result<(Component, Action), Error> {
        ctx.require("secmaster:component:get")?;
        let component = self.component(id)?;
        let found = component.actions.iter().find(|known| known.id == action && enabled != Some(false));
        let found = found.ok_or_else(|| {
            Error::new(
                &code::ACTION_NOT_FOUND,
                Text::new(
                    format!("the component '{}' has no such action {action}", component.name),
                    format!("插件'{}'没有执行函数{action}", component.name),
                ),
            )
        })?;
        Ok((component.clone(), found.clone()))
    }

    /// A page of the sets of components: those that come with the server, or those that do not (there are none).
    pub fn list_alliances(
        &self,
        ctx: &Ctx,
        offset: Option<i64>,
        limit: Option<i64>,
        is_built_in: Option<bool>,
    ) -> Result<(Page<Alliance>, PageRequest), Error> {
        ctx.require("secmaster:component:list")?;
        let page = window(offset, limit)?;
        let sets: &[Alliance] = if is_built_in == Some(false) { &[] } else { &[BUILT_IN] };
        Ok((cut(sets, page), page))
    }

    pub(crate) fn component(&self, id: ComponentId) -> Result<&Component, Error> {
        self.inner.registry.components().iter().find(|component| component.id == id).ok_or_else(|| {
            Error::new(
                &code::COMPONENT_NOT_FOUND,
                Text::new(format!("the component {id} does not exist"), format!("插件{id}不存在")),
            )
        })
    }
}

fn window(offset: Option<i64>, limit: Option<i64>) -> Result<PageRequest, Error> {
    let mut fields = Fields::new();
    let page = page::request(&mut fields, offset, limit, page::LARGE);
    fields.finish()?;
    Ok(page)
}

fn cut<T: Clone>(all: &[T], page: PageRequest) -> Page<T> {
    let position = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let rows = all.iter().skip(position(page.offset)).take(position(page.limit)).cloned().collect();
    Page { rows, total: i64::try_from(all.len()).unwrap_or(i64::MAX) }
}
