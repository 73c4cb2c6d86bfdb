//! Several processes in one world, and what comes from outside.

use model::Value;
use rehearsal::Delivery;

use crate::world::{Given, around, check, check_notes, document, prefixed};

fn wait(duration: &str) -> String {
    around(&format!(
        r#"<intermediateCatchEvent id="n"><timerEventDefinition><timeDuration>{duration}</timeDuration>
           </timerEventDefinition></intermediateCatchEvent>"#
    ))
}

fn two() -> Given {
    Given::document(&document(&[("a", &wait("PT2H")), ("b", &prefixed("b", &wait("PT1H")))]))
}

#[test]
fn processes_start_in_the_order_given_and_share_the_clock() {
    let mut given = two();
    given.processes = vec!["a".to_owned(), "b".to_owned()];
    given.variables.insert("x".into(), Value::int(1));
    check(given, "s 1:bs 1:bn@PT1H 1:be n@PT2H e", r#"a FINISHED {"x":1}; b FINISHED {"x":1}"#);
    let mut given = two();
    given.processes = vec!["b".to_owned(), "a".to_owned()];
    check(given, "bs 1:s bn@PT1H be 1:n@PT2H 1:e", "b FINISHED {}; a FINISHED {}");
}

#[test]
fn the_first_executable_process_starts_when_none_is_named() {
    check(two(), "s n@PT2H e", "a FINISHED {}");
}

#[test]
fn one_process_may_be_started_twice() {
    let mut given = two();
    given.processes = vec!["b".to_owned(), "b".to_owned()];
    check(given, "bs 1:bs bn@PT1H be 1:bn 1:be", "b FINISHED {}; b FINISHED {}");
}

#[test]
fn an_unknown_process_is_refused_with_those_that_there_are() {
    let mut given = two();
    given.processes = vec!["c".to_owned()];
    let refused = given.run().expect_err("unknown").to_string();
    assert_eq!(refused, "there is no process 'c' that can run; there is 'a', 'b'");
}

#[test]
fn the_steps_are_those_of_all_together() {
    let mut given = two();
    given.processes = vec!["a".to_owned(), "b".to_owned()];
    given.max_steps = 3;
    check(given, "s 1:bs", "a FAILED {} (n Limit.Nodes); b FAILED {} (bn Limit.Nodes)");
}

#[test]
fn messages_and_signals_for_nobody_are_reported() {
    let mut given = two();
    let (payload, key) = (Value::Null, Some("7".into()));
    given.deliveries = vec![
        Delivery::Signal { name: "alarm".into(), payload: payload.clone() },
        Delivery::Message { name: "paid".into(), key, payload },
    ];
    let outcome = check(given, "s n@PT2H e", "a FINISHED {}");
    check_notes(&outcome, &["the signal 'alarm'", "the message 'paid' with the key '7'"]);
}
