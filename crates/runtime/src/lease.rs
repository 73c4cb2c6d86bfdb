//! Keeping this node's right to write.

use std::convert::Infallible;

use store::cluster::HEARTBEAT;
use tokio::time::{MissedTickBehavior, interval};

use crate::{Inner, codec, error};

/// Renews the lease for ever. When it was lost, everything driven here belongs to others, and the node registers anew.
pub(crate) async fn keep(inner: &Inner) -> Infallible {
    let mut interval = interval(HEARTBEAT);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let renewed = match inner.lease.heartbeat(&inner.db).await {
            Err(store::Error::Fenced) => {
                tracing::warn!("the lease was lost; registering again");
                inner.metrics.leases_lost.increment(1);
                // First: a driver that goes on under the new registration could meet another one on its root.
                inner.drivers.end_era();
                inner.lease.renew(&inner.db, codec::LEVEL, &inner.address).await
            }
            other => other,
        };
        if let Err(error) = renewed {
            tracing::warn!(error = %error::chain(&error), "cannot renew the lease");
        }
    }
}
