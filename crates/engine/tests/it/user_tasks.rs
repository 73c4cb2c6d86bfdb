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
    check(&mut World::new(&with(block())), &[Answer("u", r#"{"verdict":"block","extra":1}"#)], "@1");
}

#[test]
fn an_answer_without_a_required_parameter_is_refused_and_the_task_stays_open() {
    check(&mut World::new(&with(block())), &[Answer("u", r#"{"days":1}"#), Answer("u", r#"{"verdict":null}"#)], "@2");
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
    check(&mut World::new(&process), &[Stop("u")], "@3");
}

#[test]
fn a_task_that_falls_due_goes_on_with_the_defaults() {
    let user = User {
        due: Some("PT1H".to_owned()),
        parameters: vec![parameter("days", true, Some(json("7")))],
        ..User::default()
    };
    check(&mut World::new(&with(user)), &[Advance("PT59M"), Advance("PT1M")], "@4");
}

#[test]
fn a_task_that_falls_due_without_a_default_has_a_fault_and_is_opened_again_by_a_retry() {
    let user = User { due: Some("PT1H".to_owned()), ..block() };
    check(&mut World::new(&with(user)), &[Advance("PT1H"), Retry, Answer("u", r#"{"verdict":"x"}"#)], "@5");
}

#[test]
fn a_task_that_falls_due_can_end_the_instance() {
    let user =
        User { due: Some("1970-01-01T01:00:00Z".to_owned()), due_handle: DueHandle::Interrupt, ..User::default() };
    check(&mut World::new(&with(user)), &[Advance("PT1H")], "@6");
}

#[test]
fn a_termination_cancels_the_task() {
    check(&mut World::new(&with(User::default())), &[Terminate], "@7");
}

#[test]
fn an_answer_whose_mapping_fails_is_kept_for_the_retry() {
    let user = User { output: vec![("n".to_owned(), "output.a + 1".to_owned())], ..User::default() };
    check(&mut World::new(&with(user)), &[Answer("u", r#"{"a":"x"}"#), Retry], "@8");
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
