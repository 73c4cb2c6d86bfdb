//! What a compiled graph looks like.

use bpmn::executable::{DueHandle, NodeKind, Script, Throw, Timer};
use bpmn::{Executable, Severity, compile};
use model::{Map, Value};

use crate::support::{definitions, graph, lines, process, read};

#[track_caller]
fn executable(xml: &str, taskconfig: &str) -> Executable {
    let compiled = compile(&read(xml), taskconfig);
    compiled.executable.unwrap_or_else(|| panic!("{:#?}", lines(&compiled.problems)))
}

fn id(executable: &Executable, index: bpmn::executable::NodeIx) -> &str {
    &executable.node(index).id
}

#[test]
fn references_are_indexes_in_the_order_of_the_document() {
    let executable =
        executable(&graph("start s\nxor g default=f2\nuser a\nend e\ns -> g\ng -> a\ng -> e if x > 1\na -> e"), "");
    assert_eq!(&*executable.process_id, "p");
    let gateway = executable.node(executable.node_by_id["g"]);
    let outgoing: Vec<&str> = gateway.outgoing.iter().map(|flow| &*executable.flow(*flow).id).collect();
    assert_eq!(outgoing, ["f2", "f3"]);
    assert_eq!(gateway.default, Some(executable.flow_by_id["f2"]));
    let conditional = executable.flow(executable.flow_by_id["f3"]);
    assert_eq!(conditional.condition.as_ref().unwrap().source(), "x > 1");
    assert_eq!((id(&executable, conditional.source), id(&executable, conditional.target)), ("g", "e"));
    assert_eq!(executable.node(executable.node_by_id["e"]).incoming.len(), 2);
}

#[test]
fn scopes_know_their_nodes_and_where_they_start() {
    let executable = executable(
        &graph(
            "start s\nsub u\nuser a\nsub v\nstart i\nend j\ni -> j\n}\na -> v\n}\nboundary b on u\nend e
            s -> u\nu -> e\nb -> e",
        ),
        "",
    );
    let ids = |nodes: &[bpmn::executable::NodeIx]| -> Vec<String> {
        nodes.iter().map(|node| id(&executable, *node).to_owned()).collect()
    };
    let scopes: Vec<_> =
        executable.scopes.iter().map(|scope| (scope.node.map(|n| id(&executable, n)), ids(&scope.starts))).collect();
    assert_eq!(
        scopes,
        [(None, vec!["s".to_owned()]), (Some("u"), vec!["a".to_owned()]), (Some("v"), vec!["i".to_owned()]),]
    );
    assert_eq!(ids(&executable.scopes[0].nodes), ["s", "u", "b", "e"]);
    let sub_process = executable.node(executable.node_by_id["u"]);
    assert_eq!(ids(&sub_process.boundary), ["b"]);
    let NodeKind::BoundaryEvent(event) = &executable.node(executable.node_by_id["b"]).kind else { panic!() };
    assert_eq!(id(&executable, event.attached_to), "u");
}

#[test]
fn settings_become_templates_and_programs() {
    let executable = executable(
        &process(
            r#"<startEvent id="s"/><userTask id="n" name="old"><documentation>From the graph</documentation></userTask>
            <endEvent id="e"/><sequenceFlow id="a" sourceRef="s" targetRef="n"/>
            <sequenceFlow id="b" sourceRef="n" targetRef="e"/>"#,
        ),
        r#"{"usertask_info":{"n":{"name":"Approve","due":"P1D","due_handle":"Continue","handlers":["alice"],
            "view_parameters":[{"key":"ip","value":"${data_object.ip}"},{"key":"n","value":1}],
            "handle_parameters":[{"key":"ok","required":true},{"key":"note","name":"Note","default":"none"}],
            "output":{"approved":"${output.ok}"}}}}"#,
    );
    let node = executable.node(executable.node_by_id["n"]);
    assert_eq!(&*node.name, "Approve");
    let NodeKind::UserTask(task) = &node.kind else { panic!("{node:?}") };
    assert_eq!(task.due_handle, DueHandle::Continue);
    let scope = Map::from_iter([("data_object".into(), Value::object([("ip", Value::string("1.2.3.4"))]))]);
    let budget = || expr::Budget::default();
    let shown = task.view_parameters.eval(&scope, &mut budget()).unwrap();
    assert_eq!(shown.to_json(), r#"{"ip":"1.2.3.4","n":1}"#);
    assert_eq!(task.description.eval(&scope, &mut budget()).unwrap(), Value::string("From the graph"));
    assert_eq!(&*task.handle_parameters[0].name, "ok");
    assert_eq!(task.handle_parameters[1].default, Some(Value::string("none")));
    assert_eq!(&*task.output[0].0, "approved");
}

#[test]
fn scripts_timers_and_ends_are_told_apart() {
    let executable = executable(
        &definitions(
            r#"<error id="E" errorCode="boom"/><process id="p"><startEvent id="s"/>
            <scriptTask id="cel" scriptFormat="cel"><script>${1 + 1}</script></scriptTask>
            <scriptTask id="js" scriptFormat="text/javascript"><script><![CDATA[vars.a = 1 < 2;]]></script></scriptTask>
            <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>
            </intermediateCatchEvent><parallelGateway id="g"/><endEvent id="e"/>
            <endEvent id="x"><terminateEventDefinition/></endEvent>
            <endEvent id="y"><errorEventDefinition errorRef="E"/></endEvent>
            <sequenceFlow id="f1" sourceRef="s" targetRef="cel"/><sequenceFlow id="f2" sourceRef="cel" targetRef="js"/>
            <sequenceFlow id="f3" sourceRef="js" targetRef="t"/><sequenceFlow id="f4" sourceRef="t" targetRef="g"/>
            <sequenceFlow id="f5" sourceRef="g" targetRef="e"/><sequenceFlow id="f6" sourceRef="g" targetRef="x"/>
            <sequenceFlow id="f7" sourceRef="g" targetRef="y"/></process>"#,
        ),
        "",
    );
    let kind = |id: &str| &executable.node(executable.node_by_id[id]).kind;
    let NodeKind::ScriptTask(task) = kind("cel") else { panic!() };
    assert!(matches!(&task.script, Script::Cel(program) if program.source().trim() == "1 + 1"));
    let NodeKind::ScriptTask(task) = kind("js") else { panic!() };
    assert!(matches!(&task.script, Script::JavaScript { source, .. } if &**source == "vars.a = 1 < 2;"));
    assert!(matches!(kind("t"), NodeKind::TimerCatch(Timer::Duration(_))));
    let throws = |id| match kind(id) {
        NodeKind::EndEvent(throws) => throws.as_slice(),
        other => panic!("{other:?}"),
    };
    assert!(throws("e").is_empty());
    assert!(matches!(throws("x"), [Throw::Terminate]));
    assert!(matches!(throws("y"), [Throw::Error { code }] if &**code == "boom"));
}

#[test]
fn an_error_leaves_nothing_to_run_and_a_warning_does() {
    let bad = compile(&read(&graph("start s\nuser a\ns -> a\na -> nowhere")), "");
    assert!(bad.executable.is_none());
    assert!(bad.problems.iter().any(|problem| problem.severity == Severity::Error));
    let warned = compile(&read(&graph("start s\nuser a\ns -> a")), r#"{"test":"abc"}"#);
    assert!(warned.executable.is_some());
    assert_eq!(lines(&warned.problems).len(), 1);
}

#[test]
fn a_graph_that_only_the_rules_object_to_can_still_be_compiled() {
    // Dead nodes and endless loops are for validation; engines are tested on them.
    let compiled = compile(&read(&graph("start s\nuser a\nuser b\nend e\ns -> a\na -> a\nb -> e")), "");
    assert!(compiled.executable.is_some());
}
