//! Sources of events: from what a sender sends to data objects, dead letters and runs of playbooks.

mod dead_letters;
mod formats;
mod nats;
mod sources;
mod webhooks;

use model::{SourceId, Value};
use service::Error;
use service::ingest::dead_letter::{DeadLetter, ListDeadLetters};
use service::ingest::receive::{Delivery, Receipt};
use service::ingest::source::{NewSource, SourceInput};

use crate::room::{Room, json};

/// A mapping of one's own: events from level 3 on, whose level must be a number.
const MAPPING: &str = r#"{"format": "JSON", "accept": "event.level >= 3", "fields": {
    "title": "${event.rule}", "severity": "${event.level > 7 ? 'High' : 'Low'}", "origin_id": "${event.id}"}}"#;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A webhook with that mapping, whose senders show a token.
fn webhook(name: &str) -> SourceInput {
    let mapping = Some(Value::map(json(MAPPING)));
    SourceInput { name: some(name), mapping, ..SourceInput::default() }
}

/// What a sender with the token sends.
fn shown(token: &str, body: &str) -> Delivery {
    Delivery { token: some(token), body: body.into(), ..Delivery::default() }
}

fn receipt(accepted: usize, repeated: usize, passed: usize, refused: usize) -> Receipt {
    Receipt { accepted, repeated, passed, refused }
}

impl Room {
    async fn source(&self, input: SourceInput) -> NewSource {
        self.made.service.create_source(&self.ctx, input).await.expect("a source is created")
    }

    async fn receive(&self, id: SourceId, delivery: Delivery) -> Result<Receipt, Error> {
        self.made.service.receive_events(self.ctx.tenant, id, delivery).await
    }

    /// A delivery of one who shows the source's token.
    async fn deliver(&self, source: &NewSource, body: &str) -> Receipt {
        self.receive(source.source.row.id, shown(&source.secret, body)).await.expect("is taken in")
    }

    /// The titles of the alerts, oldest first.
    async fn titles(&self) -> Vec<String> {
        self.objects("Alert").await.iter().map(|alert| alert.get("title").to_text().into_owned()).collect()
    }

    /// The dead letters, newest first.
    async fn letters(&self) -> Vec<DeadLetter> {
        let input = ListDeadLetters { limit: Some(100), ..ListDeadLetters::default() };
        let found = self.made.service.list_dead_letters(&self.ctx, input).await.expect("lists");
        let mut letters = Vec::new();
        for row in found.rows {
            letters.push(self.made.service.get_dead_letter(&self.ctx, row.id).await.expect("is there"));
        }
        letters
    }
}
