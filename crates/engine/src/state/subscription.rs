//! What active elements and scopes wait for besides their own work: timers, messages, signals, conditions.

use std::sync::Arc;

use model::Timestamp;
use serde::{Deserialize, Serialize};

use super::State;
use crate::ElementNo;

/// An event that somebody waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its number in the root instance; never used twice.
    pub no: u32,
    /// The event: the owner's own node, an event on its border or behind it, or the start event of an event
    /// sub-process of the owner.
    pub node: Arc<str>,
    /// Which of the event's triggers, by index.
    pub trigger: u32,
    /// What is waited for.
    pub wait: EventWait,
}

/// What a subscription waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventWait {
    /// An instant.
    Timer {
        /// The instant.
        due: Timestamp,
        /// How often the timer fires in all, this time included; `None` means without end.
        left: Option<u32>,
    },
    /// A message.
    Message {
        /// Its name.
        name: Arc<str>,
        /// Its correlation key; `None` takes any.
        key: Option<Arc<str>>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: Arc<str>,
    },
    /// A condition that becomes true.
    Condition {
        /// What it was when it was last looked at.
        was: bool,
    },
}

impl State {
    /// Every event that is waited for, with the element or scope that waits.
    pub fn subscriptions(&self) -> impl Iterator<Item = (ElementNo, &Subscription)> {
        self.subscriptions.iter().flat_map(|(owner, all)| all.iter().map(|subscription| (*owner, subscription)))
    }

    /// The events that an element or scope waits for.
    pub(crate) fn subscriptions_of(&self, owner: ElementNo) -> &[Subscription] {
        self.subscriptions.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// The first subscription that a message answers.
    pub(crate) fn find_message(&self, name: &str, key: Option<&str>) -> Option<(ElementNo, Subscription)> {
        let waits = |subscription: &Subscription| match &subscription.wait {
            EventWait::Message { name: wanted, key: own } => {
                &**wanted == name && own.as_deref().is_none_or(|own| Some(own) == key)
            }
            EventWait::Timer { .. } | EventWait::Signal { .. } | EventWait::Condition { .. } => false,
        };
        // The one that has waited longest.
        let mut found: Vec<_> = self.subscriptions().filter(|(_, subscription)| waits(subscription)).collect();
        found.sort_by_key(|(_, subscription)| subscription.no);
        found.first().map(|(owner, subscription)| (*owner, (*subscription).clone()))
    }

    /// Every subscription that a signal answers, oldest first.
    pub(crate) fn find_signal(&self, name: &str) -> Vec<(ElementNo, Subscription)> {
        let waits = |subscription: &Subscription| match &subscription.wait {
            EventWait::Signal { name: wanted } => &**wanted == name,
            EventWait::Timer { .. } | EventWait::Message { .. } | EventWait::Condition { .. } => false,
        };
        let mut found: Vec<_> = self
            .subscriptions()
            .filter(|(_, subscription)| waits(subscription))
            .map(|(owner, subscription)| (owner, subscription.clone()))
            .collect();
        found.sort_by_key(|(_, subscription)| subscription.no);
        found
    }
}

impl EventWait {
    /// When a tick has something to do here.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Timer { due, .. } => Some(*due),
            Self::Message { .. } | Self::Signal { .. } | Self::Condition { .. } => None,
        }
    }
}
