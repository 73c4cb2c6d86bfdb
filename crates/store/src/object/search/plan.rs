//! What a search must find, and which terms to find it by.

use std::collections::HashSet;

use model::{DataClassId, ObjectId, Tenant};

use super::{Search, TermFilter};
use crate::bulk::Cell;
use crate::object::term::{NOT_KEPT_SPELLING, Spellings, field_number};
use crate::query::Values;
use crate::{Conn, Error};

/// Up to here the objects that covers lead to are counted: a little at first, further when all lead to more. One that
/// leads to more than the last is a poor one.
const COUNTED: [i64; 2] = [2_000, 20_000];
/// Covers that are compared.
const COMPARED: usize = 8;

/// A condition on one object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leaf {
    /// A field has one of these spellings.
    Term { field: i64, spellings: Spellings },
    /// It is one of these.
    Ids(Vec<ObjectId>),
    /// It is related to this one.
    Related(ObjectId),
}

/// Conditions on one object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Leaf(Leaf),
    Not(Leaf),
    And(Vec<Node>),
    Or(Vec<Node>),
}

/// Leaves one of which every match meets, with how many objects meet them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cover {
    pub(super) leaves: Vec<Leaf>,
    /// The part of the search that has these leaves, when it says nothing else.
    pub(super) part: Option<usize>,
    pub(super) size: i64,
}

impl Cover {
    /// Whether it is one spelling of one field: then it has each object once, in the order of creation.
    pub(super) fn is_one_term(&self) -> bool {
        matches!(self.leaves.as_slice(),
            [Leaf::Term { spellings: Spellings::Points(points), .. }] if points.len() == 1)
    }

    /// Whether it leads to objects of the class only.
    pub(super) fn is_of_class(&self) -> bool {
        self.leaves.iter().all(|leaf| match leaf {
            Leaf::Term { .. } | Leaf::Related(_) => true,
            Leaf::Ids(_) => false,
        })
    }
}

/// The conditions of a search, all of which must hold; and whether they are all that its filter says.
pub(super) async fn parts(conn: &mut Conn, tenant: Tenant, search: &Search) -> Result<(Vec<Node>, bool), Error> {
    let mut parts = Vec::new();
    let mut is_exact = false;
    if let Some(ids) = &search.ids {
        parts.push(Node::Leaf(Leaf::Ids(ids.clone())));
    }
    if let Some(object) = search.related_to {
        parts.push(Node::Leaf(Leaf::Related(object)));
    }
    if search.filter.fits() {
        let open_fields = list_open_fields(conn, tenant, search).await?;
        is_exact = open_fields.is_empty();
        match node(tenant, search.class, &search.filter, &open_fields) {
            Node::And(more) => parts.extend(more),
            other => parts.push(other),
        }
    }
    Ok((parts, is_exact))
}

/// Fields that some object has values of that are not kept. Mostly there are none, and then nobody need look for such
/// objects.
async fn list_open_fields(conn: &mut Conn, tenant: Tenant, search: &Search) -> Result<HashSet<i64>, Error> {
    let mut fields = HashSet::new();
    collect_fields(&search.filter, &mut |key| {
        fields.insert(field_number(tenant, search.class, key));
    });
    let mut open = HashSet::new();
    for field in fields {
        let mut values = Values::default();
        let spellings = Spellings::Points(vec![NOT_KEPT_SPELLING.to_vec()]);
        let is_term = is_term(&mut values, "t", field, &spellings);
        let text = format!("SELECT count(*) FROM (SELECT 1 FROM object_term t WHERE {is_term} LIMIT 1) AS counted");
        if values.fetch_count(conn, text).await? > 0 {
            open.insert(field);
        }
    }
    Ok(open)
}

fn collect_fields<'f>(filter: &'f TermFilter, visit: &mut impl FnMut(&'f str)) {
    match filter {
        TermFilter::All => {}
        TermFilter::And(parts) | TermFilter::Or(parts) => {
            for part in parts {
                collect_fields(part, visit);
            }
        }
        TermFilter::Field { key, .. } | TermFilter::NotField { key, .. } => visit(key),
    }
}

fn node(tenant: Tenant, class: DataClassId, filter: &TermFilter, open_fields: &HashSet<i64>) -> Node {
    match filter {
        TermFilter::All => Node::And(Vec::new()),
        TermFilter::And(parts) => {
            let mut all = Vec::new();
            for part in parts {
                match node(tenant, class, part, open_fields) {
                    Node::And(more) => all.extend(more),
                    other => all.push(other),
                }
            }
            Node::And(all)
        }
        TermFilter::Or(parts) => Node::Or(parts.iter().map(|part| node(tenant, class, part, open_fields)).collect()),
        TermFilter::Field { key, is } => {
            let field = field_number(tenant, class, key);
            let leaf = Node::Leaf(Leaf::Term { field, spellings: is.spellings() });
            if open_fields.contains(&field) {
                let not_kept = Spellings::Points(vec![NOT_KEPT_SPELLING.to_vec()]);
                return Node::Or(vec![leaf, Node::Leaf(Leaf::Term { field, spellings: not_kept })]);
            }
            leaf
        }
        TermFilter::NotField { key, is } => {
            Node::Not(Leaf::Term { field: field_number(tenant, class, key), spellings: is.spellings() })
        }
    }
}

/// The smallest cover that the parts have.
pub(super) async fn choose_cover(
    conn: &mut Conn,
    tenant: Tenant,
    class: DataClassId,
    parts: &[Node],
) -> Result<Option<Cover>, Error> {
    let candidates = parts.iter().enumerate().filter_map(|(place, part)| {
        let leaves = cover(part)?;
        let is_whole = match part {
            Node::Leaf(_) => true,
            Node::Or(parts) => parts.iter().all(|part| matches!(part, Node::Leaf(_))),
            Node::And(_) | Node::Not(_) => false,
        };
        Some(Cover { leaves, part: is_whole.then_some(place), size: 0 })
    });
    let candidates: Vec<Cover> = candidates.take(COMPARED).collect();
    let mut best = None;
    for most in COUNTED {
        best = smallest(conn, tenant, class, candidates.clone(), most).await?;
        if best.as_ref().is_none_or(|best| best.size < most) {
            break;
        }
    }
    Ok(best)
}

/// The smallest of some covers; none is counted further than the smallest before it, or than `most`.
async fn smallest(
    conn: &mut Conn,
    tenant: Tenant,
    class: DataClassId,
    candidates: Vec<Cover>,
    mut most: i64,
) -> Result<Option<Cover>, Error> {
    let mut best = None;
    for mut candidate in candidates {
        for leaf in &candidate.leaves {
            candidate.size += size(conn, tenant, class, leaf, most).await?;
            if candidate.size >= most {
                break;
            }
        }
        if best.is_none() || candidate.size < most {
            most = most.min(candidate.size);
            best = Some(candidate);
        }
    }
    Ok(best)
}

/// Leaves one of which whatever meets the node meets.
fn cover(node: &Node) -> Option<Vec<Leaf>> {
    match node {
        Node::Leaf(leaf) => Some(vec![leaf.clone()]),
        Node::Not(_) => None,
        Node::And(parts) => parts.iter().find_map(cover),
        Node::Or(parts) if parts.is_empty() => None,
        Node::Or(parts) => {
            let covers: Option<Vec<_>> = parts.iter().map(cover).collect();
            covers.map(|covers| covers.into_iter().flatten().collect())
        }
    }
}

/// How many objects meet a leaf, as far as they are counted.
async fn size(conn: &mut Conn, tenant: Tenant, class: DataClassId, leaf: &Leaf, most: i64) -> Result<i64, Error> {
    let mut values = Values::default();
    let from = match leaf {
        Leaf::Term { field, spellings } => {
            format!("object_term t WHERE {}", is_term(&mut values, "t", *field, spellings))
        }
        Leaf::Ids(ids) => return Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX)),
        Leaf::Related(object) => {
            let workspace = values.bind(Cell::Uuid(tenant.workspace.0));
            let object = values.bind(Cell::Uuid(object.0));
            let class = values.bind(Cell::Uuid(class.0));
            format!(
                "object_relation r WHERE r.workspace_id = {workspace} AND r.object_id = {object} \
                 AND r.related_dataclass_id = {class}"
            )
        }
    };
    values.fetch_count(conn, format!("SELECT count(*) FROM (SELECT 1 FROM {from} LIMIT {most}) AS counted")).await
}

/// The condition that a row of `object_term` has one of the spellings.
pub(super) fn is_term(values: &mut Values, row: &str, field: i64, spellings: &Spellings) -> String {
    let field = values.bind(Cell::Int(field));
    match spellings {
        Spellings::Points(points) if points.is_empty() => "1 = 0".to_owned(),
        Spellings::Points(points) if points.len() == 1 => {
            let point = values.bind(Cell::Bytes(points[0].clone()));
            format!("{row}.field = {field} AND {row}.term = {point}")
        }
        Spellings::Points(points) => {
            let points = values.bind_all(points.iter().cloned().map(Cell::Bytes));
            format!("{row}.field = {field} AND {row}.term IN ({points})")
        }
        Spellings::Range(from, to) => {
            let (from, to) = (values.bind(Cell::Bytes(from.clone())), values.bind(Cell::Bytes(to.clone())));
            format!("{row}.field = {field} AND {row}.term >= {from} AND {row}.term < {to}")
        }
    }
}
