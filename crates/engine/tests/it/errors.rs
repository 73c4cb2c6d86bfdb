//! Errors: boundary events, error end events, propagation.

use testkit::process::{Boundary, Process, Service, User};

use crate::world::Do::{Answer, Ok, Refuse, Retry};
use crate::world::{World, check};

fn guarded(code: Option<&str>) -> Process {
    Process::new("p")
        .start("s")
        .service("a", Service::default())
        .boundary("caught", "a", code)
        .end("good")
        .end("bad")
        .path("s a good")
        .path("caught bad")
}

#[test]
fn a_boundary_event_catches_the_failure_that_it_names() {
    check(&mut World::new(&guarded(Some("HTTP.404"))), &[Refuse("a", "HTTP.404")], "@1");
}

#[test]
fn a_boundary_event_lets_other_failures_pass() {
    check(&mut World::new(&guarded(Some("HTTP.404"))), &[Refuse("a", "HTTP.500"), Retry, Ok("a", "1")], "@2");
}

#[test]
fn a_boundary_event_without_a_code_catches_all_and_tells_what_it_caught() {
    let process = Process::new("p")
        .start("s")
        .service("a", Service::default())
        .boundary_event(
            "caught",
            Boundary {
                on: "a".to_owned(),
                code: None,
                code_variable: Some("code".to_owned()),
                message_variable: Some("text".to_owned()),
            },
        )
        .cel("c", "code + ': ' + text + ' / ' + nodes.caught.output.error.code")
        .path("s a")
        .path("caught c");
    check(&mut World::new(&process), &[Refuse("a", "X")], "@3");
}

#[test]
fn the_event_that_names_the_code_goes_before_one_that_catches_all() {
    let process = Process::new("p")
        .start("s")
        .service("a", Service::default())
        .boundary("all", "a", None)
        .boundary("named", "a", Some("X"))
        .path("s a");
    let mut world = World::new(&process);
    world.run(&[Refuse("a", "X")]);
    assert!(world.text.contains("completed   named"), "{}", world.text);
    assert!(!world.text.contains("activated   all"), "{}", world.text);
}

fn thrower(catches: Option<&str>) -> Process {
    Process::new("p")
        .start("s")
        .sub("sub", |p| {
            p.start("x").parallel("f").user("u", User::default()).error_end("throw", "X").path("x f u").path("f throw")
        })
        .boundary("caught", "sub", catches)
        .end("bad")
        .path("s sub")
        .path("caught bad")
}

#[test]
fn an_error_end_event_interrupts_the_sub_process_around_it() {
    check(&mut World::new(&thrower(Some("X"))), &[], "@4");
}

#[test]
fn an_error_that_nothing_catches_is_a_fault_of_the_end_event() {
    check(&mut World::new(&thrower(Some("Y"))), &[Answer("u", "{}"), Retry], "@5");
}

#[test]
fn a_failure_inside_is_caught_by_the_nearest_sub_process_that_catches_it() {
    let process = Process::new("p")
        .start("s")
        .sub("outer", |p| {
            p.start("x")
                .sub("inner", |p| p.start("y").service("a", Service::default()).path("y a"))
                .boundary("near", "inner", Some("Y"))
                .path("x inner")
        })
        .boundary("far", "outer", Some("X"))
        .path("s outer");
    check(&mut World::new(&process), &[Refuse("a", "X")], "@6");
}

#[test]
fn a_gateway_without_a_way_out_is_caught_by_the_sub_process_around_it() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| p.start("x").exclusive("g").end("y").path("x g").flow_if("g", "y", "false"))
        .boundary("caught", "sub", Some("NoFlowTaken"))
        .path("s sub");
    check(&mut World::new(&process), &[], "@7");
}
