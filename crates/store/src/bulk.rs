//! Many rows in one statement: `unnest` on PostgreSQL, `json_each` on SQLite. Row-by-row statements cost several times
//! as much.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
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
    pub const fn insert(
        table: &'static str,
        columns: &'static [(&'static str, Kind)],
        after: &'static str,
    ) -> Self {
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
            Dialect::Sqlite => rows.push_str(" FROM json_each($1) WHERE true"),
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

    /// Runs the statement over the rows.
    pub async fn execute(&'static self, conn: &mut Conn, rows: &[Vec<Cell>]) -> Result<u64, Error> {
        if rows.is_empty() {
            return Ok(0);
        }
        let sql = AssertSqlSafe(self.text(conn.dialect()));
        match &mut conn.inner {
            Inner::Sqlite(c) => {
                sqlx::query(sql).bind(json(rows)).execute(&mut **c).await.map(|done| done.rows_affected())
            }
            Inner::Postgres(c) => {
                let mut query = sqlx::query(sql);
                for (index, (_, kind)) in self.columns.iter().enumerate() {
                    query = bind_array(query, rows, index, *kind);
                }
                query.execute(&mut **c).await.map(|done| done.rows_affected())
            }
        }
        .map_err(Error::from)
    }

    /// Runs the statement and gives the ids that its `RETURNING` clause names first.
    pub async fn returning_ids(&'static self, conn: &mut Conn, rows: &[Vec<Cell>]) -> Result<Vec<Uuid>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let sql = AssertSqlSafe(self.text(conn.dialect()));
        let ids: Vec<(Uuid,)> = match &mut conn.inner {
            Inner::Sqlite(c) => sqlx::query_as(sql).bind(json(rows)).fetch_all(&mut **c).await?,
            Inner::Postgres(c) => {
                let mut query = sqlx::query_as(sql);
                for (index, (_, kind)) in self.columns.iter().enumerate() {
                    query = bind_array_as(query, rows, index, *kind);
                }
                query.fetch_all(&mut **c).await?
            }
        };
        Ok(ids.into_iter().map(|(id,)| id).collect())
    }
}

fn names(columns: &[(&str, Kind)]) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Inserts one row.
pub(crate) async fn insert<R: Row>(conn: &mut Conn, table: &'static str, row: &R) -> Result<(), Error> {
    let places: Vec<String> = (1..=R::COLUMNS.len()).map(|place| format!("${place}")).collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names(R::COLUMNS), places.join(", "));
    let cells = row.cells();
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

type PgQuery<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;
type PgQueryAs<'q> = sqlx::query::QueryAs<'q, sqlx::Postgres, (Uuid,), sqlx::postgres::PgArguments>;

fn bind_array<'q>(query: PgQuery<'q>, rows: &'q [Vec<Cell>], index: usize, kind: Kind) -> PgQuery<'q> {
    bind_column!(query, rows, index, kind)
}

fn bind_array_as<'q>(query: PgQueryAs<'q>, rows: &'q [Vec<Cell>], index: usize, kind: Kind) -> PgQueryAs<'q> {
    bind_column!(query, rows, index, kind)
}

fn json(rows: &[Vec<Cell>]) -> String {
    struct Row<'a>(&'a [Cell]);
    impl Serialize for Row<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
            for cell in self.0 {
                match cell {
                    Cell::Null => seq.serialize_element(&())?,
                    Cell::Uuid(id) => seq.serialize_element(id.simple().encode_lower(&mut [0; 32]))?,
                    Cell::Int(int) => seq.serialize_element(int)?,
                    Cell::Text(text) => seq.serialize_element(text)?,
                    Cell::Bytes(bytes) => seq.serialize_element(&hex(bytes))?,
                    Cell::Bool(truth) => seq.serialize_element(truth)?,
                }
            }
            seq.end()
        }
    }
    let rows: Vec<Row<'_>> = rows.iter().map(|row| Row(row)).collect();
    serde_json::to_string(&rows).expect("cells have no maps and cannot fail to serialise")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
