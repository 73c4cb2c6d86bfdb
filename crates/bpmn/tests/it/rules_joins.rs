//! `BASIC`: joins.

use std::fmt::Write;
use std::time::{Duration, Instant};

use bpmn::{Mode, validate};

use crate::support::{Components, check, graph, lines, read};

#[test]
fn matching_blocks_are_fine() {
    for kind in ["and", "or", "xor default=f3"] {
        let (kind, default) = kind.split_once(' ').unwrap_or((kind, ""));
        check(
            &graph(&format!(
                "start s\n{kind} g {default}\nuser a\nuser b\n{kind} j\nend e\ns -> g\ng -> a{}\ng -> b\na -> j\nb -> j\nj -> e",
                if kind == "and" { "" } else { " if x" }
            )),
            &[],
        );
    }
}

#[test]
fn a_parallel_join_behind_a_decision_never_fires() {
    check(
        &graph(
            "start s\nxor g default=f3\nuser a\nuser b\nand j\nend e
            s -> g\ng -> a if x\ng -> b\na -> j\nb -> j\nj -> e",
        ),
        &["error deadlock j"],
    );
}

#[test]
fn a_certain_deadlock_is_found_behind_a_block_and_inside_a_branch() {
    check(
        &graph(
            "start s\nand g\nuser a\nuser b\nand h\nxor x default=f7\nuser c\nuser d\nand j\nend e
            s -> g\ng -> a\ng -> b\na -> h\nb -> h\nh -> x\nx -> c\nx -> d if y\nc -> j\nd -> j\nj -> e",
        ),
        &["error deadlock j"],
    );
    check(
        &graph(
            "start s\nand g\nxor x default=f4\nuser c\nuser d\nand j\nuser b\nand k\nend e
            s -> g\ng -> x\ng -> b\nx -> c\nx -> d if y\nc -> j\nd -> j\nj -> k\nb -> k\nk -> e",
        ),
        // What waits for the dead join may wait as well.
        &["error deadlock j", "warning possible_deadlock k"],
    );
}

#[test]
fn a_decision_that_leaves_a_parallel_block_is_a_possible_deadlock() {
    check(
        &graph(
            "start s\nand g\nxor x default=f5\nuser b\nand j\nend e\nend o
            s -> g\ng -> x\ng -> b\nx -> o if y\nx -> j\nb -> j\nj -> e",
        ),
        &["warning possible_deadlock j"],
    );
    // An error boundary event is such a decision.
    check(
        &graph(
            "start s\nand g\nuser a\nboundary c on a\nuser b\nand j\nend e\nend o
            s -> g\ng -> a\ng -> b\na -> j\nc -> o\nb -> j\nj -> e",
        ),
        &["warning possible_deadlock j"],
    );
    // An inclusive split may take one branch only.
    check(
        &graph(
            "start s\nor g default=f3\nuser a\nuser b\nand j\nend e
            s -> g\ng -> a if x\ng -> b\na -> j\nb -> j\nj -> e",
        ),
        &["warning possible_deadlock j"],
    );
}

#[test]
fn unstructured_but_sound_graphs_are_left_alone() {
    // Two forks whose branches cross over.
    check(
        &graph(
            "start s\nand g\nand a\nand b\nand j\nand k\nand l\nend e
            s -> g\ng -> a\ng -> b\na -> j\na -> k\nb -> j\nb -> k\nj -> l\nk -> l\nl -> e",
        ),
        &[],
    );
    // A loop inside a branch.
    check(
        &graph(
            "start s\nand g\nxor m\nuser a\nxor x default=f6\nuser b\nand j\nend e
            s -> g\ng -> m\nm -> a\na -> x\nx -> m if again\nx -> j\ng -> b\nb -> j\nj -> e",
        ),
        &[],
    );
    // An early exit outside any block.
    check(&graph("start s\nxor x default=f2\nuser a\nend e\nend o\ns -> x\nx -> a\nx -> o if y\na -> e"), &[]);
    // An inclusive join fires for whatever comes.
    check(
        &graph(
            "start s\nxor g default=f3\nuser a\nuser b\nor j\nend e\ns -> g\ng -> a if x\ng -> b\na -> j\nb -> j\nj -> e",
        ),
        &[],
    );
}

#[test]
fn parallel_paths_that_meet_without_a_join_are_reported_where_they_meet() {
    check(
        &graph("start s\nand g\nuser a\nuser b\nuser m\nend e\ns -> g\ng -> a\ng -> b\na -> m\nb -> m\nm -> e"),
        &["warning lack_of_synchronisation m"],
    );
    check(
        &graph(
            "start s\nor g default=f2\nuser a\nuser b\nxor m\nend e\ns -> g\ng -> a\ng -> b if x\na -> m\nb -> m\nm -> e",
        ),
        &["warning lack_of_synchronisation m"],
    );
    check(
        &graph("start s\nand g\nuser a\nuser b\nend e\ns -> g\ng -> a\ng -> b\na -> e\nb -> e"),
        &["warning several_completions e"],
    );
    // Ends of their own are the usual way to end parallel paths.
    check(&graph("start s\nand g\nend a\nend b\ns -> g\ng -> a\ng -> b"), &[]);
    // An activity with two outgoing flows is a fork as well.
    check(
        &graph("start s\nuser g\nuser m\nend e\ns -> g\ng -> m\ng -> m\nm -> e"),
        &["warning lack_of_synchronisation m"],
    );
}

#[test]
fn joins_in_sub_processes_are_looked_at() {
    check(
        &graph(
            "start s\nsub u\nstart i\nxor g default=f2\nand j\nend k\ni -> g\ng -> j\ng -> j if y\nj -> k\n}
            end e\ns -> u\nu -> e",
        ),
        &["error deadlock j"],
    );
}

/// Graphs of tens of thousands of elements, in the shapes that are worst for the rules.
#[test]
fn large_graphs_are_validated_in_seconds() {
    let mut chain = String::from("start s\nend e\n");
    let mut blocks = String::from("start s\nand g0\nend e\ns -> g0\n");
    let mut tangle = String::from("start s\nend e\n");
    let mut fan = String::from("start s\nand g\nand j\nend e\ns -> g\nj -> e\n");
    for i in 0..20_000 {
        writeln!(chain, "task t{i}\n{} -> t{i}", if i == 0 { "s".to_owned() } else { format!("t{}", i - 1) }).unwrap();
    }
    chain.push_str("t19999 -> e");
    for i in 0..6_000 {
        let next = i + 1;
        writeln!(blocks, "task a{i}\nand g{next}\ng{i} -> a{i}\ng{i} -> g{next}\na{i} -> g{next}").unwrap();
    }
    blocks.push_str("g6000 -> e");
    tangle.push_str("s -> x0\n");
    for i in 0..6_000 {
        // Alternating splits and joins that match nobody.
        let kind = ["and", "xor", "or"][i % 3];
        writeln!(tangle, "{kind} x{i}\nx{i} -> x{}\nx{i} -> x{}", (i + 1) % 6_000, (i * 7 + 3) % 6_000).unwrap();
    }
    tangle.push_str("x5999 -> e");
    for i in 0..15_000 {
        writeln!(fan, "task t{i}\ng -> t{i}\nt{i} -> j").unwrap();
    }
    let mut meeting = String::from("start s\nand g\nxor j\nend e\ns -> g\nj -> e\n");
    let mut choice = String::from("start s\nxor g default=f2\nend e\ns -> g\ng -> e\n");
    for i in 0..10_000 {
        meeting.push_str("g -> j\n");
        writeln!(choice, "g -> e if data_object.n == {i}").unwrap();
    }
    let shapes = [
        ("chain", chain),
        ("blocks", blocks),
        ("tangle", tangle),
        ("fan", fan),
        ("meeting", meeting),
        ("choice", choice),
    ];
    for (name, text) in shapes {
        let document = read(&graph(&text));
        let started = Instant::now();
        let found = validate(&document, "", &Mode::ALL, &Components);
        // Generous: unoptimised, on a busy machine.
        assert!(started.elapsed() < Duration::from_secs(20), "{name}: {:?}", started.elapsed());
        assert_eq!(found.is_empty(), !matches!(name, "tangle" | "meeting"), "{name}: {:#?}", lines(&found));
    }
}
