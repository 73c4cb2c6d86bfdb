//! How much work evaluations may do, and how it is counted.

use model::Value;

use crate::{Fault, walk};

/// How much work evaluations may do; shared by all expressions of one node.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Steps left; each visited node of the syntax tree and each item that a function walks over is one.
    pub steps: u64,
    /// Bytes left that results may take.
    pub bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 1_000_000, bytes: 16 << 20 }
    }
}

/// Bytes of text that a plain pass over them reads in the time of one step.
const BYTES_A_STEP: usize = 64;

impl Budget {
    /// Pays for the size that a value has when it is written out, and refuses one that is nested too deep to be stored.
    ///
    /// # Errors
    /// Either of the two.
    pub fn settle(&mut self, value: &Value) -> Result<(), Fault> {
        walk::settle(value, 0, self)
    }

    /// Pays for steps before they are done. After a refusal nothing is left.
    pub(crate) fn step(&mut self, count: u64) -> Result<(), Fault> {
        pay(&mut self.steps, count, "steps")
    }

    /// Pays for reading through this many bytes.
    pub(crate) fn scan(&mut self, bytes: usize) -> Result<(), Fault> {
        self.step((bytes / BYTES_A_STEP) as u64)
    }

    /// Pays for bytes before they are allocated.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), Fault> {
        pay(&mut self.bytes, bytes as u64, "bytes")
    }

    /// Pays for the memory of a list of so many items (not for what the items hold).
    pub(crate) fn take_items(&mut self, count: usize) -> Result<(), Fault> {
        self.take(count.saturating_mul(size_of::<Value>()))
    }
}

fn pay(left: &mut u64, price: u64, unit: &'static str) -> Result<(), Fault> {
    match left.checked_sub(price) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => {
            *left = 0;
            Err(Fault::Budget(unit))
        }
    }
}
