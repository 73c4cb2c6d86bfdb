//! Roles and bindings: what they give, where, and what they cannot be used for.

use model::{RoleId, Tenant};

use super::*;
use crate::code;
use crate::ctx::Target;
use crate::identity::binding::BindingQuery;

fn fields(name: &str, permissions: &[&str]) -> RoleFields {
    RoleFields {
        name: Some(name.into()),
        description: None,
        permissions: Some(permissions.iter().map(|permission| (*permission).to_owned()).collect()),
    }
}

on_both! {
    async fn built_in_roles_are_there_and_stay_as_they_are(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let roles = service.list_roles(&admin, None, None).await.expect("lists");
        let names: Vec<&str> = roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["Approver", "FullAccess", "Operator", "ReadOnlyAccess"]);
        for role in &roles {
            let change = RoleFields { description: Some("mine".into()), ..RoleFields::default() };
            refused(service.update_role(&admin, role.id, change).await, &code::IDENTITY_PROTECTED);
            refused(service.delete_role(&admin, role.id).await, &code::IDENTITY_PROTECTED);
        }
        assert_eq!(service.list_roles(&admin, None, None).await.expect("lists"), roles);
    }

    async fn a_custom_role_gives_what_it_says(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let role = home.add_role("Runner", &["secmaster:workflow:execute", "secmaster:*:get"]).await;
        let alice = home.add_user("alice", "Runner").await;
        let caller = home.user("alice").await;
        let there = Target::Workspace(Tenant { project: home.project(), workspace: home.workspace() });
        caller.require("secmaster:workflow:execute", there).expect("may run");
        caller.require("secmaster:connection:get", there).expect("may look");
        refused(caller.require("secmaster:workflow:delete", there), &code::FORBIDDEN);

        let change = RoleFields { permissions: Some(vec!["secmaster:workflow:delete".into()]), ..RoleFields::default() };
        service.update_role(&admin, role.id, change).await.expect("changes");
        let caller = home.user("alice").await;
        caller.require("secmaster:workflow:delete", there).expect("may delete now");
        refused(caller.require("secmaster:workflow:execute", there), &code::FORBIDDEN);

        let of_domain = admin.principal.domain.to_string();
        let custom = service.list_roles(&admin, None, Some(&of_domain)).await.expect("lists");
        assert_eq!(custom.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["Runner"]);
        service.delete_role(&admin, role.id).await.expect("deletes");
        refused(service.get_role(&admin, role.id).await, &code::IDENTITY_NOT_FOUND);
        refused(home.log_in(home.in_project("alice", PASSWORD)).await, &code::UNAUTHENTICATED);
        assert!(service.get_user(&admin, alice.id).await.is_ok(), "the user stays");
    }

    async fn a_wrong_role_is_refused_with_its_fields(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        home.add_role("Runner", &["secmaster:*:get"]).await;
        refused(service.create_role(&admin, fields("Runner", &[])).await, &code::IDENTITY_NAME_TAKEN);
        let many: Vec<&str> = vec!["secmaster:*:get"; 201];
        for (fields, named) in [
            (RoleFields::default(), "role.name is required; "),
            (RoleFields { permissions: None, ..fields("x", &[]) }, "role.permissions is required"),
            (fields("a,b", &[]), "role.name must not contain a comma"),
            (fields("FullAccess", &[]), "role.name must not be the name of a built-in role"),
            (fields("x", &["secmaster:rocket:launch"]), "\"secmaster:rocket:launch\" is not one"),
            (fields("x", &["*"]), "\"*\" is not one"),
            (fields("x", &many), "role.permissions must have at most 200 entries"),
        ] {
            let error = refused(service.create_role(&admin, fields).await, &code::IDENTITY_INVALID);
            assert!(error.message().en.contains(named), "{error}");
        }
    }

    async fn a_role_holds_where_it_is_bound(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let fields = UserFields {
            name: Some("alice".into()),
            password: Some(PASSWORD.into()),
            ..UserFields::default()
        };
        let alice = service.create_user(&admin, fields).await.expect("creates");
        let role = home.role("ReadOnlyAccess").await;
        let (domain, project) = (Target::Domain(alice.domain_id), Target::Project(home.project()));
        let workspace = Target::Workspace(Tenant { project: home.project(), workspace: home.workspace() });
        for (scope, reached, not_reached) in [
            (Scope::Workspace(home.workspace()), vec![workspace], vec![project, domain]),
            (Scope::Project(home.project()), vec![workspace, project], vec![domain]),
            (Scope::Domain(alice.domain_id), vec![workspace, project, domain], vec![]),
        ] {
            service.bind_role(&admin, alice.id, role.id, scope).await.expect("binds");
            service.bind_role(&admin, alice.id, role.id, scope).await.expect("binding again changes nothing");
            service.check_binding(&admin, alice.id, role.id, scope).await.expect("is bound");
            let caller = home.user("alice").await;
            for target in reached {
                caller.require("secmaster:workflow:get", target).unwrap_or_else(|_| panic!("{scope:?} {target:?}"));
            }
            for target in not_reached {
                refused(caller.require("secmaster:workflow:get", target), &code::FORBIDDEN);
            }
            let query = BindingQuery { user: Some(alice.id), ..BindingQuery::default() };
            let own = service.list_bindings(&caller, query).await.expect("lists her own");
            assert_eq!(own.iter().map(|binding| binding.scope).collect::<Vec<_>>(), [scope]);
            refused(service.list_bindings(&caller, BindingQuery::default()).await, &code::FORBIDDEN);
            service.unbind_role(&admin, alice.id, role.id, scope).await.expect("unbinds");
            let again = service.unbind_role(&admin, alice.id, role.id, scope).await;
            refused(again, &code::IDENTITY_NOT_FOUND);
            refused(service.check_binding(&admin, alice.id, role.id, scope).await, &code::IDENTITY_NOT_FOUND);
        }
    }

    async fn what_does_not_exist_cannot_be_bound(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let (user, role) = (admin.principal.user, home.role("ReadOnlyAccess").await.id);
        let nothing = uuid::Uuid::from_u128(1);
        let domain = Scope::Domain(admin.principal.domain);
        for (user, role, scope) in [
            (UserId(nothing), role, domain),
            (user, RoleId(nothing), domain),
            (user, role, Scope::Domain(DomainId(nothing))),
            (user, role, Scope::Project(ProjectId(nothing))),
            (user, role, Scope::Workspace(WorkspaceId(nothing))),
        ] {
            refused(service.bind_role(&admin, user, role, scope).await, &code::IDENTITY_NOT_FOUND);
        }
    }

    async fn nobody_comes_by_more_than_they_have(home: Home) {
        // A manager of users and roles who cannot touch workflows.
        home.add_role("Manager", &["iam:*:*"]).await;
        let manager = home.add_user("manager", "Manager").await;
        home.add_user("runner", "Operator").await;
        home.add_role("Mine", &["iam:user:list"]).await;
        let (service, caller) = (&home.service, home.user("manager").await);
        let domain = Scope::Domain(manager.domain_id);
        let admin = home.user_id("admin").await;
        let runner = home.user_id("runner").await;
        let role = |name: &'static str| home.role(name);

        let full = role("FullAccess").await.id;
        refused(service.bind_role(&caller, manager.id, full, domain).await, &code::FORBIDDEN);
        refused(service.create_role(&caller, fields("X", &["secmaster:*:*"])).await, &code::FORBIDDEN);
        let mine = role("Mine").await.id;
        refused(service.update_role(&caller, mine, fields("Mine", &["secmaster:*:*"])).await, &code::FORBIDDEN);
        let reset = || UserFields { password: Some("taken over now".into()), ..UserFields::default() };
        for victim in [admin, runner] {
            refused(service.update_user(&caller, victim, reset()).await, &code::FORBIDDEN);
            refused(service.create_access_key(&caller, Some(victim), None).await, &code::FORBIDDEN);
        }
        home.admin().await;

        // What they have, they may give.
        service.bind_role(&caller, runner, mine, domain).await.expect("binds");
        service.create_role(&caller, fields("Lister", &["iam:user:list"])).await.expect("creates");
        let fields = UserFields { name: Some("new".into()), ..UserFields::default() };
        let new = service.create_user(&caller, fields).await.expect("creates");
        service.update_user(&caller, new.id, reset()).await.expect("sets a password");
    }
}
