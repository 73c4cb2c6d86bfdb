//! Small models with the outcomes that the standard demands: they are what the oracle is tested by, and data, so that
//! the engine can be tested by them too.
//!
//! A script is a list of words: `start` (or `start@id` by a trigger), `id` (a user task is answered or a service has
//! succeeded), `id!E1` (a service has failed), `m:name`, `s:name` (a message, a signal comes), `tick` (the next timer
//! fires), `retry` (everything that is faulted is tried again).
//!
//! An outcome lists, in any order, what is left: `done`, or nodes that wait or contain what waits (`id`), faults (`id!`),
//! flows with tokens that wait for a join (`a_b-`); then after a `|` what has been completed. `id*2` is twice `id`; an
//! iteration of a loop is `id#`. Start events are not listed.

mod catching;
mod containing;
mod undoing;
mod workflow_patterns;

use std::collections::BTreeSet;

use super::interpret::{Choice, Observed, Oracle, State};
use super::model::{Element, Model, Task};
use super::text;

/// One case.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) model: &'static str,
    pub(super) script: &'static str,
    /// The acceptable outcomes.
    pub(super) outcomes: &'static [&'static str],
}

pub(super) const fn case(
    name: &'static str,
    model: &'static str,
    script: &'static str,
    outcomes: &'static [&'static str],
) -> Case {
    Case { name, model, script, outcomes }
}

/// Every case.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    [workflow_patterns::CASES, catching::CASES, containing::CASES, undoing::CASES].into_iter().flatten()
}

/// The choices of a script.
pub(super) fn script(model: &Model, words: &str) -> Vec<Choice> {
    let choice = |word: &str| match (word.split_once(':'), word.split_once('!'), word.split_once('@')) {
        (Some(("m", name)), ..) => Choice::Message(name.to_owned()),
        (Some(("s", name)), ..) => Choice::Signal(name.to_owned()),
        (_, Some((id, code)), _) => Choice::Fail(id.to_owned(), code.to_owned()),
        (.., Some(("start", id))) => Choice::Start(Some(id.to_owned())),
        _ if word == "start" => Choice::Start(None),
        _ if word == "tick" => Choice::Tick,
        _ if word == "retry" => Choice::Retry,
        _ => {
            let node = model.find(word).unwrap_or_else(|| panic!("no node {word}"));
            match model.nodes[node].element {
                Element::Task(Task::Service) => Choice::Serve(word.to_owned()),
                _ => Choice::Answer(word.to_owned()),
            }
        }
    };
    words.split_whitespace().map(choice).collect()
}

/// An outcome as text. Start events are left out: they say nothing.
pub(super) fn outcome(model: &Model, observed: &Observed) -> String {
    let mut left: Vec<String> = Vec::new();
    let times = |id: &String, mark: &str, count: &u32| {
        if *count == 1 { format!("{id}{mark}") } else { format!("{id}{mark}*{count}") }
    };
    if observed.finished {
        left.push("done".to_owned());
    }
    left.extend(observed.active.iter().map(|(id, count)| times(id, "", count)));
    left.extend(observed.faulted.iter().map(|(id, count)| times(id, "!", count)));
    left.extend(observed.tokens.iter().map(|flow| format!("{flow}-")));
    let counted = observed
        .completed
        .iter()
        .filter(|(id, _)| model.find(id).is_none_or(|node| !matches!(model.nodes[node].element, Element::Start(_))));
    let right: Vec<String> = counted.map(|(id, count)| times(id, "", count)).collect();
    normal(&format!("{} | {}", left.join(" "), right.join(" ")))
}

/// The words of both sides sorted.
pub(super) fn normal(outcome: &str) -> String {
    let (left, right) = outcome.split_once('|').unwrap_or((outcome, ""));
    let sorted = |text: &str| {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        words.join(" ")
    };
    format!("{} | {}", sorted(left), sorted(right)).trim().to_owned()
}

/// The oracle gives exactly the outcomes of the case.
fn check(case: &Case) -> Result<(), String> {
    let model = text::read(case.model);
    let oracle = Oracle::new(&model, 20_000);
    let mut states: Vec<State> = Vec::new();
    for choice in script(&model, case.script) {
        states = oracle.after(&states, &choice).map_err(|_| format!("{}: too many states", case.name))?;
        if states.is_empty() {
            return Err(format!("{}: {choice:?} is not possible", case.name));
        }
    }
    let found: BTreeSet<String> = states.iter().map(|state| outcome(&model, &state.observed(&model))).collect();
    let expected: BTreeSet<String> = case.outcomes.iter().map(|text| normal(text)).collect();
    if found == expected {
        return Ok(());
    }
    Err(format!("{}\n  found    {found:#?}\n  expected {expected:#?}", case.name))
}

#[test]
fn the_oracle_gives_the_outcomes_that_the_standard_demands() {
    let wrong: Vec<String> = all().filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases\n{}", wrong.len(), all().count(), wrong.join("\n"));
    assert!(all().count() >= 60, "{} cases", all().count());
}
