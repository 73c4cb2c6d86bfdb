//! How domain values are spelled on the wire: unset is the empty text, times are in the configured zone.

use model::Timestamp;
use model::time::Zone;
use service::batch::Batch;
use wire::data_object::BatchOut;

/// A value that may be unset.
pub(crate) fn optional(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A time that may be unset.
pub(crate) fn optional_time(zone: Zone, time: Option<Timestamp>) -> String {
    time.map_or_else(String::new, |time| time.to_wire(zone))
}

/// What was done to several things.
pub(crate) fn batch(batch: Batch) -> BatchOut {
    BatchOut { error_ids: batch.failed, success_ids: batch.done }
}
