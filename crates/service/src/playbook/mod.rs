//! Playbooks: which workflows run when something happens to a data object, or when the clock says so.

pub(crate) mod rule;
pub(crate) mod timer;
