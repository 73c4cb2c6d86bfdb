//! `/v3/roles`, `/v3/role_assignments`, and the addresses that bind a role to a user somewhere.

use axum::extract::State;
use axum::http::StatusCode;
use model::principal::Scope;
use service::Service;
use service::identity::binding::{Binding, BindingQuery};
use service::identity::role::{Role, RoleFields};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::iam::RefOut;
use wire::iam::role::{
    AssignmentLinksOut, AssignmentScopeOut, RoleAssignmentOut, RoleAssignmentQuery, RoleAssignmentsOut, RoleFieldsIn,
    RoleIn, RoleOut, RoleQuery, RoleReply, RolesOut,
};

use super::{DONE, body, invalid, link, links, optional_id, self_link};
use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{Authenticated, Json, Path, Query};
use crate::request::RequestContext;
use crate::routes::paths::{DomainBindingPath, ProjectBindingPath, RolePath, WorkspaceBindingPath};
use crate::routes::spell::optional;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_roles, create_role))
        .routes(routes!(show_role, update_role, delete_role))
        .routes(routes!(list_role_assignments))
        .routes(routes!(check_domain_role, bind_domain_role, unbind_domain_role))
        .routes(routes!(check_project_role, bind_project_role, unbind_project_role))
        .routes(routes!(check_workspace_role, bind_workspace_role, unbind_workspace_role))
}

/// List roles: built-in ones and those of the domain.
#[utoipa::path(
    get,
    path = "/v3/roles",
    tag = "identity",
    params(RoleQuery),
    responses((status = 200, body = RolesOut))
)]
async fn list_roles(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Query(query): Query<RoleQuery>,
) -> ApiResult<Json<RolesOut>> {
    let found = service.list_roles(&caller, query.name.as_deref(), query.domain_id.as_deref()).await?;
    let roles: Vec<RoleOut> = found.into_iter().map(|row| out(row, &context)).collect();
    let total_number = i64::try_from(roles.len()).unwrap_or(i64::MAX);
    Ok(Json(RolesOut { links: links(&context, "/v3/roles"), roles, total_number }))
}

/// Create a custom role.
#[utoipa::path(
    post,
    path = "/v3/roles",
    tag = "identity",
    request_body = RoleIn,
    responses((status = 201, body = RoleReply))
)]
async fn create_role(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Json(input): Json<RoleIn>,
) -> ApiResult<(StatusCode, Json<RoleReply>)> {
    let role = service.create_role(&caller, fields(body("role", input.role)?)).await?;
    Ok((StatusCode::CREATED, Json(RoleReply { role: out(role, &context) })))
}

/// Show a role.
#[utoipa::path(
    get,
    path = "/v3/roles/{role_id}",
    tag = "identity",
    params(RolePath),
    responses((status = 200, body = RoleReply))
)]
async fn show_role(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(path): Path<RolePath>,
) -> ApiResult<Json<RoleReply>> {
    let role = service.get_role(&caller, path.role_id).await?;
    Ok(Json(RoleReply { role: out(role, &context) }))
}

/// Change a custom role.
#[utoipa::path(
    patch,
    path = "/v3/roles/{role_id}",
    tag = "identity",
    params(RolePath),
    request_body = RoleIn,
    responses((status = 200, body = RoleReply))
)]
async fn update_role(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(path): Path<RolePath>,
    Json(input): Json<RoleIn>,
) -> ApiResult<Json<RoleReply>> {
    let role = service.update_role(&caller, path.role_id, fields(body("role", input.role)?)).await?;
    Ok(Json(RoleReply { role: out(role, &context) }))
}

/// Delete a custom role; whoever holds it loses it.
#[utoipa::path(
    delete,
    path = "/v3/roles/{role_id}",
    tag = "identity",
    params(RolePath),
    responses((status = 204, description = "The role is gone."))
)]
async fn delete_role(
    State(service): State<Service>,
    Authenticated(caller): Authenticated,
    Path(path): Path<RolePath>,
) -> ApiResult<StatusCode> {
    service.delete_role(&caller, path.role_id).await?;
    Ok(DONE)
}

/// List who holds which role where. Without the permission to list, callers can ask for their own roles.
#[utoipa::path(
    get,
    path = "/v3/role_assignments",
    tag = "identity",
    params(RoleAssignmentQuery),
    responses((status = 200, body = RoleAssignmentsOut))
)]
async fn list_role_assignments(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Query(query): Query<RoleAssignmentQuery>,
) -> ApiResult<Json<RoleAssignmentsOut>> {
    let scopes = [
        optional_id("scope.domain.id", query.domain_id.as_deref())?.map(Scope::Domain),
        optional_id("scope.project.id", query.project_id.as_deref())?.map(Scope::Project),
        optional_id("scope.workspace.id", query.workspace_id.as_deref())?.map(Scope::Workspace),
    ];
    let mut scopes = scopes.into_iter().flatten();
    let scope = scopes.next();
    if scopes.next().is_some() {
        return Err(invalid(
            "one scope can be asked for: scope.domain.id, scope.project.id or scope.workspace.id",
            "只能指定一个范围：scope.domain.id、scope.project.id或scope.workspace.id",
        ));
    }
    let query = BindingQuery {
        user: optional_id("user.id", query.user_id.as_deref())?,
        role: optional_id("role.id", query.role_id.as_deref())?,
        scope,
    };
    let found = service.list_bindings(&caller, query).await?;
    let role_assignments = found.into_iter().map(|row| assignment(row, &context)).collect();
    Ok(Json(RoleAssignmentsOut { links: links(&context, "/v3/role_assignments"), role_assignments }))
}

/// The three calls for one kind of scope: whether a user holds a role there, give it, take it.
#[rustfmt::skip] // It indents attributes in macros further each time.
macro_rules! bindings {
    ($path:literal, $params:ident => $scope:ident($id:ident), $where:literal, $check:ident, $bind:ident, $unbind:ident) => {
        impl From<$params> for Scope {
            fn from(path: $params) -> Self {
                Self::$scope(path.$id)
            }
        }

        #[doc = concat!("Check whether a user holds a role in ", $where, ".")]
        #[utoipa::path(
            get,
            path = $path,
            tag = "identity",
            params($params),
            responses((status = 204, description = "The user holds the role."))
        )]
        async fn $check(
            State(service): State<Service>,
            Authenticated(caller): Authenticated,
            Path(path): Path<$params>,
        ) -> ApiResult<StatusCode> {
            service.check_binding(&caller, path.user_id, path.role_id, Scope::from(path)).await?;
            Ok(DONE)
        }

        #[doc = concat!("Give a user a role in ", $where, ".")]
        #[utoipa::path(
            put,
            path = $path,
            tag = "identity",
            params($params),
            responses((status = 204, description = "The user holds the role."))
        )]
        async fn $bind(
            State(service): State<Service>,
            Authenticated(caller): Authenticated,
            Path(path): Path<$params>,
        ) -> ApiResult<StatusCode> {
            service.bind_role(&caller, path.user_id, path.role_id, Scope::from(path)).await?;
            Ok(DONE)
        }

        #[doc = concat!("Take a role from a user in ", $where, ".")]
        #[utoipa::path(
            delete,
            path = $path,
            tag = "identity",
            params($params),
            responses((status = 204, description = "The user does not hold the role any more."))
        )]
        async fn $unbind(
            State(service): State<Service>,
            Authenticated(caller): Authenticated,
            Path(path): Path<$params>,
        ) -> ApiResult<StatusCode> {
            service.unbind_role(&caller, path.user_id, path.role_id, Scope::from(path)).await?;
            Ok(DONE)
        }
    };
}

bindings!(
    "/v3/domains/{domain_id}/users/{user_id}/roles/{role_id}",
    DomainBindingPath => Domain(domain_id),
    "a domain",
    check_domain_role,
    bind_domain_role,
    unbind_domain_role
);
bindings!(
    "/v3/projects/{project_id}/users/{user_id}/roles/{role_id}",
    ProjectBindingPath => Project(project_id),
    "a project",
    check_project_role,
    bind_project_role,
    unbind_project_role
);
bindings!(
    "/v3/workspaces/{workspace_id}/users/{user_id}/roles/{role_id}",
    WorkspaceBindingPath => Workspace(workspace_id),
    "a workspace",
    check_workspace_role,
    bind_workspace_role,
    unbind_workspace_role
);

fn fields(input: RoleFieldsIn) -> RoleFields {
    RoleFields { name: input.name, description: input.description, permissions: input.permissions }
}

fn out(row: Role, context: &RequestContext) -> RoleOut {
    RoleOut {
        links: self_link(context, &format!("/v3/roles/{}", row.id)),
        id: row.id.to_string(),
        display_name: row.name.clone(),
        name: row.name,
        domain_id: optional(row.domain_id),
        description: row.description,
        kind: "AA".to_owned(),
        permissions: row.permissions.into_iter().collect(),
    }
}

fn assignment(row: Binding, context: &RequestContext) -> RoleAssignmentOut {
    let named = |id: String| Some(RefOut { id, name: String::new() });
    let (place, scope) = match row.scope {
        Scope::Domain(id) => (
            format!("domains/{id}"),
            AssignmentScopeOut { domain: named(id.to_string()), ..AssignmentScopeOut::default() },
        ),
        Scope::Project(id) => (
            format!("projects/{id}"),
            AssignmentScopeOut { project: named(id.to_string()), ..AssignmentScopeOut::default() },
        ),
        Scope::Workspace(id) => (
            format!("workspaces/{id}"),
            AssignmentScopeOut { workspace: named(id.to_string()), ..AssignmentScopeOut::default() },
        ),
    };
    let path = format!("/v3/{place}/users/{}/roles/{}", row.user.0, row.role.0);
    RoleAssignmentOut {
        role: RefOut { id: row.role.0.to_string(), name: row.role.1 },
        user: RefOut { id: row.user.0.to_string(), name: row.user.1 },
        scope,
        links: AssignmentLinksOut { assignment: link(context, &path) },
    }
}
