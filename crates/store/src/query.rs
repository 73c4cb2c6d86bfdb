//! Statements whose text depends on what is asked. Column names and operators come from this crate; values are bound.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use crate::Error;
use crate::bulk::{Cell, check_texts};
use crate::db::{Conn, Inner};

/// Values of a statement that is being written.
#[derive(Debug, Default)]
pub(crate) struct Values {
    cells: Vec<Cell>,
}

impl Values {
    /// Takes a value and gives the place that stands for it: `$3`.
    pub(crate) fn bind(&mut self, cell: Cell) -> String {
        self.cells.push(cell);
        format!("${}", self.cells.len())
    }

    /// Takes several values and gives their places with commas between them.
    pub(crate) fn bind_all(&mut self, cells: impl IntoIterator<Item = Cell>) -> String {
        cells.into_iter().map(|cell| self.bind(cell)).collect::<Vec<_>>().join(", ")
    }

    /// Runs a query with these values.
    pub(crate) async fn fetch_all<T>(&self, conn: &mut Conn, sql: String) -> Result<Vec<T>, Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        check_texts(&self.cells)?;
        macro_rules! run {
            ($conn:ident) => {{
                let mut query = sqlx::query_as(AssertSqlSafe(sql));
                for cell in &self.cells {
                    query = match cell {
                        Cell::Null => query.bind(None::<String>),
                        Cell::Uuid(id) => query.bind(*id),
                        Cell::Int(int) => query.bind(*int),
                        Cell::Text(text) => query.bind(text.as_str()),
                        Cell::Bytes(bytes) => query.bind(bytes.as_slice()),
                        Cell::Bool(truth) => query.bind(*truth),
                    };
                }
                query.fetch_all(&mut **$conn).await
            }};
        }
        match &mut conn.inner {
            Inner::Sqlite(c) => run!(c),
            Inner::Postgres(c) => run!(c),
        }
        .map_err(Error::from)
    }

    /// The one number that a query gives.
    pub(crate) async fn fetch_count(&self, conn: &mut Conn, sql: String) -> Result<i64, Error> {
        let rows: Vec<(i64,)> = self.fetch_all(conn, sql).await?;
        Ok(rows.first().map_or(0, |(count,)| *count))
    }
}
