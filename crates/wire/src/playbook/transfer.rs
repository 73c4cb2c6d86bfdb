//! Export and import of playbooks.

use serde::Deserialize;
use utoipa::ToSchema;

/// The body that exports playbooks (`ExportPlaybook`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlaybookExportIn {
    /// The playbooks to export.
    pub id: Option<Vec<String>>,
}

/// The multipart form that imports playbooks (`ImportPlaybookRequestBody`). It only describes: the part is streamed.
#[derive(Debug, Clone, ToSchema)]
pub struct PlaybookImportForm {
    /// A file that an export wrote.
    #[schema(rename = "uploadFile", value_type = String, format = Binary)]
    pub upload_file: Vec<u8>,
    /// `import` (default), or `verify`, which only says whether an import would succeed.
    #[schema(example = "import")]
    pub upload_model: Option<String>,
}
