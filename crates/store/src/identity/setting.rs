//! Facts about the installation.

use crate::{Conn, Error, Tx};

/// A fact by name.
pub async fn get(conn: &mut Conn, name: &str) -> Result<Option<String>, Error> {
    let found = fetch!(conn, fetch_optional, (String,), "SELECT value FROM setting WHERE name = $1", name)?;
    Ok(found.map(|(value,)| value))
}

/// Records a fact unless it is known already; true for the one caller that recorded it. A second node waits here for
/// the first one's commit.
pub async fn claim(tx: &mut Tx, name: &str, value: &str) -> Result<bool, Error> {
    let claimed =
        execute!(tx, "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, value)?;
    Ok(claimed == 1)
}
