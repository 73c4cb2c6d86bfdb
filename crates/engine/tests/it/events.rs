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
    check(&mut World::new(&process), &[Answer("u", "{}")], "@1");
}

#[test]
fn a_node_without_outgoing_flow_ends_its_token() {
    check(&mut World::new(&Process::new("p").start("s").pass("a").path("s a")), &[], "@2");
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
    check(&mut World::new(&process), &[Advance("PT1H")], "@3");
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
    check(&mut World::new(&process), &[], "@4");
}

#[test]
fn a_timer_waits_for_its_duration_and_fires_once() {
    let process = Process::new("p").start("s").timer("t", "PT5M").end("e").path("s t e");
    check(&mut World::new(&process), &[Advance("PT4M59S"), Advance("PT1S"), Advance("PT1S")], "@5");
}

#[test]
fn a_timer_with_a_date_from_data() {
    let process = Process::new("p").start("s").timer_at("t", "${vars.when}").end("e").path("s t e");
    let mut world = World::new(&process);
    world.variables = json(r#"{"when":"1970-01-02T00:00:00Z"}"#);
    check(&mut world, &[Advance("P1D")], "@6");
}

#[test]
fn a_timer_whose_time_has_passed_fires_in_the_same_turn() {
    let process = Process::new("p").start("s").timer_at("t", "1969-12-31T00:00:00Z").timer("u", "PT0S").path("s t u");
    check(&mut World::new(&process), &[], "@7");
}

#[test]
fn a_timer_without_a_time_is_a_fault() {
    let process = Process::new("p").start("s").timer("t", "${data_object.ip}").end("e").path("s t e");
    check(&mut World::new(&process), &[Retry], "@8");
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
    assert_eq!(fired, ["completed   early#3", "completed   late#2"]);
}

#[test]
fn terminate_ends_everything_and_nothing_can_follow() {
    let process = Process::new("p").start("s").user("u", User::default()).end("e").path("s u e");
    check(&mut World::new(&process), &[Terminate, Terminate, Retry, Advance("P20D")], "@9");
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
    };
    assert_eq!(world.send(Command::Start(start)), Err(engine::Rejection::NotWaiting));
}
