//! Lists: conditions that depend on what the caller asked for, ordering, paging.

use std::fmt::Write as _;

use model::Timestamp;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::Error;
use crate::bulk::Cell;
use crate::db::{Conn, Dialect};
use crate::query::Values;

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
    values: Values,
}

impl Filter {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, text: String::new(), values: Values::default() }
    }

    fn push(&mut self, condition: &str) {
        let joint = if self.text.is_empty() { " WHERE " } else { " AND " };
        let _ = write!(self.text, "{joint}{condition}");
    }

    /// `column <operator> value`.
    pub(crate) fn compare(mut self, column: &'static str, operator: &'static str, value: Cell) -> Self {
        let parameter = self.values.bind(value);
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
            let parameter = self.values.bind(Cell::Text(text.to_owned()));
            let condition = self.dialect.contains(column, &parameter);
            self.push(&condition);
        }
        self
    }

    /// The column is one of the values, when there is a list; an empty list matches nothing.
    pub(crate) fn one_of(mut self, column: &'static str, values: Option<Vec<Cell>>) -> Self {
        if let Some(values) = values {
            if values.is_empty() {
                self.push("1 = 0");
            } else {
                let places = self.values.bind_all(values);
                self.push(&format!("{column} IN ({places})"));
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
                let parameter = self.values.bind(Cell::Text(text.clone()));
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
        mut self,
        conn: &mut Conn,
        columns: &'static str,
        from: &'static str,
        order: &str,
        page: PageRequest,
    ) -> Result<Page<T>, Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let count = format!("SELECT count(*) FROM {from}{}", self.text);
        let total = self.values.fetch_count(conn, count).await?;
        if page.limit == 0 || page.offset >= total {
            return Ok(Page { rows: Vec::new(), total });
        }
        let (limit, offset) = (self.values.bind(Cell::Int(page.limit)), self.values.bind(Cell::Int(page.offset)));
        let tail = format!("ORDER BY {order} LIMIT {limit} OFFSET {offset}");
        Ok(Page { rows: self.all(conn, columns, from, &tail).await?, total })
    }

    /// Fetches the rows; what comes after the conditions is given: order, limit, lock.
    pub(crate) async fn all<T>(
        &self,
        conn: &mut Conn,
        columns: &'static str,
        from: &'static str,
        tail: &str,
    ) -> Result<Vec<T>, Error>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        self.values.fetch_all(conn, format!("SELECT {columns} FROM {from}{} {tail}", self.text)).await
    }
}
