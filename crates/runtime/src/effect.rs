//! Carrying effects out: scripts and computing actions within a turn, actions on the world after its commit.

use std::sync::Arc;
use std::time::Duration;

use engine::command::Failure;
use engine::{Effect, EffectKey};
use model::{Tenant, Value};
use plugin::{Action, ActionError, Call};
use tokio::time::{Instant, timeout_at};

use crate::{Inner, connection, metrics, script};

/// How long an attempt may take when its node does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an attempt may take at most.
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
/// How long a script may run at most: the instance's turn waits for it.
const MAX_SCRIPT: Duration = Duration::from_secs(60);

/// Whether an action does more than compute. An unknown action does not: that it is unknown can be said at once.
pub(crate) fn acts_on_the_world(inner: &Inner, component: &str, action: &str) -> bool {
    inner.registry.action(component, action).is_some_and(|action| !action.is_pure())
}

/// Runs an action that only computes.
pub(crate) fn compute(inner: &Inner, component: &str, action: &str, input: &Value) -> Result<Value, Failure> {
    let found = find(inner, component, action)?;
    found
        .compute(input)
        .unwrap_or_else(|| Err(ActionError::permanent("Component.NotPure", "it acts on the world")))
        .map_err(failure)
}

/// Runs JavaScript. Its result is `{"value", "vars"}`.
pub(crate) async fn run_script(
    inner: &Inner,
    source: &str,
    scope: &Value,
    timeout: Option<Duration>,
) -> Result<Value, Failure> {
    let deadline = timeout.unwrap_or(script::DEFAULT_DEADLINE).min(MAX_SCRIPT);
    match inner.scripts.run(source, scope, deadline).await {
        Ok(outcome) => Ok(Value::object([("value", outcome.value), ("vars", outcome.vars)])),
        Err(error) => Err(Failure {
            code: error.code().into(),
            message: error.to_string(),
            retryable: error.retryable(),
            retry_after_ms: None,
        }),
    }
}

/// Carries out an effect that acts on the world. At least once: the key lets the other side recognise a repetition.
pub(crate) async fn perform(inner: &Inner, tenant: Tenant, effect: Effect) -> Result<Value, Failure> {
    let Effect::CallAction { key, component, action, connection, input, timeout, .. } = effect else {
        return Err(permanent("Effect.Unknown", "this effect is not carried out after a commit".into()));
    };
    let Ok(_permit) = inner.effects.acquire().await else {
        return Err(permanent("Effect.Stopped", "the server is shutting down".into()));
    };
    let begun = Instant::now();
    let found = find(inner, &component, &action)?;
    let result = act(inner, tenant, found, Order { key, component: &component, connection, input, timeout }).await;
    let outcome = match &result {
        Ok(_) => "ok",
        Err(failure) if failure.retryable => "retryable",
        Err(_) => "failed",
    };
    let name = inner.registry.component(&component).map_or("", |component| component.name);
    metrics::effect_ended(name, outcome, begun.elapsed().as_secs_f64());
    result
}

/// What an action is to do.
struct Order<'a> {
    key: EffectKey,
    component: &'a str,
    connection: Option<Arc<str>>,
    input: Value,
    timeout: Option<Duration>,
}

async fn act(inner: &Inner, tenant: Tenant, action: &Action, order: Order<'_>) -> Result<Value, Failure> {
    let Order { key, component, connection, input, timeout } = order;
    let config = match &connection {
        Some(name) => Some(connection::open(inner, tenant, component, name).await?),
        None => None,
    };
    let limit = timeout.unwrap_or(DEFAULT_TIMEOUT).min(MAX_TIMEOUT);
    let deadline = Instant::now() + limit;
    let call =
        Call { tenant, root: key.root, input, connection: config.as_ref(), idempotency_key: key_text(key), deadline };
    // A connector keeps its own deadline; this is for one that does not.
    match timeout_at(deadline + Duration::from_secs(1), action.run(call, &inner.host)).await {
        Ok(result) => result.map_err(failure),
        Err(_) => Err(Failure {
            code: "Effect.Timeout".into(),
            message: format!("no answer within {} ms", limit.as_millis()),
            retryable: true,
            retry_after_ms: None,
        }),
    }
}

/// The key as connectors send it: the same for every repetition of the same work.
fn key_text(key: EffectKey) -> String {
    format!("{}-{}-{}", key.root, key.element.0, key.generation)
}

fn find<'r>(inner: &'r Inner, component: &str, action: &str) -> Result<&'r Action, Failure> {
    inner.registry.action(component, action).ok_or_else(|| {
        if inner.registry.component(component).is_none() {
            permanent("Component.NotFound", format!("there is no component '{component}'"))
        } else {
            permanent("Action.NotFound", format!("the component '{component}' has no action '{action}'"))
        }
    })
}

pub(crate) fn permanent(code: &str, message: String) -> Failure {
    Failure { code: code.into(), message, retryable: false, retry_after_ms: None }
}

fn failure(error: ActionError) -> Failure {
    Failure {
        code: error.code.into(),
        message: error.message,
        retryable: error.retryable,
        retry_after_ms: error.retry_after.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
    }
}
