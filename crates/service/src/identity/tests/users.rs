//! Users, their passwords and access keys, and the administrator who stays.

use super::*;
use crate::code;
use crate::identity::key::MAX_KEYS;
use crate::identity::user::ListUsers;

fn named(name: &str) -> UserFields {
    UserFields { name: Some(name.into()), ..UserFields::default() }
}

on_both! {
    async fn an_administrator_manages_users(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let fields = UserFields {
            description: Some("on call".into()),
            default_project_id: Some(home.first.project_id.clone()),
            ..named("王芳")
        };
        let user = service.create_user(&admin, fields).await.expect("creates");
        assert_eq!(service.get_user(&admin, user.id).await.expect("is there"), user);
        assert!(user.enabled && user.default_project_id == Some(home.project()));
        refused(service.create_user(&admin, named("王芳")).await, &code::IDENTITY_NAME_TAKEN);

        let changed = UserFields {
            description: Some("off duty".into()),
            enabled: Some(false),
            default_project_id: Some(String::new()),
            ..named("wangfang")
        };
        let changed = service.update_user(&admin, user.id, changed).await.expect("changes");
        assert_eq!(changed.name, "wangfang");
        assert_eq!((changed.description.as_str(), changed.enabled), ("off duty", false));
        assert_eq!(changed.default_project_id, None);
        refused(service.update_user(&admin, user.id, named("admin")).await, &code::IDENTITY_NAME_TAKEN);
        let same = service.update_user(&admin, user.id, UserFields::default()).await.expect("changes nothing");
        assert_eq!(same, changed);

        let list = async |input: ListUsers| {
            let page = service.list_users(&admin, input).await.expect("lists");
            page.rows.into_iter().map(|user| user.name).collect::<Vec<_>>()
        };
        assert_eq!(list(ListUsers::default()).await, ["admin", "wangfang"]);
        assert_eq!(list(ListUsers { name: Some("wangfang".into()), ..ListUsers::default() }).await, ["wangfang"]);
        assert_eq!(list(ListUsers { enabled: Some(true), ..ListUsers::default() }).await, ["admin"]);
        let other = ListUsers { domain_id: Some("0123456789abcdef0123456789abcdef".into()), ..ListUsers::default() };
        assert!(list(other).await.is_empty());

        service.delete_user(&admin, user.id).await.expect("deletes");
        refused(service.get_user(&admin, user.id).await, &code::IDENTITY_NOT_FOUND);
        refused(service.delete_user(&admin, user.id).await, &code::IDENTITY_NOT_FOUND);
        refused(service.update_user(&admin, user.id, named("x")).await, &code::IDENTITY_NOT_FOUND);
    }

    async fn every_wrong_field_is_named(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let with_password = |password: &str| UserFields { password: Some(password.into()), ..named("x") };
        for (fields, field) in [
            (UserFields::default(), "user.name is required"),
            (named(""), "user.name must have 1 to 64 characters"),
            (named(&"x".repeat(65)), "user.name must have 1 to 64 characters"),
            (named("a\u{0}b"), "user.name must not contain control characters"),
            (UserFields { description: Some("x".repeat(256)), ..named("x") }, "user.description"),
            (with_password("short"), "user.password must have 8 to 128 characters"),
            (with_password(&"x".repeat(129)), "user.password must have 8 to 128 characters"),
            (with_password("with\nnewline"), "user.password must not contain control characters"),
            (UserFields { default_project_id: Some("nonsense".into()), ..named("x") }, "user.default_project_id"),
        ] {
            let error = refused(service.create_user(&admin, fields).await, &code::IDENTITY_INVALID);
            assert!(error.message().en.contains(field), "{error}");
        }
        let elsewhere = UserFields { domain_id: Some("0123456789abcdef0123456789abcdef".into()), ..named("x") };
        refused(service.create_user(&admin, elsewhere).await, &code::FORBIDDEN);
    }

    async fn others_see_themselves_and_change_their_own_password(home: Home) {
        let alice = home.add_user("alice", "ReadOnlyAccess").await;
        let (service, caller) = (&home.service, home.user("alice").await);
        let admin = home.user_id("admin").await;
        let seen = service.list_users(&caller, ListUsers::default()).await.expect("lists");
        assert_eq!((seen.total, seen.rows), (1, vec![alice.clone()]));
        assert_eq!(service.get_user(&caller, alice.id).await.expect("herself"), alice);
        refused(service.get_user(&caller, admin).await, &code::FORBIDDEN);
        refused(service.create_user(&caller, named("bob")).await, &code::FORBIDDEN);
        refused(service.update_user(&caller, alice.id, named("root")).await, &code::FORBIDDEN);
        refused(service.delete_user(&caller, alice.id).await, &code::FORBIDDEN);

        let new = Some("a new password".to_owned());
        let wrong = service.change_password(&caller, alice.id, Some("wrong".into()), new.clone()).await;
        refused(wrong, &code::UNAUTHENTICATED);
        let weak = service.change_password(&caller, alice.id, Some(PASSWORD.into()), Some("short".into())).await;
        refused(weak, &code::IDENTITY_INVALID);
        let others = service.change_password(&caller, admin, Some(PASSWORD.into()), new.clone()).await;
        refused(others, &code::IDENTITY_NOT_FOUND);
        service.change_password(&caller, alice.id, Some(PASSWORD.into()), new).await.expect("changes");
        refused(home.log_in(with_password("alice", PASSWORD)).await, &code::UNAUTHENTICATED);
        home.log_in(with_password("alice", "a new password")).await.expect("logs in");
    }

    async fn the_last_administrator_stays(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let id = admin.principal.user;
        let role = home.role("FullAccess").await;
        let scope = Scope::Domain(admin.principal.domain);
        let disable = || UserFields { enabled: Some(false), ..UserFields::default() };
        refused(service.update_user(&admin, id, disable()).await, &code::IDENTITY_PROTECTED);
        refused(service.delete_user(&admin, id).await, &code::IDENTITY_PROTECTED);
        refused(service.unbind_role(&admin, id, role.id, scope).await, &code::IDENTITY_PROTECTED);
        home.admin().await;

        // A disabled second one does not count, an enabled one does.
        let second = home.add_user("second", "FullAccess").await;
        service.update_user(&admin, second.id, disable()).await.expect("disables");
        refused(service.delete_user(&admin, id).await, &code::IDENTITY_PROTECTED);
        let enable = UserFields { enabled: Some(true), ..UserFields::default() };
        service.update_user(&admin, second.id, enable).await.expect("enables");
        service.delete_user(&admin, id).await.expect("deletes");
        refused(home.log_in(with_password("admin", PASSWORD)).await, &code::UNAUTHENTICATED);
    }

    async fn two_administrators_cannot_remove_each_other_at_once(home: Home) {
        let second = home.add_user("second", "FullAccess").await;
        let (first, other) = (home.admin().await, home.user("second").await);
        let nodes = [home.other_node().await, home.other_node().await];
        let removals = tokio::join!(
            nodes[0].delete_user(&first, second.id),
            nodes[1].delete_user(&other, first.principal.user)
        );
        assert!(removals.0.is_ok() != removals.1.is_ok(), "{removals:?}");
    }

    async fn users_have_access_keys_of_their_own(home: Home) {
        let alice = home.add_user("alice", "ReadOnlyAccess").await;
        let (service, caller, admin) = (&home.service, home.user("alice").await, home.admin().await);
        let created = service.create_access_key(&caller, None, Some("laptop".into())).await.expect("creates");
        assert!(!format!("{created:?}").contains(&created.secret));
        let keys = service.list_access_keys(&caller, None).await.expect("lists");
        assert_eq!(keys, std::slice::from_ref(&created.key));
        assert_eq!(service.list_access_keys(&admin, Some(alice.id)).await.expect("lists"), keys);

        let foreign = home.first.access_key.as_str();
        let of_admin = Some(admin.principal.user);
        refused(service.list_access_keys(&caller, of_admin).await, &code::FORBIDDEN);
        refused(service.create_access_key(&caller, of_admin, None).await, &code::FORBIDDEN);
        refused(service.get_access_key(&caller, foreign).await, &code::FORBIDDEN);
        refused(service.update_access_key(&caller, foreign, None, Some(false)).await, &code::FORBIDDEN);
        refused(service.delete_access_key(&caller, foreign).await, &code::FORBIDDEN);
        refused(service.get_access_key(&caller, "UNKNOWN").await, &code::IDENTITY_NOT_FOUND);
        let long = Some("x".repeat(256));
        refused(service.create_access_key(&caller, None, long).await, &code::IDENTITY_INVALID);

        for _ in 1..MAX_KEYS {
            service.create_access_key(&caller, None, None).await.expect("creates");
        }
        refused(service.create_access_key(&caller, None, None).await, &code::IDENTITY_PROTECTED);
        service.delete_access_key(&admin, &created.key.access).await.expect("deletes");
        service.create_access_key(&caller, None, None).await.expect("creates");
    }
}
