//! Random models, and the cases, on the engine.

use std::collections::BTreeSet;

use engine::Rejection;

use super::cases::{self, Case};
use super::compare::{Instance, agree};
use super::generate::{self, Dice};
use super::interpret::{Choice, Observed, Oracle, State};
use super::model::{Element, Model, Sub};
use super::supported::{SUPPORTED, is_supported};
use super::text;

/// Runs a random script on both; says how many choices could be compared, and whether the oracle gave up.
fn run(text: &str, dice: &mut Dice, steps: usize) -> Result<(usize, bool), String> {
    let model = text::read(text);
    let oracle = Oracle::new(&model, MOST_STATES).lenient();
    let mut instance = Instance::new(&model)?;
    let mut states: Vec<State> = Vec::new();
    let mut script = Vec::new();
    let mut choice = Choice::Start(None);
    for step in 0..=steps {
        let Ok(next) = oracle.after(&states, &choice) else { return Ok((step, true)) };
        script.push(choice.clone());
        let sent = instance.choose(&choice);
        let seen = instance.observed();
        let outcomes: BTreeSet<Observed> = next.iter().map(|state| state.observed(&model)).collect();
        states = next.into_iter().filter(|state| agree(&seen, &state.observed(&model))).collect();
        if sent.is_err() || states.is_empty() {
            let outcomes: Vec<String> = outcomes.iter().map(|it| cases::outcome(&model, it)).collect();
            let reached = cases::outcome(&model, &seen);
            return Err(format!(
                "{text}\n{script:?} {sent:?}\nreached (running {:?})\n  {reached}\nallowed\n  {}\n{}",
                seen.running,
                outcomes.join("\n  "),
                instance.trace().lines().skip(1).take(60).collect::<Vec<_>>().join("\n")
            ));
        }
        let possible: Vec<BTreeSet<Choice>> = states.iter().map(|state| oracle.choices(state)).collect();
        let mut common = possible[0].clone();
        common.retain(|it| possible.iter().all(|other| other.contains(it)));
        // Most services succeed, and few faults are retried.
        if dice.percent(75) {
            let good = common.iter().filter(|it| !matches!(it, Choice::Fail(..) | Choice::Retry));
            let good: BTreeSet<Choice> = good.cloned().collect();
            common = if good.is_empty() { common } else { good };
        }
        if common.is_empty() {
            return Ok((step + 1, false));
        }
        let common: Vec<Choice> = common.into_iter().collect();
        choice = dice.pick(&common).clone();
    }
    Ok((steps + 1, false))
}

/// A model is given up when one choice leads through more states.
const MOST_STATES: usize = 1_000;

/// A number from the environment: the tests alone read it.
#[expect(clippy::disallowed_methods, reason = "seeds and counts of a test run come from whoever runs it")]
fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn the_engine_does_what_the_standard_allows() {
    let first = from_environment("MUSTER_ORACLE_SEED", 1);
    let models = from_environment("MUSTER_ORACLE_MODELS", 2_000);
    let allowed: BTreeSet<&str> = SUPPORTED.iter().copied().collect();
    let (mut compared, mut given_up, mut skipped) = (0, 0, 0);
    let mut wrong = Vec::new();
    for seed in first..first + models {
        let mut dice = Dice::new(!seed);
        let size = 4 + dice.below(20);
        let text = generate::model(seed, size, Some(&allowed));
        let model = text::read(&text);
        if !model.is_sound() || !is_supported(&model) {
            skipped += 1;
            continue;
        }
        match run(&text, &mut dice, 12) {
            Ok((steps, too_many)) => {
                compared += steps;
                given_up += usize::from(too_many);
            }
            Err(problem) => wrong.push(format!("seed {seed}: {problem}")),
        }
    }
    println!("{models} models: {compared} outcomes compared, {given_up} models given up, {skipped} left out");
    wrong.sort_by_key(String::len);
    assert!(
        wrong.is_empty(),
        "{} models differ\n{}",
        wrong.len(),
        wrong.iter().take(6).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The engine's outcome of a case is one of the case's. Where the order is open and the engine has another than the
/// script, there is nothing to compare.
fn check(case: &Case) -> Result<(), String> {
    let model = text::read(case.model);
    let mut instance = Instance::new(&model).map_err(|problem| format!("{}: {problem}", case.name))?;
    for choice in cases::script(&model, case.script) {
        match instance.choose(&choice) {
            Ok(()) => {}
            Err(Rejection::NotWaiting) if is_open(&model) => return Ok(()),
            Err(other) => return Err(format!("{}: {choice:?}: {other}\n{}", case.name, instance.trace())),
        }
    }
    let seen = cases::outcome(&model, &instance.observed());
    if case.outcomes.iter().any(|outcome| cases::normal(outcome) == seen) {
        return Ok(());
    }
    Err(format!("{}\n  reached {seen}\n  allowed {:?}\n{}", case.name, case.outcomes, instance.trace()))
}

fn is_open(model: &Model) -> bool {
    model.nodes.iter().any(|node| match node.element {
        Element::Sub { kind: Sub::AdHoc { sequential, .. }, .. } => sequential,
        _ => false,
    })
}

/// Cases in which the engine reads the standard otherwise than the oracle, with what it does.
const DEVIATIONS: &[(&str, &str)] = &[
    ("an escalation of one event sub-process is caught by another", "only the scopes around are asked"),
    ("an event sub-process compensates what was completed in it", "only its scope's activities are compensated"),
];

#[test]
fn the_engine_gives_the_outcomes_of_the_cases() {
    let supported: Vec<&Case> = cases::all().filter(|case| is_supported(&text::read(case.model))).collect();
    let deviates = |case: &Case| DEVIATIONS.iter().any(|(name, _)| *name == case.name);
    let (known, held): (Vec<&Case>, Vec<&Case>) = supported.iter().copied().partition(|case| deviates(case));
    let wrong: Vec<String> = held.iter().filter_map(|case| check(case).err()).collect();
    let repaired: Vec<&str> = known.iter().filter(|case| check(case).is_ok()).map(|case| case.name).collect();
    assert!(repaired.is_empty(), "these are no deviations any more: {repaired:?}");
    assert_eq!(known.len(), DEVIATIONS.len(), "a deviation names no case that is run");
    println!("{} of {} cases run on the engine", supported.len(), cases::all().count());
    assert!(wrong.is_empty(), "{} of {} cases\n{}", wrong.len(), supported.len(), wrong.join("\n"));
}
