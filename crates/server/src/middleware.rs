//! Layers around the routes, from the outside in: [`trailing_slash`], [`observe`], then [`authenticate`] or nothing.

pub(crate) mod authenticate;
pub(crate) mod fallback;
pub(crate) mod observe;
pub(crate) mod trailing_slash;
