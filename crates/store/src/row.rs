//! Rows and columns: how our types are stored. Ids are 16 bytes (`uuid` on PostgreSQL, a blob on SQLite), instants are
//! microseconds in a 64-bit integer, the rest is text, integers, Booleans and bytes.

use model::{
    ActionId, AttachmentId, CommentId, ComponentId, ConnectionId, DataClassId, DomainId, InstanceId, NodeId, NoteId,
    ObjectId, PlaybookId, PlaybookInstanceId, PlaybookVersionId, ProjectId, RoleId, SourceId, TaskId, TemplateId,
    Timestamp, UserId, VersionId, WorkflowId, WorkspaceId,
};
use uuid::Uuid;

use crate::bulk::{Cell, Kind};

/// A type that a column can hold.
pub trait Column: Sized {
    /// What the database driver reads.
    type Raw;
    /// What the database driver writes.
    type Ref<'a>
    where
        Self: 'a;

    /// How bulk statements carry it.
    const KIND: Kind;

    /// From the driver's value.
    fn from_raw(raw: Self::Raw) -> Self;
    /// To the driver's value.
    fn raw(&self) -> Self::Ref<'_>;
    /// To a value of a bulk statement.
    fn cell(&self) -> Cell;
    /// To a value of a bulk statement, without a copy.
    fn into_cell(self) -> Cell {
        self.cell()
    }
    /// Whether it is a text with U+0000, which PostgreSQL cannot hold.
    fn holds_nul(&self) -> bool {
        false
    }
}

/// A row with its columns, for statements over whole rows.
pub trait Row {
    /// Column names and kinds, in the order of [`Row::cells`].
    const COLUMNS: &'static [(&'static str, Kind)];

    /// The values.
    fn cells(&self) -> Vec<Cell>;
    /// The values, without copies.
    fn into_cells(self) -> Vec<Cell>;
}

macro_rules! plain_columns {
    ($($ty:ty => $kind:ident),*) => {$(
        impl Column for $ty {
            type Raw = $ty;
            type Ref<'a> = $ty;
            const KIND: Kind = Kind::$kind;
            fn from_raw(raw: $ty) -> Self {
                raw
            }
            fn raw(&self) -> $ty {
                *self
            }
            fn cell(&self) -> Cell {
                Cell::$kind(*self)
            }
        }
    )*};
}
plain_columns!(i64 => Int, bool => Bool, Uuid => Uuid);

macro_rules! new_type_columns {
    ($($ty:ident($raw:ty)),* $(,)?) => {$(
        impl Column for $ty {
            type Raw = $raw;
            type Ref<'a> = $raw;
            const KIND: Kind = <$raw as Column>::KIND;
            fn from_raw(raw: $raw) -> Self {
                $ty(raw)
            }
            fn raw(&self) -> $raw {
                self.0
            }
            fn cell(&self) -> Cell {
                self.0.cell()
            }
        }
    )*};
}
new_type_columns!(
    ActionId(Uuid),
    AttachmentId(Uuid),
    CommentId(Uuid),
    ComponentId(Uuid),
    ConnectionId(Uuid),
    DataClassId(Uuid),
    DomainId(Uuid),
    InstanceId(Uuid),
    NodeId(Uuid),
    NoteId(Uuid),
    ObjectId(Uuid),
    PlaybookId(Uuid),
    PlaybookInstanceId(Uuid),
    PlaybookVersionId(Uuid),
    ProjectId(Uuid),
    RoleId(Uuid),
    SourceId(Uuid),
    TaskId(Uuid),
    TemplateId(Uuid),
    UserId(Uuid),
    VersionId(Uuid),
    WorkflowId(Uuid),
    WorkspaceId(Uuid),
    Timestamp(i64),
);

impl Column for String {
    type Raw = String;
    type Ref<'a> = &'a str;
    const KIND: Kind = Kind::Text;
    fn from_raw(raw: String) -> Self {
        raw
    }
    fn raw(&self) -> &str {
        self
    }
    fn cell(&self) -> Cell {
        Cell::Text(self.clone())
    }
    fn into_cell(self) -> Cell {
        Cell::Text(self)
    }
    fn holds_nul(&self) -> bool {
        self.as_bytes().contains(&0)
    }
}

impl<'s> Column for &'s str {
    type Raw = &'s str;
    type Ref<'a>
        = &'s str
    where
        's: 'a;
    const KIND: Kind = Kind::Text;
    fn from_raw(raw: &'s str) -> Self {
        raw
    }
    fn raw(&self) -> &'s str {
        self
    }
    fn cell(&self) -> Cell {
        Cell::Text((*self).to_owned())
    }
    fn holds_nul(&self) -> bool {
        self.as_bytes().contains(&0)
    }
}

impl Column for Vec<u8> {
    type Raw = Vec<u8>;
    type Ref<'a> = &'a [u8];
    const KIND: Kind = Kind::Bytes;
    fn from_raw(raw: Vec<u8>) -> Self {
        raw
    }
    fn raw(&self) -> &[u8] {
        self
    }
    fn cell(&self) -> Cell {
        Cell::Bytes(self.clone())
    }
    fn into_cell(self) -> Cell {
        Cell::Bytes(self)
    }
}

impl<T: Column> Column for Option<T> {
    type Raw = Option<T::Raw>;
    type Ref<'a>
        = Option<T::Ref<'a>>
    where
        T: 'a;
    const KIND: Kind = T::KIND;
    fn from_raw(raw: Option<T::Raw>) -> Self {
        raw.map(T::from_raw)
    }
    fn raw(&self) -> Option<T::Ref<'_>> {
        self.as_ref().map(T::raw)
    }
    fn cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, T::cell)
    }
    fn into_cell(self) -> Cell {
        self.map_or(Cell::Null, T::into_cell)
    }
    fn holds_nul(&self) -> bool {
        self.as_ref().is_some_and(T::holds_nul)
    }
}

/// Declares a row: a struct whose fields are columns of the same names, readable from both databases.
macro_rules! row {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl $crate::row::Row for $name {
            const COLUMNS: &'static [(&'static str, $crate::bulk::Kind)] =
                &[$((stringify!($field), <$ty as $crate::row::Column>::KIND)),*];

            fn cells(&self) -> Vec<$crate::bulk::Cell> {
                vec![$($crate::row::Column::cell(&self.$field)),*]
            }

            fn into_cells(self) -> Vec<$crate::bulk::Cell> {
                vec![$($crate::row::Column::into_cell(self.$field)),*]
            }
        }

        row!(@read $name, sqlx::sqlite::SqliteRow, $($field: $ty,)*);
        row!(@read $name, sqlx::postgres::PgRow, $($field: $ty,)*);
    };
    (@read $name:ident, $row:ty, $($field:ident: $ty:ty,)*) => {
        impl<'r> sqlx::FromRow<'r, $row> for $name {
            fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
                use sqlx::Row as _;
                Ok(Self {
                    $($field: <$ty as $crate::row::Column>::from_raw(row.try_get(stringify!($field))?),)*
                })
            }
        }
    };
}
pub(crate) use row;
