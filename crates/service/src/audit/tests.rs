//! A whole record verifies; every way of tampering is found.

use model::Tenant;

use super::*;
use crate::code;
use crate::ctx::Ctx;
use crate::identity::tests::{Home, MASTER_KEY, on_both, refused};
use runtime::vault::Vault;

/// Acts until the record has at least ten rows after the first start.
async fn act(home: &Home) {
    for number in 0..4 {
        home.add_user(&format!("user {number}"), "ReadOnlyAccess").await;
    }
}

async fn checked(home: &Home, expected: Option<&str>) -> Report {
    verify(&home.storage().db, Vault::new(&MASTER_KEY).anchor_key(), expected).await.expect("reads")
}

/// The lane with the most rows.
async fn longest(home: &Home) -> (uuid::Uuid, i64) {
    let mut conn = home.storage().db.read().await.expect("reads");
    let heads = store::audit::lane_heads(&mut conn).await.expect("reads");
    heads.into_iter().map(|head| (head.lane, head.seq)).max_by_key(|(_, seq)| *seq).expect("there is one")
}

fn lane_is(home: &Home, lane: uuid::Uuid) -> String {
    match home.storage().db.dialect() {
        store::db::Dialect::Sqlite => format!("lane = x'{}'", lane.simple()),
        store::db::Dialect::Postgres => format!("lane = '{lane}'"),
    }
}

/// Tampers with an anchored record, and fails unless that is found.
async fn check_found(
    home: &Home,
    tamper: impl AsyncFnOnce(&Home, uuid::Uuid, i64),
    expected: impl Fn(&Problem) -> bool,
) {
    act(home).await;
    let mut anchorer = Anchorer::new(home.service.clone());
    anchorer.run_once().await.expect("anchors").expect("there was something");
    assert_eq!(checked(home, None).await.problem, None);
    let (lane, last) = longest(home).await;
    assert!(last >= 3, "{last}");
    tamper(home, lane, last).await;
    let problem = checked(home, None).await.problem.expect("is found");
    assert!(expected(&problem), "{problem}");
}

on_both! {
    async fn an_untouched_record_verifies(home: Home) {
        act(&home).await;
        let before = checked(&home, None).await;
        assert_eq!((before.anchors, before.head, before.problem), (0, None, None));
        assert!(before.rows >= 13, "{}", before.rows);

        let mut anchorer = Anchorer::new(home.service.clone());
        let first = anchorer.run_once().await.expect("anchors").expect("there was something");
        assert_eq!(anchorer.run_once().await.expect("looks"), None, "nothing happened since");
        home.add_user("late", "Operator").await;
        let second = anchorer.run_once().await.expect("anchors").expect("there was something");
        assert_eq!((first.seq, second.seq), (1, 2));
        let after = checked(&home, Some(&first.head)).await;
        assert_eq!((after.anchors, after.head, after.problem), (2, Some(second.head.clone()), None));
        assert!(after.rows > before.rows);
        assert_eq!(checked(&home, Some(&second.head.to_uppercase())).await.problem, None);
        let missing = checked(&home, Some("00ff")).await;
        assert_eq!(missing.problem, Some(Problem::CutAnchors("00ff".into())));
    }

    async fn nodes_take_turns_with_anchors(home: Home) {
        let other = home.other_node().await;
        let mut anchorers = [Anchorer::new(home.service.clone()), Anchorer::new(other)];
        anchorers[0].run_once().await.expect("anchors").expect("the first start");
        // A new node states every lane once.
        anchorers[1].run_once().await.expect("anchors").expect("every lane");
        for round in 0..4 {
            home.add_user(&format!("user {round}"), "Operator").await;
            let (writes, waits) = (round % 2, 1 - round % 2);
            anchorers[writes].run_once().await.expect("anchors").expect("there was something");
            assert_eq!(anchorers[waits].run_once().await.expect("looks"), None, "the other node did it");
        }
        let report = checked(&home, None).await;
        assert_eq!((report.anchors, report.problem), (6, None));
    }

    async fn anchors_written_at_once_still_chain(home: Home) {
        let nodes = [home.other_node().await, home.other_node().await];
        let mut anchorers = nodes.map(Anchorer::new);
        for round in 0..5 {
            home.add_user(&format!("user {round}"), "Operator").await;
            let [first, second] = &mut anchorers;
            let (first, second) = tokio::join!(first.run_once(), second.run_once());
            let written = usize::from(first.expect("runs").is_some()) + usize::from(second.expect("runs").is_some());
            assert!(written >= 1);
        }
        assert_eq!(checked(&home, None).await.problem, None);
    }

    async fn a_changed_row_is_found(home: Home) {
        let tamper = async |home: &Home, lane, last| {
            let lane = lane_is(home, lane);
            home.storage()
                .meddle(&format!("UPDATE audit SET user_name = 'nobody' WHERE {lane} AND seq = {}", last - 1))
                .await;
        };
        check_found(&home, tamper, |problem| matches!(problem, Problem::ChangedRow { .. })).await;
    }

    async fn a_deleted_row_is_found(home: Home) {
        let tamper = async |home: &Home, lane, last| {
            let lane = lane_is(home, lane);
            home.storage().meddle(&format!("DELETE FROM audit WHERE {lane} AND seq = {}", last - 1)).await;
        };
        check_found(&home, tamper, |problem| matches!(problem, Problem::MissingRow { .. })).await;
    }

    async fn reordered_rows_are_found(home: Home) {
        let tamper = async |home: &Home, lane, last| {
            let lane = lane_is(home, lane);
            for (from, to) in [(last - 1, -1), (last - 2, last - 1), (-1, last - 2)] {
                home.storage().meddle(&format!("UPDATE audit SET seq = {to} WHERE {lane} AND seq = {from}")).await;
            }
        };
        check_found(&home, tamper, |problem| matches!(problem, Problem::BrokenChain { .. })).await;
    }

    async fn a_lane_whose_end_is_cut_is_found(home: Home) {
        let tamper = async |home: &Home, lane, last| {
            let lane = lane_is(home, lane);
            home.storage().meddle(&format!("DELETE FROM audit WHERE {lane} AND seq = {last}")).await;
        };
        check_found(&home, tamper, |problem| matches!(problem, Problem::CutLane { anchor: 1, .. })).await;
    }

    async fn a_lane_that_is_gone_is_found(home: Home) {
        let tamper = async |home: &Home, lane, _| {
            let lane = lane_is(home, lane);
            home.storage().meddle(&format!("DELETE FROM audit WHERE {lane}")).await;
        };
        check_found(&home, tamper, |problem| matches!(problem, Problem::CutLane { .. })).await;
    }

    async fn a_rewritten_lane_does_not_fit_its_anchor(home: Home) {
        // Somebody who can write to the storage can make a lane that chains, but no anchor for it.
        let tamper = async |home: &Home, lane, last| {
            let mut conn = home.storage().db.read().await.expect("reads");
            let row = store::audit::list_lane(&mut conn, lane, last - 1, 1).await.expect("reads").remove(0);
            let forged = AuditRow { user_name: "nobody".into(), ..row };
            let hash = crate::identity::signature::to_hex(&forged.expected_hash());
            let hash = match home.storage().db.dialect() {
                store::db::Dialect::Sqlite => format!("x'{hash}'"),
                store::db::Dialect::Postgres => format!("'\\x{hash}'"),
            };
            let lane = lane_is(home, lane);
            let set = format!("UPDATE audit SET user_name = 'nobody', hash = {hash} WHERE {lane} AND seq = {last}");
            home.storage().meddle(&set).await;
        };
        check_found(&home, tamper, |problem| matches!(problem, Problem::ReplacedRow { anchor: 1, .. })).await;
    }

    async fn a_forged_anchor_is_found(home: Home) {
        let tamper = async |home: &Home, _, _| home.storage().meddle("UPDATE audit_anchor SET heads = '{}'").await;
        check_found(&home, tamper, |problem| *problem == Problem::ForgedAnchor { seq: 1 }).await;
    }

    async fn an_anchor_made_with_another_key_is_found(home: Home) {
        act(&home).await;
        let mut anchorer = Anchorer::new(home.storage().node(&[8; 32]).await);
        anchorer.run_once().await.expect("anchors").expect("there was something");
        assert_eq!(checked(&home, None).await.problem, Some(Problem::ForgedAnchor { seq: 1 }));
    }

    async fn missing_anchors_are_found(home: Home) {
        let mut anchorer = Anchorer::new(home.service.clone());
        let mut heads = Vec::new();
        for round in 0..3 {
            home.add_user(&format!("user {round}"), "Operator").await;
            heads.push(anchorer.run_once().await.expect("anchors").expect("there was something").head);
        }
        home.storage().meddle("DELETE FROM audit_anchor WHERE seq = 3").await;
        assert_eq!(checked(&home, None).await.problem, None, "the newest anchor is only missed by who knows it");
        let cut = Problem::CutAnchors(heads[2].clone());
        assert_eq!(checked(&home, Some(&heads[2])).await.problem, Some(cut));
        home.storage().meddle("UPDATE audit_anchor SET seq = 3 WHERE seq = 2").await;
        assert_eq!(checked(&home, None).await.problem, Some(Problem::MissingAnchor { seq: 2 }));
    }

    async fn acts_in_a_workspace_are_listed(home: Home) {
        let admin = home.admin().await;
        let ctx = home.service.enter(admin.clone(), home.project(), home.workspace()).await.expect("the workspace");
        let list = async |ctx: &Ctx, input: ListAudit| home.service.list_audit(ctx, input).await;
        let all = list(&ctx, ListAudit::default()).await.expect("lists");
        assert_eq!((all.total, all.rows[0].action.as_str()), (1, "workspace.create"), "{all:?}");
        assert_eq!(all.rows[0].user_name, "admin");

        let filters: [(ListAudit, i64); 8] = [
            (ListAudit { user_id: Some(admin.principal.user.to_string()), ..ListAudit::default() }, 1),
            (ListAudit { user_name: Some("ADM".into()), ..ListAudit::default() }, 1),
            (ListAudit { user_name: Some("bob".into()), ..ListAudit::default() }, 0),
            (ListAudit { action: Some("workspace.delete".into()), ..ListAudit::default() }, 0),
            (ListAudit { object: Some(home.first.workspace_id.clone()), ..ListAudit::default() }, 1),
            (ListAudit { from_date: Some("2026-01-02T03:04:05Z".into()), ..ListAudit::default() }, 1),
            (ListAudit { to_date: Some("2026-01-02T03:04:05Z".into()), ..ListAudit::default() }, 0),
            (ListAudit { action: Some(String::new()), limit: Some(1), ..ListAudit::default() }, 1),
        ];
        for (input, total) in filters {
            assert_eq!(list(&ctx, input.clone()).await.expect("lists").total, total, "{input:?}");
        }
        for (input, named) in [
            (ListAudit { limit: Some(0), ..ListAudit::default() }, "limit"),
            (ListAudit { offset: Some(10_001), ..ListAudit::default() }, "offset"),
            (ListAudit { order: Some("up".into()), ..ListAudit::default() }, "order"),
            (ListAudit { from_date: Some("yesterday".into()), ..ListAudit::default() }, "from_date"),
            (ListAudit { user_id: Some("x".into()), ..ListAudit::default() }, "user_id"),
        ] {
            let error = refused(list(&ctx, input).await, &code::INVALID);
            assert!(error.message().en.contains(named), "{error}");
        }
        let elsewhere = Ctx {
            tenant: Tenant { workspace: model::WorkspaceId(uuid::Uuid::from_u128(1)), ..ctx.tenant },
            ..ctx.clone()
        };
        assert_eq!(list(&elsewhere, ListAudit::default()).await.expect("lists").total, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_verified_read_only_beside_a_running_server() {
    let home = Home::sqlite().await;
    act(&home).await;
    Anchorer::new(home.service.clone()).run_once().await.expect("anchors");
    let db = store::Db::open_sqlite_read_only(&home.storage().file());
    let report = verify(&db, Vault::new(&MASTER_KEY).anchor_key(), None).await.expect("reads");
    assert_eq!((report.anchors, report.problem), (1, None));
    home.add_user("meanwhile", "Operator").await;
}
