//! The states of a version and the moves between them.
//!
//! | state | a save without `status` | `EDITING` | `APPROVING` |
//! |---|---|---|---|
//! | `EDITING` | saves | saves | submits |
//! | `APPROVING` | – | withdraws | – |
//! | `UNPASSED` | saves | becomes a draft | submits |
//! | `PUBLISHED` | becomes a draft | becomes a draft | submits |
//!
//! A version that an enabled playbook runs takes none of these moves. A move may carry the whole content, as Terraform
//! sends it; the present state as `status`, or none, with equal content is fine everywhere and does nothing. What was
//! approved is what runs: whatever changes a published version takes its approval away.

use crate::code;
use crate::error::{Error, Text};

use super::Version;

/// The states in which a version can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `EDITING`: a draft.
    Editing,
    /// `APPROVING`: under review.
    Approving,
    /// `UNPASSED`: refused.
    Unpassed,
    /// `PUBLISHED`: approved.
    Published,
}

/// Every state's name.
pub(super) const NAMES: &[&str] = &["EDITING", "APPROVING", "UNPASSED", "PUBLISHED"];

impl State {
    /// The state's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Editing => "EDITING",
            Self::Approving => "APPROVING",
            Self::Unpassed => "UNPASSED",
            Self::Published => "PUBLISHED",
        }
    }

    /// The state of this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Editing, Self::Approving, Self::Unpassed, Self::Published].into_iter().find(|state| state.name() == name)
    }

    /// The state of a stored version.
    pub fn of(version: &Version) -> Result<Self, Error> {
        Self::parse(&version.status)
            .ok_or_else(|| Error::internal(format!("a playbook version has the unknown status {}", version.status)))
    }
}

/// What an update will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Keep the state; the content may change.
    Save,
    /// Back to a draft, out of review, refusal or approval.
    Reopen,
    /// Into review.
    Submit,
}

impl Plan {
    /// The name of the move in the audit record.
    pub(super) fn audit_action(self) -> &'static str {
        match self {
            Self::Save => "playbookVersion.update",
            Self::Reopen => "playbookVersion.reopen",
            Self::Submit => "playbookVersion.submit",
        }
    }
}

/// A version as an update finds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Its state.
    pub(super) state: State,
    /// Whether an enabled playbook runs it.
    pub(super) in_use: bool,
}

/// What an update of a version means, or why it is refused. `differs` tells whether it carries other content.
pub(super) fn plan(found: Found, wanted: Option<State>, differs: bool) -> Result<Plan, Error> {
    let Found { state, in_use } = found;
    let moves = wanted.is_some_and(|wanted| wanted != state);
    if !differs && !moves {
        return Ok(Plan::Save);
    }
    if in_use {
        return Err(in_use_by_playbook());
    }
    match (state, wanted) {
        (State::Editing, None | Some(State::Editing)) | (State::Unpassed, None | Some(State::Unpassed)) => {
            Ok(Plan::Save)
        }
        (State::Editing | State::Unpassed, Some(State::Approving)) => Ok(Plan::Submit),
        (State::Approving | State::Unpassed | State::Published, Some(State::Editing))
        | (State::Published, None | Some(State::Published)) => Ok(Plan::Reopen),
        (State::Published, Some(State::Approving)) if differs => Ok(Plan::Submit),
        (State::Approving, None | Some(State::Approving)) => Err(refused(
            "the version is under review (APPROVING) and cannot be edited; withdraw it first (status EDITING)",
            "待审核（APPROVING）的版本不能编辑，请先撤回（状态EDITING）",
        )),
        (State::Published, Some(wanted @ State::Approving))
        | (State::Editing | State::Approving | State::Published, Some(wanted @ State::Unpassed))
        | (State::Editing | State::Approving | State::Unpassed, Some(wanted @ State::Published)) => {
            Err(illegal(state, wanted.name()))
        }
    }
}

/// Refuses to activate what was not approved.
pub(super) fn check_activate(version: &Version) -> Result<(), Error> {
    match State::of(version)? {
        State::Published => Ok(()),
        state @ (State::Editing | State::Approving | State::Unpassed) => Err(illegal(state, "active")),
    }
}

/// Refuses a review of a version that is not under review.
pub(super) fn check_review(version: &Version) -> Result<(), Error> {
    match State::of(version)? {
        State::Approving => Ok(()),
        state @ (State::Editing | State::Unpassed | State::Published) => Err(illegal(state, "a review")),
    }
}

/// The states before and after, for the audit record.
pub(super) fn detail(before: &Version, after: &Version) -> String {
    format!(r#"{{"from":"{}","to":"{}"}}"#, before.status, after.status)
}

/// Why a version cannot be touched.
pub(super) fn in_use_by_playbook() -> Error {
    refused(
        "the version is the active one of an enabled playbook; disable the playbook first, or clone the version",
        "该版本是已启用剧本的激活版本，请先禁用剧本或克隆该版本",
    )
}

fn illegal(state: State, wanted: &str) -> Error {
    let allowed = match state {
        State::Editing => "EDITING, APPROVING",
        State::Unpassed => "UNPASSED, EDITING, APPROVING",
        State::Approving => "APPROVING, EDITING, a review (PASS or UN_PASS)",
        State::Published => "PUBLISHED, EDITING, APPROVING with other content, active",
    };
    let now = state.name();
    refused(
        format!("the version is {now}: the move to {wanted} is not allowed; allowed: {allowed}"),
        format!("版本状态为{now}：不允许变更为{wanted}；允许：{allowed}"),
    )
}

fn refused(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::new(&code::PLAYBOOK_VERSION_STATE, Text::new(en, zh))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan, or the beginning of the refusal.
    fn check(state: State, in_use: bool, wanted: Option<State>, differs: bool) -> String {
        match plan(Found { state, in_use }, wanted, differs) {
            Ok(plan) => format!("{plan:?}"),
            Err(error) => error.message().en.split([':', '(', ';']).nth(1).unwrap_or_default().trim().to_owned(),
        }
    }

    #[test]
    fn each_state_allows_its_moves_and_no_others() {
        use State::{Approving, Editing, Published, Unpassed};
        // The columns: without a status, then EDITING, APPROVING, UNPASSED, PUBLISHED.
        let illegal = |to: &str| format!("the move to {to} is not allowed");
        let (un, published) = (illegal("UNPASSED"), illegal("PUBLISHED"));
        let approving = illegal("APPROVING");
        for (state, differs, expected) in [
            (Editing, false, ["Save", "Save", "Submit", &un, &published]),
            (Editing, true, ["Save", "Save", "Submit", &un, &published]),
            (Unpassed, false, ["Save", "Reopen", "Submit", "Save", &published]),
            (Unpassed, true, ["Save", "Reopen", "Submit", "Save", &published]),
            (Approving, false, ["Save", "Reopen", "Save", &un, &published]),
            (
                Approving,
                true,
                ["APPROVING) and cannot be edited", "Reopen", "APPROVING) and cannot be edited", &un, &published],
            ),
            (Published, false, ["Save", "Reopen", &approving, &un, "Save"]),
            (Published, true, ["Reopen", "Reopen", "Submit", &un, "Reopen"]),
        ] {
            let wanted = [None, Some(Editing), Some(Approving), Some(Unpassed), Some(Published)];
            let found = wanted.map(|wanted| check(state, false, wanted, differs));
            assert_eq!(found, expected.map(str::to_owned), "{state:?}, other content: {differs}");
        }
    }

    #[test]
    fn what_an_enabled_playbook_runs_stays_as_it_is() {
        use State::{Approving, Editing, Published};
        assert_eq!(check(Published, true, None, false), "Save");
        assert_eq!(check(Published, true, Some(Published), false), "Save");
        let refused = "disable the playbook first, or clone the version";
        for (wanted, differs) in
            [(None, true), (Some(Published), true), (Some(Editing), false), (Some(Approving), true)]
        {
            assert_eq!(check(Published, true, wanted, differs), refused, "{wanted:?}, other content: {differs}");
        }
    }
}
