//! Requests that carry an idempotency key. The key is taken before anything happens and committed by itself; the answer is
//! kept after the request. When a server dies in between, the audit record tells whether the request has changed
//! something, since every change leaves an act there in its own transaction.

use std::time::Duration;

use store::idempotency::{self as rows, KeyRow};

use crate::ctx::Caller;
use crate::error::{Error, Text};
use crate::{Service, code};

/// How long a key and its answer are kept.
pub const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Keys that one transaction removes.
const PURGE_BATCH: i64 = 500;
/// The status of a request that was carried out and whose answer is not known.
const UNKNOWN: i64 = 0;

/// Whether a request may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The key is this request's.
    Taken,
    /// It was carried out before.
    Answered {
        /// The HTTP status of the answer.
        status: u16,
        /// The body of the answer, empty when there was none.
        body: String,
    },
}

/// How a request has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It was carried out.
    Done {
        /// The HTTP status.
        status: u16,
        /// The body, empty when there is none.
        body: String,
    },
    /// It was carried out, and the answer is not one to keep.
    DoneUnkept,
    /// It was refused, and has changed nothing.
    Refused,
    /// It failed, and may have changed something.
    Failed,
}

impl Service {
    /// Takes a key for the caller's request. Keys belong to users. Fails when the key stands for another request, when
    /// the request is still under way, and when it was carried out and its answer is not known.
    pub async fn claim_key(&self, caller: &Caller, key: &str, request_hash: [u8; 32]) -> Result<Claim, Error> {
        let row = KeyRow {
            user_id: caller.principal.user,
            key: key.to_owned(),
            request_hash: request_hash.to_vec(),
            request_id: caller.request.id.clone(),
            node_id: self.inner.writer.node(),
            created_at: self.now(),
            status: None,
            body: String::new(),
        };
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let Some(held) = rows::claim(tx, &row).await? else { return Ok(Claim::Taken) };
                    if held.request_hash != row.request_hash {
                        return Err(used_for_another());
                    }
                    match held.status {
                        Some(UNKNOWN) => Err(answer_unknown()),
                        Some(status) => {
                            let status = u16::try_from(status).map_err(Error::internal)?;
                            Ok(Claim::Answered { status, body: held.body })
                        }
                        None if rows::is_carried(tx, held.node_id).await? => Err(under_way()),
                        None if rows::has_acted(tx, &held.request_id, held.created_at).await? => Err(answer_unknown()),
                        None => {
                            rows::release(tx, held.user_id, &held.key, &held.request_id).await?;
                            rows::claim(tx, &row).await?;
                            Ok(Claim::Taken)
                        }
                    }
                })
            })
            .await
    }

    /// Ends the caller's request: keeps its answer, or frees the key when nothing was changed.
    pub async fn settle_key(&self, caller: &Caller, key: &str, end: End) -> Result<(), Error> {
        let (user, request_id, key) = (caller.principal.user, caller.request.id.clone(), key.to_owned());
        // Acts carry the time of the same clock, and the request began less than a key's lifetime ago.
        let since = self.now().minus(LIFETIME);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let (status, body) = match end {
                        End::Done { status, body } => (i64::from(status), body),
                        End::DoneUnkept => (UNKNOWN, String::new()),
                        End::Failed if rows::has_acted(tx, &request_id, since).await? => (UNKNOWN, String::new()),
                        End::Failed | End::Refused => return Ok(rows::release(tx, user, &key, &request_id).await?),
                    };
                    Ok(rows::answer(tx, user, &key, &request_id, status, &body).await?)
                })
            })
            .await
    }

    /// Removes keys that have had their time, a batch in each transaction. Gives how many.
    pub async fn purge_keys(&self) -> Result<u64, Error> {
        let before = self.now().minus(LIFETIME);
        let mut purged = 0;
        loop {
            let batch = self.inner.writer.write(move |tx| {
                Box::pin(async move { Ok::<_, Error>(rows::delete_old(tx, before, PURGE_BATCH).await?) })
            });
            let batch = batch.await?;
            purged += batch;
            if batch < PURGE_BATCH as u64 {
                return Ok(purged);
            }
        }
    }
}

fn used_for_another() -> Error {
    Error::new(
        &code::IDEMPOTENCY,
        Text::new(
            "this Idempotency-Key was used for another request: a key stands for one method, path and body",
            "该Idempotency-Key已用于其他请求：一个键只对应一个方法、路径和请求体",
        ),
    )
}

fn under_way() -> Error {
    Error::new(
        &code::IDEMPOTENCY_UNDER_WAY,
        Text::new(
            "the first request with this Idempotency-Key is still under way: ask again later",
            "使用该Idempotency-Key的首个请求仍在处理中，请稍后重试",
        ),
    )
}

fn answer_unknown() -> Error {
    Error::new(
        &code::IDEMPOTENCY_ANSWER,
        Text::new(
            "the request with this Idempotency-Key was carried out, and its answer was not kept: read what it has changed",
            "使用该Idempotency-Key的请求已执行，但其应答未保留，请查询其结果",
        ),
    )
}
