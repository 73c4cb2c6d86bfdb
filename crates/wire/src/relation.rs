//! Relations between data objects. Searching them takes a [`crate::data_object::search::SearchIn`].

use serde::Deserialize;
use utoipa::ToSchema;

use crate::one_or_many::OneOrMany;

/// The body that relates an object to others, or ends that (`CreateDataobjectRelationRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RelationIn {
    /// The other objects.
    pub ids: Option<OneOrMany>,
}

/// The body that relates each of some objects to each of some others (`BatchCreateDataobjectRelationsRequestBody`).
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct RelationBatchIn {
    /// The objects.
    pub dataobject_ids: Option<OneOrMany>,
    /// The other objects.
    pub related_dataobject_ids: Option<OneOrMany>,
}
