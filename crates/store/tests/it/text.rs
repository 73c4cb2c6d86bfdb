//! Texts that databases, encoders or parsers have got wrong before.

use store::turn::Next;
use store::workflow::{self, WorkflowQuery};
use store::{Error, Order, PageRequest, instance, root};

use crate::fixture::tenant;
use crate::on_both;
use crate::rows::{self, Run, act};

fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "'; DROP TABLE workflow; --",
        "\"quoted\" 'and' `ticked`",
        r"back\slash \u0000 \n \\",
        "line\nfeed\r\ttab\u{8}\u{c}",
        "\u{1}\u{1f}\u{7f}\u{80}",
        "🛡️ 隔离主机 ✅ е́ \u{202e}right to left",
        "\u{2028}\u{2029}\u{feff}\u{fffd}\u{10ffff}",
        r#"{"a":[1,2,{"b":null}],"n":1e400,"big":123456789012345678901234567890}"#,
        "null",
        "[]",
        "12345678901234567890",
        "$1 ?1 :a @b %s {text}",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("長い🛡".repeat(300_000));
    texts
}

on_both! {
    async fn every_text_is_read_back_as_it_was_written(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        for (number, text) in hostile().into_iter().enumerate() {
            // One row by itself …
            let mut row = rows::workflow(tenant, &format!("workflow {number}"));
            row.description = text.clone();
            let written = row.clone();
            node.write(move |tx| Box::pin(async move { workflow::insert(tx, &written).await })).await;
            // … and rows in bulk.
            let mut run = Run::new(tenant);
            let mut turn = run.turn(Next::Waits { due_at: None });
            turn.body = text.clone();
            turn.snapshot = Some(text.clone());
            turn.nodes[0].output = text.clone();
            node.turn(turn).await;
            let (root, command) = (run.root, text.clone());
            node.write(move |tx| Box::pin(async move { root::push_inbox(tx, root, &command, None).await })).await;

            let mut conn = store.read().await;
            let found = workflow::get(&mut conn, tenant, row.id).await.expect("reads").expect("is there");
            assert!(found.description == text, "in a column: {number}");
            let journal = root::list_journal(&mut conn, run.root, 0).await.expect("reads");
            assert!(journal[0].body == text, "in the journal: {number}");
            let snapshot = root::get_snapshot(&mut conn, run.root).await.expect("reads").expect("is there");
            assert!(snapshot.body == text, "in a snapshot: {number}");
            let nodes = instance::list_nodes(&mut conn, run.root, run.root).await.expect("reads");
            assert!(nodes[0].output == text, "in a node: {number}");
            let inbox = root::list_inbox(&mut conn, run.root, 0).await.expect("reads");
            assert!(inbox[0].command == text, "in the inbox: {number}");
        }
    }

    async fn a_text_with_a_null_character_is_refused_and_leaves_nothing(store: Store) {
        let node = store.node().await;
        let tenant = tenant();
        let row = rows::workflow(tenant, "cut\0off");
        let refused: Result<(), Error> =
            node.writer.write(move |tx| Box::pin(async move { workflow::insert(tx, &row).await })).await;
        assert!(matches!(refused, Err(Error::NulInText)), "{refused:?}");

        let mut row = rows::workflow(tenant, "whole");
        let written = row.clone();
        node.write(move |tx| Box::pin(async move { workflow::insert(tx, &written).await })).await;
        row.description = "cut\0off".to_owned();
        let refused: Result<(), Error> =
            node.writer.write(move |tx| Box::pin(async move { workflow::update(tx, &row).await })).await;
        assert!(matches!(refused, Err(Error::NulInText)), "{refused:?}");

        let mut turn = Run::new(tenant).turn(Next::Waits { due_at: None });
        turn.nodes[0].node_name = "cut\0off".to_owned();
        let refused = node.writer.commit_turn(turn).await;
        assert!(matches!(refused, Err(Error::NulInText)), "{refused:?}");

        let mut conn = store.read().await;
        let refused = workflow::get_by_name(&mut conn, tenant, "cut\0off").await;
        assert!(matches!(refused, Err(Error::NulInText)), "{refused:?}");
        let query = WorkflowQuery { name: Some("cut\0off".to_owned()), ..WorkflowQuery::default() };
        let page = PageRequest { offset: 0, limit: 10 };
        let refused = workflow::list(&mut conn, tenant, &query, Order::Ascending, page).await;
        assert!(matches!(refused, Err(Error::NulInText)), "{refused:?}");
        drop(conn);

        assert_eq!(store.count("workflow").await, 1);
        assert_eq!(store.count("journal").await, 0);
    }

    async fn a_null_character_in_an_audit_entry_is_replaced(store: Store) {
        let node = store.node().await;
        node.write(|tx| {
            Box::pin(async move {
                tx.audit(act("workflow.create", "cut\0off"));
                Ok(())
            })
        })
        .await;
        let mut conn = store.read().await;
        let head = store::audit::lane_heads(&mut conn).await.expect("reads").remove(0);
        let rows = store::audit::list_lane(&mut conn, head.lane, 0, 10).await.expect("reads");
        assert_eq!(rows[0].object, "cut\u{fffd}off");
        assert_eq!(rows[0].hash, rows[0].expected_hash());
    }
}
