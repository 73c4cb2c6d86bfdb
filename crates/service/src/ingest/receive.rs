//! Taking events in: what a sender has sent becomes data objects, or dead letters that tell why not, in one transaction.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use model::id::name_based;
use model::{ObjectId, SourceId, Tenant, Timestamp, Value};
use sha2::{Digest, Sha256};
use store::ingest::dead_letter::{self, DeadLetterRow};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::mapping::{Mapped, Mapping};
use super::source::{SIGNATURE, Source, WEBHOOK};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::identity::signature::from_hex;
use crate::object::{Change, Class, CreateObject, Origin, Outcome};
use crate::{Service, code, content};

/// Events that one delivery may bring: they are committed together.
const EVENTS: usize = 2_000;
/// Bytes that an event counts as having beside its own: a mapping may take its time over an event of any size.
const EVENT_WEIGHT: usize = 4 << 10;
/// The namespace of the ids of objects and dead letters whose deliveries have keys.
const NAMESPACE: Uuid = Uuid::from_u128(0x2f0c_91d4_77ab_4c4e_8d59_0d0f_5a41_c6b3);

/// What a webhook's sender has sent.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// The token that the sender shows.
    pub token: Option<String>,
    /// `sha256=` and the HMAC-SHA-256 of the body under the source's secret, hexadecimal.
    pub signature: Option<String>,
    /// The same when the same events are sent again: those that were taken in before are not taken in twice.
    pub key: Option<String>,
    /// Whether the body holds an event a line, whatever their format.
    pub by_line: bool,
    /// The events.
    pub body: Vec<u8>,
}

/// What became of the events of a delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Became objects.
    pub accepted: usize,
    /// Had become objects or dead letters before.
    pub repeated: usize,
    /// Were passed over, as the mapping says.
    pub passed: usize,
    /// Could not be taken in, and are dead letters.
    pub refused: usize,
}

/// Events that were mapped, and what is to be written of them.
#[derive(Default)]
struct Sorted {
    changes: Vec<Change>,
    letters: Vec<DeadLetterRow>,
    passed: usize,
}

impl Service {
    /// Takes in what a webhook's sender has sent. When this returns, it is committed.
    pub async fn receive_events(&self, tenant: Tenant, id: SourceId, delivery: Delivery) -> Result<Receipt, Error> {
        // Whoever guesses learns nothing of which sources there are.
        let source = self.read_source(tenant, id).await?.filter(|source| source.row.kind == WEBHOOK);
        let source = source.ok_or_else(not_the_sender)?;
        self.check_sender(&source, &delivery)?;
        check_enabled(&source)?;
        let mapping = self.inner.mappings.of(&source)?;
        let by_line = delivery.by_line || !mapping.format().is_json();
        let events = content::blocking(delivery.body.len(), move || split(delivery.body, by_line)).await??;
        let keys = delivery.key.map(|key| (0..events.len()).map(|place| format!("{key}/{place}")).collect());
        self.take_in(&source, events, keys).await
    }

    /// Takes events of a source in. An event with a key that was taken in before is not taken in again.
    pub(super) async fn take_in(
        &self,
        source: &Source,
        events: Vec<Vec<u8>>,
        keys: Option<Vec<String>>,
    ) -> Result<Receipt, Error> {
        let ctx = source_ctx(source);
        let mapping = self.inner.mappings.of(source)?;
        let class = self.object_class(source.tenant(), source.row.dataclass_id).await?;
        let class = class.ok_or_else(|| Error::internal("the source's data class is gone"))?;
        let (this, owned, now) = (self.clone(), source.clone(), self.now());
        let size = events.iter().map(|event| event.len() + EVENT_WEIGHT).sum();
        let acting = ctx.clone();
        let sort = move || this.sort(&acting, &owned, &mapping, &class, events, keys.as_deref(), now);
        let Sorted { changes, letters, passed } = content::blocking(size, sort).await?;
        let total = changes.len() + letters.len();
        let prepared = self.prepare_objects(&ctx, Origin::Ingest, changes).await?;
        let written: Result<(Vec<Outcome>, u64), Error> = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let refused = dead_letter::insert_all(tx, &letters).await?;
                    Ok((prepared.apply(tx).await?, refused))
                })
            })
            .await;
        let (outcomes, refused) = written?;
        let accepted = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done(_))).count();
        let refused = usize::try_from(refused).map_err(Error::internal)?;
        Ok(Receipt { accepted, repeated: total - accepted - refused, passed, refused })
    }

    #[expect(clippy::too_many_arguments, reason = "what a delivery is sorted by, on a thread of its own")]
    fn sort(
        &self,
        ctx: &Ctx,
        source: &Source,
        mapping: &Mapping,
        class: &Arc<Class>,
        events: Vec<Vec<u8>>,
        keys: Option<&[String]>,
        now: Timestamp,
    ) -> Sorted {
        let mut sorted = Sorted::default();
        for (place, event) in events.into_iter().enumerate() {
            let id = match keys {
                Some(keys) => name_based(NAMESPACE, &[&source.row.id.to_string(), &keys[place]]),
                None => self.inner.ids.next(),
            };
            match self.map_event(ctx, mapping, class, &event, ObjectId(id), now) {
                Ok(Some(change)) => sorted.changes.push(change),
                Ok(None) => sorted.passed += 1,
                Err(reason) => sorted.letters.push(letter(source, id, event, &reason, now)),
            }
        }
        sorted
    }

    /// What an event becomes; none when it is passed over.
    pub(super) fn map_event(
        &self,
        ctx: &Ctx,
        mapping: &Mapping,
        class: &Arc<Class>,
        event: &[u8],
        id: ObjectId,
        now: Timestamp,
    ) -> Result<Option<Change>, String> {
        let text = std::str::from_utf8(event).map_err(|error| format!("the event is not UTF-8: {error}"))?;
        match mapping.apply(text, now)? {
            Mapped::Passed => Ok(None),
            Mapped::Object(data) => {
                let input = CreateObject { id: Some(id.to_string()), data: Some(data), ..CreateObject::default() };
                self.new_object(ctx, class, Origin::Ingest, input).map(Some).map_err(|error| error.message().en.clone())
            }
        }
    }

    fn check_sender(&self, source: &Source, delivery: &Delivery) -> Result<(), Error> {
        let is_known = if source.settings.authentication == SIGNATURE {
            let secret = self.source_secret(source)?;
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("an HMAC key may have any length");
            mac.update(&delivery.body);
            let shown = delivery.signature.as_deref().and_then(|text| text.strip_prefix("sha256=")).and_then(from_hex);
            shown.is_some_and(|shown| mac.verify_slice(&shown).is_ok())
        } else {
            let shown = Sha256::digest(delivery.token.as_deref().unwrap_or_default().as_bytes());
            shown.as_slice().ct_eq(&source.row.token_hash).into()
        };
        if is_known { Ok(()) } else { Err(not_the_sender()) }
    }
}

/// An event that could not be taken in. It has the id of the object that it would have become.
fn letter(source: &Source, id: Uuid, body: Vec<u8>, reason: &str, now: Timestamp) -> DeadLetterRow {
    DeadLetterRow {
        workspace_id: source.row.workspace_id,
        id,
        project_id: source.row.project_id,
        source_id: source.row.id,
        received_at: now,
        // PostgreSQL's texts do not hold U+0000.
        reason: reason.replace('\0', "\u{fffd}"),
        replayed_at: None,
        body,
    }
}

/// Who acts for a source: on behalf of whoever has created it, without rights of their own.
pub(super) fn source_ctx(source: &Source) -> Ctx {
    let what = format!("source {}", source.row.id);
    Ctx::automatic(source.tenant(), source.row.creator_id, source.row.name.clone(), what)
}

fn check_enabled(source: &Source) -> Result<(), Error> {
    if source.row.enabled {
        return Ok(());
    }
    Err(Error::new(
        &code::SOURCE_STATE,
        Text::new(
            format!("the source '{}' is disabled", source.row.name),
            format!("数据源'{}'已停用", source.row.name),
        ),
    ))
}

/// The events of a body: lines, or what a JSON array holds, or all of it.
fn split(body: Vec<u8>, by_line: bool) -> Result<Vec<Vec<u8>>, Error> {
    let events: Vec<Vec<u8>> = if by_line {
        let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
    } else {
        let list = std::str::from_utf8(&body).ok().and_then(|text| Value::from_json(text).ok());
        match list.as_ref().and_then(Value::as_list) {
            Some(items) => items.iter().map(|item| item.to_json().into_bytes()).collect(),
            // One event; what is wrong with it is found out when it is mapped.
            None => vec![body],
        }
    };
    if events.is_empty() || events.len() > EVENTS {
        return Err(Error::new(
            &code::INVALID,
            Text::new(format!("the body must hold 1 to {EVENTS} events"), format!("请求体必须包含1到{EVENTS}个事件")),
        ));
    }
    Ok(events)
}

fn not_the_sender() -> Error {
    Error::new(
        &code::UNAUTHENTICATED,
        Text::new(
            "there is no such source, or the token or signature is not that of its sender",
            "数据源不存在，或令牌、签名不正确",
        ),
    )
}
