//! The use-cases against real storage in a temporary folder.

mod attachments;
mod components;
mod connections;
mod dataclasses;
mod dedup;
mod ingest;
mod installation;
mod records;
mod retention;
mod room;
mod search;
mod templates;
mod workspaces;
