//! Log-ins and tokens: every way in, every refusal, every end.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::*;
use crate::code;
use crate::identity::project::ProjectFields;
use crate::identity::token::LIFETIME;

const SECOND: Duration = Duration::from_secs(1);

fn exchange(token: &str) -> CreateToken {
    CreateToken { methods: vec!["token".into()], token: Some(token.into()), ..CreateToken::default() }
}

on_both! {
    async fn a_user_logs_in_by_name_or_id_for_any_scope(home: Home) {
        let admin = home.admin().await;
        let (user, domain, project) = (admin.principal.user, admin.principal.domain, home.project());
        let logins = [
            PasswordLogin { user: by_name("admin"), domain: Some(by_name("muster")), password: Some(PASSWORD.into()) },
            PasswordLogin { user: by_name("admin"), domain: Some(by_id(domain)), password: Some(PASSWORD.into()) },
            PasswordLogin { user: by_id(user), domain: None, password: Some(PASSWORD.into()) },
        ];
        for login in logins {
            let input =
                CreateToken { methods: vec!["password".into()], password: Some(login), ..CreateToken::default() };
            let issued = home.log_in(input).await.expect("logs in");
            assert_eq!(issued.token.user, (user, "admin".to_owned()));
            assert_eq!(issued.token.user_domain, (domain, "muster".to_owned()));
            assert_eq!(issued.token.expires_at, home.now().plus(Duration::from_secs(24 * 3600)));
        }

        let scopes = [
            (Some((by_id(project), None)), None, Some(project)),
            (Some((by_name("local-1"), None)), None, Some(project)),
            (Some((by_name("local-1"), Some(by_name("muster")))), None, Some(project)),
            (Some((by_name("local-1"), Some(by_id(domain)))), None, Some(project)),
            (None, Some(by_name("muster")), None),
            (None, Some(by_id(domain)), None),
            // The administrator's default project.
            (None, None, Some(project)),
        ];
        for (project, domain, expected) in scopes {
            let of_domain = domain.is_some();
            let input = CreateToken { project, domain, ..with_password("admin", PASSWORD) };
            let issued = home.log_in(input).await.expect("logs in");
            assert_eq!(issued.token.project.as_ref().map(|(id, _)| *id), expected);
            assert_eq!(issued.token.domain_scoped, of_domain);
            assert_eq!(issued.token.roles.len(), 1);
            assert_eq!(issued.token.roles[0].1, "FullAccess");
            let principal = home.service.authenticate_token(&issued.secret).await.expect("is good");
            assert_eq!((principal.user, principal.project), (user, expected));
        }
    }

    async fn every_wrong_proof_gets_the_same_answer(home: Home) {
        let alice = home.add_user("alice", "ReadOnlyAccess").await;
        let admin = home.admin().await;
        let disable = UserFields { enabled: Some(false), ..UserFields::default() };
        home.service.update_user(&admin, alice.id, disable).await.expect("disables");
        let without = UserFields { name: Some("robot".into()), ..UserFields::default() };
        home.service.create_user(&admin, without).await.expect("creates");

        let in_domain = |user: Reference, domain: Reference| CreateToken {
            methods: vec!["password".into()],
            password: Some(PasswordLogin { user, domain: Some(domain), password: Some(PASSWORD.into()) }),
            ..CreateToken::default()
        };
        let mut messages = Vec::new();
        for input in [
            with_password("admin", "wrong"),
            with_password("admin", ""),
            with_password("nobody", PASSWORD),
            with_password("alice", PASSWORD),
            with_password("robot", ""),
            in_domain(by_name("admin"), by_name("elsewhere")),
            in_domain(by_name("admin"), by_id("not an id")),
            in_domain(by_id("not an id"), by_name("muster")),
            in_domain(by_id("0123456789abcdef0123456789abcdef"), by_name("muster")),
        ] {
            messages.push(refused(home.log_in(input).await, &code::UNAUTHENTICATED).message().clone());
        }
        messages.dedup();
        assert_eq!(messages.len(), 1, "{messages:?}");
    }

    async fn a_scope_that_the_user_may_not_have_is_refused(home: Home) {
        let admin = home.admin().await;
        let create = |name: &str| ProjectFields { name: Some(name.into()), ..ProjectFields::default() };
        let shut = home.service.create_project(&admin, create("shut")).await.expect("creates");
        let disable = ProjectFields { enabled: Some(false), ..ProjectFields::default() };
        home.service.update_project(&admin, shut.id, disable).await.expect("disables");
        let fields = UserFields {
            name: Some("guest".into()),
            password: Some(PASSWORD.into()),
            ..UserFields::default()
        };
        home.service.create_user(&admin, fields).await.expect("creates");

        let mut messages = Vec::new();
        for (name, project, domain) in [
            ("admin", Some(by_name("shut")), None),
            ("admin", Some(by_id(shut.id)), None),
            ("admin", Some(by_name("missing")), None),
            ("admin", Some(by_id("not an id")), None),
            ("admin", None, Some(by_name("elsewhere"))),
            ("guest", Some(by_name("local-1")), None),
        ] {
            let project = project.map(|project| (project, None));
            let input = CreateToken { project, domain, ..with_password(name, PASSWORD) };
            messages.push(refused(home.log_in(input).await, &code::UNAUTHENTICATED).message().clone());
        }
        messages.dedup();
        assert_eq!(messages.len(), 1, "{messages:?}");

        let unscoped = home.log_in(with_password("guest", PASSWORD)).await.expect("logs in");
        let principal = home.service.authenticate_token(&unscoped.secret).await.expect("is good");
        assert_eq!((principal.project, principal.grants.len()), (None, 0));
    }

    async fn an_incomplete_log_in_names_what_is_missing(home: Home) {
        let login = |user: Reference, domain: Option<Reference>, password: Option<&str>| CreateToken {
            methods: vec!["password".into()],
            password: Some(PasswordLogin { user, domain, password: password.map(str::to_owned) }),
            ..CreateToken::default()
        };
        let methods = |methods: &[&str]| CreateToken {
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            ..with_password("admin", PASSWORD)
        };
        let both = CreateToken {
            project: Some((by_name("local-1"), None)),
            domain: Some(by_name("muster")),
            ..with_password("admin", PASSWORD)
        };
        let nameless = CreateToken {
            project: Some((Reference::default(), None)),
            ..with_password("admin", PASSWORD)
        };
        for (input, named) in [
            (methods(&[]), "auth.identity.methods"),
            (methods(&["saml"]), "auth.identity.methods"),
            (methods(&["password", "totp"]), "auth.identity.methods"),
            (CreateToken { password: None, ..methods(&["password"]) }, "auth.identity.password is required"),
            (methods(&["token"]), "auth.identity.token.id is required"),
            (login(by_name("admin"), Some(by_name("muster")), None), "auth.identity.password.user.password"),
            (login(by_name("admin"), None, Some(PASSWORD)), "auth.identity.password.user.domain is required"),
            (login(by_name("admin"), Some(Reference::default()), Some(PASSWORD)), "must have an id or a name"),
            (login(Reference::default(), None, Some(PASSWORD)), "auth.identity.password.user must have an id"),
            (both, "auth.scope"),
            (nameless, "auth.scope.project must have an id or a name"),
        ] {
            let error = refused(home.log_in(input).await, &code::IDENTITY_INVALID);
            assert!(error.message().en.contains(named), "{error}");
        }
    }

    async fn a_token_ends_when_it_expires_or_is_revoked(home: Home) {
        let issued = home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        home.advance(LIFETIME - SECOND);
        home.service.authenticate_token(&issued.secret).await.expect("the last second");
        home.advance(SECOND);
        refused(home.service.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);

        let revoked = home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        let caller = home.caller(&revoked.secret).await;
        home.service.delete_token(&caller, &revoked.secret).await.expect("revokes");
        refused(home.service.authenticate_token(&revoked.secret).await, &code::UNAUTHENTICATED);
        refused(home.service.delete_token(&caller, &revoked.secret).await, &code::IDENTITY_NOT_FOUND);
        for token in ["", "unknown", &"x".repeat(100_000)] {
            refused(home.service.authenticate_token(token).await, &code::UNAUTHENTICATED);
        }
    }

    async fn what_ends_a_users_tokens_ends_them_at_once(home: Home) {
        let admin = home.admin().await;
        for (name, fields) in [
            ("disabled", UserFields { enabled: Some(false), ..UserFields::default() }),
            ("renewed", UserFields { password: Some("another password".into()), ..UserFields::default() }),
        ] {
            let user = home.add_user(name, "ReadOnlyAccess").await;
            let issued = home.log_in(home.in_project(name, PASSWORD)).await.expect("logs in");
            home.caller(&issued.secret).await;
            home.advance(SECOND);
            home.service.update_user(&admin, user.id, fields).await.expect("changes");
            refused(home.service.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);
            // Not even when enabled again.
            let enable = UserFields { enabled: Some(true), ..UserFields::default() };
            home.service.update_user(&admin, user.id, enable).await.expect("enables");
            refused(home.service.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);
        }
        let user = home.add_user("deleted", "ReadOnlyAccess").await;
        let issued = home.log_in(home.in_project("deleted", PASSWORD)).await.expect("logs in");
        home.caller(&issued.secret).await;
        home.service.delete_user(&admin, user.id).await.expect("deletes");
        refused(home.service.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);

        home.add_user("stranded", "ReadOnlyAccess").await;
        let issued = home.log_in(home.in_project("stranded", PASSWORD)).await.expect("logs in");
        home.caller(&issued.secret).await;
        let domain = CreateToken { domain: Some(by_name("muster")), ..with_password("admin", PASSWORD) };
        let by_domain = home.caller(&home.log_in(domain).await.expect("logs in").secret).await;
        let shut = ProjectFields { enabled: Some(false), ..ProjectFields::default() };
        home.service.update_project(&by_domain, home.project(), shut).await.expect("disables");
        refused(home.service.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);
    }

    async fn another_node_learns_of_a_revocation_within_two_seconds(home: Home) {
        let other = home.other_node().await;
        let issued = home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        let caller = home.caller(&issued.secret).await;
        other.authenticate_token(&issued.secret).await.expect("is good there");
        home.service.delete_token(&caller, &issued.secret).await.expect("revokes");
        refused(home.service.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);
        home.advance(SECOND);
        other.authenticate_token(&issued.secret).await.expect("is remembered there");
        home.advance(SECOND);
        refused(other.authenticate_token(&issued.secret).await, &code::UNAUTHENTICATED);
    }

    async fn a_role_that_is_taken_is_gone_at_once(home: Home) {
        let alice = home.add_user("alice", "ReadOnlyAccess").await;
        let issued = home.log_in(home.in_project("alice", PASSWORD)).await.expect("logs in");
        assert_eq!(home.caller(&issued.secret).await.principal.grants.len(), 1);
        let role = home.role("ReadOnlyAccess").await;
        let admin = home.admin().await;
        home.service
            .unbind_role(&admin, alice.id, role.id, Scope::Domain(alice.domain_id))
            .await
            .expect("unbinds");
        assert!(home.caller(&issued.secret).await.principal.grants.is_empty());
    }

    async fn a_token_is_exchanged_without_lasting_longer(home: Home) {
        let first = home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        home.advance(Duration::from_secs(3600));
        let input = CreateToken { domain: Some(by_name("muster")), ..exchange(&first.secret) };
        let second = home.log_in(input).await.expect("exchanges");
        assert_eq!(second.token.expires_at, first.token.expires_at);
        assert_eq!(second.token.issued_at, home.now());
        assert_eq!(second.token.methods, ["password", "token"]);
        assert!(second.token.domain_scoped && second.token.project.is_none());
        let caller = home.caller(&second.secret).await;
        assert_eq!(caller.principal.project, None);
        // Revoking it leaves the first one alone.
        home.service.delete_token(&caller, &second.secret).await.expect("revokes");
        home.caller(&first.secret).await;
        refused(home.log_in(exchange(&second.secret)).await, &code::UNAUTHENTICATED);
        refused(home.log_in(exchange("unknown")).await, &code::UNAUTHENTICATED);
        home.advance(LIFETIME);
        refused(home.log_in(exchange(&first.secret)).await, &code::UNAUTHENTICATED);
    }

    async fn tokens_of_others_take_a_permission(home: Home) {
        home.add_user("alice", "ReadOnlyAccess").await;
        let of_alice = home.log_in(home.in_project("alice", PASSWORD)).await.expect("logs in");
        let of_admin = home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        let (alice, admin) = (home.caller(&of_alice.secret).await, home.caller(&of_admin.secret).await);
        let service = &home.service;
        assert_eq!(service.get_token(&alice, &of_alice.secret).await.expect("her own"), of_alice.token);
        assert_eq!(service.get_token(&admin, &of_alice.secret).await.expect("any"), of_alice.token);
        refused(service.get_token(&alice, &of_admin.secret).await, &code::FORBIDDEN);
        refused(service.delete_token(&alice, &of_admin.secret).await, &code::FORBIDDEN);
        refused(service.get_token(&alice, "unknown").await, &code::IDENTITY_NOT_FOUND);
        service.delete_token(&admin, &of_alice.secret).await.expect("revokes");
        refused(service.authenticate_token(&of_alice.secret).await, &code::UNAUTHENTICATED);
    }

    async fn guessing_is_slowed_down_for_one_user_from_one_address(home: Home) {
        home.add_user("alice", "ReadOnlyAccess").await;
        let admin = home.user_id("admin").await;
        let wrong = || with_password("admin", "wrong");
        for _ in 0..5 {
            refused(home.log_in(wrong()).await, &code::UNAUTHENTICATED);
        }
        let right = with_password("admin", PASSWORD);
        let error = refused(home.log_in(right.clone()).await, &code::RATE_LIMITED);
        assert!(error.message().en.contains("1 s"), "{error}");
        // The same user by id is the same user.
        let login = PasswordLogin {
            user: by_id(admin),
            domain: None,
            password: Some(PASSWORD.into()),
        };
        let by_id = CreateToken { password: Some(login), ..right.clone() };
        refused(home.log_in(by_id).await, &code::RATE_LIMITED);
        // Others are not held up: no one can lock a user out.
        home.log_in(with_password("alice", PASSWORD)).await.expect("another user");
        let elsewhere = Ipv4Addr::new(198, 51, 100, 1);
        home.log_in_from(elsewhere, right.clone()).await.expect("another address");
        home.advance(SECOND);
        home.log_in(right.clone()).await.expect("after the wait");
        home.log_in(right).await.expect("and again");
    }

    async fn expired_tokens_are_purged_and_others_stay(home: Home) {
        for _ in 0..3 {
            home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        }
        home.advance(LIFETIME);
        let fresh = home.log_in(home.in_project("admin", PASSWORD)).await.expect("logs in");
        assert_eq!(home.service.purge_tokens().await.expect("purges"), 3);
        assert_eq!(home.service.purge_tokens().await.expect("purges"), 0);
        home.caller(&fresh.secret).await;
    }
}
