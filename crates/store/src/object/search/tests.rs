//! Which indexes searches use on SQLite. PostgreSQL counts rows and decides anew as they grow.

use std::ops::Bound;

use model::{ProjectId, WorkspaceId};
use uuid::Uuid;

use super::*;
use crate::db::Db;
use crate::object::term::TermValue;

fn is(key: &str) -> TermFilter {
    TermFilter::Field { key: key.to_owned(), is: TermMatch::OneOf(vec![TermValue::Text("High".to_owned())]) }
}

fn search() -> Search {
    Search {
        class: DataClassId(Uuid::nil()),
        filter: TermFilter::All,
        time: ObjectTime::Create,
        from: None,
        to: None,
        ids: None,
        related_to: None,
        sort: Sort::Time(ObjectTime::Create),
        order: Order::Descending,
    }
}

/// How a search of an empty database is counted and read, and how it would be with a million matches.
async fn check(search: Search, counting: &[&str], reading: &[&str]) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let db = Db::open_sqlite(&directory.path().join("muster.db")).await.expect("opens");
    crate::migrate::migrate(&db).await.expect("migrates");
    let mut conn = db.read().await.expect("a connection");
    let tenant = Tenant { project: ProjectId(Uuid::nil()), workspace: WorkspaceId(Uuid::nil()) };
    let found = open(&mut conn, tenant, search.clone()).await.expect("searches");
    let window = Window::At { offset: 0, limit: 20 };
    let reads = match &search.sort {
        Sort::Time(_) => found.by_time(found.cover.as_ref(), window),
        Sort::Field(key) => found.with_field(key, Some(window)),
    };
    for (statement, columns, expected) in [(found.counting(), "count(*)", counting), (reads, "o.*", reading)] {
        let mut steps = statement.explain(&mut conn, columns).await;
        // Whether the class is the tenant's, once.
        steps.retain(|step| !step.contains("SUBQUERY") && !step.starts_with("SEARCH c "));
        assert_eq!(steps, expected, "{columns}: {search:?}");
    }
}

const TERM: &str = "SEARCH d USING COVERING INDEX object_term_find (field=? AND term=?)";
const OBJECT: &str = "SEARCH o USING INDEX sqlite_autoindex_data_object_1 (workspace_id=? AND id=?)";
const PROBE: &str = "SEARCH t USING PRIMARY KEY (workspace_id=? AND object_id=? AND field=? AND term=?)";
const SORT: &str = "USE TEMP B-TREE FOR ORDER BY";

#[tokio::test]
async fn a_list_by_time_walks_the_index_of_that_time() {
    let class = "SEARCH o USING COVERING INDEX data_object_occur (workspace_id=? AND dataclass_id=?)";
    let by = |time| Search { sort: Sort::Time(time), ..search() };
    let create = "SEARCH o USING INDEX data_object_create (workspace_id=? AND dataclass_id=?)";
    check(by(ObjectTime::Create), &[class], &[create]).await;
    let update = "SEARCH o USING INDEX data_object_update (workspace_id=? AND dataclass_id=?)";
    check(by(ObjectTime::Update), &[class], &[update]).await;
    let (from, to) = (Some(Timestamp(1)), Some(Timestamp(2)));
    let some = Search { time: ObjectTime::Occur, from, to, ..by(ObjectTime::Occur) };
    let counting = "SEARCH o USING COVERING INDEX data_object_occur \
                    (workspace_id=? AND dataclass_id=? AND occur_time>? AND occur_time<?)";
    check(some, &[counting], &[&counting.replace("COVERING ", "")]).await;
}

#[tokio::test]
async fn a_search_for_a_term_begins_at_the_term() {
    let one = Search { filter: is("severity"), ..search() };
    check(one.clone(), &[TERM], &["CO-ROUTINE d", TERM, "SCAN d", OBJECT]).await;
    let lately = Search { from: Some(Timestamp(1)), ..one.clone() };
    let term = "SEARCH d USING COVERING INDEX object_term_find (field=? AND term=? AND create_time>?)";
    check(lately, &[term], &["CO-ROUTINE d", term, "SCAN d", OBJECT]).await;
    let by_update = Search { sort: Sort::Time(ObjectTime::Update), ..one };
    check(by_update, &[TERM], &[TERM, OBJECT, SORT]).await;
    let all = TermFilter::And(vec![is("severity"), is("state"), is("ip")]);
    let reading = ["CO-ROUTINE d", TERM, PROBE, PROBE, "SCAN d", OBJECT];
    check(Search { filter: all, ..search() }, &[TERM, PROBE, PROBE], &reading).await;
}

#[tokio::test]
async fn a_search_for_one_of_several_terms_gathers_what_they_lead_to() {
    let range =
        TermFilter::Field { key: "count".to_owned(), is: TermMatch::Numbers(Bound::Included(1.0), Bound::Unbounded) };
    let either = TermFilter::Or(vec![is("severity"), range]);
    let gathering = [
        "CO-ROUTINE d",
        "CO-ROUTINE found",
        "COMPOUND QUERY",
        "SEARCH t USING COVERING INDEX object_term_find (field=? AND term=?)",
        "UNION ALL",
        "SEARCH t USING COVERING INDEX object_term_find (field=? AND term>? AND term<?)",
        "SCAN found",
        "USE TEMP B-TREE FOR DISTINCT",
        "SCAN d",
    ];
    check(Search { filter: either, ..search() }, &gathering, &[&gathering[..], &[OBJECT, SORT]].concat()).await;
    let gathering = [
        "CO-ROUTINE d",
        "SEARCH r USING PRIMARY KEY (workspace_id=? AND object_id=? AND related_dataclass_id=?)",
        "SCAN d",
    ];
    let related = Search { related_to: Some(ObjectId(Uuid::nil())), ..search() };
    check(related, &gathering, &[&gathering[..], &[OBJECT, SORT]].concat()).await;
}

#[tokio::test]
async fn a_sort_by_a_field_walks_its_terms() {
    let sorted = Search { filter: is("state"), sort: Sort::Field("severity".to_owned()), ..search() };
    let reading = [
        "SEARCH d USING COVERING INDEX object_term_find (field=?)",
        "SEARCH e USING PRIMARY KEY (workspace_id=? AND object_id=? AND field=? AND term>?)",
        PROBE,
        OBJECT,
    ];
    check(sorted, &[TERM], &reading).await;
}
