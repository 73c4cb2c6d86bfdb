//! Why a turn or a replay cannot go on.

use std::sync::Arc;

use model::VersionId;

use crate::{ElementNo, Rejection};

/// Why a turn did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The command cannot be carried out now; the state is unchanged and stays usable.
    #[error("the command was refused")]
    Rejected(#[from] Rejection),
    /// State and definition contradict each other; the state may be half changed and must be thrown away.
    #[error("the instance is damaged")]
    Corrupt(#[from] Corrupt),
}

/// Events, state and definition do not belong together: damaged data or a bug, never the fault of a process.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// The definition is not at hand.
    #[error("the definition {0} is not at hand")]
    Definition(VersionId),
    /// The definition has no such node.
    #[error("the definition has no node '{0}'")]
    Node(Arc<str>),
    /// The definition has no such flow.
    #[error("the definition has no flow '{0}'")]
    Flow(Arc<str>),
    /// There is no such element, or it is not in a state in which the event can happen.
    #[error("element {0:?} cannot have had this event")]
    Element(ElementNo),
    /// A token was taken from a flow that has none.
    #[error("there is no token on flow '{0}'")]
    Token(Arc<str>),
}
