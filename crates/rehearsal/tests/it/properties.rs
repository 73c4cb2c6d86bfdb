//! Random processes with random mocks.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::command::Failure;
use model::Value;
use proptest::prelude::*;
use rehearsal::scripts::Ran;
use rehearsal::{Happened, Mocks, Outcome, Plan, Scripts, Status, Workflow, rehearse};
use testkit::random::{CODES, Sample, processes};

use crate::world::{Anything, json};

/// What random processes expect of a script.
struct Total;

impl Scripts for Total {
    fn run(&mut self, _source: &str, _scope: &Value, _timeout: Option<Duration>) -> Result<Ran, Failure> {
        Ok(Ran { value: Value::int(1), vars: json(r#"{"total":1}"#) })
    }
}

/// The ids of the elements of this name, in the XML that the builder writes.
fn ids<'x>(xml: &'x str, element: &str) -> Vec<&'x str> {
    let begin = format!("<{element} id=\"");
    xml.split(&*begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn answer(choice: u8, person: bool) -> String {
    let code = CODES[usize::from(choice) % CODES.len()];
    match (choice % 8, person) {
        (0, true) => r#"{"terminate":true}"#.to_owned(),
        (1, true) => r#"{"answer":{"verdict":"late"},"after":"P20D"}"#.to_owned(),
        (2, true) => r#"{"answer":{}}"#.to_owned(),
        (_, true) => format!(r#"{{"answer":{{"verdict":"{choice}"}},"after":"PT{choice}M"}}"#),
        (0 | 1, false) => format!(r#"{{"error":{{"code":"{code}","retryable":true}}}}"#),
        (2, false) => format!(r#"{{"error":{{"code":"{code}"}},"after":"PT{choice}S"}}"#),
        (_, false) => format!(r#"{{"output":{{"total":{choice}}},"after":"PT{choice}S"}}"#),
    }
}

fn run(sample: &Sample, choices: &[u8]) -> Outcome {
    let xml = sample.root.xml();
    let children: Vec<String> = sample.children.iter().map(testkit::process::Process::xml).collect();
    let mut mocks = Vec::new();
    let mut next = choices.iter().copied().cycle();
    for text in std::iter::once(&xml).chain(&children) {
        for (element, person) in [("serviceTask", false), ("userTask", true)] {
            for id in ids(text, element) {
                let answers: Vec<String> = next.by_ref().take(2).map(|choice| answer(choice, person)).collect();
                mocks.push(format!(r#""{id}":[{}]"#, answers.join(",")));
            }
        }
    }
    let prepare = |text: &String| Workflow::read(text, "").expect("BPMN").prepare(&Anything);
    let (workflow, with) = (prepare(&xml), children.iter().map(prepare).collect::<Vec<_>>());
    assert!(!workflow.has_error(), "{:#?}\n{xml}", workflow.problems);
    let mut plan = Plan::new(&workflow);
    plan.with = with.iter().collect();
    plan.mocks = Mocks::read(&json(&format!("{{{}}}", mocks.join(",")))).expect("mocks");
    plan.max_steps = 500;
    rehearse(&plan, &mut Total).expect("runs")
}

/// For each node of each instance how often it started, completed, and ended otherwise.
fn counts(outcome: &Outcome) -> BTreeMap<(usize, &str), [u32; 3]> {
    let mut counts: BTreeMap<(usize, &str), [u32; 3]> = BTreeMap::new();
    for entry in &outcome.trace {
        let place = match entry.event {
            Happened::Started => 0,
            Happened::Completed => 1,
            Happened::Failed | Happened::Cancelled | Happened::Compensated => 2,
        };
        counts.entry((entry.instance, &entry.node)).or_default()[place] += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_rehearsal_ends_the_same_way_each_time(sample in processes(), choices in prop::collection::vec(0_u8..64, 1..20)) {
        let outcome = run(&sample, &choices);
        prop_assert_eq!(&outcome, &run(&sample, &choices));
        prop_assert!(outcome.trace.is_sorted_by_key(|entry| entry.at), "the clock does not go back");
        for ((instance, node), [started, completed, ended]) in counts(&outcome) {
            prop_assert!(completed <= started, "{node} of {instance}: {}", outcome.to_text());
            let over = matches!(outcome.instances[instance].status, Status::Finished | Status::Terminated);
            prop_assert!(!over || completed + ended >= started, "{node} of {instance}: {}", outcome.to_text());
        }
        for instance in &outcome.instances {
            // One that waits may have a fault beside.
            let faulty = match instance.status {
                Status::Failed => instance.fault.is_some(),
                Status::Finished | Status::Terminated => instance.fault.is_none(),
                Status::Waiting => true,
            };
            prop_assert!(faulty, "{}", outcome.to_text());
        }
    }
}
