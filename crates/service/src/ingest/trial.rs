//! Trying a mapping on events, and a stream with its mapping, before anything is saved.

use model::Value;
use plugin::nats::Login;

use super::builtin::{self, BUILTINS, Builtin};
use super::mapping::{Mapped, Mapping};
use super::nats::{self, NATS};
use super::source::SourceInput;
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

/// Events of one trial.
const EVENTS: usize = 100;
/// Bytes of one event.
const EVENT_BYTES: usize = 1 << 20;

/// A mapping and what to try it on.
#[derive(Debug, Clone, Default)]
pub struct TryMapping {
    /// The mapping, as [`Mapping::parse`] reads it; or else `builtin`.
    pub mapping: Option<Value>,
    /// The name of a mapping that comes with the server.
    pub builtin: Option<String>,
    /// The events, each as its source writes it.
    pub events: Option<Vec<String>>,
}

/// What became of one event: what it was mapped to, or why it could not be.
pub type Tried = Result<Mapped, String>;

impl Service {
    /// The mappings that come with the server.
    pub fn list_mappings(&self, ctx: &Ctx) -> Result<&'static [Builtin], Error> {
        ctx.require("secmaster:mapping:list")?;
        Ok(BUILTINS)
    }

    /// What a mapping makes of events, in their order. Nothing is saved.
    pub async fn try_mapping(&self, ctx: &Ctx, input: TryMapping) -> Result<Vec<Tried>, Error> {
        ctx.require("secmaster:mapping:try")?;
        let now = self.now();
        // A mapping of somebody's own may use its whole budget on each event.
        let tried = tokio::task::spawn_blocking(move || {
            let mut fields = Fields::new();
            let mapping = chosen(&mut fields, &input);
            let events = fields.required("events", input.events);
            if events.len() > EVENTS || events.iter().any(|event| event.len() > EVENT_BYTES) {
                fields.violation(
                    format!("events must be at most {EVENTS}, each of at most {} MiB", EVENT_BYTES >> 20),
                    format!("events最多{EVENTS}个，每个最大{}MiB", EVENT_BYTES >> 20),
                );
            }
            fields.finish()?;
            let mapping = mapping.ok_or_else(|| Error::internal("a missing mapping was refused above"))?;
            Ok(events.iter().map(|event| mapping.apply(event, now)).collect())
        });
        tried.await.map_err(Error::internal)?
    }
}

impl Service {
    /// What a source's mapping makes of the latest message of its stream; none when there is no message. Nothing is saved,
    /// and the message stays where it is.
    pub async fn try_source(&self, ctx: &Ctx, input: SourceInput) -> Result<Option<(Vec<u8>, Tried)>, Error> {
        ctx.require("secmaster:source:create")?;
        let mut fields = Fields::new();
        // A webhook's senders cannot be asked.
        fields.one_of("kind", input.kind, &[NATS]);
        let (settings, login) = nats::checked(&mut fields, input.nats.unwrap_or_default(), None);
        let mapping = TryMapping { mapping: input.mapping, builtin: input.builtin, events: None };
        let mapping = chosen(&mut fields, &mapping);
        fields.finish()?;
        let mapping = mapping.ok_or_else(|| Error::internal("a missing mapping was refused above"))?;
        let place = nats::place(&settings, login.unwrap_or(Login::Nobody))?;
        let latest = self.inner.runtime.host().latest_message(&place).await.map_err(|error| {
            Error::new(&code::SOURCE_STREAM, Text::new(format!("nats: {error}"), format!("nats：{error}")))
        })?;
        let now = self.now();
        let tried = latest.map(|event| {
            let text = std::str::from_utf8(&event).map_err(|error| format!("the event is not UTF-8: {error}"));
            let tried = text.and_then(|text| mapping.apply(text, now));
            (event, tried)
        });
        Ok(tried)
    }
}

fn chosen(fields: &mut Fields, input: &TryMapping) -> Option<Mapping> {
    match (&input.mapping, &input.builtin) {
        (Some(document), None) => match Mapping::parse(document) {
            Ok(mapping) => Some(mapping),
            Err(problems) => {
                for problem in problems {
                    fields.violation(format!("mapping: {problem}"), format!("mapping：{problem}"));
                }
                None
            }
        },
        (None, Some(name)) => {
            let mapping = builtin::named(name).cloned();
            if mapping.is_none() {
                let names: Vec<&str> = BUILTINS.iter().map(|builtin| builtin.name).collect();
                fields.violation(
                    format!("builtin must be one of {}", names.join(", ")),
                    format!("builtin必须是以下之一：{}", names.join("、")),
                );
            }
            mapping
        }
        (None, None) | (Some(_), Some(_)) => {
            fields.violation("one of mapping and builtin is required", "mapping和builtin必须且只能填写一个");
            None
        }
    }
}
