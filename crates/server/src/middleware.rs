//! Layers around the routes, from the outside in: [`trailing_slash`], [`observe`], then [`authenticate`] and
//! [`idempotency`], or nothing.

pub(crate) mod authenticate;
pub(crate) mod fallback;
pub mod idempotency;
pub(crate) mod observe;
pub(crate) mod trailing_slash;
