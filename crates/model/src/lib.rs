//! The vocabulary that every crate shares: ids, time, process values, principals.
//!
//! Nothing here does IO, reads a clock or draws a random number; a source of either is passed in.

pub mod cron;
pub mod id;
pub mod principal;
pub mod time;
pub mod value;

pub use id::{
    ActionId, AttachmentId, CommentId, ComponentId, ConnectionId, DataClassId, DomainId, IdSource, InstanceId, NodeId,
    NoteId, ObjectId, PlaybookActionId, PlaybookId, PlaybookInstanceId, PlaybookRuleId, PlaybookVersionId, ProjectId,
    RoleId, SourceId, TaskId, TemplateId, UserId, VersionId, WorkflowId, WorkspaceId,
};
pub use principal::{Principal, Tenant};
pub use time::{Clock, Timestamp};
pub use value::{Map, Number, Value};
