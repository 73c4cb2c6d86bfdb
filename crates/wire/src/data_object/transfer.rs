//! Export and import of data objects.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::search::SearchIn;

/// The body that exports objects (`ExportAlertsRequestBody`, `CommonDataObjectExportRequest` …).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ExportIn {
    /// Which objects.
    pub data_object_filters_form: Option<SearchIn>,
    /// `exportDataObject` (default) exports the objects, `exportTemplate` an empty file to fill in for an import.
    #[schema(example = "exportDataObject")]
    pub action: Option<String>,
    /// The fields to export, by their paths; all when there is none.
    pub title: Option<Vec<String>>,
    /// Muster's own: `XLSX` (default), `CSV` or `JSON`.
    #[schema(example = "XLSX")]
    pub format: Option<String>,
}

/// What `GET …/template/download` takes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportTemplateQuery {
    /// Muster's own: `XLSX` (default), `CSV` or `JSON`.
    #[param(example = "XLSX")]
    pub format: Option<String>,
}

/// The multipart form that imports objects (`ImportAlertsRequestBody` …). It only describes: the part is streamed.
#[derive(Debug, Clone, ToSchema)]
pub struct ObjectImportForm {
    /// A file like the template: XLSX, CSV or JSON.
    #[schema(rename = "uploadFile", value_type = String, format = Binary)]
    pub upload_file: Vec<u8>,
}

/// What an import did (`ImportAlertResponseBodyData`, `CommonDataObjectImportResponseData` …).
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ImportOut {
    /// The objects that were created, in the order of their rows: the first 10 000.
    pub ids: Vec<String>,
    /// Muster's own: how many were created.
    pub imported: u64,
    /// Muster's own: the rows that were refused, in their order: the first 1 000.
    pub refused: Vec<RefusedRowOut>,
    /// Muster's own: how many were refused.
    pub refused_total: u64,
}

/// A row that was not imported.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RefusedRowOut {
    /// Its number in the file, from 1; the head of a table counts.
    pub row: u64,
    /// What is wrong with it, with the names of the fields.
    pub message: String,
}
