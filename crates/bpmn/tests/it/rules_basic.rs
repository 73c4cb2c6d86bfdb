//! `BASIC`, but for joins.

use crate::support::{check, definitions, graph, process};

const GOOD: &str = "
    start s
    user a
    end e
    s -> a
    a -> e";

fn good_and(more: &str) -> String {
    graph(&format!("{GOOD}\n{more}"))
}

#[test]
fn a_plain_process_has_no_findings() {
    check(&graph(GOOD), &[]);
}

#[test]
fn a_process_must_be_executable_and_the_first_of_several_is_looked_at() {
    check(&definitions(""), &["error process -"]);
    let two = |a: &str, b: &str| definitions(&format!(r#"<process id="p" {a}/><process id="q" {b}/>"#));
    check(&two("", ""), &["error process -"]);
    let both = r#"isExecutable="true""#;
    check(&two(both, both), &["error start_event p", "error end_event p"]);
    // A pool that is only drawn does not count, whatever is in it.
    let pools = graph(GOOD).replace(
        r#"<process id="p""#,
        r#"<collaboration id="c"><participant id="x" processRef="q"/></collaboration>
           <process id="q" isExecutable="false"><receiveTask id="r"/></process><process id="p""#,
    );
    check(&pools, &[]);
    // A single process needs no mark.
    check(&graph(GOOD).replace(r#" isExecutable="true""#, ""), &[]);
}

#[test]
fn an_empty_process_has_no_start_and_no_end() {
    check(&process(""), &["error start_event p", "error end_event p"]);
}

#[test]
fn a_process_needs_a_start_event_and_one_is_enough() {
    check(&graph("user a\nend e\na -> e"), &["error start_event p"]);
    check(&good_and("start t\nt -> a"), &["warning start_event p", "warning lack_of_synchronisation a"]);
}

#[test]
fn a_sub_process_may_start_without_a_start_event() {
    let outer = |inner: &str| graph(&format!("start s\nsub u\n{inner}\n}}\nend e\ns -> u\nu -> e"));
    check(&outer("start i\nuser a\nend j\ni -> a\na -> j"), &[]);
    check(&outer("user a\nuser b\na -> b"), &[]);
    check(&outer(""), &["error start_event u"]);
    check(&outer("user a\nuser b\na -> b\nb -> a"), &["error start_event u", "error end_event u"]);
}

#[test]
fn paths_should_end_in_end_events() {
    check(&graph("start s\nuser a\ns -> a"), &["warning end_event a"]);
    check(&graph("start s\nuser a\nuser b\ns -> a\na -> b\nb -> a"), &["error end_event p"]);
}

#[test]
fn ids_are_needed_and_unique() {
    check(
        &process(r#"<startEvent/><endEvent id="e"/><sequenceFlow sourceRef="e" targetRef="e"/>"#),
        &[
            "error missing_id -",
            "error missing_id -",
            "error event_flow -",
            "error event_flow e",
            "error unreachable e",
        ],
    );
    check(&good_and("user a"), &["error duplicate_id a", "error unreachable a", "warning end_event a"]);
    let diagram = graph(GOOD).replace("</definitions>", r#"<message id="m"/><error id="m"/></definitions>"#);
    check(&diagram, &["error duplicate_id m"]);
}

#[test]
fn references_lead_somewhere() {
    check(&good_and("a -> nowhere"), &["error reference f3"]);
    check(&good_and("nowhere -> elsewhere"), &["error reference f3", "error reference f3"]);
    check(&process(&format!("{}<sequenceFlow id='x'/>", body(GOOD))), &["error reference x", "error reference x"]);
    check(&good_and("boundary b on e\nb -> e"), &["error reference b", "error unreachable b"]);
    check(&good_and("boundary b on zzz\nb -> e"), &["error reference b", "error unreachable b"]);
    check(&good_and("boundary b on a\nb -> e"), &[]);
    let boundary = r#"<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition errorRef="E"/></boundaryEvent>
        <sequenceFlow id="x" sourceRef="b" targetRef="e"/>"#;
    let xml = process(&format!("{}{boundary}", body(GOOD)));
    check(&xml, &["error reference b"]);
    check(&xml.replace("<process", r#"<error id="E" errorCode="boom"/><process"#), &[]);
}

/// The elements of a process in the short notation.
fn body(text: &str) -> String {
    let xml = graph(text);
    let (start, end) = (xml.find("<process").unwrap(), xml.find("</process>").unwrap());
    let start = start + xml[start..].find('>').unwrap() + 1;
    xml[start..end].to_owned()
}

#[test]
fn flows_stay_inside_their_sub_process() {
    let xml = graph("start s\nsub u\nuser a\n}\nuser b\nend e\ns -> u\nu -> b\na -> b\nb -> e");
    check(&xml, &["error scope_border f3"]);
}

#[test]
fn events_have_the_flows_of_their_kind() {
    check(&good_and("a -> s"), &["error event_flow s"]);
    check(&good_and("e -> a"), &["error event_flow e"]);
    check(&good_and("boundary b on a"), &["error event_flow b"]);
    check(&good_and("boundary b on a\nb -> e\na -> b"), &["error event_flow b", "warning lack_of_synchronisation b"]);
    check(&graph("start s\nend e"), &["error event_flow s", "error unreachable e"]);
}

#[test]
fn a_default_flow_is_an_outgoing_flow_without_a_condition() {
    let xml = |default: &str| {
        graph(&format!("start s\nxor g default={default}\nend e\nend d\ns -> g\ng -> e if x\ng -> d if y"))
    };
    check(&xml("f3"), &["warning default_flow f3"]);
    check(&xml("f1"), &["error default_flow g", "warning no_default g"]);
    check(&xml("zzz"), &["error default_flow g", "warning no_default g"]);
    check(&xml("f3").replace("<![CDATA[y]]>", ""), &[]);
}

#[test]
fn only_decisions_have_conditions() {
    check(&graph("start s\nuser a\nend e\ns -> a if x\na -> e"), &["error condition_place f1"]);
    let split = "start s\nand g\nend e\nend d\ns -> g\ng -> e if x\ng -> d";
    check(&graph(split), &["error condition_place f2"]);
    check(&graph(&split.replace("and g", "or g")), &[]);
    check(&graph(&split.replace("and g", "user g")), &[]);
}

#[test]
fn a_decision_should_always_find_a_flow() {
    let split = |kind: &str| graph(&format!("start s\n{kind} g\nend e\nend d\ns -> g\ng -> e if x\ng -> d if y"));
    check(&split("xor"), &["warning no_default g"]);
    check(&split("or"), &["warning no_default g"]);
    check(&split("user"), &["warning no_default g"]);
    check(&split("xor").replace("id=\"g\"", "id=\"g\" default=\"f3\"").replace("<![CDATA[y]]>", ""), &[]);
    // Taken whatever the data says, which leaves nothing for the next flow.
    check(&graph("start s\nxor g\nend e\nend d\ns -> g\ng -> e\ng -> d if y"), &["warning no_default f2"]);
    // A gateway that only joins decides nothing.
    check(&graph("start s\nxor g\nend e\ns -> g\ng -> e"), &[]);
}

#[test]
fn dead_nodes_are_found() {
    check(&good_and("user x\nx -> e"), &["error unreachable x"]);
    check(&good_and("user x\nuser y\nx -> y\ny -> x"), &["error unreachable x", "error unreachable y"]);
    // What lies inside a dead sub-process is dead too, but said once.
    check(&good_and("sub u\nuser i\n}\nu -> e"), &["error unreachable u"]);
    check(&good_and("boundary b on a\nuser x\nb -> x\nx -> e"), &[]);
}

/// The plain process with an element between `a` and `e`, and what is declared beside it.
fn wired(element: &str) -> String {
    let flows =
        r#"<sequenceFlow id="x" sourceRef="a" targetRef="n"/><sequenceFlow id="y" sourceRef="n" targetRef="e"/>"#;
    let declared = r#"<message id="M"/><signal id="S"/><error id="E"/><escalation id="X"/>"#;
    definitions(&format!(r#"{declared}<process id="p" isExecutable="true">{}{element}{flows}</process>"#, body(GOOD)))
}

/// What the two ways to the end give.
const TWICE: &str = "warning several_completions e";

#[test]
fn elements_that_do_not_run_yet_are_named() {
    for tag in ["choreographyTask", "callChoreography"] {
        check(&wired(&format!(r#"<{tag} id="n"/>"#)), &["error unsupported_element n", TWICE]);
    }
}

#[test]
fn an_event_has_definitions_that_its_position_can_have() {
    let of = |tag: &str, definitions: &str| wired(&format!(r#"<{tag} id="n">{definitions}</{tag}>"#));
    let message = r#"<messageEventDefinition messageRef="M"/>"#;
    let signal = r#"<signalEventDefinition signalRef="S"/>"#;
    let condition = "<conditionalEventDefinition><condition>x</condition></conditionalEventDefinition>";
    let (error, escalation) = (r#"<errorEventDefinition errorRef="E"/>"#, r#"<escalationEventDefinition/>"#);
    let (cancel, terminate) = ("<cancelEventDefinition/>", "<terminateEventDefinition/>");
    let compensation = "<compensateEventDefinition/>";
    for fine in [message, signal, condition] {
        check(&of("intermediateCatchEvent", fine), &[TWICE]);
    }
    for wrong in [error, escalation, compensation, cancel, terminate] {
        let found = ["error unknown_element n", "error unknown_element n", TWICE];
        check(&of("intermediateCatchEvent", wrong), &found);
    }
    for fine in [message, signal, escalation, compensation] {
        check(&of("intermediateThrowEvent", fine), &[TWICE]);
    }
    for wrong in [condition, error, cancel, terminate] {
        check(&of("intermediateThrowEvent", wrong), &["error unknown_element n", TWICE]);
    }
    let start = |definition: &str| {
        graph(GOOD).replace(r#"<startEvent id="s">"#, &format!(r#"<startEvent id="s">{definition}"#))
    };
    check(&start(condition), &[]);
    check(&start("<errorEventDefinition/>"), &["error unknown_element s"]);
    check(&start("<multiInstanceLoopCharacteristics/>"), &["error unsupported_element s"]);
    check(&of("intermediateCatchEvent", ""), &["error unknown_element n", TWICE]);
    check(
        &of("intermediateCatchEvent", "<eventDefinitionRef>Z</eventDefinitionRef>"),
        &["error reference n", "error unknown_element n", TWICE],
    );
}

#[test]
fn event_sub_processes_are_started_by_one_event_and_others_by_none() {
    let with = |element: &str| process(&format!("{}{element}", body(GOOD)));
    let sub = |attributes: &str, start: &str| {
        with(&format!(
            r#"<subProcess id="n" {attributes}>{start}<endEvent id="j"/>
            <sequenceFlow id="k" sourceRef="i" targetRef="j"/></subProcess>"#
        ))
    };
    let by_event = r#"triggeredByEvent="true""#;
    let error = r#"<startEvent id="i"><errorEventDefinition/></startEvent>"#;
    check(&sub(by_event, error), &[]);
    check(&sub(by_event, r#"<startEvent id="i"/>"#), &["error start_event n"]);
    let aside = error.replace(r#"id="i""#, r#"id="i" isInterrupting="false""#);
    check(&sub(by_event, &aside), &["error event_flow i"]);
    check(
        &sub(by_event, &format!("{error}{}", error.replace(r#""i""#, r#""i2""#))),
        &["error start_event n", "error event_flow i2"],
    );
    let flowing = with(
        r#"<subProcess id="n" triggeredByEvent="true"><startEvent id="i"><errorEventDefinition/></startEvent>
        <endEvent id="j"/><sequenceFlow id="k" sourceRef="i" targetRef="j"/></subProcess>
        <sequenceFlow id="z" sourceRef="a" targetRef="n"/>"#,
    );
    check(&flowing, &["error event_flow n"]);
}

#[test]
fn quantities_are_counts() {
    let attribute = |text: &str| graph(GOOD).replace(r#"<userTask id="a""#, &format!(r#"<userTask id="a" {text}"#));
    check(&attribute(r#"startQuantity="2" completionQuantity="1000""#), &[]);
    for wrong in ["0", "-1", "many", "1001"] {
        check(&attribute(&format!(r#"startQuantity="{wrong}""#)), &["error quantity a"]);
        check(&attribute(&format!(r#"completionQuantity="{wrong}""#)), &["error quantity a"]);
    }
}

#[test]
fn events_on_the_border_have_what_they_need() {
    let with = |event: &str, more: &str| {
        let flow = r#"<sequenceFlow id="x" sourceRef="n" targetRef="e"/>"#;
        process(&format!("{}{event}{more}{flow}", body(GOOD)))
    };
    let event = |attributes: &str, inside: &str| {
        with(&format!(r#"<boundaryEvent id="n" attachedToRef="a" {attributes}>{inside}</boundaryEvent>"#), "")
    };
    check(&event("", ""), &["error unknown_element n"]);
    check(&event("", "<errorEventDefinition/><errorEventDefinition/>"), &[]);
    check(&event(r#"cancelActivity="false""#, "<errorEventDefinition/>"), &["error event_flow n", TWICE]);
    check(&event(r#"cancelActivity="true""#, "<errorEventDefinition/>"), &[]);
    check(&event("", "<terminateEventDefinition/>"), &["error unknown_element n", "error unknown_element n"]);
}

#[test]
fn compensation_leads_to_one_handler_beside_it() {
    let with = |more: &str| {
        process(&format!(
            r#"{}<boundaryEvent id="b" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>{more}"#,
            body(GOOD)
        ))
    };
    let handler = |id: &str| format!(r#"<task id="{id}" isForCompensation="true"/>"#);
    let to = |id: &str| format!(r#"<association id="to{id}" sourceRef="b" targetRef="{id}"/>"#);
    check(&with(&format!("{}{}", handler("h"), to("h"))), &[]);
    check(&with(""), &["error compensation b"]);
    check(&with(&handler("h")), &["error compensation b", "warning compensation h"]);
    check(
        &with(&format!("{}{}{}{}", handler("h"), to("h"), handler("i"), to("i"))),
        &["error compensation b", "warning compensation h", "warning compensation i"],
    );
}

#[test]
fn behind_an_event_gateway_are_events_that_wait() {
    let timer = |id: &str| {
        format!(
            r#"<intermediateCatchEvent id="{id}"><timerEventDefinition><timeDuration>PT1S</timeDuration>
            </timerEventDefinition></intermediateCatchEvent><sequenceFlow id="{id}e" sourceRef="{id}" targetRef="e"/>"#
        )
    };
    let with = |more: &str| {
        process(&format!(
            r#"<startEvent id="s"/><eventBasedGateway id="n"/><endEvent id="e"/>
            <sequenceFlow id="f" sourceRef="s" targetRef="n"/>{more}"#
        ))
    };
    let to = |id: &str| format!(r#"<sequenceFlow id="to{id}" sourceRef="n" targetRef="{id}"/>"#);
    check(&with(&[timer("a"), to("a"), timer("b"), to("b")].concat()), &[]);
    check(&with(&[timer("a"), to("a")].concat()), &["error event_gateway n"]);
    check(&with(&[timer("a"), to("a"), to("e")].concat()), &["error event_gateway e"]);
    let twice =
        [timer("a"), to("a"), timer("b"), to("b"), r#"<sequenceFlow id="z" sourceRef="b" targetRef="a"/>"#.into()];
    check(&with(&twice.concat()), &["error event_gateway a", "warning lack_of_synchronisation a"]);
}

#[test]
fn cancel_events_belong_to_transactions() {
    let cancel = r#"<endEvent id="j"><cancelEventDefinition/></endEvent>"#;
    let inside = format!(r#"<startEvent id="i"/>{cancel}<sequenceFlow id="k" sourceRef="i" targetRef="j"/>"#);
    let with = |tag: &str, border: &str| wired(&format!(r#"<{tag} id="n">{inside}</{tag}>{border}"#));
    let border = r#"<boundaryEvent id="b" attachedToRef="n"><cancelEventDefinition/></boundaryEvent>
        <sequenceFlow id="z" sourceRef="b" targetRef="e"/>"#;
    check(&with("transaction", border), &[TWICE]);
    check(&with("transaction", ""), &["error compensation j", TWICE]);
    check(&with("subProcess", ""), &["error compensation j", TWICE]);
    check(&with("subProcess", border), &["error compensation b", "error compensation j", TWICE]);
}

#[test]
fn links_lead_somewhere_in_their_scope() {
    let link =
        |tag: &str, id: &str, name: &str| format!(r#"<{tag} id="{id}"><linkEventDefinition name="{name}"/></{tag}>"#);
    let throw = link("intermediateThrowEvent", "n", "L");
    let flows =
        r#"<sequenceFlow id="x" sourceRef="a" targetRef="n"/><sequenceFlow id="y" sourceRef="c" targetRef="e"/>"#;
    let catching = link("intermediateCatchEvent", "c", "L");
    let with = |more: &str| process(&format!("{}{throw}{more}{flows}", body(GOOD)));
    check(&with(&catching), &[TWICE]);
    check(
        &with(&link("intermediateCatchEvent", "c", "other")),
        &["error reference n", "warning end_event n", "error unreachable c"],
    );
}

#[test]
fn drawing_and_data_elements_are_legal() {
    let xml = process(&format!(
        r#"{}<documentation>text</documentation><laneSet id="l"><lane id="m"><flowNodeRef>a</flowNodeRef></lane></laneSet>
        <dataObject id="d"/><dataObjectReference id="r" dataObjectRef="d"/><dataStoreReference id="t"/>
        <textAnnotation id="n"><text>note</text></textAnnotation><association id="o" sourceRef="a" targetRef="n"/>
        <group id="g"/>"#,
        body(GOOD)
    ));
    check(&xml, &[]);
}

#[test]
fn what_is_not_bpmn_is_said() {
    let with = |element: &str| process(&format!("{}{element}", body(GOOD)));
    check(&with(r#"<blackMagic id="n"/>"#), &["error unknown_element n"]);
    check(&with(r#"<script/>"#), &["error unknown_element -"]);
    let task = |inside: &str| graph(GOOD).replace(r#"<userTask id="a">"#, &format!(r#"<userTask id="a">{inside}"#));
    check(&task(r#"<userTask id="n"/>"#), &["error unknown_element a"]);
    check(&task("<magic/>"), &["error unknown_element a"]);
    check(&task("<script/>"), &["error unsupported_element a"]);
    check(&task("<other:x/>"), &["warning unmapped_attribute a"]);
    let attribute = |text: &str| graph(GOOD).replace(r#"<userTask id="a""#, &format!(r#"<userTask id="a" {text}"#));
    check(&attribute(r#"magic="1""#), &["warning unknown_attribute a"]);
    check(&attribute(r#"other:magic="1""#), &["warning unmapped_attribute a"]);
    // Modellers put their own marks on everything: each name is said once.
    let everywhere = graph(GOOD).replace(" id=\"", " other:colour=\"red\" id=\"");
    check(&everywhere, &["warning unmapped_attribute p"]);
}
