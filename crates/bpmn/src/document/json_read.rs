//! Reading the JSON form. The text is scanned for depth before serde_json sees it, and nodes are counted while they
//! are read, so that memory stays in proportion to the limits.

use std::cell::{Cell, RefCell};
use std::fmt;

use model::{Map, Value};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::limits::{Counted, MAX_DEPTH, MAX_JSON_DEPTH, MAX_JSON_VALUES, MAX_NODES};
use super::names::{is_space, split_qname};
use super::{Attribute, Declaration, Document, ENVELOPE, Element, Envelope, Node, push_attribute, push_node};
use crate::Error;

pub(super) fn read(text: &str) -> Result<Document, Error> {
    check_shape(text)?;
    let reader = Reader::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let read = OuterSeed(&reader).deserialize(&mut json).and_then(|read| json.end().map(|()| read));
    match (read, reader.refused.take()) {
        (Ok((declaration, envelope, content)), None) => Document::assemble(declaration, envelope, content),
        (_, Some(refused)) => Err(refused),
        (Err(error), None) => Err(Error::NotJson(error.to_string())),
    }
}

/// The envelope that an XML document carries in an instruction.
pub(super) fn envelope(text: &str) -> Option<Envelope> {
    check_shape(text).ok()?;
    let value = Value::from_json(text).ok()?;
    let (outer, inner) = (value.get("outer").as_map()?, value.get("inner").as_map()?);
    let free = !outer.contains_key("workflow") && !inner.contains_key("elements") && !inner.contains_key("declaration");
    free.then(|| Envelope { outer: outer.clone(), inner: inner.clone() })
}

/// Reads the attributes of an XML declaration.
pub(super) fn declaration<'a>(attributes: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Declaration, String> {
    let mut declaration = Declaration::default();
    let mut version = false;
    for (name, value) in attributes {
        match (name, value) {
            ("version", "1.0") => version = true,
            ("version", _) => return Err("only XML version 1.0 is supported".to_owned()),
            // The bytes have proved to be UTF-8, whatever the label says.
            ("encoding", _) => declaration.encoding = true,
            ("standalone", "yes") => declaration.standalone = Some(true),
            ("standalone", "no") => declaration.standalone = Some(false),
            _ => return Err(format!("unknown part '{name}' of the XML declaration")),
        }
    }
    if version { Ok(declaration) } else { Err("the XML declaration has no version".to_owned()) }
}

/// Refuses brackets that are nested deeper than a document of the deepest elements can be, and more values than a
/// document of the most nodes can have.
fn check_shape(text: &str) -> Result<(), Error> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b',' => values += 1,
            b'[' | b'{' => {
                values += 1;
                depth += 1;
                if depth > MAX_JSON_DEPTH {
                    return Err(Error::TooDeep(MAX_DEPTH));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if values > MAX_JSON_VALUES { Err(Error::TooManyNodes(MAX_NODES)) } else { Ok(()) }
}

/// State shared by all seeds.
#[derive(Default)]
struct Reader {
    counted: RefCell<Counted>,
    depth: Cell<usize>,
    /// The reason when it was not serde_json that refused.
    refused: RefCell<Option<Error>>,
}

impl Reader {
    /// Keeps our own reason while serde carries a message up.
    fn refuse<E: serde::de::Error>(&self, error: Error) -> E {
        let message = error.to_string();
        self.refused.borrow_mut().get_or_insert(error);
        E::custom(message)
    }
}

type Parts = (Option<Declaration>, Envelope, Vec<Node>);

macro_rules! object_seed {
    ($seed:ident => $value:ty, $expecting:literal) => {
        impl<'de> DeserializeSeed<'de> for $seed<'_> {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<$value, D::Error> {
                deserializer.deserialize_map(self)
            }
        }

        impl<'de> Visitor<'de> for $seed<'_> {
            type Value = $value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($expecting)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$value, A::Error> {
                self.read(map)
            }
        }
    };
}

/// `{"elementType":…,"workflow":{…}}`.
struct OuterSeed<'r>(&'r Reader);

impl OuterSeed<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
        let mut outer = Map::new();
        let mut workflow = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "workflow" {
                once(&mut workflow, map.next_value_seed(InnerSeed(self.0))?, "workflow")?;
            } else {
                keep(&mut outer, &key, map.next_value()?)?;
            }
        }
        let Some((declaration, inner, content)) = workflow else {
            return Err(self.0.refuse(Error::NotBpmn("the member 'workflow' is missing".to_owned())));
        };
        Ok((declaration, Envelope { outer, inner }, content))
    }
}
object_seed!(OuterSeed => Parts, "an object with the member 'workflow'");

/// `{"elements":[…]}`.
struct InnerSeed<'r>(&'r Reader);

impl InnerSeed<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<(Option<Declaration>, Map, Vec<Node>), A::Error> {
        let (mut declaration, mut content) = (None, None);
        let mut inner = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "elements" => once(&mut content, map.next_value_seed(NodesSeed(self.0))?, "elements")?,
                "declaration" => {
                    let value: Value = map.next_value()?;
                    once(&mut declaration, json_declaration(&value).map_err(A::Error::custom)?, "declaration")?;
                }
                _ => keep(&mut inner, &key, map.next_value()?)?,
            }
        }
        let Some(content) = content else {
            return Err(self.0.refuse(Error::NotBpmn("the member 'workflow.elements' is missing".to_owned())));
        };
        Ok((declaration, inner, content))
    }
}
object_seed!(InnerSeed => (Option<Declaration>, Map, Vec<Node>), "an object with the member 'elements'");

fn json_declaration(value: &Value) -> Result<Declaration, String> {
    let members = value.as_map().filter(|members| members.keys().all(|key| &**key == "attributes"));
    let attributes = members.and_then(|members| members.get("attributes")).and_then(Value::as_map);
    let attributes = attributes.ok_or("'declaration' must hold 'attributes' and nothing else")?;
    let mut pairs = Vec::new();
    for (name, value) in attributes {
        pairs.push((&**name, value.as_str().ok_or("the attributes of 'declaration' must be strings")?));
    }
    declaration(pairs.into_iter())
}

/// A list of nodes.
struct NodesSeed<'r>(&'r Reader);

impl<'de> DeserializeSeed<'de> for NodesSeed<'_> {
    type Value = Vec<Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Node>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for NodesSeed<'_> {
    type Value = Vec<Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Node>, A::Error> {
        let reader = self.0;
        reader.depth.set(reader.depth.get() + 1);
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element_seed(NodeSeed(reader))? {
            push_node(&mut nodes, node);
        }
        reader.depth.set(reader.depth.get() - 1);
        Ok(nodes)
    }
}

/// One node. Its members may come in any order, so all are read before it is made.
struct NodeSeed<'r>(&'r Reader);

#[derive(Default)]
struct NodeParts {
    kind: Option<String>,
    name: Option<String>,
    attributes: Option<Vec<Attribute>>,
    elements: Option<Vec<Node>>,
    /// The member that holds the text, and the text.
    text: Option<(&'static str, String)>,
}

impl NodeSeed<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let reader = self.0;
        reader.counted.borrow_mut().node().map_err(|error| reader.refuse(error))?;
        let mut parts = NodeParts::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => once(&mut parts.kind, map.next_value()?, "type")?,
                "name" => once(&mut parts.name, map.next_value()?, "name")?,
                "attributes" => {
                    once(&mut parts.attributes, map.next_value_seed(AttributesSeed(reader))?, "attributes")?;
                }
                "elements" => once(&mut parts.elements, map.next_value_seed(NodesSeed(reader))?, "elements")?,
                "text" => once(&mut parts.text, ("text", map.next_value()?), "text")?,
                "cdata" => once(&mut parts.text, ("cdata", map.next_value()?), "cdata")?,
                "comment" => once(&mut parts.text, ("comment", map.next_value()?), "comment")?,
                "instruction" => once(&mut parts.text, ("instruction", map.next_value()?), "instruction")?,
                "doctype" => {
                    map.next_value::<IgnoredAny>()?;
                    return Err(reader.refuse(Error::Dtd));
                }
                _ => return Err(A::Error::custom(format!("unknown member '{key}' of a node"))),
            }
        }
        self.make(parts)
    }

    fn make<E: serde::de::Error>(&self, parts: NodeParts) -> Result<Node, E> {
        let reader = self.0;
        let wrong = |what: &str| E::custom(format!("a node {what}"));
        let NodeParts { kind, name, attributes, elements, text } = parts;
        let kind = kind.ok_or_else(|| wrong("without 'type'"))?;
        if let Some((member, text)) = &text {
            check_text(&format_args!("the member '{member}' of a node"), text)?;
        }
        match (kind.as_str(), name, attributes, elements, text) {
            ("element", Some(name), attributes, elements, None) => {
                if reader.depth.get() > MAX_DEPTH {
                    return Err(reader.refuse(Error::TooDeep(MAX_DEPTH)));
                }
                reader.counted.borrow_mut().element().map_err(|error| reader.refuse(error))?;
                let mut element = Element::new(name, attributes.unwrap_or_default(), None);
                element.children = elements.unwrap_or_default();
                element.drop_layout();
                Ok(Node::Element(element))
            }
            ("element", None, ..) => Err(wrong("of type 'element' has no 'name'")),
            ("text", None, None, None, Some(("text", text))) if reader.depth.get() > 1 => Ok(Node::Text(text)),
            ("cdata", None, None, None, Some(("cdata", text))) if reader.depth.get() > 1 => Ok(Node::CData(text)),
            ("comment", None, None, None, Some(("comment", text))) => Ok(Node::Comment(text)),
            ("instruction", Some(name), None, None, text @ (None | Some(("instruction", _)))) => {
                let named = matches!(split_qname(&name), Some((None, _)));
                if !named || name == ENVELOPE || name.eq_ignore_ascii_case("xml") {
                    return Err(wrong(&format!("of type 'instruction' may not be named '{name}'")));
                }
                let text = text.map_or_else(String::new, |(_, text)| text.trim_start_matches(is_space).to_owned());
                Ok(Node::Instruction { name, text })
            }
            ("text" | "cdata", ..) if reader.depth.get() == 1 => Err(wrong("with text outside the root element")),
            ("element" | "text" | "cdata" | "comment" | "instruction", ..) => {
                Err(wrong(&format!("of type '{kind}' with members that do not belong to it")))
            }
            ("doctype", ..) => Err(reader.refuse(Error::Dtd)),
            _ => Err(wrong(&format!("of the unknown type '{kind}'"))),
        }
    }
}
object_seed!(NodeSeed => Node, "a node");

/// `{"name":"value",…}`.
struct AttributesSeed<'r>(&'r Reader);

impl AttributesSeed<'_> {
    fn read<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Attribute>, A::Error> {
        let mut attributes = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let value: Value = map.next_value()?;
            let Some(value) = value.as_str() else {
                return Err(A::Error::custom(format!("the attribute '{name}' must be a string")));
            };
            check_text(&format_args!("the attribute '{name}'"), value)?;
            push_attribute(&mut attributes, "an element", name, value.to_owned())
                .map_err(|error| self.0.refuse(error))?;
        }
        Ok(attributes)
    }
}
object_seed!(AttributesSeed => Vec<Attribute>, "an object of strings");

/// Ids and texts go into the storage as they are, and PostgreSQL holds no U+0000. XML cannot spell it.
fn check_text<E: serde::de::Error>(place: &dyn fmt::Display, text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom(format!("{place} holds the character U+0000"))) } else { Ok(()) }
}

fn once<T, E: serde::de::Error>(place: &mut Option<T>, value: T, name: &str) -> Result<(), E> {
    if place.replace(value).is_some() { Err(E::custom(format!("the member '{name}' comes twice"))) } else { Ok(()) }
}

fn keep<E: serde::de::Error>(members: &mut Map, key: &str, value: Value) -> Result<(), E> {
    match members.insert(key.into(), value) {
        Some(_) => Err(E::custom(format!("the member '{key}' comes twice"))),
        None => Ok(()),
    }
}
