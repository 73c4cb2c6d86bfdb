//! Evaluations without a value.

use model::Value;

use super::{check_fault, eval, scope};
use crate::{Budget, Fault, Program};

#[test]
fn arithmetic_on_null_and_on_other_kinds_is_a_fault() {
    check_fault("data_object.absent + 1", "'+' cannot be applied to null and number at 1:22");
    check_fault("x - 'a'", "'-' cannot be applied to number and string at 1:5");
    check_fault("'a' + x", "'+' cannot be applied to string and number (string(x) makes a string of any value) at 1:7");
    check_fault("x + 1 + null + 2", "'+' cannot be applied to number and null at 1:9");
    check_fault("'a' + 'b' - 1", "'-' cannot be applied to string and number at 1:13");
    check_fault("-'a'", "'-' needs a number, not string at 1:1");
    check_fault("-null", "'-' needs a number, not null at 1:1");
}

#[test]
fn division_by_zero_and_numbers_without_end_are_faults() {
    check_fault("1 / 0", "division by zero at 1:5");
    check_fault("1 % 0", "division by zero at 1:5");
    check_fault("1.5 / 0.0", "division by zero at 1:7");
    check_fault("1e308 * 10", "the result is too large for a number at 1:9");
}

#[test]
fn only_like_kinds_have_an_order() {
    check_fault("1 < 'a'", "'<' cannot compare number and string at 1:3");
    check_fault("[1] >= [1]", "'>=' cannot compare list and list at 1:5");
    check_fault("1 in 'text'", "'in' needs a list or an object on its right, not string at 1:3");
}

#[test]
fn conditions_are_booleans() {
    check_fault("x ? 1 : 2", "'?:' needs a boolean, not number at 1:1");
    check_fault("true && name", "'&&' needs a boolean, not string at 1:9");
    check_fault("false ||\n name", "'||' needs a boolean, not string at 2:2");
    check_fault("!data_object", "'!' needs a boolean, not object at 1:2");
}

#[test]
fn keys_and_positions_have_their_kinds() {
    check_fault("{null: 1}", "a key is a string, a number or a boolean, not null at 1:1");
    check_fault("data_object.ports['a']", "a list is indexed by a number, not string at 1:18");
    check_fault("data_object[[1]]", "a key is a string, a number or a boolean, not list at 1:12");
}

#[test]
fn an_unknown_name_is_told() {
    assert_eq!(eval("nobody.home"), Err(Fault::UnknownName("nobody".to_owned())));
    assert_eq!(eval("has(nobody.home)"), Err(Fault::UnknownName("nobody".to_owned())));
    assert_eq!(eval("true || nobody"), Ok(Value::Bool(true)));
}

#[test]
fn evaluations_share_one_budget() {
    let program = Program::compile("[1, 2, 3].map(i, i + x)").expect("compiles");
    let mut budget = Budget { steps: 40, bytes: 1_000 };
    assert!(program.eval(&scope(), &mut budget).is_ok());
    assert!(budget.steps < 30 && budget.bytes < 1_000, "{budget:?}");
    assert!(program.eval(&scope(), &mut budget).is_ok());
    assert_eq!(program.eval(&scope(), &mut budget), Err(Fault::Budget("steps")));
    assert_eq!(budget.steps, 0);
}
