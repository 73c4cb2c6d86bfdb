//! Writing anchors.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use store::audit::{self as rows, AnchorRow, FIRST};
use uuid::Uuid;

use crate::Service;
use crate::error::Error;
use crate::identity::signature::to_hex;

/// Anchors read at once.
const BATCH: i64 = 500;

/// The last row of a lane, as an anchor states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// Its place.
    pub(super) seq: i64,
    /// Its hash in hexadecimal.
    pub(super) hash: String,
}

/// Lanes by id, in order: what is hashed must always be written the same way.
pub(super) type Heads = BTreeMap<Uuid, Head>;

/// An anchor that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchored {
    /// Its place among the anchors.
    pub seq: i64,
    /// Its keyed hash in hexadecimal: what `muster audit verify --expect` takes.
    pub head: String,
}

/// Writes anchors while lanes grow. One node's anchors serve all: an anchor states what changed since the one before,
/// whoever wrote it.
pub struct Anchorer {
    service: Service,
    /// The last place of each lane that an anchor states.
    stated: BTreeMap<Uuid, i64>,
    /// The last anchor that was looked at; none before the first run, whose anchor states every lane.
    seen: Option<i64>,
}

impl Anchorer {
    /// Has written nothing yet.
    pub fn new(service: Service) -> Self {
        Self { service, stated: BTreeMap::new(), seen: None }
    }

    /// Writes an anchor if a lane has grown since the last one, and logs it; to be called every second and when the server
    /// stops. Gives nothing when there was nothing to do, or when another node was faster.
    pub async fn run_once(&mut self) -> Result<Option<Anchored>, Error> {
        let inner = &self.service.inner;
        let mut conn = inner.db.read().await?;
        let mut last = rows::last_anchor(&mut conn).await?;
        if let Some(seen) = self.seen {
            let mut after = seen;
            while last.as_ref().is_some_and(|last| last.seq > after) {
                let anchors = rows::list_anchors(&mut conn, after, BATCH).await?;
                let Some(newest) = anchors.last().cloned() else { break };
                for anchor in &anchors {
                    self.stated.extend(parse(&anchor.heads)?.into_iter().map(|(lane, head)| (lane, head.seq)));
                }
                after = newest.seq;
                last = Some(newest);
            }
        }
        self.seen = Some(last.as_ref().map_or(0, |last| last.seq));
        let grown: Heads = rows::lane_heads(&mut conn)
            .await?
            .into_iter()
            .filter(|head| self.stated.get(&head.lane).is_none_or(|stated| *stated < head.seq))
            .map(|head| (head.lane, Head { seq: head.seq, hash: to_hex(&head.hash) }))
            .collect();
        drop(conn);
        if grown.is_empty() {
            return Ok(None);
        }

        let seq = last.as_ref().map_or(0, |last| last.seq) + 1;
        let mut anchor = AnchorRow {
            seq,
            at: inner.clock.now(),
            heads: serde_json::to_string(&grown).map_err(Error::internal)?,
            mac: Vec::new(),
        };
        let previous = last.map_or_else(|| FIRST.to_vec(), |last| last.mac);
        anchor.mac = mac(inner.vault.anchor_key(), &previous, &anchor).finalize().into_bytes().to_vec();
        let head = to_hex(&anchor.mac);
        let written = inner.writer.write(move |tx| Box::pin(async move { rows::insert_anchor(tx, &anchor).await }));
        match written.await {
            Ok(()) => {}
            // Another node has written the anchor of this place; the next run looks at it.
            Err(error) if error.is_unique("audit_anchor", "") => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        self.stated.extend(grown.into_iter().map(|(lane, head)| (lane, head.seq)));
        self.seen = Some(seq);
        tracing::info!(audit.anchor = seq, audit.head = %head, "the audit record was anchored");
        Ok(Some(Anchored { seq, head }))
    }
}

pub(super) fn parse(heads: &str) -> Result<Heads, Error> {
    serde_json::from_str(heads).map_err(Error::internal)
}

/// The keyed hash of an anchor: over the one before, its place, its time and the heads as they are stored.
pub(super) fn mac(key: &[u8; 32], previous: &[u8], anchor: &AnchorRow) -> Hmac<Sha256> {
    let AnchorRow { seq, at: Timestamp(at), heads, mac: _ } = anchor;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC key may have any length");
    mac.update(&(previous.len() as u64).to_be_bytes());
    mac.update(previous);
    mac.update(&seq.to_be_bytes());
    mac.update(&at.to_be_bytes());
    mac.update(heads.as_bytes());
    mac
}
