//! Random models from a seed, as text: block-structured ones, free graphs, and graphs of blocks, nested.
//!
//! A generator is told what may occur (features as `supported` names them), so that all of what the engine runs is drawn
//! when only part of BPMN is supported.

mod activity;
mod block;
mod events;
mod graph;

use std::collections::BTreeSet;

/// Numbers from a seed (splitmix64): the same on every machine.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("below a usize")
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The first and the last node of a part that has been drawn. Without a last one, nothing comes out of it.
#[derive(Debug, Clone)]
struct Ends {
    first: String,
    last: Option<String>,
}

/// Where a model is drawn.
pub(super) struct Canvas<'f> {
    dice: Dice,
    /// `None` allows everything.
    allowed: Option<&'f BTreeSet<&'f str>>,
    /// The words of each open scope.
    words: Vec<Vec<String>>,
    /// The processes that are called.
    processes: Vec<String>,
    /// Counts ids.
    next: usize,
    /// How many nodes may still be drawn, roughly.
    budget: usize,
    /// How deep transactions are nested here.
    transactions: usize,
    /// The open scope is a process.
    in_process: bool,
    /// Conditions that events wait for.
    watched: Vec<String>,
    /// Activities of the open scopes that can be compensated.
    undoable: Vec<Vec<String>>,
}

/// A random model with at most about `size` nodes.
pub(super) fn model(seed: u64, size: usize, allowed: Option<&BTreeSet<&str>>) -> String {
    let mut canvas = Canvas {
        dice: Dice::new(seed),
        allowed,
        words: vec![Vec::new()],
        processes: Vec::new(),
        next: 0,
        budget: size,
        transactions: 0,
        in_process: true,
        watched: Vec::new(),
        undoable: vec![Vec::new()],
    };
    for variable in 0..VARIABLES {
        if canvas.dice.percent(50) {
            canvas.add(format!("+c{variable}"));
        }
    }
    if canvas.dice.percent(35) {
        canvas.graph();
    } else {
        canvas.whole();
    }
    let mut words = canvas.words.swap_remove(0);
    words.extend(canvas.processes);
    words.join(" ")
}

/// Variables that occur.
const VARIABLES: usize = 5;

impl Canvas<'_> {
    fn may(&self, feature: &str) -> bool {
        self.allowed.is_none_or(|allowed| allowed.contains(feature))
    }

    fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        self.budget = self.budget.saturating_sub(1);
        format!("{prefix}{}", self.next)
    }

    fn add(&mut self, word: impl Into<String>) {
        self.words.last_mut().expect("the root is open").push(word.into());
    }

    fn flow(&mut self, from: &str, to: &str) {
        self.add(format!("{from}>{to}"));
    }

    fn variable(&mut self) -> String {
        format!("c{}", self.dice.below(VARIABLES))
    }

    fn condition(&mut self) -> String {
        let not = if self.dice.percent(40) { "!" } else { "" };
        format!("{not}{}", self.variable())
    }

    /// What a task sets: often what an event waits for.
    fn assignment(&mut self) -> String {
        if self.watched.is_empty() || self.dice.percent(50) {
            let value = self.dice.percent(50);
            return format!("{}={value}", self.variable());
        }
        let watched = self.dice.pick(&self.watched).clone();
        match watched.strip_prefix('!') {
            Some(variable) => format!("{variable}=false"),
            None => format!("{watched}=true"),
        }
    }

    /// The words of a new scope.
    fn inside(&mut self, in_process: bool, content: impl FnOnce(&mut Self)) -> String {
        self.words.push(Vec::new());
        self.undoable.push(Vec::new());
        let outside = std::mem::replace(&mut self.in_process, in_process);
        content(self);
        self.in_process = outside;
        self.undoable.pop();
        self.words.pop().expect("just opened").join(" ")
    }

    /// Start, block, end; sometimes without a start or end event, with several starts, with event sub-processes.
    fn whole(&mut self) {
        let implicit = if self.in_process { "implicit process start" } else { "implicit start" };
        let ends = self.block();
        let starts = match self.dice.below(10) {
            0 if self.may(implicit) => 0,
            1 if self.may("several starts") => 2,
            _ => 1,
        };
        for _ in 0..starts {
            let start = self.id("s");
            self.add(format!("{start}:start"));
            self.flow(&start, &ends.first);
        }
        if let Some(last) = ends.last
            && self.dice.percent(85)
        {
            let end = self.end();
            self.flow(&last, &end);
        }
        self.event_subs();
    }

    fn event_subs(&mut self) {
        while self.budget > 2 && self.dice.percent(40) && self.event_sub() {}
    }
}
