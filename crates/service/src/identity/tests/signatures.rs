//! Signed requests: which keys and dates hold, and for which project.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;
use crate::code;
use crate::identity::signature::{Algorithm, SignedRequest, to_hex};

const SECOND: Duration = Duration::from_secs(1);

/// A request that was signed with the secret at this time.
pub(super) fn signed(access: &str, secret: &str, date: Timestamp) -> SignedRequest {
    let string_to_sign = format!("SDK-HMAC-SHA256\n{}\nthe hash of a request", date.0);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(string_to_sign.as_bytes());
    SignedRequest {
        access_key: access.to_owned(),
        algorithm: Algorithm::Direct,
        scope: None,
        date,
        signature: to_hex(&mac.finalize().into_bytes()),
        string_to_sign,
    }
}

on_both! {
    async fn a_request_is_signed_for_a_project_or_for_none(home: Home) {
        let request = signed(&home.first.access_key, &home.first.secret_key, home.now());
        let admin = home.user_id("admin").await;
        for project in [Some(home.project()), None] {
            // Twice: clients repeat a request within the same second.
            for _ in 0..2 {
                let principal = home.service.authenticate_signature(&request, project).await.expect("is good");
                assert_eq!((principal.user, principal.project), (admin, project));
                assert_eq!(principal.grants.len(), 1);
            }
        }
    }

    async fn a_wrong_signature_is_refused_warm_and_cold(home: Home) {
        let (access, secret) = (home.first.access_key.as_str(), home.first.secret_key.as_str());
        let good = signed(access, secret, home.now());
        let wrong = [
            signed(access, "another secret", home.now()),
            signed("UNKNOWN", secret, home.now()),
            SignedRequest { string_to_sign: "another request".into(), ..good.clone() },
            SignedRequest { signature: "0".repeat(64), ..good.clone() },
        ];
        for _ in 0..2 {
            refused(home.service.check_access_key("UNKNOWN").await, &code::UNAUTHENTICATED);
            for request in &wrong {
                refused(home.service.authenticate_signature(request, None).await, &code::UNAUTHENTICATED);
            }
            home.service.authenticate_signature(&good, None).await.expect("is good");
        }
    }

    async fn the_date_may_be_off_by_fifteen_minutes(home: Home) {
        let quarter = Duration::from_secs(15 * 60);
        let at = |date: Timestamp| signed(&home.first.access_key, &home.first.secret_key, date);
        let now = home.now();
        let before = |duration: Duration| Timestamp(now.0 - i64::try_from(duration.as_micros()).expect("fits"));
        for date in [before(quarter), now.plus(quarter)] {
            home.service.authenticate_signature(&at(date), None).await.expect("within");
        }
        for date in [before(quarter + SECOND), now.plus(quarter + SECOND)] {
            let error = refused(home.service.authenticate_signature(&at(date), None).await, &code::UNAUTHENTICATED);
            assert!(error.message().en.contains("15 minutes"), "{error}");
        }
    }

    async fn a_key_that_is_disabled_or_deleted_is_refused_at_once(home: Home) {
        let admin = home.admin().await;
        let created = home.service.create_access_key(&admin, None, Some("laptop".into())).await.expect("creates");
        let access = created.key.access.clone();
        let request = signed(&access, &created.secret, home.now());
        let check = async || {
            let known = home.service.check_access_key(&access).await;
            let checked = home.service.authenticate_signature(&request, Some(home.project())).await;
            assert_eq!(known.is_ok(), checked.is_ok());
            checked
        };
        check().await.expect("is good");
        home.service.update_access_key(&admin, &access, None, Some(false)).await.expect("disables");
        refused(check().await, &code::UNAUTHENTICATED);
        home.service.update_access_key(&admin, &access, None, Some(true)).await.expect("enables");
        check().await.expect("is good again");
        home.service.delete_access_key(&admin, &access).await.expect("deletes");
        refused(check().await, &code::UNAUTHENTICATED);
    }

    async fn a_key_of_a_disabled_user_is_refused(home: Home) {
        let admin = home.admin().await;
        let alice = home.add_user("alice", "ReadOnlyAccess").await;
        let created = home.service.create_access_key(&admin, Some(alice.id), None).await.expect("creates");
        let request = signed(&created.key.access, &created.secret, home.now());
        let principal = home.service.authenticate_signature(&request, None).await.expect("is good");
        assert_eq!(principal.user, alice.id);
        let disable = UserFields { enabled: Some(false), ..UserFields::default() };
        home.service.update_user(&admin, alice.id, disable).await.expect("disables");
        refused(home.service.authenticate_signature(&request, None).await, &code::UNAUTHENTICATED);
    }

    async fn a_project_without_a_role_is_refused(home: Home) {
        let admin = home.admin().await;
        let fields = UserFields { name: Some("guest".into()), ..UserFields::default() };
        let guest = home.service.create_user(&admin, fields).await.expect("creates");
        let created = home.service.create_access_key(&admin, Some(guest.id), None).await.expect("creates");
        let request = signed(&created.key.access, &created.secret, home.now());
        let project = Some(home.project());
        refused(home.service.authenticate_signature(&request, project).await, &code::PROJECT_FORBIDDEN);
        home.service.authenticate_signature(&request, None).await.expect("look-ups need no project");
        // A role in one workspace opens the project.
        let role = home.role("ReadOnlyAccess").await;
        let scope = Scope::Workspace(home.workspace());
        home.service.bind_role(&admin, guest.id, role.id, scope).await.expect("binds");
        home.service.authenticate_signature(&request, project).await.expect("is good");
        let unknown = Some(ProjectId(uuid::Uuid::from_u128(1)));
        refused(home.service.authenticate_signature(&request, unknown).await, &code::PROJECT_FORBIDDEN);
    }

    async fn the_secret_is_not_in_the_storage_and_needs_the_master_key(home: Home) {
        let request = signed(&home.first.access_key, &home.first.secret_key, home.now());
        let other = home.storage().node(&[8; 32]).await;
        let error = refused(other.authenticate_signature(&request, None).await, &code::INTERNAL);
        assert_eq!(error.message().en, "internal error");
        let mut conn = home.storage().db.read().await.expect("reads");
        let row = store::identity::key::find(&mut conn, &home.first.access_key).await.expect("reads").expect("there");
        let secret = home.first.secret_key.as_bytes();
        assert!(!row.secret.windows(secret.len()).any(|window| window == secret));
    }

    async fn the_last_use_of_a_key_is_noted_to_the_hour(home: Home) {
        let admin = home.admin().await;
        let last = async || {
            let key = home.service.get_access_key(&admin, &home.first.access_key).await.expect("there");
            key.last_use_time
        };
        assert_eq!(last().await, None);
        let start = home.now();
        for (wait, noted) in [(0, start), (1800, start), (1800, start.plus(Duration::from_secs(3600)))] {
            home.advance(Duration::from_secs(wait));
            let request = signed(&home.first.access_key, &home.first.secret_key, home.now());
            home.service.authenticate_signature(&request, None).await.expect("is good");
            assert_eq!(last().await, Some(noted));
        }
    }
}
