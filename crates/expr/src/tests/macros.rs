//! `all`, `exists`, `exists_one`, `map`, `filter`.

use super::{check, check_error, check_fault};

#[test]
fn macros_over_lists() {
    check("data_object.ports.all(p, p > 20)", "true");
    check("data_object.ports.all(p, p > 22)", "false");
    check("data_object.ports.exists(p, p == 80)", "true");
    check("data_object.ports.exists(p, p == 81)", "false");
    check("data_object.tags.exists_one(t, t == 'brute')", "true");
    check("data_object.tags.exists_one(t, t == 'ssh')", "false");
    check("data_object.tags.existsOne(t, t == 'none')", "false");
    check("data_object.ports.map(p, p * 2)", "[44,160,886]");
    check("data_object.ports.map(p, p > 22, p * 2)", "[160,886]");
    check("data_object.ports.filter(p, p != 80)", "[22,443]");
    check("nodes.lookup.output.hits.map(h, h.n)", "[1,2]");
}

#[test]
fn macros_over_objects_walk_the_keys() {
    check("{'a': 1, 'b': 2}.map(k, k + '!')", r#"["a!","b!"]"#);
    check("vars.obj.exists(k, true)", "false");
}

#[test]
fn macros_over_null_find_nothing() {
    check("data_object.absent.all(x, false)", "true");
    check("data_object.absent.exists(x, true)", "false");
    check("data_object.absent.exists_one(x, true)", "false");
    check("data_object.absent.map(x, x)", "[]");
    check("data_object.absent.filter(x, true)", "[]");
}

#[test]
fn the_answer_ends_the_walk() {
    check("[1, 0].exists(i, 1 / i == 1)", "true");
    check("[2, 0].all(i, 1 / i == 1)", "false");
}

#[test]
fn variables_are_bound_inside_only_and_inner_ones_win() {
    check("[1, 2].map(x, [10, 20].map(y, x + y))", "[[11,21],[12,22]]");
    check("[1, 2].map(x, [10].map(x, x))", "[[10],[10]]");
    check("[1].map(x, x)[0] + x", "6");
    check("[[1, 2], [3]].map(l, l.filter(i, i in l && l.exists(j, j > i)))", "[[1],[]]");
    check("[1, 2].filter(i, [3].exists(i, i == 3) && i == 2)", "[2]");
}

#[test]
fn null_is_false_as_a_test() {
    check("nodes.lookup.output.hits.filter(h, h.flag)", "[]");
}

#[test]
fn misuse_is_named() {
    check_error("[1].map(x.y, 1)", "the first argument of map() is a plain name, not an expression at 1:5");
    check_error("[1].map(x)", "wrong number of arguments for list.map(x, value) at 1:5");
    check_error("[1].all(x, true, true)", "wrong number of arguments for list.all(x, test) at 1:5");
    check_error("map(x, y)", "'map' is called on a list, like list.map(x, …) at 1:1");
    check_error("has(x)", "has() asks for a member, like has(a.b) or has(a['b']) at 1:1");
    check_fault("x.map(y, y)", "map() needs a list or an object, not number at 1:3");
    check_fault("[1].filter(y, y)", "filter() needs a boolean, not number at 1:15");
}
