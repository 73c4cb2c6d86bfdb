//! What the kernel knows about a process: processor time, resident memory, its children.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

/// The kernel counts processor time in these, whatever its own clock is.
const TICK: Duration = Duration::from_millis(10);

/// Resident memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// All of it: `VmRSS`.
    pub(crate) resident: u64,
    /// The part that is not a file's, such as the program itself: `RssAnon`.
    pub(crate) anonymous: u64,
    /// The highest that `resident` has been: `VmHWM`.
    pub(crate) peak: u64,
}

impl std::ops::Add for Memory {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            resident: self.resident + other.resident,
            anonymous: self.anonymous + other.anonymous,
            peak: self.peak + other.peak,
        }
    }
}

/// The memory of a process; nothing when it has ended.
pub(crate) fn memory(pid: u32) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Memory {
        resident: kilobytes(&status, "VmRSS:"),
        anonymous: kilobytes(&status, "RssAnon:"),
        peak: kilobytes(&status, "VmHWM:"),
    }
}

fn kilobytes(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() << 10
}

/// The processor time that a process and its living children have used.
pub(crate) fn processor_time(pid: u32) -> Duration {
    children(pid).into_iter().chain([pid]).map(|pid| own_time(&format!("/proc/{pid}/stat"))).sum()
}

/// The processor time that this process has used.
pub(crate) fn own_processor_time() -> Duration {
    own_time("/proc/self/stat")
}

fn own_time(stat: &str) -> Duration {
    let stat = std::fs::read_to_string(stat).unwrap_or_default();
    // The name may hold anything, also spaces and brackets.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u32 = fields.skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// The processes that a process has started and that are still there.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|child| parent(*child) == Some(pid)).collect()
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

/// Cores that were busy since the machine started, as seconds of work: the difference of two readings tells how busy.
pub(crate) fn machine_busy() -> Duration {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<u64> =
        stat.lines().next().unwrap_or_default().split_whitespace().skip(1).take(8).flat_map(str::parse).collect();
    let idle: u64 = fields.iter().skip(3).take(2).sum();
    let busy = fields.iter().sum::<u64>() - idle;
    Duration::from_millis(busy * 10)
}

/// The type of the file system that a folder is on.
pub(crate) fn file_system(folder: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let places = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let deepest = places.filter(|(place, _)| folder.starts_with(place)).max_by_key(|(place, _)| place.len());
    deepest.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_time_and_children() {
        let own = std::process::id();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep runs");
        assert!(children(own).contains(&child.id()));
        child.kill().expect("it runs");
        child.wait().expect("it was started here");
        let memory = memory(own);
        assert!(memory.resident > 0 && memory.anonymous < memory.resident && memory.resident <= memory.peak);
        let before = own_processor_time();
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(300) {
            std::hint::black_box(start);
        }
        assert!(own_processor_time() > before);
        assert!(machine_busy() > Duration::ZERO);
    }

    #[test]
    fn a_process_that_has_ended_uses_nothing() {
        assert_eq!(memory(u32::MAX), Memory::default());
        assert_eq!(processor_time(u32::MAX), Duration::ZERO);
    }
}
