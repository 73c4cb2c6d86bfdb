//! Every place where the two databases are told different things. Nothing else in the crate asks which one it is.

use crate::Error;
use crate::db::{Conn, Dialect};
use model::Timestamp;

impl Dialect {
    /// A condition that is true when the column's text contains the parameter's, ignoring ASCII case.
    pub(crate) fn contains(self, column: &str, parameter: &str) -> String {
        match self {
            Self::Sqlite => format!("instr(lower({column}), lower({parameter})) > 0"),
            // The parameter's own collation is the database's, whose idea of lower case may be wider.
            Self::Postgres => format!("strpos(lower({column}), lower({parameter} COLLATE \"C\")) > 0"),
        }
    }

    /// The end of a subquery that picks rows to claim: rows that another node is claiming are passed over.
    pub(crate) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// The end of a query that must keep its row from being deleted until the commit. Others may hold the row as well
    /// and change its other columns: a heartbeat does not wait for the commits of its own node.
    pub(crate) fn keep_row(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR KEY SHARE",
        }
    }

    /// The end of a query that must hold its row alone until the commit. SQLite has one writer anyway.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }
}

/// The database's own clock, which leases are counted on: every node sees the same one.
pub(crate) async fn now(conn: &mut Conn) -> Result<Timestamp, Error> {
    let sql = match conn.dialect() {
        Dialect::Sqlite => "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        Dialect::Postgres => "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
    };
    let (now,) = fetch!(conn, fetch_one, (i64,), sql)?;
    Ok(Timestamp(now))
}
