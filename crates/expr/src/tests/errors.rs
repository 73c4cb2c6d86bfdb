//! Texts that are not expressions: one sentence, the right place, nothing of the parser's own words.

use super::check_error;

#[test]
fn syntax() {
    check_error("", "the expression is empty at 1:1");
    check_error("  // only a comment", "the expression is empty at 1:20");
    check_error("a +", "the expression ends too early at 1:4");
    check_error("a + * b", "unexpected '*' at 1:5");
    check_error("a b", "unexpected name 'b' at 1:3");
    check_error("a 'b'", "unexpected string 'b' at 1:3");
    check_error("f(, a)", "unexpected ',' at 1:3");
    check_error("f(a,)", "unexpected ')' at 1:5");
    check_error("a.5", "unexpected '.' at 1:2");
    check_error("a..b", "unexpected '.' at 1:2");
    check_error("in", "unexpected 'in' at 1:1");
    check_error("{a, b}", "unexpected ',' at 1:3");
    check_error("a ? b", "the expression ends too early at 1:6");
    check_error("a\n  && ||", "unexpected '||' at 2:6");
    check_error("'日本' 告", "unexpected name '告' at 1:6");
    check_error("Alert{name: 1}", "unexpected '{' at 1:6");
    check_error(".a", "unexpected '.' before a name at 1:2");
    check_error("a.?b", "unexpected '.' at 1:2");
    check_error("a[?0]", "unexpected '[' at 1:2");
}

#[test]
fn characters_and_literals() {
    check_error("a = 1", "'=' is not an operator ('==' compares) at 1:3");
    check_error("a & b", "'&' is not an operator ('&&' is 'and') at 1:3");
    check_error("a | b", "'|' is not an operator ('||' is 'or') at 1:3");
    check_error("a # b", "unexpected '#' at 1:3");
    check_error("😀", "unexpected '😀' at 1:1");
    check_error("a\u{0}", "unexpected character U+0000 at 1:2");
    check_error("'open", "unclosed string at 1:1");
    check_error("'open\n'", "unclosed string at 1:1");
    check_error("'''open''", "unclosed string at 1:1");
    check_error(r"'\q'", r"unknown escape '\q' in a string at 1:2");
    check_error(r"'\uD800'", "an escape in a string names no character at 1:2");
    check_error(r"'\u12'", "an escape in a string names no character at 1:2");
    check_error("'\\", "unclosed string at 1:2");
    check_error("b'bytes'", "byte strings are not supported at 1:1");
    check_error("1abc", "'1abc' is not a number at 1:1");
    check_error("0x", "the number is too large at 1:1");
    check_error("1e999", "the number is too large at 1:1");
    check_error("`a", "unclosed or empty '``' name at 1:1");
    check_error("a.``", "unclosed or empty '``' name at 1:3");
}

#[test]
fn brackets() {
    check_error("(a", "unclosed '(' at 1:1");
    check_error("[(a]", "unexpected ']' while '(' is open at 1:4");
    check_error("a)", "unmatched ')' at 1:2");
    check_error("a}", "unmatched '}' at 1:2");
}

#[test]
fn functions() {
    check_error("x.nothing()", "unknown function 'nothing' at 1:3");
    check_error("1 + now()", "unknown function 'now' at 1:5");
    check_error("contains('a')", "wrong number of arguments for contains(x, part) at 1:1");
    check_error("'a'.contains('b', 'c')", "wrong number of arguments for contains(x, part) at 1:5");
    check_error("coalesce()", "wrong number of arguments for coalesce(a, b, …) at 1:1");
    check_error("x.matches('(')", "not a regular expression (unclosed group) at 1:3");
    check_error(r"x.matches(r'(\w{100}){100}')", "the regular expression is too large when compiled at 1:3");
    check_error("f.g(1)(2)", "unexpected '(' at 1:7");
}

#[test]
fn braces_around_the_whole() {
    check_error("${x", "unclosed '${' at 1:1");
    check_error("\n#{x", "unclosed '#{' at 2:1");
    check_error("${x} + 1", "unexpected '+' behind the closing '}' at 1:6");
    check_error("x + ${x}", "unexpected '$' at 1:5");
    check_error("${}", "the expression is empty at 1:3");
}
