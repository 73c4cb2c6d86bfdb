//! From the draft to the executable graph.

use std::collections::HashMap;
use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{
    BoundaryEvent, CallActivity, Catch, Flow, FlowIx, Form, Node, NodeIx, NodeKind, Scope, ScopeIx, ScriptTask,
    ServiceTask, StartEvent, SubProcess, Throw, Timer, Trigger, UserTask,
};
use expr::{Program, Template};
use model::Value;

use super::{Draft, Kind, Process};

pub(super) fn build(process: &Process) -> Executable {
    let scope_of = scopes(process);
    let mut graph = Executable {
        process_id: process.id.as_str().into(),
        name: process.id.as_str().into(),
        nodes: Vec::new(),
        flows: Vec::new(),
        scopes: vec![scope(None)],
        node_by_id: HashMap::new(),
        flow_by_id: HashMap::new(),
    };
    for (index, draft) in process.nodes.iter().enumerate() {
        let ix = NodeIx(number(index));
        assert!(graph.node_by_id.insert(draft.id.as_str().into(), ix).is_none(), "'{}' is twice there", draft.id);
        if let Kind::Sub = draft.kind {
            graph.scopes.push(scope(Some(ix)));
        }
        let scope = draft.parent.map_or(ScopeIx(0), |parent| scope_of[&parent]);
        let holder = &mut graph.scopes[scope.0 as usize];
        holder.nodes.push(ix);
        if let Kind::Start = draft.kind {
            holder.starts.push(ix);
        }
        let kind = kind(draft, index, &scope_of, &graph);
        if let NodeKind::BoundaryEvent(event) = &kind {
            graph.nodes[event.attached_to.0 as usize].boundary.push(ix);
        }
        graph.nodes.push(Node {
            id: draft.id.as_str().into(),
            name: draft.id.as_str().into(),
            element: element(&draft.kind),
            scope,
            kind,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default: None,
            boundary: Vec::new(),
            looping: None,
            handler: None,
            takes: 1,
            gives: 1,
        });
    }
    connect(process, &mut graph);
    for scope in 1..graph.scopes.len() {
        if graph.scopes[scope].starts.is_empty() {
            let entered = |ix: &&NodeIx| {
                let node = graph.node(**ix);
                node.incoming.is_empty() && !matches!(node.kind, NodeKind::BoundaryEvent(_))
            };
            graph.scopes[scope].starts = graph.scopes[scope].nodes.iter().filter(entered).copied().collect();
        }
    }
    graph
}

fn scope(node: Option<NodeIx>) -> Scope {
    Scope { node, starts: Vec::new(), triggered: Vec::new(), event_sub_processes: Vec::new(), nodes: Vec::new() }
}

fn element(kind: &Kind) -> &'static str {
    match kind {
        Kind::Start => "startEvent",
        Kind::End | Kind::Terminate | Kind::ErrorEnd { .. } => "endEvent",
        Kind::Pass => "task",
        Kind::Exclusive => "exclusiveGateway",
        Kind::Parallel => "parallelGateway",
        Kind::Inclusive => "inclusiveGateway",
        Kind::TimerDate(_) | Kind::TimerDuration(_) => "intermediateCatchEvent",
        Kind::Script(_) => "scriptTask",
        Kind::Service(_) => "serviceTask",
        Kind::User(_) => "userTask",
        Kind::Call(_) => "callActivity",
        Kind::Sub => "subProcess",
        Kind::Boundary(_) => "boundaryEvent",
    }
}

fn connect(process: &Process, graph: &mut Executable) {
    for (index, draft) in process.flows.iter().enumerate() {
        let ix = FlowIx(number(index));
        let find = |id: &str| *graph.node_by_id.get(id).unwrap_or_else(|| panic!("there is no node '{id}'"));
        let (source, target) = (find(&draft.source), find(&draft.target));
        assert_eq!(graph.node(source).scope, graph.node(target).scope, "'{}' crosses a border", draft.id);
        graph.nodes[source.0 as usize].outgoing.push(ix);
        graph.nodes[target.0 as usize].incoming.push(ix);
        if draft.is_default {
            graph.nodes[source.0 as usize].default = Some(ix);
        }
        let condition = draft.condition.as_deref().map(program);
        graph.flow_by_id.insert(draft.id.as_str().into(), ix);
        graph.flows.push(Flow { id: draft.id.as_str().into(), source, target, condition });
    }
}

/// The scope inside each sub-process.
fn scopes(process: &Process) -> HashMap<usize, ScopeIx> {
    let subs = process.nodes.iter().enumerate().filter(|(_, draft)| matches!(draft.kind, Kind::Sub));
    subs.zip(1..).map(|((index, _), scope)| (index, ScopeIx(scope))).collect()
}

fn kind(draft: &Draft, index: usize, scope_of: &HashMap<usize, ScopeIx>, graph: &Executable) -> NodeKind {
    match &draft.kind {
        Kind::Start => NodeKind::StartEvent(StartEvent { catch: Catch::default(), interrupting: true }),
        Kind::End => NodeKind::EndEvent(Vec::new()),
        Kind::Terminate => NodeKind::EndEvent(vec![Throw::Terminate]),
        Kind::ErrorEnd { code } => NodeKind::EndEvent(vec![Throw::Error { code: code.as_str().into() }]),
        Kind::Pass => NodeKind::Pass,
        Kind::Exclusive => NodeKind::ExclusiveGateway,
        Kind::Parallel => NodeKind::ParallelGateway,
        Kind::Inclusive => NodeKind::InclusiveGateway,
        Kind::TimerDate(text) => NodeKind::TimerCatch(Timer::Date(template(&text.as_str().into()))),
        Kind::TimerDuration(text) => NodeKind::TimerCatch(Timer::Duration(template(&text.as_str().into()))),
        Kind::Script(script) => NodeKind::ScriptTask(ScriptTask {
            script: if script.javascript {
                bpmn::executable::Script::JavaScript { source: script.code.as_str().into(), timeout: None }
            } else {
                bpmn::executable::Script::Cel(program(&script.code))
            },
            result_variable: script.result.as_deref().map(Arc::from),
            output: mappings(&script.output),
        }),
        Kind::Service(service) => NodeKind::ServiceTask(ServiceTask {
            component: service.component.as_str().into(),
            action: service.action.as_str().into(),
            connection: None,
            input: template(&service.input),
            output: mappings(&service.output),
            timeout: None,
            retry: service.retry.clone(),
            on_error: service.on_error,
        }),
        Kind::User(user) => NodeKind::UserTask(UserTask {
            description: template(&user.description.as_str().into()),
            due: user.due.as_deref().map(|due| template(&due.into())),
            due_handle: user.due_handle,
            handlers: Vec::new(),
            view_parameters: template(&user.view),
            handle_parameters: user.parameters.clone(),
            output: mappings(&user.output),
        }),
        Kind::Call(call) => NodeKind::CallActivity(CallActivity {
            workflow: call.workflow.as_str().into(),
            binding: call.binding,
            data_object: call.data_object.as_ref().map(template),
            input: call.input.as_ref().map(template),
            output: mappings(&call.output),
        }),
        Kind::Sub => NodeKind::SubProcess(SubProcess { scope: scope_of[&index], form: Form::Embedded }),
        Kind::Boundary(boundary) => NodeKind::BoundaryEvent(BoundaryEvent {
            attached_to: graph.node_by_id[boundary.on.as_str()],
            catch: Catch {
                triggers: vec![Trigger::Error { code: boundary.code.as_deref().map(Arc::from) }],
                code_variable: boundary.code_variable.as_deref().map(Arc::from),
                message_variable: boundary.message_variable.as_deref().map(Arc::from),
                ..Catch::default()
            },
            interrupting: true,
        }),
    }
}

fn mappings(output: &[(String, String)]) -> Vec<(Arc<str>, Program)> {
    output.iter().map(|(name, source)| (name.as_str().into(), program(source))).collect()
}

fn program(source: &str) -> Program {
    Program::compile(source).unwrap_or_else(|error| panic!("'{source}': {error}"))
}

fn template(value: &Value) -> Template {
    Template::compile(value).unwrap_or_else(|error| panic!("{value:?}: {error}"))
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("test processes are small")
}
