//! `${…}` in JSON.

use std::sync::Arc;

use model::Value;

use super::{check_template, scope};
use crate::{Budget, Fault, Template};

#[track_caller]
fn check_refused(template: &str, expected: &str) {
    let value = Value::from_json(template).expect("the template is JSON");
    match Template::compile(&value) {
        Ok(template) => panic!("{template:?} compiles"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

fn eval(template: &Value) -> Result<Value, Fault> {
    Template::compile(template).expect("compiles").eval(&scope(), &mut Budget::default())
}

#[test]
fn one_expression_keeps_its_type() {
    check_template(r#""${x}""#, "5");
    check_template(r#""${ data_object.ports }""#, "[22,80,443]");
    check_template(r#""${data_object.absent}""#, "null");
}

#[test]
fn other_strings_are_interpolated() {
    check_template(r#""${x} and ${name}""#, r#""5 and web""#);
    check_template(r#"" ${x}""#, r#"" 5""#);
    check_template(r#""${x}${x}""#, r#""55""#);
    check_template(r#""[${data_object.absent}] ${data_object.ports} 😀${true}""#, r#""[] [22,80,443] 😀true""#);
    check_template(r#""${x} costs $5 {x} $""#, r#""5 costs $5 {x} $""#);
}

#[test]
fn the_closing_brace_is_found() {
    check_template(r#""${ {'a': {'b': x}}.a } ""#, r#""{\"b\":5} ""#);
    check_template(r#""${ '}' + \"}\" + '''}'}''' } ""#, r#""}}}'} ""#);
    check_template(r#""${ [{'}': 1}].map(e, e['}'])[0] }}""#, r#""1}""#);
    check_template(r#""${ '\\'}' }""#, r#""'}""#);
}

#[test]
fn doubled_dollars_stand_for_themselves() {
    check_template(r#""$${x}""#, r#""${x}""#);
    check_template(r#""$${x} ${x} $$${x}""#, r#""${x} 5 $${x}""#);
    check_template(r#"["$${", "a"]"#, r#"["${","a"]"#);
}

#[test]
fn lists_and_objects_are_walked_and_keys_are_not() {
    check_template(
        r#"{"${x}": "${x}", "list": [1, "${name}", {"deep": "n=${x}"}], "plain": {"a": null}}"#,
        r#"{"${x}":5,"list":[1,"web",{"deep":"n=5"}],"plain":{"a":null}}"#,
    );
}

#[test]
fn a_template_without_expressions_shares_its_value() {
    let value = Value::from_json(r#"{"a": [1, 2], "b": "text"}"#).expect("JSON");
    let result = eval(&value).expect("has a value");
    match (&value, &result) {
        (Value::Map(before), Value::Map(after)) => assert!(Arc::ptr_eq(before, after)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_of_all_expressions_are_told() {
    let value = Value::from_json(r#"{"a": "${x + data_object.y}", "b": ["${x}", "$${no}", "-${vars.z}"]}"#);
    let names = Template::compile(&value.expect("JSON")).expect("compiles").names();
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["x", "data_object", "vars"]);
}

#[test]
fn errors_tell_the_path_and_the_place_in_the_string() {
    check_refused(r#""a ${x""#, "unclosed '${' at 1:3");
    check_refused(r#""a ${ '} ""#, "unclosed string at 1:6");
    check_refused(r#"{"in": [0, {"b": "text ${x +}"}]}"#, "in.1.b: the expression ends too early at 1:11");
    check_refused(r#"{"a": "${}"}"#, "a: the expression is empty at 1:3");
    check_refused(r#"{"a": "${x} ${(x}"}"#, "a: unexpected '}' while '(' is open at 1:10");
}

#[test]
fn faults_tell_the_path_and_the_place_in_the_string() {
    let value = Value::from_json(r#"{"in": [0, {"b": "n=${x + null}"}]}"#).expect("JSON");
    assert_eq!(
        eval(&value).map_err(|fault| fault.to_string()),
        Err("in.1.b: '+' cannot be applied to number and null at 1:9".to_owned())
    );
}

#[test]
fn whole_objects_count_for_the_budget() {
    let big = Value::string("x".repeat(1_000));
    let scope = Value::object([("big", Value::list(vec![big; 100]))]);
    let template = Template::compile(&Value::list(vec![Value::string("${big}"); 20])).expect("compiles");
    let mut budget = Budget { steps: 1_000, bytes: 1_000_000 };
    let result = template.eval(scope.as_map().expect("an object"), &mut budget);
    assert_eq!(result, Err(Fault::Budget("bytes")));
}
