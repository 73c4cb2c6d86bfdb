//! The components of this release, for checking workflows. Connections are a server's own, so any name will do.

use bpmn::validate::{Action, Catalogue, Parameter, ParameterType};
use plugin::{Kind, Registry};

/// The components of this release.
pub(super) struct Release(Registry);

impl Release {
    pub(super) fn new() -> Self {
        Self(Registry::builtin())
    }
}

impl Catalogue for Release {
    fn has_component(&self, component: &str) -> bool {
        self.0.component(component).is_some()
    }

    fn action(&self, component: &str, action: &str) -> Option<Action> {
        let action = self.0.action(component, action)?;
        let parameters = action.inputs.iter().map(|input| Parameter {
            name: input.name.to_owned(),
            required: input.required,
            kind: match input.kind {
                Kind::String => ParameterType::String,
                Kind::Number => ParameterType::Number,
                Kind::Boolean => ParameterType::Boolean,
                Kind::List => ParameterType::List,
                Kind::Object => ParameterType::Object,
                Kind::Any => ParameterType::Any,
            },
        });
        Some(Action { parameters: parameters.collect(), needs_connection: false })
    }

    fn has_connection(&self, _component: &str, _connection: &str) -> bool {
        true
    }
}
