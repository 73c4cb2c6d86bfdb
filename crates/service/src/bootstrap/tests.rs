//! The first start, later starts, and starts of several nodes at once.

use std::os::unix::fs::MetadataExt as _;
use std::sync::{Arc, Mutex};

use model::Clock as _;

use super::*;
use crate::code;
use crate::identity::tests::{Empty, Home, MASTER_KEY, on_both, refused, with_password};

const ENDPOINT: &str = "http://127.0.0.1:8080";

async fn quietly(service: &Service, given: Given) -> Result<Option<Bootstrap>, Error> {
    service.bootstrap(ENDPOINT, given, |_| Ok(())).await
}

fn one_line(error: &Error) -> String {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

on_both! {
    async fn the_first_start_makes_everything_that_a_client_needs(home: Home) {
        let first = &home.first;
        assert_eq!((first.endpoint.as_str(), first.project_name.as_str()), (ENDPOINT, "local-1"));
        assert_eq!((first.domain_name.as_str(), first.user_name.as_str()), ("muster", "admin"));
        assert_eq!((first.access_key.len(), first.secret_key.len()), (20, 40));
        assert!(is_done(&home.storage().db).await.expect("reads"));

        let admin = home.admin().await;
        let ctx = home.service.enter(admin.clone(), home.project(), home.workspace()).await.expect("the workspace");
        for permission in ["secmaster:workflow:create", "secmaster:workspace:delete"] {
            ctx.require(permission).expect("may do everything");
        }
        let workspaces =
            home.service.list_workspaces(&admin, home.project(), Default::default()).await.expect("lists");
        assert_eq!(workspaces.rows.len(), 1);
        assert_eq!(workspaces.rows[0].region_id, "local-1");
        let classes = home.service.list_dataclasses(&ctx, Default::default()).await.expect("lists");
        assert!(classes.rows.iter().any(|class| class.row.name == "Alert"), "the workspace has its data classes");
    }

    async fn a_second_start_changes_nothing(home: Home) {
        let before = home.admin().await.principal;
        let given = Given { password: Some("another password".into()), ..Given::default() };
        for service in [home.service.clone(), home.other_node().await] {
            let again = service.bootstrap(ENDPOINT, given.clone(), |_| panic!("nothing is published")).await;
            assert!(again.expect("starts").is_none());
        }
        assert_eq!(home.admin().await.principal, before);
    }

    async fn another_master_key_is_refused(home: Home) {
        let other = home.storage().node(&[8; 32]).await;
        let error = quietly(&other, Given::default()).await.expect_err("refuses");
        assert!(one_line(&error).contains("master key"), "{error}");
    }
}

async fn check_concurrent(empty: Empty) {
    let published = Arc::new(Mutex::new(Vec::new()));
    let mut starts = Vec::new();
    for _ in 0..3 {
        let (service, published) = (empty.node(&MASTER_KEY).await, Arc::clone(&published));
        starts.push(tokio::spawn(async move {
            let publish = move |first: &Bootstrap| {
                published.lock().expect("not poisoned").push(first.access_key.clone());
                Ok(())
            };
            service.bootstrap(ENDPOINT, Given::default(), publish).await
        }));
    }
    let mut winners = Vec::new();
    for start in starts {
        winners.extend(start.await.expect("no panic").expect("every node starts"));
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(*published.lock().expect("not poisoned"), [winners[0].access_key.clone()]);
    let request = crate::identity::tests::sign(&winners[0], empty.clock.now());
    let service = empty.node(&MASTER_KEY).await;
    service.authenticate_signature(&request, None).await.expect("the winner's credentials are good");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nodes_that_start_at_once_one_creates_sqlite() {
    check_concurrent(Empty::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nodes_that_start_at_once_one_creates_postgres() {
    if let Some(empty) = Empty::postgres().await {
        check_concurrent(empty).await;
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_handed_out_are_not_kept() {
    let empty = Empty::sqlite().await;
    let service = empty.node(&MASTER_KEY).await;
    let full = service.bootstrap(ENDPOINT, Given::default(), |_| Err(io::ErrorKind::StorageFull.into())).await;
    assert!(matches!(full, Err(Error::Publish(_))), "{full:?}");
    assert!(!is_done(&empty.db).await.expect("reads"));
    assert!(quietly(&service, Given::default()).await.expect("starts").is_some());
}

#[tokio::test]
async fn given_values_are_used() {
    let empty = Empty::sqlite().await;
    let service = empty.node(&MASTER_KEY).await;
    let given =
        Given { password: Some("pw".into()), access_key: Some("AK-1".into()), secret_key: Some("s3cr3t/+=".into()) };
    let first = quietly(&service, given).await.expect("starts").expect("creates");
    assert_eq!((first.access_key.as_str(), first.secret_key.as_str()), ("AK-1", "s3cr3t/+="));
    let request = crate::identity::tests::sign(&first, empty.clock.now());
    service.authenticate_signature(&request, None).await.expect("the key is good");
    let login = with_password("admin", "pw");
    service.create_token(&RequestInfo::default(), login).await.expect("the password is good");
    let wrong = service.create_token(&RequestInfo::default(), with_password("admin", "other")).await;
    refused(wrong, &code::UNAUTHENTICATED);
}

#[tokio::test]
async fn unusable_values_are_refused_and_nothing_is_created() {
    let empty = Empty::sqlite().await;
    let service = empty.node(&MASTER_KEY).await;
    let password = |text: &str| Given { password: Some(text.into()), ..Given::default() };
    let access = |text: &str| Given { access_key: Some(text.into()), ..Given::default() };
    let secret = |text: &str| Given { secret_key: Some(text.into()), ..Given::default() };
    for given in [
        password(""),
        password(&"x".repeat(129)),
        access(""),
        access("a,b"),
        access("a/b"),
        access("a b"),
        secret(""),
        secret("a\nb"),
    ] {
        let error = quietly(&service, given).await.expect_err("refuses");
        assert!(one_line(&error).contains(" must have "), "{error}");
    }
    assert!(!is_done(&empty.db).await.expect("reads"));
}

#[tokio::test]
async fn the_file_holds_exactly_the_contracts_fields_and_is_private() {
    let home = Home::sqlite().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bootstrap.json");
    home.first.write_file(&path).expect("writes");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("reads")).expect("is JSON");
    let fields: Vec<&str> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "endpoint",
        "domain_name",
        "project_id",
        "project_name",
        "workspace_id",
        "user_name",
        "password",
        "access_key",
        "secret_key",
    ];
    assert_eq!(fields, expected);
    assert_eq!(std::fs::metadata(&path).expect("exists").mode() & 0o777, 0o600);
    let debug = format!("{:?}", home.first);
    assert!(!debug.contains(&home.first.secret_key) && !debug.contains(&home.first.password), "{debug}");
}
