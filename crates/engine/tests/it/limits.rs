//! What an instance may use.

use std::time::Duration;

use engine::command::Start;
use engine::state::Status;
use engine::{Command, Env, State, turn};
use testkit::process::{Process, Service, User};

use crate::world::Do::{Advance, Answer, Ok, Retry, Terminate};
use crate::world::{World, json};

fn codes(world: &World) -> Vec<String> {
    world.state.faults().map(|fault| format!("{} {}", fault.node, fault.failure.code)).collect()
}

fn endless() -> Process {
    Process::new("p").start("s").exclusive("g").pass("a").path("s g a g")
}

#[test]
fn an_endless_loop_ends_at_the_loop_limit() {
    let mut world = World::new(&endless());
    world.limits.max_loop = 50;
    world.run(&[]);
    assert_eq!(codes(&world), ["g Limit.Loop"]);
    assert_eq!(world.state.status(), Status::Failed);
    world.steps(&[Retry]);
    assert_eq!(codes(&world), ["g Limit.Loop"], "a retry does not get around it");
    world.limits.max_loop = 60;
    world.steps(&[Retry]);
    assert_eq!(world.state.executed(), 1 + 2 * 60 + 1, "with a higher limit it goes on");
}

#[test]
fn an_endless_loop_ends_at_the_node_limit() {
    let mut world = World::new(&endless());
    world.limits.max_nodes = 20;
    world.run(&[Terminate]);
    assert!(world.text.contains("faulted     a#21 Limit.Nodes"), "{}", world.text);
}

#[test]
fn tokens_that_double_end_at_the_node_limit() {
    let process = Process::new("p").start("s").exclusive("g").parallel("f").path("s g f g").flow("f", "g");
    let mut world = World::new(&process);
    world.checked = false;
    world.limits.max_nodes = 5_000;
    world.run(&[]);
    assert_eq!(world.state.status(), Status::Failed);
    assert!(codes(&world).iter().all(|code| code.ends_with("Limit.Nodes")));
    world.steps(&[Terminate]);
    assert_eq!(world.state.status(), Status::Terminated);
}

#[test]
fn an_instance_that_is_too_old_starts_no_node() {
    let process = Process::new("p").start("s").user("u", User::default()).pass("a").path("s u a");
    let mut world = World::new(&process);
    world.limits.max_age = Duration::from_secs(86_400);
    world.run(&[Advance("P2D"), Answer("u", "{}")]);
    assert_eq!(codes(&world), ["a Limit.Age"]);
}

#[test]
fn variables_stop_growing_at_their_limit_and_the_result_is_not_lost() {
    let service = Service { output: vec![("kept".to_owned(), "output".to_owned())], ..Service::default() };
    let process = Process::new("p").start("s").service("a", service).path("s a");
    let mut world = World::new(&process);
    world.limits.max_variable_bytes = 150;
    world.run(&[Ok("a", &*Box::leak(format!("\"{}\"", "x".repeat(100)).into_boxed_str()))]);
    assert_eq!(codes(&world), ["a Limit.Variables"]);
    assert_eq!(world.state.variable_bytes(), 0);
    world.limits.max_variable_bytes = 250;
    world.steps(&[Retry]);
    assert_eq!(world.state.status(), Status::Finished);
}

#[test]
fn an_input_or_first_variables_over_the_limit_are_a_fault() {
    let process = Process::new("p")
        .start("s")
        .service("a", Service { input: json(r#"{"all":"${data_object}"}"#), ..Service::default() })
        .path("s a");
    let mut world = World::new(&process);
    world.limits.max_variable_bytes = 20;
    world.run(&[]);
    assert_eq!(codes(&world), ["a Limit.Variables"]);
    let mut world = World::new(&process);
    world.limits.max_variable_bytes = 20;
    world.variables = json(r#"{"text":"a text of more than twenty bytes"}"#);
    world.run(&[]);
    assert_eq!(codes(&world), ["s Limit.Variables"]);
}

#[test]
fn no_boundary_event_catches_a_limit() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| p.start("x").exclusive("g").pass("a").path("x g a g"))
        .boundary("caught", "sub", None)
        .path("s sub");
    let mut world = World::new(&process);
    world.limits.max_loop = 5;
    world.run(&[]);
    assert_eq!(codes(&world), ["g Limit.Loop"]);
}

#[test]
fn a_long_turn_stops_at_its_event_limit_and_can_go_on_after_a_crash() {
    let names: Vec<String> = (0..100).map(|n| format!("n{n}")).collect();
    let mut process = names.iter().fold(Process::new("p").start("s"), |process, name| process.pass(name));
    process = process.path(&format!("s {}", names.join(" ")));
    let world = World::new(&process);
    let limits = engine::Limits { max_events_per_turn: 30, ..engine::Limits::default() };
    let env = Env { now: world.now, ids: &world.ids, definitions: &world.definitions, limits: &limits };
    let mut command = Command::Start(Start {
        instance: model::InstanceId(uuid::Uuid::from_u128(1)),
        definition: model::VersionId(uuid::Uuid::from_u128(0)),
        context: json("{}"),
        variables: json("{}"),
        debug: false,
        trigger: None,
    });
    let (mut journal, mut turns) = (Vec::new(), 0);
    loop {
        // Each turn begins with a state that knows nothing but the journal.
        let mut state = State::new();
        for event in &journal {
            state.apply(event, &world.definitions).expect("sound");
        }
        let done = turn(&mut state, &command, &env).expect("a turn");
        assert!(done.events.len() < 40, "{}", done.events.len());
        journal.extend(done.events);
        turns += 1;
        if !done.more {
            assert_eq!(state.status(), Status::Finished);
            break;
        }
        assert_eq!(state.status(), Status::Running);
        command = Command::Continue;
    }
    assert_eq!(turns, 11);
}
