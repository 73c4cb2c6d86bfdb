//! Expressions read names that exist: context, declared inputs, and variables that some node sets.

use crate::ast::Process;
use crate::compile::{CONTEXT_NAMES, Lowered};
use crate::problem::{At, Problems, rule};

pub(super) fn check(process: &Process, lowered: &Lowered, problems: &mut Problems) {
    for used in &lowered.uses {
        for name in &used.names {
            let known =
                CONTEXT_NAMES.contains(&&**name) || lowered.sets.contains(name) || process.inputs.contains(name);
            if !known {
                let message = format!("nothing in the process sets '{name}'");
                problems.warning(rule::UNKNOWN_NAME, At { id: Some(&used.id), line: used.line }, message);
            }
        }
    }
}
