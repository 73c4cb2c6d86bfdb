//! Start, end, terminate end and timer events.

use engine::Command;
use testkit::process::{Process, User};

use crate::world::Do::{Advance, Answer, Retry, Terminate};
use crate::world::{World, check, json};

#[test]
fn an_end_event_ends_only_its_token() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .end("early")
        .user("u", User::default())
        .end("late")
        .path("s fork early")
        .path("fork u late");
    check(
        &mut World::new(&process),
        &[Answer("u", "{}")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_early
        flow        fork_u
        activated   early#3
        completed   early#3
        activated   u#4
        task        u#4 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   u#4 {}
        flow        u_late
        activated   late#5
        completed   late#5
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_node_without_outgoing_flow_ends_its_token() {
    check(
        &mut World::new(&Process::new("p").start("s").pass("a").path("s a")),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        completed   a#2
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_terminate_end_event_finishes_the_process_and_cancels_the_rest() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .user("u", User::default())
        .timer("t", "PT1H")
        .terminate("stop")
        .path("s fork u")
        .path("fork t stop");
    check(
        &mut World::new(&process),
        &[Advance("PT1H")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_u
        flow        fork_t
        activated   u#3
        task        u#3 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   t#4
        timer       t#4 1970-01-01T01:00:00.000Z
        completed   t#4
        flow        t_stop
        activated   stop#5
        task closed u#3
        terminated  u#3
        completed   stop#5
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_terminate_end_event_takes_moving_tokens_away() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .terminate("stop")
        .pass("a")
        .end("e")
        .path("s fork stop")
        .path("fork a e");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_stop
        flow        fork_a
        activated   stop#3
        completed   stop#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_timer_waits_for_its_duration_and_fires_once() {
    let process = Process::new("p").start("s").timer("t", "PT5M").end("e").path("s t e");
    check(
        &mut World::new(&process),
        &[Advance("PT4M59S"), Advance("PT1S"), Advance("PT1S")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_t
        activated   t#2
        timer       t#2 1970-01-01T00:05:00.000Z
        completed   t#2
        flow        t_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        rejected    the instance has ended
        Finished
        "#,
    );
}

#[test]
fn a_timer_with_a_date_from_data() {
    let process = Process::new("p").start("s").timer_at("t", "${vars.when}").end("e").path("s t e");
    let mut world = World::new(&process);
    world.variables = json(r#"{"when":"1970-01-02T00:00:00Z"}"#);
    check(
        &mut world,
        &[Advance("P1D")],
        r#"
        created     #0 {"when":"1970-01-02T00:00:00Z"}
        activated   s#1
        completed   s#1
        flow        s_t
        activated   t#2
        timer       t#2 1970-01-02T00:00:00.000Z
        completed   t#2
        flow        t_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_timer_whose_time_has_passed_fires_in_the_same_turn() {
    let process = Process::new("p").start("s").timer_at("t", "1969-12-31T00:00:00Z").timer("u", "PT0S").path("s t u");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_t
        activated   t#2
        completed   t#2
        flow        t_u
        activated   u#3
        completed   u#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_timer_without_a_time_is_a_fault() {
    let process = Process::new("p").start("s").timer("t", "${data_object.ip}").end("e").path("s t e");
    check(
        &mut World::new(&process),
        &[Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_t
        activated   t#2
        faulted     t#2 Timer.Invalid: expected an ISO 8601 duration like PT30S or P1D, not "10.0.0.1"
        faulted     t#2 Timer.Invalid: expected an ISO 8601 duration like PT30S or P1D, not "10.0.0.1"
        Failed
        "#,
    );
}

#[test]
fn timers_fire_in_the_order_of_their_times() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .timer("late", "PT2M")
        .timer("early", "PT1M")
        .path("s fork late")
        .path("fork early");
    let mut world = World::new(&process);
    world.start();
    assert_eq!(world.state.next_due().map(|due| due.0), Some(60_000_000));
    world.steps(&[Advance("PT1H")]);
    let fired: Vec<&str> = world.text.lines().filter(|line| line.contains("completed")).skip(2).collect();
    assert_eq!(fired, ["completed   early#4", "completed   late#3"]);
}

#[test]
fn terminate_ends_everything_and_nothing_can_follow() {
    let process = Process::new("p").start("s").user("u", User::default()).end("e").path("s u e");
    check(
        &mut World::new(&process),
        &[Terminate, Terminate, Retry, Advance("P20D")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Please check" {} until 1970-01-16T00:00:00.000Z
        task closed u#2
        terminated  u#2
        ended       #0 Terminated
        rejected    the instance has ended
        rejected    the instance has ended
        rejected    the instance has ended
        Terminated
        "#,
    );
}

#[test]
fn nothing_can_be_asked_of_an_instance_that_has_not_started_or_twice_of_one_that_has() {
    let process = Process::new("p").start("s").user("u", User::default()).path("s u");
    let mut world = World::new(&process);
    assert!(world.send(Command::Tick).is_err());
    assert!(world.send(Command::Terminate { reason: String::new() }).is_err());
    world.start();
    let start = engine::command::Start {
        instance: model::InstanceId(uuid::Uuid::from_u128(9)),
        definition: model::VersionId(uuid::Uuid::from_u128(0)),
        context: json("{}"),
        variables: json("{}"),
        debug: false,
        trigger: None,
    };
    assert_eq!(world.send(Command::Start(start)), Err(engine::Rejection::NotWaiting));
}
