//! The components that every server has: one folder for each.

pub mod http;
pub mod utilities;
