//! What a run says about objects: comments and relations.

use std::collections::HashMap;

use model::{NoteId, ObjectId};
use store::object::{ObjectRef, keep_all, relation};

use super::Act;
use super::once::{Made, Missed};
use crate::Service;
use crate::error::Error;
use crate::note::{CreateNote, insert_note};
use crate::object::change::{busy, not_found};
use crate::object::classes::ClassName;

/// What kind of note a run writes.
const NOTE: &str = "textMessage";
/// What it tells of.
const ABOUT: &str = "PLAYBOOK";

impl Service {
    /// Comments on an object.
    pub(super) async fn comment_once(
        &self,
        act: &Act<'_>,
        class: &str,
        id: ObjectId,
        text: &str,
    ) -> Result<NoteId, Error> {
        let object = self.get_object(&act.ctx, ClassName::Other(class), id).await?;
        let note = CreateNote {
            war_room_id: Some(object.row.id.to_string()),
            kind: Some(NOTE.to_owned()),
            content: Some(text.to_owned()),
            note_type: Some(ABOUT.to_owned()),
        };
        let (note, ctx) = (self.new_note(&act.ctx, note)?, act.ctx.clone());
        let id = note.id;
        let written = self.once(act, id.0, true, move |tx| {
            Box::pin(async move { insert_note(tx, &ctx, note).await.map(|_| ()).map_err(Missed::from) })
        });
        match written.await {
            Ok(Made::Now(())) => Ok(id),
            Ok(Made::Before { object, .. }) => Ok(NoteId(object)),
            Err(Missed::Moved) => Err(busy()),
            Err(Missed::Failed(error)) => Err(error),
        }
    }

    /// Relates an object to others of a class.
    pub(super) async fn relate_once(
        &self,
        act: &Act<'_>,
        class: &str,
        id: ObjectId,
        related_class: &str,
        related: Vec<ObjectId>,
    ) -> Result<(), Error> {
        let class = self.class_named(&act.ctx, ClassName::Other(class), |rights| rights.update).await?.id;
        let other = self.class_named(&act.ctx, ClassName::Other(related_class), |rights| rights.get).await?.id;
        let (ctx, now) = (act.ctx.clone(), self.now());
        let related = self.once(act, id.0, false, move |tx| {
            Box::pin(async move {
                let all: Vec<ObjectId> = related.iter().copied().chain([id]).collect();
                let kept = keep_all(tx, ctx.tenant, &all).await?;
                let class_of: HashMap<ObjectId, _> = kept.iter().map(|kept| (kept.id, kept.dataclass_id)).collect();
                let wanted = related.iter().map(|id| (*id, other)).chain([(id, class)]);
                for (id, class) in wanted {
                    if class_of.get(&id) != Some(&class) {
                        return Err(not_found(id).into());
                    }
                }
                let one = ObjectRef { id, dataclass_id: class };
                let pairs: Vec<(ObjectRef, ObjectRef)> =
                    related.iter().map(|id| (one.clone(), ObjectRef { id: *id, dataclass_id: other })).collect();
                relation::insert_all(tx, ctx.tenant, &pairs, ctx.caller.principal.user, now).await?;
                tx.audit(ctx.audit(now, "relation.create", id));
                Ok(())
            })
        });
        match related.await {
            Ok(Made::Now(()) | Made::Before { .. }) => Ok(()),
            Err(Missed::Moved) => Err(busy()),
            Err(Missed::Failed(error)) => Err(error),
        }
    }
}
