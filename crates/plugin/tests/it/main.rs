//! The HTTP connector against servers of its own, the egress policy end to end, and the pages that list components.

mod docs;
mod egress;
mod http;
mod redirects;
mod server;
