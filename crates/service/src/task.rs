//! To-dos: who may answer what, comments and files, and what an answer does.

mod attachment;

use engine::command::Answer;
use engine::{Command, ElementNo};
use model::{AttachmentId, CommentId, Map, PlaybookVersionId, TaskId, Value, VersionId};
use runtime::codec::encode_command;
use store::filter::Page;
use store::object::attachment::list_of_task;
use store::task::{self as rows, CommentRow, TaskAnswer, TaskQuery};
use store::{Conn, root};

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::review::{Opinion, Verdict};
use crate::{Service, code, page};

pub use store::task::{CommentRow as Comment, TaskRow as Task};

const BUSINESS_TYPES: &[&str] = &["WORKFLOWPUBLISH", "WORKFLOWNODEAPPROVE", "PLAYBOOKPUBLISH", "PLAYBOOKNODEAPPROVE"];
const ACTIONS: &[&str] =
    &["TERMINATE", "CONTINUE", "ADD_COMMENT", "DELETE_COMMENT", "ADD_ATTACHMENT", "DELETE_ATTACHMENT"];
/// Longest comment, in characters.
const COMMENT: usize = 4096;
/// Largest handling parameters, in bytes as JSON.
const PARAMETERS: usize = 1 << 20;

/// Which to-dos to list.
#[derive(Debug, Clone, Default)]
pub struct ListTasks {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 100.
    pub limit: Option<i64>,
    /// `create_time` or `update_time`.
    pub sort_key: Option<String>,
    /// `ASC` or `DESC`.
    pub sort_dir: Option<String>,
    /// Part of the remark.
    pub note: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Of this kind.
    pub business_type: Option<String>,
    /// Part of the creator's name.
    pub creator_name: Option<String>,
    /// `my_todo` or `all_handled`.
    pub query_type: Option<String>,
    /// Made at or after this time.
    pub from_date: Option<String>,
    /// Made at or before this time.
    pub to_date: Option<String>,
}

/// What to do with a to-do.
#[derive(Debug, Clone, Default)]
pub struct UpdateTask {
    /// `CONTINUE`, `TERMINATE`, `ADD_COMMENT`, `DELETE_COMMENT`, `ADD_ATTACHMENT` or `DELETE_ATTACHMENT`; when it is left
    /// out, the comment or the attachment that is there is added.
    pub action: Option<String>,
    /// The comment's text; with an answer, the opinion.
    pub comment: Option<String>,
    /// The comment to delete.
    pub comment_id: Option<String>,
    /// The file to add or delete.
    pub attachment_id: Option<String>,
    /// The values that the to-do asks for, an object.
    pub handle_parameters: Option<Value>,
}

/// A to-do with what people have added to it.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskDetail {
    /// The to-do.
    pub task: Task,
    /// Its comments, oldest first.
    pub comments: Vec<Comment>,
    /// Its files, oldest first.
    pub attachments: Vec<AttachmentId>,
}

impl Service {
    /// A page of to-dos: those that the caller may answer, or those that have been handled.
    pub async fn list_tasks(&self, ctx: &Ctx, input: ListTasks) -> Result<Page<TaskDetail>, Error> {
        ctx.require("secmaster:task:list")?;
        let mut fields = Fields::new();
        let page = page::request(&mut fields, input.offset, input.limit, page::SMALL);
        let order = page::order(&mut fields, "sort_dir", input.sort_dir.as_deref());
        let zone = self.inner.settings.zone;
        let kind = fields.optional_one_of("query_type", input.query_type, &["my_todo", "all_handled"]);
        let handled = kind.as_deref() == Some("all_handled");
        let query = TaskQuery {
            handled,
            handlers: if handled { Vec::new() } else { handler_names(ctx) },
            business_type: fields
                .optional_one_of("business_type", input.business_type, BUSINESS_TYPES)
                .filter(|kind| !kind.is_empty()),
            name: fields.filter("name", input.name),
            note: fields.filter("note", input.note),
            creator_name: fields.filter("creator_name", input.creator_name),
            from: fields.time("from_date", input.from_date.as_deref(), zone),
            to: fields.time("to_date", input.to_date.as_deref(), zone),
            by_update: page::by_update(&mut fields, "sort_key", input.sort_key),
        };
        fields.finish()?;
        let mut conn = self.inner.db.read().await?;
        let found = rows::list(&mut conn, ctx.tenant, &query, order, page).await?;
        let mut listed = Vec::with_capacity(found.rows.len());
        for task in found.rows {
            listed.push(detail(&mut conn, ctx, task).await?);
        }
        Ok(Page { rows: listed, total: found.total })
    }

    /// A to-do with its comments and files.
    pub async fn get_task(&self, ctx: &Ctx, id: TaskId) -> Result<TaskDetail, Error> {
        ctx.require("secmaster:task:get")?;
        self.read_task(ctx, id).await
    }

    /// Answers a to-do, comments on it, or gives it a file.
    pub async fn update_task(&self, ctx: &Ctx, id: TaskId, input: UpdateTask) -> Result<TaskDetail, Error> {
        ctx.require("secmaster:task:update")?;
        let mut fields = Fields::new();
        let action = fields.optional_one_of("action", input.action, ACTIONS);
        let comment = fields.text("comment", input.comment, COMMENT);
        let comment_id: Option<CommentId> = fields.optional_id("comment_id", input.comment_id.as_deref());
        let attachment_id: Option<AttachmentId> = fields.optional_id("attachment_id", input.attachment_id.as_deref());
        let has_comment = comment.as_ref().is_some_and(|comment| !comment.is_empty());
        let action = action.filter(|action| !action.is_empty()).unwrap_or_else(|| {
            let adds = if attachment_id.is_some() && !has_comment { "ADD_ATTACHMENT" } else { "ADD_COMMENT" };
            adds.into()
        });
        if action == "ADD_COMMENT" && !has_comment {
            fields.violation("comment is required with ADD_COMMENT", "ADD_COMMENT需要comment");
        }
        if action == "DELETE_COMMENT" && comment_id.is_none() {
            fields.violation("comment_id is required with DELETE_COMMENT", "DELETE_COMMENT需要comment_id");
        }
        if ["ADD_ATTACHMENT", "DELETE_ATTACHMENT"].contains(&action.as_str()) && attachment_id.is_none() {
            fields.violation(format!("attachment_id is required with {action}"), format!("{action}需要attachment_id"));
        }
        let parameters = input.handle_parameters.unwrap_or_default();
        if !parameters.is_null() && parameters.as_map().is_none() {
            fields.violation("handle_parameters must be an object", "handle_parameters必须是对象");
        }
        if parameters.size() > PARAMETERS {
            fields.violation("handle_parameters must take at most 1 MiB", "handle_parameters最大1MiB");
        }
        fields.finish()?;

        let TaskDetail { task, .. } = self.read_task(ctx, id).await?;
        let comment = comment.unwrap_or_default();
        match (action.as_str(), comment_id, attachment_id) {
            ("ADD_COMMENT", ..) => self.add_comment(ctx, &task, comment).await?,
            ("DELETE_COMMENT", Some(id), _) => self.delete_comment(ctx, &task, id).await?,
            ("ADD_ATTACHMENT", _, Some(id)) => self.add_task_attachment(ctx, &task, id).await?,
            ("DELETE_ATTACHMENT", _, Some(id)) => self.delete_task_attachment(ctx, &task, id).await?,
            (answer, ..) => {
                check_open(&task)?;
                check_handler(ctx, &task)?;
                let continues = answer == "CONTINUE";
                match task.root_id {
                    Some(_) => self.answer_node(ctx, &task, continues, comment, &parameters).await?,
                    None => {
                        let verdict = if continues { Verdict::Pass } else { Verdict::Refuse };
                        self.answer_review(ctx, &task, Opinion { verdict, content: comment }).await?;
                    }
                }
            }
        }
        self.read_task(ctx, id).await
    }

    async fn read_task(&self, ctx: &Ctx, id: TaskId) -> Result<TaskDetail, Error> {
        let mut conn = self.inner.db.read().await?;
        let task = rows::get(&mut conn, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
        detail(&mut conn, ctx, task).await
    }

    /// Answers the review of a version, which closes the to-do.
    async fn answer_review(&self, ctx: &Ctx, task: &Task, opinion: Opinion) -> Result<(), Error> {
        if task.business_type == "PLAYBOOKPUBLISH" {
            ctx.require("secmaster:playbookVersion:approve")?;
            self.settle_playbook_review(ctx, PlaybookVersionId(task.action_version_id), opinion).await?;
        } else {
            ctx.require("secmaster:workflowVersion:approve")?;
            self.settle_review(ctx, VersionId(task.action_version_id), opinion).await?;
        }
        Ok(())
    }

    /// Answers a pause of a run: the to-do closes and the run's inbox gets the answer, in one transaction.
    async fn answer_node(
        &self,
        ctx: &Ctx,
        task: &Task,
        continues: bool,
        comment: String,
        parameters: &Value,
    ) -> Result<(), Error> {
        let (Some(root), Some(element)) = (task.root_id, task.element_no) else {
            return Err(Error::internal("a to-do of a node without its element"));
        };
        let parameters = if continues { complete(task, parameters)? } else { Value::Null };
        let answer = if continues { Answer::Continue { parameters: parameters.clone() } } else { Answer::Terminate };
        let element = ElementNo(u64::try_from(element).unwrap_or(0));
        let command = encode_command(&Command::TaskAnswered { element, answer });
        let (id, ctx, now) = (task.id, ctx.clone(), self.now());
        let closing = TaskAnswer {
            user: ctx.caller.principal.user,
            user_name: ctx.caller.principal.name.clone(),
            review_comments: comment,
            handle_parameters: if parameters.is_null() { String::new() } else { parameters.to_json() },
            at: now,
        };
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let closed = rows::finish(tx, ctx.tenant, id, &closing).await?;
                    if !closed || !root::push_inbox(tx, root, &command, None).await? {
                        return Err(answered());
                    }
                    let action = if continues { "task.continue" } else { "task.terminate" };
                    tx.audit(ctx.audit(now, action, id));
                    Ok(())
                })
            })
            .await
    }

    async fn add_comment(&self, ctx: &Ctx, task: &Task, message: String) -> Result<(), Error> {
        let comment = CommentRow {
            task_id: task.id,
            id: CommentId::new(&*self.inner.ids),
            message,
            user_id: ctx.caller.principal.user,
            user_name: ctx.caller.principal.name.clone(),
            time: self.now(),
        };
        let audit = ctx.audit(comment.time, "task.comment", task.id);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    rows::insert_comment(tx, &comment).await?;
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }

    /// Deletes a comment; only its writer may.
    async fn delete_comment(&self, ctx: &Ctx, task: &Task, id: CommentId) -> Result<(), Error> {
        let (task, user, now) = (task.id, ctx.caller.principal.user, self.now());
        let audit = ctx.audit(now, "task.uncomment", task);
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let found = rows::get_comment(tx, task, id).await?;
                    if found.is_none_or(|comment| comment.user_id != user) {
                        return Err(Error::new(
                            &code::COMMENT_NOT_FOUND,
                            Text::new(
                                format!("there is no comment {id} of yours on this to-do"),
                                format!("该待办中没有您的评论{id}"),
                            ),
                        ));
                    }
                    rows::delete_comment(tx, task, id).await?;
                    tx.audit(audit);
                    Ok(())
                })
            })
            .await
    }
}

/// A to-do with what belongs to it.
async fn detail(conn: &mut Conn, ctx: &Ctx, task: Task) -> Result<TaskDetail, Error> {
    let comments = rows::list_comments(conn, task.id).await?;
    let attachments = list_of_task(conn, ctx.tenant, task.id).await?;
    Ok(TaskDetail { task, comments, attachments })
}

/// The values that the to-do asks for, with the declared defaults filled in.
fn complete(task: &Task, given: &Value) -> Result<Value, Error> {
    let asked = Value::from_json(&task.asked_parameters).unwrap_or_default();
    let mut values = given.as_map().cloned().unwrap_or_default();
    let mut missing = Fields::new();
    for parameter in asked.as_list().into_iter().flatten() {
        let Some(key) = parameter.get("key").as_str() else { continue };
        if values.get(key).is_some_and(|value| !value.is_null()) {
            continue;
        }
        let default = parameter.get("default");
        if !default.is_null() {
            values.insert(key.into(), default.clone());
        } else if parameter.get("required").as_bool() == Some(true) {
            missing
                .violation(format!("handle_parameters.{key} is required"), format!("handle_parameters.{key}为必填项"));
        }
    }
    missing.finish()?;
    Ok(Value::Map(std::sync::Arc::new(Map::from_iter(values))))
}

/// The names under which the caller is a handler: user name, user id, roles.
fn handler_names(ctx: &Ctx) -> Vec<String> {
    let principal = &ctx.caller.principal;
    let mut names = vec![principal.name.clone(), principal.user.to_string()];
    let roles = principal.grants.iter().map(|grant| grant.role.clone());
    names.extend(roles.filter(|role| ctx.has_role(role)));
    names.dedup();
    names
}

fn check_open(task: &Task) -> Result<(), Error> {
    if task.status == "waiting" { Ok(()) } else { Err(answered()) }
}

fn check_handler(ctx: &Ctx, task: &Task) -> Result<(), Error> {
    let named = task.handler_names();
    let names = handler_names(ctx);
    if named.is_empty() || names.iter().any(|name| named.contains(name)) {
        return Ok(());
    }
    let list = named.join(", ");
    Err(Error::new(
        &code::TASK_HANDLER,
        Text::new(format!("only these may answer the to-do: {list}"), format!("仅以下人员可处理该待办：{list}")),
    ))
}

fn not_found(id: TaskId) -> Error {
    Error::new(&code::TASK_NOT_FOUND, Text::new(format!("the to-do {id} does not exist"), format!("待办{id}不存在")))
}

fn answered() -> Error {
    Error::new(
        &code::TASK_CLOSED,
        Text::new("the to-do has been answered or cancelled already", "该待办已处理或已取消"),
    )
}
