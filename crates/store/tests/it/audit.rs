use std::collections::BTreeSet;

use futures::future::join_all;
use store::audit::{self, AnchorRow, AuditRow};
use store::turn::Next;
use store::{Error, workflow};

use crate::fixture::{Store, tenant, uuid};
use crate::on_both;
use crate::rows::{self, NOON, Run, act};

/// Every row of every lane. Fails unless the rows of a lane are contiguous and chain.
pub(crate) async fn verified(store: &Store) -> Vec<AuditRow> {
    let mut conn = store.read().await;
    let mut all = Vec::new();
    for head in audit::lane_heads(&mut conn).await.expect("reads") {
        let (mut seq, mut hash) = (0, audit::FIRST.to_vec());
        loop {
            let rows = audit::list_lane(&mut conn, head.lane, seq, 7).await.expect("reads");
            if rows.is_empty() {
                break;
            }
            for row in rows {
                assert_eq!((row.lane, row.seq), (head.lane, seq + 1));
                assert_eq!(row.prev_hash, hash, "row {} of lane {}", row.seq, row.lane);
                assert_eq!(row.hash, row.expected_hash(), "row {} of lane {}", row.seq, row.lane);
                (seq, hash) = (row.seq, row.hash.clone());
                all.push(row);
            }
        }
        assert_eq!((head.seq, head.hash), (seq, hash));
    }
    all
}

on_both! {
    async fn acts_of_many_callers_at_once_chain_without_a_gap(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let callers = (0..16).map(|caller| {
            let writer = node.writer.clone();
            tokio::spawn(async move {
                for number in 0..20 {
                    let row = rows::workflow(tenant, &format!("workflow {caller}/{number}"));
                    let fails = number % 5 == 0;
                    let written: Result<(), Error> = writer
                        .write(move |tx| {
                            Box::pin(async move {
                                workflow::insert(tx, &row).await?;
                                tx.audit(act("workflow.create", &row.name));
                                tx.audit(act("workflow.grant", &row.name));
                                if fails { Err(Error::Closed) } else { Ok(()) }
                            })
                        })
                        .await;
                    assert_eq!(written.is_ok(), !fails, "{written:?}");
                    let mut turn = Run::new(tenant).turn(Next::Ended);
                    turn.audit = vec![act("instance.create", &turn.root.to_string())];
                    writer.commit_turn(turn).await.expect("writes");
                }
            })
        });
        for caller in join_all(callers).await {
            caller.expect("no panic");
        }
        let rows = verified(&store).await;
        assert_eq!(rows.len(), 16 * (16 * 2 + 20));
        let objects: BTreeSet<&str> = rows.iter().map(|row| row.object.as_str()).collect();
        assert!(objects.contains("workflow 3/1") && !objects.contains("workflow 3/0"));
    }

    async fn an_act_is_read_back_as_it_was_recorded(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let entry = audit::AuditEntry {
            project: Some(tenant.project),
            workspace: Some(tenant.workspace),
            detail: r#"{"name":"🛡 \"x\""}"#.to_owned(),
            ..act("workflow.delete", "one")
        };
        let expected = entry.clone();
        node.write(move |tx| {
            Box::pin(async move {
                tx.audit(entry);
                Ok(())
            })
        })
        .await;
        let row = verified(&store).await.remove(0);
        let found = audit::AuditEntry {
            at: row.at,
            project: row.project_id,
            workspace: row.workspace_id,
            user: row.user_id,
            user_name: row.user_name,
            request_id: row.request_id,
            client_ip: row.client_ip,
            action: "workflow.delete",
            object: row.object,
            detail: row.detail,
        };
        assert_eq!(row.action, "workflow.delete");
        assert_eq!(found, expected);
    }

    async fn every_changed_field_breaks_the_hash(store: Store) {
        let node = store.node().await;
        node.write(|tx| {
            Box::pin(async move {
                tx.audit(act("workflow.create", "one"));
                Ok(())
            })
        })
        .await;
        let row = verified(&store).await.remove(0);
        let forged = [
            AuditRow { lane: uuid(), ..row.clone() },
            AuditRow { seq: 2, ..row.clone() },
            AuditRow { at: rows::after_noon(1), ..row.clone() },
            AuditRow { project_id: Some(tenant().project), ..row.clone() },
            AuditRow { workspace_id: Some(tenant().workspace), ..row.clone() },
            AuditRow { user_id: model::UserId(uuid()), ..row.clone() },
            AuditRow { user_name: "other".to_owned(), ..row.clone() },
            AuditRow { request_id: "other".to_owned(), ..row.clone() },
            AuditRow { client_ip: "other".to_owned(), ..row.clone() },
            AuditRow { action: "other".to_owned(), ..row.clone() },
            AuditRow { object: "other".to_owned(), ..row.clone() },
            AuditRow { detail: "other".to_owned(), ..row.clone() },
            AuditRow { prev_hash: vec![1; 32], ..row.clone() },
            // Text moved from one field to the next.
            AuditRow { user_name: format!("{}{}", row.user_name, row.request_id), request_id: String::new(), ..row.clone() },
        ];
        for forged in forged {
            assert_ne!(forged.expected_hash().to_vec(), row.hash, "{forged:?}");
        }
    }

    async fn two_nodes_that_anchor_at_once_collide(store: Store) {
        let node = store.node().await;
        let anchor = |seq, mac: u8| AnchorRow { seq, at: NOON, heads: "{}".to_owned(), mac: vec![mac; 32] };
        let add = |anchor: AnchorRow| {
            node.writer.write::<(), Error, _>(move |tx| {
                Box::pin(async move { audit::insert_anchor(tx, &anchor).await })
            })
        };
        assert_eq!(audit::last_anchor(&mut store.read().await).await.expect("reads"), None);
        add(anchor(1, 1)).await.expect("the first");
        add(anchor(2, 2)).await.expect("the second");
        let refused = add(anchor(2, 3)).await;
        assert!(matches!(refused, Err(Error::Unique(_))), "{refused:?}");
        let mut conn = store.read().await;
        assert_eq!(audit::last_anchor(&mut conn).await.expect("reads"), Some(anchor(2, 2)));
        assert_eq!(audit::list_anchors(&mut conn, 0, 10).await.expect("reads"), [anchor(1, 1), anchor(2, 2)]);
        assert_eq!(audit::list_anchors(&mut conn, 1, 10).await.expect("reads"), [anchor(2, 2)]);
    }
}
