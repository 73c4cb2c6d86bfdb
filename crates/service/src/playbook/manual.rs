//! Running a playbook by hand: on an object, or with data that stands in for one.

use model::{Map, ObjectId, PlaybookId, PlaybookInstanceId, Value};
use store::playbook as playbooks;
use store::playbook::instance::{self as rows, Encoded, NewInstance};

use super::draft::{self, Draft};
use super::rule::TIMER;
use super::{Instance, Playbook, not_found};
use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::object::{ClassName, DataObject};
use crate::{Service, code, trigger};

/// Largest simulation, in bytes as JSON.
const DATA: usize = 8 << 20;

/// What to run a playbook on.
#[derive(Debug, Clone, Default)]
pub struct RunPlaybook {
    /// An object of the playbook's class.
    pub object_id: Option<String>,
    /// An object's fields, which stand in for one: a debug run.
    pub simulation: Option<Value>,
}

impl Service {
    /// Queues an instance of the playbook's active version, whatever its rule says. Without a simulation, the playbook
    /// must be enabled.
    pub async fn run_playbook(&self, ctx: &Ctx, id: PlaybookId, input: RunPlaybook) -> Result<Instance, Error> {
        ctx.require("secmaster:playbook:execute")?;
        let mut fields = Fields::new();
        let object: Option<ObjectId> = fields.optional_id("object_id", input.object_id.as_deref());
        let simulation = input.simulation.filter(|simulation| !simulation.is_null());
        if let Some(simulation) = &simulation {
            if simulation.as_map().is_none() || simulation.size() > DATA {
                fields.violation(
                    format!("simulation must be an object of at most {} MiB", DATA >> 20),
                    format!("simulation必须是不超过{}MiB的对象", DATA >> 20),
                );
            }
            if object.is_some() {
                fields.violation(
                    "object_id must be left out when there is a simulation",
                    "提供simulation时不能填写object_id",
                );
            }
        }
        let playbook = self.read_playbook(ctx, id).await?;
        ctx.require_role(&playbook.user_role)?;
        let debug = simulation.is_some();
        let draft = self.runnable(ctx, &playbook, debug).await?;
        if object.is_none() && !debug && draft.version.trigger_type != TIMER {
            fields.violation(
                "object_id or simulation is required: the playbook works on data objects",
                "object_id或simulation为必填项：该剧本处理数据对象",
            );
        }
        fields.finish()?;
        let object = match object {
            Some(object) => {
                let class = draft.version.dataclass_id.to_string();
                Some(self.get_object(ctx, ClassName::Other(&class), object).await?)
            }
            None => None,
        };

        let row = self.manual(ctx, &playbook, &draft, object.as_ref(), debug);
        let runs = trigger::runs(&row, &draft.actions, &*self.inner.ids);
        let data = object.map(|object| object.data).or(simulation).unwrap_or_else(|| Value::map(Map::new()));
        let new = NewInstance {
            row: row.clone(),
            runs,
            in_order: draft.version.action_strategy == trigger::IN_ORDER,
            context: Value::object([("data_object", data), ("old", Value::Null)]).to_json(),
        };
        let encoded = Encoded::new(self.inner.db.dialect(), new)?;
        let ctx = ctx.clone();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    // It may have been disabled, or given another version, meanwhile.
                    let found = playbooks::lock(tx, ctx.tenant, id).await?.ok_or_else(|| not_found(id))?;
                    if found.version_id != playbook.version_id || found.enabled != playbook.enabled {
                        return Err(not_active(&found.name));
                    }
                    rows::insert_all(tx, &[encoded]).await?;
                    tx.audit(ctx.audit(row.create_time, "playbook.execute", row.id));
                    Ok(row)
                })
            })
            .await
    }

    /// The active version of a playbook.
    async fn runnable(&self, ctx: &Ctx, playbook: &Playbook, debug: bool) -> Result<Draft, Error> {
        let version = playbook.version_id.filter(|_| playbook.enabled || debug);
        let version = version.ok_or_else(|| not_active(&playbook.name))?;
        let mut conn = self.inner.db.read().await?;
        draft::read(&mut conn, ctx.tenant, version).await?.ok_or_else(|| not_active(&playbook.name))
    }

    fn manual(
        &self,
        ctx: &Ctx,
        playbook: &Playbook,
        draft: &Draft,
        object: Option<&DataObject>,
        debug: bool,
    ) -> Instance {
        let (principal, version) = (&ctx.caller.principal, &draft.version);
        let object_name = object.map_or_else(String::new, DataObject::name);
        Instance {
            workspace_id: playbook.workspace_id,
            id: PlaybookInstanceId::new(&*self.inner.ids),
            project_id: playbook.project_id,
            name: trigger::instance_name(&playbook.name, &object_name),
            playbook_id: playbook.id,
            playbook_name: playbook.name.clone(),
            version_id: version.id,
            version: version.label(),
            dataclass_id: Some(version.dataclass_id),
            dataclass_name: version.dataclass_name.clone(),
            dataobject_id: object.map(|object| object.row.id),
            dataobject_name: object_name,
            trigger_type: if debug { "DEBUG" } else { "MANUAL" }.into(),
            event: String::new(),
            dataobject_time: None,
            dataobject_version: None,
            tick: None,
            depth: 1,
            cause_id: None,
            creator_id: principal.user,
            creator_name: principal.name.clone(),
            status: "RUNNING".into(),
            problem: String::new(),
            create_time: self.now(),
            start_time: None,
            end_time: None,
            retry_count: 0,
        }
    }
}

fn not_active(name: &str) -> Error {
    Error::new(
        &code::PLAYBOOK_NOT_ENABLED,
        Text::new(
            format!("the playbook '{name}' is not enabled, or for a simulation has no active version"),
            format!("剧本'{name}'未启用，或用于模拟时没有激活的版本"),
        ),
    )
}
