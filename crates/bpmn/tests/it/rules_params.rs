//! `APP_PARAMS`.

use bpmn::{Mode, validate};

use crate::support::{Components, check_modes, lines, process, read};

/// start → one node with the id `n` → end.
fn around(node: &str) -> String {
    process(&format!(
        r#"<startEvent id="s"/>{node}<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="n"/>
        <sequenceFlow id="f2" sourceRef="n" targetRef="e"/>"#
    ))
}

#[track_caller]
fn check(xml: &str, taskconfig: &str, expected: &[&str]) {
    check_modes(xml, taskconfig, &[Mode::AppParams], expected);
}

/// Checks a service task with this entry of `node_info`.
#[track_caller]
fn check_service(entry: &str, expected: &[&str]) {
    check(&around(r#"<serviceTask id="n"/>"#), &format!(r#"{{"node_info":{{"n":{entry}}}}}"#), expected);
}

#[track_caller]
fn check_user(entry: &str, expected: &[&str]) {
    check(&around(r#"<userTask id="n"/>"#), &format!(r#"{{"usertask_info":{{"n":{entry}}}}}"#), expected);
}

#[test]
fn a_complete_service_task_has_no_findings() {
    check_service(
        r#"{"component":"http","action":"request","connection":"proxy",
            "input":{"url":"https://x/${data_object.id}","headers":{"a":"b"}},
            "output":{"answer":"${output.body}","status":"output.code","fixed":5},"timeout":"PT30S",
            "retry":{"max_attempts":3,"backoff":"exponential","initial":"PT1S","max":"PT1M"},"on_error":"continue"}"#,
        &[],
    );
}

#[test]
fn component_and_action_are_needed() {
    check_service("{}", &["error required_setting n", "error required_setting n"]);
    check_service(r#"{"component":"","action":null}"#, &["error required_setting n", "error required_setting n"]);
    check(&around(r#"<serviceTask id="n"/>"#), "", &["error required_setting n", "error required_setting n"]);
}

#[test]
fn components_actions_and_connections_exist() {
    check_service(r#"{"component":"ftp","action":"get"}"#, &["error unknown_component n"]);
    check_service(r#"{"component":"util","action":"divide"}"#, &["error unknown_action n"]);
    check_service(
        r#"{"component":"http","action":"request","connection":"nope","input":{"url":"u"}}"#,
        &["error unknown_connection n"],
    );
    check_service(r#"{"component":"http","action":"request","input":{"url":"u"}}"#, &["error required_setting n"]);
}

#[test]
fn input_parameters_fit_the_action() {
    let input = |input: &str| format!(r#"{{"component":"util","action":"add","input":{input}}}"#);
    check_service(&input(r#"{"numbers":[1,2],"start":1.5,"exact":true}"#), &[]);
    check_service(&input("{}"), &["error parameter n"]);
    check_service(&input(r#"{"numbers":null}"#), &["error parameter n"]);
    check_service(&input(r#"{"numbers":"1,2"}"#), &["error parameter n"]);
    check_service(&input(r#"{"numbers":[],"start":"1"}"#), &["error parameter n"]);
    check_service(&input(r#"{"numbers":[],"exact":"yes"}"#), &["error parameter n"]);
    check_service(&input(r#"{"numbers":[],"colour":"red"}"#), &["warning parameter n"]);
    // An expression may give anything.
    check_service(&input(r#"{"numbers":"${data_object.list}","start":"${vars.x}"}"#), &[]);
    check_service(&input(r#""${data_object}""#), &[]);
}

#[test]
fn settings_have_values_that_they_can_have() {
    for wrong in [
        r#"{"component":5}"#,
        r#"{"input":[]}"#,
        r#"{"input":"text"}"#,
        r#"{"output":[]}"#,
        r#"{"output":{"x":{}}}"#,
        r#"{"timeout":30}"#,
        r#"{"timeout":"30s"}"#,
        r#"{"timeout":"PT0S"}"#,
        r#"{"retry":3}"#,
        r#"{"retry":{"max_attempts":0}}"#,
        r#"{"retry":{"max_attempts":101}}"#,
        r#"{"retry":{"max_attempts":"3"}}"#,
        r#"{"retry":{"backoff":"linear"}}"#,
        r#"{"retry":{"initial":"1s"}}"#,
        r#"{"retry":{"initial":"PT2M","max":"PT1M"}}"#,
        r#"{"retry":{"tries":3}}"#,
        r#"{"on_error":"ignore"}"#,
    ] {
        let complete = r#"{"component":"util","action":"add","input":{"numbers":[]},"#;
        let entry = if wrong.contains("component") {
            wrong.replace('{', r#"{"action":"add","#)
        } else if wrong.contains("input") {
            wrong.replacen('{', r#"{"component":"util","action":"add","#, 1)
        } else {
            wrong.replacen('{', complete, 1)
        };
        let mut expected = vec!["error setting n"];
        if wrong.contains("component") {
            expected.push("error required_setting n");
        } else if wrong.contains("input") {
            expected.push("error parameter n");
        }
        check_service(&entry, &expected);
    }
    check_service("5", &["error setting n", "error required_setting n", "error required_setting n"]);
}

#[test]
fn user_tasks_are_checked() {
    check_user(
        r#"{"name":"Approve","description":"Block ${data_object.ip}?","due":"P1D","due_handle":"CONTINUE",
            "handlers":["alice","Approver"],"view_parameters":[{"key":"ip","value":"${data_object.ip}"}],
            "handle_parameters":[{"key":"ok","name":"OK?","required":true,"default":false}],
            "output":{"approved":"${output.ok}"}}"#,
        &[],
    );
    check_user(r#"{"due":"2025-07-18T14:44:46.735Z+0800","due_handle":"interrupt","view_parameters":{"a":1}}"#, &[]);
    check_user(r#"{"due":"${vars.deadline}"}"#, &[]);
    check_user(r#"{"due":"tomorrow"}"#, &["error timer n"]);
    for wrong in [
        r#"{"due_handle":"WAIT"}"#,
        r#"{"handlers":"alice"}"#,
        r#"{"handlers":[1]}"#,
        r#"{"view_parameters":[{"value":1}]}"#,
        r#"{"handle_parameters":{}}"#,
        r#"{"handle_parameters":[{"name":"x"}]}"#,
        r#"{"handle_parameters":[{"key":"x","required":"yes"}]}"#,
        r#"{"handle_parameters":[{"key":"x"},{"key":"x"}]}"#,
    ] {
        check_user(wrong, &["error setting n"]);
    }
}

#[test]
fn a_setting_that_its_node_does_not_use_is_a_warning() {
    check_user(r#"{"colour":"red"}"#, &["warning unused_setting n"]);
    check(&around(r#"<userTask id="n"/>"#), r#"{"node_info":{"n":{"timeout":"PT5S"}}}"#, &["warning unused_setting n"]);
    check(&around(r#"<task id="n"/>"#), r#"{"node_info":{"n":{"output":{"x":"1"}}}}"#, &["warning unused_setting n"]);
}

#[test]
fn other_taskconfigs_are_kept_with_a_warning() {
    let xml = around(r#"<task id="n"/>"#);
    check(&xml, "", &[]);
    check(&xml, r#"{"node_info":{},"usertask_info":{}}"#, &[]);
    check(&xml, r#"{"node_info":null}"#, &[]);
    check(&xml, r#"{"test":"abc"}"#, &["warning taskconfig -"]);
    check(&xml, "[1,2]", &["warning taskconfig -"]);
    check(&xml, "not json", &["warning taskconfig -"]);
    check(&xml, &"[".repeat(10_000), &["warning taskconfig -"]);
    check(&xml, r#"{"node_info":[]}"#, &["warning taskconfig -"]);
    check(&xml, r#"{"node_info":{"gone":{"component":5}}}"#, &["warning unknown_node gone"]);
}

#[test]
fn expressions_compile() {
    let flow = |condition: &str| {
        process(&format!(
            r#"<startEvent id="s"/><exclusiveGateway id="g" default="d"/><endEvent id="e"/>
            <sequenceFlow id="f" sourceRef="s" targetRef="g"/><sequenceFlow id="d" sourceRef="g" targetRef="e"/>
            <sequenceFlow id="c" sourceRef="g" targetRef="e">
            <conditionExpression><![CDATA[{condition}]]></conditionExpression></sequenceFlow>"#
        ))
    };
    for good in ["data_object.severity > 3", "${data_object.name.contains('x')}", "#{vars.a == 1}", "true"] {
        check(&flow(good), "", &[]);
    }
    for bad in ["${data_object.", "a b", "= x > 1", "${vars.a} && ${vars.b} ("] {
        check(&flow(bad), "", &["error expression c"]);
    }
    // An empty condition is none.
    check(&flow(" "), "", &[]);
    check_service(
        r#"{"component":"util","action":"add","input":{"numbers":"${1 +}"},"output":{"x":"${)"}}"#,
        &["error expression n", "error expression n"],
    );
}

#[test]
fn names_that_nothing_sets_are_a_warning() {
    let script = |text: &str, attributes: &str| {
        around(&format!(r#"<scriptTask id="n" scriptFormat="cel" {attributes}><script>{text}</script></scriptTask>"#))
    };
    check(&script("count + 1", ""), "", &["warning unknown_name n"]);
    check(&script("vars.count + 1", ""), "", &[]);
    // Set by the node itself, in an earlier round of a loop perhaps.
    check(&script("count + 1", r#"camunda:resultVariable="count""#), "", &[]);
    check(&script("count + 1", ""), r#"{"node_info":{"n":{"output":{"count":"${output}"}}}}"#, &[]);
    // `output` is a name only in output mappings.
    check(&script("output", ""), "", &["warning unknown_name n"]);
    let declared = script("count + 1", "").replace(
        "<startEvent",
        r#"<ioSpecification><dataInput id="i" name="count"/><inputSet/><outputSet/></ioSpecification><startEvent"#,
    );
    check(&declared, "", &[]);
    check(&script("<![CDATA[nodes.a.output.x == instance.id && size(playbook) > loop.index]]>", ""), "", &[]);
    check(&script("[1,2].map(i, i * 2)", ""), "", &[]);
}

#[test]
fn variables_that_javascript_sets_are_known() {
    let both = |js: &str| {
        process(&format!(
            r#"<startEvent id="s"/><scriptTask id="j" scriptFormat="javascript"><script><![CDATA[{js}]]></script></scriptTask>
            <scriptTask id="n" scriptFormat="cel"><script>total</script></scriptTask><endEvent id="e"/>
            <sequenceFlow id="a" sourceRef="s" targetRef="j"/><sequenceFlow id="b" sourceRef="j" targetRef="n"/>
            <sequenceFlow id="c" sourceRef="n" targetRef="e"/>"#
        ))
    };
    check(&both("vars.total = 1"), "", &[]);
    check(&both("vars.total += 1"), "", &[]);
    check(&both("if (vars.total == 1) {}"), "", &["warning unknown_name n"]);
    check(&both("vars.totals = 1"), "", &["warning unknown_name n"]);
}

#[test]
fn variables_have_names_of_their_own() {
    let output = |name: &str| {
        format!(r#"{{"component":"util","action":"add","input":{{"numbers":[]}},"output":{{"{name}":"1"}}}}"#)
    };
    check_service(&output("result"), &[]);
    for name in ["", "vars", "nodes", "data_object", "output"] {
        check_service(&output(name), &["error variable_name n"]);
    }
}

#[test]
fn scripts_are_in_a_known_language_and_not_empty() {
    let script = |format: &str, text: &str| {
        around(&format!(r#"<scriptTask id="n" {format}><script>{text}</script></scriptTask>"#))
    };
    for format in ["cel", "CEL", "javascript", "js", "ecmascript", "text/javascript"] {
        check(&script(&format!(r#"scriptFormat="{format}""#), "1 + 1"), "", &[]);
    }
    check(&script(r#"scriptFormat="groovy""#, "1"), "", &["error setting n"]);
    check(&script("", "1"), "", &["error required_setting n"]);
    check(&script(r#"scriptFormat="cel""#, " "), "", &["error required_setting n"]);
    check(&script(r#"scriptFormat="cel""#, "1 +"), "", &["error expression n"]);
    check(&around(r#"<scriptTask id="n" scriptFormat="js"/>"#), "", &["error required_setting n"]);
}

#[test]
fn timers_are_iso_8601_or_expressions() {
    let timer = |element: &str| {
        around(&format!(
            r#"<intermediateCatchEvent id="n"><timerEventDefinition>{element}</timerEventDefinition></intermediateCatchEvent>"#
        ))
    };
    for good in [
        "<timeDuration>PT5M</timeDuration>",
        "<timeDuration> P1DT2H </timeDuration>",
        "<timeDuration>${vars.pause}</timeDuration>",
        "<timeDuration>vars.pause</timeDuration>",
        "<timeDuration>PT${vars.minutes}M</timeDuration>",
        "<timeDate>2030-01-01T00:00:00Z</timeDate>",
        "<timeDate>data_object.until</timeDate>",
    ] {
        let expected: &[&str] = if good.contains("PT${") { &["error timer n"] } else { &[] };
        check(&timer(good), "", expected);
    }
    for bad in [
        "",
        "<timeDuration/>",
        "<timeDuration>PT5</timeDuration>",
        "<timeDuration>5 minutes</timeDuration>",
        "<timeDuration>2030-01-01T00:00:00Z</timeDuration>",
        "<timeDate>2030-13-01T00:00:00Z</timeDate>",
        "<timeDuration>${</timeDuration>",
    ] {
        check(&timer(bad), "", &["error timer n"]);
    }
}

#[test]
fn a_call_activity_needs_a_workflow() {
    check(&around(r#"<callActivity id="n"/>"#), "", &["error required_setting n"]);
    check(
        &around(r#"<callActivity id="n" calledElement="Contain host" soar:binding="pinned"/>"#),
        r#"{"node_info":{"n":{"input":{"ip":"${data_object.ip}"},"output":{"done":"output.result"}}}}"#,
        &[],
    );
    check(&around(r#"<callActivity id="n" calledElement="x" soar:binding="newest"/>"#), "", &["error setting n"]);
}

#[test]
fn all_findings_come_at_once_in_the_order_of_the_text() {
    let xml = process(
        "<startEvent id='s'/>\n<serviceTask id='n'/>\n<endEvent id='e'/>\n<task id='dead'/>\n\
         <sequenceFlow id='a' sourceRef='s' targetRef='n'/>\n<sequenceFlow id='b' sourceRef='n' targetRef='gone'/>",
    );
    let found = validate(&read(&xml), r#"{"test":1}"#, &Mode::ALL, &Components);
    let rules: Vec<(&str, Option<u32>)> = found.iter().map(|problem| (problem.rule, problem.line)).collect();
    assert_eq!(
        rules,
        [
            ("taskconfig", None),
            ("required_setting", Some(6)),
            ("required_setting", Some(6)),
            ("unreachable", Some(7)),
            ("unreachable", Some(8)),
            ("end_event", Some(8)),
            ("reference", Some(10)),
        ],
        "{:#?}",
        lines(&found)
    );
}
