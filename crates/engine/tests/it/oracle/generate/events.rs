//! Events in every position.

use super::{Canvas, Ends};

const CODES: [&str; 2] = ["E1", "E2"];

impl Canvas<'_> {
    /// One of the definitions that may occur in a position, as the argument of a node; `None` when none may.
    fn definition(&mut self, position: &str, kinds: &[&'static str], suffix: &str) -> Option<String> {
        let kinds: Vec<&str> =
            kinds.iter().copied().filter(|kind| self.may(&format!("{position} {kind}{suffix}"))).collect();
        if kinds.is_empty() {
            return None;
        }
        let kind = *self.dice.pick(&kinds);
        let number = self.dice.below(2) + 1;
        Some(match kind {
            "timer" => format!("timer={}", (self.dice.below(4) + 1) * 60),
            "timer cycle" => format!("timer={}x2", (self.dice.below(4) + 1) * 60),
            "message" => format!("message=m{number}"),
            "signal" => format!("signal=g{number}"),
            "conditional" => {
                let condition = self.condition();
                self.watched.push(condition.clone());
                format!("conditional={condition}")
            }
            "error" | "escalation" if position != "end" && position != "throw" && self.dice.percent(30) => {
                kind.to_owned()
            }
            "error" | "escalation" => format!("{kind}={}", self.dice.pick(&CODES)),
            "compensation" => match self.undoable.last().filter(|all| !all.is_empty()).cloned() {
                Some(all) if self.dice.percent(40) => format!("compensate={}", self.dice.pick(&all)),
                _ => "compensate".to_owned(),
            },
            other => other.to_owned(),
        })
    }

    /// A catching event's definitions: one, several, or all of several.
    fn caught(&mut self, position: &str, kinds: &[&'static str], suffix: &str) -> Option<String> {
        let several = ["multiple", "parallel multiple"]
            .into_iter()
            .filter(|it| self.may(&format!("{position} {it}{suffix}")))
            .collect::<Vec<_>>();
        if !several.is_empty() && self.dice.percent(10) {
            let all = if *self.dice.pick(&several) == "multiple" { "" } else { ",all" };
            let (message, signal) = (self.dice.below(2) + 1, self.dice.below(2) + 1);
            return Some(format!("message=m{message},signal=g{signal}{all}"));
        }
        self.definition(position, kinds, suffix)
    }

    /// An intermediate catch event; `None` when there may be none.
    pub(super) fn catch(&mut self) -> Option<Ends> {
        let what = self.caught("catch", &["timer", "message", "signal", "conditional"], "")?;
        let id = self.id("c");
        self.add(format!("{id}:catch({what})"));
        Some(Ends { first: id.clone(), last: Some(id) })
    }

    /// An intermediate throw event, or a pair of links.
    pub(super) fn throw(&mut self) -> Ends {
        let id = self.id("t");
        if self.may("throw link") && self.may("catch link") && self.dice.percent(15) {
            let target = self.id("l");
            self.add(format!("{id}:throw(link={target}) {target}:catch(link={target})"));
            return Ends { first: id, last: Some(target) };
        }
        let what = self.definition("throw", &["message", "signal", "escalation", "escalation", "compensation"], "");
        let what = what.filter(|_| self.dice.percent(85)).unwrap_or_default();
        self.add(format!("{id}:throw({what})"));
        Ends { first: id.clone(), last: Some(id) }
    }

    /// An end event.
    pub(super) fn end(&mut self) -> String {
        let what = if self.transactions > 0 && self.may("end cancel") && self.dice.percent(30) {
            Some("cancel".to_owned())
        } else if self.dice.percent(35) {
            let kinds = [
                "terminate",
                "error",
                "error",
                "error",
                "escalation",
                "escalation",
                "signal",
                "message",
                "compensation",
            ];
            self.definition("end", &kinds, "")
        } else {
            None
        };
        let id = self.id("e");
        self.add(format!("{id}:end({})", what.unwrap_or_default()));
        id
    }

    /// Boundary events of an activity with their ways, which may come back to `join`. Escalations come only out of an
    /// activity that contains others.
    pub(super) fn boundaries(&mut self, host: &str, contains: bool, join: &str) {
        for _ in 0..2 {
            if self.budget < 2 || !self.dice.percent(45) {
                continue;
            }
            let aside = self.dice.percent(35);
            let suffix = if aside { " aside" } else { "" };
            let outside = ["timer", "message", "signal", "conditional"];
            let kinds: Vec<&str> = match (contains, aside) {
                (true, true) => [&outside[..], &["timer cycle", "escalation", "escalation", "escalation"]].concat(),
                (true, false) => {
                    [&outside[..], &["escalation", "escalation", "error", "error", "error", "error"]].concat()
                }
                (false, true) => [&outside[..], &["timer cycle"]].concat(),
                (false, false) => [&outside[..], &["error", "error"]].concat(),
            };
            let Some(what) = self.caught("boundary", &kinds, suffix) else { continue };
            let id = self.id("b");
            self.add(format!("{id}:on({host},{what}{})", if aside { ",aside" } else { "" }));
            self.way(&id, join);
        }
    }

    /// What follows an event: nothing, an end event, a block; it may come back.
    pub(super) fn way(&mut self, from: &str, join: &str) {
        match self.dice.below(4) {
            0 => {}
            1 => {
                let end = self.end();
                self.flow(from, &end);
            }
            2 => self.flow(from, join),
            _ => {
                let ends = self.block();
                self.flow(from, &ends.first);
                if let Some(last) = ends.last
                    && self.dice.percent(60)
                {
                    self.flow(&last, join);
                }
            }
        }
    }

    /// An event sub-process; false when there may be none.
    pub(super) fn event_sub(&mut self) -> bool {
        if !self.may("event sub-process") {
            return false;
        }
        let aside = self.dice.percent(45);
        let suffix = if aside { " aside" } else { "" };
        let kinds = ["timer", "message", "signal", "conditional", "escalation", "error", "error"];
        let kinds = if aside { &kinds[..5] } else { &kinds[..] };
        let Some(what) = self.caught("event sub-process", kinds, suffix) else { return false };
        let id = self.id("h");
        let outside = self.transactions;
        if !self.may("end cancel in an event sub-process") {
            self.transactions = 0;
        }
        let inside = self.inside(false, |canvas| {
            let start = canvas.id("s");
            canvas.add(format!("{start}:start({what}{})", if aside { ",aside" } else { "" }));
            let ends = canvas.block();
            canvas.flow(&start, &ends.first);
            if let Some(last) = ends.last {
                let end = canvas.end();
                canvas.flow(&last, &end);
            }
        });
        self.transactions = outside;
        self.add(format!("{id}:event{{ {inside} }}"));
        true
    }
}
