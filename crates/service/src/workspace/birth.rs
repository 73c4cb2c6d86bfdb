//! What a new workspace consists of: its row, the built-in data classes, the templates.

use model::Tenant;
use store::workspace as rows;
use store::{Tx, dataclass};

use super::Workspace;
use crate::builtin::{self, Birth};
use crate::{Service, template};

/// A workspace that is to be created.
pub(crate) struct Newborn {
    pub(crate) workspace: Workspace,
    classes: builtin::Rows,
    templates: template::Rows,
}

impl Service {
    /// Makes the rows of a new workspace.
    pub(crate) fn newborn(&self, workspace: Workspace) -> Newborn {
        let birth = Birth {
            tenant: Tenant { project: workspace.project_id, workspace: workspace.id },
            creator_id: workspace.creator_id,
            creator_name: &workspace.creator_name,
            at: workspace.create_time,
        };
        let classes = builtin::rows(&birth);
        let templates = template::rows(&birth, &*self.inner.ids, &self.inner.registry);
        Newborn { workspace, classes, templates }
    }
}

impl Newborn {
    /// Writes them.
    pub(crate) async fn insert(&self, tx: &mut Tx) -> Result<(), store::Error> {
        rows::insert(tx, &self.workspace).await?;
        let builtin::Rows { classes, fields, types } = &self.classes;
        dataclass::insert_all(tx, classes, fields, types).await?;
        self.templates.insert(tx).await
    }
}
