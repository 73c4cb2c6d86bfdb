//! Domains, projects, users, access keys, tokens, roles and their bindings, and facts about the installation.
//!
//! Secrets come in and go out as they are kept: hashed or sealed.

pub mod key;
pub mod project;
pub mod role;
pub mod setting;
pub mod token;
pub mod user;
