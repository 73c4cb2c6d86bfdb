//! Random processes under random outcomes.

use engine::command::Answer;
use engine::state::Status;
use engine::{Command, Effect, Rejection};
use model::Value;
use proptest::prelude::*;
use testkit::process::Process;
use testkit::random::{CODES, Sample, processes};

use crate::world::{World, failure, json};

/// More steps than any sample needs.
const MOST_STEPS: usize = 3_000;

/// What can happen outside next.
#[derive(Debug)]
enum Next {
    Effect(Effect),
    Task(engine::ElementNo),
    Time,
    Retry,
}

fn world(sample: &Sample) -> World {
    let children: Vec<(String, &Process)> =
        sample.children.iter().map(|child| (child.build().process_id.to_string(), child)).collect();
    let children: Vec<(&str, &Process)> = children.iter().map(|(name, process)| (&**name, *process)).collect();
    World::with_children(&sample.root, &children)
}

fn possible(world: &World) -> Vec<Next> {
    let mut all: Vec<Next> = world.effects.iter().cloned().map(Next::Effect).collect();
    all.extend(world.state.open_tasks().map(|task| Next::Task(task.element)));
    all.extend(world.state.next_due().map(|_| Next::Time));
    all.extend(world.state.faults().next().map(|_| Next::Retry));
    all
}

fn command(world: &mut World, next: &Next, choice: u8) -> Command {
    match next {
        Next::Effect(Effect::CallAction { key, attempt, .. }) => {
            let code = CODES[usize::from(choice / 8) % CODES.len()];
            let result = match choice % 8 {
                0..5 => Ok(Value::int(choice.into())),
                5..7 => Err(failure(code, true)),
                _ => Err(failure(code, false)),
            };
            Command::EffectDone { key: *key, attempt: *attempt, result }
        }
        Next::Effect(Effect::RunScript { key, attempt, .. }) => {
            let result = if choice % 8 == 7 {
                Err(failure("Script.Deadline", false))
            } else {
                Ok(json(r#"{"value":1,"vars":{"total":1}}"#))
            };
            Command::EffectDone { key: *key, attempt: *attempt, result }
        }
        Next::Effect(Effect::ResolveCall { .. } | Effect::SendMessage { .. } | Effect::BroadcastSignal { .. }) => {
            unreachable!("the world answers calls and keeps messages")
        }
        Next::Task(element) => {
            let answer = if choice == 255 {
                Answer::Terminate
            } else {
                Answer::Continue { parameters: json(r#"{"verdict":1}"#) }
            };
            Command::TaskAnswered { element: *element, answer }
        }
        Next::Time => {
            world.now = world.state.next_due().expect("something is due");
            Command::Tick
        }
        Next::Retry => Command::Retry { node: None, input: None },
    }
}

/// Runs to the end: at random while there are choices, then everything succeeds. Gives the journal as text.
fn run(world: &mut World, choices: &[u8]) -> String {
    world.start();
    let mut choices = choices.iter().copied();
    for _ in 0..MOST_STEPS {
        if matches!(world.state.status(), Status::Finished | Status::Terminated) {
            world.assert_empty();
            return serde_json::to_string(&world.journal).expect("serialises");
        }
        let mut all = possible(world);
        assert!(!all.is_empty(), "nothing can happen any more\n{}", world.text);
        let (next, choice, random) = match (choices.next(), choices.next()) {
            (Some(which), Some(choice)) => (all.swap_remove(usize::from(which) % all.len()), choice, true),
            _ => (all.swap_remove(0), 0, false),
        };
        let before = world.journal.len();
        // What is thrown is thrown again: only a termination ends such an instance.
        let hopeless = !random && matches!(next, Next::Retry) && !gets_on(world);
        let command =
            if hopeless { Command::Terminate { reason: "hopeless".to_owned() } } else { command(world, &next, choice) };
        world.send(command.clone()).expect("the command is possible");
        assert!(world.journal.len() > before, "{command:?} did nothing\n{}", world.text);
        match command {
            Command::EffectDone { .. } | Command::TaskAnswered { .. } => {
                let again = world.send(command);
                assert!(
                    matches!(again, Err(Rejection::NotWaiting | Rejection::Ended)),
                    "a repeated command: {again:?}"
                );
            }
            _ => {}
        }
    }
    panic!("the instance does not end\n{}", world.text)
}

/// Whether a retry of all faults does more than bring the same faults again.
fn gets_on(world: &World) -> bool {
    let mut state = world.state.clone();
    let env = engine::Env { now: world.now, ids: &world.ids, definitions: &world.definitions, limits: &world.limits };
    let retried = engine::turn(&mut state, &Command::Retry { node: None, input: None }, &env).expect("possible");
    retried.events.iter().any(|event| !matches!(event, engine::Event::Faulted { .. }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Every instance ends and leaves nothing behind; after every turn, replay and snapshot give the live state (the
    /// instance goes on with one of them), and the pending effects are those that were dispatched; repeated commands
    /// are refused. An instance that is never copied has the same journal.
    #[test]
    fn every_instance_ends_and_copies_of_it_are_equal(
        sample in processes(),
        choices in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let copied = run(&mut world(&sample), &choices);
        let mut plain = world(&sample);
        plain.checked = false;
        prop_assert_eq!(run(&mut plain, &choices), copied);
    }

    /// A turn that stops at its event limit goes on to the same journal.
    #[test]
    fn short_turns_lead_to_the_same_end(sample in processes(), choices in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut short = world(&sample);
        short.limits.max_events_per_turn = 1;
        let stopped = run(&mut short, &choices);
        let mut whole = world(&sample);
        whole.checked = false;
        prop_assert_eq!(run(&mut whole, &choices), stopped);
    }
}
