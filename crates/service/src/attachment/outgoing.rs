//! Handing a file out. What arrives whole is what was uploaded: the end is held back until all bytes have proven to be
//! the right ones.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Attachment, Storage, elsewhere, unavailable};
use crate::error::Error;

/// Bytes that are read at once.
const PIECE: u64 = 4 << 20;

/// The bytes of a file.
pub struct Outgoing {
    storage: Arc<Storage>,
    attachment: Attachment,
    /// The first piece, which has been read already.
    first: Option<Bytes>,
    position: u64,
    hash: Sha256,
}

impl Outgoing {
    /// Reads the first piece: what is wrong with small files is known before anything is handed out.
    pub(super) async fn open(storage: Arc<Storage>, attachment: Attachment) -> Result<Self, Error> {
        if attachment.storage != storage.kind() {
            return Err(elsewhere(&attachment));
        }
        let mut opened = Self { storage, attachment, first: None, position: 0, hash: Sha256::new() };
        opened.first = Some(opened.read().await?);
        Ok(opened)
    }

    /// The file.
    pub fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// The next bytes; none at the end. After a failure the file must not look complete.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        match self.first.take() {
            Some(first) => Some(Ok(first)),
            None if self.position < self.size() => Some(self.read().await),
            None => None,
        }
    }

    fn size(&self) -> u64 {
        u64::try_from(self.attachment.size).unwrap_or(0)
    }

    async fn read(&mut self) -> Result<Bytes, Error> {
        let end = self.size().min(self.position + PIECE);
        let mut piece = Bytes::new();
        if end > self.position {
            let read = self.storage.read(&self.attachment.storage_key, self.position..end).await;
            piece = read.map_err(|error| match error {
                object_store::Error::NotFound { .. } => Error::internal(error),
                error => unavailable(error),
            })?;
        }
        self.hash.update(&piece);
        self.position = end;
        if end == self.size() && self.hash.clone().finalize().as_slice() != self.attachment.checksum {
            return Err(Error::internal(format!(
                "the bytes of the attachment {} are not those that were uploaded",
                self.attachment.id
            )));
        }
        Ok(piece)
    }
}
