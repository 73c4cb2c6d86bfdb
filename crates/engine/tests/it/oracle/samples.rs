//! Random models of every element under the oracle alone: they are played, they are not trivial, they can be written.

use std::collections::BTreeMap;

use bpmn::{Document, Form};

use super::generate::{self, Dice};
use super::interpret::{Choice, Oracle, State};
use super::model::Model;
use super::supported::{feature, features};
use super::{text, xml};

/// Every element in every position that a process can have, as `supported` names them. Start events of processes have no
/// place here: a random instance always begins without a trigger.
const FEATURES: &[&str] = &[
    "ad-hoc",
    "boundary compensation",
    "boundary cancel",
    "boundary conditional",
    "boundary conditional aside",
    "boundary error",
    "boundary escalation",
    "boundary escalation aside",
    "boundary message",
    "boundary message aside",
    "boundary multiple",
    "boundary multiple aside",
    "boundary parallel multiple",
    "boundary parallel multiple aside",
    "boundary signal",
    "boundary signal aside",
    "boundary timer",
    "boundary timer aside",
    "boundary timer cycle aside",
    "call",
    "catch conditional",
    "catch link",
    "catch message",
    "catch multiple",
    "catch parallel multiple",
    "catch signal",
    "catch timer",
    "complex",
    "end",
    "end cancel",
    "end compensation",
    "end error",
    "end escalation",
    "end message",
    "end signal",
    "end terminate",
    "event sub-process",
    "event sub-process conditional",
    "event sub-process conditional aside",
    "event sub-process error",
    "event sub-process escalation",
    "event sub-process escalation aside",
    "event sub-process message",
    "event sub-process message aside",
    "event sub-process multiple",
    "event sub-process multiple aside",
    "event sub-process parallel multiple",
    "event sub-process parallel multiple aside",
    "event sub-process signal",
    "event sub-process signal aside",
    "event sub-process timer",
    "event sub-process timer aside",
    "event-based",
    "exclusive",
    "implicit process start",
    "implicit start",
    "inclusive",
    "loop",
    "manual",
    "multi-instance parallel",
    "multi-instance sequential",
    "parallel",
    "receive",
    "script",
    "send",
    "service",
    "several starts",
    "start",
    "sub-process",
    "task",
    "throw",
    "throw compensation",
    "throw escalation",
    "throw link",
    "throw message",
    "throw signal",
    "transaction",
    "user",
];

/// Features that are no nodes, or nodes whose completion is not counted.
const UNCOUNTED: &[&str] = &[
    "boundary compensation",
    "complex",
    "end cancel",
    "end error",
    "end escalation",
    "implicit process start",
    "implicit start",
    "loop",
    "multi-instance parallel",
    "multi-instance sequential",
    "several starts",
    "throw escalation",
];

/// Plays a model at random; gives the state that was reached, or `None` when it was given up.
fn play(model: &Model, dice: &mut Dice, steps: usize) -> Option<State> {
    let oracle = Oracle::new(model, 1_500);
    let mut states = oracle.after(&[], &Choice::Start(None)).ok()?;
    for _ in 0..steps {
        let state = dice.pick(&states).clone();
        let choices: Vec<Choice> = oracle.choices(&state).into_iter().collect();
        if choices.is_empty() {
            return Some(state);
        }
        states = oracle.after(&[state], dice.pick(&choices)).ok()?;
    }
    Some(dice.pick(&states).clone())
}

#[test]
fn random_models_have_every_element_and_can_be_played_and_written() {
    let (mut occurs, mut completed) = (BTreeMap::new(), BTreeMap::new());
    let (mut given_up, mut finished) = (0, 0);
    let models = 1_000_u32;
    for seed in (0..models).map(u64::from) {
        let mut dice = Dice::new(!seed);
        let size = 4 + dice.below(20);
        let text = generate::model(seed, size, None);
        let model = text::read(&text);
        if !model.is_sound() {
            continue;
        }
        let xml = xml::write(&model, 0);
        let document = Document::from_text(&xml, Form::Xml);
        assert!(document.is_ok(), "{document:?}\n{text}\n{xml}");
        for feature in features(&model) {
            *occurs.entry(feature).or_insert(0) += 1;
        }
        let Some(state) = play(&model, &mut dice, 12) else {
            given_up += 1;
            continue;
        };
        let observed = state.observed(&model);
        finished += u32::from(observed.finished);
        for node in observed.completed.keys().filter_map(|id| model.find(id)) {
            *completed.entry(feature(&model, node)).or_insert(0) += 1;
        }
    }
    println!("{models} models: {given_up} given up, {finished} come to their end");
    let rare = |counts: &BTreeMap<String, u32>, least| -> Vec<&str> {
        FEATURES.iter().copied().filter(|it| counts.get(*it).is_none_or(|count| *count < least)).collect()
    };
    assert_eq!(rare(&occurs, 3), [""; 0], "these hardly occur");
    let mut unreached = rare(&completed, 1);
    unreached.retain(|it| !UNCOUNTED.contains(it));
    assert_eq!(unreached, [""; 0], "these are never completed");
    assert!(finished > models / 5, "{finished} of {models} come to their end");
    assert!(given_up < models / 5, "{given_up} of {models} are given up");
}
