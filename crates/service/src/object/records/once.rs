//! Changes that are made once for each effect: what says that a change was made commits with it.

use model::{Map, ObjectId, Value};
use plugin::records::Labels;
use store::Tx;
use store::object::effect::{self, RecordEffectRow};
use store::writer::Boxed;
use uuid::Uuid;

use super::Act;
use crate::Service;
use crate::error::Error;
use crate::object::change::{self, ATTEMPTS};
use crate::object::classes::ClassName;
use crate::object::write::{Change, DataObject, Outcome, Prepared};

/// What became of a change.
pub(super) enum Made<T> {
    /// It was made now.
    Now(T),
    /// It was made before.
    Before {
        /// What was changed or made then.
        object: Uuid,
        /// Whether it was made.
        is_new: bool,
    },
}

/// Why a change was not made: its transaction left nothing behind.
pub(super) enum Missed {
    /// The object is not what it was when the change was worked out.
    Moved,
    /// It failed.
    Failed(Error),
}

impl From<store::Error> for Missed {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Missed {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Service {
    /// Does some work in a transaction, unless the effect has done it before. `object` is what it changes or makes.
    pub(super) async fn once<T: Send + 'static>(
        &self,
        act: &Act<'_>,
        object: Uuid,
        is_new: bool,
        work: impl for<'t> FnOnce(&'t mut Tx) -> Boxed<'t, Result<T, Missed>> + Send + 'static,
    ) -> Result<Made<T>, Missed> {
        let row = RecordEffectRow {
            workspace_id: act.ctx.tenant.workspace,
            key: act.caller.key.clone(),
            project_id: act.ctx.tenant.project,
            object_id: object,
            is_new,
            at: self.now(),
        };
        let write = self.inner.writer.write(move |tx| {
            Box::pin(async move {
                match effect::claim(tx, &row).await? {
                    Some(RecordEffectRow { object_id, is_new, .. }) => Ok(Made::Before { object: object_id, is_new }),
                    None => work(tx).await.map(Made::Now),
                }
            })
        });
        write.await
    }

    /// Makes one prepared change, unless the effect has made it before.
    pub(super) async fn write_once(
        &self,
        act: &Act<'_>,
        (object, is_new): (ObjectId, bool),
        prepared: Prepared,
    ) -> Result<Made<DataObject>, Missed> {
        self.once(act, object.0, is_new, move |tx| {
            Box::pin(async move {
                match prepared.apply(tx).await?.pop() {
                    Some(Outcome::Done(object)) => Ok(*object),
                    Some(Outcome::Repeated(_) | Outcome::Taken | Outcome::Stale) | None => Err(Missed::Moved),
                }
            })
        })
        .await
    }

    /// Changes an object to what `merge` makes of it.
    async fn change_once(
        &self,
        act: &Act<'_>,
        class: ClassName<'_>,
        id: ObjectId,
        merge: impl Fn(&DataObject) -> Map,
    ) -> Result<Value, Error> {
        let _turn = self.inner.locks.take(&[id]).await;
        for _ in 0..ATTEMPTS {
            let before = self.get_object(&act.ctx, class, id).await?;
            let after = change::changed(&before, &merge(&before), self.now(), act.origin)?;
            let change = Change::Update { before, after };
            let prepared = self.prepare_objects(&act.ctx, act.origin, vec![change]).await?;
            match self.write_once(act, (id, false), prepared).await {
                Ok(Made::Now(object)) => return Ok(object.data),
                Ok(Made::Before { .. }) => return Ok(self.get_object(&act.ctx, class, id).await?.data),
                Err(Missed::Moved) => {}
                Err(Missed::Failed(error)) => return Err(error),
            }
        }
        Err(change::busy())
    }

    /// Changes an object: what the change does not tell stays.
    pub(super) async fn merge_once(
        &self,
        act: &Act<'_>,
        class: &str,
        id: ObjectId,
        patch: Map,
    ) -> Result<Value, Error> {
        let name = ClassName::Other(class);
        let class = self.class_named(&act.ctx, name, |rights| rights.update).await?;
        let patch = change::checked(&class, Some(patch), crate::field::Fields::new())?;
        self.change_once(act, name, id, |_| patch.clone()).await
    }

    /// Adds labels to an object and removes others.
    pub(super) async fn label_once(
        &self,
        act: &Act<'_>,
        class: &str,
        id: ObjectId,
        labels: &Labels,
    ) -> Result<Value, Error> {
        let labelled = |object: &DataObject| {
            let held = object.data.get("labels").to_text().into_owned();
            Map::from_iter([("labels".into(), Value::from(relabelled(&held, labels)))])
        };
        self.change_once(act, ClassName::Other(class), id, labelled).await
    }
}

/// Labels by comma, without those to remove and with those to add, each once.
fn relabelled(held: &str, labels: &Labels) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let stay = held.split(',').map(str::trim).filter(|label| !labels.remove.iter().any(|gone| gone == label));
    for label in stay.chain(labels.add.iter().map(String::as_str)) {
        if !label.is_empty() && !kept.contains(&label) {
            kept.push(label);
        }
    }
    kept.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_added_and_removed_once_each() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for (held, add, remove, expected) in [
            ("", vec!["a"], vec![], "a"),
            ("a,b", vec!["b", "c"], vec![], "a,b,c"),
            ("a, b ,,a", vec![], vec![], "a,b"),
            ("a,b", vec![], vec!["a", "z"], "b"),
            ("a", vec!["a"], vec!["a"], "a"),
        ] {
            let labels = Labels { add: texts(&add), remove: texts(&remove) };
            assert_eq!(relabelled(held, &labels), expected, "{held} + {add:?} - {remove:?}");
        }
    }
}
