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
    check(
        &mut World::new(&process),
        &[Answer("a", "{}"), Answer("b", "{}")],
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
        flow        f_a
        flow        f_b
        activated   a#5
        task        a#5 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   b#6
        task        b#6 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   a#5 {}
        flow        a_y
        activated   y#7
        completed   y#7
        completed   b#6 {}
        completed   sub#2
        flow        sub_e
        activated   e#8
        completed   e#8
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_sub_process_with_nothing_inside_is_passed() {
    check(
        &mut World::new(&Process::new("p").start("s").sub("sub", |p| p).end("e").path("s sub e")),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_sub
        activated   sub#2
        completed   sub#2
        flow        sub_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_sub_process_without_a_start_event_begins_at_the_nodes_without_incoming_flow() {
    let process = Process::new("p")
        .start("s")
        .sub("sub", |p| p.pass("a").pass("b").end("y").path("a y").path("b y"))
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
        activated   a#3
        activated   b#4
        completed   a#3
        flow        a_y
        completed   b#4
        flow        b_y
        activated   y#5
        completed   y#5
        activated   y#6
        completed   y#6
        completed   sub#2
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn two_start_events_that_end_at_once_end_the_sub_process_once() {
    let process = Process::new("p").start("s").sub("sub", |p| p.start("a").start("b")).end("e").path("s sub e");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_sub
        activated   sub#2
        activated   a#3
        activated   b#4
        completed   a#3
        completed   b#4
        completed   sub#2
        flow        sub_e
        activated   e#5
        completed   e#5
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[Advance("PT1M"), Answer("outside", "{}")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_outside
        flow        fork_sub
        activated   outside#3
        task        outside#3 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   sub#4
        activated   x#5
        completed   x#5
        flow        x_f
        activated   f#6
        completed   f#6
        flow        f_inside
        flow        f_t
        activated   inside#7
        task        inside#7 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   t#8
        timer       t#8 1970-01-01T00:01:00.000Z
        completed   t#8
        flow        t_stop
        activated   stop#9
        task closed inside#7
        terminated  inside#7
        completed   stop#9
        completed   sub#4
        flow        sub_e
        activated   e#10
        completed   e#10
        completed   outside#3 {}
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_sub
        activated   sub#2
        activated   x#3
        completed   x#3
        flow        x_stop
        flow        x_left
        activated   stop#4
        completed   stop#4
        faulted     sub#2 NoFlowTaken when leaving: no condition of the outgoing flows of 'sub' is true, and it has no default flow
        faulted     sub#2 NoFlowTaken when leaving: no condition of the outgoing flows of 'sub' is true, and it has no default flow
        Failed
        "#,
    );
}
