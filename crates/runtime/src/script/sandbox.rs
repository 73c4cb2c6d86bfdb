//! A JavaScript context that serves one script and is thrown away.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rquickjs::context::intrinsic;
use rquickjs::{Context, Ctx, Object, Runtime};

use super::failure::{Failure, thrown};
use super::protocol::Answer;

/// Stack that a script may use, in bytes; the main thread has eight times as much by default.
const STACK_LIMIT: usize = 1 << 20;

/// All but modules, weak references and browser types.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// A runtime with a fresh context. Scripts of different tenants share a process, but never a heap.
pub(super) struct Sandbox {
    context: Context,
    runtime: Runtime,
    notes: Rc<Notes>,
}

/// What is known about the run, shared with the engine's callback.
#[derive(Default)]
struct Notes {
    memory_limit: Cell<u64>,
    /// How many promises were rejected while nothing handled them.
    unhandled: Cell<usize>,
    /// The answer for the first of them.
    rejection: RefCell<Option<Answer>>,
}

impl Sandbox {
    /// A context with the standard built-ins and a silent `console`.
    pub(super) fn new() -> rquickjs::Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_max_stack_size(STACK_LIMIT);
        let notes = Rc::new(Notes::default());
        let shared = notes.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |_, _, reason, handled| {
            let unhandled = shared.unhandled.get();
            if handled {
                shared.unhandled.set(unhandled.saturating_sub(1));
                return;
            }
            if unhandled == 0 {
                let answer = thrown(&reason, shared.memory_limit.get());
                shared.rejection.replace(Some(answer));
            }
            shared.unhandled.set(unhandled + 1);
        })));
        let context = Context::custom::<Intrinsics>(&runtime)?;
        context.with(|ctx| silent_console(&ctx))?;
        Ok(Self { context, runtime, notes })
    }

    /// Sets how many bytes the heap may take.
    pub(super) fn set_limit(&self, bytes: u64) {
        self.notes.memory_limit.set(bytes);
        self.runtime.set_memory_limit(usize::try_from(bytes).unwrap_or(usize::MAX));
    }

    /// How many bytes the heap may take.
    pub(super) fn limit(&self) -> u64 {
        self.notes.memory_limit.get()
    }

    /// Works inside the context.
    pub(super) fn with<T>(&self, work: impl for<'js> FnOnce(Ctx<'js>) -> T) -> T {
        self.context.with(work)
    }

    /// Runs what promises have put off until nothing is left. A callback that throws only rejects its promise; what
    /// fails here is the engine itself, for want of memory.
    pub(super) fn run_jobs(&self) -> Result<(), Answer> {
        loop {
            match self.runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(failed) => {
                    return Err(failed
                        .0
                        .with(|ctx| Failure::Thrown(rquickjs::Error::Exception).answer(&ctx, self.limit())));
                }
            }
        }
    }

    /// The failure of a promise that nothing handles, which would be lost otherwise.
    pub(super) fn unhandled_rejection(&self) -> Option<Answer> {
        if self.notes.unhandled.get() == 0 { None } else { self.notes.rejection.take() }
    }
}

fn silent_console(ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    let console: Object<'_> = ctx.eval("({debug() {}, error() {}, info() {}, log() {}, trace() {}, warn() {}})")?;
    ctx.globals().prop("console", rquickjs::object::Property::from(console).writable().configurable())
}
