//! Attributes and elements of other tools.

use bpmn::executable::{Backoff, Binding, Loop, Node, NodeKind, OnError, Over, Retry, Trigger};
use bpmn::{Mode, compile};
use model::Value;
use std::time::Duration;

use crate::support::{check_modes, definitions, lines, process, read};

/// The node `n` of start → n → end, compiled.
#[track_caller]
fn compiled(node: &str) -> Node {
    compiled_with(node, "")
}

#[track_caller]
fn compiled_with(node: &str, taskconfig: &str) -> Node {
    let compiled = compile(&read(&around(node)), taskconfig);
    let Some(mut executable) = compiled.executable else { panic!("{:#?}", lines(&compiled.problems)) };
    let index = executable.node_by_id["n"];
    executable.nodes.swap_remove(index.0 as usize)
}

fn around(node: &str) -> String {
    process(&format!(
        r#"<startEvent id="s"/>{node}<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="n"/>
        <sequenceFlow id="f2" sourceRef="n" targetRef="e"/>"#
    ))
}

fn names(list: &[std::sync::Arc<str>]) -> Vec<&str> {
    list.iter().map(|name| &**name).collect()
}

#[test]
fn soar_attributes_say_what_taskconfig_says() {
    let node = compiled(
        r#"<serviceTask id="n" soar:component="http" soar:action="request" soar:connection="proxy"
            soar:input='{"url":"x"}' soar:output='{"a":"output.b"}' soar:timeout="PT5S"
            soar:retry='{"max_attempts":2,"backoff":"fixed","initial":"PT3S"}' soar:on_error="continue"/>"#,
    );
    let NodeKind::ServiceTask(task) = node.kind else { panic!("{node:?}") };
    assert_eq!((&*task.component, &*task.action, task.connection.as_deref()), ("http", "request", Some("proxy")));
    assert_eq!(task.timeout, Some(Duration::from_secs(5)));
    let (initial, max) = (Duration::from_secs(3), Duration::from_secs(60));
    assert_eq!(task.retry, Retry { max_attempts: 2, backoff: Backoff::Fixed, initial, max });
    assert_eq!(task.on_error, OnError::Continue);
    assert_eq!((&*task.output[0].0, task.output[0].1.source()), ("a", "output.b"));
}

#[test]
fn taskconfig_wins_setting_by_setting() {
    let node = compiled_with(
        r#"<serviceTask id="n" soar:component="http" soar:action="request" soar:timeout="PT5S"/>"#,
        r#"{"node_info":{"n":{"component":"util","timeout":"PT7S"}}}"#,
    );
    let NodeKind::ServiceTask(task) = node.kind else { panic!("{node:?}") };
    assert_eq!((&*task.component, &*task.action), ("util", "request"));
    assert_eq!(task.timeout, Some(Duration::from_secs(7)));
}

#[test]
fn soar_attributes_with_wrong_values_are_errors() {
    let check = |attribute: &str| {
        let xml = around(&format!(r#"<userTask id="n" {attribute}/>"#));
        check_modes(&xml, "", &Mode::ALL, &["error setting n"]);
    };
    check(r#"soar:handlers="alice""#);
    check(r#"soar:handlers='{"a":1}'"#);
    check(r#"soar:due_handle="later""#);
    check(r#"soar:handle_parameters='[{}]'"#);
    // On a node that has no such setting it means nothing.
    let xml = around(r#"<userTask id="n" soar:component="http"/>"#);
    check_modes(&xml, "", &Mode::ALL, &["warning unmapped_attribute n"]);
}

#[test]
fn user_tasks_of_other_tools_keep_their_assignees_and_due_dates() {
    for (attributes, children) in [
        (r#"flowable:assignee="alice" flowable:candidateGroups="soc, lead" flowable:dueDate="P2D""#, ""),
        (r#"camunda:assignee="alice" camunda:candidateGroups="soc,lead" camunda:dueDate="P2D""#, ""),
        (
            "",
            r#"<extensionElements><zeebe:userTask/><zeebe:assignmentDefinition assignee="alice"
                candidateGroups="soc,lead"/><zeebe:taskSchedule dueDate="P2D"/></extensionElements>"#,
        ),
    ] {
        let xml = format!(r#"<userTask id="n" {attributes}>{children}</userTask>"#);
        check_modes(&around(&xml), "", &Mode::ALL, &[]);
        let NodeKind::UserTask(task) = compiled(&xml).kind else { panic!() };
        assert_eq!(names(&task.handlers), ["alice", "soc", "lead"], "{xml}");
        assert!(task.due.is_some(), "{xml}");
    }
}

#[test]
fn scripts_and_services_keep_their_result_variable() {
    for prefix in ["flowable", "camunda"] {
        let xml = format!(
            r#"<scriptTask id="n" scriptFormat="javascript" {prefix}:resultVariable="r"><script>1</script></scriptTask>"#
        );
        let NodeKind::ScriptTask(task) = compiled(&xml).kind else { panic!() };
        assert_eq!(task.result_variable.as_deref(), Some("r"));
        let xml = format!(
            r#"<serviceTask id="n" soar:component="http" soar:action="request" {prefix}:resultVariable="r">
            <extensionElements><{prefix}:failedJobRetryTimeCycle>R5/PT10S</{prefix}:failedJobRetryTimeCycle>
            </extensionElements></serviceTask>"#
        );
        let NodeKind::ServiceTask(task) = compiled(&xml).kind else { panic!() };
        assert_eq!((&*task.output[0].0, task.output[0].1.source()), ("r", "output"));
        let pause = Duration::from_secs(10);
        assert_eq!(task.retry, Retry { max_attempts: 5, backoff: Backoff::Fixed, initial: pause, max: pause });
    }
}

#[test]
fn calls_of_other_tools_keep_their_target_binding_and_parameters() {
    let call = |xml: &str| {
        let NodeKind::CallActivity(call) = compiled(xml).kind else { panic!() };
        call
    };
    let parameters = |prefix: &str| {
        format!(
            r#"<extensionElements><{prefix}:in source="ip" target="address"/>
            <{prefix}:in sourceExpression="${{data_object.id}}" target="id"/>
            <{prefix}:out source="result" target="outcome"/></extensionElements>"#
        )
    };
    for prefix in ["flowable", "camunda"] {
        let xml = format!(
            r#"<callActivity id="n" calledElement="child" {prefix}:calledElementBinding="deployment">{}</callActivity>"#,
            parameters(prefix)
        );
        let call = call(&xml);
        assert_eq!((&*call.workflow, call.binding), ("child", Binding::Pinned));
        assert_eq!((&*call.output[0].0, call.output[0].1.source()), ("outcome", "output.result"));
        let mut used = call.input.unwrap().names();
        used.sort();
        assert_eq!(names(&used), ["data_object", "ip"]);
    }
    let zeebe = call(
        r#"<callActivity id="n"><extensionElements><zeebe:calledElement processId="child" bindingType="latest"/>
        <zeebe:ioMapping><zeebe:input source="=data_object.ip" target="ip"/></zeebe:ioMapping>
        </extensionElements></callActivity>"#,
    );
    assert_eq!((&*zeebe.workflow, zeebe.binding), ("child", Binding::Latest));
    assert_eq!(names(&zeebe.input.unwrap().names()), ["data_object"]);
    assert_eq!(call(r#"<callActivity id="n" calledElement="c" soar:binding="pinned"/>"#).binding, Binding::Pinned);
}

#[test]
fn loops_of_other_tools_are_mapped() {
    let marker = |attributes: &str, inside: &str| {
        let node = compiled(&format!(
            r#"<userTask id="n"><multiInstanceLoopCharacteristics {attributes}>{inside}</multiInstanceLoopCharacteristics></userTask>"#
        ));
        let Some(Loop::MultiInstance(found)) = node.looping else { panic!("{node:?}") };
        let Over::Collection(collection) = &found.over else { panic!("{found:?}") };
        let element = found.element.as_deref().unwrap_or_default().to_owned();
        (collection.source().to_owned(), element, found.output_collection.as_deref().map(str::to_owned))
    };
    let expected = |output: Option<&str>| ("items".to_owned(), "one".to_owned(), output.map(str::to_owned));
    for prefix in ["flowable", "camunda"] {
        let attributes = format!(r#"{prefix}:collection="items" {prefix}:elementVariable="one""#);
        assert_eq!(marker(&attributes, ""), expected(None));
    }
    let zeebe = r#"<extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="one"
        outputCollection="all" outputElement="=a.b"/></extensionElements>"#;
    assert_eq!(marker("", zeebe), expected(Some("all")));
}

/// A document with a table among its extension elements and a business-rule task that names it.
fn with_table(task: &str) -> String {
    definitions(&format!(
        r#"<extensionElements><dmn:definitions xmlns:dmn="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
        namespace="x"><dmn:decision id="response" name="Response"><dmn:decisionTable id="t"><dmn:input id="i">
        <dmn:inputExpression><dmn:text>severity</dmn:text></dmn:inputExpression></dmn:input><dmn:output id="o"/>
        <dmn:rule id="r"><dmn:inputEntry><dmn:text>&gt; 7</dmn:text></dmn:inputEntry><dmn:outputEntry>
        <dmn:text>"isolate"</dmn:text></dmn:outputEntry></dmn:rule></dmn:decisionTable></dmn:decision></dmn:definitions>
        </extensionElements><process id="p" isExecutable="true"><startEvent id="s"/>{task}<endEvent id="e"/>
        <sequenceFlow id="f1" sourceRef="s" targetRef="n"/><sequenceFlow id="f2" sourceRef="n" targetRef="e"/></process>"#
    ))
}

#[test]
fn a_business_rule_names_a_decision_of_the_document() {
    let decision = |task: &str| {
        let compiled = compile(&read(&with_table(task)), "");
        match compiled.executable {
            Some(graph) => match &graph.node(graph.node_by_id["n"]).kind {
                NodeKind::BusinessRuleTask(rule) => rule.decision.to_string(),
                other => panic!("{other:?}"),
            },
            None => lines(&compiled.problems).join(", "),
        }
    };
    // The only one there is needs no name.
    assert_eq!(decision(r#"<businessRuleTask id="n"/>"#), "response");
    assert_eq!(decision(r#"<businessRuleTask id="n" soar:decision="Response"/>"#), "Response");
    assert_eq!(decision(r#"<businessRuleTask id="n" camunda:decisionRef="response"/>"#), "response");
    let zeebe = r#"<businessRuleTask id="n"><extensionElements><zeebe:calledDecision decisionId="response"
        resultVariable="r"/></extensionElements></businessRuleTask>"#;
    assert_eq!(decision(zeebe), "response");
    let wrong = decision(r#"<businessRuleTask id="n" soar:decision="other"/>"#);
    assert_eq!(wrong, "error decision n: there is no decision 'other' among the extension elements of 'definitions'");
}

#[test]
fn error_variables_of_other_tools_are_kept() {
    for prefix in ["flowable", "camunda"] {
        let xml = definitions(&format!(
            r#"<error id="E" errorCode="boom"/><process id="p" isExecutable="true"><startEvent id="s"/><userTask id="a"/>
            <boundaryEvent id="b" attachedToRef="a"><errorEventDefinition errorRef="E"
            {prefix}:errorCodeVariable="c" {prefix}:errorMessageVariable="m"/></boundaryEvent><endEvent id="e"/>
            <sequenceFlow id="f1" sourceRef="s" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="e"/>
            <sequenceFlow id="f3" sourceRef="b" targetRef="e"/></process>"#
        ));
        let executable = compile(&read(&xml), "").executable.unwrap();
        let NodeKind::BoundaryEvent(event) = &executable.node(executable.node_by_id["b"]).kind else { panic!() };
        let catch = &event.catch;
        assert!(matches!(catch.triggers.as_slice(), [Trigger::Error { code: Some(code) }] if &**code == "boom"));
        assert_eq!((catch.code_variable.as_deref(), catch.message_variable.as_deref()), (Some("c"), Some("m")));
    }
}

#[test]
fn what_means_something_else_is_named() {
    for (node, count) in [
        (r#"<serviceTask id="n" flowable:type="http"/>"#, 1),
        (r#"<serviceTask id="n" camunda:type="external" camunda:topic="x"/>"#, 2),
        (r#"<serviceTask id="n" flowable:class="com.example.X" flowable:async="true"/>"#, 2),
        (
            r#"<serviceTask id="n"><extensionElements><zeebe:taskDefinition type="x"/></extensionElements></serviceTask>"#,
            1,
        ),
        (r#"<serviceTask id="n"><extensionElements><flowable:field name="x"/></extensionElements></serviceTask>"#, 1),
        (r#"<userTask id="n" flowable:assignee="${boss}"/>"#, 1),
        (r#"<userTask id="n" camunda:formKey="x"/>"#, 1),
        (r#"<callActivity id="n" calledElement="x" camunda:calledElementBinding="version"/>"#, 1),
        (
            r#"<callActivity id="n" calledElement="x"><extensionElements><camunda:in variables="all"/>
            <zeebe:ioMapping><zeebe:input source="=a + 1" target="x"/></zeebe:ioMapping></extensionElements></callActivity>"#,
            2,
        ),
        (
            r#"<serviceTask id="n"><extensionElements><camunda:inputOutput><camunda:outputParameter name="x"/>
            </camunda:inputOutput><other:thing/></extensionElements></serviceTask>"#,
            2,
        ),
    ] {
        check_modes(&around(node), "", &[Mode::Basic], &vec!["warning unmapped_attribute n"; count]);
    }
}

#[test]
fn text_inputs_of_camunda_become_the_input() {
    let NodeKind::ServiceTask(task) = compiled(
        r#"<serviceTask id="n" soar:component="http" soar:action="request"><extensionElements><camunda:inputOutput>
        <camunda:inputParameter name="url">https://x/${data_object.id}</camunda:inputParameter>
        </camunda:inputOutput></extensionElements></serviceTask>"#,
    )
    .kind
    else {
        panic!()
    };
    let scope = model::Map::from_iter([("data_object".into(), Value::object([("id", Value::int(7))]))]);
    let input = task.input.eval(&scope, &mut expr::Budget::default()).unwrap();
    assert_eq!(input.to_json(), r#"{"url":"https://x/7"}"#);
}
