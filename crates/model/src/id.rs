//! Ids: one type for each thing, so that a workflow id cannot be passed where a version id is wanted.
//!
//! Generated ids are UUIDv7: their order is the order of creation, which keeps inserts at the end of an index.
//! Two spellings exist on the wire: UUID with dashes, and 32 hexadecimal characters for projects, users and domains.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected a UUID")]
pub struct InvalidId;

/// Where new ids come from: the composition root passes one in, tests pass a counted one.
pub trait IdSource: Send + Sync {
    /// A UUIDv7 that is larger than every one this source gave before.
    fn next(&self) -> Uuid;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $spelling:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id from the source.
            pub fn new(source: &dyn IdSource) -> Self {
                Self(source.next())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                ids!(@display $spelling, self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts both spellings, in either case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                // Only these two lengths: `Uuid` also reads braces and URNs, which no client sends.
                if text.len() != 36 && text.len() != 32 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    )*};
    (@display dashed, $id:expr, $f:ident) => { fmt::Display::fmt(&$id.hyphenated(), $f) };
    (@display plain, $id:expr, $f:ident) => { fmt::Display::fmt(&$id.simple(), $f) };
}

ids! {
    /// An account: users and projects belong to one.
    DomainId => plain;
    /// A project of a domain; the tenant together with a workspace.
    ProjectId => plain;
    /// A user of a domain.
    UserId => plain;
    /// A role: a named list of permissions.
    RoleId => plain;
    /// A workspace of a project.
    WorkspaceId => dashed;
    /// A data class of a workspace.
    DataClassId => dashed;
    /// A workflow.
    WorkflowId => dashed;
    /// A version of a workflow.
    VersionId => dashed;
    /// A run of a workflow. The id of the outermost run is also the id of the root.
    InstanceId => dashed;
    /// A to-do.
    TaskId => dashed;
    /// A comment on a to-do.
    CommentId => dashed;
    /// A component (plugin).
    ComponentId => dashed;
    /// An action of a component.
    ActionId => dashed;
    /// A connection (asset credential).
    ConnectionId => dashed;
    /// A template of a component: settings of one of its actions.
    TemplateId => dashed;
    /// A server process that shares the storage with others.
    NodeId => dashed;
    /// A data object: an alert, an incident, an indicator …
    ObjectId => dashed;
    /// A note on a data object.
    NoteId => dashed;
    /// An attachment.
    AttachmentId => dashed;
    /// A playbook.
    PlaybookId => dashed;
    /// A version of a playbook.
    PlaybookVersionId => dashed;
    /// An action of a version of a playbook.
    PlaybookActionId => dashed;
    /// The rule of a version of a playbook.
    PlaybookRuleId => dashed;
    /// A run of a playbook, which has runs of workflows.
    PlaybookInstanceId => dashed;
    /// A source of events.
    SourceId => dashed;
}

/// A name-based (version 3) UUID: the same parts always give the same id.
///
/// Built-in data classes have such ids, derived from project, workspace and class.
pub fn name_based(namespace: Uuid, parts: &[&str]) -> Uuid {
    Uuid::new_v3(&namespace, parts.join("/").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_spelled_without_dashes_and_workflows_with() {
        let uuid = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(ProjectId(uuid).to_string(), "0123456789abcdef0123456789abcdef");
        assert_eq!(WorkflowId(uuid).to_string(), "01234567-89ab-cdef-0123-456789abcdef");
    }

    #[test]
    fn both_spellings_are_read_and_others_are_not() {
        let id: WorkflowId = "01234567-89ab-cdef-0123-456789abcdef".parse().expect("dashed");
        assert_eq!("0123456789ABCDEF0123456789ABCDEF".parse(), Ok(id));
        for text in ["", "1", "{01234567-89ab-cdef-0123-456789abcdef}", "0123456789abcdef0123456789abcdeg"] {
            assert_eq!(text.parse::<WorkflowId>(), Err(InvalidId), "{text}");
        }
    }
}
