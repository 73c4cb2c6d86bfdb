//! The content of a version: is it BPMN, what is wrong with it, what does it refer to, what exactly was approved.

use std::collections::BTreeSet;

use bpmn::executable::{Binding, NodeKind};
use bpmn::validate::{Action, Catalogue, Parameter, ParameterType};
use bpmn::{Document, Executable, Form, Mode, Problem, Severity};
use model::{Tenant, Value};
use plugin::{Kind as PluginKind, Registry};
use sha2::{Digest, Sha256};
use store::version::VersionRow;

use crate::Service;
use crate::code;
use crate::error::{Error, Text};

/// Content larger than this is read on a thread that may block, so that other requests go on.
const LARGE: usize = 64 << 10;

/// Runs work that may take long for large input.
pub(crate) async fn blocking<T: Send + 'static>(
    size: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    if size < LARGE {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

/// Reads a taskflow; what is not BPMN at all is refused.
pub(crate) async fn read(taskflow: String, form: Form) -> Result<Document, Error> {
    blocking(taskflow.len(), move || Document::from_taskflow(&taskflow, form)).await?.map_err(|error| {
        let why = error.to_string();
        Error::new(&code::TASKFLOW, Text::new(format!("taskflow: {why}"), format!("taskflow无效：{why}")))
    })
}

/// What a version refers to by name or id.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Called workflows, as written.
    pub(crate) workflows: BTreeSet<String>,
    /// Those of them whose version is pinned at approval.
    pub(crate) pinned: BTreeSet<String>,
    /// Connections, as written.
    pub(crate) connections: BTreeSet<String>,
    /// Components, as written.
    pub(crate) components: BTreeSet<String>,
}

impl Uses {
    /// What a graph refers to.
    pub(crate) fn of(executable: &Executable) -> Self {
        let mut uses = Self::default();
        for node in &executable.nodes {
            match &node.kind {
                NodeKind::CallActivity(call) => {
                    uses.workflows.insert(call.workflow.to_string());
                    if call.binding == Binding::Pinned {
                        uses.pinned.insert(call.workflow.to_string());
                    }
                }
                NodeKind::ServiceTask(service) => {
                    uses.components.insert(service.component.to_string());
                    uses.connections.extend(service.connection.iter().map(ToString::to_string));
                }
                NodeKind::StartEvent(_)
                | NodeKind::EndEvent(_)
                | NodeKind::ThrowEvent(_)
                | NodeKind::CatchEvent(_)
                | NodeKind::SendTask(_)
                | NodeKind::ComplexGateway { .. }
                | NodeKind::EventBasedGateway { .. }
                | NodeKind::Pass
                | NodeKind::UserTask(_)
                | NodeKind::ScriptTask(_)
                | NodeKind::BusinessRuleTask(_)
                | NodeKind::ExclusiveGateway
                | NodeKind::ParallelGateway
                | NodeKind::InclusiveGateway
                | NodeKind::TimerCatch(_)
                | NodeKind::SubProcess(_)
                | NodeKind::BoundaryEvent(_) => {}
            }
        }
        uses
    }

    /// The form in which definitions keep it.
    pub(crate) fn to_json(&self) -> String {
        let list = |names: &BTreeSet<String>| Value::list(names.iter().map(Value::string).collect());
        Value::object([("workflows", list(&self.workflows)), ("connections", list(&self.connections))]).to_json()
    }
}

/// Whether a definition's stored `uses` names one of these under the key.
pub(crate) fn refers(uses: &str, key: &str, names: &[&str]) -> bool {
    let uses = Value::from_json(uses).unwrap_or_default();
    uses.get(key).as_list().into_iter().flatten().any(|name| name.as_str().is_some_and(|name| names.contains(&name)))
}

/// The hash of what is reviewed: graph, settings, declared input and output, and the versions of the components that
/// the graph calls.
pub(crate) fn hash(version: &VersionRow, uses: &Uses, registry: &Registry) -> Vec<u8> {
    let components: Vec<(&str, &str)> = uses
        .components
        .iter()
        .map(|name| (name.as_str(), registry.component(name).map_or("", |component| component.version)))
        .collect();
    let covered = serde_json::to_vec(&(
        &version.taskflow,
        &version.taskflow_type,
        &version.taskconfig,
        &version.aop_type,
        &version.input,
        &version.output,
        components,
    ))
    .expect("texts cannot fail to serialise");
    Sha256::digest(covered).to_vec()
}

/// What validation has found.
#[derive(Debug)]
pub(crate) struct Findings {
    /// Every finding.
    pub(crate) problems: Vec<Problem>,
    /// The graph, when it could be compiled.
    pub(crate) executable: Option<Executable>,
}

impl Findings {
    /// Refuses a version with errors, listing them.
    pub(crate) fn refuse_errors(&self) -> Result<(), Error> {
        let errors: Vec<String> = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .map(|problem| match &problem.node {
                Some(node) => format!("{node}: {} ({})", problem.message, problem.rule),
                None => format!("{} ({})", problem.message, problem.rule),
            })
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        let list = errors.join("; ");
        Err(Error::new(
            &code::VERSION_ERRORS,
            Text::new(
                format!("the version has errors and cannot be submitted: {list}"),
                format!("版本存在错误，不能提交：{list}"),
            ),
        ))
    }
}

impl Service {
    /// Validates content in the given modes.
    pub(crate) async fn find_problems(
        &self,
        tenant: Tenant,
        document: Document,
        taskconfig: String,
        modes: &'static [Mode],
    ) -> Result<Findings, Error> {
        let mut conn = self.inner.db.read().await?;
        let connections = store::connection::list_names(&mut conn, tenant).await?;
        drop(conn);
        let registry = std::sync::Arc::clone(&self.inner.registry);
        let size = taskconfig.len().max(LARGE);
        blocking(size, move || {
            let catalogue = Known { registry: &registry, connections: &connections };
            let mut problems = bpmn::validate(&document, &taskconfig, modes, &catalogue);
            let executable = bpmn::compile(&document, &taskconfig).executable;
            if modes.contains(&Mode::Basic) {
                problems.extend(executable.iter().flat_map(Executable::correspondents).map(undelivered));
            }
            Findings { problems, executable }
        })
        .await
    }
}

/// Messages and signals go their ways in rehearsals; here nobody carries them yet, and a run would wait for ever.
fn undelivered(node: &bpmn::executable::Node) -> Problem {
    Problem {
        node: Some(node.id.to_string()),
        rule: bpmn::problem::rule::UNSUPPORTED_ELEMENT,
        severity: bpmn::Severity::Error,
        message: format!("messages and signals of a '{}' are not delivered yet", node.element),
        line: None,
    }
}

/// The components of this release and the connections of a workspace.
pub(crate) struct Known<'a> {
    pub(crate) registry: &'a Registry,
    /// `(id, name, component)`.
    pub(crate) connections: &'a [store::connection::ConnectionName],
}

impl Catalogue for Known<'_> {
    fn has_component(&self, component: &str) -> bool {
        self.registry.component(component).is_some()
    }

    fn action(&self, component: &str, action: &str) -> Option<Action> {
        let action = self.registry.action(component, action)?;
        let parameters = action.inputs.iter().map(|input| Parameter {
            name: input.name.to_owned(),
            required: input.required,
            kind: match input.kind {
                PluginKind::String => ParameterType::String,
                PluginKind::Number => ParameterType::Number,
                PluginKind::Boolean => ParameterType::Boolean,
                PluginKind::List => ParameterType::List,
                PluginKind::Object => ParameterType::Object,
                PluginKind::Any => ParameterType::Any,
            },
        });
        Some(Action { parameters: parameters.collect(), needs_connection: false })
    }

    fn has_connection(&self, component: &str, connection: &str) -> bool {
        let Some(component) = self.registry.component(component) else { return false };
        self.connections.iter().any(|known| {
            known.component_id == component.id && (known.name == connection || known.id.to_string() == connection)
        })
    }
}
