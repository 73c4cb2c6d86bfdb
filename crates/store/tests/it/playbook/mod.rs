//! Playbooks and what runs because of them.

mod admission;
mod breaker;
mod claim;
mod history;
mod news;
mod queue;
mod schedule;
mod trigger;

use std::collections::HashSet;

use model::{
    DataClassId, InstanceId, ObjectId, PlaybookId, PlaybookInstanceId, PlaybookVersionId, Tenant, Timestamp, UserId,
    WorkflowId,
};
use store::Error;
use store::db::Dialect;
use store::playbook::action::{self, PlaybookActionRow};
use store::playbook::instance::{self, Encoded, NewInstance, PlaybookInstanceRow};
use store::playbook::run::PlaybookRunRow;
use store::playbook::version::{self, PlaybookVersionRow};
use store::playbook::work::WorkRow;
use store::playbook::{self, PlaybookRow};

use crate::fixture::{Node, Store, uuid};
use crate::rows::{NOON, after_noon};

/// An enabled playbook without limits, whose version is [`version`]'s.
pub(crate) fn row(tenant: Tenant, name: &str) -> PlaybookRow {
    PlaybookRow {
        workspace_id: tenant.workspace,
        id: PlaybookId(uuid()),
        project_id: tenant.project,
        name: name.to_owned(),
        description: String::new(),
        owner_id: None,
        creator_id: UserId(uuid()),
        creator_name: "operator".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
        edit_role: String::new(),
        user_role: String::new(),
        approve_role: String::new(),
        enabled: true,
        version_id: Some(PlaybookVersionId(uuid())),
        version: "V1".to_owned(),
        unaudited_version_id: None,
        reject_version_id: None,
        last_version: 1,
        dataclass_id: Some(DataClassId(uuid())),
        dataclass_name: "Alert".to_owned(),
        priority: 0,
        concurrency: 0,
        starts_per_minute: 0,
        breaker_failures: 0,
        breaker_seconds: 0,
        paused_at: None,
        pause_reason: String::new(),
    }
}

/// The active version of a playbook.
pub(crate) fn version(playbook: &PlaybookRow) -> PlaybookVersionRow {
    PlaybookVersionRow {
        workspace_id: playbook.workspace_id,
        id: playbook.version_id.expect("it is active"),
        project_id: playbook.project_id,
        playbook_id: playbook.id,
        number: 1,
        description: String::new(),
        creator_id: playbook.creator_id,
        creator_name: playbook.creator_name.clone(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
        author_id: playbook.creator_id,
        status: "PUBLISHED".to_owned(),
        enabled: true,
        version_type: 1,
        trigger_type: "EVENT".to_owned(),
        dataclass_id: playbook.dataclass_id.expect("it is active"),
        dataclass_name: playbook.dataclass_name.clone(),
        dataobject_create: true,
        dataobject_update: false,
        dataobject_delete: true,
        action_strategy: "ASYNC".to_owned(),
        rule_enable: true,
        rule_id: Some(uuid()),
        rule: r#"{"conditions":[]}"#.to_owned(),
        approve_name: "approver".to_owned(),
        hash: Some(vec![1; 32]),
    }
}

pub(crate) fn action(version: &PlaybookVersionRow, name: &str, sort_order: i64) -> PlaybookActionRow {
    PlaybookActionRow {
        workspace_id: version.workspace_id,
        version_id: version.id,
        id: uuid(),
        project_id: version.project_id,
        playbook_id: version.playbook_id,
        name: name.to_owned(),
        description: "Cuts a host off the network.".to_owned(),
        action_type: "AOP_WORKFLOW".to_owned(),
        action_id: WorkflowId(uuid()),
        sort_order,
    }
}

/// A playbook in the database, changed before.
pub(crate) async fn create(
    node: &Node,
    tenant: Tenant,
    name: &str,
    change: impl FnOnce(&mut PlaybookRow),
) -> PlaybookRow {
    let mut playbook = row(tenant, name);
    change(&mut playbook);
    let written = playbook.clone();
    node.write(move |tx| {
        Box::pin(async move {
            let version = version(&written);
            playbook::insert(tx, &written).await?;
            version::insert(tx, &version).await?;
            action::insert_all(tx, &[action(&version, "second", 2), action(&version, "first", 1)]).await
        })
    })
    .await;
    playbook
}

/// An instance that somebody has started by hand, with one run.
pub(crate) fn by_hand(playbook: &PlaybookRow) -> NewInstance {
    let id = PlaybookInstanceId(uuid());
    let row = PlaybookInstanceRow {
        workspace_id: playbook.workspace_id,
        id,
        project_id: playbook.project_id,
        name: format!("{} 1", playbook.name),
        playbook_id: playbook.id,
        playbook_name: playbook.name.clone(),
        version_id: playbook.version_id.expect("it is active"),
        version: playbook.version.clone(),
        dataclass_id: playbook.dataclass_id,
        dataclass_name: playbook.dataclass_name.clone(),
        dataobject_id: Some(ObjectId(uuid())),
        dataobject_name: "SYN flood".to_owned(),
        trigger_type: "MANUAL".to_owned(),
        event: String::new(),
        dataobject_time: None,
        dataobject_version: None,
        tick: None,
        depth: 1,
        cause_id: None,
        creator_id: playbook.creator_id,
        creator_name: playbook.creator_name.clone(),
        status: "RUNNING".to_owned(),
        problem: String::new(),
        create_time: NOON,
        start_time: None,
        end_time: None,
        retry_count: 0,
    };
    let run = PlaybookRunRow {
        workspace_id: playbook.workspace_id,
        run_id: InstanceId(uuid()),
        project_id: playbook.project_id,
        playbook_instance_id: id,
        position: 0,
        action_id: uuid(),
        action_name: "Isolate".to_owned(),
        action_description: "Cuts a host off the network.".to_owned(),
        workflow_id: WorkflowId(uuid()),
        problem: String::new(),
        has_news: false,
    };
    NewInstance { row, runs: vec![run], in_order: false, context: r#"{"data_object":{}}"#.to_owned() }
}

/// An instance that the creation of an object has set off.
pub(crate) fn by_event(playbook: &PlaybookRow, object: ObjectId) -> NewInstance {
    let mut new = by_hand(playbook);
    new.row.trigger_type = "EVENT".to_owned();
    new.row.event = "create".to_owned();
    new.row.dataobject_id = Some(object);
    new.row.dataobject_time = Some(NOON);
    new.row.dataobject_version = Some(1);
    new
}

pub(crate) fn encode(dialect: Dialect, instances: &[NewInstance]) -> Vec<Encoded> {
    let encoded: Result<Vec<Encoded>, Error> = instances.iter().map(|new| Encoded::new(dialect, new.clone())).collect();
    encoded.expect("encodes")
}

pub(crate) async fn enqueue(node: &Node, instances: &[NewInstance]) -> HashSet<PlaybookInstanceId> {
    let encoded = encode(node.db.dialect(), instances);
    node.write(move |tx| Box::pin(async move { instance::insert_all(tx, &encoded).await })).await
}

/// Queues so many instances of a playbook and gives their ids, oldest first.
pub(crate) async fn enqueue_some(node: &Node, playbook: &PlaybookRow, count: usize) -> Vec<PlaybookInstanceId> {
    let instances: Vec<NewInstance> = (0..count).map(|_| by_hand(playbook)).collect();
    assert_eq!(enqueue(node, &instances).await.len(), count);
    instances.iter().map(|new| new.row.id).collect()
}

/// Admits at an instant, for a minute.
pub(crate) async fn admit(node: &Node, now: Timestamp, limit: i64) -> Vec<WorkRow> {
    let until = Timestamp(now.0 + 60_000_000);
    node.write(move |tx| Box::pin(async move { playbook::admission::admit(tx, now, until, limit).await })).await
}

pub(crate) fn ids(work: &[WorkRow]) -> Vec<PlaybookInstanceId> {
    work.iter().map(|work| work.id).collect()
}

pub(crate) async fn get(store: &Store, tenant: Tenant, id: PlaybookInstanceId) -> PlaybookInstanceRow {
    instance::get(&mut store.read().await, tenant, id).await.expect("reads").expect("is there")
}

/// Ends an instance, a second after noon.
pub(crate) async fn end(node: &Node, tenant: Tenant, id: PlaybookInstanceId, status: &'static str) -> bool {
    node.write(move |tx| Box::pin(async move { playbook::work::end(tx, tenant, id, status, "", after_noon(1)).await }))
        .await
}

/// The nodes of an installation: two on PostgreSQL.
pub(crate) async fn nodes(store: &Store) -> Vec<Node> {
    let mut nodes = vec![store.node().await];
    if !store.is_sqlite() {
        nodes.push(Node::start(&store.reopen().await).await);
    }
    nodes
}
