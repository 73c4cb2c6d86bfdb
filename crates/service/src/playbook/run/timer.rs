//! Timers: the ticks of playbooks that run by the clock.

use std::time::Duration;

use expr::condition::Fields as ClassFields;
use model::{PlaybookInstanceId, Tenant, Timestamp, Value};
use store::playbook::instance::{self, Encoded, NewInstance, PlaybookInstanceRow};
use store::playbook::schedule::{self, ScheduleRow};
use store::playbook::version::PlaybookVersionRow;
use store::playbook::{self, PlaybookRow, action, version, work};
use store::{PageRequest, Tx};

use super::BATCH;
use crate::Service;
use crate::error::Error;
use crate::field::Fields;
use crate::playbook::rule::{self, Rule};
use crate::playbook::timer::Timer;
use crate::trigger;

/// How long a tick waits for the instance before it to end, before that is looked at again.
const WAIT: Duration = Duration::from_secs(1);
/// All actions of a version: there are fewer.
const ACTIONS: PageRequest = PageRequest { offset: 0, limit: 10_000 };

impl Service {
    /// Fires the timers that are due. Whether there were any.
    pub(super) async fn fire_timers(&self) -> Result<bool, Error> {
        let now = self.now();
        let this = self.clone();
        self.inner
            .writer
            .write(move |tx| {
                Box::pin(async move {
                    let due = schedule::claim_due(tx, now, BATCH).await?;
                    let any = !due.is_empty();
                    for row in due {
                        this.fire(tx, row, now).await?;
                    }
                    Ok(any)
                })
            })
            .await
    }

    async fn fire(&self, tx: &mut Tx, due: ScheduleRow, now: Timestamp) -> Result<(), Error> {
        let tenant = Tenant { project: due.project_id, workspace: due.workspace_id };
        let Some(tick) = due.next_at else { return Ok(()) };
        let playbook = playbook::get(tx, tenant, due.playbook_id).await?;
        let version = version::get(tx, tenant, due.version_id).await?;
        let timer = version.as_ref().and_then(|version| self.timer_of(version));
        let (Some(playbook), Some(version), Some(timer)) = (playbook, version, timer) else {
            tracing::warn!(playbook.id = %due.playbook_id, "a timer without a playbook is taken away");
            return Ok(schedule::clear(tx, tenant, due.playbook_id).await?);
        };
        let open = work::count(tx, tenant, due.playbook_id).await?;
        if timer.serial && open.queued + open.active > 0 {
            return Ok(schedule::set(tx, &ScheduleRow { next_at: Some(now.plus(WAIT)), ..due }).await?);
        }
        let taken = timer.take(tick, now);
        if taken.fires {
            let actions = action::list(tx, tenant, version.id, ACTIONS).await?.rows;
            let row = self.ticked(&playbook, &version, tick, now);
            let runs = trigger::runs(&row, &actions, &*self.inner.ids);
            let in_order = version.action_strategy == trigger::IN_ORDER;
            let new = NewInstance { row, runs, in_order, context: "{}".to_owned() };
            instance::insert_all(tx, &[Encoded::new(tx.dialect(), new)?]).await?;
        }
        Ok(schedule::set(tx, &ScheduleRow { next_at: taken.next, ..due }).await?)
    }

    /// The timer of a version; none when its rule is not one.
    fn timer_of(&self, version: &PlaybookVersionRow) -> Option<Box<Timer>> {
        let document = Value::from_json(&version.rule).ok();
        let (mut problems, zone) = (Fields::new(), self.inner.settings.zone);
        // A timer's rule has no conditions, so that fields of a class do not matter.
        let class = ClassFields::new(zone);
        match rule::read(&mut problems, &version.trigger_type, true, document.as_ref(), &class, zone) {
            Some(Rule::Timer(timer)) => Some(timer),
            Some(Rule::Event(_)) | None => None,
        }
    }

    fn ticked(
        &self,
        playbook: &PlaybookRow,
        version: &PlaybookVersionRow,
        tick: Timestamp,
        now: Timestamp,
    ) -> PlaybookInstanceRow {
        PlaybookInstanceRow {
            workspace_id: playbook.workspace_id,
            id: PlaybookInstanceId::new(&*self.inner.ids),
            project_id: playbook.project_id,
            name: playbook.name.clone(),
            playbook_id: playbook.id,
            playbook_name: playbook.name.clone(),
            version_id: version.id,
            version: version.label(),
            dataclass_id: Some(version.dataclass_id),
            dataclass_name: version.dataclass_name.clone(),
            dataobject_id: None,
            dataobject_name: String::new(),
            trigger_type: "TIMER".into(),
            event: String::new(),
            dataobject_time: None,
            dataobject_version: None,
            tick: Some(tick),
            depth: 1,
            cause_id: None,
            creator_id: playbook.creator_id,
            creator_name: playbook.creator_name.clone(),
            status: "RUNNING".into(),
            problem: String::new(),
            create_time: now,
            start_time: None,
            end_time: None,
            retry_count: 0,
        }
    }
}
