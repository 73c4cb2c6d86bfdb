//! Reading the XML form: one pass over quick-xml's events with an explicit stack, so that no limit depends on what
//! the parser does. What quick-xml leaves to its caller (characters, attribute syntax, entities, one root) is checked
//! here.

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesStart, Event};

use super::limits::{Counted, MAX_DEPTH};
use super::names::{is_blank, is_char, is_space, split_qname};
use super::{Attribute, Declaration, Document, ENVELOPE, Element, Envelope, Node, push_attribute, push_node};
use crate::Error;

pub(super) fn read(text: &str) -> Result<Document, Error> {
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_char(*c)) {
        let line = Lines::new(text).at(at);
        return Err(Error::NotXml { line, message: format!("the character U+{:04X} is not allowed", u32::from(c)) });
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut tree = Tree { lines: Lines::new(text), ..Tree::default() };
    loop {
        let at = usize::try_from(reader.buffer_position()).expect("a position within the text");
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).expect("a position within the text");
            Error::NotXml { line: tree.lines.at(at.max(tree.lines.position)), message: error.to_string() }
        })?;
        tree.line = tree.lines.at(at);
        if matches!(event, Event::Eof) {
            return tree.finish();
        }
        tree.event(event, at)?;
    }
}

/// Counts lines up to a position that only moves forward.
#[derive(Default)]
struct Lines<'t> {
    text: &'t [u8],
    position: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), position: 0, line: 1 }
    }

    fn at(&mut self, position: usize) -> u32 {
        let position = position.clamp(self.position, self.text.len());
        let breaks = self.text[self.position..position].iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.position = position;
        self.line
    }
}

#[derive(Default)]
struct Tree<'t> {
    lines: Lines<'t>,
    /// Line of the event being read.
    line: u32,
    declaration: Option<Declaration>,
    envelope: Option<Envelope>,
    /// Finished nodes outside any element.
    content: Vec<Node>,
    /// Elements that are still open.
    open: Vec<Element>,
    counted: Counted,
}

impl Tree<'_> {
    fn event(&mut self, event: Event<'_>, at: usize) -> Result<(), Error> {
        match event {
            Event::Start(start) => self.start(&start),
            Event::Empty(start) => {
                self.start(&start)?;
                self.end();
                Ok(())
            }
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => {
                if text.contains("]]>") {
                    return Err(self.error("']]>' is not allowed in text"));
                }
                let content = text.xml10_content();
                if self.open.is_empty() && is_blank(&content) {
                    return Ok(());
                }
                self.text(&content)
            }
            Event::GeneralRef(reference) => {
                let mut text = String::new();
                push_reference(&mut text, &reference).map_err(|message| self.error(&message))?;
                self.text(&text)
            }
            Event::CData(data) => {
                if self.open.is_empty() {
                    return Err(self.error("a CDATA section outside the root element"));
                }
                self.node(Node::CData(data.xml10_content().into_owned()))
            }
            Event::Comment(comment) => {
                if comment.ends_with('-') {
                    return Err(self.error("a comment may not end in '--->'"));
                }
                self.node(Node::Comment(comment.xml10_content().into_owned()))
            }
            Event::Decl(declaration) if at == 0 => self.declaration(&declaration),
            Event::Decl(_) => Err(self.error("an XML declaration must stand at the very beginning")),
            Event::PI(instruction) => {
                let name = instruction.target();
                if name.eq_ignore_ascii_case("xml") || !matches!(split_qname(name), Some((None, _))) {
                    return Err(self.error("a processing instruction needs a name other than 'xml'"));
                }
                let text = instruction.content().replace("\r\n", "\n").replace('\r', "\n");
                self.instruction(name, text.trim_start_matches(is_space))
            }
            Event::DocType(_) => Err(Error::Dtd),
            Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), Error> {
        if self.open.len() == MAX_DEPTH {
            return Err(Error::TooDeep(MAX_DEPTH));
        }
        self.counted.element()?;
        let name = start.name();
        let attributes = self.attributes(name.as_ref(), start.attributes_raw())?;
        self.open.push(Element::new(name.as_ref().to_owned(), attributes, Some(self.line)));
        Ok(())
    }

    fn end(&mut self) {
        // quick-xml has matched the names, so there is an open element.
        if let Some(mut element) = self.open.pop() {
            element.drop_layout();
            self.place(Node::Element(element));
        }
    }

    fn attributes(&self, element: &str, raw: &str) -> Result<Vec<Attribute>, Error> {
        let mut attributes = Vec::new();
        let mut rest = raw;
        loop {
            let trimmed = rest.trim_start_matches(is_space);
            if trimmed.is_empty() {
                return Ok(attributes);
            }
            if trimmed.len() == rest.len() {
                return Err(self.error(&format!("white space is missing between attributes of '{element}'")));
            }
            let syntax = || self.error(&format!("an attribute of '{element}' is not of the form name=\"value\""));
            let (name, after) = trimmed.split_once('=').ok_or_else(syntax)?;
            let name = name.trim_end_matches(is_space);
            let after = after.trim_start_matches(is_space);
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(syntax)?;
            let (value, after) = after[1..].split_once(quote).ok_or_else(syntax)?;
            let value = attribute_value(value).map_err(|message| self.error(&message))?;
            push_attribute(&mut attributes, element, name.to_owned(), value)?;
            rest = after;
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        let Some(element) = self.open.last_mut() else {
            return Err(self.error("text outside the root element"));
        };
        if !matches!(element.children.last(), Some(Node::Text(_))) {
            self.counted.node()?;
        }
        element.push(Node::Text(text.to_owned()));
        Ok(())
    }

    fn node(&mut self, node: Node) -> Result<(), Error> {
        self.counted.node()?;
        self.place(node);
        Ok(())
    }

    fn place(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(element) => element.push(node),
            None => push_node(&mut self.content, node),
        }
    }

    fn instruction(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if name == ENVELOPE && self.open.is_empty() {
            let envelope = super::json_read::envelope(text)
                .ok_or_else(|| self.error(&format!("the instruction '{ENVELOPE}' does not hold an envelope")))?;
            self.envelope = Some(envelope);
            return Ok(());
        }
        self.node(Node::Instruction { name: name.to_owned(), text: text.to_owned() })
    }

    fn declaration(&mut self, declaration: &BytesDecl<'_>) -> Result<(), Error> {
        let attributes = self.attributes("?xml", declaration.strip_prefix("xml").unwrap_or(declaration))?;
        let declaration = super::json_read::declaration(
            attributes.iter().map(|attribute| (attribute.name.as_str(), attribute.value.as_str())),
        )
        .map_err(|message| self.error(&message))?;
        self.declaration = Some(declaration);
        Ok(())
    }

    fn finish(self) -> Result<Document, Error> {
        if let Some(element) = self.open.last() {
            return Err(self.error(&format!("the element '{}' is not closed", element.name)));
        }
        Document::assemble(self.declaration, self.envelope.unwrap_or_default(), self.content)
    }

    fn error(&self, message: &str) -> Error {
        Error::NotXml { line: self.line, message: message.to_owned() }
    }
}

/// An attribute's value with references replaced and white space normalised as XML asks: each literal line break or
/// tab is a space; those written as references stay.
fn attribute_value(raw: &str) -> Result<String, String> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '<', '\t', '\n', '\r']) {
        value.push_str(&rest[..at]);
        let special = &rest[at..];
        rest = &special[1..];
        match special.as_bytes()[0] {
            b'&' => {
                let (reference, after) = rest.split_once(';').ok_or("'&' must be written as '&amp;'")?;
                push_reference(&mut value, reference)?;
                rest = after;
            }
            b'<' => return Err("'<' is not allowed in an attribute".to_owned()),
            b'\r' => {
                value.push(' ');
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            _ => value.push(' '),
        }
    }
    value.push_str(rest);
    Ok(value)
}

/// Appends what `&reference;` stands for: a character or one of XML's five names.
fn push_reference(text: &mut String, reference: &str) -> Result<(), String> {
    let unknown = || format!("unknown entity '&{};'", reference.chars().take(20).collect::<String>());
    let c = match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = reference.strip_prefix('#').ok_or_else(unknown)?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
            // `from_str_radix` would also read a sign.
            let code = digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok());
            code.flatten().and_then(char::from_u32).filter(|c| is_char(*c)).ok_or_else(unknown)?
        }
    };
    text.push(c);
    Ok(())
}
