//! Steps that elements share. They emit events; none of them changes state by itself.

pub(crate) mod backoff;
pub(crate) mod call;
pub(crate) mod catch;
pub(crate) mod compensation;
pub(crate) mod complex;
pub(crate) mod condition;
pub(crate) mod expression;
pub(crate) mod failure;
pub(crate) mod fault;
pub(crate) mod flows;
pub(crate) mod inclusive;
pub(crate) mod join;
pub(crate) mod limit;
pub(crate) mod looping;
pub(crate) mod moment;
pub(crate) mod scope;
pub(crate) mod throw;
pub(crate) mod transition;
pub(crate) mod variables;
pub(crate) mod work;
