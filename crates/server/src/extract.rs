//! What handlers take from a request. Every refusal is a 400 in our form that names what is wrong and what was expected.

pub mod body;
pub mod caller;
pub mod json;
pub(crate) mod params;
pub mod path;
pub mod query;
pub mod upload;
pub mod workspace;

pub use caller::Authenticated;
pub use json::{Json, Whole};
pub use path::Path;
pub use query::Query;
pub use upload::Upload;
pub use workspace::InWorkspace;
