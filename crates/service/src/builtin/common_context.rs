//! CommonContext: what a run without a record works on.

use uuid::uuid;

use super::Class;
use super::field::Holds::{Object, Text, Time};
use super::field::category::{BASIC, SOURCE, TIME};
use super::field::{Field, field};

pub(super) const CLASS: Class = Class {
    name: "CommonContext",
    item: uuid!("369def57-75c3-4cc4-988c-22263ece4b1c"),
    description: "The input of workflows that run without a record, such as those started by a timer.",
    fields: &[FIELDS],
    types: &[],
};

const FIELDS: &[Field] = &[
    field(BASIC, "id", "ID", Text).searchable().read_only(),
    field(BASIC, "title", "Title", Text).searchable(),
    field(BASIC, "content", "Content", Object),
    field(SOURCE, "workspace_id", "Workspace", Text).read_only(),
    field(TIME, "create_time", "Created", Time).searchable().read_only(),
];
