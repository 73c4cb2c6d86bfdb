//! What is refused, and in which words.

use super::{check_cell_error, check_error};

#[test]
fn what_is_beyond_s_feel_is_named_with_its_place() {
    check_error("contains(x, \"a\")", "only S-FEEL is understood, not the function 'contains(…)' at 1:1");
    check_error("1 + sum(x)", "only S-FEEL is understood, not the function 'sum(…)' at 1:5");
    check_error("a.size()", "only S-FEEL is understood, not the function 'size(…)' at 1:3");
    check_error("if a then b else c", "only S-FEEL is understood, not 'if' at 1:1");
    check_error("for i in a return i", "only S-FEEL is understood, not 'for' at 1:1");
    check_error("some i in a satisfies i > 1", "only S-FEEL is understood, not 'some' at 1:1");
    check_error("a > 1 and b > 2", "only S-FEEL is understood, not 'and' at 1:7");
    check_error("a or b", "only S-FEEL is understood, not 'or' at 1:3");
    check_error("a in [1..5]", "only S-FEEL is understood, not 'in' at 1:3");
    check_error("a between 1 and 5", "only S-FEEL is understood, not 'between' at 1:3");
    check_error("a instance of number", "only S-FEEL is understood, not 'instance' at 1:3");
    check_error("a[1]", "only S-FEEL is understood, not a filter in '[…]' at 1:2");
    check_error("{a: 1}", "only S-FEEL is understood, not a context in braces at 1:1");
    check_error("@\"2025-01-01\"", "only S-FEEL is understood, not '@': write date(\"…\") at 1:1");
    check_error("not(a)", "only S-FEEL is understood, not the function 'not(…)' at 1:1");
    check_cell_error("? > 5", "only S-FEEL is understood, not '?': the input is what a cell tests at 1:1");
    check_cell_error("5, contains(?, 1)", "only S-FEEL is understood, not the function 'contains(…)' at 1:4");
    check_cell_error(
        "[1, 2]",
        "only S-FEEL is understood, not a list: the values that a cell allows stand without brackets, like \"a\", \"b\" at 1:3",
    );
}

#[test]
fn names_with_spaces_are_told_of() {
    check_error(
        "Asset criticality",
        "unexpected 'criticality' behind 'Asset': a name with spaces is not understood at 1:7",
    );
    check_cell_error("> My limit", "unexpected 'limit' behind 'My': a name with spaces is not understood at 1:6");
    check_error("alert.asset class", "unexpected 'class' behind 'asset': a name with spaces is not understood at 1:13");
}

#[test]
fn slips_are_told_with_what_would_be_right() {
    check_error("", "the expression is empty at 1:1");
    check_error("  ", "the expression is empty at 1:3");
    check_error("a == 1", "'==' is not an operator ('=' compares) at 1:3");
    check_error("'High'", "unexpected ''': a string stands in double quotes, like \"High\" at 1:1");
    check_error("“High”", "unexpected '“': a string stands in double quotes, like \"High\" at 1:1");
    check_error("5 – 3", "unexpected '–': the minus sign is '-' at 1:3");
    check_error("\"High", "unclosed string at 1:1");
    check_error("\"a\nb\"", "unclosed string at 1:1");
    check_error("\"a\\", "unclosed string at 1:3");
    check_error("\"\\q\"", "unknown escape '\\q' in a string at 1:2");
    check_error("\"\\uD800\"", "an escape in a string names no character at 1:2");
    check_error("\"\\u12\"", "an escape in a string names no character at 1:2");
    check_error("1e5", "'1e5' is neither a number nor a name at 1:1");
    check_error("5x", "'5x' is neither a number nor a name at 1:1");
    check_error("1 +", "something is missing at 1:4");
    check_error("(1", "')' is missing at 1:3");
    check_error("1)", "unexpected ')' at 1:2");
    check_error("a.", "a name is missing behind '.' at 1:3");
    check_error("a.1", "unexpected '0.1' at 1:2");
    check_error("1 < 2 < 3", "a comparison of a comparison needs brackets at 1:7");
    check_error("1, 2", "unexpected ',' at 1:2");
    check_error("[1..5]", "an interval stands in a cell that tests, not in an expression at 1:3");
    check_error("a ; b", "unexpected ';' at 1:3");
    check_error("a\u{0}", "unexpected character U+0000 at 1:2");
    check_error("größe +\n + 1", "unexpected '+' at 2:2");
    check_error("\"a\" \"b\"", "unexpected string at 1:5");
}

#[test]
fn slips_in_cells_are_told_with_what_would_be_right() {
    check_cell_error("a > 5", "unexpected '>': a test has nothing on the left of its operator, like '> 5' at 1:3");
    check_cell_error("= 5", "unexpected '=' at 1:1");
    check_cell_error("1..5", "unexpected '..': an interval stands in brackets, like [1..5] at 1:2");
    check_cell_error("[1..5", "the interval has no end: ']', ')' or '[' is missing at 1:6");
    check_cell_error(
        "[1.5]",
        "only S-FEEL is understood, not a list: the values that a cell allows stand without brackets, like \"a\", \"b\" at 1:5",
    );
    check_cell_error("[1", "'..' is missing at 1:3");
    check_cell_error("(1", "')' is missing at 1:3");
    check_cell_error("[..5]", "unexpected '..': an interval stands in brackets, like [1..5] at 1:2");
    check_cell_error("5,", "something is missing at 1:3");
    check_cell_error(",5", "unexpected ',' at 1:1");
    check_cell_error("-, 5", "'-' means any value, and stands alone at 1:1");
    check_cell_error("not(-)", "'-' means any value, and stands alone at 1:5");
    check_cell_error("not(5", "')' is missing at 1:6");
    check_cell_error("not(5), 6", "unexpected ',' at 1:7");
    check_cell_error("not()", "unexpected ')' at 1:5");
    check_cell_error("not 5", "only S-FEEL is understood, not 'not' at 1:1");
    check_cell_error("High risk", "unexpected 'risk' behind 'High': a name with spaces is not understood at 1:6");
}
