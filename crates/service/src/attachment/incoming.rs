//! Receiving a file.

use std::time::Duration;

use bytes::Bytes;
use model::{AttachmentId, ObjectId, TaskId};
use object_store::buffered::BufWriter;
use sha2::{Digest, Sha256};
use store::object::attachment::{self as rows, Arrived, AttachmentRow};
use store::object::keep_all;
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Handle;

use super::{Attachment, content, name, not_found, unavailable};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::{Service, code};

/// How long an upload may take. Then its row is removed, and what has arrived of its bytes.
const UPLOAD: Duration = Duration::from_secs(24 * 60 * 60);
/// What files are for.
const FILE_TYPES: &[&str] = &["user_task"];

/// A file that is being received: [`begin`](Self::begin), [`write`](Self::write), [`finish`](Self::finish). Dropped
/// before its end, it leaves nothing.
pub struct Incoming {
    service: Service,
    ctx: Ctx,
    object: Option<ObjectId>,
    file: Option<File>,
}

struct File {
    row: AttachmentRow,
    /// None once it has been shut down.
    writer: Option<BufWriter>,
    hash: Sha256,
    size: i64,
    head: Vec<u8>,
}

impl Service {
    /// Is about to receive a file, for a data object or not.
    pub fn receive_attachment(&self, ctx: &Ctx, object: Option<&str>) -> Result<Incoming, Error> {
        ctx.require("secmaster:attachment:create")?;
        let mut fields = Fields::new();
        let object = fields.optional_id("data_object_id", object);
        fields.finish()?;
        Ok(Incoming { service: self.clone(), ctx: ctx.clone(), object, file: None })
    }
}

impl Incoming {
    /// The file begins. The name may have folders before it, which are left out.
    pub async fn begin(&mut self, file_name: &str) -> Result<(), Error> {
        let mut fields = Fields::new();
        if self.file.is_some() {
            fields.violation("uploadFile must be one file", "uploadFile只能是一个文件");
        }
        let file_name = name::check(&mut fields, file_name);
        fields.finish()?;
        let inner = &self.service.inner;
        let (now, principal) = (self.service.now(), &self.ctx.caller.principal);
        let id = AttachmentId::new(&*inner.ids);
        let row = AttachmentRow {
            workspace_id: self.ctx.tenant.workspace,
            id,
            project_id: self.ctx.tenant.project,
            object_id: self.object,
            task_id: None::<TaskId>,
            file_type: FILE_TYPES[0].to_owned(),
            file_name,
            content_type: String::new(),
            size: 0,
            checksum: Vec::new(),
            storage: inner.attachments.kind().to_owned(),
            storage_key: format!("{}/{id}", self.ctx.tenant.workspace),
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            create_time: now,
            update_time: now,
            remove_at: Some(now.plus(UPLOAD)),
        };
        let (tenant, object, written) = (self.ctx.tenant, self.object, row.clone());
        inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(object) = object
                        && keep_all(tx, tenant, &[object]).await?.is_empty()
                    {
                        return Err(no_object(object));
                    }
                    rows::insert(tx, &written).await?;
                    Ok(())
                })
            })
            .await?;
        let writer = Some(inner.attachments.writer(&row.storage_key));
        self.file = Some(File { row, writer, hash: Sha256::new(), size: 0, head: Vec::new() });
        Ok(())
    }

    /// The next bytes of the file.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), Error> {
        let file = self.file.as_mut().ok_or_else(|| Error::internal("bytes of a file that has not begun"))?;
        let writer = file.writer.as_mut().ok_or_else(|| Error::internal("bytes of a file that has ended"))?;
        file.hash.update(&piece);
        file.size += i64::try_from(piece.len()).unwrap_or(i64::MAX);
        let missing = content::HEAD.saturating_sub(file.head.len());
        file.head.extend(piece.iter().take(missing));
        writer.put(piece).await.map_err(unavailable)
    }

    /// The file has ended and is the one that was sent: keeps it. `file_type` is `user_task`, also when left out.
    pub async fn finish(mut self, file_type: Option<String>) -> Result<Attachment, Error> {
        let mut fields = Fields::new();
        fields.optional_one_of("fileType", file_type, FILE_TYPES);
        if self.file.is_none() {
            fields.violation("uploadFile is required", "uploadFile为必填项");
        }
        fields.finish()?;
        let mut file = self.file.take().ok_or_else(|| Error::internal("a missing file was refused above"))?;
        if let Some(mut writer) = file.writer.take() {
            writer.shutdown().await.map_err(unavailable)?;
        }
        let now = self.service.now();
        let is_whole = file.size <= content::HEAD as i64;
        let arrived = Arrived {
            content_type: content::sniff(&file.head, is_whole).to_owned(),
            size: file.size,
            checksum: file.hash.clone().finalize().to_vec(),
            at: now,
        };
        let (tenant, id) = (self.ctx.tenant, file.row.id);
        let audit = self.ctx.audit(now, "attachment.create", id);
        self.service
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    if !rows::finish(tx, tenant, id, &arrived).await? {
                        return Err(given_up(id));
                    }
                    tx.audit(audit);
                    rows::get(tx, tenant, id).await?.ok_or_else(|| not_found(id))
                })
            })
            .await
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // A bucket keeps the parts of an upload until it is told not to. If that fails, the bucket's own rule for
        // uploads that never end does it.
        if let (Some(mut writer), Ok(runtime)) = (self.writer.take(), Handle::try_current()) {
            runtime.spawn(async move {
                let _ = writer.abort().await;
            });
        }
    }
}

fn no_object(id: ObjectId) -> Error {
    Error::new(
        &code::OBJECT_NOT_FOUND,
        Text::new(
            format!("data_object_id: the data object {id} does not exist"),
            format!("data_object_id：数据对象{id}不存在"),
        ),
    )
}

/// It took too long, or what it belongs to has been deleted meanwhile.
fn given_up(id: AttachmentId) -> Error {
    Error::new(
        &code::ATTACHMENT_NOT_FOUND,
        Text::new(
            format!("the attachment {id} has been given up while it was being uploaded"),
            format!("附件{id}在上传过程中已被放弃"),
        ),
    )
}
