//! JUEL words.

use super::{check, check_error};

#[test]
fn words_are_operators() {
    check("data_object.severity eq 'High' and not empty vars.name", "true");
    check("1 lt 2 and 2 gt 1 and 1 le 1 and 1 ge 1 and 1 ne 2", "true");
    check("false or true", "true");
    check("7 div 2", "3.5");
    check("7 mod 2", "1");
    check("not false", "true");
    check("not (x eq 5)", "false");
    check("not not true", "true");
}

#[test]
fn empty_takes_the_operand_behind_it() {
    check("empty vars.empty", "true");
    check("empty vars.none", "true");
    check("empty vars.list", "true");
    check("empty vars.obj", "true");
    check("empty data_object.tags", "false");
    check("empty data_object.tags[9]", "true");
    check("empty data_object.title.trim()", "false");
    check("empty vars.empty and x == 5", "true");
    check("!empty vars.empty", "false");
    check("not empty vars.empty or empty vars.none", "true");
    check("[empty vars.none, empty name]", "[true,false]");
    check("empty (vars.empty)", "true");
    check("empty(vars.name)", "false");
    check("empty '' == true", "true");
    check("empty empty vars.empty", "false");
}

#[test]
fn words_stay_names_where_a_name_stands() {
    check("empty", "1");
    check("empty + 1", "2");
    check("empty eq 1", "true");
    check("vars.empty", r#""""#);
    check("{'and': 1}.and", "1");
    check("{'eq': {'not': 2}}.eq.not", "2");
    check("'a and b or not c'", r#""a and b or not c""#);
    check("{'a': {'div': 4}}.a.div div 2", "2");
    check("[1].map(or, or + 1)", "[2]");
    check("data_object.`in` eq 'member'", "true");
}

#[test]
fn a_word_without_its_operand_is_an_error() {
    check_error("x eq", "the expression ends too early at 1:5");
    check_error("and x", "unexpected name 'x' at 1:5");
    check_error("x eq eq 1", "unexpected number 1 at 1:9");
}
