//! Many rows in one statement: `unnest` on PostgreSQL, `jsonb_each` on SQLite. Row-by-row statements cost several times
//! as much.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{OnceLock, PoisonError, RwLock};

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::Error;
use crate::db::{Conn, Dialect, Inner};
use crate::row::Row;

/// What a column of a bulk statement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 16 bytes.
    Uuid,
    /// A 64-bit integer.
    Int,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// A truth value.
    Bool,
}

/// One value of a bulk statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// 16 bytes.
    Uuid(Uuid),
    /// A 64-bit integer.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A truth value.
    Bool(bool),
}

/// Rows of one table, in the form that their database takes. Whoever makes them pays for that, not the writer's lane,
/// which only joins the rows of many.
#[derive(Debug)]
pub(crate) struct Rows {
    dialect: Dialect,
    /// SQLite: the rows as JSON arrays with commas between them.
    json: Vec<u8>,
    /// PostgreSQL: the rows.
    cells: Vec<Vec<Cell>>,
}

impl Rows {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, json: Vec::new(), cells: Vec::new() }
    }

    /// Adds a row. Fails on a text with U+0000, which PostgreSQL cannot hold and SQLite would cut off.
    pub(crate) fn push(&mut self, row: Vec<Cell>) -> Result<(), Error> {
        check_texts(&row)?;
        match self.dialect {
            Dialect::Sqlite => {
                if !self.json.is_empty() {
                    self.json.push(b',');
                }
                write_json(&mut self.json, &row);
            }
            Dialect::Postgres => self.cells.push(row),
        }
        Ok(())
    }
}

/// The argument of a bulk statement.
enum Argument<'a> {
    Json(String),
    Cells(Vec<&'a [Cell]>),
}

impl<'a> Argument<'a> {
    /// Joins rows; none when there are none.
    fn of(parts: impl IntoIterator<Item = &'a Rows, IntoIter: Clone>) -> Option<Self> {
        let parts = parts.into_iter();
        let bytes: usize = parts.clone().map(|rows| rows.json.len() + 1).sum();
        let mut json = Vec::with_capacity(bytes + 1);
        let mut cells: Vec<&[Cell]> = Vec::new();
        for rows in parts {
            if !rows.json.is_empty() {
                json.push(if json.is_empty() { b'[' } else { b',' });
                json.extend_from_slice(&rows.json);
            }
            cells.extend(rows.cells.iter().map(Vec::as_slice));
        }
        if !json.is_empty() {
            json.push(b']');
            return Some(Self::Json(String::from_utf8(json).expect("JSON is made of texts")));
        }
        if cells.is_empty() { None } else { Some(Self::Cells(cells)) }
    }
}

/// Binds one column of all rows as an array.
macro_rules! bind_column {
    ($query:ident, $rows:ident, $index:ident, $kind:ident) => {{
        macro_rules! column {
            ($variant:ident, $ty:ty, $value:ident => $convert:expr) => {
                $query.bind(
                    $rows
                        .iter()
                        .map(|row| match &row[$index] {
                            Cell::$variant($value) => Some($convert),
                            _ => None,
                        })
                        .collect::<Vec<Option<$ty>>>(),
                )
            };
        }
        match $kind {
            Kind::Uuid => column!(Uuid, Uuid, v => *v),
            Kind::Int => column!(Int, i64, v => *v),
            Kind::Text => column!(Text, &str, v => v.as_str()),
            Kind::Bytes => column!(Bytes, &[u8], v => v.as_slice()),
            Kind::Bool => column!(Bool, bool, v => *v),
        }
    }};
}

/// A statement over many rows.
pub struct Bulk {
    shape: Shape,
    columns: &'static [(&'static str, Kind)],
    after: &'static str,
    /// The texts by dialect, made on first use.
    texts: [OnceLock<&'static str>; 2],
}

enum Shape {
    /// `INSERT INTO <table> (<columns>) SELECT …`.
    Insert(&'static str),
    /// `<before> (SELECT …) AS v`.
    With(&'static str),
}

impl Bulk {
    /// `INSERT INTO <table> (<columns>) <rows> <after>`.
    pub const fn insert(table: &'static str, columns: &'static [(&'static str, Kind)], after: &'static str) -> Self {
        Self { shape: Shape::Insert(table), columns, after, texts: [OnceLock::new(), OnceLock::new()] }
    }

    /// `<before> <rows> AS v <after>`, for UPDATE and DELETE.
    pub const fn with_rows(
        before: &'static str,
        columns: &'static [(&'static str, Kind)],
        after: &'static str,
    ) -> Self {
        Self { shape: Shape::With(before), columns, after, texts: [OnceLock::new(), OnceLock::new()] }
    }

    fn text(&self, dialect: Dialect) -> &'static str {
        let slot = &self.texts[dialect as usize];
        slot.get_or_init(|| Box::leak(self.build(dialect).into_boxed_str()))
    }

    fn build(&self, dialect: Dialect) -> String {
        let mut rows = String::from("SELECT ");
        for (index, (name, kind)) in self.columns.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let _ = match (dialect, kind) {
                (Dialect::Postgres, _) => write!(rows, "{comma}u.{name}"),
                (Dialect::Sqlite, Kind::Uuid | Kind::Bytes) => {
                    write!(rows, "{comma}unhex(value ->> {index}) AS {name}")
                }
                (Dialect::Sqlite, Kind::Int | Kind::Text | Kind::Bool) => {
                    write!(rows, "{comma}value ->> {index} AS {name}")
                }
            };
        }
        match dialect {
            // Not `json_each`: it would write every row out as text again for each of its columns.
            Dialect::Sqlite => rows.push_str(" FROM jsonb_each($1) WHERE true"),
            Dialect::Postgres => {
                let mut arrays = String::new();
                for (index, (_, kind)) in self.columns.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    let ty = match kind {
                        Kind::Uuid => "uuid",
                        Kind::Int => "bigint",
                        Kind::Text => "text",
                        Kind::Bytes => "bytea",
                        Kind::Bool => "boolean",
                    };
                    let _ = write!(arrays, "{comma}${}::{ty}[]", index + 1);
                }
                let _ = write!(rows, " FROM unnest({arrays}) AS u({})", names(self.columns));
            }
        }
        match self.shape {
            Shape::Insert(table) => format!("INSERT INTO {table} ({}) {rows} {}", names(self.columns), self.after),
            Shape::With(before) => format!("{before} ({rows}) AS v {}", self.after),
        }
    }

    /// Runs the statement over the rows. Gives the number of rows that it touched.
    pub async fn execute(&'static self, conn: &mut Conn, rows: &[Vec<Cell>]) -> Result<u64, Error> {
        let mut encoded = Rows::new(conn.dialect());
        for row in rows {
            encoded.push(row.clone())?;
        }
        self.execute_all(conn, [&encoded]).await
    }

    /// Runs the statement over the rows of many.
    pub(crate) async fn execute_all<'a>(
        &'static self,
        conn: &mut Conn,
        parts: impl IntoIterator<Item = &'a Rows, IntoIter: Clone>,
    ) -> Result<u64, Error> {
        let Some(argument) = Argument::of(parts) else { return Ok(0) };
        let sql = AssertSqlSafe(self.text(conn.dialect()));
        match (&mut conn.inner, argument) {
            (Inner::Sqlite(c), Argument::Json(json)) => {
                sqlx::query(sql).bind(json).execute(&mut **c).await.map(|done| done.rows_affected())
            }
            (Inner::Postgres(c), Argument::Cells(rows)) => {
                let mut query = sqlx::query(sql);
                for (index, (_, kind)) in self.columns.iter().enumerate() {
                    query = bind_column!(query, rows, index, kind);
                }
                query.execute(&mut **c).await.map(|done| done.rows_affected())
            }
            (Inner::Sqlite(_), Argument::Cells(_)) | (Inner::Postgres(_), Argument::Json(_)) => {
                return Err(other_database());
            }
        }
        .map_err(Error::from)
    }

    /// Runs the statement over the rows of many and gives the ids that its `RETURNING` clause names first.
    pub(crate) async fn returning_ids<'a>(
        &'static self,
        conn: &mut Conn,
        parts: impl IntoIterator<Item = &'a Rows, IntoIter: Clone>,
    ) -> Result<Vec<Uuid>, Error> {
        let Some(argument) = Argument::of(parts) else { return Ok(Vec::new()) };
        let sql = AssertSqlSafe(self.text(conn.dialect()));
        let ids: Vec<(Uuid,)> = match (&mut conn.inner, argument) {
            (Inner::Sqlite(c), Argument::Json(json)) => sqlx::query_as(sql).bind(json).fetch_all(&mut **c).await?,
            (Inner::Postgres(c), Argument::Cells(rows)) => {
                let mut query = sqlx::query_as(sql);
                for (index, (_, kind)) in self.columns.iter().enumerate() {
                    query = bind_column!(query, rows, index, kind);
                }
                query.fetch_all(&mut **c).await?
            }
            (Inner::Sqlite(_), Argument::Cells(_)) | (Inner::Postgres(_), Argument::Json(_)) => {
                return Err(other_database());
            }
        };
        Ok(ids.into_iter().map(|(id,)| id).collect())
    }
}

fn other_database() -> Error {
    Error::Database(sqlx::Error::Protocol("rows made for the other database".to_owned()))
}

fn names(columns: &[(&str, Kind)]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The text that inserts one row into a table, made once.
fn insert_text(table: &'static str, columns: &[(&str, Kind)]) -> &'static str {
    static TEXTS: RwLock<Option<HashMap<&'static str, &'static str>>> = RwLock::new(None);
    let known =
        TEXTS.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|texts| texts.get(table).copied());
    known.unwrap_or_else(|| {
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
        let text = format!("INSERT INTO {table} ({}) VALUES ({})", names(columns), places.join(", "));
        let text: &'static str = Box::leak(text.into_boxed_str());
        TEXTS.write().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(table, text);
        text
    })
}

/// Inserts one row.
pub(crate) async fn insert<R: Row>(conn: &mut Conn, table: &'static str, row: &R) -> Result<(), Error> {
    let sql = insert_text(table, R::COLUMNS);
    let cells = row.cells();
    check_texts(&cells)?;
    macro_rules! run {
        ($conn:ident) => {{
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (cell, (_, kind)) in cells.iter().zip(R::COLUMNS) {
                query = match (cell, kind) {
                    (Cell::Null, Kind::Uuid) => query.bind(None::<Uuid>),
                    (Cell::Null, Kind::Int) => query.bind(None::<i64>),
                    (Cell::Null, Kind::Text) => query.bind(None::<&str>),
                    (Cell::Null, Kind::Bytes) => query.bind(None::<&[u8]>),
                    (Cell::Null, Kind::Bool) => query.bind(None::<bool>),
                    (Cell::Uuid(id), _) => query.bind(*id),
                    (Cell::Int(int), _) => query.bind(*int),
                    (Cell::Text(text), _) => query.bind(text.as_str()),
                    (Cell::Bytes(bytes), _) => query.bind(bytes.as_slice()),
                    (Cell::Bool(truth), _) => query.bind(*truth),
                };
            }
            query.execute(&mut **$conn).await.map(drop)
        }};
    }
    match &mut conn.inner {
        Inner::Sqlite(c) => run!(c),
        Inner::Postgres(c) => run!(c),
    }
    .map_err(Error::from)
}

/// Fails when a text holds U+0000.
pub(crate) fn check_texts(cells: &[Cell]) -> Result<(), Error> {
    let nul = |cell: &Cell| matches!(cell, Cell::Text(text) if text.as_bytes().contains(&0));
    if cells.iter().any(nul) { Err(Error::NulInText) } else { Ok(()) }
}

fn write_json(json: &mut Vec<u8>, row: &[Cell]) {
    for (index, cell) in row.iter().enumerate() {
        json.push(if index > 0 { b',' } else { b'[' });
        match cell {
            Cell::Null => json.extend_from_slice(b"null"),
            Cell::Uuid(id) => write_hex(json, id.as_bytes()),
            Cell::Int(int) => serde_json::to_writer(&mut *json, int).expect("a number can be written to memory"),
            Cell::Text(text) => serde_json::to_writer(&mut *json, text).expect("a text can be written to memory"),
            Cell::Bytes(bytes) => write_hex(json, bytes),
            Cell::Bool(truth) => json.extend_from_slice(if *truth { b"true" } else { b"false" }),
        }
    }
    json.push(b']');
}

fn write_hex(json: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    json.push(b'"');
    json.extend(bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
    json.push(b'"');
}
