//! Relations between data objects. They have no direction: what is related to one is related from the other.

use std::collections::HashSet;

use model::{DataClassId, ObjectId, Timestamp};
use store::filter::Page;
use store::object::{ObjectRef, get, keep_all, relation as rows};
use store::{PageRequest, Tx};

use crate::Service;
use crate::batch::{Batch, Named};
use crate::ctx::Ctx;
use crate::error::Error;
use crate::field::Fields;
use crate::object::{ClassName, DataObject, SearchObjects, not_found};

/// Relations that one call may make.
const MOST: usize = 10_000;

/// An object, and the class of those that it is related to.
#[derive(Debug, Clone, Copy)]
pub struct Side<'n> {
    /// The object's class.
    pub class: ClassName<'n>,
    /// The object.
    pub object: ObjectId,
    /// The class of the others.
    pub related_class: ClassName<'n>,
}

impl Service {
    /// Relates an object to others. Those that do not exist in their class fail, and the object itself.
    pub async fn relate_object(&self, ctx: &Ctx, side: Side<'_>, ids: Option<Vec<String>>) -> Result<Batch, Error> {
        let class = self.class_named(ctx, side.class, |rights| rights.update).await?.id;
        let related_class = self.class_named(ctx, side.related_class, |rights| rights.get).await?.id;
        let mut fields = Fields::new();
        let named: Named<ObjectId> = Named::read(&mut fields, "ids", ids);
        fields.finish()?;
        let (ctx, now, id) = (ctx.clone(), self.now(), side.object);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let kept = keep_all(tx, ctx.tenant, &[&[id], named.ids.as_slice()].concat()).await?;
                    let ones = of_class(&[id], class, &kept);
                    if ones.is_empty() {
                        return Err(not_found(id));
                    }
                    let pairs = pairs(&ones, &of_class(&named.ids, related_class, &kept));
                    relate(tx, &ctx, &pairs, now).await?;
                    let done: HashSet<ObjectId> = pairs.into_iter().map(|(_, other)| other.id).collect();
                    Ok(named.batch(|id| done.contains(&id)))
                })
            })
            .await
    }

    /// Relates each of some objects to each of some others. Those that do not exist in their class fail, on either side,
    /// and those for which nothing is left on the other side.
    pub async fn relate_objects(
        &self,
        ctx: &Ctx,
        class: ClassName<'_>,
        ids: Option<Vec<String>>,
        related_class: ClassName<'_>,
        related_ids: Option<Vec<String>>,
    ) -> Result<Batch, Error> {
        let class = self.class_named(ctx, class, |rights| rights.update).await?.id;
        let related_class = self.class_named(ctx, related_class, |rights| rights.get).await?.id;
        let mut fields = Fields::new();
        let ones: Named<ObjectId> = Named::read(&mut fields, "dataobject_ids", ids);
        let others: Named<ObjectId> = Named::read(&mut fields, "related_dataobject_ids", related_ids);
        if ones.ids.len() * others.ids.len() > MOST {
            fields.violation(
                format!("dataobject_ids and related_dataobject_ids must make at most {MOST} relations"),
                format!("dataobject_ids与related_dataobject_ids最多产生{MOST}个关联"),
            );
        }
        fields.finish()?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let kept = keep_all(tx, ctx.tenant, &[ones.ids.as_slice(), &others.ids].concat()).await?;
                    let pairs = pairs(&of_class(&ones.ids, class, &kept), &of_class(&others.ids, related_class, &kept));
                    relate(tx, &ctx, &pairs, now).await?;
                    let (done, others_done): (HashSet<ObjectId>, HashSet<ObjectId>) =
                        pairs.into_iter().map(|(one, other)| (one.id, other.id)).unzip();
                    Ok(ones.batch(|id| done.contains(&id)).and(others.batch(|id| others_done.contains(&id))))
                })
            })
            .await
    }

    /// Ends relations of an object to others. Those that it is not related to fail.
    pub async fn unrelate_object(&self, ctx: &Ctx, side: Side<'_>, ids: Option<Vec<String>>) -> Result<Batch, Error> {
        let class = self.class_named(ctx, side.class, |rights| rights.update).await?.id;
        let related_class = self.class_named(ctx, side.related_class, |rights| rights.get).await?.id;
        let mut fields = Fields::new();
        let named: Named<ObjectId> = Named::read(&mut fields, "ids", ids);
        fields.finish()?;
        let (ctx, now, id) = (ctx.clone(), self.now(), side.object);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let one = ObjectRef { id, dataclass_id: class };
                    if !keep_all(tx, ctx.tenant, &[id]).await?.contains(&one) {
                        return Err(not_found(id));
                    }
                    let ended = rows::delete_all(tx, ctx.tenant, one, related_class, &named.ids).await?;
                    if !ended.is_empty() {
                        tx.audit(ctx.audit(now, "relation.delete", id));
                    }
                    let ended: HashSet<ObjectId> = ended.into_iter().collect();
                    Ok(named.batch(|id| ended.contains(&id)))
                })
            })
            .await
    }

    /// A page of the objects of a class that an object is related to and that meet conditions.
    pub async fn search_related(
        &self,
        ctx: &Ctx,
        side: Side<'_>,
        input: SearchObjects,
    ) -> Result<(Page<DataObject>, PageRequest), Error> {
        let class = self.class_named(ctx, side.class, |rights| rights.get).await?;
        let related_class = self.class_named(ctx, side.related_class, |rights| rights.list).await?;
        let mut query = self.object_query(&related_class, input).await?;
        let mut conn = self.inner.db.read().await?;
        let found = get(&mut conn, ctx.tenant, side.object).await?;
        drop(conn);
        if found.is_none_or(|row| row.dataclass_id != class.id) {
            return Err(not_found(side.object));
        }
        query.search.related_to = Some(side.object);
        let page = query.page;
        Ok((self.find_objects(&related_class, query).await?, page))
    }
}

/// Those that exist in the class.
fn of_class(ids: &[ObjectId], class: DataClassId, kept: &[ObjectRef]) -> Vec<ObjectRef> {
    let there: HashSet<ObjectId> = kept.iter().filter(|kept| kept.dataclass_id == class).map(|kept| kept.id).collect();
    ids.iter().filter(|id| there.contains(id)).map(|id| ObjectRef { id: *id, dataclass_id: class }).collect()
}

/// Each with each, but none with itself.
fn pairs(ones: &[ObjectRef], others: &[ObjectRef]) -> Vec<(ObjectRef, ObjectRef)> {
    let pairs = ones.iter().flat_map(|one| others.iter().map(move |other| (one.clone(), other.clone())));
    pairs.filter(|(one, other)| one.id != other.id).collect()
}

async fn relate(tx: &mut Tx, ctx: &Ctx, pairs: &[(ObjectRef, ObjectRef)], now: Timestamp) -> Result<(), Error> {
    rows::insert_all(tx, ctx.tenant, pairs, ctx.caller.principal.user, now).await?;
    let mut ones: Vec<ObjectId> = pairs.iter().map(|(one, _)| one.id).collect();
    ones.dedup();
    for id in ones {
        tx.audit(ctx.audit(now, "relation.create", id));
    }
    Ok(())
}
