//! Call activities.

use bpmn::executable::Binding;
use engine::state::Status;
use engine::{Command, ElementNo, Rejection};
use testkit::process::{Call, Process, Service, User};

use crate::world::Do::{Answer, Ok, Refuse, Retry, RetryWith, Terminate};
use crate::world::{World, check, failure, json};

fn caller(call: Call) -> Process {
    Process::new("p").start("s").set("v", "n", "1").call("c", call).end("e").path("s v c e")
}

fn child() -> Process {
    Process::new("child")
        .start("cs")
        .set("cv", "n", "vars.n == null ? 100 : n + 1")
        .user("cu", User::default())
        .path("cs cv cu")
}

#[test]
fn a_child_gets_a_copy_of_the_variables_and_gives_nothing_back_unasked() {
    let mut world = World::with_children(&caller(Call::to("w")), &[("w", &child())]);
    check(&mut world, &[Answer("cu", "{}")], "@1");
}

#[test]
fn mappings_say_what_a_child_gets_and_gives_back() {
    let call = Call {
        data_object: Some("${{'ip': '1.1.1.1'}}".into()),
        input: Some(json(r#"{"m":"${n + 1}"}"#)),
        output: vec![("back".to_owned(), "output.result + ' ' + string(output.m)".to_owned())],
        ..Call::to("w")
    };
    let child =
        Process::new("child").start("cs").set("cv", "result", "data_object.ip + ' in ' + instance.id").path("cs cv");
    check(&mut World::with_children(&caller(call), &[("w", &child)]), &[], "@2");
}

#[test]
fn the_outputs_of_a_child_are_its_own() {
    let child = Process::new("child").start("cs").cel("v", "string(nodes.v.output == null)").path("cs v");
    let mut world = World::with_children(&caller(Call::to("w")), &[("w", &child)]);
    world.run(&[]);
    assert!(world.text.contains("completed   v#6 \"true\""), "{}", world.text);
}

#[test]
fn a_workflow_that_is_not_there_is_a_fault_and_can_be_called_again() {
    check(&mut World::new(&caller(Call::to("nowhere"))), &[Retry], "@3");
}

#[test]
fn an_error_of_the_child_is_caught_at_the_call() {
    let process = caller(Call::to("w")).boundary("caught", "c", Some("X")).end("bad").path("caught bad");
    let child = Process::new("child")
        .start("cs")
        .parallel("f")
        .user("cu", User::default())
        .sub("sub", |p| p.start("x").service("a", Service::default()).path("x a"))
        .path("cs f cu")
        .path("f sub");
    check(&mut World::with_children(&process, &[("w", &child)]), &[Refuse("a", "X")], "@4");
}

#[test]
fn a_termination_ends_the_children_first() {
    let mut world = World::with_children(&caller(Call::to("w")), &[("w", &child())]);
    check(&mut world, &[Terminate], "@5");
    let outcomes: Vec<Option<Status>> =
        world.state.instances().map(|(no, _)| world.state.instance_status(no)).collect();
    assert_eq!(outcomes, [Some(Status::Terminated), Some(Status::Terminated)]);
}

#[test]
fn a_child_that_only_has_faults_makes_the_caller_failed_too() {
    let child = Process::new("child").start("cs").service("a", Service::default()).path("cs a");
    let mut world = World::with_children(&caller(Call::to("w")), &[("w", &child)]);
    world.run(&[Refuse("a", "X")]);
    let all: Vec<ElementNo> = world.state.instances().map(|(no, _)| no).collect();
    assert!(all.iter().all(|no| world.state.instance_status(*no) == Some(Status::Failed)));
    world.steps(&[Retry]);
    assert!(all.iter().all(|no| world.state.instance_status(*no) == Some(Status::Running)));
    world.steps(&[Ok("a", "1")]);
    assert!(all.iter().all(|no| world.state.instance_status(*no) == Some(Status::Finished)));
}

#[test]
fn a_call_can_be_retried_with_other_variables() {
    let call = Call { input: Some("${n}".into()), ..Call::to("w") };
    let mut world = World::with_children(&caller(call), &[("w", &child())]);
    check(&mut world, &[RetryWith("c", r#"{"n":5}"#)], "@6");
}

#[test]
fn a_call_that_is_resolved_twice_is_refused() {
    let call = Call { binding: Binding::Pinned, ..Call::to("w") };
    let mut world = World::with_children(&caller(call), &[("w", &child())]);
    world.start();
    let again = Command::CallResolved { element: world.element("c"), result: Err(failure("late", false)) };
    assert_eq!(world.send(again), Err(Rejection::NotWaiting));
}

#[test]
fn calls_of_calls_stop_at_the_depth_limit() {
    let process = Process::new("p").start("s").call("c", Call::to("self")).path("s c");
    let mut world = World::with_children(&process, &[("self", &process)]);
    world.limits.max_call_depth = 3;
    world.run(&[]);
    let faults: Vec<(&str, usize)> =
        world.state.faults().map(|fault| (&*fault.failure.code, fault.process.0 as usize)).collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].0, "Limit.CallDepth");
    assert_eq!(world.state.instances().count(), 4);
    world.steps(&[Terminate]);
    assert_eq!(world.state.status(), Status::Terminated);
}
