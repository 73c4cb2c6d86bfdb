//! What is to be rehearsed.

use std::sync::Arc;

use model::{Map, Value};

use crate::{Mocks, Prepared};

/// Nodes that a rehearsal executes at most when the caller does not say.
pub const DEFAULT_STEPS: u64 = 10_000;

/// What is to be rehearsed, with which data.
#[derive(Debug)]
pub struct Plan<'p> {
    /// The workflow's file. Its executable processes that are not started are deployed all the same.
    pub workflow: &'p Prepared,
    /// Other files whose processes can be called.
    pub with: Vec<&'p Prepared>,
    /// The processes to start, by id, in this order; empty means the first executable one.
    pub processes: Vec<String>,
    /// What expressions read as `data_object`.
    pub input: Value,
    /// First variables of each process that is started.
    pub variables: Map,
    /// Who answers for components and people.
    pub mocks: Mocks,
    /// Messages and signals from outside, each delivered when nothing else can advance without it.
    pub deliveries: Vec<Delivery>,
    /// Nodes that may be executed in all.
    pub max_steps: u64,
}

impl<'p> Plan<'p> {
    /// The first executable process, with nothing given.
    pub fn new(workflow: &'p Prepared) -> Self {
        Self {
            workflow,
            with: Vec::new(),
            processes: Vec::new(),
            input: Value::map(Map::new()),
            variables: Map::new(),
            mocks: Mocks::default(),
            deliveries: Vec::new(),
            max_steps: DEFAULT_STEPS,
        }
    }
}

/// Something that comes from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// A message.
    Message {
        /// Its name.
        name: Arc<str>,
        /// The correlation key.
        key: Option<Arc<str>>,
        /// What it brings.
        payload: Value,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: Arc<str>,
        /// What it brings.
        payload: Value,
    },
}
