//! Runs that were put aside because their journal cannot be read or applied.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What `GET …/muster/damaged-instances` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DamagedQuery {
    /// How many rows to skip.
    #[param(minimum = 0, maximum = 10000, default = 0)]
    pub offset: Option<i64>,
    /// How many rows to answer.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    pub limit: Option<i64>,
}

/// A run that was put aside. The retry command has it read again, the terminate command ends it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DamagedOut {
    /// The run.
    pub id: String,
    /// The last turn in its journal.
    pub turn: i64,
    /// Why it cannot go on.
    pub problem: String,
}
