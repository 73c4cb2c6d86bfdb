//! What limits of playbooks are counted on: how many instances have started, and how many have failed, in a time that
//! ends now. Whoever counts holds the playbook's row until the commit, so that two nodes never count past each other.

use model::{PlaybookId, Tenant, Timestamp, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::{Error, Tx};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Instants, and how many fell on each.
#[derive(Debug, Default, PartialEq)]
struct Window(Vec<(i64, i64)>);

impl Window {
    fn read(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map(Self).map_err(|_| Error::Corrupt("the meter of a playbook".to_owned()))
    }

    fn text(&self) -> String {
        serde_json::to_string(&self.0).expect("numbers can be written to memory")
    }

    /// Forgets what fell on an instant or before it, and counts the rest.
    fn count_after(&mut self, instant: i64) -> i64 {
        self.0.retain(|(at, _)| *at > instant);
        self.0.iter().map(|(_, count)| count).sum()
    }

    fn add(&mut self, at: i64, count: i64) {
        match self.0.iter_mut().find(|(known, _)| *known == at) {
            Some((_, known)) => *known += count,
            None => self.0.push((at, count)),
        }
    }
}

/// The meter of a playbook, held until the transaction ends.
#[derive(Debug)]
pub(crate) struct Meter {
    playbook: PlaybookId,
    starts: Window,
    failures: Window,
}

/// Makes the meter of a new playbook.
pub(crate) async fn insert(tx: &mut Tx, workspace: WorkspaceId, playbook: PlaybookId) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO playbook_meter (playbook_id, workspace_id, starts, failures) VALUES ($1, $2, '[]', '[]')",
        playbook,
        workspace
    )?;
    Ok(())
}

impl Meter {
    /// Holds the meter of a playbook. None when the playbook was deleted.
    async fn hold(tx: &mut Tx, playbook: PlaybookId) -> Result<Option<Self>, Error> {
        Self::find(tx, playbook, tx.dialect().for_update()).await
    }

    /// The same, and none also when another node holds it.
    pub(crate) async fn try_hold(tx: &mut Tx, playbook: PlaybookId) -> Result<Option<Self>, Error> {
        Self::find(tx, playbook, tx.dialect().skip_locked()).await
    }

    async fn find(tx: &mut Tx, playbook: PlaybookId, how: &'static str) -> Result<Option<Self>, Error> {
        let sql = format!("SELECT starts, failures FROM playbook_meter WHERE playbook_id = $1{how}");
        let held = fetch!(tx, fetch_optional, (String, String), AssertSqlSafe(sql.as_str()), playbook)?;
        let Some((starts, failures)) = held else { return Ok(None) };
        Ok(Some(Self { playbook, starts: Window::read(&starts)?, failures: Window::read(&failures)? }))
    }

    /// How many instances have started in the minute that ends now.
    pub(crate) fn starts(&mut self, now: Timestamp) -> i64 {
        self.starts.count_after(now.0.saturating_sub(MINUTE))
    }

    /// Counts instances that start now.
    pub(crate) async fn add_starts(&mut self, tx: &mut Tx, now: Timestamp, count: i64) -> Result<(), Error> {
        // By the second, so that the list stays short, and by its end, so that no minute has too many.
        let second = now.0.saturating_add(SECOND - 1).div_euclid(SECOND) * SECOND;
        self.starts.add(second, count);
        execute!(
            tx,
            "UPDATE playbook_meter SET starts = $2 WHERE playbook_id = $1",
            self.playbook,
            self.starts.text()
        )?;
        Ok(())
    }

    async fn set_failures(&self, tx: &mut Tx) -> Result<(), Error> {
        execute!(
            tx,
            "UPDATE playbook_meter SET failures = $2 WHERE playbook_id = $1",
            self.playbook,
            self.failures.text()
        )?;
        Ok(())
    }
}

/// Counts a failure of a playbook's instance. `true` when so many lie within the playbook's time that it is to be
/// paused; they are counted anew from then on. The transaction holds the playbook then, if it has a breaker.
pub async fn count_failure(tx: &mut Tx, tenant: Tenant, playbook: PlaybookId, at: Timestamp) -> Result<bool, Error> {
    let (breaks,): (bool,) = fetch!(
        tx,
        fetch_one,
        (bool,),
        "SELECT EXISTS (SELECT 1 FROM playbook WHERE workspace_id = $1 AND project_id = $2 AND id = $3 \
         AND breaker_failures > 0)",
        tenant.workspace,
        tenant.project,
        playbook
    )?;
    if !breaks {
        return Ok(false);
    }
    // The playbook first: whoever deletes it holds it before its meter.
    let Some(row) = super::lock(tx, tenant, playbook).await? else { return Ok(false) };
    let Some(mut meter) = Meter::hold(tx, playbook).await? else { return Ok(false) };
    meter.failures.add(at.0, 1);
    let since = at.0.saturating_sub(row.breaker_seconds.saturating_mul(SECOND));
    let trips = meter.failures.count_after(since) >= row.breaker_failures;
    if trips {
        meter.failures = Window::default();
    }
    meter.set_failures(tx).await?;
    Ok(trips)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_forgets_what_lies_before_it_and_is_read_back() {
        let mut window = Window::default();
        for (at, count) in [(1, 1), (3, 2), (1, 1), (7, 4)] {
            window.add(at, count);
        }
        assert_eq!(window.text(), "[[1,2],[3,2],[7,4]]");
        assert_eq!(Window::read(&window.text()).expect("reads"), window);
        assert_eq!([0, 1, 3, 6, 7].map(|instant| window.count_after(instant)), [8, 6, 4, 4, 0]);
        assert_eq!(window, Window::default());
        for text in ["", "{}", "[[1]]", "[1]"] {
            assert!(matches!(Window::read(text), Err(Error::Corrupt(_))), "{text}");
        }
    }
}
