//! Node by node: element and settings to what the engine runs. Also notes which names the expressions read and which
//! variables the process sets, for validation.

use std::collections::HashSet;
use std::sync::Arc;

use expr::{Program, Template};
use model::Value;

use super::expression::program;
use super::{lines, node_ix, scope_ix, timer};
use crate::ast::{End, Kind, Node, Process};
use crate::executable::{BoundaryEvent, Caught, EndEvent, NodeKind};
use crate::problem::{At, Problems, rule};
use crate::settings::{Settings, taskconfig};

/// Names that expressions can read without anybody setting them.
pub(crate) const CONTEXT_NAMES: [&str; 7] =
    ["data_object", "nodes", "vars", "instance", "playbook", "workspace", "loop"];
/// The name that output mappings read.
const OUTPUT: &str = "output";

/// What compiling gives, before references are filled in.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    /// For each node what it does and its name; `None` when there was an error.
    pub(crate) nodes: Vec<Option<(Unattached, Arc<str>)>>,
    /// For each flow its condition.
    pub(crate) conditions: Vec<Option<Program>>,
    /// Every expression's names.
    pub(crate) uses: Vec<Use>,
    /// Variables that the process sets somewhere.
    pub(crate) sets: HashSet<Arc<str>>,
    /// Calls of components.
    pub(crate) calls: Vec<Call>,
}

/// The names that one expression reads.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) id: Arc<str>,
    pub(crate) line: Option<u32>,
    pub(crate) names: Vec<Arc<str>>,
}

/// A service task as its settings give it, for checking against the catalogue.
#[derive(Debug)]
pub(crate) struct Call {
    /// Index of the node.
    pub(crate) node: usize,
    pub(crate) component: String,
    pub(crate) action: String,
    pub(crate) connection: Option<String>,
    pub(crate) input: Value,
}

/// A node's behaviour; a boundary event does not know its activity yet.
#[derive(Debug)]
pub(crate) enum Unattached {
    Kind(NodeKind),
    Boundary(Caught),
}

impl Unattached {
    /// Completes a boundary event; `None` when it is attached to nothing.
    pub(super) fn attach(self, activity: Option<usize>) -> Option<NodeKind> {
        match self {
            Self::Kind(kind) => Some(kind),
            Self::Boundary(catches) => {
                let attached_to = node_ix(activity?);
                Some(NodeKind::BoundaryEvent(BoundaryEvent { attached_to, catches }))
            }
        }
    }
}

/// Compiles every node and condition.
pub(crate) fn lower(process: &Process, taskconfig: &str, problems: &mut Problems) -> Lowered {
    let mut entries = taskconfig::read(taskconfig, &lines(process), problems);
    let mut lowering = Lowering { problems, done: Lowered::default() };
    for (index, node) in process.nodes.iter().enumerate() {
        let entry = entries.remove(&*node.id).unwrap_or_default();
        let lowered = lowering.node(process, index, node, entry.over(node.settings.clone()));
        lowering.done.nodes.push(lowered);
    }
    for flow in &process.flows {
        let condition = flow.condition.as_deref().and_then(|text| lowering.program(text, flow.at(), "the condition"));
        lowering.done.conditions.push(condition);
    }
    lowering.done
}

/// State while the nodes are compiled one by one.
pub(super) struct Lowering<'p> {
    pub(super) problems: &'p mut Problems,
    pub(super) done: Lowered,
}

impl Lowering<'_> {
    fn node(
        &mut self,
        process: &Process,
        index: usize,
        node: &Node,
        mut settings: Settings,
    ) -> Option<(Unattached, Arc<str>)> {
        let name = match (&node.kind, settings.name.take()) {
            (Kind::UserTask, Some(name)) if !name.is_empty() => name.into(),
            _ => Arc::clone(&node.name),
        };
        let kind = self.kind(process, index, node, &mut settings);
        // An unsupported element uses no setting, which needs no mention of its own.
        if !matches!(node.kind, Kind::Unsupported(_)) {
            for name in settings.left() {
                let message = format!("'{name}' is not a setting of a '{}' and is ignored", node.tag);
                self.problems.warning(rule::UNUSED_SETTING, node.at(), message);
            }
        }
        Some((kind?, name))
    }

    fn kind(&mut self, process: &Process, index: usize, node: &Node, settings: &mut Settings) -> Option<Unattached> {
        let kind = match &node.kind {
            Kind::StartEvent => NodeKind::StartEvent,
            Kind::EndEvent(end) => NodeKind::EndEvent(match end {
                End::None => EndEvent::None,
                End::Terminate => EndEvent::Terminate,
                End::Error(error) => {
                    let code = error.as_deref().and_then(|error| process.error_code(error));
                    EndEvent::Error { code: code.cloned().unwrap_or_default() }
                }
            }),
            Kind::Pass => NodeKind::Pass,
            Kind::UserTask => NodeKind::UserTask(self.user_task(node, settings)?),
            Kind::ServiceTask => NodeKind::ServiceTask(self.service_task(index, node, settings)?),
            Kind::ScriptTask { format, source } => {
                NodeKind::ScriptTask(self.script_task(node, format, source, settings)?)
            }
            Kind::ExclusiveGateway => NodeKind::ExclusiveGateway,
            Kind::ParallelGateway => NodeKind::ParallelGateway,
            Kind::InclusiveGateway => NodeKind::InclusiveGateway,
            Kind::TimerCatch(text) => match timer::timer(text) {
                Ok(timer) => {
                    let (crate::executable::Timer::Date(when) | crate::executable::Timer::Duration(when)) = &timer;
                    self.uses(node.at(), when.names(), false);
                    NodeKind::TimerCatch(timer)
                }
                Err(message) => {
                    self.problems.error(rule::TIMER, node.at(), message);
                    return None;
                }
            },
            Kind::SubProcess(scope) => NodeKind::SubProcess(scope_ix(*scope)),
            Kind::CallActivity => NodeKind::CallActivity(self.call_activity(node, settings)?),
            Kind::BoundaryEvent { error, .. } => {
                // An error without a code cannot be told from others, so it stands for all of them.
                let code = error.as_deref().and_then(|error| process.error_code(error));
                return Some(Unattached::Boundary(Caught::Error {
                    code: code.filter(|code| !code.is_empty()).cloned(),
                    code_variable: self.variable(settings.code_variable.take(), node),
                    message_variable: self.variable(settings.message_variable.take(), node),
                }));
            }
            Kind::Unsupported(_) => return None,
        };
        Some(Unattached::Kind(kind))
    }

    /// A variable that the process sets.
    pub(super) fn variable(&mut self, name: Option<String>, node: &Node) -> Option<Arc<str>> {
        let name: Arc<str> = name?.into();
        if name.is_empty() || CONTEXT_NAMES.contains(&&*name) || &*name == OUTPUT {
            let message = if name.is_empty() {
                "a variable name is empty".to_owned()
            } else {
                format!("'{name}' cannot be a variable: the name has a meaning of its own")
            };
            self.problems.error(rule::VARIABLE_NAME, node.at(), message);
            return None;
        }
        self.done.sets.insert(Arc::clone(&name));
        Some(name)
    }

    /// Output mappings; all of them are looked at even if one is wrong.
    pub(super) fn output(&mut self, settings: &mut Settings, node: &Node) -> Option<Vec<(Arc<str>, Program)>> {
        let mut output = Some(Vec::new());
        for (variable, text) in settings.output.take().unwrap_or_default() {
            let what = format!("the output '{variable}'");
            let program = self.compile_program(&text, node.at(), &what, true);
            let variable = self.variable(Some(variable.to_string()), node);
            match (variable, program) {
                (Some(variable), Some(program)) => {
                    if let Some(output) = &mut output {
                        output.push((variable, program));
                    }
                }
                _ => output = None,
            }
        }
        output
    }

    pub(super) fn program(&mut self, text: &str, at: At<'_>, what: &str) -> Option<Program> {
        self.compile_program(text, at, what, false)
    }

    fn compile_program(&mut self, text: &str, at: At<'_>, what: &str, of_output: bool) -> Option<Program> {
        match program(text) {
            Ok(program) => {
                self.uses(at, program.names(), of_output);
                Some(program)
            }
            Err(message) => {
                self.problems.error(rule::EXPRESSION, at, format!("{what}: {message}"));
                None
            }
        }
    }

    pub(super) fn template(&mut self, value: &Value, node: &Node, what: &str) -> Option<Template> {
        match Template::compile(value) {
            Ok(template) => {
                self.uses(node.at(), template.names(), false);
                Some(template)
            }
            Err(error) => {
                self.problems.error(rule::EXPRESSION, node.at(), format!("{what}: {}", error.message));
                None
            }
        }
    }

    /// Notes the names that an expression reads. `output` is a name only inside an output mapping.
    pub(super) fn uses(&mut self, at: At<'_>, mut names: Vec<Arc<str>>, of_output: bool) {
        if of_output {
            names.retain(|name| &**name != OUTPUT);
        }
        if !names.is_empty() {
            self.done.uses.push(Use { id: at.id.unwrap_or_default().into(), line: at.line, names });
        }
    }
}
