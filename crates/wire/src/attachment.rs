//! Attachments: files that belong to to-dos and data objects. The content is streamed and never part of a JSON body.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The multipart form that uploads a file (`UploadAttachmentRequestBody`). It only describes: the part is streamed.
#[derive(Debug, Clone, ToSchema)]
pub struct AttachmentForm {
    /// `user_task` (default).
    #[schema(rename = "fileType", example = "user_task")]
    pub file_type: Option<String>,
    /// The file.
    #[schema(rename = "uploadFile", value_type = String, format = Binary)]
    pub upload_file: Vec<u8>,
}

/// What an upload says beside its form.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentUploadQuery {
    /// Muster's own: the data object that the file belongs to.
    pub data_object_id: Option<String>,
}

/// What `GET …/muster/attachments` lists.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentListQuery {
    /// The files of this data object.
    #[param(required = true)]
    pub data_object_id: Option<String>,
}

/// What makes the address of a file's bytes a link that opens them.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttachmentLinkQuery {
    /// Until when, in seconds since 1970.
    #[param(required = true)]
    pub expires: Option<i64>,
    /// The server's signature.
    #[param(required = true)]
    pub signature: Option<String>,
}

/// A file that was uploaded (`UploadAttachmentInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AttachmentCreatedOut {
    /// The id, a UUID.
    pub id: String,
    /// The name, without folders.
    pub file_name: String,
    /// The workspace.
    pub workspace_id: String,
}

/// A file (`AttachmentInfo`).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AttachmentOut {
    /// The id, a UUID.
    pub id: String,
    /// The name, without folders.
    pub file_name: String,
    /// Empty: where it is kept is the server's business.
    pub file_folder: String,
    /// The workspace.
    pub workspace_id: String,
    /// Who uploaded it.
    pub creator_id: String,
    /// The name of who uploaded it.
    pub creator_name: String,
    /// When it was uploaded.
    pub create_time: String,
    /// When it was last changed.
    pub update_time: String,
    /// Empty: a file does not change.
    pub modifier_id: String,
    /// Empty: a file does not change.
    pub modifier_name: String,
    /// `true` or `false`: text in the contract.
    pub is_deleted: String,
    /// The kind of storage: `folder` or `s3`.
    pub storage_type: String,
    /// The call that gives its address.
    pub storage_url: String,
    /// Muster's own: what its bytes are, as a media type.
    pub content_type: String,
    /// Muster's own: how many bytes it has.
    pub size: i64,
    /// Muster's own: the SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Muster's own: the data object that it belongs to, if any.
    pub data_object_id: String,
    /// Muster's own: the to-do that it belongs to, if any.
    pub task_id: String,
}
