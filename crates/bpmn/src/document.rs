//! The document: a generic element tree that holds all that a BPMN file says, for both forms of a taskflow.
//!
//! The JSON form is `{"elementType":"{}","workflow":{"elements":[…]}}`, the non-compact form of the common JavaScript
//! mapping of XML; the XML form is BPMN 2.0 XML. White space between elements (layout) is not kept; all else is:
//! comments, CDATA sections, namespace declarations, the diagram, unknown elements. What the JSON envelope holds
//! besides the elements travels in XML as a processing instruction before the root.

pub mod limits;
pub mod namespaces;

mod json_read;
mod json_write;
mod names;
mod xml_read;
mod xml_write;

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::{Map, Value};

use crate::Error;
pub use namespaces::Namespace;

/// Name of the processing instruction that carries the JSON envelope in XML.
const ENVELOPE: &str = "muster-envelope";

/// How a taskflow is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON-ised XML, which the vendor's editor writes.
    Json,
    /// BPMN 2.0 XML.
    Xml,
}

impl fmt::Display for Form {
    /// As `taskflow_type` spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
        })
    }
}

impl Form {
    /// The form by its name in `taskflow_type`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "JSON" => Some(Self::Json),
            "XML" => Some(Self::Xml),
            _ => None,
        }
    }
}

/// A BPMN document. Two documents are equal when they say the same; positions do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    declaration: Option<Declaration>,
    envelope: Envelope,
    /// The root element with the comments and instructions around it.
    content: Vec<Node>,
    /// Where in `content` the root is.
    root: usize,
}

/// The XML declaration. The encoding is always UTF-8.
#[derive(Debug, Clone, Default, PartialEq)]
struct Declaration {
    encoding: bool,
    standalone: Option<bool>,
}

/// Members of the JSON form that hold no elements.
#[derive(Debug, Clone, PartialEq)]
struct Envelope {
    /// Beside `workflow`.
    outer: Map,
    /// Inside `workflow`.
    inner: Map,
}

impl Default for Envelope {
    /// What the vendor's editor writes.
    fn default() -> Self {
        Self { outer: Map::from_iter([("elementType".into(), Value::string("{}"))]), inner: Map::new() }
    }
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text.
    Text(String),
    /// A CDATA section.
    CData(String),
    /// A comment.
    Comment(String),
    /// A processing instruction.
    Instruction {
        /// Its target.
        name: String,
        /// What follows the target.
        text: String,
    },
}

/// An element.
#[derive(Debug, Clone)]
pub struct Element {
    name: String,
    namespace: Namespace,
    attributes: Vec<Attribute>,
    children: Vec<Node>,
    line: Option<u32>,
}

/// An attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    name: String,
    namespace: Namespace,
    value: String,
}

impl PartialEq for Element {
    /// Positions do not count, and namespaces follow from the names and declarations.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.attributes == other.attributes && self.children == other.children
    }
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Document {
    /// Reads a taskflow: standard Base64 of UTF-8 text in the given form.
    ///
    /// # Errors
    /// Every [`Error`] but [`Error::Unwritable`].
    pub fn from_taskflow(base64: &str, form: Form) -> Result<Self, Error> {
        // Checked before decoding: Base64 is four characters for three bytes.
        if base64.len() > limits::MAX_BYTES.div_ceil(3) * 4 {
            return Err(Error::TooBig(limits::MAX_BYTES));
        }
        let bytes = BASE64_STANDARD.decode(base64).map_err(|error| Error::NotBase64(error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::NotUtf8)?;
        Self::from_text(text, form)
    }

    /// Reads text in the given form.
    ///
    /// # Errors
    /// As [`Document::from_taskflow`].
    pub fn from_text(text: &str, form: Form) -> Result<Self, Error> {
        if text.len() > limits::MAX_BYTES {
            return Err(Error::TooBig(limits::MAX_BYTES));
        }
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        match (form, text.trim_start().chars().next()) {
            (Form::Json, Some('<')) => return Err(Error::OtherForm(Form::Xml)),
            (Form::Xml, Some('{')) => return Err(Error::OtherForm(Form::Json)),
            _ => {}
        }
        match form {
            Form::Json => json_read::read(text),
            Form::Xml => xml_read::read(text),
        }
    }

    /// Writes the document as a taskflow (Base64).
    ///
    /// # Errors
    /// [`Error::Unwritable`] when the form is XML and a text holds what XML cannot.
    pub fn to_taskflow(&self, form: Form) -> Result<String, Error> {
        Ok(BASE64_STANDARD.encode(self.to_text(form)?))
    }

    /// Writes the document as text.
    ///
    /// # Errors
    /// As [`Document::to_taskflow`].
    pub fn to_text(&self, form: Form) -> Result<String, Error> {
        match form {
            Form::Json => Ok(json_write::write(self)),
            Form::Xml => xml_write::write(self),
        }
    }

    /// The root element: `definitions` of the BPMN namespace.
    pub fn root(&self) -> &Element {
        match &self.content[self.root] {
            Node::Element(root) => root,
            Node::Text(_) | Node::CData(_) | Node::Comment(_) | Node::Instruction { .. } => {
                unreachable!("the constructor looked the root up")
            }
        }
    }

    /// The last step of both readers: resolves names and checks that this is BPMN.
    fn assemble(declaration: Option<Declaration>, envelope: Envelope, content: Vec<Node>) -> Result<Self, Error> {
        let mut roots = content.iter().enumerate().filter(|(_, node)| matches!(node, Node::Element(_)));
        let (Some((root, _)), None) = (roots.next(), roots.next()) else {
            return Err(Error::NotBpmn("exactly one root element 'definitions' is expected".to_owned()));
        };
        let mut document = Self { declaration, envelope, content, root };
        if let Node::Element(element) = &mut document.content[root] {
            namespaces::resolve(element)?;
        }
        let element = document.root();
        if element.local() != "definitions" || element.namespace() != Namespace::Bpmn {
            return Err(Error::NotBpmn(format!(
                "the root element is '{}', not 'definitions' of the namespace {}",
                element.name(),
                namespaces::BPMN
            )));
        }
        Ok(document)
    }
}

impl Element {
    fn new(name: String, attributes: Vec<Attribute>, line: Option<u32>) -> Self {
        Self { name, namespace: Namespace::None, attributes, children: Vec::new(), line }
    }

    /// The name as written: `prefix:local` or `local`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local(&self.name)
    }

    /// The vocabulary that the name belongs to.
    pub fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// Whether this is the BPMN element of that local name.
    pub fn is_bpmn(&self, local: &str) -> bool {
        self.namespace == Namespace::Bpmn && self.local() == local
    }

    /// All attributes in the order written, namespace declarations included.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The value of an attribute without a prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.as_str())
    }

    /// All children.
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::CData(_) | Node::Comment(_) | Node::Instruction { .. } => None,
        })
    }

    /// The first child that is the BPMN element of that local name.
    pub fn child(&self, local: &str) -> Option<&Element> {
        self.elements().find(|child| child.is_bpmn(local))
    }

    /// The element as an XML document of its own; `around` are the elements around it, the nearest last.
    pub(crate) fn to_xml(&self, around: &[&Element]) -> Result<String, Error> {
        xml_write::write_part(self, around)
    }

    /// The text and CDATA directly inside.
    pub fn text(&self) -> Cow<'_, str> {
        let mut text = Cow::Borrowed("");
        for child in &self.children {
            if let Node::Text(piece) | Node::CData(piece) = child {
                if text.is_empty() {
                    text = Cow::Borrowed(piece);
                } else {
                    text.to_mut().push_str(piece);
                }
            }
        }
        text
    }

    /// The line it starts on, from 1; only known when it was read from XML.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// Adds a child; neighbouring texts become one, as they would when written and read again.
    fn push(&mut self, node: Node) {
        push_node(&mut self.children, node);
    }

    /// Drops white space that is only layout: texts without content beside child elements.
    fn drop_layout(&mut self) {
        let content = self.children.iter().any(|child| match child {
            Node::Text(text) => !names::is_blank(text),
            Node::CData(_) => true,
            Node::Element(_) | Node::Comment(_) | Node::Instruction { .. } => false,
        });
        if !content && self.elements().next().is_some() {
            self.children.retain(|child| !matches!(child, Node::Text(_)));
        }
    }
}

impl Attribute {
    fn new(name: String, value: String) -> Self {
        Self { name, namespace: Namespace::None, value }
    }

    /// The name as written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local(&self.name)
    }

    /// The vocabulary that the name belongs to.
    pub fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Appends a node, merging it into a neighbour that could not be told from it in XML.
fn push_node(nodes: &mut Vec<Node>, node: Node) {
    match (nodes.last_mut(), node) {
        (_, Node::Text(text)) if text.is_empty() => {}
        (Some(Node::Text(last)), Node::Text(text)) | (Some(Node::CData(last)), Node::CData(text)) => {
            last.push_str(&text);
        }
        (_, node) => nodes.push(node),
    }
}

/// Appends an attribute unless there is one of that name or there are too many.
fn push_attribute(attributes: &mut Vec<Attribute>, element: &str, name: String, value: String) -> Result<(), Error> {
    if attributes.len() == limits::MAX_ATTRIBUTES {
        return Err(Error::TooManyAttributes { element: element.to_owned(), limit: limits::MAX_ATTRIBUTES });
    }
    if attributes.iter().any(|attribute| attribute.name == name) {
        return Err(Error::DuplicateAttribute { element: element.to_owned(), attribute: name });
    }
    attributes.push(Attribute::new(name, value));
    Ok(())
}
