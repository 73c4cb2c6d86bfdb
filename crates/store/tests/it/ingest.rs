use model::{DataClassId, SourceId, Tenant, Timestamp, UserId};
use store::ingest::dead_letter::{self, DeadLetterQuery, DeadLetterRow};
use store::ingest::source::{self, SourceRow};
use store::{Error, PageRequest};
use uuid::Uuid;

use crate::fixture::{Node, tenant, uuid};
use crate::on_both;
use crate::rows::{NOON, after_noon};

const ALL: PageRequest = PageRequest { offset: 0, limit: 100 };

pub(crate) fn source(tenant: Tenant, name: &str) -> SourceRow {
    SourceRow {
        workspace_id: tenant.workspace,
        id: SourceId(uuid()),
        project_id: tenant.project,
        name: name.to_owned(),
        description: "The sensor at the border.".to_owned(),
        kind: "webhook".to_owned(),
        format: "suricata".to_owned(),
        dataclass_id: DataClassId(uuid()),
        enabled: true,
        token_hash: vec![7; 32],
        secret: Vec::new(),
        settings: "{}".to_owned(),
        creator_id: UserId(uuid()),
        creator_name: "operator".to_owned(),
        create_time: NOON,
        modifier_id: None,
        modifier_name: String::new(),
        update_time: NOON,
    }
}

pub(crate) fn letter(tenant: Tenant, source: SourceId, at: Timestamp) -> DeadLetterRow {
    DeadLetterRow {
        workspace_id: tenant.workspace,
        id: uuid(),
        project_id: tenant.project,
        source_id: source,
        received_at: at,
        reason: "`severity` is missing".to_owned(),
        replayed_at: None,
        body: b"\x00\xff not text".to_vec(),
    }
}

async fn add(node: &Node, source: &SourceRow) -> Result<(), Error> {
    let source = source.clone();
    node.writer.write(move |tx| Box::pin(async move { source::insert(tx, &source).await })).await
}

on_both! {
    async fn a_source_is_set_up_changed_and_removed(store: Store) {
        let node = store.node().await;
        let (own, other) = (tenant(), tenant());
        let (first, mut second) = (source(own, "border"), source(own, "mail"));
        for row in [&first, &second, &source(other, "border")] {
            add(&node, row).await.expect("adds");
        }
        let refused = add(&node, &source(own, "border")).await.expect_err("the name is taken");
        assert!(refused.is_unique("ingest_source", "name"));
        (second.kind, second.modifier_id, second.update_time) = ("nats".to_owned(), Some(UserId(uuid())), after_noon(5));
        let foreign = Tenant { project: other.project, ..own };
        // Whoever changes a source may have read it before its secret was renewed.
        let changed = SourceRow { secret: vec![9], token_hash: vec![9], ..second.clone() };
        let update = |row: SourceRow| node.write(move |tx| Box::pin(async move { source::update(tx, &row).await }));
        assert!(!update(SourceRow { project_id: other.project, ..changed.clone() }).await);
        assert!(update(changed).await);
        (second.secret, second.token_hash, second.update_time) = (vec![1, 0, 255], Vec::new(), after_noon(6));
        let renewed = second.clone();
        let renew = |row: SourceRow| node.write(move |tx| Box::pin(async move { source::update_secret(tx, &row).await }));
        assert!(!renew(SourceRow { project_id: other.project, ..renewed.clone() }).await);
        assert!(renew(SourceRow { name: "no matter".to_owned(), ..renewed }).await);
        let mut conn = store.read().await;
        let listed = source::list(&mut conn, own, ALL).await.expect("lists");
        assert_eq!((listed.total, listed.rows), (2, vec![second.clone(), first.clone()]));
        assert_eq!(source::list(&mut conn, foreign, ALL).await.expect("lists").total, 0);
        assert_eq!(source::get(&mut conn, own, first.id).await.expect("reads"), Some(first.clone()));
        assert_eq!(source::get(&mut conn, other, first.id).await.expect("reads"), None);
        assert_eq!(source::get(&mut conn, foreign, first.id).await.expect("reads"), None);
        assert_eq!(source::list_enabled(&mut conn, "nats").await.expect("lists"), [second.clone()]);
        assert_eq!(source::list_enabled(&mut conn, "webhook").await.expect("lists").len(), 2);
        assert!(update(SourceRow { enabled: false, ..second.clone() }).await);
        assert_eq!(source::list_enabled(&mut conn, "nats").await.expect("lists"), []);
        let id = second.id;
        for (tenant, expected) in [(foreign, false), (own, true), (own, false)] {
            let deleted = node.write(move |tx| Box::pin(async move { source::delete(tx, tenant, id).await })).await;
            assert_eq!(deleted, expected);
        }
    }

    async fn a_dead_letter_is_kept_as_it_came_until_it_is_replayed_or_old(store: Store) {
        let node = store.node().await;
        let (own, other) = (tenant(), tenant());
        let (border, mail) = (SourceId(uuid()), SourceId(uuid()));
        let letters: Vec<DeadLetterRow> =
            [(border, 0), (mail, 10), (border, 20), (border, 30)].map(|(source, second)| letter(own, source, after_noon(second))).into();
        let insert = |letters: Vec<DeadLetterRow>| {
            node.write(move |tx| Box::pin(async move { dead_letter::insert_all(tx, &letters).await }))
        };
        assert_eq!(insert(letters.clone()).await, 4);
        // The id alone says what has come before.
        let again = DeadLetterRow { reason: "another".to_owned(), ..letters[2].clone() };
        assert_eq!(insert(vec![again]).await, 0);
        let list = async |query: DeadLetterQuery, page| {
            let found = dead_letter::list(&mut store.read().await, own, &query, page).await.expect("lists");
            (found.rows.iter().map(|row| row.id).collect::<Vec<Uuid>>(), found.total)
        };
        let none = DeadLetterQuery::default;
        let id = |place: usize| letters[place].id;
        assert_eq!(list(none(), ALL).await, (vec![id(3), id(2), id(1), id(0)], 4));
        assert_eq!(list(none(), PageRequest { offset: 1, limit: 2 }).await, (vec![id(2), id(1)], 4));
        assert_eq!(list(DeadLetterQuery { source_id: Some(mail), ..none() }, ALL).await, (vec![id(1)], 1));
        let mut conn = store.read().await;
        let found = dead_letter::list(&mut conn, own, &none(), ALL).await.expect("lists");
        assert_eq!((found.rows[0].size, found.rows[0].reason.as_str()), (11, "`severity` is missing"));
        assert_eq!(dead_letter::list(&mut conn, other, &none(), ALL).await.expect("lists").total, 0);
        assert_eq!(dead_letter::get(&mut conn, own, id(2)).await.expect("reads").as_ref(), Some(&letters[2]));
        assert_eq!(dead_letter::get(&mut conn, other, id(2)).await.expect("reads"), None);

        let replayed = id(2);
        let mark = |tenant| {
            node.write(move |tx| {
                Box::pin(async move { dead_letter::mark_replayed(tx, tenant, replayed, after_noon(40)).await })
            })
        };
        node.write(move |tx| Box::pin(async move { dead_letter::set_reason(tx, own, replayed, "still bad").await })).await;
        assert!(!mark(other).await);
        assert!(mark(own).await);
        assert!(!mark(own).await);
        let found = dead_letter::get(&mut conn, own, replayed).await.expect("reads").expect("is there");
        assert_eq!((found.replayed_at, found.reason.as_str()), (Some(after_noon(40)), "still bad"));
        assert_eq!(list(DeadLetterQuery { replayed: Some(true), ..none() }, ALL).await.0, [replayed]);
        assert_eq!(list(DeadLetterQuery { replayed: Some(false), ..none() }, ALL).await.1, 3);

        let last = id(3);
        for (tenant, expected) in [(other, false), (own, true), (own, false)] {
            let deleted =
                node.write(move |tx| Box::pin(async move { dead_letter::delete(tx, tenant, last).await })).await;
            assert_eq!(deleted, expected);
        }
        let purge = |limit| {
            node.write(move |tx| Box::pin(async move { dead_letter::purge(tx, after_noon(20), limit).await }))
        };
        assert_eq!((purge(1).await, purge(5).await, purge(5).await), (1, 1, 0));
        assert_eq!(list(none(), ALL).await, (vec![replayed], 1));
    }
}
