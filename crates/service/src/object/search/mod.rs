//! Searching for objects: conditions as in rules of playbooks, decided by the same code.
//!
//! The terms of objects narrow a search down. Where they tell all that it asks, the storage counts and pages; else the
//! candidates are read in their order and the rule decides, which has a limited time.

pub(super) mod filter;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use expr::condition::Rule;
use model::{DataClassId, ObjectId, Value};
use store::PageRequest;
use store::filter::{Order, Page};
use store::object::search::{self as rows, Found, ObjectTime, Search, Sort};

use super::class::Class;
use super::classes::ClassName;
use super::write::DataObject;
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code, content, page};

pub(crate) use walk::Walk;

/// How long a search may take.
const BUDGET: Duration = Duration::from_secs(2);
/// Searches that decide on objects at once; others wait.
pub(crate) const AT_ONCE: usize = 2;
/// Bytes that the objects of a page may have together.
const PAGE_BYTES: usize = 64 << 20;
/// Objects of a page that are read at once.
const SLICE: i64 = 100;
/// Ids that a search may be narrowed to.
const MOST_IDS: usize = 1_000;

/// What to search for.
#[derive(Debug, Clone, Default)]
pub struct SearchObjects {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// `create_time`, `update_time` or a searchable field of the class.
    pub sort_by: Option<String>,
    /// `ASC` or `DESC`.
    pub order: Option<String>,
    /// Created at this time or later.
    pub from_date: Option<String>,
    /// Created at this time or earlier.
    pub to_date: Option<String>,
    /// Conditions: a name, and a field, an operator and values.
    pub conditions: Vec<(String, Vec<Value>)>,
    /// How the conditions go together, by their names.
    pub logics: Vec<String>,
    /// One of these objects.
    pub ids: Option<Vec<String>>,
    /// Of this class, which must be the one that is searched.
    pub dataclass_id: Option<String>,
}

/// A search that is known to be one.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// What the storage is asked.
    pub(crate) search: Search,
    /// What decides.
    pub(crate) rule: Arc<Rule>,
    /// Whether the storage's answer decides, if it is exact.
    is_decided_by_terms: bool,
    /// Which of those found.
    pub(crate) page: PageRequest,
}

impl Service {
    /// A page of the objects of a class that meet conditions.
    pub async fn search_objects(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        input: SearchObjects,
    ) -> Result<(Page<DataObject>, PageRequest), Error> {
        let class = self.class_named(ctx, class, |rights| rights.list).await?;
        let query = self.object_query(&class, input).await?;
        let page = query.page;
        Ok((self.find_objects(&class, query).await?, page))
    }

    /// Reads a search in a class.
    pub(crate) async fn object_query(&self, class: &Arc<Class>, input: SearchObjects) -> Result<Query, Error> {
        let size = input.conditions.iter().flat_map(|(_, data)| data).map(Value::size).sum();
        let class = Arc::clone(class);
        content::blocking(size, move || query(&class, input)).await?
    }

    /// The page of a search.
    pub(crate) async fn find_objects(&self, class: &Arc<Class>, query: Query) -> Result<Page<DataObject>, Error> {
        let found = tokio::time::timeout(BUDGET, self.find(class, query)).await;
        found.unwrap_or_else(|_| Err(too_slow()))
    }

    async fn find(
        &self,
        class: &Arc<Class>,
        Query { search, rule, is_decided_by_terms, page }: Query,
    ) -> Result<Page<DataObject>, Error> {
        let mut conn = self.inner.db.read().await?;
        let found = rows::open(&mut conn, class.tenant, search).await?;
        drop(conn);
        if is_decided_by_terms && found.is_exact() {
            return self.page(class, &found, page).await;
        }
        let Ok(_turn) = self.inner.searches.acquire().await else { return Err(too_slow()) };
        let (mut total, mut bytes, mut objects) = (0, 0, Vec::new());
        let mut walk = Walk::new(Arc::clone(class), found, rule);
        while let Some(matches) = walk.next(self).await? {
            for object in matches {
                if total >= page.offset && total < page.offset + page.limit {
                    add(&mut objects, &mut bytes, object)?;
                }
                total += 1;
            }
        }
        Ok(Page { rows: objects, total })
    }

    /// A page of a search that the storage decides.
    async fn page(&self, class: &Arc<Class>, found: &Found, page: PageRequest) -> Result<Page<DataObject>, Error> {
        let (mut bytes, mut objects) = (0, Vec::new());
        let end = (page.offset + page.limit).min(found.total());
        let mut offset = page.offset;
        while offset < end {
            let mut conn = self.inner.db.read().await?;
            let slice = found.page(&mut conn, PageRequest { offset, limit: SLICE.min(end - offset) }).await?;
            drop(conn);
            for row in slice {
                add(&mut objects, &mut bytes, DataObject::read(Arc::clone(class), row)?)?;
            }
            offset += SLICE;
        }
        Ok(Page { rows: objects, total: found.total() })
    }
}

fn query(class: &Class, input: SearchObjects) -> Result<Query, Error> {
    let mut fields = Fields::new();
    let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
    let from = fields.time("from_date", input.from_date.as_deref(), class.zone);
    let to = fields.time("to_date", input.to_date.as_deref(), class.zone);
    let ids = input.ids.filter(|ids| !ids.is_empty()).map(|texts| ids(&mut fields, &texts));
    let named: Option<DataClassId> = fields.optional_id("dataclass_id", input.dataclass_id.as_deref());
    if named.is_some_and(|id| id != class.id) {
        fields.violation(
            format!("dataclass_id must be {}, the data class of the call", class.id),
            format!("dataclass_id必须是{}，即该接口对应的数据类", class.id),
        );
    }
    let rule = match Rule::conditions(&input.conditions, &input.logics, class.fields()) {
        Ok(rule) if rule.reads_old() => {
            fields.violation(
                "condition: what an object was before (old, changed) is asked by rules of playbooks only",
                "condition：对象更新前的状态（old、changed）只能用于剧本规则",
            );
            None
        }
        Ok(rule) => Some(rule),
        Err(problems) => {
            fields.conditions("condition", &problems);
            None
        }
    };
    fields.finish()?;
    let (sort, order) = sorting(class, input.sort_by.as_deref(), input.order.as_deref())?;
    let rule = rule.expect("a rule that is none was refused above");
    let search = Search {
        class: class.id,
        filter: filter::of(&rule.prefilter(class.fields())),
        time: ObjectTime::Create,
        from,
        to,
        ids,
        related_to: None,
        sort,
        order,
    };
    let is_decided_by_terms = rule.is_decided_by_terms(class.fields());
    Ok(Query { search, rule: Arc::new(rule), is_decided_by_terms, page })
}

fn ids(fields: &mut Fields, texts: &[String]) -> Vec<ObjectId> {
    let ids: Vec<ObjectId> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    if ids.len() < texts.len() || texts.len() > MOST_IDS {
        fields.violation(format!("ids must have at most {MOST_IDS} UUIDs"), format!("ids最多包含{MOST_IDS}个UUID"));
    }
    ids
}

/// What a search is sorted by. The contract has codes of their own for what it cannot be.
fn sorting(class: &Class, sort_by: Option<&str>, order: Option<&str>) -> Result<(Sort, Order), Error> {
    let mut fields = Fields::new();
    let sort = match sort_by {
        None | Some("" | "create_time") => Sort::Time(ObjectTime::Create),
        Some("update_time") => Sort::Time(ObjectTime::Update),
        Some(field) if class.is_searchable(field) => Sort::Field(field.to_owned()),
        Some(_) => {
            fields.violation(
                format!("sort_by must be create_time, update_time or a searchable field of {}", class.name),
                format!("sort_by必须是create_time、update_time或{}的可搜索字段", class.name),
            );
            Sort::Time(ObjectTime::Create)
        }
    };
    fields.finish_as(&code::INVALID_SORT)?;
    let mut fields = Fields::new();
    let order = page::order(&mut fields, "order", order);
    fields.finish_as(&code::INVALID_ORDER)?;
    Ok((sort, order))
}

fn add(objects: &mut Vec<DataObject>, bytes: &mut usize, object: DataObject) -> Result<(), Error> {
    *bytes += object.row.body.len();
    if *bytes > PAGE_BYTES {
        return Err(Error::new(
            &code::INVALID,
            Text::new(
                format!("limit is too large: the data objects of the page have more than {PAGE_BYTES} bytes"),
                format!("limit过大：该页数据对象超过{PAGE_BYTES}字节"),
            ),
        ));
    }
    objects.push(object);
    Ok(())
}

fn too_slow() -> Error {
    let seconds = BUDGET.as_secs();
    Error::new(
        &code::OBJECT_SEARCH_TIME,
        Text::new(
            format!(
                "the search took more than {seconds} seconds; narrow it down by a time range or by conditions with =, in, \
                 <, > or startswith on searchable fields"
            ),
            format!("搜索超过{seconds}秒，请用时间范围或可搜索字段上的=、in、<、>、startswith条件缩小范围"),
        ),
    )
}
