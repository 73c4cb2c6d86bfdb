//! The children that run scripts: started when needed, kept warm, killed at the deadline.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::protocol::{Answer, Header, MAX_RESPONSE, REQUEST_LIMIT, Ready, Response, encode_request, receive_frame};
use super::{Outcome, ScriptError};

/// How long a child may take from its start to its first frame.
const START_LIMIT: Duration = Duration::from_secs(10);

/// How long a child may take to end after its stream ended, before it is killed.
const END_LIMIT: Duration = Duration::from_secs(1);

/// How a pool starts and uses its children.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// The program, an absolute path.
    pub program: PathBuf,
    /// Its arguments; it must end up in [`super::child_main`].
    pub args: Vec<String>,
    /// How many children may live at once, at least 1.
    pub max_children: usize,
    /// Bytes that the heap of a script may take.
    pub memory_limit: u64,
    /// How long a run waits for a child before it is [`ScriptError::Busy`].
    pub max_wait: Duration,
    /// After how many runs a child is replaced.
    pub recycle_after: u32,
}

impl PoolConfig {
    /// One child for each processor, 128 MiB, 30 seconds of waiting, 1 000 runs for each child.
    pub fn new(program: impl Into<PathBuf>, args: &[&str]) -> Self {
        Self {
            program: program.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            max_children: std::thread::available_parallelism().map_or(1, usize::from),
            memory_limit: 128 << 20,
            max_wait: Duration::from_secs(30),
            recycle_after: 1000,
        }
    }
}

/// Runs scripts in children. Runs get a child in the order in which they asked. Dropping the pool kills the children.
#[derive(Debug)]
pub struct Pool {
    config: PoolConfig,
    /// A permit for each child that may live; tokio hands permits out first come, first served.
    slots: Semaphore,
    /// Children without work, the last used on top, so that few stay warm when there is little to do.
    idle: Mutex<Vec<Worker>>,
    last_id: AtomicU64,
    warned: AtomicBool,
}

impl Pool {
    /// A pool without children; the first run starts one.
    pub fn new(config: PoolConfig) -> Self {
        let slots = Semaphore::new(config.max_children.max(1));
        Self { config, slots, idle: Mutex::default(), last_id: AtomicU64::new(0), warned: AtomicBool::new(false) }
    }

    /// Runs a script. `scope` is an object whose members become globals; the deadline counts from the moment when a
    /// child has taken the script.
    ///
    /// Dropping the future kills the child that works for it.
    ///
    /// # Errors
    /// See [`ScriptError`]; no error of one run affects another.
    pub async fn run(&self, source: &str, scope: &Value, deadline: Duration) -> Result<Outcome, ScriptError> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let header = Header {
            id,
            source: source.to_owned(),
            deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            memory_limit: self.config.memory_limit,
        };
        let request = encode_request(&header, scope).map_err(|bytes| {
            ScriptError::Failed(format!(
                "script and variables take {bytes} bytes, more than the {REQUEST_LIMIT} that a script may be given"
            ))
        })?;
        let Ok(slot) = timeout(self.config.max_wait, self.slots.acquire()).await else {
            return Err(ScriptError::Busy(self.config.max_wait));
        };
        let _slot = slot.map_err(|_| ScriptError::Crashed("the pool is closed".into()))?;
        let mut worker = match self.take_idle() {
            Some(worker) => worker,
            None => self.start().await?,
        };
        match timeout(deadline, worker.exchange(&request, id)).await {
            Ok(Ok(answer)) => self.conclude(worker, answer),
            Ok(Err(error)) => Err(self.explain(&error, worker.end().await, deadline)),
            Err(_) => {
                worker.kill().await;
                Err(ScriptError::Deadline(deadline))
            }
        }
    }

    fn conclude(&self, worker: Worker, answer: Answer) -> Result<Outcome, ScriptError> {
        match answer {
            Answer::Ok { value, vars } => {
                self.give_back(worker);
                Ok(Outcome { value, vars })
            }
            Answer::Error(message) => {
                self.give_back(worker);
                Err(ScriptError::Failed(message))
            }
            // Not given back: what the heap left behind is not worth finding out.
            Answer::OutOfMemory => Err(ScriptError::Memory(self.config.memory_limit)),
        }
    }

    /// A child without work that still lives.
    fn take_idle(&self) -> Option<Worker> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut worker) = idle.pop() {
            if matches!(worker.child.try_wait(), Ok(None)) {
                return Some(worker);
            }
        }
        None
    }

    fn give_back(&self, worker: Worker) {
        if worker.runs < self.config.recycle_after {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
    }

    async fn start(&self) -> Result<Worker, ScriptError> {
        let mut worker = Worker::spawn(&self.config).map_err(|error| ScriptError::Crashed(error.to_string()))?;
        let ready = match timeout(START_LIMIT, worker.ready()).await {
            Ok(Ok(ready)) => ready,
            Ok(Err(error)) => return Err(ScriptError::Crashed(format!("it did not start: {error}"))),
            Err(_) => return Err(ScriptError::Crashed("it did not start in time".into())),
        };
        if !ready.seccomp && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!("the kernel filters no system calls of script processes; other limits hold");
        }
        Ok(worker)
    }

    /// Why a child ended by itself in the middle of a run.
    fn explain(&self, error: &io::Error, status: Option<ExitStatus>, deadline: Duration) -> ScriptError {
        match status.and_then(|status| status.signal()) {
            // Aborted by a failed allocation outside the heap, or killed by the kernel for want of memory.
            Some(libc::SIGABRT | libc::SIGKILL) => ScriptError::Memory(self.config.memory_limit),
            Some(libc::SIGXCPU) => ScriptError::Deadline(deadline),
            Some(signal) => ScriptError::Crashed(format!("it ended with signal {signal}")),
            None => ScriptError::Crashed(status.map_or_else(|| error.to_string(), |status| status.to_string())),
        }
    }
}

/// A living child.
#[derive(Debug)]
struct Worker {
    child: Child,
    requests: ChildStdin,
    responses: ChildStdout,
    runs: u32,
}

impl Worker {
    fn spawn(config: &PoolConfig) -> io::Result<Self> {
        let mut child = Command::new(&config.program)
            .args(&config.args)
            .env_clear()
            .env("TZ", "UTC0")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let requests = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let responses = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, requests, responses, runs: 0 })
    }

    async fn ready(&mut self) -> io::Result<Ready> {
        Ok(serde_json::from_slice(&receive_frame(&mut self.responses, MAX_RESPONSE).await?)?)
    }

    async fn exchange(&mut self, request: &[u8], id: u64) -> io::Result<Answer> {
        self.requests.write_all(request).await?;
        let response: Response = serde_json::from_slice(&receive_frame(&mut self.responses, MAX_RESPONSE).await?)?;
        if response.id != id {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer belongs to another request"));
        }
        self.runs += 1;
        Ok(response.answer)
    }

    /// Waits for a child whose stream broke, and kills it when it does not end.
    async fn end(&mut self) -> Option<ExitStatus> {
        match timeout(END_LIMIT, self.child.wait()).await {
            Ok(status) => status.ok(),
            Err(_) => {
                self.kill().await;
                None
            }
        }
    }

    async fn kill(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "a script process could not be killed");
        }
    }
}
