//! `…/soc/tasks`.

use axum::extract::State;
use service::task::{ListTasks, TaskDetail, UpdateTask};
use service::{Service, Text};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::envelope::Reply;
use wire::task::{TaskCommentOut, TaskOut, TaskPatch, TaskQuery, TasksOut};
use wire::text_or_json::TextOrJson;

use crate::app::ApiState;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InWorkspace, Json, Path, Query};
use crate::routes::paths::{TaskPath, WorkspacePath};
use crate::routes::spell::optional;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_tasks)).routes(routes!(show_task, update_task))
}

/// List to-dos.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/tasks",
    tag = "tasks",
    params(WorkspacePath, TaskQuery),
    responses((status = 200, body = TasksOut))
)]
async fn list_tasks(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Query(query): Query<TaskQuery>,
) -> ApiResult<Json<TasksOut>> {
    let (offset, limit) = (query.offset.unwrap_or(0), query.limit.unwrap_or(10));
    let input = ListTasks {
        offset: query.offset,
        limit: query.limit,
        sort_key: query.sort_key,
        sort_dir: query.sort_dir,
        note: query.note,
        name: query.name,
        business_type: query.business_type,
        creator_name: query.creator_name,
        query_type: query.query_type,
        from_date: query.from_date,
        to_date: query.to_date,
    };
    let page = service.list_tasks(&ctx, input).await?;
    let rows = page.rows.into_iter().map(|detail| out(&service, detail)).collect();
    Ok(Json(TasksOut::new(rows, page.total, offset, limit)))
}

/// Show a to-do.
#[utoipa::path(
    get,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/tasks/{task_id}",
    tag = "tasks",
    params(TaskPath),
    responses((status = 200, body = Reply<TaskOut>))
)]
async fn show_task(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<TaskPath>,
) -> ApiResult<Json<Reply<TaskOut>>> {
    let detail = service.get_task(&ctx, path.task_id).await?;
    Ok(Json(Reply::new(out(&service, detail))))
}

/// Answer a to-do, comment on it, or give it a file.
#[utoipa::path(
    put,
    path = "/v1/{project_id}/workspaces/{workspace_id}/soc/tasks/{task_id}",
    tag = "tasks",
    params(TaskPath),
    request_body = TaskPatch,
    responses((status = 200, body = Reply<TaskOut>))
)]
async fn update_task(
    State(service): State<Service>,
    InWorkspace(ctx): InWorkspace,
    Path(path): Path<TaskPath>,
    Json(body): Json<TaskPatch>,
) -> ApiResult<Json<Reply<TaskOut>>> {
    let parameters = match body.handle_parameters.map(TextOrJson::into_json) {
        None => None,
        Some(Ok(document)) => document.map(model::Value::from),
        Some(Err(error)) => {
            return Err(ApiError::invalid(Text::new(
                format!("handle_parameters must be an object, or text that holds one as JSON: {error}"),
                format!("handle_parameters必须是对象或包含对象的JSON文本：{error}"),
            )));
        }
    };
    let input = UpdateTask {
        action: body.action,
        comment: body.comment,
        comment_id: body.comment_id,
        attachment_id: body.attachment_id,
        handle_parameters: parameters,
    };
    let detail = service.update_task(&ctx, path.task_id, input).await?;
    Ok(Json(Reply::new(out(&service, detail))))
}

fn out(service: &Service, TaskDetail { task: row, comments, attachments }: TaskDetail) -> TaskOut {
    let zone = service.settings().zone;
    let handlers = row.handler_names().join(",");
    // While it waits, what is asked for; afterwards, what was answered.
    let handle_parameters = if row.handle_parameters.is_empty() { row.asked_parameters } else { row.handle_parameters };
    TaskOut {
        id: row.id.to_string(),
        aopengine_task_id: optional(row.element_no),
        name: row.name,
        project_id: row.project_id.to_string(),
        description: row.description,
        create_time: row.create_time.to_wire(zone),
        creator_id: row.creator_id,
        creator_name: row.creator_name,
        update_time: row.update_time.to_wire(zone),
        modifier_id: row.modifier_id,
        modifier_name: row.modifier_name,
        approveuser_id: String::new(),
        approveuser_name: handlers,
        approver: row.approver,
        notes: row.note.clone(),
        definition_key: row.definition_key,
        note: row.note,
        due_date: row.due_date.to_wire(zone),
        action_id: row.action_id.to_string(),
        action_version_id: row.action_version_id.to_string(),
        action_instance_id: optional(row.action_instance_id),
        workspace_id: row.workspace_id.to_string(),
        review_comments: row.review_comments,
        view_parameters: row.view_parameters,
        handle_parameters,
        business_type: row.business_type,
        related_object: row.related_object,
        attachment_id_list: attachments.iter().map(ToString::to_string).collect(),
        comments: comments
            .into_iter()
            .map(|comment| TaskCommentOut {
                id: comment.id.to_string(),
                message: comment.message,
                user_id: comment.user_id.to_string(),
                user_name: comment.user_name,
                time: comment.time.as_millis(),
            })
            .collect(),
        status: row.status,
        due_handle: row.due_handle,
    }
}
