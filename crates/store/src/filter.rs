//! Lists: conditions that depend on what the caller asked for, ordering, paging.

use std::fmt::Write as _;

use model::Timestamp;
use sqlx::AssertSqlSafe;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::Error;
use crate::bulk::{Cell, check_texts};
use crate::db::{Conn, Dialect, Inner};

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Order {
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }
}

/// Which rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows to pass over.
    pub offset: i64,
    /// Rows to give at most.
    pub limit: i64,
}

/// Rows of a list and how many there are in all.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows asked for.
    pub rows: Vec<T>,
    /// All rows that match.
    pub total: i64,
}

impl<T> Page<T> {
    /// The same page of converted rows.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(convert).collect(), total: self.total }
    }
}

/// Conditions joined by AND. Column names and operators come from this crate; values are always bound.
pub(crate) struct Filter {
    dialect: Dialect,
    text: String,
    cells: Vec<Cell>,
}

impl Filter {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, text: String::new(), cells: Vec::new() }
    }

    fn push(&mut self, condition: &str) {
        let joint = if self.text.is_empty() { " WHERE " } else { " AND " };
        let _ = write!(self.text, "{joint}{condition}");
    }

    fn parameter(&mut self, cell: Cell) -> String {
        self.cells.push(cell);
        format!("${}", self.cells.len())
    }

    /// `column <operator> value`.
    pub(crate) fn compare(mut self, column: &'static str, operator: &'static str, value: Cell) -> Self {
        let parameter = self.parameter(value);
        self.push(&format!("{column} {operator} {parameter}"));
        self
    }

    /// `column = value`, when there is a value.
    pub(crate) fn equals(self, column: &'static str, value: Option<Cell>) -> Self {
        match value {
            Some(value) => self.compare(column, "=", value),
            None => self,
        }
    }

    /// The column contains the text, ignoring ASCII case, when there is one.
    pub(crate) fn contains(mut self, column: &'static str, text: Option<&str>) -> Self {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let parameter = self.parameter(Cell::Text(text.to_owned()));
            let condition = self.dialect.contains(column, &parameter);
            self.push(&condition);
        }
        self
    }

    /// The column is one of the values, when there is a list; an empty list matches nothing.
    pub(crate) fn one_of(mut self, column: &'static str, values: Option<Vec<Cell>>) -> Self {
        if let Some(values) = values {
            let parameters: Vec<String> = values.into_iter().map(|value| self.parameter(value)).collect();
            if parameters.is_empty() {
                self.push("1 = 0");
            } else {
                self.push(&format!("{column} IN ({})", parameters.join(", ")));
            }
        }
        self
    }

    /// The column's instant is not before `from` and not after `to`, where they are given.
    pub(crate) fn between(self, column: &'static str, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        let filter = match from {
            Some(from) => self.compare(column, ">=", Cell::Int(from.0)),
            None => self,
        };
        match to {
            Some(to) => filter.compare(column, "<=", Cell::Int(to.0)),
            None => filter,
        }
    }

    /// The column contains one of the texts, ignoring ASCII case.
    pub(crate) fn contains_any(mut self, column: &'static str, texts: &[String]) -> Self {
        let conditions: Vec<String> = texts
            .iter()
            .map(|text| {
                let parameter = self.parameter(Cell::Text(text.clone()));
                self.dialect.contains(column, &parameter)
            })
            .collect();
        self.push(&format!("({})", conditions.join(" OR ")));
        self
    }

    /// A condition without values.
    pub(crate) fn fixed(mut self, condition: &'static str) -> Self {
        self.push(condition);
        self
    }

    /// Counts the rows and fetches a page of them.
    pub(crate) async fn page<T>(
        self,
        conn: &mut Conn,
        columns: &'static str,
        from: &'static str,
        order: &str,
        page: PageRequest,
    ) -> Result<Page<T>, Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        check_texts(&self.cells)?;
        let count = format!("SELECT count(*) FROM {from}{}", self.text);
        let (limit, offset) = (self.cells.len() + 1, self.cells.len() + 2);
        let list =
            format!("SELECT {columns} FROM {from}{} ORDER BY {order} LIMIT ${limit} OFFSET ${offset}", self.text);
        macro_rules! run {
            ($conn:expr) => {{
                let mut query = sqlx::query_as(AssertSqlSafe(count));
                for cell in &self.cells {
                    query = bind!(query, cell);
                }
                let (total,): (i64,) = query.fetch_one(&mut **$conn).await?;
                if page.limit == 0 || page.offset >= total {
                    return Ok(Page { rows: Vec::new(), total });
                }
                let mut query = sqlx::query_as(AssertSqlSafe(list));
                for cell in &self.cells {
                    query = bind!(query, cell);
                }
                let rows = query.bind(page.limit).bind(page.offset).fetch_all(&mut **$conn).await?;
                Ok(Page { rows, total })
            }};
        }
        macro_rules! bind {
            ($query:ident, $cell:ident) => {
                match $cell {
                    Cell::Null => $query.bind(None::<String>),
                    Cell::Uuid(id) => $query.bind(*id),
                    Cell::Int(int) => $query.bind(*int),
                    Cell::Text(text) => $query.bind(text.clone()),
                    Cell::Bytes(bytes) => $query.bind(bytes.clone()),
                    Cell::Bool(truth) => $query.bind(*truth),
                }
            };
        }
        match &mut conn.inner {
            Inner::Sqlite(c) => run!(c),
            Inner::Postgres(c) => run!(c),
        }
    }
}
