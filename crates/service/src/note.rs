//! Notes: what people say about data objects.

use std::collections::HashSet;

use model::{NoteId, ObjectId};
use store::Tx;
use store::filter::Page;
use store::object::keep_all;
use store::object::note::{self as rows, NoteQuery};

use crate::batch::{Batch, Named};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::{Fields, Length};
use crate::{Service, code, page};

pub use store::object::note::NoteRow as Note;

const KIND: Length = Length { min: 1, max: 64 };
const NOTE_TYPE: Length = Length { min: 0, max: 64 };
/// Longest text, in characters.
const CONTENT: usize = 65_536;

/// A note to write.
#[derive(Debug, Clone, Default)]
pub struct CreateNote {
    /// The object that it is about, if any.
    pub war_room_id: Option<String>,
    /// What it is, 1 to 64 characters.
    pub kind: Option<String>,
    /// The text, 1 to 65 536 characters.
    pub content: Option<String>,
    /// What kind of act it tells of, at most 64 characters.
    pub note_type: Option<String>,
}

/// Which notes to list.
#[derive(Debug, Clone, Default)]
pub struct ListNotes {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// `create_time` or `update_time`.
    pub sort_by: Option<String>,
    /// `ASC` or `DESC`.
    pub order: Option<String>,
    /// Written at this time or later.
    pub from_date: Option<String>,
    /// Written at this time or earlier.
    pub to_date: Option<String>,
    /// About this object.
    pub war_room_id: Option<String>,
}

impl Service {
    /// Writes a note. The object that it is about must exist.
    pub async fn create_note(&self, ctx: &Ctx, input: CreateNote) -> Result<Note, Error> {
        let note = self.new_note(ctx, input)?;
        let ctx = ctx.clone();
        self.inner.writer.write(move |tx| Box::pin(async move { insert_note(tx, &ctx, note).await })).await
    }

    /// The note, once it is known to be one.
    pub(crate) fn new_note(&self, ctx: &Ctx, input: CreateNote) -> Result<Note, Error> {
        ctx.require("secmaster:note:create")?;
        let mut fields = Fields::new();
        let object_id: Option<ObjectId> = fields.optional_id("war_room_id", input.war_room_id.as_deref());
        let kind = fields.name("type", input.kind, KIND);
        if input.content.as_deref() == Some("") {
            fields.violation("content must not be empty", "content不能为空");
        }
        let content = fields.text("content", input.content, CONTENT);
        let content = fields.required("content", content);
        let note_type = fields.optional_name("note_type", input.note_type, NOTE_TYPE).unwrap_or_default();
        fields.finish()?;
        let now = self.now();
        let principal = &ctx.caller.principal;
        Ok(Note {
            workspace_id: ctx.tenant.workspace,
            id: NoteId::new(&*self.inner.ids),
            project_id: ctx.tenant.project,
            object_id,
            kind,
            note_type,
            content,
            user_id: principal.user,
            user_name: principal.name.clone(),
            create_time: now,
            update_time: now,
        })
    }

    /// A page of notes, the latest first unless asked otherwise.
    pub async fn list_notes(&self, ctx: &Ctx, input: ListNotes) -> Result<Page<Note>, Error> {
        ctx.require("secmaster:note:list")?;
        let zone = self.inner.settings.zone;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::LARGE);
        let order = page::order(&mut fields, "order", input.order.as_deref());
        let query = NoteQuery {
            object_id: fields.optional_id("war_room_id", input.war_room_id.as_deref()),
            from: fields.time("from_date", input.from_date.as_deref(), zone),
            to: fields.time("to_date", input.to_date.as_deref(), zone),
            by_update: page::by_update(&mut fields, "sort_by", input.sort_by),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        Ok(rows::list(&mut conn, ctx.tenant, &query, order, page).await?)
    }

    /// Deletes notes, whoever wrote them.
    pub async fn delete_notes(&self, ctx: &Ctx, ids: Option<Vec<String>>) -> Result<Batch, Error> {
        ctx.require("secmaster:note:delete")?;
        let mut fields = Fields::new();
        let named: Named<NoteId> = Named::read(&mut fields, "batch_ids", ids);
        fields.finish()?;
        let (ctx, now) = (ctx.clone(), self.now());
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let deleted = rows::delete_all(tx, ctx.tenant, &named.ids).await?;
                    for id in &deleted {
                        tx.audit(ctx.audit(now, "note.delete", id));
                    }
                    let deleted: HashSet<NoteId> = deleted.into_iter().collect();
                    Ok(named.batch(|id| deleted.contains(&id)))
                })
            })
            .await
    }
}

/// Writes a note into a transaction. The object that it is about must exist.
pub(crate) async fn insert_note(tx: &mut Tx, ctx: &Ctx, note: Note) -> Result<Note, Error> {
    if let Some(id) = note.object_id
        && keep_all(tx, ctx.tenant, &[id]).await?.is_empty()
    {
        return Err(no_object(id));
    }
    rows::insert(tx, &note).await?;
    tx.audit(ctx.audit(note.create_time, "note.create", note.id));
    Ok(note)
}

fn no_object(id: ObjectId) -> Error {
    Error::new(
        &code::OBJECT_NOT_FOUND,
        Text::new(
            format!("war_room_id: the data object {id} does not exist"),
            format!("war_room_id：数据对象{id}不存在"),
        ),
    )
}
