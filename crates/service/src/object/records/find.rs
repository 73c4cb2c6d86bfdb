//! Objects that runs look for.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use expr::Budget;
use expr::condition::{Rule, Subject, values_at};
use model::{ObjectId, Timestamp, Value};
use plugin::records::{CLOSED, Conditions, Found, Search, Similar, Similarity};
use store::Order;
use store::object::ObjectRow;
use store::object::search::{self, ObjectTime, Sort};

use super::Act;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::object::class::Class;
use crate::object::classes::ClassName;
use crate::object::search::filter;
use crate::object::write::DataObject;
use crate::{Service, code, page};

/// Values of one member that objects are compared by.
const VALUES: usize = 100;
/// Objects that are read together.
const BATCH: i64 = 500;
/// Objects that one call looks at.
const CANDIDATES: usize = 20_000;

impl Service {
    /// A page of objects.
    pub(super) async fn find_for_run(&self, act: &Act<'_>, class: &str, search: &Search) -> Result<Found, Error> {
        let class = self.class_named(&act.ctx, ClassName::Other(class), |rights| rights.list).await?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, Some(search.offset), Some(search.limit), page::LARGE);
        let order = page::order(&mut fields, "order", search.order.as_deref());
        let (from, to) = (
            fields.time("from", search.from.as_deref(), class.zone),
            fields.time("to", search.to.as_deref(), class.zone),
        );
        let sort = sort(&mut fields, &class, search.sort_by.as_deref());
        fields.finish()?;
        let rule = rule(&class, &search.conditions, &search.logics)?;
        let wanted = search::Search {
            class: class.id,
            filter: filter::of(&rule.prefilter(class.fields())),
            time: ObjectTime::Create,
            from,
            to,
            ids: None,
            related_to: None,
            sort,
            order,
        };
        if search.conditions.is_empty() {
            let mut conn = self.inner.db.read().await?;
            let found = search::open(&mut conn, act.ctx.tenant, wanted).await?;
            let rows = found.page(&mut conn, page).await?;
            let objects =
                rows.into_iter().map(|row| DataObject::read(Arc::clone(&class), row).map(|object| object.data));
            return Ok(Found { total: found.total(), objects: objects.collect::<Result<_, _>>()? });
        }
        let (mut total, mut objects) = (0, Vec::new());
        let is_on_page = |place: i64| (page.offset..page.offset + page.limit).contains(&place);
        let is_complete = self
            .walk(act, &class, &rule, wanted, |object| {
                if is_on_page(total) {
                    objects.push(object.data);
                }
                total += 1;
                ControlFlow::Continue(())
            })
            .await?;
        if is_complete { Ok(Found { total, objects }) } else { Err(too_many()) }
    }

    /// The latest object of a class that meets conditions.
    pub(super) async fn find_first(
        &self,
        act: &Act<'_>,
        class: &Arc<Class>,
        conditions: &Conditions,
    ) -> Result<Option<DataObject>, Error> {
        let rule = rule(class, conditions, &[])?;
        let wanted = latest_first(class, &rule, None, None);
        let mut first = None;
        self.walk(act, class, &rule, wanted, |object| {
            first = Some(object);
            ControlFlow::Break(())
        })
        .await?;
        Ok(first)
    }

    /// Objects that were created before one and are similar to it.
    pub(super) async fn find_similar(
        &self,
        act: &Act<'_>,
        class: &str,
        id: ObjectId,
        similarity: &Similarity,
    ) -> Result<Similar, Error> {
        let own = self.get_object(&act.ctx, ClassName::Other(class), id).await?;
        let class = Arc::clone(&own.class);
        let Some((conditions, logics)) = alike(&own.data, similarity)? else { return Ok(Similar::default()) };
        let rule = rule(&class, &conditions, &logics)?;
        let created = own.row.create_time;
        let wanted = latest_first(&class, &rule, Some(created.minus(similarity.window)), Some(created));
        let mut similar = Similar::default();
        let mut closed = VecDeque::new();
        let is_complete = self
            .walk(act, &class, &rule, wanted, |object| {
                if (object.row.create_time, object.row.id) < (created, own.row.id) {
                    similar.count += 1;
                    if closed.len() < CLOSED && was_explained(&object.data) {
                        closed.push_back(object.data.clone());
                    }
                    similar.last.get_or_insert_with(|| object.data.clone());
                    similar.first = Some(object.data);
                }
                ControlFlow::Continue(())
            })
            .await?;
        Ok(Similar { closed: closed.into(), is_complete, ..similar })
    }

    /// Hands the objects that a rule matches to `visit`, in the order of the search, until it has enough. False when
    /// there were too many to look at.
    async fn walk(
        &self,
        act: &Act<'_>,
        class: &Arc<Class>,
        rule: &Rule,
        search: search::Search,
        mut visit: impl FnMut(DataObject) -> ControlFlow<()> + Send,
    ) -> Result<bool, Error> {
        let mut conn = self.inner.db.read().await?;
        let found = search::open(&mut conn, act.ctx.tenant, search).await?;
        let (mut cursor, mut seen) = (None, 0);
        loop {
            let batch = found.after(&mut conn, cursor.as_ref(), BATCH).await?;
            seen += batch.rows.len();
            let (class, rule) = (Arc::clone(class), rule.clone());
            let decided = tokio::task::spawn_blocking(move || matching(&class, &rule, batch.rows));
            for object in decided.await.map_err(Error::internal)?? {
                if visit(object).is_break() {
                    return Ok(true);
                }
            }
            match batch.next {
                None => return Ok(true),
                Some(_) if seen >= CANDIDATES => return Ok(false),
                next => cursor = next,
            }
        }
    }
}

fn latest_first(class: &Class, rule: &Rule, from: Option<Timestamp>, to: Option<Timestamp>) -> search::Search {
    search::Search {
        class: class.id,
        filter: filter::of(&rule.prefilter(class.fields())),
        time: ObjectTime::Create,
        from,
        to,
        ids: None,
        related_to: None,
        sort: Sort::Time(ObjectTime::Create),
        order: Order::Descending,
    }
}

/// The objects of a batch that the rule matches.
fn matching(class: &Arc<Class>, rule: &Rule, rows: Vec<ObjectRow>) -> Result<Vec<DataObject>, Error> {
    let mut matched = Vec::new();
    for row in rows {
        let object = DataObject::read(Arc::clone(class), row)?;
        let found = rule.matches(&Subject::new(&object.data), &mut Budget::default());
        if found.map_err(|fault| invalid(format!("conditions: {fault}")))? {
            matched.push(object);
        }
    }
    Ok(matched)
}

fn rule(class: &Class, conditions: &Conditions, logics: &[String]) -> Result<Rule, Error> {
    Rule::conditions(conditions, logics, class.fields()).map_err(|problems| {
        let told: Vec<String> =
            problems.iter().map(|problem| format!("{:?}: {}", problem.place, problem.message)).collect();
        invalid(told.join("; "))
    })
}

fn sort(fields: &mut Fields, class: &Class, by: Option<&str>) -> Sort {
    match by.filter(|by| !by.is_empty()) {
        None | Some("create_time") => Sort::Time(ObjectTime::Create),
        Some("update_time") => Sort::Time(ObjectTime::Update),
        Some(field) if class.is_searchable(field) => Sort::Field(field.to_owned()),
        Some(field) => {
            fields.violation(
                format!("sort_by: '{field}' is not a searchable field of the class {}", class.name),
                format!("sort_by：'{field}'不是数据类{}的可搜索字段", class.name),
            );
            Sort::Time(ObjectTime::Create)
        }
    }
}

/// Conditions that objects with the same values in all of these members meet.
pub(super) fn equal(object: &Value, members: &[String]) -> Result<Conditions, Error> {
    let condition = |(index, member): (usize, &String)| match values(object, member)? {
        values if values.is_empty() => Err(invalid(format!("unique: the object has no '{member}'"))),
        values => Ok((format!("same_{index}"), one_of(member, values))),
    };
    members.iter().enumerate().map(condition).collect()
}

/// Conditions, and the logic over them, that objects which are similar to this one meet. None when none can be.
fn alike(own: &Value, similarity: &Similarity) -> Result<Option<(Conditions, Vec<String>)>, Error> {
    let mut conditions = Conditions::new();
    for (index, field) in similarity.fields.iter().enumerate() {
        let data = match values(own, field)? {
            values if !values.is_empty() => one_of(field, values),
            // Nobody is like it because both have nothing there, unless everything else is the same.
            _ if similarity.any => continue,
            _ => vec![field.as_str().into(), "not-exists".into()],
        };
        conditions.push((format!("similar_{index}"), data));
    }
    if conditions.is_empty() {
        return Ok(None);
    }
    let word = if similarity.any { "or" } else { "and" };
    let mut logics = vec!["(".to_owned()];
    for (index, (name, _)) in conditions.iter().enumerate() {
        logics.extend((index > 0).then(|| word.to_owned()));
        logics.push(name.clone());
    }
    logics.push(")".to_owned());
    for further in &similarity.conditions {
        logics.extend(["and".to_owned(), further.0.clone()]);
        conditions.push(further.clone());
    }
    Ok(Some((conditions, logics)))
}

fn values(object: &Value, member: &str) -> Result<Vec<Value>, Error> {
    values_at(object, member, VALUES).map_err(|problem| invalid(format!("'{member}' {problem}")))
}

fn one_of(member: &str, values: Vec<Value>) -> Vec<Value> {
    vec![member.into(), "in".into(), Value::list(values)]
}

/// Whether an object was closed with a comment.
fn was_explained(object: &Value) -> bool {
    object.get("handle_status").as_str() == Some("Closed") && !object.get("close_comment").to_text().trim().is_empty()
}

fn too_many() -> Error {
    invalid(format!("more than {CANDIDATES} objects would have to be looked at; narrow the conditions"))
}

fn invalid(what: String) -> Error {
    Error::new(&code::INVALID, Text::new(what.clone(), what))
}
