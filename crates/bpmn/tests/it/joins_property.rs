//! The certain findings about joins, compared with runs: a join that is said never to fire must not fire in any run
//! of a small random graph, however its decisions go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bpmn::problem::rule;
use bpmn::{Mode, Severity, compile, validate};
use proptest::prelude::*;

use crate::support::{Components, graph, lines, read};

const KINDS: [&str; 4] = ["xor", "and", "or", "task"];
/// Runs are cut off here: a join that fires at all fires early in graphs of this size.
const STATES: usize = 3_000;

#[derive(Debug, Clone)]
struct Random {
    kinds: Vec<&'static str>,
    flows: Vec<(usize, usize)>,
}

fn random() -> impl Strategy<Value = Random> {
    (2_usize..8).prop_flat_map(|nodes| {
        let kinds = prop::collection::vec(prop::sample::select(KINDS.to_vec()), nodes);
        let flows = prop::collection::vec((0..nodes, 0..nodes), nodes..nodes * 2);
        (kinds, flows).prop_map(|(kinds, flows)| Random { kinds, flows })
    })
}

impl Random {
    /// Node 0 follows the start; every node without an outgoing flow is followed by an end.
    fn text(&self) -> String {
        let mut text = String::from("start s\ns -> n0\n");
        for (index, kind) in self.kinds.iter().enumerate() {
            writeln!(text, "{kind} n{index}").unwrap();
        }
        for (source, target) in &self.flows {
            writeln!(text, "n{source} -> n{target}").unwrap();
        }
        for index in 0..self.kinds.len() {
            if !self.flows.iter().any(|(source, _)| *source == index) {
                writeln!(text, "end e{index}\nn{index} -> e{index}").unwrap();
            }
        }
        text
    }

    /// The nodes that fire in some run. Inclusive joins fire for any token, which only makes more runs possible.
    fn fired(&self) -> BTreeSet<usize> {
        // Flow 0 is the one from the start.
        let mut flows = vec![(usize::MAX, 0)];
        flows.extend(&self.flows);
        let incoming = |node: usize| -> Vec<usize> { (0..flows.len()).filter(|flow| flows[*flow].1 == node).collect() };
        let outgoing = |node: usize| -> Vec<usize> { (0..flows.len()).filter(|flow| flows[*flow].0 == node).collect() };
        let mut fired = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![BTreeMap::from([(0_usize, 1_u8)])];
        while let Some(tokens) = open.pop() {
            if seen.len() == STATES || !seen.insert(tokens.clone()) {
                continue;
            }
            for (node, kind) in self.kinds.iter().enumerate() {
                let ways_in = incoming(node);
                let taken: Vec<Vec<usize>> = if *kind == "and" {
                    let all = !ways_in.is_empty() && ways_in.iter().all(|flow| tokens.contains_key(flow));
                    if all { vec![ways_in] } else { Vec::new() }
                } else {
                    ways_in.into_iter().filter(|flow| tokens.contains_key(flow)).map(|flow| vec![flow]).collect()
                };
                let ways_out = outgoing(node);
                let given: Vec<Vec<usize>> = match *kind {
                    "xor" if !ways_out.is_empty() => ways_out.iter().map(|flow| vec![*flow]).collect(),
                    "or" => (1..1_usize << ways_out.len())
                        .map(|set| (0..ways_out.len()).filter(|i| set >> i & 1 == 1).map(|i| ways_out[i]).collect())
                        .chain(ways_out.is_empty().then(Vec::new))
                        .collect(),
                    _ => vec![ways_out],
                };
                for taken in &taken {
                    fired.insert(node);
                    for given in &given {
                        let mut next = tokens.clone();
                        for flow in taken {
                            match next.get_mut(flow) {
                                Some(count) if *count > 1 => *count -= 1,
                                _ => drop(next.remove(flow)),
                            }
                        }
                        for flow in given {
                            let count = next.entry(*flow).or_insert(0);
                            *count = (*count + 1).min(2);
                        }
                        open.push(next);
                    }
                }
            }
        }
        fired
    }
}

proptest! {
    #[test]
    fn a_join_that_is_said_never_to_fire_does_not_fire(random in random()) {
        let found = validate(&read(&graph(&random.text())), "", &[Mode::Basic], &Components);
        let dead: Vec<&str> = found
            .iter()
            .filter(|problem| problem.rule == rule::DEADLOCK || problem.rule == rule::UNREACHABLE)
            .filter_map(|problem| problem.node.as_deref())
            .collect();
        let fired = random.fired();
        for node in dead {
            let index: usize = node.trim_start_matches(['n', 'e']).parse().unwrap();
            prop_assert!(!fired.contains(&index), "{node} fires: {:#?}\n{}", lines(&found), random.text());
        }
    }

    /// What validation lets pass can be run.
    #[test]
    fn a_graph_without_errors_compiles(random in random()) {
        let document = read(&graph(&random.text()));
        let found = validate(&document, "", &Mode::ALL, &Components);
        let compiled = compile(&document, "");
        if found.iter().all(|problem| problem.severity == Severity::Warning) {
            prop_assert!(compiled.executable.is_some(), "{:#?}", lines(&compiled.problems));
        }
    }

    /// The rules answer for any tree of elements, sensible or not.
    #[test]
    fn any_tree_of_elements_is_answered(
        tags in prop::collection::vec((prop::sample::select(bpmn::elements().map(|e| e.tag).collect::<Vec<_>>()), 0_usize..4), 0..40)
    ) {
        let mut xml = String::new();
        let mut open: Vec<&str> = Vec::new();
        for (index, (tag, close)) in tags.into_iter().enumerate() {
            let (a, b) = (index / 2, index / 3);
            write!(
                xml,
                r#"<{tag} id="n{index}" sourceRef="n{a}" targetRef="n{b}" attachedToRef="n{a}" default="n{b}" errorRef="n{a}">"#
            )
            .unwrap();
            open.push(tag);
            for _ in 0..close {
                if let Some(tag) = open.pop() {
                    write!(xml, "</{tag}>").unwrap();
                }
            }
        }
        while let Some(tag) = open.pop() {
            write!(xml, "</{tag}>").unwrap();
        }
        let document = read(&crate::support::process(&xml));
        let compiled = compile(&document, "");
        let found = validate(&document, "", &Mode::ALL, &Components);
        prop_assert!(compiled.executable.is_some() || !found.is_empty());
    }
}
