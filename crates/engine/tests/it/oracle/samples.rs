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

/// Plays a model at random; gives the state that was reached, or `None` when it was given up.
fn play(model: &Model, dice: &mut Dice, steps: usize) -> Option<Vec<State>> {
    let oracle = Oracle::new(model, 1_500);
    let mut states = oracle.after(&[], &Choice::Start(None)).ok()?;
    for _ in 0..steps {
        let first = states.first()?;
        let choices: Vec<Choice> = oracle.choices(first).into_iter().collect();
        if choices.is_empty() {
            break;
        }
        states = oracle.after(&states[..1], dice.pick(&choices)).ok()?;
    }
    Some(states)
}

#[test]
fn random_models_have_every_element_and_can_be_played_and_written() {
    let (mut occurs, mut completed) = (BTreeMap::new(), BTreeMap::new());
    let (mut given_up, mut finished) = (0, 0);
    let models = 1_500_u32;
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
        let Some(states) = play(&model, &mut dice, 12) else {
            given_up += 1;
            continue;
        };
        let Some(state) = states.first() else { continue };
        let observed = state.observed(&model);
        finished += u32::from(observed.finished);
        for node in observed.completed.keys().filter_map(|id| model.find(id)) {
            *completed.entry(feature(&model, node)).or_insert(0) += 1;
        }
    }
    println!("{models} models, {given_up} given up, {finished} finished\noccur {occurs:#?}\ncompleted {completed:#?}");
    let missing: Vec<&str> =
        FEATURES.iter().copied().filter(|it| occurs.get(*it).is_none_or(|count| *count < 5)).collect();
    assert!(missing.is_empty(), "these hardly occur: {missing:?}");
    assert!(finished > models / 5, "{finished} of {models} come to their end");
    assert!(given_up < models / 5, "{given_up} of {models} are given up");
}
