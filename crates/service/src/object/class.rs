//! A data class as its objects are written and searched by it.

use std::collections::HashSet;

use expr::condition::Fields;
use model::time::Zone;
use model::{DataClassId, DomainId, Map, Tenant, Timestamp, Value};
use store::dataclass::{DataClassRow, FieldRow, Shown};
use store::object::term::{Term, TermValue};

use super::rights::{self, Rights};
use super::shape::{self, Holds, Members};
use crate::dataclass::{ClassSettings, FieldAttributes};
use crate::error::Error;

/// Fields whose instant tells when what an object tells of happened, the first one that is given.
const OCCURRED: &[&str] = &["first_observed_time", "first_report_time", "arrive_time"];
/// Fields that an object is called by.
const NAMES: &[&str] = &["title", "name", "vul_name"];

/// A data class of a workspace. It does not change: a changed class is another one.
#[derive(Debug)]
pub struct Class {
    /// Whose it is.
    pub tenant: Tenant,
    /// Its id.
    pub id: DataClassId,
    /// Its name: `Alert`.
    pub name: String,
    /// When it last changed.
    pub(super) changed: Timestamp,
    /// What one must be allowed for its objects.
    pub(super) rights: &'static Rights,
    /// Its fields.
    pub(super) members: Members,
    /// Where the workspace is, which its objects tell too.
    pub(super) region: String,
    pub(super) domain: DomainId,
    /// The zone of times without an offset.
    pub(super) zone: Zone,
    /// How its objects are kept.
    pub(super) settings: ClassSettings,
    fields: Fields,
    searchable: HashSet<String>,
}

impl Class {
    pub(super) fn new(
        class: Shown<DataClassRow>,
        rows: &[(FieldRow, FieldAttributes)],
        zone: Zone,
    ) -> Result<Self, Error> {
        let (row, beside) = (class.row, class.beside);
        let members = shape::tree(rows);
        let searchable: HashSet<String> =
            rows.iter().filter(|(row, _)| row.searchable).map(|(row, _)| row.field_key.clone()).collect();
        let mut fields = Fields::new(zone);
        shape::each_leaf(&members, "", &mut |path, kind| {
            if searchable.contains(path) { fields.add_searchable(path, kind) } else { fields.add(path, kind) }
        });
        Ok(Self {
            tenant: Tenant { project: row.project_id, workspace: row.workspace_id },
            id: row.id,
            rights: rights::of(if row.is_built_in { &row.name } else { "" }),
            name: row.name,
            changed: row.update_time,
            members,
            region: beside.region_id,
            domain: beside.domain_id,
            zone,
            settings: ClassSettings::read(&row.settings)?,
            fields,
            searchable,
        })
    }

    /// Its fields as conditions of searches and rules know them.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether its objects can be found and sorted by a field.
    pub(super) fn is_searchable(&self, field: &str) -> bool {
        self.searchable.contains(field)
    }

    pub(super) fn has_field(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// The field that its objects are called by.
    pub fn name_field(&self) -> &'static str {
        NAMES.iter().find(|name| self.has_field(name)).unwrap_or(&NAMES[1])
    }

    /// What an object is found by.
    pub(super) fn terms(&self, object: &Value) -> Vec<Term> {
        let mut terms = Vec::new();
        for term in self.fields.terms(object) {
            let is_kept = term.text.is_some() || term.number.is_some();
            let mut add = |value| terms.push(Term { field: term.field.to_owned(), value });
            term.text.map(TermValue::Text).into_iter().for_each(&mut add);
            term.number.map(TermValue::Number).into_iter().for_each(&mut add);
            if !is_kept {
                add(TermValue::NotKept);
            }
        }
        terms
    }

    /// When what an object tells of happened; `arrived` when it does not say.
    pub(super) fn occurred(&self, object: &Map, arrived: Timestamp) -> Timestamp {
        let told = |field: &&str| Timestamp::from_value(object.get(*field)?, self.zone).ok();
        OCCURRED.iter().find_map(told).unwrap_or(arrived)
    }

    /// Gives an object what its fields hold by default.
    pub(super) fn set_defaults(&self, object: &mut Map) {
        set_defaults(&self.members, object);
    }
}

fn set_defaults(members: &Members, object: &mut Map) {
    for (key, member) in members {
        match (&member.default, &member.holds, object.get_mut(key)) {
            (Some(default), _, None) => {
                object.insert(key.clone(), default.clone());
            }
            (None, Holds::Object(members), Some(Value::Map(inner)))
                if members.values().any(|m| m.default.is_some()) =>
            {
                set_defaults(members, std::sync::Arc::make_mut(inner));
            }
            (None | Some(_), _, _) => {}
        }
    }
}
