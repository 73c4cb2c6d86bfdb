//! The states of a version and the moves between them.
//!
//! | state | a save without `status` | `pending_submit` | `pending_approval` | `not_activated` | `activated` |
//! |---|---|---|---|---|---|
//! | `pending_submit` | saves | saves | submits | – | – |
//! | `pending_approval` | replaces the review | withdraws | replaces the review, or nothing | – | – |
//! | `rejected` | saves | becomes a draft | submits | – | – |
//! | `not_activated` | – | – | – | nothing | activates |
//! | `activated` | – | – | – | deactivates | nothing |
//!
//! A move may carry the whole content, as Terraform sends it. Equal content is fine everywhere; changed content of an
//! approved version is refused: what was approved is what runs.

use crate::code;
use crate::error::{Error, Text};
use crate::version::Version;

/// The states in which a version can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `pending_submit`.
    Draft,
    /// `pending_approval`.
    Pending,
    /// `rejected`.
    Rejected,
    /// `not_activated`: approved, not the current one.
    Approved,
    /// `activated`: the current one.
    Activated,
}

/// Every status that the contract knows. Ours has no step between approval and use, so two never occur.
pub(super) const NAMES: &[&str] =
    &["pending_submit", "pending_approval", "publishing", "publish_failed", "not_activated", "activated", "rejected"];

/// The moves that a caller can ask for.
pub(super) const VERBS: &[&str] = &["pending_submit", "pending_approval", "not_activated", "activated"];

impl State {
    /// The state's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "pending_submit",
            Self::Pending => "pending_approval",
            Self::Rejected => "rejected",
            Self::Approved => "not_activated",
            Self::Activated => "activated",
        }
    }

    /// The state of a stored version.
    pub fn of(version: &Version) -> Result<Self, Error> {
        [Self::Draft, Self::Pending, Self::Rejected, Self::Approved, Self::Activated]
            .into_iter()
            .find(|state| state.name() == version.status)
            .ok_or_else(|| Error::internal(format!("a version has the unknown status {}", version.status)))
    }

    fn allowed(self) -> &'static str {
        match self {
            Self::Draft | Self::Rejected => "pending_submit, pending_approval",
            Self::Pending => "pending_submit, pending_approval, a review (PASS or UN_PASS)",
            Self::Approved => "activated, not_activated",
            Self::Activated => "not_activated, activated",
        }
    }
}

/// `status` in an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Draft,
    Submit,
    Deactivate,
    Activate,
}

impl Verb {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "pending_submit" => Some(Self::Draft),
            "pending_approval" => Some(Self::Submit),
            "not_activated" => Some(Self::Deactivate),
            "activated" => Some(Self::Activate),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Draft => "pending_submit",
            Self::Submit => "pending_approval",
            Self::Deactivate => "not_activated",
            Self::Activate => "activated",
        }
    }
}

/// What an update will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Keep the state.
    Save,
    /// Back to a draft.
    Withdraw,
    /// Into review.
    Submit,
    /// The open review is replaced by one of the new content.
    Resubmit,
    /// Make it the current version.
    Activate,
    /// Make no version the current one.
    Deactivate,
}

impl Plan {
    pub(crate) fn submits(self) -> bool {
        matches!(self, Self::Submit | Self::Resubmit)
    }

    pub(crate) fn activates(self) -> bool {
        matches!(self, Self::Activate | Self::Deactivate)
    }

    pub(crate) fn moves(self) -> bool {
        self != Self::Save
    }

    pub(crate) fn audit_action(self) -> &'static str {
        match self {
            Self::Save => "workflowVersion.update",
            Self::Withdraw => "workflowVersion.withdraw",
            Self::Submit | Self::Resubmit => "workflowVersion.submit",
            Self::Activate => "workflowVersion.activate",
            Self::Deactivate => "workflowVersion.deactivate",
        }
    }
}

/// What an update of a version means, or why it is refused.
pub(crate) fn plan(version: &Version, verb: Option<Verb>, differs: bool, four_eyes: bool) -> Result<Plan, Error> {
    let state = State::of(version)?;
    match (state, verb) {
        (State::Draft, None | Some(Verb::Draft)) | (State::Rejected, None) => Ok(Plan::Save),
        (State::Draft | State::Rejected, Some(Verb::Submit)) => Ok(Plan::Submit),
        (State::Rejected | State::Pending, Some(Verb::Draft)) => Ok(Plan::Withdraw),
        (State::Pending, None | Some(Verb::Submit)) if !differs => Ok(Plan::Save),
        (State::Pending, None | Some(Verb::Submit)) if four_eyes => Err(refused(
            "a version under review cannot be edited in this workspace; withdraw it first (status pending_submit)",
            "本工作空间不允许编辑待审核的版本，请先撤回（状态pending_submit）",
        )),
        (State::Pending, None | Some(Verb::Submit)) => Ok(Plan::Resubmit),
        (State::Approved | State::Activated, _) if differs => Err(Error::new(
            &code::VERSION_CONTENT,
            Text::new(
                format!("the version is {}: what was approved cannot be changed; create a new version", state.name()),
                format!("版本状态为{}：已审核的内容不能修改，请新建版本", state.name()),
            ),
        )),
        (State::Approved, None | Some(Verb::Deactivate)) | (State::Activated, None | Some(Verb::Activate)) => {
            Ok(Plan::Save)
        }
        (State::Approved, Some(Verb::Activate)) => Ok(Plan::Activate),
        (State::Activated, Some(Verb::Deactivate)) => Ok(Plan::Deactivate),
        (State::Draft | State::Rejected | State::Pending, Some(verb @ (Verb::Activate | Verb::Deactivate)))
        | (State::Approved | State::Activated, Some(verb @ (Verb::Draft | Verb::Submit))) => {
            Err(illegal(state, verb.name()))
        }
    }
}

/// Refuses to activate what was not approved.
pub(crate) fn check_activate(version: &Version) -> Result<(), Error> {
    match State::of(version)? {
        State::Approved | State::Activated => Ok(()),
        state @ (State::Draft | State::Pending | State::Rejected) => Err(illegal(state, "activated")),
    }
}

/// Refuses to delete the current version.
pub(crate) fn check_delete(version: &Version) -> Result<(), Error> {
    match State::of(version)? {
        State::Activated => Err(refused(
            "the version is activated: an activated version cannot be deleted; deactivate it first (status not_activated)",
            "已激活的版本不能删除，请先取消激活（状态not_activated）",
        )),
        State::Draft | State::Pending | State::Rejected | State::Approved => Ok(()),
    }
}

/// Refuses a review of a version that is not under review.
pub(crate) fn check_review(version: &Version) -> Result<(), Error> {
    match State::of(version)? {
        State::Pending => Ok(()),
        state @ (State::Draft | State::Rejected | State::Approved | State::Activated) => {
            Err(illegal(state, "a review"))
        }
    }
}

/// The states before and after, for the audit record.
pub(crate) fn detail(before: &Version, after: &Version) -> String {
    format!(r#"{{"from":"{}","to":"{}"}}"#, before.status, after.status)
}

fn illegal(state: State, wanted: &str) -> Error {
    let (now, allowed) = (state.name(), state.allowed());
    refused(
        format!("the version is {now}: the move to {wanted} is not allowed; allowed: {allowed}"),
        format!("版本状态为{now}：不允许变更为{wanted}；允许：{allowed}"),
    )
}

fn refused(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::new(&code::VERSION_STATE, Text::new(en, zh))
}
