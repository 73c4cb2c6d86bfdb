//! Blocks: parts with one way in and mostly one way out. Splits and joins need not match.

use super::{Canvas, Ends};

impl Canvas<'_> {
    /// A random part.
    pub(super) fn block(&mut self) -> Ends {
        if self.budget == 0 {
            return self.task();
        }
        match self.dice.below(20) {
            0..=4 => self.task(),
            5 => self.throw(),
            6 | 7 => self.catch().unwrap_or_else(|| self.task_of_block()),
            8..=10 => self.sequence(),
            11..=14 => self.branches(),
            15 => self.events(),
            16 => self.again(),
            _ => self.container(),
        }
    }

    fn task_of_block(&mut self) -> Ends {
        self.task()
    }

    fn sequence(&mut self) -> Ends {
        let first = self.block();
        let mut last = first.last;
        for _ in 0..self.dice.below(2) + 1 {
            let Some(before) = last else { break };
            let next = self.block();
            self.flow(&before, &next.first);
            last = next.last;
        }
        Ends { first: first.first, last }
    }

    /// A gateway that may occur, by its word in a model.
    pub(super) fn gateway(&mut self, incoming: usize) -> String {
        let kinds: Vec<&str> = ["exclusive", "parallel", "inclusive", "inclusive", "complex"]
            .into_iter()
            .filter(|kind| self.may(kind))
            .collect();
        if kinds.is_empty() || self.dice.percent(12) {
            return "task".to_owned();
        }
        match *self.dice.pick(&kinds) {
            "exclusive" => "xor".to_owned(),
            "parallel" => "and".to_owned(),
            "inclusive" => "or".to_owned(),
            _ => {
                // One more than can come, now and then, where that is allowed.
                let more = usize::from(self.may("complex that cannot fire"));
                format!("complex({})", self.dice.below(incoming + more) + 1)
            }
        }
    }

    /// Branches between two gateways; a branch may end by itself.
    fn branches(&mut self) -> Ends {
        let count = self.dice.below(2) + 2;
        let (split, join) = (self.id("f"), self.id("j"));
        let kind = self.gateway(1);
        let closing =
            if self.dice.percent(60) && !kind.starts_with("complex") { kind.clone() } else { self.gateway(count) };
        self.add(format!("{split}:{kind} {join}:{closing}"));
        let mut arrives = false;
        for branch in 0..count {
            let ends = if branch > 0 && self.dice.percent(12) { None } else { Some(self.block()) };
            let target = ends.as_ref().map_or(join.clone(), |ends| ends.first.clone());
            self.branch(&split, &kind, &target, branch + 1 == count);
            let Some(ends) = ends else {
                arrives = true;
                continue;
            };
            let Some(last) = ends.last else { continue };
            if self.dice.percent(15) {
                let end = self.end();
                self.flow(&last, &end);
            } else {
                self.flow(&last, &join);
                arrives = true;
            }
        }
        if !arrives {
            // Something has to lead to the join.
            self.branch(&split, &kind, &join, false);
        }
        Ends { first: split, last: Some(join) }
    }

    /// A flow out of a split, with a condition where there may be one; the last is mostly the default flow.
    pub(super) fn branch(&mut self, split: &str, kind: &str, target: &str, last: bool) {
        let chooses = kind == "xor" || kind == "or" || kind.starts_with("complex");
        if !chooses {
            self.flow(split, target);
        } else if last && !self.dice.percent(8) {
            self.add(format!("{split}>{target}*"));
        } else {
            let condition = self.condition();
            self.add(format!("{split}>{target}?{condition}"));
        }
    }

    /// An event-based gateway.
    fn events(&mut self) -> Ends {
        if !self.may("event-based") || !["catch timer", "catch message", "catch signal"].iter().all(|it| self.may(it)) {
            return self.sequence();
        }
        let (gateway, join) = (self.id("v"), self.id("j"));
        self.add(format!("{gateway}:events {join}:xor"));
        for _ in 0..self.dice.below(2) + 2 {
            let Some(caught) = self.catch() else { continue };
            self.flow(&gateway, &caught.first);
            self.way(&caught.first, &join);
        }
        // The join is reached whatever the other ways do.
        if let Some(caught) = self.catch() {
            self.flow(&gateway, &caught.first);
            self.flow(&caught.first, &join);
        }
        Ends { first: gateway, last: Some(join) }
    }

    /// A part that is repeated while a variable is true, which a task in it makes false.
    fn again(&mut self) -> Ends {
        if !self.may("exclusive") || !self.may("user") {
            return self.sequence();
        }
        let (merge, split, task, out) = (self.id("x"), self.id("x"), self.id("a"), self.id("a"));
        let variable = self.variable();
        self.add(format!("{merge}:xor {split}:xor {task}:user({variable}=false) {out}:task"));
        let inside = self.block();
        self.flow(&merge, &inside.first);
        if let Some(last) = inside.last {
            self.flow(&last, &split);
        }
        self.add(format!("{split}>{task}?{variable} {split}>{out}* {task}>{merge}"));
        Ends { first: merge, last: Some(out) }
    }
}
