//! Activities: tasks and what contains others, with their markers, boundary events and compensation handlers.

use super::{Canvas, Ends};

impl Canvas<'_> {
    /// A task; its kind is one of those that wait, mostly.
    pub(super) fn task(&mut self) -> Ends {
        let kinds: Vec<&str> =
            ["user", "user", "user", "service", "service", "script", "task", "manual", "send", "receive"]
                .into_iter()
                .filter(|kind| self.may(kind))
                .collect();
        let kind = if kinds.is_empty() { "task" } else { *self.dice.pick(&kinds) };
        let id = self.id("a");
        let mut arguments = Vec::new();
        match kind {
            "user" | "service" | "script" if self.dice.percent(if self.watched.is_empty() { 30 } else { 60 }) => {
                arguments.push(self.assignment());
            }
            "send" | "receive" => arguments.push(format!("m{}", self.dice.below(2) + 1)),
            _ => {}
        }
        self.activity(&id, kind, arguments, None)
    }

    /// A marker that may stand on an activity.
    fn marker(&mut self) -> Option<String> {
        let kinds: Vec<&str> = ["loop", "multi-instance parallel", "multi-instance sequential"]
            .into_iter()
            .filter(|kind| self.may(kind))
            .collect();
        if kinds.is_empty() || !self.dice.percent(12) {
            return None;
        }
        let until = if self.dice.percent(30) { format!(",until={}", self.condition()) } else { String::new() };
        let least = usize::from(!self.may("multi-instance of none"));
        let count = self.dice.below(4 - least) + least;
        Some(match *self.dice.pick(&kinds) {
            "loop" => {
                let before = if self.dice.percent(40) { ",before" } else { "" };
                format!("while={},most={}{before}", self.condition(), self.dice.below(3) + 1)
            }
            "multi-instance parallel" => format!("many={count}{until}"),
            _ => format!("each={count}{until}"),
        })
    }

    /// Draws an activity, `inside` its content, and what hangs on it.
    fn activity(&mut self, id: &str, kind: &str, mut arguments: Vec<String>, inside: Option<String>) -> Ends {
        let marker = if kind == "tx" && !self.may("transaction with a marker") { None } else { self.marker() };
        let repeats = marker.is_some();
        let contains = inside.is_some() || kind == "call";
        arguments.extend(marker);
        let head = format!("{id}:{kind}({})", arguments.join(","));
        self.add(match inside {
            Some(inside) => format!("{head}{{ {inside} }}"),
            None => head,
        });
        if !repeats && self.may("boundary compensation") && self.dice.percent(20) {
            self.handler(id);
        }
        if contains {
            // What is inside must not have used up all.
            self.budget = self.budget.max(4);
        }
        let merge = self.id("x");
        let before = self.words.last().map_or(0, Vec::len);
        self.boundaries(id, contains, &merge);
        let came_back = self
            .words
            .last()
            .is_some_and(|words| words[before..].iter().any(|word| word.ends_with(&format!(">{merge}"))));
        if came_back {
            let gateway = if self.may("exclusive") && self.dice.percent(70) { "xor" } else { "task" };
            self.add(format!("{merge}:{gateway}"));
            self.flow(id, &merge);
            return Ends { first: id.to_owned(), last: Some(merge) };
        }
        Ends { first: id.to_owned(), last: Some(id.to_owned()) }
    }

    fn handler(&mut self, host: &str) {
        let (event, handler) = (self.id("b"), self.id("u"));
        let kind = if self.may("user") && self.dice.percent(40) { "user" } else { "task" };
        self.add(format!("{event}:on({host},compensate) {handler}:{kind}(undoes={event})"));
        if let Some(all) = self.undoable.last_mut() {
            all.push(host.to_owned());
        }
    }

    /// A sub-process, transaction, ad-hoc sub-process or call.
    pub(super) fn container(&mut self) -> Ends {
        let kinds: Vec<&str> = ["sub-process", "sub-process", "transaction", "ad-hoc", "call"]
            .into_iter()
            .filter(|kind| self.may(kind))
            .collect();
        if kinds.is_empty() {
            return self.task();
        }
        let kind = *self.dice.pick(&kinds);
        let id = self.id("n");
        match kind {
            "sub-process" => {
                let inside = self.inside(false, |canvas| {
                    let outside = std::mem::take(&mut canvas.transactions);
                    if canvas.dice.percent(25) {
                        canvas.graph();
                    } else {
                        canvas.whole();
                    }
                    canvas.transactions = outside;
                });
                self.activity(&id, "sub", Vec::new(), Some(inside))
            }
            "transaction" => {
                let inside = self.inside(false, |canvas| {
                    let outside = std::mem::replace(&mut canvas.transactions, 1);
                    canvas.whole();
                    canvas.transactions = outside;
                });
                let cancel = self.id("b");
                self.add(format!("{cancel}:on({id},cancel)"));
                let ends = self.activity(&id, "tx", Vec::new(), Some(inside));
                let end = self.end();
                self.flow(&cancel, &end);
                ends
            }
            "ad-hoc" => {
                let sequential = if self.dice.percent(40) { vec!["sequential".to_owned()] } else { Vec::new() };
                let mut arguments = sequential;
                if self.dice.percent(50) {
                    arguments.push(format!("until={}", self.condition()));
                    if self.dice.percent(40) {
                        arguments.push("keep".to_owned());
                    }
                }
                let inside = self.inside(false, |canvas| {
                    for _ in 0..canvas.dice.below(3) + 1 {
                        let (task, number) = (canvas.id("a"), canvas.dice.below(2));
                        let sets = if canvas.dice.percent(40) {
                            format!("({}=true)", canvas.variable())
                        } else {
                            String::new()
                        };
                        canvas.add(format!("{task}:{}{sets}", ["user", "script"][number]));
                    }
                });
                // `until` of a marker and of the sub-process would be one word.
                let words = format!("{id}:adhoc({}){{ {inside} }}", arguments.join(","));
                self.add(words);
                Ends { first: id.clone(), last: Some(id) }
            }
            _ => {
                let process = format!("p{}", self.next);
                let outside = std::mem::take(&mut self.transactions);
                let inside = self.inside(true, Self::whole);
                self.transactions = outside;
                self.processes.push(format!("{process}:process{{ {inside} }}"));
                self.activity(&id, "call", vec![process], None)
            }
        }
    }
}
