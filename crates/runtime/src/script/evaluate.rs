//! Evaluates one script in a sandbox: scope in, value and changed variables out.

use std::collections::HashMap;

use rquickjs::context::EvalOptions;
use rquickjs::object::Property;
use rquickjs::promise::PromiseState;
use rquickjs::{Ctx, Object, Persistent, Value as JsValue};

use super::export::Export;
use super::failure::{FILE, Failure};
use super::protocol::Answer;
use super::sandbox::Sandbox;

/// A script that has run to its end, while its promises have not.
struct Started {
    value: Persistent<JsValue<'static>>,
    vars: Persistent<Object<'static>>,
    before: Snapshot,
}

/// Runs the source with the names of the scope (a JSON object) as globals.
pub(super) fn evaluate(sandbox: &Sandbox, source: String, scope: Vec<u8>) -> Answer {
    let started =
        sandbox.with(|ctx| start(&ctx, source, scope).map_err(|failure| failure.answer(&ctx, sandbox.limit())));
    let outcome = started.and_then(|started| {
        sandbox.run_jobs()?;
        sandbox.with(|ctx| finish(&ctx, started, sandbox).map_err(|failure| failure.answer(&ctx, sandbox.limit())))
    });
    outcome.unwrap_or_else(|answer| answer)
}

fn start(ctx: &Ctx<'_>, source: String, scope: Vec<u8>) -> Result<Started, Failure> {
    let vars = define_scope(ctx, scope)?;
    let before = snapshot(ctx, &vars)?;
    let mut options = EvalOptions::default();
    options.filename = Some(FILE.to_owned());
    let value: JsValue<'_> = ctx.eval_with_options(source, options)?;
    Ok(Started { value: Persistent::save(ctx, value), vars: Persistent::save(ctx, vars), before })
}

fn finish(ctx: &Ctx<'_>, started: Started, sandbox: &Sandbox) -> Result<Answer, Failure> {
    let value = settled(started.value.restore(ctx)?)?;
    if let Some(answer) = sandbox.unhandled_rejection() {
        return Ok(answer);
    }
    let mut export = Export::new();
    let value = export.value(ctx, value, "the script's value")?;
    let vars = changed(ctx, &started.vars.restore(ctx)?, &started.before, &mut export)?;
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
    let before: HashMap<&str, &Option<String>> = before.iter().map(|(name, json)| (name.as_str(), json)).collect();
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
