//! Search for data objects by what is known of them outside their bodies: terms, instants, relations.
//!
//! A search narrows down; whoever needs more than terms can say reads the candidates batch by batch and decides. The
//! same search finds the same objects in the same order whichever way they are read, and the way is chosen by what
//! there is to read: objects that are few are gathered and sorted, of many the index that has the order is walked.

mod plan;
mod statement;
#[cfg(test)]
mod tests;

use model::{DataClassId, ObjectId, Tenant, Timestamp};

use crate::bulk::Cell;
use crate::db::Dialect;
use crate::object::term::{TermMatch, field_number};
use crate::object::{ObjectRow, count};
use crate::{Conn, Error, Order, PageRequest};

use plan::{Cover, Node};
use statement::Statement;

/// Conditions that a [`TermFilter`] has at most.
pub const MOST_CONDITIONS: usize = 200;
/// Values that the conditions of a [`TermFilter`] name at most.
pub const MOST_VALUES: usize = 10_000;
/// Levels that a [`TermFilter`] has at most.
const MOST_LEVELS: usize = 50;

/// One of the instants that every object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectTime {
    /// When it was created.
    Create,
    /// When it last changed.
    Update,
    /// When what it tells of happened.
    Occur,
}

impl ObjectTime {
    fn column(self) -> &'static str {
        match self {
            Self::Create => "create_time",
            Self::Update => "update_time",
            Self::Occur => "occur_time",
        }
    }

    fn of(self, row: &ObjectRow) -> Timestamp {
        match self {
            Self::Create => row.create_time,
            Self::Update => row.update_time,
            Self::Occur => row.occur_time,
        }
    }
}

/// What objects are sorted by.
#[derive(Debug, Clone, PartialEq)]
pub enum Sort {
    /// An instant, then the id.
    Time(ObjectTime),
    /// The value of a searchable field, then the creation, then the id. Of several values the one that comes first
    /// counts; objects without a value come last, whatever the order.
    Field(String),
}

/// What terms must be like.
#[derive(Debug, Clone, PartialEq)]
pub enum TermFilter {
    /// Everything matches.
    All,
    /// All of these hold; everything matches the empty list.
    And(Vec<TermFilter>),
    /// One of these holds; nothing matches the empty list.
    Or(Vec<TermFilter>),
    /// A searchable field has a value that matches.
    Field {
        /// The field's key.
        key: String,
        /// What its value is like.
        is: TermMatch,
    },
    /// A searchable field has no value that matches. Values that are not kept do not count.
    NotField {
        /// The field's key.
        key: String,
        /// What none of its values is like.
        is: TermMatch,
    },
}

impl TermFilter {
    /// Whether it is small enough to be run. One that is not narrows nothing down: the search finds the whole class.
    pub fn fits(&self) -> bool {
        let (mut conditions, mut values) = (0, 0);
        self.measure(0, &mut conditions, &mut values) && conditions <= MOST_CONDITIONS && values <= MOST_VALUES
    }

    fn measure(&self, level: usize, conditions: &mut usize, values: &mut usize) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) | Self::Or(parts) => {
                level < MOST_LEVELS && parts.iter().all(|part| part.measure(level + 1, conditions, values))
            }
            Self::Field { is, .. } | Self::NotField { is, .. } => {
                *conditions += 1;
                if let TermMatch::OneOf(listed) = is {
                    *values += listed.len();
                }
                true
            }
        }
    }
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Objects of this class.
    pub class: DataClassId,
    /// Whose terms are like this.
    pub filter: TermFilter,
    /// The instant that `from` and `to` are about.
    pub time: ObjectTime,
    /// At or after this instant.
    pub from: Option<Timestamp>,
    /// At or before this instant.
    pub to: Option<Timestamp>,
    /// One of these, at most some thousands.
    pub ids: Option<Vec<ObjectId>>,
    /// Related to this object.
    pub related_to: Option<ObjectId>,
    /// Sorted by this.
    pub sort: Sort,
    /// In this direction.
    pub order: Order,
}

/// Where a batch ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The term that the last object is sorted by, if it is sorted by a field.
    term: Vec<u8>,
    time: Timestamp,
    id: ObjectId,
}

/// Some of the objects that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The objects, in order.
    pub rows: Vec<ObjectRow>,
    /// Where to go on; none when these were the last.
    pub next: Option<Cursor>,
}

/// A search whose matches have been counted.
#[derive(Debug)]
pub struct Found {
    dialect: Dialect,
    tenant: Tenant,
    search: Search,
    /// Conditions that all hold.
    parts: Vec<Node>,
    /// The rarest terms that every match has, if it must have any.
    cover: Option<Cover>,
    is_exact: bool,
    total: i64,
}

/// A row with the term that it is sorted by.
struct Keyed {
    row: ObjectRow,
    term: Vec<u8>,
}

impl<'r, R> sqlx::FromRow<'r, R> for Keyed
where
    R: sqlx::Row,
    ObjectRow: sqlx::FromRow<'r, R>,
    Vec<u8>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    &'static str: sqlx::ColumnIndex<R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self { row: ObjectRow::from_row(row)?, term: row.try_get("sort_term")? })
    }
}

/// Which rows of the result a statement gives.
#[derive(Debug, Clone, Copy)]
enum Window<'c> {
    At { offset: i64, limit: i64 },
    After { cursor: Option<&'c Cursor>, limit: i64 },
}

impl Window<'_> {
    /// How many rows have to be gone through.
    fn reach(self) -> i64 {
        match self {
            Self::At { offset, limit } => offset.saturating_add(limit),
            Self::After { limit, .. } => limit,
        }
    }

    fn limit(self) -> i64 {
        match self {
            Self::At { limit, .. } | Self::After { limit, .. } => limit,
        }
    }
}

/// Counts what a search finds.
pub async fn open(conn: &mut Conn, tenant: Tenant, search: Search) -> Result<Found, Error> {
    let (parts, is_exact) = plan::parts(conn, tenant, &search).await?;
    let cover = plan::choose_cover(conn, tenant, search.class, &parts).await?;
    let mut found = Found { dialect: conn.dialect(), tenant, search, parts, cover, is_exact, total: 0 };
    found.total = if found.is_of_all() {
        count::of_class(conn, tenant, found.search.class).await?
    } else {
        found.counting().count(conn).await?
    };
    Ok(found)
}

impl Found {
    /// Whether every object of the class matches.
    fn is_of_all(&self) -> bool {
        self.parts.is_empty() && self.search.from.is_none() && self.search.to.is_none()
    }

    /// How many objects match.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Whether they are what the filter says and no others. They are not when the filter is too large to be run, and
    /// when some object has values that are not kept of a field that the filter names.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// A page of them.
    pub async fn page(&self, conn: &mut Conn, page: PageRequest) -> Result<Vec<ObjectRow>, Error> {
        if page.limit == 0 || page.offset >= self.total {
            return Ok(Vec::new());
        }
        let rows = self.read(conn, Window::At { offset: page.offset, limit: page.limit }).await?;
        Ok(rows.into_iter().map(|keyed| keyed.row).collect())
    }

    /// Up to `limit` of them after a batch, or the first ones. Objects that come, go or move meanwhile may be missed.
    pub async fn after(&self, conn: &mut Conn, cursor: Option<&Cursor>, limit: i64) -> Result<Batch, Error> {
        if self.total == 0 {
            return Ok(Batch { rows: Vec::new(), next: None });
        }
        let rows = self.read(conn, Window::After { cursor, limit }).await?;
        let is_full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit;
        let next = rows.last().filter(|_| is_full).map(|Keyed { row, term }| Cursor {
            term: term.clone(),
            time: self.time().of(row),
            id: row.id,
        });
        Ok(Batch { rows: rows.into_iter().map(|keyed| keyed.row).collect(), next })
    }

    /// The instant that rows are sorted by, at last.
    fn time(&self) -> ObjectTime {
        match self.search.sort {
            Sort::Time(time) => time,
            Sort::Field(_) => ObjectTime::Create,
        }
    }

    /// The term that stands for no value: behind all others in the direction of the search.
    fn no_term(&self) -> Vec<u8> {
        match self.search.order {
            Order::Ascending => vec![u8::MAX],
            Order::Descending => vec![0],
        }
    }

    async fn read(&self, conn: &mut Conn, window: Window<'_>) -> Result<Vec<Keyed>, Error> {
        let gathers = self.cover.as_ref().filter(|cover| self.gather(cover) <= self.walk(window));
        match (&self.search.sort, gathers) {
            (Sort::Time(_), gathers) => self.by_time(gathers, window).fetch(conn).await,
            (Sort::Field(key), Some(cover)) => self.gathered_by_field(cover, key, window).fetch(conn).await,
            (Sort::Field(key), None) => self.walk_field(conn, key, window).await,
        }
    }

    /// About how many objects a walk through the class passes until it has found what is asked for, in a class of a
    /// million: in larger ones a walk costs more, but what it is compared with mostly does as well.
    fn walk(&self, window: Window<'_>) -> i64 {
        const CLASS: i64 = 1_000_000;
        CLASS.min(CLASS / self.total.max(1) * window.reach())
    }

    /// How many objects of a walk cost as much as gathering what the cover leads to. A walk passes an object without
    /// reading it; to be sorted, it is read.
    fn gather(&self, cover: &Cover) -> i64 {
        const READ: i64 = 4;
        READ * cover.size.max(self.total)
    }

    fn counting(&self) -> Statement {
        let mut statement = Statement::new(self.dialect, self.tenant, self.search.class);
        match &self.cover {
            Some(cover) => {
                statement.start_at_cover(cover);
                let is_bounded = self.search.from.is_some() || self.search.to.is_some();
                if is_bounded && !self.tells_instant(cover) || !cover.is_of_class() {
                    statement.join_objects();
                }
            }
            None => statement.start_at_class(),
        }
        self.restrict(&mut statement, self.cover.as_ref());
        statement
    }

    /// Objects with the conditions that they must meet, from a cover or from the whole class.
    fn objects(&self, cover: Option<&Cover>) -> Statement {
        let mut statement = Statement::new(self.dialect, self.tenant, self.search.class);
        match cover {
            Some(cover) => {
                statement.start_at_cover(cover);
                statement.join_objects();
            }
            None => statement.start_at_class(),
        }
        self.restrict(&mut statement, cover);
        statement
    }

    fn restrict(&self, statement: &mut Statement, cover: Option<&Cover>) {
        statement.between(&self.instant(cover), self.search.from, self.search.to);
        statement.narrow(&self.parts, cover);
    }

    /// The column of the instant that the search is about.
    fn instant(&self, cover: Option<&Cover>) -> String {
        let row = if cover.is_some_and(|cover| self.tells_instant(cover)) { "d" } else { "o" };
        format!("{row}.{}", self.search.time.column())
    }

    /// Whether the rows of a cover have that instant.
    fn tells_instant(&self, cover: &Cover) -> bool {
        self.search.time == ObjectTime::Create && cover.is_one_term()
    }

    fn by_time(&self, gathers: Option<&Cover>, window: Window<'_>) -> Statement {
        let time = self.time();
        // The rows of one term are in the order of creation: however many they are, they need no sorting.
        if let Some(cover) = &self.cover
            && time == ObjectTime::Create
            && cover.is_one_term()
        {
            return self.by_creation(cover, window);
        }
        let mut statement = self.objects(gathers);
        let no_term = statement.bind(Cell::Bytes(self.no_term()));
        self.place(&mut statement, &no_term, &[format!("o.{}", time.column()), "o.id".to_owned()], window);
        statement
    }

    fn by_creation(&self, cover: &Cover, window: Window<'_>) -> Statement {
        let mut statement = Statement::new(self.dialect, self.tenant, self.search.class);
        statement.start_at_cover(cover);
        let is_bounded = self.search.from.is_some() || self.search.to.is_some();
        let is_about_terms = !is_bounded || self.tells_instant(cover);
        if !is_about_terms {
            statement.join_objects();
        }
        self.restrict(&mut statement, Some(cover));
        let no_term = statement.bind(Cell::Bytes(self.no_term()));
        let keys = ["d.create_time".to_owned(), "d.object_id".to_owned()];
        self.place(&mut statement, &no_term, &keys, window);
        if is_about_terms {
            statement.join_objects_at_last(&keys, self.search.order);
        }
        statement
    }

    fn gathered_by_field(&self, cover: &Cover, key: &str, window: Window<'_>) -> Statement {
        let mut statement = self.objects(Some(cover));
        let field = statement.bind(Cell::Int(field_number(self.tenant, self.search.class, key)));
        let no_term = statement.bind(Cell::Bytes(self.no_term()));
        // The inner `coalesce` changes nothing. It keeps PostgreSQL from looking for the first term of the object among
        // those of all objects, only because they are in order there.
        let term = format!(
            "coalesce((SELECT s.term FROM object_term s WHERE s.workspace_id = $1 AND s.object_id = o.id \
             AND s.field = {field} ORDER BY coalesce(s.term, {no_term}) {} LIMIT 1), {no_term})",
            self.search.order.sql()
        );
        let keys = [term.clone(), "o.create_time".to_owned(), "o.id".to_owned()];
        self.place(&mut statement, &term, &keys, window);
        statement
    }

    /// Walks the terms of a field, then the objects that have none.
    async fn walk_field(&self, conn: &mut Conn, key: &str, window: Window<'_>) -> Result<Vec<Keyed>, Error> {
        let is_past = matches!(window, Window::After { cursor: Some(cursor), .. } if cursor.term == self.no_term());
        let mut rows = Vec::new();
        if !is_past {
            rows = self.with_field(key, Some(window)).fetch(conn).await?;
        }
        let missing = window.limit() - i64::try_from(rows.len()).unwrap_or(i64::MAX);
        if missing > 0 {
            let rest = match window {
                Window::After { cursor, .. } => Window::After { cursor: cursor.filter(|_| is_past), limit: missing },
                Window::At { offset, .. } => {
                    let passed = self.with_field(key, None).count(conn).await?;
                    Window::At { offset: (offset - passed).max(0), limit: missing }
                }
            };
            rows.extend(self.without_field(key, rest).fetch(conn).await?);
        }
        Ok(rows)
    }

    fn with_field(&self, key: &str, window: Option<Window<'_>>) -> Statement {
        let mut statement = Statement::new(self.dialect, self.tenant, self.search.class);
        statement.start_at_field(field_number(self.tenant, self.search.class, key), self.search.order);
        self.restrict(&mut statement, None);
        if let Some(window) = window {
            let keys = ["d.term".to_owned(), "d.create_time".to_owned(), "d.object_id".to_owned()];
            self.place(&mut statement, "d.term", &keys, window);
        }
        statement
    }

    fn without_field(&self, key: &str, window: Window<'_>) -> Statement {
        let mut statement = self.objects(None);
        statement.lack(field_number(self.tenant, self.search.class, key));
        let no_term = statement.bind(Cell::Bytes(self.no_term()));
        let keys = ["o.create_time".to_owned(), "o.id".to_owned()];
        self.place(&mut statement, &no_term, &keys, window);
        statement
    }

    /// Sorts by the keys, the last of which are an instant and the id, and picks the rows of the window.
    fn place(&self, statement: &mut Statement, term: &str, keys: &[String], window: Window<'_>) {
        if let Window::After { cursor: Some(cursor), .. } = window {
            let last = [Cell::Bytes(cursor.term.clone()), Cell::Int(cursor.time.0), Cell::Uuid(cursor.id.0)];
            statement.go_on(keys, last.into_iter().skip(3 - keys.len()), self.search.order);
        }
        let offset = match window {
            Window::At { offset, .. } => offset,
            Window::After { .. } => 0,
        };
        statement.sort(term, keys, self.search.order, offset, window.limit());
    }
}
