//! Script tasks and the names that expressions read.

use engine::Effect;
use testkit::process::{Process, Script, Service};

use crate::world::Do::{Ok, Refuse, Retry};
use crate::world::{World, check, json};

#[test]
fn a_cel_script_gives_output_result_variable_and_mappings() {
    let script = Script {
        code: "data_object.severity * 2".to_owned(),
        result: Some("doubled".to_owned()),
        output: vec![("text".to_owned(), "'is ' + string(output)".to_owned())],
        ..Script::default()
    };
    let process = Process::new("p")
        .start("s")
        .script("c", script)
        .cel("d", "nodes.c.output + doubled + vars.doubled")
        .path("s c d");
    check(
        &mut World::new(&process),
        &[],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_c
        activated   c#2
        set         #0 doubled = 6
        set         #0 text = "is 6"
        completed   c#2 6
        flow        c_d
        activated   d#3
        completed   d#3 18
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_script_that_fails_has_a_fault_and_is_evaluated_again_on_retry() {
    let process = Process::new("p").start("s").cel("c", "nowhere + 1").path("s c");
    check(
        &mut World::new(&process),
        &[Retry],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_c
        activated   c#2
        faulted     c#2 Expression.UnknownName: the script: unknown name 'nowhere'
        faulted     c#2 Expression.UnknownName: the script: unknown name 'nowhere'
        Failed
        "#,
    );
}

#[test]
fn javascript_is_an_effect_whose_assignments_are_kept() {
    let script = Script {
        javascript: true,
        code: "vars.n = 2; n * 2".to_owned(),
        result: Some("r".to_owned()),
        ..Script::default()
    };
    let process = Process::new("p").start("s").script("j", script).end("e").path("s j e");
    check(
        &mut World::new(&process),
        &[Ok("j", r#"{"value":4,"vars":{"n":2}}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_j
        activated   j#2
        started     j#2 attempt 1 null
        set         #0 n = 2
        set         #0 r = 4
        completed   j#2 4
        flow        j_e
        activated   e#3
        completed   e#3
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn javascript_reads_variables_by_name_and_through_vars() {
    let process = Process::new("p").start("s").cel("c", "5").javascript("j", "1").path("s c j");
    let mut world = World::new(&process);
    world.variables = json(r#"{"x":1,"instance":"shadowed"}"#);
    world.start();
    let [Effect::RunScript { scope, source, .. }] = &world.effects[..] else { panic!("one script") };
    assert_eq!(&**source, "1");
    let expected = r#"{"x":1,"instance":{"id":"root"},"data_object":{"ip":"10.0.0.1","severity":3},
        "nodes":{"c":{"output":5}},"vars":{"x":1,"instance":"shadowed"}}"#;
    assert_eq!(*scope, json(expected));
}

#[test]
fn a_javascript_failure_is_a_fault() {
    let process = Process::new("p").start("s").javascript("j", "for(;;);").path("s j");
    check(
        &mut World::new(&process),
        &[Refuse("j", "Script.Deadline"), Retry, Ok("j", r#"{"value":1,"vars":{}}"#)],
        r#"
        created     #0 {}
        activated   s#1
        completed   s#1
        flow        s_j
        activated   j#2
        started     j#2 attempt 1 null
        faulted     j#2 Script.Deadline: Script.Deadline happened
        started     j#2 attempt 2 null
        completed   j#2 1
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn a_variable_is_read_bare_and_never_hides_a_name_of_the_instance() {
    let process = Process::new("p")
        .start("s")
        .cel("bare", "x + vars.x")
        .cel("context", "instance.id + ' ' + vars.instance + ' ' + string(vars.absent == null)")
        .path("s bare context");
    let mut world = World::new(&process);
    world.variables = json(r#"{"x":4,"instance":"mine"}"#);
    check(
        &mut world,
        &[],
        r#"
        created     #0 {"x":4,"instance":"mine"}
        activated   s#1
        completed   s#1
        flow        s_bare
        activated   bare#2
        completed   bare#2 8
        flow        bare_context
        activated   context#3
        completed   context#3 "root mine true"
        ended       #0 Finished
        Finished
        "#,
    );
}

#[test]
fn the_output_of_a_node_is_that_of_its_last_execution() {
    let process = Process::new("p")
        .start("s")
        .exclusive("again")
        .service("a", Service::default())
        .exclusive("done")
        .cel("c", "nodes.a.output")
        .path("s again a done")
        .flow_if("done", "again", "nodes.a.output < 2")
        .flow_else("done", "c");
    let mut world = World::new(&process);
    world.run(&[Ok("a", "1"), Ok("a", "2")]);
    assert!(world.text.contains("completed   c#8 2"), "{}", world.text);
}

#[test]
fn an_expensive_script_stops_at_its_budget() {
    let list = format!("[{}]", vec!["0"; 200].join(","));
    let code = format!("{list}.map(a, {list}.map(b, {list}.map(c, a)))");
    let process = Process::new("p").start("s").cel("c", &code).path("s c");
    let mut world = World::new(&process);
    world.start();
    let codes: Vec<&str> = world.state.faults().map(|fault| &*fault.failure.code).collect();
    assert_eq!(codes, ["Expression.Budget"]);
}
