//! All components that this server has.

use model::id::name_based;
use model::{ActionId, ComponentId};
use uuid::Uuid;

use crate::builtin;
use crate::manifest::{Action, Component};

/// The namespace of the ids of components, their versions and their actions.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d0c_7d8e_2f5b_4a0e_9c1d_8b3a_64e0_71f2);

/// The components, in the order in which lists show them.
#[derive(Debug, Clone)]
pub struct Registry {
    components: Vec<Component>,
}

impl Registry {
    /// The components that every server has.
    pub fn builtin() -> Self {
        Self::new(vec![
            builtin::utilities::component(),
            builtin::biz::component(),
            builtin::secmaster::component(),
            builtin::http::component(),
        ])
    }

    /// A registry of these components; their ids are replaced by the ones that belong to their names.
    pub fn new(mut components: Vec<Component>) -> Self {
        for component in &mut components {
            component.id = component_id(component.name);
            component.version_id = name_based(NAMESPACE, &["version", component.name, component.version]);
            for action in &mut component.actions {
                action.id = action_id(component.name, action.name);
            }
        }
        Self { components }
    }

    /// All components.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The component with this id or name.
    pub fn component(&self, id_or_name: &str) -> Option<&Component> {
        let id: Option<ComponentId> = id_or_name.parse().ok();
        self.components.iter().find(|component| component.name == id_or_name || Some(component.id) == id)
    }

    /// The action with this name or id of the component with this id or name.
    pub fn action(&self, component: &str, action: &str) -> Option<&Action> {
        self.component(component)?.action(action)
    }
}

fn component_id(component: &str) -> ComponentId {
    ComponentId(name_based(NAMESPACE, &["component", component]))
}

fn action_id(component: &str, action: &str) -> ActionId {
    ActionId(name_based(NAMESPACE, &["action", component, action]))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_never_change() {
        let registry = Registry::builtin();
        let ids: Vec<String> = registry.components().iter().map(|component| component.id.to_string()).collect();
        let expected = [
            "e5bd990b-7556-3755-862d-4a119a2f94dc",
            "29869a1b-0cd9-3be8-b5cd-7c9e955c7392",
            "bb3ee636-0fb5-3a08-8d98-53d73220f9cf",
            "75deebba-8d43-3801-92a7-73dcf114f814",
        ];
        assert_eq!(ids, expected);
        let action = registry.action("HTTP", "request").expect("exists");
        assert_eq!(action.id.to_string(), "d3b2427a-2aed-3225-81e2-b65b9e056472");
    }

    #[test]
    fn components_and_actions_are_found_by_id_and_by_name() {
        let registry = Registry::builtin();
        for component in registry.components() {
            for action in &component.actions {
                for key in [component.name.to_owned(), component.id.to_string()] {
                    for name in [action.name.to_owned(), action.id.to_string()] {
                        assert_eq!(registry.action(&key, &name).map(|found| found.id), Some(action.id));
                    }
                }
            }
        }
        assert!(registry.component("nothing").is_none());
        assert!(registry.action("HTTP", "nothing").is_none());
    }

    #[test]
    fn names_are_unique_and_everything_is_described() {
        let mut ids = HashSet::new();
        for component in Registry::builtin().components() {
            assert!(ids.insert(component.id.0));
            for action in &component.actions {
                assert!(ids.insert(action.id.0), "{} twice", action.name);
                assert!(action.description.ends_with('.'), "{}", action.name);
                assert!(!action.outputs.is_empty(), "{}", action.name);
                for parameter in action.inputs.iter().chain(&action.outputs) {
                    assert!(parameter.description.ends_with('.'), "{}.{}", action.name, parameter.name);
                }
            }
        }
    }
}
