//! Damaged journals and large graphs.

use engine::command::Start;
use engine::state::Status;
use engine::{Command, Corrupt, ElementNo, Env, Error, Event, State, turn};
use model::{InstanceId, Timestamp, VersionId};
use testkit::process::{Process, User};
use uuid::Uuid;

use crate::world::{World, json};

fn start(definition: u128) -> Command {
    Command::Start(Start {
        instance: InstanceId(Uuid::from_u128(1)),
        definition: VersionId(Uuid::from_u128(definition)),
        context: json("null"),
        variables: json("null"),
        debug: false,
        trigger: None,
    })
}

#[test]
fn a_definition_that_is_not_there_is_damage_and_not_a_refusal() {
    let world = World::new(&Process::new("p").start("s"));
    let env = Env { now: Timestamp(0), ids: &world.ids, definitions: &world.definitions, limits: &world.limits };
    let missing = VersionId(Uuid::from_u128(77));
    assert_eq!(turn(&mut State::new(), &start(77), &env), Err(Error::Corrupt(Corrupt::Definition(missing))));
}

/// Applies a journal with one event replaced or added at the end.
fn check_damage(event: &Event, expected: Corrupt) {
    let mut world = World::new(&Process::new("p").start("s").user("u", User::default()).path("s u"));
    world.start();
    assert_eq!(world.state.apply(event, &world.definitions), Err(expected));
}

#[test]
fn events_that_cannot_have_happened_are_damage() {
    let (no, scope, at) = (ElementNo(9), ElementNo::ROOT, Timestamp(0));
    let activated = |no: u64, node: &str, consumed: &[&str]| Event::Activated {
        no: ElementNo(no),
        scope,
        node: node.into(),
        consumed: consumed.iter().map(|flow| (*flow).into()).collect(),
        at,
        iteration: None,
        compensates: None,
    };
    check_damage(&activated(9, "nowhere", &[]), Corrupt::Node("nowhere".into()));
    check_damage(&activated(1, "u", &[]), Corrupt::Element(ElementNo(1)));
    check_damage(&activated(9, "u", &["s_u"]), Corrupt::Token("s_u".into()));
    check_damage(&Event::FlowTaken { scope, flow: "nowhere".into() }, Corrupt::Flow("nowhere".into()));
    check_damage(&Event::FlowTaken { scope: no, flow: "s_u".into() }, Corrupt::Element(no));
    check_damage(&Event::Completed { no, output: json("1"), at, collected: None }, Corrupt::Element(no));
    check_damage(
        &Event::InstanceEnded { no: scope, outcome: engine::event::Outcome::Finished },
        Corrupt::Element(scope),
    );
}

#[test]
fn an_event_reads_back_as_it_was_written() {
    let event = Event::VariableSet {
        scope: ElementNo(3),
        name: "x".into(),
        value: json(r#"{"a":[1.10,12345678901234567890,-0.5,1e400,null,true,"t"]}"#),
    };
    let stored = serde_json::to_string(&event).expect("serialises");
    assert_eq!(
        stored,
        r#"{"e":"variable_set","scope":3,"name":"x","value":{"a":[1.10,12345678901234567890,-0.5,1e+400,null,true,"t"]}}"#
    );
    let read: Event = serde_json::from_str(&stored).expect("reads");
    assert_eq!(serde_json::to_string(&read).expect("serialises"), stored);
}

#[test]
fn deep_nesting_needs_no_deep_stack() {
    fn nest(process: Process, depth: usize) -> Process {
        let (start, sub) = (format!("s{depth}"), format!("sub{depth}"));
        let process = process.start(&start);
        if depth == 0 {
            return process;
        }
        process.sub(&sub, |inside| nest(inside, depth - 1)).flow(&start, &sub)
    }
    let mut world = World::new(&nest(Process::new("p"), 500));
    world.checked = false;
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    let run = thread.spawn(move || {
        world.run(&[]);
        world.state.status()
    });
    assert_eq!(run.expect("spawns").join().expect("no overflow"), Status::Finished);
}

#[test]
fn many_waiting_inclusive_joins_are_decided_quickly() {
    // 300 branches, each with a join that waits for a person; then all persons answer.
    let mut process = Process::new("p").start("s").parallel("fork").flow("s", "fork");
    for n in 0..300 {
        let (user, join, split) = (format!("u{n}"), format!("j{n}"), format!("f{n}"));
        process = process
            .parallel(&split)
            .user(&user, User::default())
            .inclusive(&join)
            .path(&format!("fork {split} {user} {join}"))
            .flow(&split, &join);
    }
    let mut world = World::new(&process);
    world.checked = false;
    world.start();
    assert_eq!(world.state.open_tasks().count(), 300);
    world.now = world.now.plus(std::time::Duration::from_secs(16 * 86_400));
    world.send(Command::Tick).expect("due");
    assert_eq!(world.state.status(), Status::Finished);
    assert_eq!(world.text.matches("joins").count(), 300);
}
