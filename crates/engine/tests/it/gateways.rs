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
    check(
        &mut world,
        &[],
        r#"
        created     #0 {"x":7}
        activated   s#1
        completed   s#1
        flow        s_g
        activated   g#2
        completed   g#2
        flow        g_b
        activated   b#3
        completed   b#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn exclusive_takes_the_default_when_nothing_is_true() {
    check(
        &mut World::new(&choice(true)),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_g
        activated   g#2
        completed   g#2
        flow        g_d
        activated   d#3
        completed   d#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn exclusive_without_a_way_out_has_a_fault_and_evaluates_again_on_retry() {
    check(
        &mut World::new(&choice(false)),
        &[Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_g
        activated   g#2
        faulted     g#2 NoFlowTaken when leaving: no condition of the outgoing flows of 'g' is true, and it has no default flow
        faulted     g#2 NoFlowTaken when leaving: no condition of the outgoing flows of 'g' is true, and it has no default flow
        Failed
        "#,
    );
}

#[test]
fn a_condition_that_is_not_a_truth_value_is_a_fault() {
    let process = Process::new("p").start("s").exclusive("g").end("e").path("s g").flow_if("g", "e", "1 + 1");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_g
        activated   g#2
        faulted     g#2 Expression.Type when leaving: the condition of flow 'g_e' must be true or false, not a number
        Failed
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[Answer("b", "{}"), Answer("a", "{}")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_a
        flow        fork_b
        activated   a#3
        task        a#3 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   b#4
        task        b#4 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   b#4 {}
        flow        b_join
        completed   a#3 {}
        flow        a_join
        activated   join#5 joins a_join b_join
        completed   join#5
        flow        join_e
        activated   e#6
        completed   e#6
        ended       #0 Finished
        Finished
        "#,
    );
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
        flow        fork_m
        flow        fork_m_2
        flow        fork_u
        activated   m#3
        completed   m#3
        flow        m_join
        activated   m#4
        completed   m#4
        flow        m_join
        activated   u#5
        task        u#5 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   u#5 {}
        flow        u_join
        activated   join#6 joins m_join u_join
        completed   join#6
        flow        join_e
        activated   e#7
        completed   e#7
        Failed
        "#,
    );
}

#[test]
fn several_flows_out_of_an_activity_are_all_taken_and_merge_token_by_token() {
    let process = Process::new("p").start("s").pass("a").pass("b").pass("c").end("e").path("s a b e").path("a c e");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        completed   a#2
        flow        a_b
        flow        a_c
        activated   b#3
        completed   b#3
        flow        b_e
        activated   c#4
        completed   c#4
        flow        c_e
        activated   e#5
        completed   e#5
        activated   e#6
        completed   e#6
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        completed   a#2
        flow        a_always
        flow        a_yes
        activated   always#3
        completed   always#3
        activated   yes#4
        completed   yes#4
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[Answer("a", "{}"), Answer("b", "{}")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_split
        activated   split#2
        completed   split#2
        flow        split_a
        flow        split_b
        activated   a#3
        task        a#3 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   b#4
        task        b#4 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   a#3 {}
        flow        a_join
        completed   b#4 {}
        flow        b_join
        activated   join#5 joins a_join b_join
        completed   join#5
        flow        join_e
        activated   e#6
        completed   e#6
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn inclusive_takes_the_default_only_when_nothing_is_true() {
    let process = Process::new("p").start("s").inclusive("g").end("a").end("b").path("s g");
    let process = process.flow_if("g", "a", "false").flow_else("g", "b");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_g
        activated   g#2
        completed   g#2
        flow        g_b
        activated   b#3
        completed   b#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn inclusive_without_a_way_out_has_a_fault() {
    let process = Process::new("p").start("s").inclusive("g").end("a").path("s g").flow_if("g", "a", "false");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_g
        activated   g#2
        faulted     g#2 NoFlowTaken when leaving: no condition of the outgoing flows of 'g' is true, and it has no default flow
        Failed
        "#,
    );
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
        flow        fork_sub
        flow        fork_join
        activated   sub#3
        activated   x#4
        completed   x#4
        flow        x_u
        activated   u#5
        task        u#5 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   u#5 {}
        completed   sub#3
        flow        sub_join
        activated   join#6 joins sub_join fork_join
        completed   join#6
        flow        join_e
        activated   e#7
        completed   e#7
        ended       #0 Finished
        Finished
        "#,
    );
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
        flow        fork_up
        flow        fork_down
        flow        fork_u
        activated   u#3
        task        u#3 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   u#3 {}
        flow        u_up
        activated   up#4 joins fork_up u_up
        completed   up#4
        flow        up_down
        activated   down#5 joins up_down fork_down
        completed   down#5
        flow        down_e
        activated   e#6
        completed   e#6
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_again
        activated   again#2
        completed   again#2
        flow        again_count
        activated   count#3
        set         #0 n = 1
        completed   count#3 1
        flow        count_done
        activated   done#4
        completed   done#4
        flow        done_again
        activated   again#5
        completed   again#5
        flow        again_count
        activated   count#6
        set         #0 n = 2
        completed   count#6 2
        flow        count_done
        activated   done#7
        completed   done#7
        flow        done_again
        activated   again#8
        completed   again#8
        flow        again_count
        activated   count#9
        set         #0 n = 3
        completed   count#9 3
        flow        count_done
        activated   done#10
        completed   done#10
        flow        done_e
        activated   e#11
        completed   e#11
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut world,
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_a
        flow        fork_b
        Failed
        "#,
    );
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
