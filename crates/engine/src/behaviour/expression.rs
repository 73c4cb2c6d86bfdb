//! The names that expressions read.
//!
//! `output` and `input` inside mappings (and `input` in a script that has one), then `data_object`, `nodes` and the
//! other names of the instance's context, `vars`, then each variable by its own name. A variable whose name one of the
//! former has can be read as `vars.<name>`.

use std::sync::Arc;

use expr::Scope as _;
use model::{Map, Value};

use super::failure::failure as make_failure;
use super::looping;
use crate::command::Failure;
use crate::node::At;
use crate::{ElementNo, State};

/// The names around one element.
pub(crate) struct Names<'s> {
    state: &'s State,
    scope: ElementNo,
    process: ElementNo,
    node: &'s Arc<str>,
    input: Option<Value>,
    output: Option<Value>,
    /// The element's own output, not in the state yet.
    own_output: Option<Value>,
    /// Variables that are about to be set.
    assigned: &'s [(Arc<str>, Value)],
}

impl<'s> Names<'s> {
    pub(crate) fn of(state: &'s State, at: &At<'s>) -> Self {
        Self {
            state,
            scope: state.own_scope(at.no, at.scope),
            process: at.process,
            node: &at.node.id,
            input: None,
            output: None,
            own_output: None,
            assigned: &[],
        }
    }

    /// The names inside a scope, for what waits in all of it.
    pub(crate) fn inside(state: &'s State, scope: ElementNo, process: ElementNo, node: &'s Arc<str>) -> Self {
        Self { state, scope, process, node, input: None, output: None, own_output: None, assigned: &[] }
    }

    /// With `input`, where there is one.
    pub(crate) fn input(mut self, input: Value) -> Self {
        self.input = (!input.is_null()).then_some(input);
        self
    }

    /// With `input` and `output`, as in a mapping.
    pub(crate) fn mapping(mut self, input: Value, output: Value) -> Self {
        self.input = Some(input);
        self.output = Some(output);
        self
    }

    /// With the element's own output as `nodes.<id>.output`.
    pub(crate) fn own_output(mut self, output: Value) -> Self {
        self.own_output = (!output.is_null()).then_some(output);
        self
    }

    /// With variables that are about to be set.
    pub(crate) fn assigned(mut self, assigned: &'s [(Arc<str>, Value)]) -> Self {
        self.assigned = assigned;
        self
    }

    /// All variables that are visible, the nearest scope's first.
    pub(crate) fn variables(&self) -> Arc<Map> {
        let mut layers = Vec::new();
        let mut scope = Some(self.scope);
        while let Some(no) = scope {
            layers.extend(self.state.scopes.get(&no).map(|scope| &scope.variables).filter(|held| !held.is_empty()));
            scope = self.state.outer(no);
        }
        let mut visible = layers.pop().cloned().unwrap_or_default();
        for layer in layers.into_iter().rev() {
            let members = layer.iter().map(|(name, value)| (name.clone(), value.clone()));
            Arc::make_mut(&mut visible).extend(members);
        }
        if !self.assigned.is_empty() {
            Arc::make_mut(&mut visible).extend(self.assigned.iter().cloned());
        }
        visible
    }

    /// Every name with its value, as an object.
    pub(crate) fn all(&self) -> Value {
        let variables = self.variables();
        let mut all: Map = (*variables).clone();
        if let Some(context) = self.context() {
            all.extend(context.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        for name in ["data_object", "nodes", "input", "loop"] {
            if let Some(value) = self.get(name).filter(|value| name != "loop" || !value.is_null()) {
                all.insert(name.into(), value);
            }
        }
        all.insert("vars".into(), Value::Map(variables));
        Value::map(all)
    }

    fn context(&self) -> Option<&Map> {
        self.state.processes.get(&self.process)?.context.as_map()
    }

    fn nodes(&self) -> Value {
        let mut nodes =
            self.state.processes.get(&self.process).map(|process| process.nodes.clone()).unwrap_or_default();
        if let Some(output) = &self.own_output {
            Arc::make_mut(&mut nodes).insert(self.node.clone(), Value::object([("output", output.clone())]));
        }
        Value::Map(nodes)
    }

    /// `loop`: the nearest iteration around; null where there is none.
    fn iteration(&self) -> Value {
        let mut scope = Some(self.scope);
        while let Some(no) = scope {
            let element = self.state.elements.get(&no);
            if let Some(index) = element.and_then(|element| element.iteration) {
                let body = self.state.outer(no).and_then(|body| self.state.elements.get(&body));
                return looping::described(index, body.and_then(|body| body.looping.as_deref()));
            }
            scope = self.state.outer(no);
        }
        Value::Null
    }

    fn variable(&self, name: &str) -> Option<Value> {
        if let Some((_, value)) = self.assigned.iter().rev().find(|(other, _)| &**other == name) {
            return Some(value.clone());
        }
        let mut scope = Some(self.scope);
        while let Some(no) = scope {
            if let Some(value) = self.state.scopes.get(&no).and_then(|scope| scope.variables.get(name)) {
                return Some(value.clone());
            }
            scope = self.state.outer(no);
        }
        None
    }
}

impl expr::Scope for Names<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        let own = match name {
            "input" => self.input.clone(),
            "output" => self.output.clone(),
            "nodes" => Some(self.nodes()),
            "loop" => Some(self.iteration()),
            "vars" => Some(Value::Map(self.variables())),
            "data_object" => Some(self.context().and_then(|context| context.get(name)).cloned().unwrap_or_default()),
            _ => self.context().and_then(|context| context.get(name)).cloned(),
        };
        own.or_else(|| self.variable(name))
    }
}

/// The failure of an evaluation; `what` says what was evaluated.
pub(crate) fn failure(what: &str, fault: &expr::Fault) -> Failure {
    let code = match fault {
        expr::Fault::UnknownName(_) => "Expression.UnknownName",
        expr::Fault::Type(_) => "Expression.Type",
        expr::Fault::Budget(_) => "Expression.Budget",
    };
    make_failure(code, format!("{what}: {fault}"))
}
