//! Use-cases. Each is a method of [`Service`] that takes who asks first, checks the permission first, and writes an
//! audit row in the same transaction when it changes anything. No HTTP, no SQL.

pub mod code;
pub mod ctx;
pub mod error;
pub mod field;
mod settings;

use std::sync::Arc;

use model::{Clock, IdSource, Timestamp};
use plugin::Registry;
use store::{Db, Writer};

pub use ctx::{Caller, Ctx, RequestInfo, Target};
pub use error::{Error, Kind, Language, Text};
pub use settings::Settings;

/// The use-cases with what they need. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    writer: Writer,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    registry: Arc<Registry>,
    settings: Settings,
}

impl Service {
    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}
