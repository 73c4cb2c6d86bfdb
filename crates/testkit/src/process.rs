//! A fluent builder of processes: gives the executable graph directly, or the same process as BPMN XML.
//!
//! Flow ids are `<source>_<target>`, with a number behind when there are several.

mod graph;
mod xml;

use std::sync::Arc;

use bpmn::Executable;
use bpmn::executable::{Binding, DueHandle, HandleParameter, OnError, Retry};
use model::Value;

/// A process under construction.
#[derive(Debug, Clone)]
pub struct Process {
    id: String,
    nodes: Vec<Draft>,
    flows: Vec<DraftFlow>,
    /// The sub-processes that are open, outermost first, as indexes into `nodes`.
    open: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Draft {
    id: String,
    /// The sub-process around it, as index into `nodes`.
    parent: Option<usize>,
    kind: Kind,
}

#[derive(Debug, Clone)]
struct DraftFlow {
    id: String,
    source: String,
    target: String,
    parent: Option<usize>,
    condition: Option<String>,
    is_default: bool,
}

#[derive(Debug, Clone)]
enum Kind {
    Start,
    End,
    Terminate,
    ErrorEnd { code: String },
    Pass,
    Exclusive,
    Parallel,
    Inclusive,
    TimerDate(String),
    TimerDuration(String),
    Script(Script),
    Service(Service),
    User(User),
    Call(Call),
    Sub,
    Boundary(Boundary),
}

/// A script task.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Whether the code is JavaScript; else it is CEL.
    pub javascript: bool,
    /// The code.
    pub code: String,
    /// Variable that receives the value.
    pub result: Option<String>,
    /// Output mapping: variable and expression.
    pub output: Vec<(String, String)>,
}

/// A service task.
#[derive(Debug, Clone)]
pub struct Service {
    /// The component.
    pub component: String,
    /// The action.
    pub action: String,
    /// The input template.
    pub input: Value,
    /// Output mapping: variable and expression.
    pub output: Vec<(String, String)>,
    /// The retry policy.
    pub retry: Retry,
    /// What happens after the last attempt.
    pub on_error: OnError,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            component: "Test".to_owned(),
            action: "run".to_owned(),
            input: Value::object::<&str>([]),
            output: Vec::new(),
            retry: Retry::default(),
            on_error: OnError::Fail,
        }
    }
}

/// A user task.
#[derive(Debug, Clone)]
pub struct User {
    /// The description template.
    pub description: String,
    /// The due template; `None` for the default.
    pub due: Option<String>,
    /// What happens at the due date.
    pub due_handle: DueHandle,
    /// The view template.
    pub view: Value,
    /// What the handler fills in.
    pub parameters: Vec<HandleParameter>,
    /// Output mapping: variable and expression.
    pub output: Vec<(String, String)>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            description: "Please check".to_owned(),
            due: None,
            due_handle: DueHandle::Continue,
            view: Value::object::<&str>([]),
            parameters: Vec::new(),
            output: Vec::new(),
        }
    }
}

/// A call activity.
#[derive(Debug, Clone)]
pub struct Call {
    /// The called workflow.
    pub workflow: String,
    /// Which version.
    pub binding: Binding,
    /// The child's data object, a template.
    pub data_object: Option<Value>,
    /// The child's variables, a template.
    pub input: Option<Value>,
    /// Output mapping: variable and expression.
    pub output: Vec<(String, String)>,
}

impl Call {
    /// A call without mappings.
    pub fn to(workflow: &str) -> Self {
        let workflow = workflow.to_owned();
        Self { workflow, binding: Binding::Latest, data_object: None, input: None, output: Vec::new() }
    }
}

/// An error boundary event.
#[derive(Debug, Clone)]
pub struct Boundary {
    /// The activity that it is attached to.
    pub on: String,
    /// The code that it catches; `None` for every code.
    pub code: Option<String>,
    /// Variable that receives the code.
    pub code_variable: Option<String>,
    /// Variable that receives the message.
    pub message_variable: Option<String>,
}

impl Process {
    /// An empty process.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), nodes: Vec::new(), flows: Vec::new(), open: Vec::new() }
    }

    fn add(mut self, id: &str, kind: Kind) -> Self {
        self.nodes.push(Draft { id: id.to_owned(), parent: self.open.last().copied(), kind });
        self
    }

    /// A start event.
    #[must_use]
    pub fn start(self, id: &str) -> Self {
        self.add(id, Kind::Start)
    }

    /// An end event.
    #[must_use]
    pub fn end(self, id: &str) -> Self {
        self.add(id, Kind::End)
    }

    /// A terminate end event.
    #[must_use]
    pub fn terminate(self, id: &str) -> Self {
        self.add(id, Kind::Terminate)
    }

    /// An error end event.
    #[must_use]
    pub fn error_end(self, id: &str, code: &str) -> Self {
        self.add(id, Kind::ErrorEnd { code: code.to_owned() })
    }

    /// A task that does nothing.
    #[must_use]
    pub fn pass(self, id: &str) -> Self {
        self.add(id, Kind::Pass)
    }

    /// An exclusive gateway.
    #[must_use]
    pub fn exclusive(self, id: &str) -> Self {
        self.add(id, Kind::Exclusive)
    }

    /// A parallel gateway.
    #[must_use]
    pub fn parallel(self, id: &str) -> Self {
        self.add(id, Kind::Parallel)
    }

    /// An inclusive gateway.
    #[must_use]
    pub fn inclusive(self, id: &str) -> Self {
        self.add(id, Kind::Inclusive)
    }

    /// A timer with a date.
    #[must_use]
    pub fn timer_at(self, id: &str, date: &str) -> Self {
        self.add(id, Kind::TimerDate(date.to_owned()))
    }

    /// A timer with a duration.
    #[must_use]
    pub fn timer(self, id: &str, duration: &str) -> Self {
        self.add(id, Kind::TimerDuration(duration.to_owned()))
    }

    /// A CEL script.
    #[must_use]
    pub fn cel(self, id: &str, code: &str) -> Self {
        self.script(id, Script { code: code.to_owned(), ..Script::default() })
    }

    /// A CEL script whose value becomes a variable.
    #[must_use]
    pub fn set(self, id: &str, variable: &str, code: &str) -> Self {
        let result = Some(variable.to_owned());
        self.script(id, Script { code: code.to_owned(), result, ..Script::default() })
    }

    /// A JavaScript.
    #[must_use]
    pub fn javascript(self, id: &str, code: &str) -> Self {
        self.script(id, Script { javascript: true, code: code.to_owned(), ..Script::default() })
    }

    /// A script task.
    #[must_use]
    pub fn script(self, id: &str, script: Script) -> Self {
        self.add(id, Kind::Script(script))
    }

    /// A service task.
    #[must_use]
    pub fn service(self, id: &str, service: Service) -> Self {
        self.add(id, Kind::Service(service))
    }

    /// A user task.
    #[must_use]
    pub fn user(self, id: &str, user: User) -> Self {
        self.add(id, Kind::User(user))
    }

    /// A call activity.
    #[must_use]
    pub fn call(self, id: &str, call: Call) -> Self {
        self.add(id, Kind::Call(call))
    }

    /// An error boundary event; the activity must be there already.
    #[must_use]
    pub fn boundary(self, id: &str, on: &str, code: Option<&str>) -> Self {
        let code = code.map(str::to_owned);
        self.boundary_event(id, Boundary { on: on.to_owned(), code, code_variable: None, message_variable: None })
    }

    /// An error boundary event; the activity must be there already.
    #[must_use]
    pub fn boundary_event(self, id: &str, boundary: Boundary) -> Self {
        self.add(id, Kind::Boundary(boundary))
    }

    /// A sub-process with what `inside` adds.
    #[must_use]
    pub fn sub(mut self, id: &str, inside: impl FnOnce(Self) -> Self) -> Self {
        self.open.push(self.nodes.len());
        let parent = self.open.iter().rev().nth(1).copied();
        self.nodes.push(Draft { id: id.to_owned(), parent, kind: Kind::Sub });
        let mut process = inside(self);
        process.open.pop();
        process
    }

    fn connect(mut self, source: &str, target: &str, condition: Option<&str>, is_default: bool) -> Self {
        let name = format!("{source}_{target}");
        let same = self.flows.iter().filter(|flow| flow.source == source && flow.target == target).count();
        let id = if same == 0 { name } else { format!("{name}_{}", same + 1) };
        self.flows.push(DraftFlow {
            id,
            source: source.to_owned(),
            target: target.to_owned(),
            parent: self.open.last().copied(),
            condition: condition.map(str::to_owned),
            is_default,
        });
        self
    }

    /// A flow.
    #[must_use]
    pub fn flow(self, source: &str, target: &str) -> Self {
        self.connect(source, target, None, false)
    }

    /// A flow with a condition.
    #[must_use]
    pub fn flow_if(self, source: &str, target: &str, condition: &str) -> Self {
        self.connect(source, target, Some(condition), false)
    }

    /// A default flow.
    #[must_use]
    pub fn flow_else(self, source: &str, target: &str) -> Self {
        self.connect(source, target, None, true)
    }

    /// Flows through several nodes, separated by spaces.
    #[must_use]
    pub fn path(self, nodes: &str) -> Self {
        let ids: Vec<&str> = nodes.split_whitespace().collect();
        ids.windows(2).fold(self, |process, pair| process.flow(pair[0], pair[1]))
    }

    /// Flows out of a node: the id of each and its target.
    pub fn flows_from(&self, node: &str) -> impl Iterator<Item = (&str, &str)> {
        self.flows.iter().filter(move |flow| flow.source == node).map(|flow| (&*flow.id, &*flow.target))
    }

    /// The executable graph.
    ///
    /// # Panics
    /// When an id is missing or twice there, or an expression does not compile.
    pub fn build(&self) -> Arc<Executable> {
        Arc::new(graph::build(self))
    }

    /// The process as BPMN 2.0 XML, settings included as attributes of the vendor's namespace.
    pub fn xml(&self) -> String {
        xml::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_processes_have_their_own_scopes() {
        let process = Process::new("p")
            .start("s")
            .sub("outer", |p| {
                p.start("a").sub("inner", |p| p.start("x").end("y").path("x y")).end("b").path("a inner b")
            })
            .end("e")
            .path("s outer e");
        let graph = process.build();
        let scope = |id: &str| graph.node(graph.node_by_id[id]).scope.0;
        assert_eq!((scope("s"), scope("outer"), scope("inner"), scope("x"), scope("b")), (0, 0, 1, 2, 1));
        assert_eq!(graph.scopes.len(), 3);
        assert_eq!(graph.scopes[2].starts, [graph.node_by_id["x"]]);
    }

    #[test]
    fn the_xml_nests_and_escapes() {
        let process = Process::new("p").start("s").set("c", "x", "1 < 2 && \"a\" != ''").end("e").path("s c e");
        let xml = process.xml();
        assert!(xml.contains("<script>1 &lt; 2 &amp;&amp; &quot;a&quot; != ''</script>"), "{xml}");
        assert!(xml.contains(r#"<sequenceFlow id="s_c" sourceRef="s" targetRef="c"/>"#), "{xml}");
    }
}
