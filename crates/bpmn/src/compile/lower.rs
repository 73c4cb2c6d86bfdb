//! Node by node: element and settings to what the engine runs. Also notes which names the expressions read and which
//! variables the process sets, for validation.

use std::collections::HashSet;
use std::sync::Arc;

use expr::{Program, Template};
use model::Value;

use super::expression::program;
use super::{decision, lines, node_ix, scope_ix};
use crate::ast::{self, Catches, EventText, Kind, Node, Process};
use crate::executable::{BoundaryEvent, Form, Loop, NodeKind, StartEvent, SubProcess};
use crate::graph::Graph;
use crate::problem::{At, Problems, rule};
use crate::settings::{Settings, taskconfig};

/// Names that expressions can read without anybody setting them.
pub(crate) const CONTEXT_NAMES: [&str; 7] =
    ["data_object", "nodes", "vars", "instance", "playbook", "workspace", "loop"];
/// The name that output mappings read.
const OUTPUT: &str = "output";
/// Names that the completion condition of a multi-instance reads: how many instances there are, are active, have
/// completed, have been ended. The last three are what other engines call the first three.
const INSTANCE_COUNTS: [&str; 7] = [
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
    "nrOfInstances",
    "nrOfActiveInstances",
    "nrOfCompletedInstances",
];
/// How many tokens have come to a complex gateway.
const ACTIVATION_COUNT: &str = "activationCount";

/// What compiling gives, before references are filled in.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    /// For each node what it does and its name; `None` when there was an error.
    pub(crate) nodes: Vec<Option<LoweredNode>>,
    /// For each flow its condition.
    pub(crate) conditions: Vec<Option<Program>>,
    /// Every expression's names.
    pub(crate) uses: Vec<Use>,
    /// Variables that the process sets somewhere.
    pub(crate) sets: HashSet<Arc<str>>,
    /// Calls of components.
    pub(crate) calls: Vec<Call>,
}

/// A node, before references are filled in.
#[derive(Debug)]
pub(crate) struct LoweredNode {
    pub(crate) kind: NodeKind,
    pub(crate) name: Arc<str>,
    pub(crate) looping: Option<Loop>,
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

/// Compiles every node and condition.
pub(crate) fn lower(process: &Process, graph: &Graph, taskconfig: &str, problems: &mut Problems) -> Lowered {
    let mut entries = taskconfig::read(taskconfig, &lines(process), problems);
    let decisions = decision::read(process, problems);
    let mut lowering = Lowering { process, graph, decisions, problems, done: Lowered::default() };
    for (index, node) in process.nodes.iter().enumerate() {
        let entry = entries.remove(&*node.id).unwrap_or_default();
        let lowered = lowering.node(index, node, entry.over(node.settings.clone()));
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
    pub(super) process: &'p Process,
    pub(super) graph: &'p Graph,
    /// The documents of decisions; those that cannot be read are left out.
    pub(super) decisions: Vec<Arc<dmn::Definitions>>,
    pub(super) problems: &'p mut Problems,
    pub(super) done: Lowered,
}

impl Lowering<'_> {
    fn node(&mut self, index: usize, node: &Node, mut settings: Settings) -> Option<LoweredNode> {
        let name = match (&node.kind, settings.name.take()) {
            (Kind::UserTask, Some(name)) if !name.is_empty() => name.into(),
            _ => Arc::clone(&node.name),
        };
        let looping = node.looping.as_ref().map(|text| self.looping(node, text, &mut settings));
        let kind = self.kind(index, node, &mut settings);
        // An unsupported element uses no setting, which needs no mention of its own.
        if !matches!(node.kind, Kind::Unsupported) {
            for name in settings.left() {
                let message = format!("'{name}' is not a setting of a '{}' and is ignored", node.tag);
                self.problems.warning(rule::UNUSED_SETTING, node.at(), message);
            }
        }
        let looping = match looping {
            Some(looping) => Some(looping?),
            None => None,
        };
        Some(LoweredNode { kind: kind?, name, looping })
    }

    fn kind(&mut self, index: usize, node: &Node, settings: &mut Settings) -> Option<NodeKind> {
        Some(match &node.kind {
            Kind::StartEvent { catches, interrupting } => {
                let catch = self.catch(node, catches, settings)?;
                NodeKind::StartEvent(StartEvent { catch, interrupting: *interrupting })
            }
            Kind::EndEvent(events) => NodeKind::EndEvent(self.throws(node, events, settings)?),
            Kind::ThrowEvent(events) if matches!(events.as_slice(), [EventText::Link(_)]) => NodeKind::Pass,
            Kind::ThrowEvent(events) => NodeKind::ThrowEvent(self.throws(node, events, settings)?),
            Kind::CatchEvent(Catches { events, .. }) => match events.as_slice() {
                [EventText::Timer(text)] => NodeKind::TimerCatch(self.timer(node, text)?),
                [EventText::Link(_)] => NodeKind::Pass,
                _ => {
                    let Kind::CatchEvent(catches) = &node.kind else { return None };
                    NodeKind::CatchEvent(self.catch(node, catches, settings)?)
                }
            },
            Kind::ReceiveTask { message, .. } => {
                let catches = Catches { events: vec![EventText::Message(message.clone())], all: false };
                NodeKind::CatchEvent(self.catch(node, &catches, settings)?)
            }
            Kind::SendTask(message) if message.is_some() && settings.component.is_none() => {
                let throw = self.throw(node, &EventText::Message(message.clone()), settings)?;
                NodeKind::SendTask(throw)
            }
            Kind::SendTask(_) => NodeKind::ServiceTask(self.service_task(index, node, settings)?),
            Kind::Pass => NodeKind::Pass,
            Kind::UserTask => NodeKind::UserTask(self.user_task(node, settings)?),
            Kind::ServiceTask => NodeKind::ServiceTask(self.service_task(index, node, settings)?),
            Kind::ScriptTask { format, source } => {
                NodeKind::ScriptTask(self.script_task(node, format, source, settings)?)
            }
            Kind::BusinessRuleTask => NodeKind::BusinessRuleTask(self.business_rule(node, settings)?),
            Kind::ExclusiveGateway => NodeKind::ExclusiveGateway,
            Kind::ParallelGateway => NodeKind::ParallelGateway,
            Kind::InclusiveGateway => NodeKind::InclusiveGateway,
            Kind::ComplexGateway { activation } => {
                NodeKind::ComplexGateway { activation: self.activation(activation.as_deref(), node)? }
            }
            Kind::EventBasedGateway { parallel, .. } => NodeKind::EventBasedGateway { all: *parallel },
            Kind::SubProcess { scope, form } => {
                NodeKind::SubProcess(SubProcess { scope: scope_ix(*scope), form: self.form(node, form)? })
            }
            Kind::CallActivity => NodeKind::CallActivity(self.call_activity(node, settings)?),
            Kind::BoundaryEvent { catches, interrupting, .. } => {
                let attached_to = node_ix(self.graph.attached_to[index]?);
                let catch = self.catch(node, catches, settings)?;
                NodeKind::BoundaryEvent(BoundaryEvent { attached_to, catch, interrupting: *interrupting })
            }
            Kind::Unsupported => return None,
        })
    }

    fn form(&mut self, node: &Node, form: &ast::Form) -> Option<Form> {
        Some(match form {
            ast::Form::Embedded => Form::Embedded,
            ast::Form::Event => Form::Event,
            ast::Form::Transaction => Form::Transaction,
            ast::Form::AdHoc { sequential, completion, cancel_remaining } => Form::AdHoc {
                sequential: *sequential,
                completion: self.optional(completion.as_deref(), node, "the completion condition")?,
                cancel_remaining: *cancel_remaining,
            },
        })
    }

    /// An expression that may be left out; the outer `None` is an error.
    pub(super) fn optional(&mut self, text: Option<&str>, node: &Node, what: &str) -> Option<Option<Program>> {
        match text {
            None => Some(None),
            Some(text) => self.program(text, node.at(), what).map(Some),
        }
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
            let program = self.of_output(&text, node, &what);
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
        self.compile_program(text, at, what, &[])
    }

    /// An expression that reads `output`.
    pub(super) fn of_output(&mut self, text: &str, node: &Node, what: &str) -> Option<Program> {
        self.compile_program(text, node.at(), what, &[OUTPUT])
    }

    /// The condition that ends a multi-instance; the outer `None` is an error.
    pub(super) fn completion(&mut self, text: Option<&str>, node: &Node) -> Option<Option<Program>> {
        match text {
            None => Some(None),
            Some(text) => {
                let what = "the completion condition";
                self.compile_program(text, node.at(), what, &INSTANCE_COUNTS).map(Some)
            }
        }
    }

    /// The condition of a complex gateway; the outer `None` is an error.
    pub(super) fn activation(&mut self, text: Option<&str>, node: &Node) -> Option<Option<Program>> {
        match text {
            None => Some(None),
            Some(text) => {
                let what = "the activation condition";
                self.compile_program(text, node.at(), what, &[ACTIVATION_COUNT]).map(Some)
            }
        }
    }

    /// Compiles an expression that has names of its own beside those of the process.
    fn compile_program(&mut self, text: &str, at: At<'_>, what: &str, own: &[&str]) -> Option<Program> {
        match program(text) {
            Ok(program) => {
                let names = program.names().into_iter().filter(|name| !own.contains(&&**name)).collect();
                self.uses(at, names);
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
                self.uses(node.at(), template.names());
                Some(template)
            }
            Err(error) => {
                self.problems.error(rule::EXPRESSION, node.at(), format!("{what}: {}", error.message));
                None
            }
        }
    }

    /// Notes the names that an expression reads.
    pub(super) fn uses(&mut self, at: At<'_>, names: Vec<Arc<str>>) {
        if !names.is_empty() {
            self.done.uses.push(Use { id: at.id.unwrap_or_default().into(), line: at.line, names });
        }
    }
}
