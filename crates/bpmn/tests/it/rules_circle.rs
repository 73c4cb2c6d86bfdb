//! `CIRCLE`.

use bpmn::{Mode, validate};

use crate::support::{Components, check_modes, graph, read};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_modes(&graph(text), "", &[Mode::Circle], expected);
}

#[test]
fn a_loop_with_a_decision_to_leave_is_fine() {
    check("start s\nuser a\nxor x default=f4\nend e\ns -> a\na -> x\nx -> a if again\nx -> e", &[]);
}

#[test]
fn a_loop_without_a_path_to_an_end_is_reported_with_its_nodes() {
    let text = "start s\nuser a\nxor x\nend e\ns -> a\na -> x\nx -> a";
    check(text, &["error endless_loop a"]);
    let found = validate(&read(&graph(text)), "", &[Mode::Circle], &Components);
    assert!(found[0].message.contains("a, x"), "{}", found[0].message);
}

#[test]
fn a_loop_on_one_node_and_a_loop_of_many_nodes_are_found() {
    check("start s\nuser a\ns -> a\na -> a", &["error endless_loop a"]);
    let mut text = String::from("start s\ns -> t0\n");
    for i in 0..30 {
        text.push_str(&format!("task t{i}\nt{i} -> t{}\n", (i + 1) % 30));
    }
    check(&text, &["error endless_loop t0"]);
    let found = validate(&read(&graph(&text)), "", &[Mode::Circle], &Components);
    assert!(found[0].message.ends_with("t19 and 10 more"), "{}", found[0].message);
}

#[test]
fn a_fork_that_feeds_itself_never_ends() {
    check("start s\nxor m\nand g\nend e\ns -> m\nm -> g\ng -> m\ng -> e", &["error endless_loop m"]);
    // … unless the other branch ends everything.
    check("start s\nxor m\nand g\nterminate e\ns -> m\nm -> g\ng -> m\ng -> e", &[]);
    // A join that waits for a second token from outside stops after one round: a deadlock, not a loop.
    check("start s\nand g\nend e\ns -> g\ng -> g\ng -> e", &[]);
}

#[test]
fn a_boundary_event_is_a_way_out() {
    check("start s\nuser a\nboundary b on a\nend e\ns -> a\na -> a\nb -> e", &[]);
}

#[test]
fn loops_inside_a_sub_process_are_found() {
    check("start s\nsub u\nstart i\nuser a\ni -> a\na -> a\n}\nend e\ns -> u\nu -> e", &["error endless_loop a"]);
}

#[test]
fn the_structure_is_not_the_business_of_this_mode() {
    check("user a\nuser b\na -> b", &[]);
}
