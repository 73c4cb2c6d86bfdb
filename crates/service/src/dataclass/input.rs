//! What callers ask for.

/// Which data classes to list.
#[derive(Debug, Clone, Default)]
pub struct ListDataClasses {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// Part of the name.
    pub name: Option<String>,
    /// Of this business code.
    pub business_code: Option<String>,
    /// Part of the description.
    pub description: Option<String>,
    /// Built in, or not.
    pub is_built_in: Option<bool>,
}

/// Which fields to list.
#[derive(Debug, Clone, Default)]
pub struct ListFields {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// Part of the name.
    pub name: Option<String>,
    /// Built in, or not.
    pub is_built_in: Option<bool>,
    /// Of this category.
    pub field_category: Option<String>,
    /// Offered by classification and mapping, or not.
    pub mapping: Option<bool>,
}

/// Which types to list.
#[derive(Debug, Clone, Default)]
pub struct ListTypes {
    /// Rows to pass over, 0 to 10 000.
    pub offset: Option<i64>,
    /// Page size, 1 to 1 000.
    pub limit: Option<i64>,
    /// `ASC` or `DESC`.
    pub order: Option<String>,
    /// `create_time` or `update_time`.
    pub sortby: Option<String>,
    /// Part of the subtype's name.
    pub sub_category: Option<String>,
    /// Part of the type's name.
    pub name: Option<String>,
    /// Of this code.
    pub category_code: Option<String>,
    /// Enabled, or not.
    pub enabled: Option<bool>,
    /// Built in, or not.
    pub is_built_in: Option<bool>,
    /// Part of the layout's name.
    pub layout_name: Option<String>,
    /// 1 for types, 2 for subtypes.
    pub level: Option<i64>,
}

/// The layout that shows a type.
#[derive(Debug, Clone, Default)]
pub struct SetLayout {
    /// The type.
    pub id: Option<String>,
    /// The layout, a UUID; empty for none.
    pub layout_id: Option<String>,
    /// Its name.
    pub layout_name: Option<String>,
}
