//! Turns of those who change the same object on this node. Each reads it, merges and writes; of two at once, the second
//! would find that the object has moved on and have to start again. Among nodes that is what happens.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use model::ObjectId;
use tokio::sync::{Mutex, MutexGuard};

const STRIPES: usize = 1024;

/// Locks for objects. Several objects may share one.
#[derive(Debug)]
pub(crate) struct Locks {
    stripes: Box<[Mutex<()>]>,
}

impl Default for Locks {
    fn default() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::default()).collect() }
    }
}

impl Locks {
    /// Waits for the turn to change objects, which lasts as long as what this gives.
    pub(crate) async fn take(&self, ids: &[ObjectId]) -> Vec<MutexGuard<'_, ()>> {
        // In one order, or two that change the same objects could wait for each other.
        let stripes: BTreeSet<usize> = ids.iter().map(|id| stripe(*id)).collect();
        let mut held = Vec::with_capacity(stripes.len());
        for stripe in stripes {
            held.push(self.stripes[stripe].lock().await);
        }
        held
    }
}

fn stripe(id: ObjectId) -> usize {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish() as usize % STRIPES
}
