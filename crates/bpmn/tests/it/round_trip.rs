//! Reading what was written gives the same document, through both forms, for random trees.

use bpmn::{Document, Form};
use proptest::prelude::*;

const NS: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

#[derive(Debug, Clone)]
enum Piece {
    Element { name: String, attributes: Vec<(String, String)>, children: Vec<Piece> },
    Text(String),
    CData(String),
    Comment(String),
    Instruction(String),
}

/// Text of characters that XML can hold, with those that need care more often than chance.
fn text() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        Just(' '),
        Just('\n'),
        Just('\r'),
        Just('\t'),
        Just('<'),
        Just('>'),
        Just('&'),
        Just('"'),
        Just('\''),
        Just(']'),
        any::<char>().prop_filter("a character of XML", |c| {
            matches!(c, '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
        }),
    ];
    prop::collection::vec(c, 0..8).prop_map(String::from_iter)
}

fn name() -> impl Strategy<Value = String> {
    "(b:|x:)?[a-zA-Z_é][a-zA-Z0-9_.é-]{0,5}".prop_filter("xmlns is no name", |name| !name.starts_with("xmlns"))
}

fn piece() -> impl Strategy<Value = Piece> {
    let leaf = prop_oneof![
        text().prop_map(Piece::Text),
        // A carriage return in CDATA becomes text, which has a test of its own.
        text().prop_map(|text| Piece::CData(text.replace('\r', "]]>"))),
        "[a-z <&\n]{0,6}".prop_map(Piece::Comment),
        "[a-z][a-z <&\n]{0,6}".prop_map(Piece::Instruction),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        let attributes = prop::collection::btree_map(name(), text(), 0..3);
        (name(), attributes, prop::collection::vec(inner, 0..5)).prop_map(|(name, attributes, children)| {
            Piece::Element { name, attributes: attributes.into_iter().collect(), children }
        })
    })
}

fn json(piece: &Piece) -> serde_json::Value {
    use serde_json::json;
    match piece {
        Piece::Element { name, attributes, children } => {
            let attributes: serde_json::Map<_, _> =
                attributes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            let children: Vec<_> = children.iter().map(json_of).collect();
            json!({"type": "element", "name": name, "attributes": attributes, "elements": children})
        }
        Piece::Text(text) => json!({"type": "text", "text": text}),
        Piece::CData(text) => json!({"type": "cdata", "cdata": text}),
        Piece::Comment(text) => json!({"type": "comment", "comment": text}),
        Piece::Instruction(text) => json!({"type": "instruction", "name": "go", "instruction": text}),
    }
}

fn json_of(piece: &Piece) -> serde_json::Value {
    json(piece)
}

fn document(children: Vec<Piece>) -> String {
    let attributes = vec![("xmlns:b".to_owned(), NS.to_owned()), ("xmlns:x".to_owned(), "urn:x".to_owned())];
    let root = Piece::Element { name: "b:definitions".to_owned(), attributes, children };
    serde_json::json!({"elementType": "{}", "workflow": {"elements": [json(&root)]}}).to_string()
}

proptest! {
    #[test]
    fn both_forms_keep_everything(children in prop::collection::vec(piece(), 0..6)) {
        let text = document(children);
        let read = Document::from_text(&text, Form::Json).unwrap();

        let json = read.to_text(Form::Json).unwrap();
        prop_assert_eq!(&Document::from_text(&json, Form::Json).unwrap(), &read);

        let xml = read.to_text(Form::Xml).unwrap();
        let from_xml = Document::from_text(&xml, Form::Xml).unwrap();
        prop_assert_eq!(&from_xml, &read, "{}", xml);
        prop_assert_eq!(from_xml.to_text(Form::Xml).unwrap(), xml.clone());
        prop_assert_eq!(from_xml.to_text(Form::Json).unwrap(), json);

        // What is written is XML to others too.
        let independent = roxmltree::Document::parse(&xml);
        prop_assert!(independent.is_ok(), "{}: {:?}", xml, independent);
    }
}
