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
    check(
        &mut World::new(&guarded(Some("HTTP.404"))),
        &[Refuse("a", "HTTP.404")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        terminated  a#2
        activated   caught#3
        started     caught#3 attempt 1 {"error":{"code":"HTTP.404","message":"HTTP.404 happened"}}
        completed   caught#3 {"error":{"code":"HTTP.404","message":"HTTP.404 happened"}}
        flow        caught_bad
        activated   bad#4
        completed   bad#4
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_boundary_event_lets_other_failures_pass() {
    check(
        &mut World::new(&guarded(Some("HTTP.404"))),
        &[Refuse("a", "HTTP.500"), Retry, Ok("a", "1")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        faulted     a#2 HTTP.500: HTTP.500 happened
        started     a#2 attempt 2 {}
        completed   a#2 1
        flow        a_good
        activated   good#3
        completed   good#3
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[Refuse("a", "X")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        terminated  a#2
        activated   caught#3
        started     caught#3 attempt 1 {"error":{"code":"X","message":"X happened"}}
        set         #0 code = "X"
        set         #0 text = "X happened"
        completed   caught#3 {"error":{"code":"X","message":"X happened"}}
        flow        caught_c
        activated   c#4
        completed   c#4 "X: X happened / X"
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&thrower(Some("X"))),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_sub
        activated   sub#2
        activated   x#3
        completed   x#3
        flow        x_f
        activated   f#4
        completed   f#4
        flow        f_u
        flow        f_throw
        activated   u#5
        task        u#5 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   throw#6
        task closed u#5
        terminated  u#5
        terminated  throw#6
        terminated  sub#2
        activated   caught#7
        started     caught#7 attempt 1 {"error":{"code":"X","message":"the error 'X' was thrown"}}
        completed   caught#7 {"error":{"code":"X","message":"the error 'X' was thrown"}}
        flow        caught_bad
        activated   bad#8
        completed   bad#8
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn an_error_that_nothing_catches_is_a_fault_of_the_end_event() {
    check(
        &mut World::new(&thrower(Some("Y"))),
        &[Answer("u", "{}"), Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_sub
        activated   sub#2
        activated   x#3
        completed   x#3
        flow        x_f
        activated   f#4
        completed   f#4
        flow        f_u
        flow        f_throw
        activated   u#5
        task        u#5 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   throw#6
        faulted     throw#6 X: the error 'X' was thrown
        completed   u#5 {}
        faulted     throw#6 X: the error 'X' was thrown
        Failed
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[Refuse("a", "X")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_outer
        activated   outer#2
        activated   x#3
        completed   x#3
        flow        x_inner
        activated   inner#4
        activated   y#5
        completed   y#5
        flow        y_a
        activated   a#6
        started     a#6 attempt 1 {}
        terminated  a#6
        terminated  inner#4
        terminated  outer#2
        activated   far#7
        started     far#7 attempt 1 {"error":{"code":"X","message":"X happened"}}
        completed   far#7 {"error":{"code":"X","message":"X happened"}}
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_gateway_without_a_way_out_is_caught_by_the_sub_process_around_it() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| p.start("x").exclusive("g").end("y").path("x g").flow_if("g", "y", "false"))
        .boundary("caught", "sub", Some("NoFlowTaken"))
        .path("s sub");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_sub
        activated   sub#2
        activated   x#3
        completed   x#3
        flow        x_g
        activated   g#4
        terminated  g#4
        terminated  sub#2
        activated   caught#5
        started     caught#5 attempt 1 {"error":{"code":"NoFlowTaken","message":"no condition of the outgoing flows of 'g' is true, and it has no default flow"}}
        completed   caught#5 {"error":{"code":"NoFlowTaken","message":"no condition of the outgoing flows of 'g' is true, and it has no default flow"}}
        ended       #0 Finished
        Finished
        "#,
    );
}
