//! Parts that objects of several classes have. The types only describe: see [`super::Document`].

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// Text or a whole number: the contract disagrees with itself.
#[derive(Debug, Clone, ToSchema)]
#[serde(untagged)]
pub enum TextOrInteger {
    /// As text.
    Text(String),
    /// As a number.
    Integer(i64),
}

/// Text, or the boolean that the vendor's Terraform provider sends.
#[derive(Debug, Clone, ToSchema)]
#[serde(untagged)]
pub enum TextOrFlag {
    /// As text.
    Text(String),
    /// As a boolean.
    Flag(bool),
}

/// Labels of an asset: pairs, or text.
#[derive(Debug, Clone, ToSchema)]
#[serde(untagged)]
pub enum AssetTags {
    /// Up to 50 keys with values of up to 255 characters.
    Pairs(BTreeMap<String, String>),
    /// As text.
    Text(String),
}

/// Where it happened.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct ObjectEnvironment {
    /// Who runs the environment.
    pub vendor_type: Option<String>,
    /// The domain.
    pub domain_id: Option<String>,
    /// The name of the domain.
    pub domain_name: Option<String>,
    /// The region; `global` for services that have none.
    pub region_id: Option<String>,
    /// The name of the region.
    pub region_name: Option<String>,
    /// The workspace it was delivered from; null in that workspace itself.
    pub cross_workspace_id: Option<String>,
    /// The project; null for services that have none.
    pub project_id: Option<String>,
}

/// Who has reported it.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct ObjectSource {
    /// 1 a product of the cloud, 2 of somebody else, 3 of the tenant.
    pub source_type: Option<i64>,
    /// The domain of the product.
    pub domain_id: Option<String>,
    /// The project of the product.
    pub project_id: Option<String>,
    /// The region of the product.
    pub region_id: Option<String>,
    /// The company that makes the product.
    pub company_name: Option<String>,
    /// The product.
    pub product_name: Option<String>,
    /// The feature of the product that has detected it.
    pub product_feature: Option<String>,
    /// The module of the product that has detected it.
    pub product_module: Option<String>,
}

/// Something that is affected.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct ObjectAsset {
    /// The id.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// `cloudservers`, `servers`, `vm`, `pm`, `instances`, `publicips`, `ip`, `website`, `vpcs`, `securityGroups` or
    /// `device`.
    #[schema(rename = "type")]
    pub kind: Option<String>,
    /// The service it belongs to.
    pub provider: Option<String>,
    /// The region.
    pub region_id: Option<String>,
    /// The domain.
    pub domain_id: Option<String>,
    /// The project.
    pub project_id: Option<String>,
    /// The enterprise project.
    pub ep_id: Option<String>,
    /// The name of the enterprise project.
    pub ep_name: Option<String>,
    /// Its labels.
    pub tags: Option<AssetTags>,
}

/// What to do about it.
#[derive(Debug, Clone, Default, ToSchema)]
pub struct ObjectRemediation {
    /// What is recommended.
    pub recommendation: Option<String>,
    /// Where to read about it.
    pub url: Option<String>,
}
