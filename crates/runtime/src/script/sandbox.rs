//! A JavaScript context that serves one script and is thrown away.

use rquickjs::context::intrinsic;
use rquickjs::{Context, Ctx, Object, Runtime};

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
}

impl Sandbox {
    /// A context with the standard built-ins and a silent `console`.
    pub(super) fn new() -> rquickjs::Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_max_stack_size(STACK_LIMIT);
        let context = Context::custom::<Intrinsics>(&runtime)?;
        context.with(|ctx| silent_console(&ctx))?;
        Ok(Self { context, runtime })
    }

    /// Sets how many bytes the heap may take.
    pub(super) fn set_memory_limit(&self, bytes: u64) {
        self.runtime.set_memory_limit(usize::try_from(bytes).unwrap_or(usize::MAX));
    }

    /// Works inside the context.
    pub(super) fn with<T>(&self, work: impl for<'js> FnOnce(Ctx<'js>) -> T) -> T {
        self.context.with(work)
    }
}

fn silent_console(ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    let console: Object<'_> = ctx.eval("({debug() {}, error() {}, info() {}, log() {}, trace() {}, warn() {}})")?;
    ctx.globals().prop("console", rquickjs::object::Property::from(console).writable().configurable())
}
