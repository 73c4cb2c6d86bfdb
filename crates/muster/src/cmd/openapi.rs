//! `muster openapi`: prints the document that `/openapi.json` serves.

/// Prints it.
pub(crate) fn run() -> anyhow::Result<()> {
    super::print(&server::openapi::openapi());
    Ok(())
}
