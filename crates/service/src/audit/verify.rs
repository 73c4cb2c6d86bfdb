//! Checking lanes and anchors, in batches, without the server.

use hmac::Mac as _;
use store::audit::{self as rows, FIRST};
use store::{Conn, Db};
use uuid::Uuid;

use super::anchor::{self, mac};
use crate::error::Error;
use crate::identity::signature::to_hex;

/// Rows and anchors read at once.
const BATCH: i64 = 1_000;

/// What was checked, and what was found first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows that hold.
    pub rows: u64,
    /// Lanes looked at.
    pub lanes: u64,
    /// Anchors that hold.
    pub anchors: u64,
    /// The keyed hash of the last anchor that holds, in hexadecimal.
    pub head: Option<String>,
    /// The first thing that is wrong; nothing after it was checked.
    pub problem: Option<Problem>,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A row is gone, or rows were reordered.
    #[error("lane {lane}: row {seq} is missing")]
    MissingRow {
        /// The lane.
        lane: Uuid,
        /// The place.
        seq: i64,
    },
    /// A row does not follow the one before.
    #[error("lane {lane}: row {seq} does not follow the row before it")]
    BrokenChain {
        /// The lane.
        lane: Uuid,
        /// The place.
        seq: i64,
    },
    /// A row's content is not what was recorded.
    #[error("lane {lane}: row {seq} was changed")]
    ChangedRow {
        /// The lane.
        lane: Uuid,
        /// The place.
        seq: i64,
    },
    /// An anchor is gone.
    #[error("anchor {seq} is missing")]
    MissingAnchor {
        /// The place.
        seq: i64,
    },
    /// An anchor was changed, or made without the master key.
    #[error("anchor {seq} was changed or made with another master key")]
    ForgedAnchor {
        /// The place.
        seq: i64,
    },
    /// A row that an anchor states is another one.
    #[error("lane {lane}: row {seq} is not the one that anchor {anchor} states")]
    ReplacedRow {
        /// The lane.
        lane: Uuid,
        /// The place.
        seq: i64,
        /// The anchor.
        anchor: i64,
    },
    /// The lane ends before a row that an anchor states.
    #[error("lane {lane}: row {seq} is missing, though anchor {anchor} states it")]
    CutLane {
        /// The lane.
        lane: Uuid,
        /// The place.
        seq: i64,
        /// The anchor.
        anchor: i64,
    },
    /// No anchor has the head that was asked for: the newest anchors were cut off.
    #[error("no anchor has the head {0}: the end of the record was cut off")]
    CutAnchors(String),
}

/// Checks the anchors, then the lanes. `expected` is a head that an anchor must have.
pub async fn verify(db: &Db, key: &[u8; 32], expected: Option<&str>) -> Result<Report, Error> {
    let mut conn = db.read().await?;
    let mut report = Report::default();
    if let Err(stop) = run(&mut conn, key, expected, &mut report).await {
        match stop {
            Stop::Problem(problem) => report.problem = Some(problem),
            Stop::Failed(error) => return Err(error),
        }
    }
    Ok(report)
}

/// Why checking ends early.
enum Stop {
    Problem(Problem),
    Failed(Error),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

async fn run(conn: &mut Conn, key: &[u8; 32], expected: Option<&str>, report: &mut Report) -> Result<(), Stop> {
    let mut expected = expected.map(str::to_ascii_lowercase);
    check_anchors(conn, key, &mut expected, report).await?;
    if let Some(head) = expected {
        return Err(Problem::CutAnchors(head).into());
    }
    for head in rows::lane_heads(conn).await? {
        check_lane(conn, head.lane, report).await?;
        report.lanes += 1;
    }
    Ok(())
}

async fn check_anchors(
    conn: &mut Conn,
    key: &[u8; 32],
    expected: &mut Option<String>,
    report: &mut Report,
) -> Result<(), Stop> {
    let (mut after, mut previous) = (0, FIRST.to_vec());
    loop {
        let anchors = rows::list_anchors(conn, after, BATCH).await?;
        let Some(newest) = anchors.last().map(|anchor| anchor.seq) else { return Ok(()) };
        for anchor in anchors {
            after += 1;
            if anchor.seq != after {
                return Err(Problem::MissingAnchor { seq: after }.into());
            }
            let forged = || Problem::ForgedAnchor { seq: anchor.seq };
            mac(key, &previous, &anchor).verify_slice(&anchor.mac).map_err(|_| forged())?;
            for (lane, head) in anchor::parse(&anchor.heads).map_err(|_| forged())? {
                let (seq, anchor) = (head.seq, anchor.seq);
                match rows::row_hash(conn, lane, seq).await? {
                    Some(hash) if to_hex(&hash) == head.hash => {}
                    Some(_) => return Err(Problem::ReplacedRow { lane, seq, anchor }.into()),
                    None => return Err(Problem::CutLane { lane, seq, anchor }.into()),
                }
            }
            let head = to_hex(&anchor.mac);
            if expected.as_deref() == Some(&head) {
                *expected = None;
            }
            report.anchors += 1;
            report.head = Some(head);
            previous = anchor.mac;
        }
        after = newest;
    }
}

async fn check_lane(conn: &mut Conn, lane: Uuid, report: &mut Report) -> Result<(), Stop> {
    let (mut after, mut head) = (0, FIRST.to_vec());
    loop {
        let batch = rows::list_lane(conn, lane, after, BATCH).await?;
        if batch.is_empty() {
            return Ok(());
        }
        for row in batch {
            after += 1;
            let seq = row.seq;
            if seq != after {
                return Err(Problem::MissingRow { lane, seq: after }.into());
            }
            if row.prev_hash != head {
                return Err(Problem::BrokenChain { lane, seq }.into());
            }
            if row.expected_hash()[..] != row.hash {
                return Err(Problem::ChangedRow { lane, seq }.into());
            }
            head = row.hash;
            report.rows += 1;
        }
    }
}
