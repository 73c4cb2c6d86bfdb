//! Debug runs: tasks wait for a command.

use engine::{Command, Rejection};
use testkit::process::{Call, Process, Script, Service, User};

use crate::world::Do::{Answer, Debug, Ok, Refuse, Retry};
use crate::world::{World, check, json};

fn debugging(process: &Process) -> World {
    let mut world = World::new(process);
    world.debug = true;
    world
}

#[test]
fn a_held_service_task_runs_with_its_own_or_other_input() {
    let service = || Service { input: json(r#"{"n":1}"#), ..Service::default() };
    let process = Process::new("p").start("s").service("a", service()).service("b", service()).end("e").path("s a b e");
    let steps = [Debug("a", "null"), Ok("a", "1"), Debug("b", r#"{"n":2}"#), Ok("b", "2")];
    check(&mut debugging(&process), &steps, "@1");
}

#[test]
fn a_held_node_can_be_completed_with_a_substitute_output() {
    let script = Script { javascript: true, code: "1".to_owned(), result: Some("r".to_owned()), ..Script::default() };
    let process = Process::new("p")
        .start("s")
        .service("a", Service { output: vec![("x".to_owned(), "output.n".to_owned())], ..Service::default() })
        .script("j", script)
        .call("c", Call::to("nowhere"))
        .user("u", User::default())
        .path("s a j c u");
    let steps = [
        Debug("a", r#"{"output":{"n":7}}"#),
        Debug("j", r#"{"output":8}"#),
        Debug("c", r#"{"output":{}}"#),
        Debug("u", r#"{"output":{"verdict":"ok"}}"#),
    ];
    check(&mut debugging(&process), &steps, "@2");
}

#[test]
fn other_input_is_what_a_handler_sees_and_a_script_reads() {
    let process = Process::new("p").start("s").user("u", User::default()).cel("c", "input.n * 2").path("s u c");
    check(&mut debugging(&process), &[Debug("u", r#"{"shown":1}"#), Answer("u", "{}"), Debug("c", r#"{"n":4}"#)], "@3");
}

#[test]
fn gateways_and_events_are_not_held_and_a_retry_is_not_held_again() {
    let process = Process::new("p").start("s").exclusive("g").service("a", Service::default()).end("e").path("s g a e");
    let mut world = debugging(&process);
    world.run(&[]);
    assert_eq!(world.state.held().map(|(_, node)| &**node).collect::<Vec<_>>(), ["a"]);
    world.steps(&[Debug("a", "{}"), Refuse("a", "X"), Retry, Ok("a", "1")]);
    assert!(world.text.ends_with("ended       #0 Finished\n"), "{}", world.text);
}

#[test]
fn a_node_that_is_not_held_cannot_go_on() {
    let process = Process::new("p").start("s").service("a", Service::default()).path("s a");
    let mut world = World::new(&process);
    world.start();
    let command = Command::Debug { node: "a".into(), data: json("{}") };
    assert_eq!(world.send(command), Err(Rejection::NoSuchNode("a".to_owned())));
}
