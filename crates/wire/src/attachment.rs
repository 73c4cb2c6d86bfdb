//! Attachments: files that belong to to-dos and data objects. The content is streamed and never part of a JSON body.

use serde::Serialize;
use utoipa::ToSchema;

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
    /// The folder in the storage.
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
    /// Who last changed it; empty on creation.
    pub modifier_id: String,
    /// The name of who last changed it; empty on creation.
    pub modifier_name: String,
    /// `true` or `false`: text in the contract.
    pub is_deleted: String,
    /// The kind of storage.
    pub storage_type: String,
    /// Where to download it.
    pub storage_url: String,
}
