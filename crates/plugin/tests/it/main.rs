//! The HTTP connector against servers of its own, the egress policy end to end, the components that work on data objects,
//! and the pages that list components.

mod biz;
mod docs;
mod egress;
mod http;
mod records;
mod redirects;
mod secmaster;
mod server;
