//! Sources of events besides the API, and what could not be taken in from them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::mapping::TriedOut;

/// The body that creates or changes a source. What is left out of a change stays.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct SourceIn {
    /// Unique in the workspace, 1 to 64 characters. Required on creation.
    #[schema(min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// Up to 1024 characters.
    #[schema(max_length = 1024)]
    pub description: Option<String>,
    /// `webhook` (default): senders post events. `nats`: the server fetches messages from a stream of NATS JetStream. It
    /// cannot be changed.
    #[schema(example = "webhook")]
    pub kind: Option<String>,
    /// The mapping from its events to data objects; or else `builtin`.
    pub mapping: Option<Map<String, Value>>,
    /// The name of a mapping that comes with the server.
    #[schema(example = "suricata-eve")]
    pub builtin: Option<String>,
    /// The class of the data objects; by default alerts.
    pub dataclass_id: Option<String>,
    /// Whether its events are taken in; by default they are.
    pub enabled: Option<bool>,
    /// Of webhooks: `token` (default) or `signature`. It cannot be changed.
    #[schema(example = "token")]
    pub authentication: Option<String>,
    /// Where the messages are; required for the kind `nats`.
    pub nats: Option<NatsIn>,
}

/// Where the messages of a source are, and how to get in. What is left out of a change stays.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct NatsIn {
    /// The server: `nats://host:4222`, or `tls://host:4222` to insist on TLS. It must be one that the server may reach
    /// (`--egress-allow`).
    #[schema(example = "tls://queue.example.com:4222")]
    pub url: Option<String>,
    /// The stream.
    #[schema(example = "EVENTS")]
    pub stream: Option<String>,
    /// Which of its messages, by subject, wildcards included; all of them when it is empty.
    #[schema(example = "events.suricata.>")]
    pub subject: Option<String>,
    /// A user, together with `password`. Credentials are never told. Giving any replaces those that were there, empty ones
    /// remove them; with another `url` they have to be given anew.
    pub user: Option<String>,
    /// The user's password.
    #[schema(format = Password)]
    pub password: Option<String>,
    /// A token, instead of a user and password.
    #[schema(format = Password)]
    pub token: Option<String>,
}

/// What `GET …/muster/sources` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SourceQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
}

/// A source.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct SourceOut {
    /// The id, a UUID.
    pub id: String,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// `webhook` or `nats`.
    pub kind: String,
    /// The mapping; empty when it is a built-in one.
    #[schema(value_type = Object)]
    pub mapping: Map<String, Value>,
    /// The name of the built-in mapping; empty when it has one of its own.
    pub builtin: String,
    /// The class of its data objects.
    pub dataclass_id: String,
    /// Whether its events are taken in.
    pub enabled: bool,
    /// Of a webhook `token` or `signature`; of a stream `none`, `password` or `token`.
    pub authentication: String,
    /// Where senders of a webhook post.
    pub path: String,
    /// Where the messages of a stream are.
    pub nats: NatsOut,
    /// How it goes with an enabled stream on the node that answers: `CONNECTING`, `CONNECTED` or `FAILED`; else empty.
    pub state: String,
    /// What is wrong; empty unless the state is `FAILED`.
    pub problem: String,
    /// Since when it is in this state; empty when it is in none.
    pub state_time: String,
    /// Who created it.
    pub creator_name: String,
    /// When it was created.
    pub create_time: String,
    /// When it last changed.
    pub update_time: String,
}

/// Where the messages of a source are; empty for other sources.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NatsOut {
    /// The server.
    pub url: String,
    /// The stream.
    pub stream: String,
    /// Which of its messages; empty for all of them.
    pub subject: String,
}

/// What a source's mapping makes of a message.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct SourceTriedOut {
    /// The message as text.
    pub event: String,
    /// What became of it.
    #[serde(flatten)]
    pub tried: TriedOut,
}

/// A source with the secret of its senders, which is not told again.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct NewSourceOut {
    /// The source.
    #[serde(flatten)]
    pub source: SourceOut,
    /// The token to show, or the secret to sign with; empty when nobody sends.
    pub secret: String,
}

/// What became of the events of a delivery.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ReceiptOut {
    /// How many became data objects.
    pub accepted: i64,
    /// How many had become data objects or dead letters before, by a delivery with the same key, or are the same as an
    /// earlier one.
    pub repeated: i64,
    /// How many were passed over, as the mapping says.
    pub passed: i64,
    /// How many could not be taken in, and are dead letters.
    pub refused: i64,
}

/// What `GET …/muster/dead-letters` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeadLetterQuery {
    /// Only those of this source.
    pub source_id: Option<String>,
    /// Only those that were replayed, or only the others.
    pub replayed: Option<bool>,
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
}

/// An event that could not be taken in, in a list.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DeadLetterRowOut {
    /// The id, a UUID.
    pub id: String,
    /// The source that it came from.
    pub source_id: String,
    /// When it came.
    pub received_time: String,
    /// Why it could not be taken in.
    pub reason: String,
    /// When it was taken in after all; empty when it was not.
    pub replayed_time: String,
    /// Its size in bytes.
    pub size: i64,
}

/// An event that could not be taken in.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DeadLetterOut {
    /// What lists have of it.
    #[serde(flatten)]
    pub row: DeadLetterRowOut,
    /// `text` or `base64`: how `body` is written.
    pub encoding: String,
    /// What came.
    pub body: String,
}
