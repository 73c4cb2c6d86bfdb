//! Writing the JSON form, compact, members in the order the vendor's editor writes them.

use model::{Map, Value};

use super::{Declaration, Document, Element, Envelope, Node};

pub(super) fn write(document: &Document) -> String {
    let mut out = String::from("{");
    members(&mut out, &document.envelope.outer);
    out.push_str("\"workflow\":{");
    if let Some(declaration) = &document.declaration {
        out.push_str("\"declaration\":{\"attributes\":{");
        for (index, (name, value)) in declaration_attributes(declaration).into_iter().enumerate() {
            separate(&mut out, index);
            member(&mut out, name, value);
        }
        out.push_str("}},");
    }
    members(&mut out, &document.envelope.inner);
    elements(&mut out, &document.content);
    out.push_str("}}");
    out
}

/// The envelope on its own, as it travels in XML.
pub(super) fn envelope(envelope: &Envelope) -> String {
    Value::object([("outer", Value::map(envelope.outer.clone())), ("inner", Value::map(envelope.inner.clone()))])
        .to_json()
}

/// The attributes of the XML declaration.
pub(super) fn declaration_attributes(declaration: &Declaration) -> Vec<(&'static str, &'static str)> {
    let mut attributes = vec![("version", "1.0")];
    if declaration.encoding {
        attributes.push(("encoding", "UTF-8"));
    }
    if let Some(standalone) = declaration.standalone {
        attributes.push(("standalone", if standalone { "yes" } else { "no" }));
    }
    attributes
}

/// Each member with a comma behind it.
fn members(out: &mut String, members: &Map) {
    for (name, value) in members {
        out.push_str(&string(name));
        out.push(':');
        out.push_str(&value.to_json());
        out.push(',');
    }
}

fn elements(out: &mut String, nodes: &[Node]) {
    out.push_str("\"elements\":[");
    for (index, node) in nodes.iter().enumerate() {
        separate(out, index);
        out.push('{');
        match node {
            Node::Element(element) => write_element(out, element),
            Node::Text(text) => typed(out, "text", "text", text),
            Node::CData(text) => typed(out, "cdata", "cdata", text),
            Node::Comment(text) => typed(out, "comment", "comment", text),
            Node::Instruction { name, text } => {
                member(out, "type", "instruction");
                out.push(',');
                member(out, "name", name);
                out.push(',');
                member(out, "instruction", text);
            }
        }
        out.push('}');
    }
    out.push(']');
}

/// Recursion is bounded by the nesting limit.
fn write_element(out: &mut String, element: &Element) {
    typed(out, "element", "name", &element.name);
    if !element.attributes.is_empty() {
        out.push_str(",\"attributes\":{");
        for (index, attribute) in element.attributes.iter().enumerate() {
            separate(out, index);
            member(out, &attribute.name, &attribute.value);
        }
        out.push('}');
    }
    if !element.children.is_empty() {
        out.push(',');
        elements(out, &element.children);
    }
}

fn typed(out: &mut String, kind: &str, name: &str, value: &str) {
    member(out, "type", kind);
    out.push(',');
    member(out, name, value);
}

fn member(out: &mut String, name: &str, value: &str) {
    out.push_str(&string(name));
    out.push(':');
    out.push_str(&string(value));
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

fn string(text: &str) -> String {
    serde_json::to_string(text).expect("a string cannot fail to serialise")
}
