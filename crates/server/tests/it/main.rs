//! The HTTP side: with a toy router, in process and over real connections; and the product's own routes, in process.

mod attachments;
mod auth;
mod bucket;
mod class_settings;
mod component_templates;
mod components;
mod connections;
mod dataclasses;
mod errors;
mod health;
mod iam;
mod idempotency;
mod input;
#[expect(dead_code, reason = "the use-cases' own suite, which this is shared with, looks further inside")]
#[path = "../../../service/tests/it/installation.rs"]
mod installation;
mod logging;
mod mappings;
mod notes;
mod objects;
mod openapi;
mod panel;
mod playbooks;
mod product;
mod relations;
mod serving;
mod sources;
mod toy;
mod upload;
mod workspaces;
