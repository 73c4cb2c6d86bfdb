//! Every error code, with the kind of failure it stands for. `docs/errors.md` lists the same codes (a test compares).
//!
//! Codes of the vendor's service are used where one is known; ours start at `SecMaster.2009`.

use crate::error::Kind;

/// A stable error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code on the wire.
    pub text: &'static str,
    /// What sort of failure it is.
    pub kind: Kind,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $kind:ident;)*) => {
        $($(#[$doc])* pub const $name: Code = Code { text: $text, kind: Kind::$kind };)*

        /// Every code.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    /// No token, a wrong one, or a signature that does not hold.
    UNAUTHENTICATED = "APIGW.0301", Unauthenticated;
    /// There is no such route, or not with this method.
    NO_ROUTE = "APIGW.0101", NotFound;
    /// The body is larger than the route allows.
    TOO_LARGE = "APIGW.0201", TooLarge;
    /// Too many requests at once.
    RATE_LIMITED = "APIGW.0308", RateLimited;
    /// The caller has no permission for this.
    FORBIDDEN = "SecMaster.20010002", Forbidden;
    /// The workspace in the path is unknown or not the caller's.
    WORKSPACE_FORBIDDEN = "SecMaster.20010001", Forbidden;
    /// The project in the path is not the project of the credentials.
    PROJECT_FORBIDDEN = "SecMaster.20010003", Forbidden;
    /// GET, PUT or DELETE of a workspace that does not exist.
    WORKSPACE_NOT_FOUND = "SecMaster.20011003", NotFound;
    /// The workspace's name is taken.
    WORKSPACE_NAME_TAKEN = "SecMaster.20011004", Conflict;
    /// Something in the workspace stands against its deletion.
    WORKSPACE_IN_USE = "SecMaster.20011005", Precondition;
    /// A field of the request is wrong.
    INVALID = "SecMaster.20030001", Invalid;
    /// The sort field is not one of the allowed.
    INVALID_SORT = "SecMaster.20030009", Invalid;
    /// The sort direction is neither ASC nor DESC.
    INVALID_ORDER = "SecMaster.20030010", Invalid;
    /// The workflow does not exist.
    WORKFLOW_NOT_FOUND = "SecMaster.20040611", NotFound;
    /// The workflow version does not exist.
    VERSION_NOT_FOUND = "SecMaster.20040605", NotFound;
    /// The workflow's name is taken in this workspace.
    WORKFLOW_NAME_TAKEN = "SecMaster.20090601", Conflict;
    /// The workflow is still used by an enabled workflow or playbook.
    WORKFLOW_IN_USE = "SecMaster.20090602", Precondition;
    /// The workflow is disabled or has no activated version.
    WORKFLOW_NOT_ENABLED = "SecMaster.20090603", Precondition;
    /// The version's state does not allow this move.
    VERSION_STATE = "SecMaster.20090604", Precondition;
    /// Another version of the workflow already waits for review.
    VERSION_PENDING = "SecMaster.20090605", Precondition;
    /// The content is not what was submitted or approved.
    VERSION_CONTENT = "SecMaster.20090606", Precondition;
    /// The taskflow is not a BPMN document.
    TASKFLOW = "SecMaster.20090607", Invalid;
    /// The version has validation errors and cannot be submitted.
    VERSION_ERRORS = "SecMaster.20090608", Invalid;
    /// The author of a version may not pass it here.
    FOUR_EYES = "SecMaster.20090609", Forbidden;
    /// The import file is not one, or something in it stands against it.
    IMPORT = "SecMaster.20090610", Invalid;
    /// The playbook does not exist.
    PLAYBOOK_NOT_FOUND = "SecMaster.20090501", NotFound;
    /// The playbook's name is taken in this workspace.
    PLAYBOOK_NAME_TAKEN = "SecMaster.20090502", Conflict;
    /// The playbook is enabled, which stands against this.
    PLAYBOOK_ENABLED = "SecMaster.20090503", Precondition;
    /// A workflow of the playbook is not enabled.
    PLAYBOOK_WORKFLOWS = "SecMaster.20090504", Precondition;
    /// The playbook's version, or the action or the rule of it, does not exist.
    PLAYBOOK_PART_NOT_FOUND = "SecMaster.20048004", NotFound;
    /// The state of the playbook's version does not allow this.
    PLAYBOOK_VERSION_STATE = "SecMaster.20090505", Precondition;
    /// Another version of the playbook already waits for review.
    PLAYBOOK_VERSION_PENDING = "SecMaster.20090506", Precondition;
    /// The content of the playbook's version is not what was approved.
    PLAYBOOK_VERSION_CONTENT = "SecMaster.20090507", Precondition;
    /// Something that the playbook's version needs to run is missing or wrong.
    PLAYBOOK_VERSION_INCOMPLETE = "SecMaster.20090508", Invalid;
    /// The playbook is not enabled, or has no active version.
    PLAYBOOK_NOT_ENABLED = "SecMaster.20090509", Precondition;
    /// The playbook instance does not exist.
    PLAYBOOK_INSTANCE_NOT_FOUND = "SecMaster.20090511", NotFound;
    /// The status of the playbook instance does not allow this.
    PLAYBOOK_INSTANCE_STATE = "SecMaster.20090512", Precondition;
    /// The data object does not exist.
    OBJECT_NOT_FOUND = "SecMaster.20030005", NotFound;
    /// A data object has this id already.
    OBJECT_TAKEN = "SecMaster.20090310", Conflict;
    /// Others change the data object all the time; trying again may help.
    OBJECT_BUSY = "SecMaster.20090311", Unavailable;
    /// The search takes too long.
    OBJECT_SEARCH_TIME = "SecMaster.20090312", Invalid;
    /// The workflow instance does not exist.
    INSTANCE_NOT_FOUND = "SecMaster.20090701", NotFound;
    /// The instance's status does not allow this.
    INSTANCE_STATE = "SecMaster.20090702", Precondition;
    /// The to-do does not exist.
    TASK_NOT_FOUND = "SecMaster.20090801", NotFound;
    /// The to-do has been answered or cancelled.
    TASK_CLOSED = "SecMaster.20090802", Precondition;
    /// The caller is not one of the to-do's handlers.
    TASK_HANDLER = "SecMaster.20090803", Forbidden;
    /// The comment does not exist or is somebody else's.
    COMMENT_NOT_FOUND = "SecMaster.20090804", NotFound;
    /// The data class does not exist in this workspace.
    DATACLASS_NOT_FOUND = "SecMaster.20040402", NotFound;
    /// The data class type does not exist.
    DATACLASS_TYPE_NOT_FOUND = "SecMaster.20090401", NotFound;
    /// The data class type exists already.
    DATACLASS_TYPE_TAKEN = "SecMaster.20090402", Conflict;
    /// A built-in data class type cannot be changed.
    DATACLASS_TYPE_BUILT_IN = "SecMaster.20090403", Precondition;
    /// The data class has no such custom field.
    DATACLASS_FIELD_NOT_FOUND = "SecMaster.20090404", NotFound;
    /// The data class has a field with this key already.
    DATACLASS_FIELD_TAKEN = "SecMaster.20090405", Conflict;
    /// The file of data objects is none, or cannot be read.
    OBJECT_FILE = "SecMaster.20090370", Invalid;
    /// There are more data objects than a file of the format holds.
    OBJECT_EXPORT = "SecMaster.20090371", Invalid;
    /// The attachment does not exist.
    ATTACHMENT_NOT_FOUND = "SecMaster.20090340", NotFound;
    /// The link to an attachment is not valid, or not any more.
    ATTACHMENT_LINK = "SecMaster.20090341", Forbidden;
    /// The connection does not exist.
    CONNECTION_NOT_FOUND = "SecMaster.20041002", NotFound;
    /// The connection's name is taken.
    CONNECTION_NAME_TAKEN = "SecMaster.20091001", Conflict;
    /// An enabled workflow still uses the connection.
    CONNECTION_IN_USE = "SecMaster.20091002", Precondition;
    /// The component does not exist.
    COMPONENT_NOT_FOUND = "SecMaster.20090201", NotFound;
    /// The component has no such action.
    ACTION_NOT_FOUND = "SecMaster.20090202", NotFound;
    /// The template of a component does not exist.
    TEMPLATE_NOT_FOUND = "SecMaster.20040220", NotFound;
    /// The user, project, role, access key or domain does not exist.
    IDENTITY_NOT_FOUND = "IAM.0004", NotFound;
    /// The name is taken by another user or role.
    IDENTITY_NAME_TAKEN = "IAM.0005", Conflict;
    /// A field of an identity request is wrong.
    IDENTITY_INVALID = "IAM.0011", Invalid;
    /// Built-in roles cannot be changed; the last administrator cannot be removed.
    IDENTITY_PROTECTED = "IAM.0012", Precondition;
    /// The idempotency key was used for another request.
    IDEMPOTENCY = "SecMaster.20090001", Conflict;
    /// The first request with the idempotency key is still under way.
    IDEMPOTENCY_UNDER_WAY = "SecMaster.20090003", Conflict;
    /// The request with the idempotency key was carried out; its answer was not kept.
    IDEMPOTENCY_ANSWER = "SecMaster.20090004", Conflict;
    /// The storage or a service does not answer.
    UNAVAILABLE = "SecMaster.20090002", Unavailable;
    /// The source of events does not exist.
    SOURCE_NOT_FOUND = "SecMaster.20090101", NotFound;
    /// The source's name is taken in this workspace.
    SOURCE_NAME_TAKEN = "SecMaster.20090102", Conflict;
    /// The source's state or kind does not allow this.
    SOURCE_STATE = "SecMaster.20090103", Precondition;
    /// The dead letter does not exist.
    DEAD_LETTER_NOT_FOUND = "SecMaster.20090104", NotFound;
    /// The dead letter cannot be taken in, or was taken in already.
    DEAD_LETTER = "SecMaster.20090105", Precondition;
    /// The stream of a source cannot be read.
    SOURCE_STREAM = "SecMaster.20090106", Precondition;
    /// A defect.
    INTERNAL = "SecMaster.20039999", Internal;
}
