//! The components that every server has: one folder for each.

pub mod biz;
pub mod http;
pub mod secmaster;
pub mod utilities;

mod arguments;
mod on_records;
mod path;
