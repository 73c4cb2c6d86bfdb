//! Exclusive, parallel and inclusive gateways, conditional flows, implicit splits and merges.

use testkit::process::{Process, User};

use crate::world::Do::{Answer, Retry};
use crate::world::{World, check, json};

fn choice(default: bool) -> Process {
    let process = Process::new("p").start("s").exclusive("g").pass("a").pass("b").pass("c").path("s g");
    let process =
        process.flow_if("g", "a", "vars.x > 10").flow_if("g", "b", "vars.x > 5").flow_if("g", "c", "vars.x > 1");
    if default { process.pass("d").flow_else("g", "d") } else { process }
}

#[test]
fn exclusive_takes_the_first_true_flow() {
    let mut world = World::new(&choice(true));
    world.variables = json(r#"{"x":7}"#);
    check(&mut world, &[], "@1");
}

#[test]
fn exclusive_takes_the_default_when_nothing_is_true() {
    check(&mut World::new(&choice(true)), &[], "@2");
}

#[test]
fn exclusive_without_a_way_out_has_a_fault_and_evaluates_again_on_retry() {
    check(&mut World::new(&choice(false)), &[Retry], "@3");
}

#[test]
fn a_condition_that_is_not_a_truth_value_is_a_fault() {
    let process = Process::new("p").start("s").exclusive("g").end("e").path("s g").flow_if("g", "e", "1 + 1");
    check(&mut World::new(&process), &[], "@4");
}

#[test]
fn parallel_waits_for_every_incoming_flow() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .user("a", User::default())
        .user("b", User::default())
        .parallel("join")
        .end("e")
        .path("s fork a join e")
        .path("fork b join");
    check(&mut World::new(&process), &[Answer("b", "{}"), Answer("a", "{}")], "@5");
}

#[test]
fn two_tokens_on_one_flow_do_not_fire_a_parallel_join() {
    // `m` gets a token twice, so its flow into the join has two; the other flow has none.
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .pass("m")
        .user("u", User::default())
        .parallel("join")
        .end("e")
        .path("s fork m join e")
        .flow("fork", "m")
        .path("fork u join");
    check(&mut World::new(&process), &[Answer("u", "{}")], "@6");
}

#[test]
fn several_flows_out_of_an_activity_are_all_taken_and_merge_token_by_token() {
    let process = Process::new("p").start("s").pass("a").pass("b").pass("c").end("e").path("s a b e").path("a c e");
    check(&mut World::new(&process), &[], "@7");
}

#[test]
fn conditional_flows_out_of_an_activity_are_taken_where_true() {
    let process = Process::new("p")
        .start("s")
        .pass("a")
        .end("always")
        .end("yes")
        .end("no")
        .end("else")
        .path("s a always")
        .flow_if("a", "yes", "true")
        .flow_if("a", "no", "false")
        .flow_else("a", "else");
    check(&mut World::new(&process), &[], "@8");
}

#[test]
fn inclusive_takes_every_true_flow_and_joins_them() {
    let process = Process::new("p")
        .start("s")
        .inclusive("split")
        .user("a", User::default())
        .user("b", User::default())
        .user("c", User::default())
        .inclusive("join")
        .end("e")
        .path("s split")
        .flow_if("split", "a", "true")
        .flow_if("split", "b", "true")
        .flow_if("split", "c", "false")
        .path("a join e")
        .path("b join")
        .path("c join");
    check(&mut World::new(&process), &[Answer("a", "{}"), Answer("b", "{}")], "@9");
}

#[test]
fn inclusive_takes_the_default_only_when_nothing_is_true() {
    let process = Process::new("p").start("s").inclusive("g").end("a").end("b").path("s g");
    let process = process.flow_if("g", "a", "false").flow_else("g", "b");
    check(&mut World::new(&process), &[], "@10");
}

#[test]
fn inclusive_without_a_way_out_has_a_fault() {
    let process = Process::new("p").start("s").inclusive("g").end("a").path("s g").flow_if("g", "a", "false");
    check(&mut World::new(&process), &[], "@11");
}

#[test]
fn an_inclusive_join_waits_for_a_token_in_a_sub_process() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .sub("sub", |p| p.start("x").user("u", User::default()).path("x u"))
        .inclusive("join")
        .end("e")
        .path("s fork sub join e")
        .path("fork join");
    check(&mut World::new(&process), &[Answer("u", "{}")], "@12");
}

#[test]
fn of_two_inclusive_joins_the_upstream_one_fires_first() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .inclusive("up")
        .inclusive("down")
        .user("u", User::default())
        .end("e")
        .path("s fork up down e")
        .path("fork down")
        .path("fork u up");
    check(&mut World::new(&process), &[Answer("u", "{}")], "@13");
}

#[test]
fn an_inclusive_join_in_a_loop_fires_once_for_each_round() {
    let process = Process::new("p")
        .start("s")
        .inclusive("again")
        .set("count", "n", "vars.n == null ? 1 : vars.n + 1")
        .exclusive("done")
        .end("e")
        .path("s again count done")
        .flow_if("done", "again", "n < 3")
        .flow_else("done", "e");
    check(&mut World::new(&process), &[], "@14");
}

#[test]
fn joins_that_wait_for_each_other_leave_the_instance_failed() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .inclusive("a")
        .inclusive("b")
        .exclusive("x")
        .exclusive("y")
        .end("e")
        .path("s fork a x b y")
        .path("fork b")
        .flow("x", "e")
        .flow_if("y", "a", "true")
        .flow_else("y", "e");
    let mut world = World::new(&process);
    check(&mut world, &[], "@15");
    let waiting = world.state.waiting(&world.definitions).expect("sound");
    let told: Vec<String> = waiting.iter().map(|waiting| format!("{} {:?}", waiting.node, waiting.wait)).collect();
    assert_eq!(
        told,
        [
            r#"a Tokens { arrived: ["fork_a"], missing: ["y_a"] }"#,
            r#"b Tokens { arrived: ["fork_b"], missing: ["x_b"] }"#
        ]
    );
}
