//! What is known about the fields of objects.

use std::sync::Arc;

use indexmap::IndexMap;
use model::Value;
use model::time::Zone;

use super::path::Path;
use super::reader::Reader;
use super::term::{self, Term};

/// What a field holds, and so how its values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text. Numbers and booleans in it count as they are written.
    Text,
    /// Numbers, also in text.
    Number,
    /// Instants, in any form that [`model::Timestamp::from_value`] reads.
    Time,
    /// `true` and `false`, also as text.
    Boolean,
}

/// The fields of which more is known than that objects may have them, by their paths (`a.b.c`).
///
/// Fields that are not listed are compared by what their values are.
#[derive(Debug, Clone)]
pub struct Fields {
    zone: Zone,
    known: IndexMap<Arc<str>, Known>,
}

#[derive(Debug, Clone)]
struct Known {
    kind: Kind,
    /// Where its values are, when terms are kept of them.
    terms_at: Option<Path>,
}

impl Fields {
    /// No fields yet. In the zone are times that are written without an offset.
    pub fn new(zone: Zone) -> Self {
        Self { zone, known: IndexMap::new() }
    }

    /// Adds a field that terms are not kept of.
    pub fn add(&mut self, path: &str, kind: Kind) {
        self.known.insert(path.into(), Known { kind, terms_at: None });
    }

    /// Adds a field that terms are kept of.
    pub fn add_searchable(&mut self, path: &str, kind: Kind) {
        self.known.insert(path.into(), Known { kind, terms_at: Some(Path::new(path)) });
    }

    /// The terms of an object: of each searchable field its values, each once. Texts are cut to 256 characters. A field
    /// with more than 64 different values, one that takes long to collect, and one whose values terms cannot tell, has
    /// one [`Term`] without either.
    pub fn terms(&self, object: &Value) -> Vec<Term<'_>> {
        let mut terms = Vec::new();
        for (field, known) in &self.known {
            let Some(path) = &known.terms_at else { continue };
            match term::rows(object, path, self.reader(field)) {
                Some(rows) => {
                    terms.extend(rows.into_iter().map(|row| Term { field, text: row.text, number: row.number }));
                }
                None => terms.push(Term { field, text: None, number: None }),
            }
        }
        terms
    }

    /// How values of the field are read.
    pub(super) fn reader(&self, field: &str) -> Reader {
        Reader { kind: self.known.get(field).map(|known| known.kind), zone: self.zone }
    }

    /// How the values were read that terms are kept of, unless that is not how `own` reads them.
    pub(super) fn term_reader(&self, field: &str, own: Option<Reader>) -> Option<Reader> {
        self.known.get(field)?.terms_at.as_ref()?;
        let reader = self.reader(field);
        own.is_none_or(|own| own == reader).then_some(reader)
    }
}
