//! User tasks: opened, answered, fallen due.

use bpmn::executable::{DueHandle, HandleParameter};
use engine::command::Answer as Reply;
use engine::{Command, Rejection};
use model::Value;
use testkit::process::{Process, User};

use crate::world::Do::{Advance, Answer, Retry, Stop, Terminate};
use crate::world::{World, check, json};

fn parameter(key: &str, required: bool, default: Option<Value>) -> HandleParameter {
    HandleParameter { key: key.into(), name: key.into(), required, default }
}

fn with(user: User) -> Process {
    Process::new("p").start("s").user("u", user).end("e").path("s u e")
}

fn block() -> User {
    User {
        description: "Block ${data_object.ip}?".to_owned(),
        view: json(r#"{"address":"${data_object.ip}"}"#),
        parameters: vec![
            parameter("verdict", true, None),
            parameter("days", true, Some(json("7"))),
            parameter("note", false, None),
        ],
        output: vec![("verdict".to_owned(), "output.verdict".to_owned())],
        ..User::default()
    }
}

#[test]
fn a_task_is_shown_and_its_answer_becomes_the_output_with_defaults() {
    check(
        &mut World::new(&with(block())),
        &[Answer("u", r#"{"verdict":"block","extra":1}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Block 10.0.0.1?" {"address":"10.0.0.1"} until 1970-01-16T00:00:00.000Z
        set         #0 verdict = "block"
        completed   u#2 {"verdict":"block","extra":1,"days":7}
        flow        u_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn an_answer_without_a_required_parameter_is_refused_and_the_task_stays_open() {
    check(
        &mut World::new(&with(block())),
        &[Answer("u", r#"{"days":1}"#), Answer("u", r#"{"verdict":null}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Block 10.0.0.1?" {"address":"10.0.0.1"} until 1970-01-16T00:00:00.000Z
        rejected    the handling parameter 'verdict' is required
        rejected    the handling parameter 'verdict' is required
        Running
        "#,
    );
    let mut world = World::new(&with(block()));
    world.start();
    let answer = Reply::Continue { parameters: Value::Null };
    let command = Command::TaskAnswered { element: world.element("u"), answer };
    assert_eq!(world.send(command), Err(Rejection::MissingParameter("verdict".to_owned())));
    assert_eq!(world.state.open_tasks().count(), 1);
}

#[test]
fn a_second_answer_is_refused() {
    let process = Process::new("p").start("s").user("u", User::default()).user("v", User::default()).path("s u v");
    let mut world = World::new(&process);
    world.start();
    let answer = Reply::Continue { parameters: json("{}") };
    let command = Command::TaskAnswered { element: world.element("u"), answer };
    assert_eq!(world.send(command.clone()), Ok(()));
    assert_eq!(world.send(command), Err(Rejection::NotWaiting));
}

#[test]
fn an_answer_can_end_the_instance_and_cancels_the_other_tasks() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .user("u", User::default())
        .sub("sub", |p| p.start("x").user("v", User::default()).path("x v"))
        .path("s fork u")
        .path("fork sub");
    check(
        &mut World::new(&process),
        &[Stop("u")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_fork
        activated   fork#2
        completed   fork#2
        flow        fork_u
        flow        fork_sub
        activated   u#3
        task        u#3 "Please check" {} until 1970-01-16T00:00:00.000Z
        activated   sub#4
        activated   x#5
        completed   x#5
        flow        x_v
        activated   v#6
        task        v#6 "Please check" {} until 1970-01-16T00:00:00.000Z
        terminated  u#3
        task closed v#6
        terminated  v#6
        terminated  sub#4
        ended       #0 Terminated
        Terminated
        "#,
    );
}

#[test]
fn a_task_that_falls_due_goes_on_with_the_defaults() {
    let user = User {
        due: Some("PT1H".to_owned()),
        parameters: vec![parameter("days", true, Some(json("7")))],
        ..User::default()
    };
    check(
        &mut World::new(&with(user)),
        &[Advance("PT59M"), Advance("PT1M")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Please check" {} until 1970-01-01T01:00:00.000Z
        task closed u#2 expired
        completed   u#2 {"days":7}
        flow        u_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_task_that_falls_due_without_a_default_has_a_fault_and_is_opened_again_by_a_retry() {
    let user = User { due: Some("PT1H".to_owned()), ..block() };
    check(
        &mut World::new(&with(user)),
        &[Advance("PT1H"), Retry, Answer("u", r#"{"verdict":"x"}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Block 10.0.0.1?" {"address":"10.0.0.1"} until 1970-01-01T01:00:00.000Z
        task closed u#2 expired
        faulted     u#2 Task.Overdue: the task fell due, and the required parameter 'verdict' has no default
        task        u#2 "Block 10.0.0.1?" {"address":"10.0.0.1"} until 1970-01-01T02:00:00.000Z
        set         #0 verdict = "x"
        completed   u#2 {"verdict":"x","days":7}
        flow        u_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_task_that_falls_due_can_end_the_instance() {
    let user =
        User { due: Some("1970-01-01T01:00:00Z".to_owned()), due_handle: DueHandle::Interrupt, ..User::default() };
    check(
        &mut World::new(&with(user)),
        &[Advance("PT1H")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Please check" {} until 1970-01-01T01:00:00.000Z
        task closed u#2 expired
        terminated  u#2
        ended       #0 Terminated
        Terminated
        "#,
    );
}

#[test]
fn a_termination_cancels_the_task() {
    check(
        &mut World::new(&with(User::default())),
        &[Terminate],
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
        Terminated
        "#,
    );
}

#[test]
fn an_answer_whose_mapping_fails_is_kept_for_the_retry() {
    let user = User { output: vec![("n".to_owned(), "output.a + 1".to_owned())], ..User::default() };
    check(
        &mut World::new(&with(user)),
        &[Answer("u", r#"{"a":"x"}"#), Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_u
        activated   u#2
        task        u#2 "Please check" {} until 1970-01-16T00:00:00.000Z
        faulted     u#2 Expression.Type when leaving: the output mapping of 'n': '+' cannot be applied to string and number (string(x) makes a string of any value) at 1:12
        faulted     u#2 Expression.Type when leaving: the output mapping of 'n': '+' cannot be applied to string and number (string(x) makes a string of any value) at 1:12
        Failed
        "#,
    );
}

#[test]
fn each_task_has_an_id_of_its_own() {
    let process =
        Process::new("p").start("s").user("u", User::default()).user("v", User::default()).path("s u").flow("s", "v");
    let mut world = World::new(&process);
    world.start();
    let ids: Vec<_> = world.state.open_tasks().map(|task| task.task).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn what_a_handler_is_shown_must_be_an_object() {
    let mut world = World::new(&with(User { view: json("\"${data_object.ip}\""), ..User::default() }));
    world.run(&[]);
    let codes: Vec<&str> = world.state.faults().map(|fault| &*fault.failure.code).collect();
    assert_eq!(codes, ["Mapping.Type"]);
    let mut world = World::new(&with(User { view: json("\"${vars.absent}\""), ..User::default() }));
    world.run(&[]);
    assert!(world.text.contains("task        u#2 \"Please check\" {}"), "{}", world.text);
}
