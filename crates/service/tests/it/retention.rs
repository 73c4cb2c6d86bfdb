//! What is removed when it has had its time.

use std::time::Duration;

use model::{PlaybookId, PlaybookInstanceId, PlaybookVersionId, SourceId, Tenant, Timestamp, UserId, WorkspaceId};
use store::ingest::dead_letter::{self, DeadLetterQuery, DeadLetterRow};
use store::playbook::instance::{self, Encoded, PlaybookInstanceQuery, PlaybookInstanceRow};
use store::{Error, PageRequest};
use uuid::Uuid;

use crate::installation::{Installation, RETENTION, START, project};

const ALL: PageRequest = PageRequest { offset: 0, limit: 10 };

fn tenant() -> Tenant {
    Tenant { project: project(), workspace: WorkspaceId(Uuid::from_u128(1)) }
}

fn letter(id: u128, received_at: Timestamp) -> DeadLetterRow {
    DeadLetterRow {
        workspace_id: tenant().workspace,
        id: Uuid::from_u128(id),
        project_id: tenant().project,
        source_id: SourceId(Uuid::from_u128(1)),
        received_at,
        reason: "`severity` is missing".to_owned(),
        replayed_at: None,
        body: b"{}".to_vec(),
    }
}

fn run(id: u128, end_time: Option<Timestamp>) -> PlaybookInstanceRow {
    PlaybookInstanceRow {
        workspace_id: tenant().workspace,
        id: PlaybookInstanceId(Uuid::from_u128(id)),
        project_id: tenant().project,
        name: "Isolate".to_owned(),
        playbook_id: PlaybookId(Uuid::from_u128(1)),
        playbook_name: "Isolate".to_owned(),
        version_id: PlaybookVersionId(Uuid::from_u128(1)),
        version: "V1".to_owned(),
        dataclass_id: None,
        dataclass_name: String::new(),
        dataobject_id: None,
        dataobject_name: String::new(),
        trigger_type: "MANUAL".to_owned(),
        event: String::new(),
        dataobject_time: None,
        dataobject_version: None,
        tick: None,
        depth: 1,
        cause_id: None,
        creator_id: UserId(Uuid::from_u128(1)),
        creator_name: "operator".to_owned(),
        status: "RUNNING".to_owned(),
        problem: String::new(),
        create_time: START,
        start_time: None,
        end_time,
        retry_count: 0,
    }
}

#[tokio::test]
async fn records_are_removed_after_their_time_however_many_there_are() {
    let made = Installation::new().await;
    let later = START.plus(Duration::from_secs(1));
    let mut letters: Vec<DeadLetterRow> = (1..=1_200).map(|id| letter(id, START)).collect();
    letters.push(letter(9_999, later));
    let runs = [run(1, Some(START)), run(2, Some(later)), run(3, None)];
    let runs = runs.map(|row| Encoded::ended(made.db.dialect(), row).expect("encodes"));
    let written: Result<(), Error> = made
        .writer
        .write(move |tx| {
            Box::pin(async move {
                dead_letter::insert_all(tx, &letters).await?;
                assert_eq!(instance::insert_all(tx, &runs).await?.len(), 3);
                Ok(())
            })
        })
        .await;
    written.expect("writes");
    made.pass(RETENTION);
    assert_eq!(made.service.purge_records().await.expect("purges"), 0, "their time is not over");
    made.pass(Duration::from_millis(500));
    assert_eq!(made.service.purge_records().await.expect("purges"), 1_201);
    let mut conn = made.read().await;
    let left = dead_letter::list(&mut conn, tenant(), &DeadLetterQuery::default(), ALL).await.expect("lists");
    assert_eq!(left.rows.iter().map(|row| row.received_at).collect::<Vec<_>>(), [later]);
    let left = instance::list(&mut conn, tenant(), &PlaybookInstanceQuery::default(), ALL).await.expect("lists");
    assert_eq!(left.rows.iter().map(|row| row.end_time).collect::<Vec<_>>(), [None, Some(later)]);
}
