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
    check(
        &mut debugging(&process),
        &steps,
        r#"
        created     #0 {} debug
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        held        a#2
        started     a#2 attempt 1 {"n":1}
        completed   a#2 1
        flow        a_b
        activated   b#3
        held        b#3
        started     b#3 attempt 1 {"n":2}
        completed   b#3 2
        flow        b_e
        activated   e#4
        completed   e#4
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut debugging(&process),
        &steps,
        r#"
        created     #0 {} debug
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        held        a#2
        set         #0 x = 7
        completed   a#2 {"n":7}
        flow        a_j
        activated   j#3
        held        j#3
        set         #0 r = 8
        completed   j#3 8
        flow        j_c
        activated   c#4
        held        c#4
        completed   c#4 {}
        flow        c_u
        activated   u#5
        held        u#5
        completed   u#5 {"verdict":"ok"}
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn other_input_is_what_a_handler_sees_and_a_script_reads() {
    let process = Process::new("p").start("s").user("u", User::default()).cel("c", "input.n * 2").path("s u c");
    check(
        &mut debugging(&process),
        &[Debug("u", r#"{"shown":1}"#), Answer("u", "{}"), Debug("c", r#"{"n":4}"#)],
        r#"
        created     #0 {} debug
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        held        u#2
        task        u#2 "Please check" {"shown":1} until 1970-01-16T00:00:00.000Z
        completed   u#2 {}
        flow        u_c
        activated   c#3
        held        c#3
        started     c#3 attempt 1 {"n":4}
        completed   c#3 8
        ended       #0 Finished
        Finished
        "#,
    );
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
