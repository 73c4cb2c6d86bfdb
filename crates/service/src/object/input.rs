//! What callers give to the use-cases of objects.

use model::Map;

/// An object to create.
#[derive(Debug, Clone, Default)]
pub struct CreateObject {
    /// Its id, a UUID that no object of the workspace has; by default the server chooses it.
    pub id: Option<String>,
    /// The version of the form that it has; 1 by default.
    pub format_version: Option<i64>,
    /// What it is called, unless it says so itself.
    pub name: Option<String>,
    /// How it came: one of [`super::KINDS`]; by default what its origin says.
    pub kind: Option<String>,
    /// Its fields.
    pub data: Option<Map>,
}
