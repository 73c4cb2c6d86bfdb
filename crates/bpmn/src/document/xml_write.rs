//! Writing the XML form: two spaces per level, except where white space would become content.

use std::fmt::Write;

use super::names::{is_char, is_space};
use super::{Document, ENVELOPE, Element, Envelope, Node, json_write};
use crate::Error;

pub(super) fn write(document: &Document) -> Result<String, Error> {
    let mut out = String::new();
    if let Some(declaration) = &document.declaration {
        out.push_str("<?xml");
        for (name, value) in json_write::declaration_attributes(declaration) {
            write!(out, " {name}=\"{value}\"").expect("writing to a string cannot fail");
        }
        out.push_str("?>\n");
    }
    if document.envelope != Envelope::default() {
        writeln!(out, "<?{ENVELOPE} {}?>", envelope(&document.envelope)).expect("writing to a string cannot fail");
    }
    for node in &document.content {
        write_node(&mut out, node, 0, Layout::Indented, "the document")?;
        out.push('\n');
    }
    Ok(out)
}

/// One element as a document of its own: with the namespaces that are declared around it.
pub(super) fn write_part(element: &Element, around: &[&Element]) -> Result<String, Error> {
    let mut part = element.clone();
    for declared in around.iter().rev().flat_map(|outer| &outer.attributes) {
        let is_namespace = declared.name == "xmlns" || declared.name.starts_with("xmlns:");
        if is_namespace && part.attributes.iter().all(|own| own.name != declared.name) {
            part.attributes.push(declared.clone());
        }
    }
    let mut out = String::new();
    write_element(&mut out, &part, 0, Layout::Indented)?;
    Ok(out)
}

/// The envelope as JSON that may stand in an instruction: no `?>` and no character that XML does not allow. All of
/// these can only be inside JSON strings, where an escape says the same.
fn envelope(envelope: &Envelope) -> String {
    let mut out = String::new();
    let mut previous = ' ';
    for c in json_write::envelope(envelope).chars() {
        if !is_char(c) || (previous == '?' && c == '>') {
            write!(out, "\\u{:04x}", u32::from(c)).expect("writing to a string cannot fail");
        } else {
            out.push(c);
        }
        previous = c;
    }
    out
}

/// Whether children go on lines of their own.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    Indented,
    Inline,
}

/// `place` names the nearest element for messages.
fn write_node(out: &mut String, node: &Node, depth: usize, layout: Layout, place: &str) -> Result<(), Error> {
    match node {
        Node::Element(element) => write_element(out, element, depth, layout),
        Node::Text(text) => escape(out, text, Inside::Text).map_err(|what| unwritable("the text", place, what)),
        // Inside a section a carriage return cannot be told from a line break; as text it can be escaped.
        Node::CData(text) if text.contains('\r') => {
            escape(out, text, Inside::Text).map_err(|what| unwritable("the text", place, what))
        }
        Node::CData(text) => {
            check(text).map_err(|what| unwritable("the text", place, what))?;
            // `]]>` ends a section: split it over two, which are read as one.
            write!(out, "<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
                .expect("writing to a string cannot fail");
            Ok(())
        }
        Node::Comment(text) => {
            let dashes = text.contains("--") || text.ends_with('-');
            let what = if dashes { Err("a double hyphen in a comment".to_owned()) } else { check_plain(text) };
            what.map_err(|what| unwritable("a comment", place, what))?;
            write!(out, "<!--{text}-->").expect("writing to a string cannot fail");
            Ok(())
        }
        Node::Instruction { name, text } => {
            let ends = text.contains("?>") || text.starts_with(is_space);
            let what = if ends { Err("'?>' or leading space".to_owned()) } else { check_plain(text) };
            what.map_err(|what| unwritable("an instruction", place, what))?;
            let space = if text.is_empty() { "" } else { " " };
            write!(out, "<?{name}{space}{text}?>").expect("writing to a string cannot fail");
            Ok(())
        }
    }
}

fn write_element(out: &mut String, element: &Element, depth: usize, layout: Layout) -> Result<(), Error> {
    let place = match element.attribute("id") {
        Some(id) => format!("'{}' (id '{id}')", element.name),
        None => format!("'{}'", element.name),
    };
    out.push('<');
    out.push_str(&element.name);
    for attribute in &element.attributes {
        write!(out, " {}=\"", attribute.name).expect("writing to a string cannot fail");
        escape(out, &attribute.value, Inside::Attribute)
            .map_err(|what| unwritable(&format!("the attribute '{}'", attribute.name), &place, what))?;
        out.push('"');
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return Ok(());
    }
    out.push('>');
    // White space may only be added where the reader takes it for layout.
    let has_text = element.children.iter().any(|child| matches!(child, Node::Text(_) | Node::CData(_)));
    let inside = if has_text || element.elements().next().is_none() { Layout::Inline } else { layout };
    for child in &element.children {
        if inside == Layout::Indented {
            line_break(out, depth + 1);
        }
        write_node(out, child, depth + 1, inside, &place)?;
    }
    if inside == Layout::Indented {
        line_break(out, depth);
    }
    write!(out, "</{}>", element.name).expect("writing to a string cannot fail");
    Ok(())
}

fn line_break(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Text,
    Attribute,
}

fn escape(out: &mut String, text: &str, inside: Inside) -> Result<(), String> {
    check(text)?;
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A literal carriage return is read as a line break.
            '\r' => out.push_str("&#13;"),
            '"' if inside == Inside::Attribute => out.push_str("&quot;"),
            '\n' if inside == Inside::Attribute => out.push_str("&#10;"),
            '\t' if inside == Inside::Attribute => out.push_str("&#9;"),
            _ => out.push(c),
        }
    }
    Ok(())
}

fn check(text: &str) -> Result<(), String> {
    match text.chars().find(|c| !is_char(*c)) {
        Some(c) => Err(format!("the character U+{:04X}", u32::from(c))),
        None => Ok(()),
    }
}

/// Where nothing can be escaped, a carriage return would not come back.
fn check_plain(text: &str) -> Result<(), String> {
    if text.contains('\r') { Err("a carriage return".to_owned()) } else { check(text) }
}

fn unwritable(part: &str, place: &str, what: String) -> Error {
    Error::Unwritable { place: format!("{part} of {place}"), what }
}
