//! Two domains that must not know of each other; projects and who sees them.

use store::identity::project::{DomainRow, ProjectRow};
use store::identity::user::UserRow;
use store::identity::{project as project_rows, role as role_rows, user as user_rows};

use super::*;
use crate::code;
use crate::identity::binding::BindingQuery;
use crate::identity::project::{ListProjects, ProjectFields};
use crate::identity::role;
use crate::identity::user::ListUsers;

/// A second domain with an administrator (`stranger`) and a project of the same name as the first.
async fn stranger(home: &Home) -> Caller {
    let (service, now) = (&home.service, home.now());
    let ids = V7Ids;
    let domain = DomainRow { id: DomainId::new(&ids), name: "other".into(), create_time: now };
    let project = ProjectRow {
        id: ProjectId::new(&ids),
        domain_id: domain.id,
        name: "local-1".into(),
        description: String::new(),
        enabled: true,
        create_time: now,
    };
    let user = UserRow {
        id: UserId::new(&ids),
        domain_id: domain.id,
        name: "stranger".into(),
        description: String::new(),
        enabled: true,
        default_project_id: Some(project.id),
        password_hash: service.inner.identity.hash_password(PASSWORD.into()).await.expect("hashes"),
        tokens_valid_from: now,
        create_time: now,
        update_time: now,
    };
    let write = service.inner.writer.write(move |tx| {
        Box::pin(async move {
            project_rows::insert_domain(tx, &domain).await?;
            project_rows::insert(tx, &project).await?;
            user_rows::insert(tx, &user).await?;
            role_rows::bind(tx, user.id, role::full_access(), Scope::Domain(domain.id)).await?;
            Ok::<_, Error>(())
        })
    });
    write.await.expect("writes");
    let mut input = with_password("stranger", PASSWORD);
    input.password.as_mut().expect("set").domain = Some(by_name("other"));
    let issued = home.log_in(input).await.expect("logs in");
    home.caller(&issued.secret).await
}

on_both! {
    async fn another_domain_is_invisible_even_to_an_administrator(home: Home) {
        let stranger = stranger(&home).await;
        let service = &home.service;
        let alice = home.add_user("alice", "Operator").await;
        let role = home.add_role("Runner", &["secmaster:*:get"]).await;
        let token = home.log_in(home.in_project("alice", PASSWORD)).await.expect("logs in").secret;
        let operator = home.role("Operator").await.id;
        let there = Scope::Domain(alice.domain_id);
        let here = Scope::Domain(stranger.principal.domain);

        let users = service.list_users(&stranger, ListUsers::default()).await.expect("lists");
        assert_eq!(users.rows.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["stranger"]);
        let roles = service.list_roles(&stranger, None, None).await.expect("lists");
        assert!(roles.iter().all(|found| found.id != role.id), "{roles:?}");
        let projects = service.list_projects(&stranger, ListProjects::default()).await.expect("lists");
        assert!(projects.iter().all(|found| found.id != home.project()), "{projects:?}");
        let bindings = service.list_bindings(&stranger, BindingQuery::default()).await.expect("lists");
        assert!(bindings.iter().all(|found| found.user.0 == stranger.principal.user), "{bindings:?}");

        let not_found = &code::IDENTITY_NOT_FOUND;
        let rename = || UserFields { name: Some("taken".into()), ..UserFields::default() };
        refused(service.get_user(&stranger, alice.id).await, not_found);
        refused(service.update_user(&stranger, alice.id, rename()).await, not_found);
        refused(service.delete_user(&stranger, alice.id).await, not_found);
        refused(service.get_role(&stranger, role.id).await, not_found);
        refused(service.update_role(&stranger, role.id, RoleFields::default()).await, not_found);
        refused(service.delete_role(&stranger, role.id).await, not_found);
        refused(service.get_project(&stranger, home.project()).await, not_found);
        refused(service.update_project(&stranger, home.project(), ProjectFields::default()).await, not_found);
        refused(service.get_access_key(&stranger, &home.first.access_key).await, not_found);
        refused(service.delete_access_key(&stranger, &home.first.access_key).await, not_found);
        refused(service.list_access_keys(&stranger, Some(alice.id)).await, not_found);
        refused(service.create_access_key(&stranger, Some(alice.id), None).await, not_found);
        refused(service.get_token(&stranger, &token).await, not_found);
        refused(service.delete_token(&stranger, &token).await, not_found);
        refused(service.bind_role(&stranger, alice.id, operator, here).await, not_found);
        refused(service.bind_role(&stranger, stranger.principal.user, operator, there).await, not_found);
        let mine = stranger.principal.user;
        let workspace = Scope::Workspace(home.workspace());
        refused(service.bind_role(&stranger, mine, operator, workspace).await, not_found);
        refused(service.bind_role(&stranger, mine, operator, Scope::Project(home.project())).await, not_found);
        refused(service.unbind_role(&stranger, alice.id, operator, there).await, not_found);
        refused(stranger.require_project(home.project()), &code::PROJECT_FORBIDDEN);

        let mut log_in = with_password("stranger", PASSWORD);
        log_in.password.as_mut().expect("set").domain = Some(by_name("other"));
        for (project, domain) in [
            (Some((by_id(home.project()), None)), None),
            (Some((by_name("local-1"), Some(by_name("muster")))), None),
            (None, Some(by_name("muster"))),
        ] {
            let input = CreateToken { project, domain, ..log_in.clone() };
            refused(home.log_in(input).await, &code::UNAUTHENTICATED);
        }
    }

    async fn projects_are_seen_by_those_who_hold_a_role_in_them(home: Home) {
        let (service, admin) = (&home.service, home.admin().await);
        let create = |name: &str| ProjectFields { name: Some(name.into()), ..ProjectFields::default() };
        let second = service.create_project(&admin, create("local-2")).await.expect("creates");
        refused(service.create_project(&admin, create("local-2")).await, &code::IDENTITY_NAME_TAKEN);
        refused(service.create_project(&admin, create("")).await, &code::IDENTITY_INVALID);
        let rename = service.update_project(&admin, second.id, create("local-3")).await;
        refused(rename, &code::IDENTITY_INVALID);

        let fields = UserFields {
            name: Some("alice".into()),
            password: Some(PASSWORD.into()),
            ..UserFields::default()
        };
        let alice = service.create_user(&admin, fields).await.expect("creates");
        let role = home.role("ReadOnlyAccess").await;
        let scope = Scope::Workspace(home.workspace());
        service.bind_role(&admin, alice.id, role.id, scope).await.expect("binds");
        let caller = home.user("alice").await;
        let names = async |caller: &Caller, input: ListProjects| {
            let found = service.list_projects(caller, input).await.expect("lists");
            found.into_iter().map(|project| project.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&admin, ListProjects::default()).await, ["local-1", "local-2"]);
        assert_eq!(names(&caller, ListProjects::default()).await, ["local-1"]);
        let by_name = |name: &str| ListProjects { name: Some(name.into()), ..ListProjects::default() };
        assert_eq!(names(&admin, by_name("local-2")).await, ["local-2"]);
        assert!(names(&caller, by_name("local-2")).await.is_empty());
        refused(service.get_project(&caller, second.id).await, &code::IDENTITY_NOT_FOUND);
        refused(service.create_project(&caller, create("mine")).await, &code::FORBIDDEN);
        assert_eq!(service.list_own_projects(&caller).await.expect("lists").len(), 1);
        assert_eq!(service.own_domain(&caller).await.expect("there").name, "muster");

        let disable = ProjectFields { enabled: Some(false), ..ProjectFields::default() };
        service.update_project(&admin, second.id, disable).await.expect("disables");
        let enabled = ListProjects { enabled: Some(true), ..ListProjects::default() };
        assert_eq!(names(&admin, enabled).await, ["local-1"]);
        assert_eq!(service.list_own_projects(&admin).await.expect("lists").len(), 1);
    }
}
