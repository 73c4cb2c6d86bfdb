//! Components: what workflows can call, and the host that calls go through.
//!
//! A [`Component`] is a manifest with actions. An action either only computes ([`Behaviour::Pure`]; it runs inside the
//! turn) or acts on the world ([`Behaviour::Effect`]; it runs after the commit, at least once, with an idempotency
//! key). Connectors reach the network only through the [`Host`], which enforces the egress policy, the caps on size and
//! time, and the deadline. A connector never sees the database: the server's data objects are behind a port,
//! [`records::Records`]. Secrets reach it only as [`Secret`].

pub mod builtin;
pub mod connection;
pub mod egress;
pub mod error;
pub mod host;
pub mod manifest;
pub mod nats;
pub mod network;
pub mod records;
pub mod redact;
pub mod registry;

pub use connection::{ConnectionConfig, Secret};
pub use egress::{EgressPolicy, Rule};
pub use error::{ActionError, Error};
pub use host::{Host, HostConfig};
pub use manifest::{Action, Behaviour, Call, Component, ConnectionKey, Connector, Kind, Parameter};
pub use records::Records;
pub use registry::Registry;
