//! Input that is meant to do harm, or that is simply not BPMN.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bpmn::{Document, Error, Form};
use proptest::prelude::*;

use crate::support::process;

const NS: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

fn xml(inside: &str) -> String {
    format!(r#"<definitions xmlns="{NS}">{inside}</definitions>"#)
}

fn json(inside: &str) -> String {
    format!(
        r#"{{"elementType":"{{}}","workflow":{{"elements":[{{"type":"element","name":"definitions","attributes":{{"xmlns":"{NS}"}},"elements":[{inside}]}}]}}}}"#
    )
}

fn element(inside: &str) -> String {
    format!(r#"{{"type":"element","name":"a","elements":[{inside}]}}"#)
}

/// What the reader says, as a variant name and message.
fn refusal(text: &str, form: Form) -> String {
    match Document::from_text(text, form) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => {
            let debug = format!("{error:?}");
            let end = debug.find(|c: char| !c.is_alphanumeric()).unwrap_or(debug.len());
            format!("{}: {error}", &debug[..end])
        }
    }
}

#[track_caller]
fn check(text: &str, form: Form, expected: &str) {
    let found = refusal(text, form);
    assert!(found.starts_with(expected), "expected {expected}, found {found}");
}

#[test]
fn the_taskflow_must_be_base64_of_utf8() {
    let taskflow = |base64: &str| Document::from_taskflow(base64, Form::Json);
    assert!(matches!(taskflow("not base64!"), Err(Error::NotBase64(_))));
    assert!(matches!(taskflow("abc"), Err(Error::NotBase64(_))));
    assert_eq!(taskflow(&BASE64_STANDARD.encode([0xff, 0xfe])), Err(Error::NotUtf8));
    assert!(matches!(taskflow(""), Err(Error::NotJson(_))));
    assert!(matches!(taskflow(&BASE64_STANDARD.encode("{")), Err(Error::NotJson(_))));
    assert_eq!(taskflow(&"A".repeat(20_000_000)), Err(Error::TooBig(10_000_000)));
}

#[test]
fn ten_megabytes_are_too_big() {
    let padding = " ".repeat(10_000_001 - xml("").len());
    check(&xml(&padding), Form::Xml, "TooBig");
    check(&json(&padding), Form::Json, "TooBig");
    let taskflow = BASE64_STANDARD.encode(xml(&padding));
    assert_eq!(Document::from_taskflow(&taskflow, Form::Xml), Err(Error::TooBig(10_000_000)));
}

#[test]
fn document_types_and_entities_are_refused() {
    let laughs = r#"<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    check(&format!("{laughs}{}", xml("&b;")), Form::Xml, "Dtd");
    check(&format!("<!DOCTYPE x SYSTEM 'file:///etc/passwd'>{}", xml("")), Form::Xml, "Dtd");
    check(&xml("&b;"), Form::Xml, "NotXml");
    check(&xml("<a b='&b;'/>"), Form::Xml, "NotXml");
    check(&json("").replace(r#"[{"#, r#"[{"type":"doctype","doctype":"x"},{"#), Form::Json, "Dtd");
}

#[test]
fn nesting_is_limited_in_both_forms() {
    let xml_of = |depth: usize| xml(&format!("{}{}", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1)));
    let json_of = |depth: usize| (1..depth).fold(String::new(), |inside, _| element(&inside));
    check(&xml_of(50), Form::Xml, "accepted");
    check(&xml_of(51), Form::Xml, "TooDeep");
    check(&xml_of(1_000_000), Form::Xml, "TooDeep");
    check(&json(&json_of(50)), Form::Json, "accepted");
    check(&json(&json_of(51)), Form::Json, "TooDeep");
    for bomb in ["[".repeat(10_000), r#"{"a":"#.repeat(10_000), json(&"[".repeat(9_000_000))] {
        check(&bomb, Form::Json, if bomb.starts_with('[') || bomb.starts_with('{') { "TooDeep" } else { "" });
    }
    // Brackets inside strings are no nesting.
    check(&json(&element(&format!(r#"{{"type":"text","text":"{}\"{{{{"}}"#, "[".repeat(500)))), Form::Json, "accepted");
}

#[test]
fn the_number_of_elements_is_limited_in_both_forms() {
    check(&xml(&"<a/>".repeat(49_999)), Form::Xml, "accepted");
    check(&xml(&"<a/>".repeat(50_000)), Form::Xml, "TooManyElements");
    let elements = |count: usize| json(&vec![r#"{"type":"element","name":"a"}"#; count].join(","));
    check(&elements(49_999), Form::Json, "accepted");
    check(&elements(50_000), Form::Json, "TooManyElements");
    check(&xml(&"<!---->".repeat(300_000)), Form::Xml, "TooManyNodes");
    check(&json(&vec!["{}"; 300_000].join(",")), Form::Json, "NotJson");
    check(&json(&vec![r#"{"type":"comment","comment":""}"#; 250_000].join(",")), Form::Json, "TooManyNodes");
    check(&json(&vec!["[]"; 2_500_000].join(",")), Form::Json, "TooManyNodes");
    let attributes: String = (0..300).map(|index| format!(" a{index}='1'")).collect();
    check(&xml(&format!("<a{attributes}/>")), Form::Xml, "TooManyAttributes");
}

#[test]
fn characters_that_xml_does_not_have_are_refused() {
    check(&xml("\0"), Form::Xml, "NotXml: the taskflow is not well-formed XML: line 1: the character U+0000");
    check(&xml("\n\n\u{FFFF}"), Form::Xml, "NotXml: the taskflow is not well-formed XML: line 3");
    for reference in ["&#0;", "&#x0;", "&#1;", "&#xD800;", "&#x110000;", "&#+65;", "&#;", "&#x;", "&;", "& ", "&amp"] {
        check(&xml(reference), Form::Xml, "NotXml");
        check(&xml(&format!("<a b='{reference}'/>")), Form::Xml, "NotXml");
    }
}

#[test]
fn xml_that_is_not_well_formed_is_refused() {
    for text in [
        "<a>",
        "</a>",
        "<a></b>",
        "<a b='1' b='2'/>",
        "<a b/>",
        "<a b=1/>",
        "<a b='1'c='2'/>",
        "<a b='<'/>",
        "<1a/>",
        "<a:b:c xmlns:a='x'/>",
        "<a 1='x'/>",
        "]]>",
        "<!-- a -- b -->",
        "<!-- a --->",
        "<?xml version='1.0'?>",
        "<?XML x?>",
        "<a",
        "<![CDATA[",
        "<!-- ",
        "< a/>",
    ] {
        let found = refusal(&xml(text), Form::Xml);
        let ours = ["NotXml", "DuplicateAttribute", "Name"].iter().any(|kind| found.starts_with(kind));
        assert!(ours, "{text}: {found}");
    }
    for text in ["", " ", "<a/>x", "x<a/>", "<![CDATA[x]]>"] {
        assert!(Document::from_text(&text.replace("<a/>", &xml("")), Form::Xml).is_err(), "{text}");
    }
    check(&format!("{}{}", xml(""), xml("")), Form::Xml, "NotBpmn");
    check(&format!(" <?xml version='1.0'?>{}", xml("")), Form::Xml, "NotXml");
    check(&format!("<?xml version='1.1'?>{}", xml("")), Form::Xml, "NotXml");
    check(&format!("<?xml encoding='UTF-8'?>{}", xml("")), Form::Xml, "NotXml");
}

#[test]
fn prefixes_must_be_declared() {
    check(&xml("<x:a/>"), Form::Xml, "Prefix");
    check(&xml("<a x:b='1'/>"), Form::Xml, "Prefix");
    check(&xml("<a xmlns:x=''/>"), Form::Xml, "Prefix");
    check(&xml("<a xmlns:xmlns='x'/>"), Form::Xml, "Prefix");
    check(&xml("<a xmlns:x='u' xmlns:y='u' x:b='1' y:b='2'/>"), Form::Xml, "DuplicateAttribute");
    check(&json(r#"{"type":"element","name":"x:a"}"#), Form::Json, "Prefix");
}

#[test]
fn other_documents_are_not_bpmn() {
    check("<html/>", Form::Xml, "NotBpmn");
    check("<definitions/>", Form::Xml, "NotBpmn");
    check("<definitions xmlns='http://www.omg.org/spec/DMN/20180521/MODEL/'/>", Form::Xml, "NotBpmn");
    check("{}", Form::Json, "NotBpmn");
    check(r#"{"workflow":{}}"#, Form::Json, "NotBpmn");
    check(r#"{"workflow":{"elements":[]}}"#, Form::Json, "NotBpmn");
    check(r#"{"workflow":{"elements":[{"type":"element","name":"definitions"}]}}"#, Form::Json, "NotBpmn");
    check("just text", Form::Xml, "NotXml");
    check("[]", Form::Json, "NotJson");
    check("null", Form::Json, "NotJson");
}

#[test]
fn json_nodes_have_the_members_of_their_type() {
    for node in [
        "5",
        "{}",
        r#"{"type":"element"}"#,
        r#"{"type":"element","name":5}"#,
        r#"{"type":"element","name":"a","attributes":[]}"#,
        r#"{"type":"element","name":"a","elements":{}}"#,
        r#"{"type":"element","name":"a","attributes":{"x":1}}"#,
        r#"{"type":"element","name":"a","text":"x"}"#,
        r#"{"type":"element","name":"a","name":"b"}"#,
        r#"{"type":"element","name":"a","colour":"red"}"#,
        r#"{"type":"text"}"#,
        r#"{"type":"text","text":5}"#,
        r#"{"type":"text","text":"x","name":"a"}"#,
        r#"{"type":"text","cdata":"x"}"#,
        r#"{"type":"magic"}"#,
        r#"{"type":"instruction","name":"xml"}"#,
        r#"{"type":"instruction","name":"a b"}"#,
        r#"{"type":"text","text":"\ud800"}"#,
    ] {
        check(&json(node), Form::Json, "NotJson");
    }
    check(&json(r#"{"type":"element","name":"a b"}"#), Form::Json, "Name");
    check(&json(r#"{"type":"element","name":"a","attributes":{"a=":"x"}}"#), Form::Json, "Name");
    check(&json(r#"{"type":"element","name":"a","attributes":{"x":"1","x":"2"}}"#), Form::Json, "DuplicateAttribute");
    check(&format!("{} x", json("")), Form::Json, "NotJson");
    check(&json("").replacen('{', r#"{"x":1,"x":2,"#, 1), Form::Json, "NotJson");
}

proptest! {
    /// Whatever bytes come, the answer is a document or an error.
    #[test]
    fn any_text_is_answered(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        for form in [Form::Json, Form::Xml] {
            let _ = Document::from_text(&text, form);
            let _ = Document::from_taskflow(&BASE64_STANDARD.encode(&bytes), form);
        }
    }

    /// We never accept what an independent parser refuses.
    #[test]
    fn damaged_xml_is_not_accepted(at in any::<prop::sample::Index>(), c in "[<>&'\"=/!?\\-\\[\\] :a\n\\]]") {
        let good = process(
            "<!-- a --><task id='x' soar:component='&lt;'>t&#10;</task><?pi x?><script><![CDATA[a]]></script>",
        );
        let at = at.index(good.len());
        prop_assume!(good.is_char_boundary(at));
        let damaged = format!("{}{c}{}", &good[..at], &good[at..]);
        if Document::from_text(&damaged, Form::Xml).is_ok() {
            let independent = roxmltree::Document::parse(&damaged);
            prop_assert!(independent.is_ok(), "{damaged}: {independent:?}");
        }
    }
}
