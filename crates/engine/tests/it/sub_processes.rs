//! Embedded sub-processes.

use testkit::process::{Process, User};

use crate::world::Do::{Advance, Answer, Retry};
use crate::world::{World, check};

#[test]
fn a_sub_process_goes_on_when_nothing_is_left_inside() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| {
            p.start("x")
                .parallel("f")
                .user("a", User::default())
                .user("b", User::default())
                .end("y")
                .path("x f a y")
                .path("f b")
        })
        .end("e")
        .path("s sub e");
    check(&mut World::new(&process), &[Answer("a", "{}"), Answer("b", "{}")], "@1");
}

#[test]
fn a_sub_process_with_nothing_inside_is_passed() {
    check(&mut World::new(&Process::new("p").start("s").sub("sub", |p| p).end("e").path("s sub e")), &[], "@2");
}

#[test]
fn a_sub_process_without_a_start_event_begins_at_the_nodes_without_incoming_flow() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| p.pass("a").pass("b").end("y").path("a y").path("b y"))
        .path("s sub");
    check(&mut World::new(&process), &[], "@3");
}

#[test]
fn two_start_events_that_end_at_once_end_the_sub_process_once() {
    let process = Process::new("p").start("s").sub("sub", |p| p.start("a").start("b")).end("e").path("s sub e");
    check(&mut World::new(&process), &[], "@4");
}

#[test]
fn a_terminate_end_event_ends_only_its_sub_process() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .user("outside", User::default())
        .sub("sub", |p| {
            p.start("x")
                .parallel("f")
                .user("inside", User::default())
                .timer("t", "PT1M")
                .terminate("stop")
                .path("x f inside")
                .path("f t stop")
        })
        .end("e")
        .path("s fork outside")
        .path("fork sub e");
    check(&mut World::new(&process), &[Advance("PT1M"), Answer("outside", "{}")], "@5");
}

#[test]
fn variables_set_inside_are_seen_outside() {
    let process = Process::new("p")
        .start("s")
        .set("a", "n", "1")
        .sub("sub", |p| p.start("x").set("b", "n", "n + 1").path("x b"))
        .cel("c", "n")
        .path("s a sub c");
    let mut world = World::new(&process);
    world.run(&[]);
    assert!(world.text.contains("set         #0 n = 2"), "{}", world.text);
    assert!(world.text.contains("completed   c#6 2"), "{}", world.text);
}

#[test]
fn a_sub_process_that_cannot_be_left_keeps_its_result_and_does_not_run_again() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| p.start("x").terminate("stop").pass("left").path("x stop").flow("x", "left"))
        .end("e")
        .path("s sub")
        .flow_if("sub", "e", "vars.never == true");
    check(&mut World::new(&process), &[Retry], "@6");
}
