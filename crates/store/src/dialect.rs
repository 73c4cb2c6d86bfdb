//! Every place where a query's text differs. Besides, only [`crate::bulk`], [`crate::migrate`], [`crate::cluster`], the
//! writer and the connections ask which database it is.

use crate::Error;
use crate::db::{Conn, Dialect};
use model::Timestamp;
use sqlx::AssertSqlSafe;

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

    /// The end of a query that must keep its row as it is until the commit, and lets others do the same.
    pub(crate) fn for_share(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR SHARE",
        }
    }

    /// Joins to each row of what comes before the rows of a table that the condition names. Neither database goes the
    /// other way round, whatever it believes to know about how many there are.
    pub(crate) fn join_each(self, table: &str, row: &str, condition: &str) -> String {
        match self {
            Self::Sqlite => format!(" CROSS JOIN {table} {row} ON {condition}"),
            Self::Postgres => {
                format!(" CROSS JOIN LATERAL (SELECT {row}.* FROM {table} {row} WHERE {condition} OFFSET 0) AS {row}")
            }
        }
    }

    /// The database's own clock, in microseconds since 1970.
    pub(crate) fn clock(self) -> &'static str {
        match self {
            Self::Sqlite => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
            Self::Postgres => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        }
    }

    /// A number that connections which write at the same time rarely share: whose row of a sum they change.
    pub(crate) fn slot(self) -> &'static str {
        match self {
            Self::Sqlite => "0",
            Self::Postgres => "pg_backend_pid() % 64",
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
    let sql = format!("SELECT {}", conn.dialect().clock());
    let (now,) = fetch!(conn, fetch_one, (i64,), AssertSqlSafe(sql.as_str()))?;
    Ok(Timestamp(now))
}
