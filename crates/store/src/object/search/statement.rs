//! The text of a search. Its first three values are the workspace, the project and the class.

use model::{DataClassId, Tenant, Timestamp};

use super::Keyed;
use super::plan::{Cover, Leaf, Node, is_term};
use crate::bulk::Cell;
use crate::db::Dialect;
use crate::query::Values;
use crate::{Conn, Error, Order};

/// Ends a subquery that is to stay one: once for each row that it names, or once if it names none. Without it, planners
/// make a join of it and may begin at its end.
const APART: &str = " LIMIT 1 OFFSET 0";

/// A query over objects (`o`), or over ids of objects that something leads to (`d`).
pub(super) struct Statement {
    dialect: Dialect,
    values: Values,
    from: String,
    conditions: Vec<String>,
    /// What names the object's id.
    id: &'static str,
    /// The term that rows are sorted by.
    term: String,
    /// What comes after the conditions.
    tail: String,
}

impl Statement {
    pub(super) fn new(dialect: Dialect, tenant: Tenant, class: DataClassId) -> Self {
        let mut values = Values::default();
        values.bind(Cell::Uuid(tenant.workspace.0));
        values.bind(Cell::Uuid(tenant.project.0));
        values.bind(Cell::Uuid(class.0));
        // Asked once for the statement. So the indexes need not have the project.
        let is_tenants = format!(
            "EXISTS (SELECT 1 FROM data_class c WHERE c.workspace_id = $1 AND c.project_id = $2 AND c.id = $3{APART})"
        );
        Self {
            dialect,
            values,
            from: String::new(),
            conditions: vec![is_tenants],
            id: "o.id",
            term: String::new(),
            tail: String::new(),
        }
    }

    pub(super) fn bind(&mut self, cell: Cell) -> String {
        self.values.bind(cell)
    }

    /// Every object of the class.
    pub(super) fn start_at_class(&mut self) {
        self.from = "data_object o".to_owned();
        self.conditions.push("o.workspace_id = $1 AND o.dataclass_id = $3".to_owned());
    }

    /// What a cover leads to, each object once.
    pub(super) fn start_at_cover(&mut self, cover: &Cover) {
        self.id = "d.object_id";
        if let [Leaf::Term { field, spellings }] = cover.leaves.as_slice()
            && cover.is_one_term()
        {
            self.from = "object_term d".to_owned();
            let is_term = is_term(&mut self.values, "d", *field, spellings);
            self.conditions.push(is_term);
            return;
        }
        let selects: Vec<String> = cover
            .leaves
            .iter()
            .map(|leaf| match leaf {
                Leaf::Term { field, spellings } => {
                    let is_term = is_term(&mut self.values, "t", *field, spellings);
                    format!("SELECT t.object_id FROM object_term t WHERE {is_term}")
                }
                Leaf::Ids(ids) => {
                    let is_listed = is_listed(&mut self.values, "l.id", ids);
                    format!("SELECT l.id AS object_id FROM data_object l WHERE l.workspace_id = $1 AND {is_listed}")
                }
                Leaf::Related(object) => {
                    let object = self.values.bind(Cell::Uuid(object.0));
                    format!(
                        "SELECT r.related_id AS object_id FROM object_relation r WHERE r.workspace_id = $1 \
                         AND r.object_id = {object} AND r.related_dataclass_id = $3"
                    )
                }
            })
            .collect();
        self.from = format!("(SELECT DISTINCT object_id FROM ({}) AS found) AS d", selects.join(" UNION ALL "));
    }

    /// The first term of a field of each object that has one.
    pub(super) fn start_at_field(&mut self, field: i64, order: Order) {
        self.id = "d.object_id";
        self.from = "object_term d".to_owned();
        let field = self.bind(Cell::Int(field));
        let comes_before = match order {
            Order::Ascending => "<",
            Order::Descending => ">",
        };
        self.conditions.push(format!(
            "d.field = {field} AND NOT EXISTS (SELECT 1 FROM object_term e WHERE e.workspace_id = $1 \
             AND e.object_id = d.object_id AND e.field = {field} AND e.term {comes_before} d.term{APART})"
        ));
        self.join_objects();
    }

    /// The objects that are led to.
    pub(super) fn join_objects(&mut self) {
        let is_led_to = "o.workspace_id = $1 AND o.id = d.object_id";
        self.from.push_str(&self.dialect.join_each("data_object", "o", is_led_to));
        self.conditions.push("o.dataclass_id = $3".to_owned());
    }

    /// The objects of the rows that were picked: those that are passed over are not looked up.
    pub(super) fn join_objects_at_last(&mut self, keys: &[String], order: Order) {
        let picked = format!(
            "(SELECT {} FROM {} WHERE {}{})",
            keys.join(", "),
            self.from,
            self.conditions.join(" AND "),
            self.tail
        );
        self.from = format!("{picked} AS d");
        self.conditions.clear();
        self.join_objects();
        self.tail = format!(" ORDER BY {}", sorted(keys, order));
    }

    /// Objects without a value of the field.
    pub(super) fn lack(&mut self, field: i64) {
        let field = self.bind(Cell::Int(field));
        self.conditions.push(format!(
            "NOT EXISTS (SELECT 1 FROM object_term e WHERE e.workspace_id = $1 AND e.object_id = {} \
             AND e.field = {field}{APART})",
            self.id
        ));
    }

    /// The instant lies between two others, where they are given.
    pub(super) fn between(&mut self, column: &str, from: Option<Timestamp>, to: Option<Timestamp>) {
        for (operator, bound) in [(">=", from), ("<=", to)] {
            if let Some(bound) = bound {
                let bound = self.bind(Cell::Int(bound.0));
                self.conditions.push(format!("{column} {operator} {bound}"));
            }
        }
    }

    /// All parts of the search hold; what the cover says already is not asked again.
    pub(super) fn narrow(&mut self, parts: &[Node], cover: Option<&Cover>) {
        let said = cover.and_then(|cover| cover.part);
        for (place, part) in parts.iter().enumerate() {
            if said != Some(place) {
                let holds = self.holds(part);
                self.conditions.push(holds);
            }
        }
    }

    fn holds(&mut self, node: &Node) -> String {
        match node {
            Node::And(parts) if parts.is_empty() => "1 = 1".to_owned(),
            Node::Or(parts) if parts.is_empty() => "1 = 0".to_owned(),
            Node::And(parts) => self.joined(parts, " AND "),
            Node::Or(parts) => self.joined(parts, " OR "),
            Node::Not(leaf) => format!("NOT {}", self.leaf(leaf)),
            Node::Leaf(leaf) => self.leaf(leaf),
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> String {
        match leaf {
            Leaf::Term { field, spellings } => {
                let is_term = is_term(&mut self.values, "t", *field, spellings);
                format!(
                    "EXISTS (SELECT 1 FROM object_term t WHERE t.workspace_id = $1 AND t.object_id = {} \
                     AND {is_term}{APART})",
                    self.id
                )
            }
            Leaf::Ids(ids) => is_listed(&mut self.values, self.id, ids),
            Leaf::Related(object) => {
                let object = self.bind(Cell::Uuid(object.0));
                format!(
                    "EXISTS (SELECT 1 FROM object_relation r WHERE r.workspace_id = $1 AND r.object_id = {object} \
                     AND r.related_dataclass_id = $3 AND r.related_id = {}{APART})",
                    self.id
                )
            }
        }
    }

    fn joined(&mut self, parts: &[Node], joint: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.holds(part)).collect();
        format!("({})", parts.join(joint))
    }

    /// Only what comes after the last row of another statement, by the keys of both.
    pub(super) fn go_on(&mut self, keys: &[String], last: impl Iterator<Item = Cell>, order: Order) {
        let last = self.values.bind_all(last);
        let comes_after = match order {
            Order::Ascending => ">",
            Order::Descending => "<",
        };
        self.conditions.push(format!("({}) {comes_after} ({last})", keys.join(", ")));
    }

    /// Sorts by the keys and picks rows.
    pub(super) fn sort(&mut self, term: &str, keys: &[String], order: Order, offset: i64, limit: i64) {
        let (limit, offset) = (self.bind(Cell::Int(limit)), self.bind(Cell::Int(offset)));
        term.clone_into(&mut self.term);
        self.tail = format!(" ORDER BY {} LIMIT {limit} OFFSET {offset}", sorted(keys, order));
    }

    /// How the database would run it.
    #[cfg(test)]
    pub(super) async fn explain(&self, conn: &mut Conn, columns: &str) -> Vec<String> {
        let text = format!("EXPLAIN QUERY PLAN {}", self.text(columns));
        let steps: Vec<(i64, i64, i64, String)> = self.values.fetch_all(conn, text).await.expect("explains");
        steps.into_iter().map(|(_, _, _, step)| step).collect()
    }

    pub(super) async fn count(&self, conn: &mut Conn) -> Result<i64, Error> {
        self.values.fetch_count(conn, self.text("count(*)")).await
    }

    pub(super) async fn fetch(&self, conn: &mut Conn) -> Result<Vec<Keyed>, Error> {
        self.values.fetch_all(conn, self.text(&format!("o.*, {} AS sort_term", self.term))).await
    }

    fn text(&self, columns: &str) -> String {
        format!("SELECT {columns} FROM {} WHERE {}{}", self.from, self.conditions.join(" AND "), self.tail)
    }
}

fn sorted(keys: &[String], order: Order) -> String {
    keys.iter().map(|key| format!("{key} {}", order.sql())).collect::<Vec<_>>().join(", ")
}

fn is_listed(values: &mut Values, id: &str, ids: &[model::ObjectId]) -> String {
    if ids.is_empty() {
        return "1 = 0".to_owned();
    }
    format!("{id} IN ({})", values.bind_all(ids.iter().map(|id| Cell::Uuid(id.0))))
}
