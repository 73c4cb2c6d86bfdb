//! Objects that runs look for.

use std::sync::Arc;
use std::time::Duration;

use expr::condition::values_at;
use model::{ObjectId, Timestamp, Value};
use plugin::records::{CLOSED, Conditions, Found, Search, Similar, Similarity};
use store::object::search;
use tokio::time::{Instant, timeout_at};

use super::Act;
use crate::error::{Error, Text};
use crate::object::class::Class;
use crate::object::classes::ClassName;
use crate::object::search::{SearchObjects, Walk};
use crate::object::write::DataObject;
use crate::{Service, code};

/// Values of one member that objects are compared by.
const VALUES: usize = 100;
/// How long similar objects are looked for.
const BUDGET: Duration = Duration::from_secs(2);

impl Service {
    /// A page of objects.
    pub(super) async fn find_page(&self, act: &Act<'_>, class: &str, search: &Search) -> Result<Found, Error> {
        let input = SearchObjects {
            offset: Some(search.offset),
            limit: Some(search.limit),
            sort_by: search.sort_by.clone(),
            order: search.order.clone(),
            from_date: search.from.clone(),
            to_date: search.to.clone(),
            ..asking(&search.conditions, search.logics.clone())
        };
        let (page, _) = self.search_objects(&act.ctx, ClassName::Other(class), input).await?;
        let objects = page.rows.into_iter().map(|object| object.data).collect();
        Ok(Found { total: page.total, objects })
    }

    /// The latest object of a class that meets conditions.
    pub(super) async fn find_latest(
        &self,
        class: &Arc<Class>,
        conditions: &Conditions,
    ) -> Result<Option<DataObject>, Error> {
        let mut walk = self.walk(class, asking(conditions, Vec::new())).await?;
        while let Some(matches) = walk.next(self).await? {
            if let Some(latest) = matches.into_iter().next() {
                return Ok(Some(latest));
            }
        }
        Ok(None)
    }

    /// Objects that were created before one and are similar to it. Where there is more to look at than the time allows,
    /// the latest count.
    pub(super) async fn find_similar(
        &self,
        act: &Act<'_>,
        class: &str,
        id: ObjectId,
        similarity: &Similarity,
    ) -> Result<Similar, Error> {
        let own = self.get_object(&act.ctx, ClassName::Other(class), id).await?;
        let mut similar = Similar { is_complete: true, ..Similar::default() };
        let Some((conditions, logics)) = alike(&own.data, similarity)? else { return Ok(similar) };
        let created = own.row.create_time;
        let input = SearchObjects {
            from_date: Some(created.minus(similarity.window).to_rfc3339()),
            to_date: Some(later(created).to_rfc3339()),
            ..asking(&conditions, logics)
        };
        let mut walk = self.walk(&own.class, input).await?;
        let Ok(_turn) = self.inner.searches.acquire().await else { return Ok(similar) };
        let end = Instant::now() + BUDGET;
        loop {
            match timeout_at(end, walk.next(self)).await {
                Ok(Ok(Some(matches))) => {
                    let earlier = |object: &DataObject| (object.row.create_time, object.row.id) < (created, own.row.id);
                    matches.into_iter().filter(earlier).for_each(|object| add(&mut similar, object.data));
                }
                Ok(Ok(None)) => return Ok(similar),
                Ok(Err(error)) => return Err(error),
                Err(_) => return Ok(Similar { is_complete: false, ..similar }),
            }
        }
    }

    /// A walk through the objects of a class that a search finds, the latest first.
    async fn walk(&self, class: &Arc<Class>, input: SearchObjects) -> Result<Walk, Error> {
        let query = self.object_query(class, SearchObjects { order: Some("DESC".into()), ..input }).await?;
        let mut conn = self.inner.db.read().await?;
        let found = search::open(&mut conn, class.tenant, query.search).await?;
        Ok(Walk::new(Arc::clone(class), found, query.rule))
    }
}

/// Times in texts are cut to milliseconds.
fn later(instant: Timestamp) -> Timestamp {
    instant.plus(Duration::from_millis(1))
}

/// Takes in a similar object that is older than those before.
fn add(similar: &mut Similar, object: Value) {
    similar.count += 1;
    if similar.closed.len() < CLOSED && was_explained(&object) {
        similar.closed.push(object.clone());
    }
    similar.last.get_or_insert_with(|| object.clone());
    similar.first = Some(object);
}

/// A search for objects that meet conditions.
fn asking(conditions: &Conditions, logics: Vec<String>) -> SearchObjects {
    SearchObjects { conditions: conditions.clone(), logics, ..SearchObjects::default() }
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

fn invalid(what: String) -> Error {
    Error::new(&code::INVALID, Text::new(what.clone(), what))
}
