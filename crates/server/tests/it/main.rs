//! The HTTP side with a toy router: in process, and over real connections.

mod auth;
mod errors;
mod health;
mod input;
mod logging;
mod openapi;
mod serving;
mod toy;
mod upload;
