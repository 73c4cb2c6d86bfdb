//! All routes, one file for each resource. A file's `routes()` goes into one of the groups below by what the routes
//! demand of a request; see `docs/how-to/add-an-endpoint.md`.

pub mod paths;

use crate::app::Routes;
use crate::health;

/// The routes of the server.
pub fn all() -> Routes {
    Routes { open: health::routes(), ..Routes::default() }
}
