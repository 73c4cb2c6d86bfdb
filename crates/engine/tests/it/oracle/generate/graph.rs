//! Free graphs: parts with flows between any of them. They may deadlock or run for ever; what matters is that an engine
//! does what the standard says.

use super::{Canvas, Ends};

impl Canvas<'_> {
    /// A scope whose parts are joined at random. Each part is reached from an earlier one and leads to a later one.
    pub(super) fn graph(&mut self) {
        let start = self.id("s");
        self.add(format!("{start}:start"));
        let count = self.dice.below(5) + 3;
        let mut parts: Vec<(Ends, String)> = Vec::new();
        for _ in 0..count {
            let part = match self.dice.below(10) {
                0..=5 => {
                    let (id, kind) = (self.id("g"), self.gateway(1));
                    self.add(format!("{id}:{kind}"));
                    (Ends { first: id.clone(), last: Some(id) }, kind)
                }
                6 if self.budget > 4 => (self.container(), String::new()),
                7 => (self.throw(), String::new()),
                8 => (self.catch().unwrap_or_else(|| self.task()), String::new()),
                _ => (self.task(), String::new()),
            };
            parts.push(part);
        }
        let ends: Vec<String> = (0..2).map(|_| self.end()).collect();
        // Flows by their source: the last of each is the default.
        let mut flows: Vec<(usize, String)> = Vec::new();
        for (index, (part, _)) in parts.iter().enumerate() {
            let before = self.dice.below(index + 1);
            match before.checked_sub(1) {
                Some(before) => flows.push((before, part.first.clone())),
                None => self.flow(&start, &part.first),
            }
            let after = self.dice.below(parts.len() - index);
            let target =
                parts.get(index + 1 + after).map_or(self.dice.pick(&ends).clone(), |(part, _)| part.first.clone());
            flows.push((index, target));
        }
        for _ in 0..self.dice.below(count) {
            let (from, to) = (self.dice.below(count), self.dice.below(count + 1));
            let target = parts.get(to).map_or(self.dice.pick(&ends).clone(), |(part, _)| part.first.clone());
            flows.push((from, target));
        }
        flows.sort();
        flows.dedup();
        for (at, (from, target)) in flows.iter().enumerate() {
            let (part, kind) = &parts[*from];
            let Some(last) = &part.last else { continue };
            let is_last = flows.get(at + 1).is_none_or(|(next, _)| next != from);
            self.branch(last, kind, target, is_last);
        }
        self.event_subs();
    }
}
