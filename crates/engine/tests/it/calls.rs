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
    check(
        &mut world,
        &[Answer("cu", "{}")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_v
        activated   v#2
        set         #0 n = 1
        completed   v#2 1
        flow        v_c
        activated   c#3
        started     c#3 attempt 1 {"n":1}
        created     #4 by c#3 {"n":1}
        activated   cs#5
        completed   cs#5
        flow        cs_cv
        activated   cv#6
        set         #4 n = 2
        completed   cv#6 2
        flow        cv_cu
        activated   cu#7
        task        cu#7 "Please check" {} until 1970-01-16T00:00:00.000Z
        completed   cu#7 {}
        ended       #4 Finished
        completed   c#3 {"n":2}
        flow        c_e
        activated   e#8
        completed   e#8
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::with_children(&caller(call), &[("w", &child)]),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_v
        activated   v#2
        set         #0 n = 1
        completed   v#2 1
        flow        v_c
        activated   c#3
        started     c#3 attempt 1 {"m":2}
        created     #4 by c#3 {"m":2}
        activated   cs#5
        completed   cs#5
        flow        cs_cv
        activated   cv#6
        set         #4 result = "1.1.1.1 in 00000000-0000-0000-0000-0000000003eb"
        completed   cv#6 "1.1.1.1 in 00000000-0000-0000-0000-0000000003eb"
        ended       #4 Finished
        set         #0 back = "1.1.1.1 in 00000000-0000-0000-0000-0000000003eb 2"
        completed   c#3 {"m":2,"result":"1.1.1.1 in 00000000-0000-0000-0000-0000000003eb"}
        flow        c_e
        activated   e#7
        completed   e#7
        ended       #0 Finished
        Finished
        "#,
    );
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
    check(
        &mut World::new(&caller(Call::to("nowhere"))),
        &[Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_v
        activated   v#2
        set         #0 n = 1
        completed   v#2 1
        flow        v_c
        activated   c#3
        started     c#3 attempt 1 {"n":1}
        faulted     c#3 Workflow.Missing: Workflow.Missing happened
        started     c#3 attempt 2 {"n":1}
        faulted     c#3 Workflow.Missing: Workflow.Missing happened
        Failed
        "#,
    );
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
    check(
        &mut World::with_children(&process, &[("w", &child)]),
        &[Refuse("a", "X")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_v
        activated   v#2
        set         #0 n = 1
        completed   v#2 1
        flow        v_c
        activated   c#3
        started     c#3 attempt 1 {"n":1}
        created     #4 by c#3 {"n":1}
        activated   cs#5
        completed   cs#5
        flow        cs_f
        activated   f#6
        completed   f#6
        flow        f_cu
        flow        f_sub
        activated   cu#7
        task        cu#7 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   sub#8
        activated   x#9
        completed   x#9
        flow        x_a
        activated   a#10
        started     a#10 attempt 1 {}
        task closed cu#7
        terminated  cu#7
        terminated  a#10
        terminated  sub#8
        ended       #4 Terminated
        terminated  c#3
        activated   caught#11
        started     caught#11 attempt 1 {"error":{"code":"X","message":"X happened"}}
        completed   caught#11 {"error":{"code":"X","message":"X happened"}}
        flow        caught_bad
        activated   bad#12
        completed   bad#12
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_termination_ends_the_children_first() {
    let mut world = World::with_children(&caller(Call::to("w")), &[("w", &child())]);
    check(
        &mut world,
        &[Terminate],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_v
        activated   v#2
        set         #0 n = 1
        completed   v#2 1
        flow        v_c
        activated   c#3
        started     c#3 attempt 1 {"n":1}
        created     #4 by c#3 {"n":1}
        activated   cs#5
        completed   cs#5
        flow        cs_cv
        activated   cv#6
        set         #4 n = 2
        completed   cv#6 2
        flow        cv_cu
        activated   cu#7
        task        cu#7 "Please check" {} until 1970-01-16T00:00:00.000Z
        task closed cu#7
        terminated  cu#7
        ended       #4 Terminated
        terminated  c#3
        ended       #0 Terminated
        Terminated
        "#,
    );
    let statuses: Vec<Status> = world.state.statuses().map(|(_, status)| status).collect();
    assert_eq!(statuses, [Status::Terminated, Status::Terminated]);
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
    check(
        &mut world,
        &[RetryWith("c", r#"{"n":5}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_v
        activated   v#2
        set         #0 n = 1
        completed   v#2 1
        flow        v_c
        activated   c#3
        faulted     c#3 Mapping.Type: the input must be an object, not a number
        started     c#3 attempt 1 {"n":5}
        created     #4 by c#3 {"n":5}
        activated   cs#5
        completed   cs#5
        flow        cs_cv
        activated   cv#6
        set         #4 n = 6
        completed   cv#6 6
        flow        cv_cu
        activated   cu#7
        task        cu#7 "Please check" {} until 1970-01-16T00:00:00.000Z
        Running
        "#,
    );
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
