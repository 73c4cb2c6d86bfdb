//! `/v3/projects`, `/v3/auth/projects`, `/v3/auth/domains`.

use axum::extract::State;
use axum::http::StatusCode;
use model::ProjectId;
use service::Service;
use service::identity::project::{Domain, ListProjects, Project, ProjectFields};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::iam::project::{
    DomainOut, DomainsOut, ProjectFieldsIn, ProjectIn, ProjectOut, ProjectQuery, ProjectReply, ProjectsOut,
};

use super::{body, invalid, links, self_link};
use crate::app::ApiState;
use crate::error::ApiResult;
use crate::extract::{Authenticated, Json, Path, Query};
use crate::request::RequestContext;
use crate::routes::paths::ProjectPath;

const MAX_PAGE: i64 = 5_000;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_projects, create_project))
        .routes(routes!(show_project, update_project))
        .routes(routes!(list_own_projects))
        .routes(routes!(list_own_domains))
}

/// List projects.
#[utoipa::path(
    get,
    path = "/v3/projects",
    tag = "identity",
    params(ProjectQuery),
    responses((status = 200, body = ProjectsOut))
)]
async fn list_projects(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Query(query): Query<ProjectQuery>,
) -> ApiResult<Json<ProjectsOut>> {
    let (page, size) = (query.page.unwrap_or(1), query.per_page.unwrap_or(MAX_PAGE));
    if page < 1 {
        return Err(invalid("page must be at least 1", "page必须大于等于1"));
    }
    if !(1..=MAX_PAGE).contains(&size) {
        return Err(invalid(
            format!("per_page must be between 1 and {MAX_PAGE}"),
            format!("per_page必须在1到{MAX_PAGE}之间"),
        ));
    }
    // A project's parent is its domain, and no project is a domain.
    let domain_id = query.domain_id.or(query.parent_id);
    let found = match query.is_domain {
        Some(true) => Vec::new(),
        Some(false) | None => {
            let input = ListProjects { name: query.name, domain_id, enabled: query.enabled };
            service.list_projects(&caller, input).await?
        }
    };
    let skip = usize::try_from((page - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let take = usize::try_from(size).unwrap_or(usize::MAX);
    let projects = found.into_iter().skip(skip).take(take).map(|row| out(row, &context)).collect();
    Ok(Json(ProjectsOut { links: links(&context, "/v3/projects"), projects }))
}

/// Create a project.
#[utoipa::path(
    post,
    path = "/v3/projects",
    tag = "identity",
    request_body = ProjectIn,
    responses((status = 201, body = ProjectReply))
)]
async fn create_project(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Json(input): Json<ProjectIn>,
) -> ApiResult<(StatusCode, Json<ProjectReply>)> {
    let project = service.create_project(&caller, fields(body("project", input.project)?)).await?;
    Ok((StatusCode::CREATED, Json(ProjectReply { project: out(project, &context) })))
}

/// Show a project.
#[utoipa::path(
    get,
    path = "/v3/projects/{project_id}",
    tag = "identity",
    params(ProjectPath),
    responses((status = 200, body = ProjectReply))
)]
async fn show_project(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(path): Path<ProjectPath>,
) -> ApiResult<Json<ProjectReply>> {
    let project = service.get_project(&caller, path.project_id).await?;
    Ok(Json(ProjectReply { project: out(project, &context) }))
}

/// Describe, enable or disable a project.
#[utoipa::path(
    patch,
    path = "/v3/projects/{project_id}",
    tag = "identity",
    params(ProjectPath),
    request_body = ProjectIn,
    responses((status = 200, body = ProjectReply))
)]
async fn update_project(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Path(path): Path<ProjectPath>,
    Json(input): Json<ProjectIn>,
) -> ApiResult<Json<ProjectReply>> {
    let id: ProjectId = path.project_id;
    let project = service.update_project(&caller, id, fields(body("project", input.project)?)).await?;
    Ok(Json(ProjectReply { project: out(project, &context) }))
}

/// List projects that the caller can have a token for.
#[utoipa::path(
    get,
    path = "/v3/auth/projects",
    tag = "identity",
    responses((status = 200, body = ProjectsOut))
)]
async fn list_own_projects(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
) -> ApiResult<Json<ProjectsOut>> {
    let found = service.list_own_projects(&caller).await?;
    let projects = found.into_iter().map(|row| out(row, &context)).collect();
    Ok(Json(ProjectsOut { links: links(&context, "/v3/auth/projects"), projects }))
}

/// List domains that the caller can have a token for: their own.
#[utoipa::path(
    get,
    path = "/v3/auth/domains",
    tag = "identity",
    responses((status = 200, body = DomainsOut))
)]
async fn list_own_domains(
    State(service): State<Service>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
) -> ApiResult<Json<DomainsOut>> {
    let domain: Domain = service.own_domain(&caller).await?;
    let row = DomainOut {
        links: self_link(&context, &format!("/v3/domains/{}", domain.id)),
        id: domain.id.to_string(),
        name: domain.name,
        enabled: true,
        description: String::new(),
    };
    Ok(Json(DomainsOut { domains: vec![row], links: links(&context, "/v3/auth/domains") }))
}

fn fields(input: ProjectFieldsIn) -> ProjectFields {
    ProjectFields {
        name: input.name,
        domain_id: input.domain_id,
        description: input.description,
        enabled: input.enabled,
    }
}

fn out(row: Project, context: &RequestContext) -> ProjectOut {
    ProjectOut {
        links: links(context, &format!("/v3/projects/{}", row.id)),
        id: row.id.to_string(),
        name: row.name,
        domain_id: row.domain_id.to_string(),
        parent_id: row.domain_id.to_string(),
        is_domain: false,
        enabled: row.enabled,
        description: row.description,
    }
}
