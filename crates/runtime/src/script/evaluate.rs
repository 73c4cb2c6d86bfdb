//! Evaluates one script in a sandbox: scope in, value and changed variables out.

use rquickjs::context::EvalOptions;
use rquickjs::object::Property;
use rquickjs::promise::PromiseState;
use rquickjs::{Coerced, Ctx, Error, Object, Value as JsValue};

use super::export::{Export, Refusal};
use super::hardening::peak_memory;
use super::protocol::{Answer, MAX_MESSAGE};

/// The name of the script in stack traces.
const FILE: &str = "script";

/// Why a script has no outcome, inside the sandbox.
enum Failure {
    /// A JavaScript exception is pending or was given up by the engine.
    Thrown(Error),
    /// What it gave is no value.
    Refused(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Thrown(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Thrown(error) => Self::Thrown(error),
            Refusal::Unfit(message) => Self::Refused(message),
        }
    }
}

/// Runs the source with the names of the scope (a JSON object) as globals, on a heap of `memory_limit` bytes.
pub(super) fn evaluate(ctx: &Ctx<'_>, source: String, scope: Vec<u8>, memory_limit: u64) -> Answer {
    match run(ctx, source, scope) {
        Ok(answer) => answer,
        Err(Failure::Refused(message)) => Answer::Error(shortened(&message)),
        Err(Failure::Thrown(error)) => describe(ctx, &error, memory_limit),
    }
}

fn run(ctx: &Ctx<'_>, source: String, scope: Vec<u8>) -> Result<Answer, Failure> {
    let vars = define_scope(ctx, scope)?;
    let before = snapshot(ctx, &vars)?;
    let mut options = EvalOptions::default();
    options.filename = Some(FILE.to_owned());
    let value: JsValue<'_> = ctx.eval_with_options(source, options)?;
    while ctx.execute_pending_job() {}
    let mut export = Export::new();
    let value = export.value(ctx, settled(value)?, "the script's value")?;
    let vars = changed(ctx, &vars, &before, &mut export)?;
    Ok(Answer::Ok { value, vars: model::Value::object(vars) })
}

/// Makes each member of the scope a read-only global, so that an assignment that would be lost is an error; names that
/// JavaScript has itself stay. Gives the object `vars`.
fn define_scope<'js>(ctx: &Ctx<'js>, scope: Vec<u8>) -> Result<Object<'js>, Failure> {
    let scope: Object<'js> =
        ctx.json_parse(scope)?.into_object().ok_or_else(|| Failure::Refused(no_object("scope")))?;
    let globals = ctx.globals();
    for member in scope.props::<String, JsValue<'js>>() {
        let (name, value) = member?;
        if !globals.contains_key(name.as_str())? {
            globals.prop(name.as_str(), Property::from(value).configurable().enumerable())?;
        }
    }
    match scope.get::<_, Option<JsValue<'js>>>("vars")? {
        Some(vars) => vars.into_object().ok_or_else(|| Failure::Refused(no_object("vars"))),
        None => {
            let vars = Object::new(ctx.clone())?;
            globals.prop("vars", Property::from(vars.clone()).configurable().enumerable())?;
            Ok(vars)
        }
    }
}

fn no_object(name: &str) -> String {
    format!("{name} must be an object")
}

/// The members of `vars` with their JSON.
type Snapshot = Vec<(String, Option<String>)>;

fn snapshot<'js>(ctx: &Ctx<'js>, vars: &Object<'js>) -> Result<Snapshot, Failure> {
    let mut members = Vec::new();
    for member in vars.props::<String, JsValue<'js>>() {
        let (name, value) = member?;
        members.push((name, json(ctx, value)?));
    }
    Ok(members)
}

fn json<'js>(ctx: &Ctx<'js>, value: JsValue<'js>) -> Result<Option<String>, Failure> {
    Ok(ctx.json_stringify(value)?.map(|text| text.to_string()).transpose()?)
}

/// The members that are not as they were; deleted ones as null.
fn changed<'js>(
    ctx: &Ctx<'js>,
    vars: &Object<'js>,
    before: &Snapshot,
    export: &mut Export,
) -> Result<Vec<(String, model::Value)>, Failure> {
    let before: std::collections::HashMap<&str, &Option<String>> =
        before.iter().map(|(name, json)| (name.as_str(), json)).collect();
    let mut changes = Vec::new();
    let mut kept = 0;
    for member in vars.props::<String, JsValue<'js>>() {
        let (name, value) = member?;
        let known = before.get(name.as_str());
        kept += usize::from(known.is_some());
        if known.is_none_or(|known| value.is_function() || json(ctx, value.clone()).ok().as_ref() != Some(*known)) {
            let value = export.value(ctx, value, &format!("vars.{name}"))?;
            export.charge(name.len())?;
            changes.push((name, value));
        }
    }
    if kept < before.len() {
        for name in before.into_keys().filter(|name| !vars.contains_key(*name).unwrap_or(true)) {
            changes.push((name.to_owned(), model::Value::Null));
        }
    }
    Ok(changes)
}

/// What a promise settled to; other values as they are.
fn settled(value: JsValue<'_>) -> Result<JsValue<'_>, Failure> {
    let Some(promise) = value.as_promise() else { return Ok(value) };
    match promise.state() {
        PromiseState::Pending => Err(Failure::Refused("the script's value is a promise that never settles".into())),
        PromiseState::Resolved | PromiseState::Rejected => match promise.result::<JsValue<'_>>() {
            Some(result) => Ok(result?),
            None => Err(Failure::Refused("the script's value is a promise without a result".into())),
        },
    }
}

/// One sentence about the pending exception.
fn describe(ctx: &Ctx<'_>, error: &Error, memory_limit: u64) -> Answer {
    if !error.is_exception() {
        // A conversion failed on our side of the border.
        return Answer::Error(match error {
            Error::Allocation => return Answer::OutOfMemory,
            Error::Utf8(_) => "a text holds half of a surrogate pair".into(),
            other => shortened(&other.to_string()),
        });
    }
    let thrown = ctx.catch();
    // On a heap that is full to the last byte the engine has no room for an error and throws null.
    if thrown.is_null() && peak_memory() >= memory_limit / 2 {
        return Answer::OutOfMemory;
    }
    let Some(exception) = thrown.as_exception() else {
        let text = thrown.get::<Coerced<String>>().map_or_else(|_| thrown.type_name().to_owned(), |text| text.0);
        return Answer::Error(shortened(&format!("the script threw {text}")));
    };
    let name = exception.get::<_, Coerced<String>>("name").map_or_else(|_| "Error".into(), |name| name.0);
    let message = exception.message().unwrap_or_default();
    if name == "InternalError" && message == "out of memory" {
        return Answer::OutOfMemory;
    }
    let line = exception.stack().as_deref().and_then(line_of).map(|line| format!("line {line}: ")).unwrap_or_default();
    Answer::Error(shortened(&format!("{line}{name}: {message}")))
}

/// The line of the innermost frame in the script itself; frames look like `at f (script:3:7)`.
fn line_of(stack: &str) -> Option<u32> {
    let (_, rest) = stack.split_once(&format!("{FILE}:"))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn shortened(message: &str) -> String {
    message.chars().take(MAX_MESSAGE).collect()
}
