//! Finding what a call activity calls.

use bpmn::executable::Binding;
use engine::ElementNo;
use engine::command::{Called, Failure};
use model::{InstanceId, Tenant, VersionId};
use store::Conn;
use store::instance::InstanceRow;
use store::workflow::WorkflowRow;

use crate::root::Root;
use crate::{Error, Inner};

/// Finds the version that a call runs and announces the child's run.
pub(crate) async fn resolve(
    inner: &Inner,
    root: &mut Root,
    element: ElementNo,
    workflow: &str,
    binding: Binding,
) -> Result<Result<Called, Failure>, Error> {
    let process = root.state.element(element).map_or(ElementNo::ROOT, |element| element.process);
    let Some(caller) = root.record.run(process).cloned() else {
        return Err(engine::Corrupt::Element(process).into());
    };
    let mut conn = inner.db.read().await?;
    let Some(row) = find_workflow(&mut conn, root.tenant, workflow).await? else {
        return Ok(Err(failure("Call.NotFound", format!("there is no workflow '{workflow}'"))));
    };
    if !row.enabled {
        return Ok(Err(failure("Call.NotEnabled", format!("the workflow '{}' is not enabled", row.name))));
    }
    // A pin recorded at approval holds whatever the graph says: under four eyes every call has one.
    let version = root.definitions.pin(caller.version_id, workflow).or(match binding {
        Binding::Pinned => None,
        Binding::Latest => row.version_id,
    });
    let Some(version) = version else {
        return Ok(Err(failure("Call.NoVersion", format!("the workflow '{}' has no version to call", row.name))));
    };
    let label = label(&mut conn, root.tenant, &row, version).await?;
    drop(conn);
    match inner.definitions.get(&inner.db, root.tenant, version).await {
        Ok(definition) => root.definitions.insert(version, definition),
        // The caller is sound: the call fails.
        Err(Error::Definition { why, .. }) => {
            let message = format!("the version of the workflow '{}' cannot be used: {why}", row.name);
            return Ok(Err(failure("Call.NotUsable", message)));
        }
        Err(other) => return Err(other),
    }

    let instance = InstanceId::new(&*inner.ids);
    let now = inner.clock.now();
    root.record.announce(InstanceRow {
        id: instance,
        workflow_id: row.id,
        version_id: version,
        name: row.name.clone(),
        workflow_name: row.name,
        workflow_version: label,
        status: "RUNNING".into(),
        start_time: now,
        update_time: now,
        end_time: None,
        retry_count: 0,
        ..caller
    });
    Ok(Ok(Called { instance, definition: version }))
}

async fn find_workflow(conn: &mut Conn, tenant: Tenant, workflow: &str) -> Result<Option<WorkflowRow>, Error> {
    if let Ok(id) = workflow.parse()
        && let Some(row) = store::workflow::get(conn, tenant, id).await?
    {
        return Ok(Some(row));
    }
    Ok(store::workflow::get_by_name(conn, tenant, workflow).await?)
}

/// The version's label; a pinned version may have been deleted since, and then has none.
async fn label(conn: &mut Conn, tenant: Tenant, row: &WorkflowRow, version: VersionId) -> Result<String, Error> {
    if row.version_id == Some(version) {
        return Ok(row.version.clone());
    }
    Ok(store::version::get(conn, tenant, version).await?.map_or_else(String::new, |version| version.label()))
}

fn failure(code: &str, message: String) -> Failure {
    Failure { code: code.into(), message, retryable: false, retry_after_ms: None }
}
