//! The machine: what it is, how fast it is at this moment, and whether others are using it.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::load::percentile;
use crate::process;

/// Above this many busy cores before a block, its figures are not to be trusted.
const BUSY_CORES: f64 = 0.25;
/// Above this, the disk stalls.
const SLOW_SYNC_MS: f64 = 3.0;
/// Above this multiple of the fastest loop seen, the processor is slower than it was.
const SLOW_LOOP: f64 = 1.3;
const LOOP: u64 = 20_000_000;
const SYNCS: usize = 200;

/// What the machine is.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    /// Processors that this process may use.
    pub(crate) cores: usize,
    /// The processor's name.
    pub(crate) processor: String,
    /// Memory, bytes.
    pub(crate) memory: u64,
    /// The kernel's release.
    pub(crate) kernel: String,
    /// The file system of the folder that is measured.
    pub(crate) file_system: String,
}

impl Facts {
    /// Reads them.
    pub(crate) fn read(work: &Path) -> Self {
        let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, field: &str| {
            let line = text.lines().find(|line| line.starts_with(field)).unwrap_or_default();
            line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        let memory = value(&file("/proc/meminfo"), "MemTotal");
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: value(&file("/proc/cpuinfo"), "model name"),
            memory: memory.trim_end_matches(" kB").parse::<u64>().unwrap_or_default() << 10,
            kernel: file("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: process::file_system(work),
        }
    }

    /// Whether a file on it is on a disk at all.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.file_system != "tmpfs" && self.file_system != "ramfs"
    }
}

/// The machine's state at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Probe {
    /// Before which block.
    pub(crate) before: String,
    /// Cores that others keep busy.
    pub(crate) busy_cores: f64,
    /// A fixed loop on one core, the best of three, milliseconds.
    pub(crate) loop_ms: f64,
    /// Appending 4 KiB and `fsync`, median, milliseconds.
    pub(crate) sync_p50_ms: f64,
    /// The same, 99th percentile.
    pub(crate) sync_p99_ms: f64,
}

impl Probe {
    /// Takes it; `watch` is how long the other processes are watched. Blocks the thread.
    pub(crate) fn take(before: String, work: &Path, watch: Duration) -> anyhow::Result<Self> {
        let (start, busy) = (Instant::now(), process::machine_busy());
        std::thread::sleep(watch);
        let busy = process::machine_busy().saturating_sub(busy);
        let busy_cores = busy.as_secs_f64() / start.elapsed().as_secs_f64();
        let loop_ms = (0..3).map(|_| loop_ms()).fold(f64::INFINITY, f64::min);
        let mut syncs = syncs(work)?;
        syncs.sort_unstable();
        let ms = |share| f64::from(percentile(&syncs, share)) / 1000.0;
        Ok(Self { before, busy_cores, loop_ms, sync_p50_ms: ms(0.50), sync_p99_ms: ms(0.99) })
    }

    /// What makes the figures that follow doubtful. `fastest` is the shortest loop seen so far.
    pub(crate) fn warnings(&self, fastest: f64) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.busy_cores > BUSY_CORES {
            warnings.push(format!("before {}: others keep {:.1} cores busy", self.before, self.busy_cores));
        }
        if self.sync_p99_ms > SLOW_SYNC_MS {
            warnings.push(format!("before {}: the disk stalls, fsync p99 {:.1} ms", self.before, self.sync_p99_ms));
        }
        if self.loop_ms > fastest * SLOW_LOOP {
            let times = self.loop_ms / fastest;
            warnings.push(format!("before {}: one core is {times:.1} times slower than it was", self.before));
        }
        warnings
    }
}

fn loop_ms() -> f64 {
    let start = Instant::now();
    let mut value = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..LOOP {
        value ^= value << 13;
        value ^= value >> 7;
        value ^= value << 17;
    }
    std::hint::black_box(value);
    start.elapsed().as_secs_f64() * 1000.0
}

/// Microseconds that each append of 4 KiB took until it was synced.
fn syncs(work: &Path) -> anyhow::Result<Vec<u32>> {
    let mut file = tempfile::tempfile_in(work).context("cannot make a file to probe the disk with")?;
    let page = [b'x'; 4096];
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_all()?;
        times.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_slow_or_stalling_machine_is_named() {
        let quiet = Probe { before: "x".into(), busy_cores: 0.1, loop_ms: 30.0, sync_p50_ms: 0.2, sync_p99_ms: 0.4 };
        assert!(quiet.warnings(29.0).is_empty());
        for (probe, fastest, word) in [
            (Probe { busy_cores: 1.4, ..quiet.clone() }, 30.0, "busy"),
            (Probe { sync_p99_ms: 9.0, ..quiet.clone() }, 30.0, "stalls"),
            (quiet.clone(), 15.0, "slower"),
        ] {
            let warnings = probe.warnings(fastest);
            assert!(warnings.len() == 1 && warnings[0].contains(word), "{warnings:?}");
        }
    }

    #[test]
    fn a_probe_measures_this_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let probe = Probe::take("a test".into(), folder.path(), Duration::from_millis(50)).expect("a probe");
        assert!(probe.loop_ms > 0.0 && probe.sync_p50_ms > 0.0 && probe.sync_p50_ms <= probe.sync_p99_ms);
    }
}
