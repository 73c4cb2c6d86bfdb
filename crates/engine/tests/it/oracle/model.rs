//! A process as plain data: scopes, nodes by element, flows. Nothing here knows how anything runs.
//!
//! Conditions are data too: a condition names a variable that is true or false. There are 32 variables, `c0` to `c31`.

use std::fmt;

/// Index into [`Model::nodes`].
pub(super) type NodeIx = usize;
/// Index into [`Model::flows`].
pub(super) type FlowIx = usize;
/// Index into [`Model::scopes`]; 0 is the root process.
pub(super) type ScopeIx = usize;
/// The number of a variable: `c7` is 7.
pub(super) type Variable = u8;

/// A document: the root process and those that it calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    pub(super) nodes: Vec<Node>,
    pub(super) flows: Vec<Flow>,
    pub(super) scopes: Vec<Scope>,
    /// The variables that are true at the start.
    pub(super) variables: Variables,
}

/// The variables that are true, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Variables(u32);

impl Variables {
    pub(super) fn get(self, variable: Variable) -> bool {
        self.0 & (1 << variable) != 0
    }

    pub(super) fn set(&mut self, variable: Variable, value: bool) {
        if value {
            self.0 |= 1 << variable;
        } else {
            self.0 &= !(1 << variable);
        }
    }
}

/// A process or the inside of a sub-process.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// The id of the process or of the sub-process.
    pub(super) id: String,
    /// The node whose inside this is; `None` for a process.
    pub(super) holder: Option<NodeIx>,
}

/// A sequence flow.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) source: NodeIx,
    pub(super) target: NodeIx,
    pub(super) condition: Option<Condition>,
    pub(super) default: bool,
}

/// That a variable has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) variable: Variable,
    pub(super) value: bool,
}

impl Condition {
    pub(super) fn holds(self, variables: Variables) -> bool {
        variables.get(self.variable) == self.value
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}c{}", if self.value { "" } else { "!" }, self.variable)
    }
}

/// A flow node.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) scope: ScopeIx,
    pub(super) element: Element,
    /// The loop marker of an activity.
    pub(super) repeat: Option<Repeat>,
    /// What a task sets when it is done.
    pub(super) sets: Option<Condition>,
    /// The compensation boundary event that this activity is the handler of.
    pub(super) undoes: Option<NodeIx>,
}

/// What a flow node is.
#[derive(Debug, Clone)]
pub(super) enum Element {
    Start(Events),
    Catch(Events),
    Throw(Option<Definition>),
    End(Option<Definition>),
    Boundary { host: NodeIx, events: Events },
    Task(Task),
    Gateway(Gateway),
    Sub { scope: ScopeIx, kind: Sub },
    Call { process: ScopeIx },
}

/// What a catching event waits for.
#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    /// None for a start event without a trigger; several for a multiple event.
    pub(super) definitions: Vec<Definition>,
    /// Parallel multiple: all of them have to happen.
    pub(super) all: bool,
    /// Does not interrupt (boundary events, start events of event sub-processes).
    pub(super) aside: bool,
}

/// An event definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Definition {
    /// Seconds from when it is armed, and how often.
    Timer {
        seconds: u32,
        times: u32,
    },
    Message(String),
    Signal(String),
    /// A code; `None` catches every error.
    Error(Option<String>),
    /// A code; `None` catches every escalation.
    Escalation(Option<String>),
    Conditional(Condition),
    /// The id of the activity to compensate; `None` for all of the scope.
    Compensation(Option<String>),
    Link(String),
    Cancel,
    Terminate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    Plain,
    Manual,
    Script,
    User,
    Service,
    Send(String),
    Receive(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gateway {
    Exclusive,
    Parallel,
    Inclusive,
    /// Fires when so many tokens are on its incoming flows.
    Complex(u32),
    EventBased,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sub {
    Embedded,
    Event,
    Transaction,
    AdHoc {
        /// One activity at a time.
        sequential: bool,
        /// The completion condition.
        until: Option<Condition>,
        /// `cancelRemainingInstances` is false.
        keep: bool,
    },
}

/// A loop marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Standard loop.
    While { condition: Condition, most: u32, before: bool },
    /// Multi-instance.
    Many { sequential: bool, count: u32, until: Option<Condition> },
}

impl Model {
    pub(super) fn outgoing(&self, node: NodeIx) -> impl Iterator<Item = FlowIx> + '_ {
        (0..self.flows.len()).filter(move |flow| self.flows[*flow].source == node)
    }

    pub(super) fn incoming(&self, node: NodeIx) -> impl Iterator<Item = FlowIx> + '_ {
        (0..self.flows.len()).filter(move |flow| self.flows[*flow].target == node)
    }

    pub(super) fn members(&self, scope: ScopeIx) -> impl Iterator<Item = NodeIx> + '_ {
        (0..self.nodes.len()).filter(move |node| self.nodes[*node].scope == scope)
    }

    /// The boundary events of an activity, in document order.
    pub(super) fn boundaries(&self, host: NodeIx) -> impl Iterator<Item = (NodeIx, &Events)> {
        self.nodes.iter().enumerate().filter_map(move |(ix, node)| match &node.element {
            Element::Boundary { host: on, events } if *on == host => Some((ix, events)),
            _ => None,
        })
    }

    /// The event sub-processes of a scope: the sub-process, its scope and its start event.
    pub(super) fn event_subs(&self, scope: ScopeIx) -> impl Iterator<Item = (NodeIx, ScopeIx, NodeIx, &Events)> {
        self.members(scope).filter_map(|node| match self.nodes[node].element {
            Element::Sub { scope: inside, kind: Sub::Event } => {
                let start = self.members(inside).find_map(|start| match &self.nodes[start].element {
                    Element::Start(events) => Some((start, events)),
                    _ => None,
                });
                start.map(|(start, events)| (node, inside, start, events))
            }
            _ => None,
        })
    }

    /// The id of a flow; several between the same nodes are told apart.
    pub(super) fn flow_id(&self, flow: FlowIx) -> String {
        let Flow { source, target, .. } = self.flows[flow];
        let same = self.flows[..flow].iter().filter(|other| (other.source, other.target) == (source, target)).count();
        let id = format!("{}_{}", self.nodes[source].id, self.nodes[target].id);
        if same == 0 { id } else { format!("{id}_{same}") }
    }

    pub(super) fn find(&self, id: &str) -> Option<NodeIx> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// Whether tokens in front of a node wait for others.
    pub(super) fn joins(&self, node: NodeIx) -> bool {
        match self.nodes[node].element {
            Element::Gateway(gateway) => match gateway {
                Gateway::Parallel | Gateway::Complex(_) => true,
                // With one incoming flow there is nothing to wait for.
                Gateway::Inclusive => self.incoming(node).nth(1).is_some(),
                Gateway::Exclusive | Gateway::EventBased => false,
            },
            _ => false,
        }
    }

    pub(super) fn is_activity(&self, node: NodeIx) -> bool {
        match self.nodes[node].element {
            Element::Task(_) | Element::Sub { .. } | Element::Call { .. } => true,
            Element::Start(_)
            | Element::Catch(_)
            | Element::Throw(_)
            | Element::End(_)
            | Element::Boundary { .. }
            | Element::Gateway(_) => false,
        }
    }

    /// Whether it can be seen from outside that the node is completed. Whether an event that throws an error, an
    /// escalation or a cancel counts as completed when its throw ends what it stands in, how often a complex gateway
    /// does, and whether a compensation boundary event does at all, is not said by the standard.
    pub(super) fn is_counted(&self, node: NodeIx) -> bool {
        match &self.nodes[node].element {
            Element::Throw(thrown) | Element::End(thrown) => match thrown {
                Some(Definition::Error(_) | Definition::Escalation(_) | Definition::Cancel) => false,
                Some(_) | None => true,
            },
            Element::Boundary { events, .. } => {
                !events.definitions.iter().any(|it| matches!(it, Definition::Compensation(_)))
            }
            Element::Gateway(gateway) => !matches!(gateway, Gateway::Complex(_)),
            Element::Start(_) | Element::Catch(_) | Element::Task(_) | Element::Sub { .. } | Element::Call { .. } => {
                true
            }
        }
    }

    /// The nodes that get a token when the scope begins: its start events without a trigger; in a scope that has no
    /// start event at all, every node without an incoming flow that is not begun by something else (BPMN 2.0.2, 13.3.4
    /// and 10.5.2).
    pub(super) fn starts(&self, scope: ScopeIx) -> Vec<NodeIx> {
        let starts: Vec<(NodeIx, &Events)> = self
            .members(scope)
            .filter_map(|node| match &self.nodes[node].element {
                Element::Start(events) => Some((node, events)),
                _ => None,
            })
            .collect();
        if !starts.is_empty() {
            return starts
                .into_iter()
                .filter(|(_, events)| events.definitions.is_empty())
                .map(|(node, _)| node)
                .collect();
        }
        self.members(scope).filter(|node| self.begins_by_itself(*node)).collect()
    }

    /// Whether every scope has a place where its token appears.
    pub(super) fn is_sound(&self) -> bool {
        (0..self.scopes.len()).all(|scope| {
            let triggered = self.members(scope).any(|node| matches!(self.nodes[node].element, Element::Start(_)));
            triggered || !self.starts(scope).is_empty()
        })
    }

    fn begins_by_itself(&self, node: NodeIx) -> bool {
        let begun_otherwise = match &self.nodes[node].element {
            Element::Boundary { .. } | Element::Sub { kind: Sub::Event, .. } => true,
            Element::Catch(events) => events.definitions.iter().any(|it| matches!(it, Definition::Link(_))),
            Element::Start(_)
            | Element::Throw(_)
            | Element::End(_)
            | Element::Task(_)
            | Element::Gateway(_)
            | Element::Sub { .. }
            | Element::Call { .. } => false,
        };
        !begun_otherwise && self.nodes[node].undoes.is_none() && self.incoming(node).next().is_none()
    }
}
