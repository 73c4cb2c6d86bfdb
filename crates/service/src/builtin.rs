//! The data classes that every workspace is born with: their fields and types as tables, one file for each class.
//!
//! Field keys and types are those of the contract's models. A nested member that people search or map by has a field
//! of its own with a dotted key; members of lists are in the JSON schema of the list's field.

mod alert;
mod common_context;
mod event;
mod field;
mod incident;
mod indicator;
mod kind;
mod resource;
mod rows;
mod vulnerability;

use model::id::name_based;
use model::{DataClassId, Tenant};
use uuid::{Uuid, uuid};

use field::Field;
use kind::Type;

pub(crate) use rows::{Birth, Rows, rows};

/// The namespace of the ids of built-in data classes.
const NAMESPACE: Uuid = uuid!("7c1d0c5e-40f5-4f0c-8a55-6f1f0f3a9b21");

/// A built-in data class.
#[derive(Debug)]
pub(crate) struct Class {
    /// Its name, which is also its business code.
    pub(crate) name: &'static str,
    /// Identifies it in every workspace. Those of alerts and incidents are the vendor's; the others go on from there.
    item: Uuid,
    description: &'static str,
    /// Fields, in groups that classes share.
    fields: &'static [&'static [Field]],
    types: &'static [Type],
}

impl Class {
    /// Its id in a workspace.
    pub(crate) fn id(&self, tenant: Tenant) -> DataClassId {
        let (project, workspace) = (tenant.project.to_string(), tenant.workspace.to_string());
        DataClassId(name_based(NAMESPACE, &[&project, &workspace, &self.item.to_string()]))
    }

    fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }
}

/// Alerts.
pub(crate) const ALERT: &Class = &alert::CLASS;

/// Every built-in class.
pub(crate) const CLASSES: &[&Class] =
    &[ALERT, &incident::CLASS, &indicator::CLASS, &vulnerability::CLASS, &resource::CLASS, &common_context::CLASS];

/// The id in a workspace of the built-in class with this name, or with this id in every workspace.
pub(crate) fn class_id(name: &str, tenant: Tenant) -> Option<DataClassId> {
    let is_named = |class: &&&Class| class.name == name || class.item.to_string() == name;
    CLASSES.iter().find(is_named).map(|class| class.id(tenant))
}

#[cfg(test)]
mod tests;
