//! What a child gives up before it runs the first script: files, processes, core dumps and most system calls.

use std::collections::BTreeMap;
use std::time::Duration;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeValLike;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// Memory besides the script's heap and what the program held at its start: a request, a response.
const OVERHEAD: u64 = 128 << 20;

/// The restrictions that hold for the life of the process, and what those of a run start from.
pub(super) struct Hardening {
    /// Whether the kernel filters system calls.
    pub seccomp: bool,
    /// Bytes of data that the program had reserved at its start; an allocator may reserve a gigabyte and use little.
    /// `None` when the kernel does not say.
    own_data: Option<u64>,
}

impl Hardening {
    /// Restricts the process for good.
    pub(super) fn of_process() -> Self {
        let own_data = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| data_size(&status));
        // When the machine runs out of memory, the kernel shall choose a script and not the server.
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
        for (resource, limit) in [
            (Resource::RLIMIT_CORE, 0),
            (Resource::RLIMIT_FSIZE, 0),
            (Resource::RLIMIT_NOFILE, 3), // the three that are open
        ] {
            // A limit that cannot be lowered is one that is lower already.
            let _ = setrlimit(resource, limit, limit);
        }
        let seccomp = system_call_filter().is_some_and(|filter| apply_filter(&filter).is_ok());
        Self { seccomp, own_data }
    }

    /// Applies the limits of one run. They are the second line: the heap limit and the parent's deadline come first.
    /// The processor time stops an endless script when the parent itself was killed.
    pub(super) fn restrict_run(&self, memory_limit: u64, deadline: Duration) {
        if let Some(own_data) = self.own_data {
            let limit = own_data.saturating_add(memory_limit).saturating_add(OVERHEAD);
            limit_softly(Resource::RLIMIT_DATA, limit);
        }
        if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
            let used = usage.user_time().num_seconds() + usage.system_time().num_seconds();
            let used = u64::try_from(used).unwrap_or(0);
            // Up to two seconds were cut off above, and the limit itself counts whole seconds.
            limit_softly(Resource::RLIMIT_CPU, used.saturating_add(deadline.as_secs()).saturating_add(4));
        }
    }
}

/// The bytes of `VmData:   1051356 kB`.
fn data_size(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmData:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The most memory that the process ever held, in bytes; 0 when the kernel does not say.
pub(super) fn peak_memory() -> u64 {
    let kibibytes = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss());
    u64::try_from(kibibytes).unwrap_or(0) << 10
}

fn limit_softly(resource: Resource, limit: u64) {
    if let Ok((_, hard)) = getrlimit(resource) {
        let _ = setrlimit(resource, limit.min(hard), hard);
    }
}

/// Memory, the two pipes, the clock and an orderly end are allowed; every other call answers "not permitted".
///
/// `None` on processors that the filter's compiler does not know.
fn system_call_filter() -> Option<BpfProgram> {
    let own_id = u64::from(std::process::id());
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = [
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_clock_gettime,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
        libc::SYS_getrusage,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ]
    .into_iter()
    .map(|call| (call, vec![]))
    .collect();
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    let not_executable = || rule(2, SeccompCmpOp::MaskedEq(executable), 0);
    rules.insert(libc::SYS_mmap, vec![not_executable()?]);
    rules.insert(libc::SYS_mprotect, vec![not_executable()?]);
    rules.insert(libc::SYS_read, vec![rule(0, SeccompCmpOp::Eq, 0)?]);
    rules.insert(libc::SYS_write, vec![rule(0, SeccompCmpOp::Eq, 1)?, rule(0, SeccompCmpOp::Eq, 2)?]);
    // Its own limits and its own abort, not those of the server, which has the same user.
    rules.insert(libc::SYS_prlimit64, vec![rule(0, SeccompCmpOp::Eq, 0)?]);
    rules.insert(libc::SYS_tgkill, vec![rule(0, SeccompCmpOp::Eq, own_id)?]);
    let architecture = std::env::consts::ARCH.try_into().ok()?;
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, refusal, SeccompAction::Allow, architecture).ok()?.try_into().ok()
}

/// A rule on one argument.
fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value).ok()?;
    SeccompRule::new(vec![condition]).ok()
}
