//! Data objects in memory: what components see of a server, with each change written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use model::{Map, Value};
use plugin::records::{Caller, Class, ClassType, Created, Found, Labels, New, Records, Search, Similar, Similarity};
use plugin::{ActionError, error};

/// Everything that a server would keep.
#[derive(Default)]
pub(crate) struct Shelf {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// By class, in the order of their creation.
    objects: Vec<(String, Value)>,
    notes: Vec<(String, String)>,
    relations: Vec<(String, String)>,
    /// What was answered, by key.
    done: HashMap<String, Value>,
    /// Changes: their key, and whether they may set off playbooks.
    changes: Vec<(String, bool)>,
    searches: Vec<Search>,
    similarities: Vec<Similarity>,
    is_down: bool,
}

impl Kept {
    fn find(&self, class: &str, id: &str) -> Result<&Value, ActionError> {
        let found = self.objects.iter().find(|(of, object)| of == class && object.get("id").as_str() == Some(id));
        found.map(|(_, object)| object).ok_or_else(|| missing(id))
    }

    fn replace(&mut self, id: &str, object: &Value) {
        for (_, held) in &mut self.objects {
            if held.get("id").as_str() == Some(id) {
                *held = object.clone();
            }
        }
    }
}

fn missing(id: &str) -> ActionError {
    ActionError::permanent(error::RECORDS_NOT_FOUND, format!("there is no {id}"))
}

/// Every value at a path, through lists.
fn values(object: &Value, path: &str) -> Vec<Value> {
    path.split('.').fold(vec![object.clone()], |found, key| {
        let members = found.iter().flat_map(|value| match value {
            Value::List(items) => items.iter().map(|item| item.get(key).clone()).collect(),
            other => vec![other.get(key).clone()],
        });
        members.filter(|value| !value.is_null()).collect()
    })
}

fn meets(object: &Value, condition: &[Value]) -> bool {
    let [field, operator, value] = condition else { panic!("{condition:?}") };
    assert_eq!(operator.as_str(), Some("="), "all that tests need");
    values(object, field.as_str().expect("a field")).contains(value)
}

fn merged(object: &Value, patch: &Value) -> Value {
    let mut members: Map = object.as_map().cloned().unwrap_or_default();
    members.extend(patch.as_map().cloned().unwrap_or_default());
    Value::map(members)
}

impl Shelf {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    fn kept(&self) -> Result<MutexGuard<'_, Kept>, ActionError> {
        let kept = self.kept.lock().expect("no test panics in here");
        if kept.is_down {
            return Err(ActionError::transient(error::RECORDS_UNAVAILABLE, "the storage does not answer"));
        }
        Ok(kept)
    }

    /// Puts an object there, behind the others.
    pub(crate) fn put(&self, class: &str, object: &str) {
        let object = Value::from_json(object).expect("JSON");
        self.kept().expect("up").objects.push((class.to_owned(), object));
    }

    pub(crate) fn object(&self, class: &str, id: &str) -> Value {
        self.kept().expect("up").find(class, id).expect("is there").clone()
    }

    pub(crate) fn count(&self, class: &str) -> usize {
        self.kept().expect("up").objects.iter().filter(|(of, _)| of == class).count()
    }

    pub(crate) fn notes(&self) -> Vec<(String, String)> {
        self.kept().expect("up").notes.clone()
    }

    pub(crate) fn relations(&self) -> Vec<(String, String)> {
        self.kept().expect("up").relations.clone()
    }

    pub(crate) fn changes(&self) -> Vec<(String, bool)> {
        self.kept().expect("up").changes.clone()
    }

    pub(crate) fn last_search(&self) -> Search {
        self.kept().expect("up").searches.last().expect("something was searched for").clone()
    }

    pub(crate) fn last_similarity(&self) -> Similarity {
        self.kept().expect("up").similarities.last().expect("something was compared").clone()
    }

    pub(crate) fn go_down(&self) {
        self.kept().expect("up").is_down = true;
    }

    /// Makes a change unless it was made under the same key.
    fn once(
        &self,
        caller: &Caller,
        trigger: bool,
        change: impl FnOnce(&mut Kept) -> Result<Value, ActionError>,
    ) -> Result<Value, ActionError> {
        let mut kept = self.kept()?;
        if let Some(answer) = kept.done.get(&caller.key) {
            return Ok(answer.clone());
        }
        let answer = change(&mut kept)?;
        kept.done.insert(caller.key.clone(), answer.clone());
        kept.changes.push((caller.key.clone(), trigger));
        Ok(answer)
    }
}

#[async_trait]
impl Records for Shelf {
    async fn class(&self, _caller: &Caller, class: &str) -> Result<Class, ActionError> {
        if !["Alert", "Incident", "Indicator", "Resource"].contains(&class) {
            return Err(missing(class));
        }
        let kind = |code: &str| ClassType { id: format!("t-{code}"), category: code.into(), sub_category: "".into() };
        let types = if class == "Indicator" { ["IPv4", "Domain", "SHA256"].map(kind).to_vec() } else { Vec::new() };
        Ok(Class { id: format!("c-{class}"), name: class.to_owned(), types })
    }

    async fn get(&self, _caller: &Caller, class: &str, id: &str) -> Result<Value, ActionError> {
        self.kept()?.find(class, id).cloned()
    }

    async fn search(&self, _caller: &Caller, class: &str, search: &Search) -> Result<Found, ActionError> {
        let mut kept = self.kept()?;
        kept.searches.push(search.clone());
        let of_class = kept.objects.iter().filter(|(of, _)| of == class).map(|(_, object)| object.clone());
        let objects: Vec<Value> =
            of_class.filter(|object| search.conditions.iter().all(|(_, data)| meets(object, data))).collect();
        let total = i64::try_from(objects.len()).expect("few");
        let limit = usize::try_from(search.limit).expect("few");
        Ok(Found { total, objects: objects.into_iter().take(limit).collect() })
    }

    async fn similar(
        &self,
        _caller: &Caller,
        class: &str,
        id: &str,
        similarity: &Similarity,
    ) -> Result<Similar, ActionError> {
        let mut kept = self.kept()?;
        kept.similarities.push(similarity.clone());
        let own = kept.find(class, id)?;
        let alike = |object: &Value| {
            let mut same = similarity.fields.iter().map(|field| {
                let own = values(own, field);
                values(object, field).iter().any(|value| own.contains(value))
            });
            if similarity.any { same.any(|same| same) } else { same.all(|same| same) }
        };
        let before = kept.objects.iter().filter(|(of, _)| of == class).map(|(_, object)| object);
        let found: Vec<Value> = before
            .take_while(|object| object.get("id").as_str() != Some(id))
            .filter(|object| alike(object) && similarity.conditions.iter().all(|(_, data)| meets(object, data)))
            .cloned()
            .collect();
        let closed = found.iter().rev().filter(|object| !object.get("close_comment").is_null());
        Ok(Similar {
            count: i64::try_from(found.len()).expect("few"),
            first: found.first().cloned(),
            last: found.last().cloned(),
            closed: closed.cloned().collect(),
            is_complete: true,
        })
    }

    async fn create(&self, caller: &Caller, class: &str, new: &New, trigger: bool) -> Result<Created, ActionError> {
        let answer = self.once(caller, trigger, |kept| {
            let is_same =
                |object: &Value| new.unique.iter().all(|path| values(object, path) == values(&new.object, path));
            let there = kept.objects.iter().find(|(of, object)| of == class && is_same(object));
            if let Some((_, object)) = there.filter(|_| !new.unique.is_empty()) {
                return Ok(Value::object([("object", object.clone()), ("is_new", false.into())]));
            }
            let id = Value::from(format!("{class}-{}", kept.objects.len()));
            let object = merged(&new.object, &Value::object([("id", id)]));
            kept.objects.push((class.to_owned(), object.clone()));
            Ok(Value::object([("object", object), ("is_new", true.into())]))
        })?;
        let is_new = answer.get("is_new").as_bool().expect("kept above");
        Ok(Created { object: answer.get("object").clone(), is_new })
    }

    async fn change(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        patch: &Value,
        trigger: bool,
    ) -> Result<Value, ActionError> {
        self.once(caller, trigger, |kept| {
            let object = merged(kept.find(class, id)?, patch);
            kept.replace(id, &object);
            Ok(object)
        })
    }

    async fn label(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        labels: &Labels,
        trigger: bool,
    ) -> Result<Value, ActionError> {
        self.once(caller, trigger, |kept| {
            let held = kept.find(class, id)?.clone();
            let stays = |label: &str| !label.is_empty() && !labels.remove.iter().any(|gone| gone == label);
            let text = held.get("labels").to_text().into_owned();
            let mut all: Vec<&str> = text.split(',').filter(|label| stays(label)).collect();
            all.extend(labels.add.iter().map(String::as_str).filter(|label| !text.split(',').any(|has| has == *label)));
            let object = merged(&held, &Value::object([("labels", Value::from(all.join(",")))]));
            kept.replace(id, &object);
            Ok(object)
        })
    }

    async fn comment(&self, caller: &Caller, class: &str, id: &str, text: &str) -> Result<String, ActionError> {
        let answer = self.once(caller, false, |kept| {
            kept.find(class, id)?;
            kept.notes.push((id.to_owned(), text.to_owned()));
            Ok(Value::from(format!("note-{}", kept.notes.len())))
        });
        Ok(answer?.to_text().into_owned())
    }

    async fn relate(
        &self,
        caller: &Caller,
        class: &str,
        id: &str,
        related_class: &str,
        related: &[String],
    ) -> Result<(), ActionError> {
        self.once(caller, false, |kept| {
            kept.find(class, id)?;
            for other in related {
                kept.find(related_class, other)?;
                kept.relations.push((id.to_owned(), other.clone()));
            }
            Ok(Value::Null)
        })?;
        Ok(())
    }

    async fn to_incident(
        &self,
        caller: &Caller,
        alerts: &[String],
        incident: &Value,
        trigger: bool,
    ) -> Result<Value, ActionError> {
        self.once(caller, trigger, |kept| {
            let alert = kept.find("Alert", &alerts[0])?.clone();
            let id = Value::from(format!("Incident-{}", kept.objects.len()));
            let object = merged(&merged(&alert, incident), &Value::object([("id", id)]));
            kept.objects.push(("Incident".to_owned(), object.clone()));
            Ok(object)
        })
    }
}
