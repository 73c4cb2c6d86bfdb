//! The enabled playbooks of a workspace, compiled: which of them an event sets off is found through an index of their
//! rules, not by asking each.

use std::collections::HashMap;
use std::sync::Arc;

use expr::Budget;
use expr::condition::{Rule, RuleIndex, Subject};
use model::{DataClassId, IdSource, InstanceId, PlaybookInstanceId, Tenant, Timestamp, Value};
use store::Conn;
use store::db::Dialect;
use store::playbook::action::PlaybookActionRow;
use store::playbook::instance::{Encoded, NewInstance, PlaybookInstanceRow};
use store::playbook::run::PlaybookRunRow;
use store::playbook::trigger::{self as rows, Trigger, Triggers};

use super::event::{Cause, Event, Kind};
use crate::Service;
use crate::error::Error;
use crate::field::Fields;
use crate::playbook::rule;

/// How many playbooks may set each other off in a row.
pub(crate) const MAX_DEPTH: i64 = 8;

/// The enabled playbooks of a workspace.
#[derive(Debug, Default)]
pub(crate) struct Armed {
    /// The workspace's trigger epoch at which they were read.
    pub(crate) epoch: i64,
    watches: HashMap<(DataClassId, Kind), Watch>,
}

/// The playbooks that one kind of event of one class may set off.
#[derive(Debug)]
struct Watch {
    /// Those with a rule, which the index numbers.
    ruled: Vec<(Arc<Playbook>, Rule)>,
    index: RuleIndex,
    /// Those that every such event sets off, and those whose rule cannot be read any more.
    always: Vec<Arc<Playbook>>,
}

/// A playbook with its rule, if it has one that can be read.
type Ruled = (Arc<Playbook>, Option<Rule>);

#[derive(Debug)]
struct Playbook {
    tenant: Tenant,
    trigger: Trigger,
    /// Why its rule cannot be read.
    problem: String,
}

impl Service {
    /// Reads the playbooks of a workspace, and keeps them for later events.
    pub(super) async fn arm(&self, conn: &mut Conn, tenant: Tenant) -> Result<Arc<Armed>, Error> {
        let Triggers { epoch, playbooks } = rows::load(conn, tenant).await?;
        let mut watched: HashMap<(DataClassId, Kind), Vec<Ruled>> = HashMap::new();
        for trigger in playbooks.into_iter().filter(|trigger| trigger.row.trigger_type != rule::TIMER) {
            let row = &trigger.row;
            let Some(class) = self.object_class(tenant, row.dataclass_id).await? else { continue };
            let mut problems = Fields::new();
            let (kind, document) = (&row.trigger_type, Value::from_json(&row.rule).ok());
            let zone = self.inner.settings.zone;
            let read = rule::read(&mut problems, kind, row.rule_enable, document.as_ref(), class.fields(), zone);
            let (rule, problem) = match (problems.finish(), read) {
                (Ok(()), Some(rule::Rule::Event(rule))) => (rule, String::new()),
                (Ok(()), Some(rule::Rule::Timer(_)) | None) => (None, "it has no rule".to_owned()),
                (Err(error), _) => (None, format!("its rule cannot be read: {}", error.message().en)),
            };
            let class = row.dataclass_id;
            let kinds = [
                (Kind::Create, row.dataobject_create),
                (Kind::Update, row.dataobject_update),
                (Kind::Delete, row.dataobject_delete),
            ];
            let playbook = Arc::new(Playbook { tenant, trigger, problem });
            for (kind, _) in kinds.into_iter().filter(|(_, watches)| *watches) {
                watched.entry((class, kind)).or_default().push((Arc::clone(&playbook), rule.clone()));
            }
        }
        let watches = watched.into_iter().map(|(key, playbooks)| (key, Watch::new(playbooks))).collect();
        let armed = Arc::new(Armed { epoch, watches });
        self.inner.triggers.put(tenant.workspace, &armed);
        Ok(armed)
    }
}

impl Watch {
    fn new(playbooks: Vec<Ruled>) -> Self {
        let (mut ruled, mut always) = (Vec::new(), Vec::new());
        for (playbook, rule) in playbooks {
            match rule {
                Some(rule) => ruled.push((playbook, rule)),
                None => always.push(playbook),
            }
        }
        let index = RuleIndex::new(ruled.iter().map(|(_, rule)| rule));
        Self { ruled, index, always }
    }
}

/// What an event sets off.
pub(super) enum Set {
    /// A playbook instance that runs.
    Off(NewInstance),
    /// One that is on record alone: it tells why the playbook does not run.
    Refused(PlaybookInstanceRow),
}

impl Set {
    pub(super) fn encode(self, dialect: Dialect) -> Result<Encoded, store::Error> {
        match self {
            Self::Off(new) => Encoded::new(dialect, new),
            Self::Refused(row) => Encoded::ended(dialect, row),
        }
    }
}

impl Armed {
    /// What an event sets off. A rule that fails on the object is told by an instance that has failed.
    pub(super) fn decide(&self, event: &Event, cause: &Cause, ids: &dyn IdSource, now: Timestamp) -> Vec<Set> {
        let Some(watch) = self.watches.get(&(event.class, event.kind)) else { return Vec::new() };
        // Nothing about a deleted object has changed.
        let old = if event.kind == Kind::Delete { Some(&event.object) } else { event.old.as_ref() };
        let subject = Subject { object: &event.object, old };
        let matched = watch.index.candidates(&event.object).into_iter().filter_map(|place| {
            let (playbook, rule) = &watch.ruled[place];
            match rule.matches(&subject, &mut Budget::default()) {
                Ok(true) => Some((playbook, String::new())),
                Ok(false) => None,
                Err(fault) => Some((playbook, format!("its rule failed on the object: {fault}"))),
            }
        });
        let always = watch.always.iter().map(|playbook| (playbook, playbook.problem.clone()));
        matched.chain(always).map(|(playbook, problem)| playbook.set_off(event, cause, problem, ids, now)).collect()
    }
}

impl Playbook {
    fn set_off(&self, event: &Event, cause: &Cause, problem: String, ids: &dyn IdSource, now: Timestamp) -> Set {
        let depth = cause.instance.map_or(1, |(_, depth)| depth + 1);
        let problem = match problem {
            none if none.is_empty() && depth > MAX_DEPTH => {
                format!("{MAX_DEPTH} playbooks have set each other off in a row; this one is not run")
            }
            other => other,
        };
        let Trigger { row: playbook, actions } = &self.trigger;
        let row = PlaybookInstanceRow {
            workspace_id: self.tenant.workspace,
            id: PlaybookInstanceId::new(ids),
            project_id: self.tenant.project,
            name: instance_name(&playbook.name, &event.name),
            playbook_id: playbook.playbook_id,
            playbook_name: playbook.name.clone(),
            version_id: playbook.version_id,
            version: playbook.version.clone(),
            dataclass_id: Some(event.class),
            dataclass_name: event.class_name.clone(),
            dataobject_id: Some(event.id),
            dataobject_name: event.name.clone(),
            trigger_type: "EVENT".into(),
            event: event.kind.name().into(),
            dataobject_time: Some(event.created),
            dataobject_version: Some(event.version),
            tick: None,
            depth,
            cause_id: cause.instance.map(|(id, _)| id),
            creator_id: cause.user,
            creator_name: cause.user_name.clone(),
            status: if problem.is_empty() { "RUNNING" } else { "FAILED" }.into(),
            create_time: now,
            start_time: None,
            retry_count: 0,
            end_time: if problem.is_empty() { None } else { Some(now) },
            problem,
        };
        if row.end_time.is_some() {
            return Set::Refused(row);
        }
        let old = event.old.clone().unwrap_or_default();
        let context = Value::object([("data_object", event.object.clone()), ("old", old)]).to_json();
        let (runs, in_order) = (runs(&row, actions, ids), playbook.action_strategy == IN_ORDER);
        Set::Off(NewInstance { row, runs, in_order, context })
    }
}

/// The strategy of versions whose workflows start one after the other.
pub(crate) const IN_ORDER: &str = "SYNC";

/// Longest name of an instance, in characters.
const NAME: usize = 256;

/// The name of a run of a playbook on an object.
pub(crate) fn instance_name(playbook: &str, object: &str) -> String {
    format!("{playbook} {object}").trim_end().chars().take(NAME).collect()
}

/// The runs that an instance will have, one for each action.
pub(crate) fn runs(
    row: &PlaybookInstanceRow,
    actions: &[PlaybookActionRow],
    ids: &dyn IdSource,
) -> Vec<PlaybookRunRow> {
    let places = 0..;
    let run = |(position, action): (i64, &PlaybookActionRow)| PlaybookRunRow {
        workspace_id: row.workspace_id,
        run_id: InstanceId::new(ids),
        project_id: row.project_id,
        playbook_instance_id: row.id,
        position,
        action_id: action.id,
        action_name: action.name.clone(),
        action_description: action.description.clone(),
        workflow_id: action.action_id,
        problem: String::new(),
        has_news: false,
    };
    places.zip(actions).map(run).collect()
}
