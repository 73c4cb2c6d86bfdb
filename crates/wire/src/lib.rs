//! Request and response types of the contract, nothing else: no rules, no ids, no HTTP.
//!
//! Fields are named as on the wire. Requests are permissive: every field is optional and enumerations are text, since
//! the service checks them and says in its message what a field may hold; unknown fields are ignored. Responses write
//! every field: unset text is `""` and never null.

pub mod alert;
pub mod attachment;
pub mod audit;
pub mod class_settings;
pub mod component;
pub mod connection;
pub mod damaged;
pub mod data_object;
pub mod dataclass;
pub mod envelope;
pub mod iam;
pub mod incident;
pub mod indicator;
pub mod instance;
pub mod mapping;
pub mod note;
mod object;
pub mod one_or_many;
pub mod panel;
pub mod playbook;
pub mod relation;
pub mod source;
pub mod task;
pub mod text_or_json;
pub mod text_or_number;
pub mod version;
pub mod vulnerability;
pub mod workflow;
pub mod workspace;
