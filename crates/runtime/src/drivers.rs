//! Who drives what on this node: a seat for each root, from before it is claimed or started until its driver has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use model::InstanceId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::claim::WakeQueue;

/// The seats of this node.
#[derive(Debug)]
pub(crate) struct Drivers {
    table: Mutex<Table>,
    wake: Arc<WakeQueue>,
}

#[derive(Debug, Default)]
struct Table {
    bells: HashMap<InstanceId, Arc<Notify>>,
    /// Ends when the node has lost its lease: then nothing that is driven here is this node's any more.
    era: CancellationToken,
}

impl Drivers {
    pub(crate) fn new(wake: Arc<WakeQueue>) -> Self {
        Self { table: Mutex::default(), wake }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a root that this node is about to start or has claimed. A driver that has given the root back and is
    /// still on its way out loses its seat to this one.
    pub(crate) fn seat(self: &Arc<Self>, root: InstanceId) -> Seat {
        let mut table = self.lock();
        let bell = Arc::new(Notify::new());
        table.bells.insert(root, Arc::clone(&bell));
        Seat { drivers: Arc::clone(self), root, bell, era: table.era.clone() }
    }

    /// A seat for a root that storage says is this node's; none when somebody sits there.
    pub(crate) fn free_seat(self: &Arc<Self>, root: InstanceId) -> Option<Seat> {
        let taken = self.lock().bells.contains_key(&root);
        (!taken).then(|| self.seat(root))
    }

    /// Rings for the root's driver. `false` when this node does not drive it.
    pub(crate) fn ring(&self, root: InstanceId) -> bool {
        self.lock().bells.get(&root).map(|bell| bell.notify_one()).is_some()
    }

    /// How many roots are in memory.
    pub(crate) fn len(&self) -> usize {
        self.lock().bells.len()
    }

    /// Sends every driver away: the lease is lost.
    pub(crate) fn end_era(&self) {
        let mut table = self.lock();
        table.bells.clear();
        std::mem::take(&mut table.era).cancel();
    }
}

/// The right to drive a root on this node. Dropped, it passes on a wake that nobody has heard.
#[derive(Debug)]
pub(crate) struct Seat {
    drivers: Arc<Drivers>,
    pub(crate) root: InstanceId,
    bell: Arc<Notify>,
    /// Ends when this node has lost the root together with its lease.
    pub(crate) era: CancellationToken,
}

impl Seat {
    /// Waits until somebody rings; a ring that came before counts.
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Whether nobody else has been seated for the root since.
    pub(crate) fn is_current(&self) -> bool {
        self.drivers.lock().is_seated(self)
    }
}

impl Table {
    fn is_seated(&self, seat: &Seat) -> bool {
        self.bells.get(&seat.root).is_some_and(|bell| Arc::ptr_eq(bell, &seat.bell))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut table = self.drivers.lock();
        if table.is_seated(self) {
            table.bells.remove(&self.root);
        }
        drop(table);
        // Nobody can ring any more. A ring that came while the root was being given back is for whoever claims it next.
        if self.bell.notified().now_or_never().is_some() {
            self.drivers.wake.push(&[self.root]);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::InstanceId;
    use uuid::Uuid;

    use super::*;

    fn drivers() -> Arc<Drivers> {
        Arc::new(Drivers::new(Arc::default()))
    }

    const ROOT: InstanceId = InstanceId(Uuid::from_u128(1));

    #[test]
    fn a_ring_that_no_driver_has_heard_is_for_the_next_claim() {
        let drivers = drivers();
        let seat = drivers.seat(ROOT);
        assert!(drivers.ring(ROOT));
        drop(seat);
        assert_eq!(drivers.wake.take(), [ROOT]);
        assert!(!drivers.ring(ROOT));
        assert_eq!(drivers.wake.take(), []);
    }

    #[test]
    fn a_driver_on_its_way_out_does_not_take_the_next_ones_seat() {
        let drivers = drivers();
        let leaving = drivers.seat(ROOT);
        let next = drivers.seat(ROOT);
        assert!(next.is_current() && !leaving.is_current());
        drop(leaving);
        assert!(drivers.ring(ROOT), "the next driver is still there");
        assert!(drivers.free_seat(ROOT).is_none());
        assert!(next.rung().now_or_never().is_some());
    }

    #[test]
    fn the_end_of_an_era_sends_everybody_away() {
        let drivers = drivers();
        let seat = drivers.seat(ROOT);
        drivers.end_era();
        assert!(seat.era.is_cancelled());
        assert_eq!(drivers.len(), 0);
        let later = drivers.free_seat(ROOT).expect("free again");
        drop(seat);
        assert!(!later.era.is_cancelled());
        assert!(drivers.ring(ROOT));
    }
}
