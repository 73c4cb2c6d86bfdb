//! The lock of the data folder: one process has the embedded storage to itself.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use anyhow::{Context as _, bail};

/// The held lock. The system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataLock(#[expect(dead_code, reason = "held for its lock")] File);

impl DataLock {
    /// Takes the lock, or says who stands in the way.
    pub(crate) fn acquire(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("muster.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                bail!("the data folder {} is in use by another muster process", data.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}
