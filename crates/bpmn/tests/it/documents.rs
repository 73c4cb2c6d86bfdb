//! Reading and writing both forms.

use bpmn::document::{Namespace, Node};
use bpmn::{Document, Error, Form};

use crate::support::{process, read};

const NS: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

fn xml(inside: &str) -> String {
    format!(r#"<b:definitions xmlns:b="{NS}">{inside}</b:definitions>"#)
}

fn json(inside: &str) -> String {
    format!(
        r#"{{"elementType":"{{}}","workflow":{{"elements":[{{"type":"element","name":"b:definitions","attributes":{{"xmlns:b":"{NS}"}},"elements":[{inside}]}}]}}}}"#
    )
}

/// Reads in one form and gives the text in the other.
#[track_caller]
fn convert(text: &str, from: Form) -> String {
    let to = if from == Form::Xml { Form::Json } else { Form::Xml };
    Document::from_text(text, from).unwrap().to_text(to).unwrap()
}

/// Checks that the two texts are the same document, each converted to the other and back.
#[track_caller]
fn check_pair(xml: &str, json: &str) {
    let from_xml = Document::from_text(xml, Form::Xml).unwrap();
    let from_json = Document::from_text(json, Form::Json).unwrap();
    assert_eq!(from_xml, from_json);
    assert_eq!(Document::from_text(&convert(xml, Form::Xml), Form::Json).unwrap(), from_xml);
    assert_eq!(Document::from_text(&convert(json, Form::Json), Form::Xml).unwrap(), from_json);
    assert_eq!(convert(xml, Form::Xml), json);
}

#[test]
fn every_kind_of_node_exists_in_both_forms() {
    check_pair(
        &xml(
            r#"<!-- note --><b:a x="1" y="&lt;&#10;&quot;"/><b:t>a &amp; b</b:t><b:c><![CDATA[x < y]]></b:c><?go there?>"#,
        ),
        &json(
            r#"{"type":"comment","comment":" note "},{"type":"element","name":"b:a","attributes":{"x":"1","y":"<\n\""}},{"type":"element","name":"b:t","elements":[{"type":"text","text":"a & b"}]},{"type":"element","name":"b:c","elements":[{"type":"cdata","cdata":"x < y"}]},{"type":"instruction","name":"go","instruction":"there"}"#,
        ),
    );
}

#[test]
fn the_declaration_and_what_surrounds_the_root_are_kept() {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<!--before-->\n{}\n<!--after-->\n",
        xml("")
    )
    .replace("></b:definitions>", "/>");
    let document = read(&xml);
    assert_eq!(document.to_text(Form::Xml).unwrap(), xml);
    let json = document.to_text(Form::Json).unwrap();
    assert!(json.contains(r#""declaration":{"attributes":{"version":"1.0","encoding":"UTF-8","standalone":"yes"}}"#));
    assert_eq!(convert(&json, Form::Json), xml);
}

#[test]
fn what_the_envelope_holds_travels_through_xml() {
    let json = json("").replace(r#","elements":[]"#, "").replace(
        r#""elementType":"{}","workflow":{"#,
        r#""elementType":"{\"a\":\"?>\"}","more":[1.10,{"x":null}],"workflow":{"inner":"\u0001","#,
    );
    let document = Document::from_text(&json, Form::Json).unwrap();
    assert_eq!(document.to_text(Form::Json).unwrap(), json);
    let xml = document.to_text(Form::Xml).unwrap();
    assert_eq!(convert(&xml, Form::Xml), json);
}

#[test]
fn layout_is_dropped_and_content_is_not() {
    let layout = "<b:a>\n  <b:b> </b:b>\n  <!-- c -->\n</b:a>";
    let a = "{\"type\":\"element\",\"name\":\"b:a\",\"elements\":[{\"type\":\"element\",\"name\":\"b:b\",\"elements\":[{\"type\":\"text\",\"text\":\" \"}]},{\"type\":\"comment\",\"comment\":\" c \"}]}";
    check_pair(&xml(layout), &json(a));
    let mixed = "<b:a>one <b:b/> <b:b/></b:a>";
    let a = r#"{"type":"element","name":"b:a","elements":[{"type":"text","text":"one "},{"type":"element","name":"b:b"},{"type":"text","text":" "},{"type":"element","name":"b:b"}]}"#;
    check_pair(&xml(mixed), &json(a));
}

#[test]
fn line_breaks_are_those_of_xml() {
    let document = read(&xml("<b:a x='1\r\n2\t3&#13;'>p\r\nq\rr&#13;s</b:a>"));
    let a = document.root().elements().next().unwrap();
    assert_eq!(a.attribute("x"), Some("1 2 3\r"));
    assert_eq!(a.text(), "p\nq\nr\rs");
    assert_eq!(read(&document.to_text(Form::Xml).unwrap()), document);
}

#[test]
fn neighbouring_texts_are_one() {
    let text = |piece: &str| format!(r#"{{"type":"text","text":"{piece}"}}"#);
    let a = format!(r#"{{"type":"element","name":"b:a","elements":[{},{},{}]}}"#, text("x"), text(""), text("y"));
    let document = Document::from_text(&json(&a), Form::Json).unwrap();
    let a = document.root().elements().next().unwrap();
    assert_eq!(a.children(), [Node::Text("xy".to_owned())]);
    let references = read(&xml("<b:a>1&amp;2&#x33;&apos;</b:a>"));
    assert_eq!(references.root().elements().next().unwrap().children(), [Node::Text("1&23'".to_owned())]);
}

#[test]
fn a_section_end_inside_cdata_survives() {
    let a = r#"{"type":"element","name":"b:a","elements":[{"type":"cdata","cdata":"a]]>b"}]}"#;
    let document = Document::from_text(&json(a), Form::Json).unwrap();
    assert_eq!(read(&document.to_text(Form::Xml).unwrap()), document);
}

#[test]
fn a_carriage_return_inside_cdata_survives_as_text() {
    let a = r#"{"type":"element","name":"b:a","elements":[{"type":"cdata","cdata":"if (a < b)\r\n"}]}"#;
    let document = Document::from_text(&json(a), Form::Json).unwrap();
    let back = read(&document.to_text(Form::Xml).unwrap());
    assert_eq!(back.root().elements().next().unwrap().text(), "if (a < b)\r\n");
}

#[test]
fn names_belong_to_namespaces_by_declaration_not_by_prefix() {
    let document = read(&format!(
        r#"<definitions xmlns="{NS}" xmlns:f="http://activiti.org/bpmn" xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI">
        <task f:x="1" y="2"/><d:BPMNDiagram/><z xmlns="urn:z"><y/></z></definitions>"#
    ));
    let namespaces: Vec<Namespace> = document.root().elements().map(|element| element.namespace()).collect();
    assert_eq!(namespaces, [Namespace::Bpmn, Namespace::Diagram, Namespace::Other]);
    let task = document.root().elements().next().unwrap();
    let namespaces: Vec<Namespace> = task.attributes().iter().map(|attribute| attribute.namespace()).collect();
    assert_eq!(namespaces, [Namespace::Flowable, Namespace::None]);
}

#[test]
fn elements_know_their_line() {
    let document = read(&format!("<?xml version='1.0'?>\n{}", xml("\n<b:a\n x='1'/>\r\n<b:c><b:d/></b:c>")));
    let lines: Vec<Option<u32>> = document.root().elements().map(|element| element.line()).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    let json = document.to_text(Form::Json).unwrap();
    assert_eq!(Document::from_text(&json, Form::Json).unwrap().root().line(), None);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(read(&format!("\u{FEFF}{}", xml(""))), read(&xml("")));
    assert!(Document::from_text(&format!("\u{FEFF}{}", json("")), Form::Json).is_ok());
}

#[test]
fn the_wrong_form_is_named() {
    assert_eq!(Document::from_text(&json(""), Form::Xml), Err(Error::OtherForm(Form::Json)));
    assert_eq!(Document::from_text(&xml(""), Form::Json), Err(Error::OtherForm(Form::Xml)));
    let message = Error::OtherForm(Form::Xml).to_string();
    assert!(message.contains("looks like XML"), "{message}");
}

#[test]
fn what_xml_cannot_hold_is_named_with_its_place() {
    for (inside, place) in [
        (
            r#"{"type":"element","name":"b:a","attributes":{"id":"n","x":"\u0002"}}"#,
            "the attribute 'x' of 'b:a' (id 'n')",
        ),
        (r#"{"type":"element","name":"b:a","elements":[{"type":"text","text":"\u0001"}]}"#, "the text of 'b:a'"),
        (r#"{"type":"element","name":"b:a","elements":[{"type":"cdata","cdata":"\uffff"}]}"#, "the text of 'b:a'"),
        (r#"{"type":"comment","comment":"a--b"}"#, "a comment of 'b:definitions'"),
        (r#"{"type":"instruction","name":"x","instruction":"a?>b"}"#, "an instruction of 'b:definitions'"),
    ] {
        let document = Document::from_text(&json(inside), Form::Json).unwrap();
        match document.to_text(Form::Xml) {
            Err(Error::Unwritable { place: found, .. }) => assert_eq!(found, place),
            other => panic!("{inside}: {other:?}"),
        }
        // The JSON form can hold it.
        assert_eq!(Document::from_text(&document.to_text(Form::Json).unwrap(), Form::Json).unwrap(), document);
    }
}

#[test]
fn the_character_that_no_storage_holds_is_refused_in_json() {
    for (inside, place) in [
        (r#"{"type":"element","name":"b:a","attributes":{"id":"a\u0000b"}}"#, "the attribute 'id'"),
        (r#"{"type":"element","name":"b:a","elements":[{"type":"text","text":"\u0000"}]}"#, "the member 'text'"),
        (r#"{"type":"element","name":"b:a","elements":[{"type":"cdata","cdata":"\u0000"}]}"#, "the member 'cdata'"),
        (r#"{"type":"comment","comment":"\u0000"}"#, "the member 'comment'"),
    ] {
        let message = Document::from_text(&json(inside), Form::Json).unwrap_err().to_string();
        assert!(message.contains(place) && message.contains("U+0000"), "{message}");
    }
}

#[test]
fn deep_documents_up_to_the_limit_are_read_in_both_forms() {
    let nested = |depth: usize| xml(&format!("{}text{}", "<b:a>".repeat(depth - 1), "</b:a>".repeat(depth - 1)));
    let document = read(&nested(50));
    let json = document.to_text(Form::Json).unwrap();
    assert_eq!(Document::from_text(&json, Form::Json).unwrap(), document);
}

#[test]
fn what_was_written_is_what_an_independent_parser_reads() {
    let document = read(&process(r#"<task id="a&amp;b" name="&lt;x&gt;&#9;'"/><script><![CDATA[a < b]]></script>"#));
    let text = document.to_text(Form::Xml).unwrap();
    let independent = roxmltree::Document::parse(&text).unwrap();
    let task = independent.descendants().find(|node| node.has_tag_name((NS, "task"))).unwrap();
    assert_eq!(task.attribute("id"), Some("a&b"));
    assert_eq!(task.attribute("name"), Some("<x>\t'"));
    let script = independent.descendants().find(|node| node.has_tag_name((NS, "script"))).unwrap();
    assert_eq!(script.text(), Some("a < b"));
}
