//! The rules of validation, one file each. All findings come at once.
//!
//! Every rule is linear or nearly so in the size of the graph and uses no recursion over it.

mod catalogue;
mod condition_place;
mod default_flow;
mod end_event;
mod endless_loop;
mod event_flow;
mod event_gateway;
mod joins;
mod no_default;
mod start_event;
mod transaction;
mod unknown_name;
mod unreachable;

use crate::ast::Process;
use crate::compile;
use crate::document::Document;
use crate::graph::Graph;
use crate::parse;
use crate::problem::{Problem, Problems, rule};

pub use catalogue::{Action, Catalogue, Parameter, ParameterType};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The structure: elements, references, events, reachability, joins.
    Basic,
    /// Loops without a way out.
    Circle,
    /// The settings of the nodes: components, parameters, expressions.
    AppParams,
}

impl Mode {
    /// All of them, as for a submit.
    pub const ALL: [Mode; 3] = [Mode::Basic, Mode::Circle, Mode::AppParams];

    /// Reads the contract's name: `BASIC`, `CIRCLE` or `APP_PARAMS`.
    pub fn from_wire(name: &str) -> Option<Self> {
        match name {
            "BASIC" => Some(Self::Basic),
            "CIRCLE" => Some(Self::Circle),
            "APP_PARAMS" => Some(Self::AppParams),
            _ => None,
        }
    }
}

/// Validates a document with its node settings in the given modes. The catalogue says which components there are.
pub fn validate(document: &Document, taskconfig: &str, modes: &[Mode], catalogue: &dyn Catalogue) -> Vec<Problem> {
    let (process, mut problems) = parse::parse(document, None);
    if let Some(process) = process {
        let graph = Graph::build(&process, &mut problems);
        let model = Model { process: &process, graph: &graph };
        if modes.contains(&Mode::Basic) {
            basic(&model, &mut problems);
        }
        if modes.contains(&Mode::Circle) {
            endless_loop::check(&model, &mut problems);
        }
        if modes.contains(&Mode::AppParams) {
            let lowered = compile::lower(&process, &graph, taskconfig, &mut problems);
            unknown_name::check(&process, &lowered, &mut problems);
            catalogue::check(&process, &lowered, catalogue, &mut problems);
        }
    }
    let mut found = problems.sorted();
    found.retain(|problem| {
        let mode = rule::ALL.iter().find(|(name, _)| *name == problem.rule).map(|(_, mode)| mode);
        mode.is_some_and(|mode| modes.contains(mode))
    });
    found
}

fn basic(model: &Model<'_>, problems: &mut Problems) {
    start_event::check(model, problems);
    end_event::check(model, problems);
    event_flow::check(model, problems);
    event_gateway::check(model, problems);
    transaction::check(model, problems);
    default_flow::check(model, problems);
    condition_place::check(model, problems);
    no_default::check(model, problems);
    unreachable::check(model, problems);
    joins::check(model, problems);
}

/// What the rules look at.
struct Model<'m> {
    process: &'m Process,
    graph: &'m Graph,
}
