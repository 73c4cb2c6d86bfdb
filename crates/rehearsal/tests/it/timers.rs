//! The virtual clock moves when nothing else can advance.

use crate::world::{Given, check, path};

fn timer(id: &str, what: &str) -> String {
    format!(
        r#"<intermediateCatchEvent id="{id}"><timerEventDefinition>{what}</timerEventDefinition></intermediateCatchEvent>"#
    )
}

#[test]
fn a_timer_moves_the_clock_to_its_instant() {
    let day = timer("n", "<timeDuration>P1DT1S</timeDuration>");
    check(Given::process(&crate::world::around(&day)), "s n@PT24H1S e", "p FINISHED {}");
    let date = timer("n", "<timeDate>2026-01-01T01:00:00Z</timeDate>");
    check(Given::process(&crate::world::around(&date)), "s n@PT1H e", "p FINISHED {}");
    // What is past fires at once.
    let past = timer("n", "<timeDate>2020-01-01T00:00:00Z</timeDate>");
    check(Given::process(&crate::world::around(&past)), "s n e", "p FINISHED {}");
}

#[test]
fn the_earliest_is_first_and_answers_that_take_time_are_among_them() {
    let body = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/>{}{}<serviceTask id="c"/><parallelGateway id="j"/>
           <endEvent id="e"/>{}{}{}"#,
        timer("a", "<timeDuration>PT3H</timeDuration>"),
        timer("b", "<timeDuration>PT1H</timeDuration>"),
        path("s f a j e"),
        path("f b j"),
        path("f c j"),
    );
    let given = Given::process(&body).mocks(r#"{"c":{"output":{},"after":"PT2H"}}"#);
    check(given, "s f b@PT1H c@PT2H a@PT3H j e", "p FINISHED {}");
}

#[test]
fn a_timer_fires_beside_a_task_that_nobody_answers() {
    let body = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/><userTask id="u"/>{}<endEvent id="e"/><endEvent id="d"/>{}{}"#,
        timer("t", "<timeDuration>PT1H</timeDuration>"),
        path("s f u d"),
        path("f t e"),
    );
    let settings = r#"{"usertask_info":{"u":{"handle_parameters":[{"key":"k","name":"K","required":true}]}}}"#;
    check(Given::process(&body).settings(settings), "s f t@PT1H e", "p WAITING {}");
}

#[test]
fn an_answer_that_nobody_waits_for_any_more_does_not_make_time_pass() {
    let inside = format!(
        r#"<startEvent id="is"/><parallelGateway id="if"/><userTask id="late"/>{}<endEvent id="ie"/>
           <endEvent id="stop"><terminateEventDefinition/></endEvent>{}{}"#,
        timer("t", "<timeDuration>PT1H</timeDuration>"),
        path("is if late ie"),
        path("if t stop"),
    );
    let body = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/><subProcess id="sub">{inside}</subProcess><userTask id="u"/>
           <endEvent id="d"/><endEvent id="e"/>{}{}"#,
        path("s f sub d"),
        path("f u e"),
    );
    let required = r#"{"due":"P1D","handle_parameters":[{"key":"k","name":"K","required":true}]}"#;
    let settings = format!(r#"{{"usertask_info":{{"u":{required}}}}}"#);
    let mocks = r#"{"late":{"answer":{},"after":"P3D"}}"#;
    let given = || Given::process(&body).settings(&settings).mocks(mocks);
    check(given(), "s f is if t@PT1H ~late stop sub d", "p WAITING {}");
    // Where it is waited for, the due date of the other to-do passes on the way.
    let mut waited = given();
    waited.replace("<terminateEventDefinition/>", "");
    check(waited, "s f is if t@PT1H stop ~late@PT24H ~sub ~u", "p TERMINATED {}");
}
