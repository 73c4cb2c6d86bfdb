//! Call activities: processes of the same file, then those of the files given with it.

use crate::world::{Given, around, check, document, path, prefixed};

fn call(element: &str) -> String {
    around(&format!(r#"<callActivity id="n" calledElement="{element}"/>"#))
}

const CHILD: &str =
    r#"<startEvent id="s"/><scriptTask id="n" scriptFormat="cel"><script>"VALUE"</script></scriptTask>"#;
const MAPPED: &str = r#"{"node_info":{"n":{"output":{"got":"output"}}}}"#;

fn child() -> String {
    prefixed("q", &format!("{CHILD}{}", path("s n")))
}

#[test]
fn a_call_finds_a_process_of_its_file_by_id_or_name() {
    for element in ["q", "The q"] {
        let given = Given::document(&document(&[("p", &call(element)), ("q", &child())]));
        check(given, "s 1:qs 1:qn n e", "p FINISHED {}; q FINISHED {}");
    }
    // A process that is not marked executable can be called, too.
    let drawn = document(&[("p", &call("q")), ("q", &child())])
        .replace(r#"<process id="q" name="The q" isExecutable="true">"#, r#"<process id="q">"#);
    check(Given::document(&drawn), "s 1:qs 1:qn n e", "p FINISHED {}; q FINISHED {}");
}

#[test]
fn a_call_finds_a_process_of_another_file() {
    let given = || Given::process(&call("q")).settings(MAPPED);
    let outcome = check(given(), "s !n", "p FAILED {} (n Call.NotFound)");
    assert!(outcome.instances[0].fault.as_ref().is_some_and(|fault| fault.message.contains("'q'")));
    let given = given().with(document(&[("q", &format!("{CHILD}{}", path("s n")))]));
    // Both files have nodes of the same ids; only those of the workflow itself count as taken.
    let outcome = check(given, "s 1:s 1:n n e", r#"p FINISHED {"got":{}}; q FINISHED {}"#);
    assert_eq!(outcome.taken.iter().map(|id| &**id).collect::<Vec<_>>(), ["n_e", "s_n"]);
}

#[test]
fn a_fault_in_a_child_is_told_for_its_caller_too() {
    let failing = around(r#"<scriptTask id="n" scriptFormat="cel"><script>1 / 0</script></scriptTask>"#);
    let failing = prefixed("q", &failing);
    let given = Given::document(&document(&[("p", &call("q")), ("q", &failing)]));
    check(given, "s 1:qs 1:!qn", "p FAILED {} (qn Expression.Type); q FAILED {} (qn Expression.Type)");
}
