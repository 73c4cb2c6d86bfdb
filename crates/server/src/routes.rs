//! All routes, one file for each resource. A file's `routes()` goes into one of the groups below by what the routes
//! demand of a request; see `docs/how-to/add-an-endpoint.md`.

pub mod paths;

mod alerts;
mod attachments;
mod audit;
mod class_settings;
mod component_templates;
mod components;
mod connections;
mod damaged;
mod dataclasses;
mod dataobjects;
mod deprecated;
mod iam;
mod incidents;
mod indicators;
mod instances;
mod mappings;
mod notes;
mod object_transfer;
mod objects;
mod panel;
mod playbooks;
mod relations;
mod sources;
mod spell;
mod tasks;
mod versions;
mod vulnerabilities;
mod workflows;
mod workspaces;

use crate::app::{ApiState, Routes};
use crate::health;

/// The routes of the server.
pub fn all() -> Routes<ApiState> {
    Routes {
        open: health::routes().merge(iam::open()).merge(sources::open()).merge(attachments::open()),
        protected: workspaces::routes()
            .merge(class_settings::routes())
            .merge(dataclasses::routes())
            .merge(components::routes())
            .merge(component_templates::routes())
            .merge(connections::routes())
            .merge(workflows::routes())
            .merge(versions::routes())
            .merge(instances::routes())
            .merge(playbooks::routes())
            .merge(tasks::routes())
            .merge(damaged::routes())
            .merge(audit::routes())
            .merge(mappings::routes())
            .merge(sources::routes())
            .merge(notes::routes())
            .merge(alerts::routes())
            .merge(incidents::routes())
            .merge(indicators::routes())
            .merge(vulnerabilities::routes())
            .merge(dataobjects::routes())
            .merge(relations::routes())
            .merge(panel::routes())
            .merge(object_transfer::routes())
            .merge(attachments::routes())
            .merge(iam::routes()),
        uploads: workflows::uploads()
            .merge(object_transfer::uploads())
            .merge(playbooks::uploads())
            .merge(attachments::uploads()),
    }
}
