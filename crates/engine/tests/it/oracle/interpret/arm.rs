//! Events that wait to be triggered: catching events, receive tasks, boundary events, the starts of event sub-processes
//! (BPMN 2.0.2, 13.5.2 to 13.5.4).

use super::Play;
use super::state::Arm;
use crate::oracle::model::{Definition, Element, NodeIx, Variables};

impl Play<'_> {
    /// What has to be watched for a node; `None` for events that only come from inside (errors and the like).
    pub(super) fn arm(&self, event: NodeIx, variables: Variables) -> Option<Arm> {
        let definitions = &self.oracle.waits_for[event];
        let timer = definitions.iter().find_map(|definition| match definition {
            Definition::Timer { seconds, times } => Some((self.state.now + u64::from(*seconds), *times)),
            _ => None,
        });
        (!definitions.is_empty()).then_some(Arm {
            event,
            due: timer.map(|(due, _)| due),
            left: timer.map_or(0, |(_, times)| times),
            seen: 0,
            truth: false,
            fresh: self.may_ignore(event) && definitions.iter().any(|it| holds(it, variables)),
        })
    }

    /// Whether an event occurs now. Of several definitions one is enough, or (parallel multiple) all are needed, 10.5.1.
    pub(super) fn is_ripe(&self, arm: &Arm, variables: Variables) -> bool {
        let mut happened =
            self.oracle.waits_for[arm.event].iter().enumerate().map(|(bit, definition)| match definition {
                Definition::Timer { .. } => arm.due.is_some_and(|due| due <= self.state.now),
                Definition::Message(_) | Definition::Signal(_) => arm.seen & (1 << bit) != 0,
                // 10.5.5: it is triggered when its condition is or becomes true, and again only after it was false.
                Definition::Conditional(condition) => !arm.truth && condition.holds(variables),
                Definition::Error(_)
                | Definition::Escalation(_)
                | Definition::Compensation(_)
                | Definition::Link(_)
                | Definition::Cancel
                | Definition::Terminate => false,
            });
        if self.needs_all(arm.event) { happened.all(|it| it) } else { happened.any(|it| it) }
    }

    /// Events for which the standard only says that they are triggered when their condition becomes true (10.5.2, 10.5.5):
    /// if it is true from the beginning, they may occur at once, or wait until it has been false. A token that waits for
    /// a condition goes on when it is true.
    fn may_ignore(&self, event: NodeIx) -> bool {
        match &self.oracle.model.nodes[event].element {
            Element::Start(_) | Element::Boundary { .. } => true,
            Element::Catch(_)
            | Element::Throw(_)
            | Element::End(_)
            | Element::Task(_)
            | Element::Gateway(_)
            | Element::Sub { .. }
            | Element::Call { .. } => false,
        }
    }

    /// A condition that was true from the beginning is not taken for having become true.
    pub(super) fn ignore(&mut self, path: &[usize], owner: Option<usize>, index: usize) {
        let run = self.state.run_mut(path);
        let arm = match owner {
            Some(owner) => &mut run.active[owner].arms[index],
            None => &mut run.arms[index],
        };
        arm.fresh = false;
        arm.truth = true;
    }

    pub(super) fn needs_all(&self, event: NodeIx) -> bool {
        match &self.oracle.model.nodes[event].element {
            Element::Start(events) | Element::Catch(events) | Element::Boundary { events, .. } => events.all,
            Element::Throw(_)
            | Element::End(_)
            | Element::Task(_)
            | Element::Gateway(_)
            | Element::Sub { .. }
            | Element::Call { .. } => false,
        }
    }

    /// The event occurs. `owner` is the active node that it is an arm of; `None` for an event sub-process of the run.
    pub(super) fn fire(&mut self, path: &[usize], owner: Option<usize>, index: usize) {
        let variables = self.state.variables(path);
        let now = self.state.now;
        let oracle = self.oracle;
        let run = self.state.run_mut(path);
        let arm = match owner {
            Some(owner) => &mut run.active[owner].arms[index],
            None => &mut run.arms[index],
        };
        let event = arm.event;
        arm.spend(&oracle.waits_for[event], variables, now);
        let holder = owner.map(|owner| run.active[owner].node);
        match &oracle.model.nodes[event].element {
            Element::Start(_) => self.begin_event_sub(path, event),
            // 13.5.3: an interrupting boundary event ends its activity; any other leaves it alone.
            Element::Boundary { events, .. } => {
                if let (false, Some(owner)) = (events.aside, owner) {
                    self.state.run_mut(path).active.remove(owner);
                }
                self.leave(path, event);
            }
            // 13.5.2 and 13.4.4: the waiting token goes on; that of an event-based gateway goes on behind the event that
            // came first.
            Element::Catch(_) | Element::Task(_) => {
                let (Some(owner), Some(holder)) = (owner, holder) else { return };
                if holder == event {
                    self.finish_waiting(path, owner);
                } else {
                    self.state.run_mut(path).active.remove(owner);
                    self.count(holder);
                    self.leave(path, event);
                }
            }
            Element::Throw(_) | Element::End(_) | Element::Gateway(_) | Element::Sub { .. } | Element::Call { .. } => {}
        }
    }

    fn finish_waiting(&mut self, path: &[usize], index: usize) {
        let active = &self.state.run(path).active[index];
        if self.oracle.model.is_activity(active.node) {
            self.complete(path, index);
        } else {
            let active = self.state.run_mut(path).active.remove(index);
            self.leave(path, active.node);
        }
    }
}

impl Arm {
    /// What remains of an event that has occurred: a timer goes on while its cycle does, a condition has to become false
    /// first, messages and signals are awaited anew.
    fn spend(&mut self, definitions: &[Definition], variables: Variables, now: u64) {
        self.seen = 0;
        self.fresh = false;
        for definition in definitions {
            match definition {
                Definition::Timer { seconds, .. } => {
                    if let Some(due) = self.due.filter(|due| *due <= now) {
                        self.left = self.left.saturating_sub(1);
                        self.due = (self.left > 0).then_some(due + u64::from(*seconds));
                    }
                }
                Definition::Conditional(condition) => self.truth = condition.holds(variables),
                Definition::Message(_)
                | Definition::Signal(_)
                | Definition::Error(_)
                | Definition::Escalation(_)
                | Definition::Compensation(_)
                | Definition::Link(_)
                | Definition::Cancel
                | Definition::Terminate => {}
            }
        }
    }

    /// Whether a message or signal would be taken, and as which of the definitions.
    pub(super) fn waits_for(&self, definitions: &[Definition], wanted: &Definition) -> Option<usize> {
        let bit = definitions.iter().position(|definition| definition == wanted)?;
        (self.seen & (1 << bit) == 0).then_some(bit)
    }
}

fn holds(definition: &Definition, variables: Variables) -> bool {
    match definition {
        Definition::Conditional(condition) => condition.holds(variables),
        _ => false,
    }
}
