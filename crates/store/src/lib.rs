//! The only SQL. Everything Muster keeps goes through here, to SQLite or to PostgreSQL, with one SQL text for both but
//! for the functions in [`dialect`].
//!
//! Reads take a [`Conn`], writes a [`Tx`], which only the group [`Writer`] hands out. Every query on tenant data has
//! the tenant in its signature. Row structs are plain data; nothing here decides anything.

#[macro_use]
mod sql;

pub mod audit;
pub mod bulk;
pub mod cluster;
pub mod component;
pub mod connection;
pub mod damaged;
pub mod dataclass;
pub mod db;
pub mod definition;
pub mod dialect;
pub mod error;
pub mod filter;
pub mod idempotency;
pub mod identity;
pub mod ingest;
pub mod instance;
mod lane;
mod metrics;
pub mod migrate;
pub mod object;
pub mod playbook;
mod query;
pub mod root;
pub mod row;
pub mod task;
pub mod turn;
pub mod version;
pub mod workflow;
pub mod workspace;
pub mod writer;

pub use db::{Conn, Db, Tx};
pub use error::Error;
pub use filter::{Order, Page, PageRequest};
pub use writer::Writer;
