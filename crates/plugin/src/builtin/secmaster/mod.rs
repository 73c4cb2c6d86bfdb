//! `SecMaster`: calls the server's own API for alerts, incidents and indicators, in the vendor's form.
//!
//! The actions answer as HTTP does: a refusal is an answer with its status in `code`, and the workflow goes on. Who wants
//! the node to fail uses `SecMasterBiz`.

mod answer;
mod calls;

use model::ComponentId;
use uuid::Uuid;

use crate::manifest::Component;

/// The component's manifest.
pub fn component() -> Component {
    Component {
        id: ComponentId(Uuid::nil()),
        name: "SecMaster",
        description: "Calls the server's own API for alerts, incidents and indicators of the workspace, in the form of the \
                      vendor's plug-in: what the API refuses is an answer with its status in code. It needs no \
                      connection.",
        version: "1.0.0",
        version_id: Uuid::nil(),
        connection: Vec::new(),
        actions: calls::actions(),
    }
}
