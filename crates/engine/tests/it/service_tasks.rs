//! Service tasks: effects, retries, results, effect keys.

use std::time::Duration;

use bpmn::executable::{Backoff, OnError, Retry as Policy};
use engine::command::Failure;
use engine::{Command, Effect, Rejection};
use testkit::process::{Process, Service};

use crate::world::Do::{Advance, Fail, Ok, Refuse, Retry, RetryWith, Terminate};
use crate::world::{World, check, failure, json};

fn with(service: Service) -> Process {
    Process::new("p").start("s").service("a", service).end("e").path("s a e")
}

fn policy(max_attempts: u32) -> Service {
    let retry = Policy {
        max_attempts,
        backoff: Backoff::Fixed,
        initial: Duration::from_secs(10),
        max: Duration::from_secs(60),
    };
    Service { retry, ..Service::default() }
}

#[test]
fn the_input_is_evaluated_and_the_output_mapped() {
    let service = Service {
        input: json(r#"{"address":"${data_object.ip}","note":"severity ${data_object.severity}"}"#),
        output: vec![
            ("score".to_owned(), "output.score + 1".to_owned()),
            ("double".to_owned(), "score * 2".to_owned()),
            ("asked".to_owned(), "input.address".to_owned()),
        ],
        ..Service::default()
    };
    check(
        &mut World::new(&with(service)),
        &[Ok("a", r#"{"score":41}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {"address":"10.0.0.1","note":"severity 3"}
        set         #0 score = 42
        set         #0 double = 84
        set         #0 asked = "10.0.0.1"
        completed   a#2 {"score":41}
        flow        a_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn an_effect_names_component_action_and_key() {
    let mut world = World::new(&with(Service::default()));
    world.start();
    let [Effect::CallAction { key, attempt, component, action, .. }] = &world.effects[..] else { panic!("one effect") };
    assert_eq!((&**component, &**action, *attempt), ("Test", "run", 1));
    assert_eq!((Some(key.root), key.element.0, key.generation), (world.state.root(), 2, 0));
}

#[test]
fn a_retryable_failure_is_repeated_under_the_same_key_until_it_succeeds() {
    let mut world = World::new(&with(policy(3)));
    world.start();
    let first = world.effects.clone();
    check_attempts(&mut world, &first);
    assert!(world.text.contains("completed   e"), "{}", world.text);
}

fn check_attempts(world: &mut World, first: &[Effect]) {
    let key = |effects: &[Effect]| match effects {
        [Effect::CallAction { key, attempt, .. }] => (*key, *attempt),
        _ => panic!("one effect"),
    };
    let (first, _) = key(first);
    for attempt in 1..3 {
        assert_eq!(key(&world.effects), (first, attempt));
        world.steps(&[Fail("a", "HTTP.Timeout")]);
        assert!(world.effects.is_empty());
        world.steps(&[Advance("PT1S")]);
        assert!(world.effects.is_empty(), "it was repeated too early");
        world.steps(&[Advance("PT10S")]);
    }
    assert_eq!(key(&world.effects), (first, 3));
    world.steps(&[Ok("a", "null")]);
}

#[test]
fn the_last_attempt_leaves_a_fault_and_a_manual_retry_gives_new_attempts() {
    let steps = [
        Fail("a", "HTTP.Timeout"),
        Advance("PT10S"),
        Fail("a", "HTTP.Timeout"),
        Retry,
        Fail("a", "HTTP.Timeout"),
        Advance("PT10S"),
        Ok("a", "1"),
    ];
    let mut world = World::new(&with(policy(2)));
    check(
        &mut world,
        &steps,
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        retry       a#2 HTTP.Timeout at 1970-01-01T00:00:09.017Z
        started     a#2 attempt 2 {}
        faulted     a#2 HTTP.Timeout: HTTP.Timeout happened
        started     a#2 attempt 3 {}
        retry       a#2 HTTP.Timeout at 1970-01-01T00:00:18.927Z
        started     a#2 attempt 4 {}
        completed   a#2 1
        flow        a_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_failure_that_is_not_retryable_is_not_repeated() {
    check(
        &mut World::new(&with(policy(5))),
        &[Refuse("a", "HTTP.400")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        faulted     a#2 HTTP.400: HTTP.400 happened
        Failed
        "#,
    );
}

#[test]
fn on_error_continue_makes_the_failure_the_output() {
    let service = Service {
        on_error: OnError::Continue,
        output: vec![("why".to_owned(), "output.error.code".to_owned())],
        ..Service::default()
    };
    check(
        &mut World::new(&with(service)),
        &[Refuse("a", "HTTP.400")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        set         #0 why = "HTTP.400"
        completed   a#2 {"error":{"code":"HTTP.400","message":"HTTP.400 happened"}}
        flow        a_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_retry_with_other_input_makes_a_new_key() {
    let steps = [
        Refuse("a", "HTTP.400"),
        RetryWith("a", r#"{"fixed":true}"#),
        Refuse("a", "HTTP.400"),
        RetryWith("2", r#"{"fixed":true}"#),
    ];
    let mut world = World::new(&with(Service::default()));
    check(
        &mut world,
        &steps,
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        faulted     a#2 HTTP.400: HTTP.400 happened
        started     a#2 attempt 1 generation 1 {"fixed":true}
        faulted     a#2 HTTP.400: HTTP.400 happened
        started     a#2 attempt 2 generation 1 {"fixed":true}
        Running
        "#,
    );
}

#[test]
fn an_input_that_cannot_be_evaluated_is_a_fault_and_can_be_given_by_hand() {
    let service = Service { input: json(r#"{"n":"${data_object.nothing + 1}"}"#), ..Service::default() };
    check(
        &mut World::new(&with(service)),
        &[Retry, RetryWith("a", r#"{"n":2}"#), Ok("a", "2")],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        faulted     a#2 Expression.Type: the input: n: '+' cannot be applied to null and number at 1:25
        faulted     a#2 Expression.Type: the input: n: '+' cannot be applied to null and number at 1:25
        started     a#2 attempt 1 {"n":2}
        completed   a#2 2
        flow        a_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_mapping_that_fails_sets_nothing_and_is_retried_without_the_effect() {
    let service = Service {
        output: vec![("one".to_owned(), "1".to_owned()), ("two".to_owned(), "output.missing + 1".to_owned())],
        ..Service::default()
    };
    check(
        &mut World::new(&with(service)),
        &[Ok("a", "{}"), Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_a
        activated   a#2
        started     a#2 attempt 1 {}
        faulted     a#2 Expression.Type when leaving: the output mapping of 'two': '+' cannot be applied to null and number at 1:18
        faulted     a#2 Expression.Type when leaving: the output mapping of 'two': '+' cannot be applied to null and number at 1:18
        Failed
        "#,
    );
}

#[test]
fn late_and_repeated_results_are_refused() {
    let mut world = World::new(&with(policy(2)));
    world.start();
    let first = world.effect_done("a", Err(failure("HTTP.Timeout", true)));
    assert_eq!(world.send(first.clone()), Result::Ok(()));
    assert_eq!(world.send(first.clone()), Err(Rejection::NotWaiting), "between two attempts");
    world.steps(&[Advance("PT10S")]);
    assert_eq!(world.send(first.clone()), Err(Rejection::NotWaiting), "the attempt before");
    let second = world.effect_done("a", Err(failure("HTTP.Timeout", true)));
    assert_eq!(world.send(second.clone()), Result::Ok(()));
    assert_eq!(world.send(second.clone()), Err(Rejection::NotWaiting), "while it has a fault");
    world.steps(&[Retry]);
    assert_eq!(world.send(first.clone()), Err(Rejection::NotWaiting), "of before the manual retry");
    assert_eq!(world.send(second), Err(Rejection::NotWaiting), "of before the manual retry");
    let other_root = match world.effect_done("a", Result::Ok(json("1"))) {
        Command::EffectDone { mut key, attempt, result } => {
            key.root = model::InstanceId(uuid::Uuid::nil());
            Command::EffectDone { key, attempt, result }
        }
        _ => unreachable!("an effect"),
    };
    assert_eq!(world.send(other_root), Err(Rejection::NotWaiting), "of another instance");
    world.steps(&[Ok("a", "1")]);
    assert_eq!(world.send(first), Err(Rejection::Ended));
}

#[test]
fn the_pause_that_the_other_side_asks_for_is_kept() {
    let mut world = World::new(&with(policy(2)));
    world.start();
    let asked = Failure { retry_after_ms: Some(45_000), ..failure("HTTP.429", true) };
    let command = world.effect_done("a", Err(asked));
    world.send(command).expect("accepted");
    assert_eq!(world.state.next_due().map(model::Timestamp::as_millis), Some(45_000));
}

#[test]
fn an_effect_whose_node_ends_in_the_same_turn_is_not_dispatched() {
    let process = Process::new("p")
        .start("s")
        .parallel("fork")
        .service("a", Service::default())
        .pass("b")
        .terminate("stop")
        .path("s fork a")
        .path("fork b stop");
    let mut world = World::new(&process);
    world.start();
    assert!(world.effects.is_empty());
    assert!(world.text.contains("started     a"), "{}", world.text);
}

#[test]
fn a_result_after_termination_is_refused() {
    let mut world = World::new(&with(Service::default()));
    world.start();
    let late = world.effect_done("a", Result::Ok(json("1")));
    world.steps(&[Terminate]);
    assert_eq!(world.send(late), Err(Rejection::Ended));
}
