//! Loop markers of activities.

use std::sync::Arc;

use expr::Program;

/// How often an activity is done.
#[derive(Debug)]
pub enum Loop {
    /// `standardLoopCharacteristics`: one after the other, while a condition holds.
    Standard {
        /// Whether the condition is asked before the first time as well.
        test_before: bool,
        /// The most times.
        maximum: Option<Program>,
        /// The condition; without one it goes on until the maximum.
        condition: Option<Program>,
    },
    /// `multiInstanceLoopCharacteristics`: once for each of a number of instances.
    MultiInstance(MultiInstance),
}

/// A loop over instances.
#[derive(Debug)]
pub struct MultiInstance {
    /// One after the other.
    pub sequential: bool,
    /// How many, or over what.
    pub over: Over,
    /// The variable of each instance that holds its item.
    pub element: Option<Arc<str>>,
    /// The variable around the loop that receives the list of what instances give, in the order of the items.
    pub output_collection: Option<Arc<str>>,
    /// What an instance gives; without it, its output.
    pub output_element: Option<Program>,
    /// Ends the loop early when it is true after an instance has ended.
    pub completion: Option<Program>,
    /// How many at once; `None` means all.
    pub concurrency: Option<u32>,
    /// What a failed instance means.
    pub on_failure: OnFailure,
}

/// How many instances there are.
#[derive(Debug)]
pub enum Over {
    /// A number.
    Cardinality(Program),
    /// One for each item of a list.
    Collection(Program),
}

/// What becomes of a loop whose instance has failed for good, without anything that catches the error inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The instance holds its token with a fault, unless the activity's boundary event catches it and ends the loop.
    Stop,
    /// The instance is left without an output; the loop goes on.
    Continue,
    /// The same, and its place in the list of outputs tells the error.
    Collect,
}
