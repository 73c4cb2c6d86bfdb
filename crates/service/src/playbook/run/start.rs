//! Admitting queued instances, and starting the workflows of admitted ones.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use model::{Map, Tenant, Value};
use store::playbook::instance::{self, PlaybookInstanceRow};
use store::playbook::run::{self, RunState};
use store::playbook::work::WorkRow;
use store::playbook::{admission, work};
use store::workflow;

use super::settle::{TERMINATING, Verdict, verdict};
use super::{BATCH, LEASE};
use crate::Service;
use crate::error::Error;
use crate::instance::{Instance, context};

/// Workflows of one batch whose first turns are made at once: they share commits.
const TOGETHER: usize = 64;

impl Service {
    /// Admits what the limits allow and starts the workflows of what is admitted, and of what a node has claimed before
    /// and not started. Whether there was anything.
    pub(super) async fn start_admitted(&self) -> Result<bool, Error> {
        // What this node has no room for is left to others, or to the next step.
        let Ok(permit) = Arc::clone(&self.inner.playbooks.starting).try_acquire_owned() else { return Ok(false) };
        let now = self.now();
        let claimed: Result<Vec<WorkRow>, Error> = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let until = now.plus(LEASE);
                    let mut claimed = work::claim_due(tx, now, until, BATCH).await?;
                    claimed.extend(admission::admit(tx, now, until, BATCH).await?);
                    Ok(claimed)
                })
            })
            .await;
        let claimed = claimed?;
        if claimed.is_empty() {
            return Ok(false);
        }
        let this = self.clone();
        tokio::spawn(async move {
            if let Err(error) = this.start_all(claimed).await {
                tracing::warn!(%error, "cannot start the workflows of playbooks; they are claimed again");
            }
            drop(permit);
        });
        Ok(true)
    }

    /// Starts the workflows of claimed instances. Those that could not be, because storage does not answer, stay claimed
    /// until the lease ends.
    async fn start_all(&self, claimed: Vec<WorkRow>) -> Result<(), Error> {
        let mut starting = stream::iter(claimed)
            .map(|work| async move {
                let started = self.start_one(&work).await;
                started.map(|()| work)
            })
            .buffer_unordered(TOGETHER);
        let (mut started, mut result) = (Vec::new(), Ok(()));
        while let Some(outcome) = starting.next().await {
            match outcome {
                Ok(work) => started.push(work),
                Err(error) => result = Err(error),
            }
        }
        drop(starting);
        let released: Result<(), Error> = self
            .inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    for work in &started {
                        work::release(tx, work, None).await?;
                    }
                    Ok(())
                })
            })
            .await;
        result.and(released)
    }

    async fn start_one(&self, work: &WorkRow) -> Result<(), Error> {
        let mut conn = self.inner.db.read().await?;
        let row = instance::get(&mut conn, work.tenant(), work.id).await?;
        let runs = run::list(&mut conn, work.tenant(), work.id).await?;
        drop(conn);
        let Some(row) = row else { return Ok(()) };
        if verdict(&runs, work.in_order, row.status == TERMINATING) != Verdict::Next {
            return Ok(());
        }
        let given = Value::from_json(&work.context).map_err(Error::internal)?;
        let not_started = runs.into_iter().filter(|run| run.status.is_none() && run.problem.is_empty());
        for run in not_started.take(if work.in_order { 1 } else { usize::MAX }) {
            self.start_run(&row, &run, &given).await?;
        }
        Ok(())
    }

    /// Starts one workflow of an instance, or records why it cannot be started.
    async fn start_run(&self, row: &PlaybookInstanceRow, run: &RunState, given: &Value) -> Result<(), Error> {
        let tenant = Tenant { project: row.project_id, workspace: row.workspace_id };
        let read = async || {
            let mut conn = self.inner.db.read().await?;
            Ok::<_, Error>(workflow::get(&mut conn, tenant, run.workflow_id).await?.map(Arc::new))
        };
        let found = self.inner.started.read((tenant, run.workflow_id), read).await?;
        let Some(workflow) = found else {
            return self.refuse_run(tenant, run, "the workflow does not exist any more".into()).await;
        };
        let Some(version) = workflow.version_id.filter(|_| workflow.enabled) else {
            return self.refuse_run(tenant, run, format!("the workflow '{}' is not enabled", workflow.name)).await;
        };
        let now = self.now();
        let instance = Instance {
            workspace_id: row.workspace_id,
            id: run.run_id,
            project_id: row.project_id,
            root_id: run.run_id,
            element_no: 0,
            caller_no: None,
            workflow_id: workflow.id,
            version_id: version,
            name: workflow.name.clone(),
            workflow_name: workflow.name.clone(),
            workflow_version: workflow.version.clone(),
            dataclass_id: row.dataclass_id,
            dataclass_name: row.dataclass_name.clone(),
            dataobject_id: row.dataobject_id.map_or_else(String::new, |id| id.to_string()),
            playbook_id: Some(row.playbook_id.0),
            playbook_name: row.playbook_name.clone(),
            defense_id: String::new(),
            trigger_type: row.trigger_type.clone(),
            status: "RUNNING".into(),
            start_time: now,
            end_time: None,
            update_time: now,
            retry_count: 0,
            creator_id: row.creator_id,
        };
        let object = given.get("data_object").clone();
        let start = runtime::Start {
            tenant,
            context: context(
                &instance,
                &row.creator_name,
                if object.is_null() { Value::map(Map::new()) } else { object },
                playbook_context(row, given),
                self.inner.settings.zone,
            ),
            variables: Value::map(Map::new()),
            debug: row.trigger_type == "DEBUG",
            audit: Vec::new(),
            run: instance,
        };
        match self.inner.runtime.start(start).await {
            Ok(_) => Ok(()),
            // Started before, by a node that did not get to say so.
            Err(runtime::Error::Store(error)) if error.is_unique("instance", "id") => Ok(()),
            // The definition is gone or damaged: nothing that another attempt would change.
            Err(error @ runtime::Error::Definition { .. }) => self.refuse_run(tenant, run, error.to_string()).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn refuse_run(&self, tenant: Tenant, run: &RunState, problem: String) -> Result<(), Error> {
        let id = run.run_id;
        self.inner
            .writer
            .write(move |tx| Box::pin(async move { Ok(run::refuse(tx, tenant, id, &problem).await?) }))
            .await
    }
}

/// What expressions of the workflows can read of the playbook.
fn playbook_context(row: &PlaybookInstanceRow, given: &Value) -> Value {
    Value::object([
        ("id", Value::string(row.playbook_id.to_string())),
        ("name", Value::string(&row.playbook_name)),
        ("version_id", Value::string(row.version_id.to_string())),
        ("version", Value::string(&row.version)),
        ("instance_id", Value::string(row.id.to_string())),
        ("event", Value::string(&row.event)),
        ("old", given.get("old").clone()),
    ])
}
