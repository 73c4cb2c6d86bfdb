//! What can go wrong in storage. A violated constraint is told by its name, so that callers can map it.

/// A storage error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique index refused the row.
    #[error("the row breaks the constraint {0}")]
    Unique(String),
    /// The database cannot be reached or refused to answer in time; nothing was written.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// The commit was sent and its outcome is unknown.
    #[error("the outcome of the commit is unknown")]
    CommitUnknown(#[source] sqlx::Error),
    /// Another node has taken this one's work over; it must stop writing.
    #[error("this node's lease has ended")]
    Fenced,
    /// The writer has stopped, or gave the group up before this write; nothing was written.
    #[error("the write was not carried out")]
    Closed,
    /// A write panicked; its group was given up.
    #[error("a write panicked")]
    Panicked,
    /// The schema was made by a newer release.
    #[error("the database has schema {found}, this release knows {known}")]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The newest version this release knows.
        known: i64,
    },
    /// A released migration is not the one that was applied.
    #[error("migration {0} is not the one that the database was made with")]
    ChangedMigration(i64),
    /// A stored value that cannot be read back.
    #[error("a stored row cannot be read: {0}")]
    Corrupt(String),
    /// A text with U+0000, which PostgreSQL cannot hold: refused on both databases before anything is written.
    #[error("a text holds the character U+0000")]
    NulInText,
    /// Any other database error.
    #[error("a database statement failed")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                // PostgreSQL names the constraint; SQLite names the columns in its message.
                let name = database.constraint().map_or_else(|| database.message().to_owned(), str::to_owned);
                Self::Unique(name)
            }
            sqlx::Error::Database(database) if is_transient(database.as_ref()) => Self::Unavailable(error),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Database(error),
        }
    }
}

/// Whether the same statement may succeed later: nothing is wrong with it.
fn is_transient(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte of the extended code: busy, I/O error, full, cannot open.
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 10 | 13 | 14));
    }
    // Connection exceptions, out of resources, operator intervention; a read-only standby, a lock that was not
    // free in time, a deadlock, a serialization failure.
    matches!(code.get(..2), Some("08" | "53" | "57")) || matches!(code.as_ref(), "25006" | "55P03" | "40P01" | "40001")
}

impl Error {
    /// Whether a unique index on this table and column refused the row: `("workflow", "name")`.
    ///
    /// PostgreSQL's constraints are named `<table>_<columns>_key` or as the migration names the index; SQLite tells
    /// `table.column`.
    pub fn is_unique(&self, table: &str, column: &str) -> bool {
        match self {
            Self::Unique(name) => {
                name.contains(&format!("{table}.{column}")) || (name.contains(table) && name.contains(column))
            }
            Self::Unavailable(_)
            | Self::CommitUnknown(_)
            | Self::Fenced
            | Self::Closed
            | Self::Panicked
            | Self::NewerSchema { .. }
            | Self::ChangedMigration(_)
            | Self::Corrupt(_)
            | Self::NulInText
            | Self::Database(_) => false,
        }
    }
}
