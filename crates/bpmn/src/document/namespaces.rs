//! Resolving prefixes: each element and attribute learns which namespace it belongs to.

use super::names::split_qname;
use super::{Attribute, Element, Node};
use crate::Error;

/// Namespace of BPMN 2.0 models.
pub const BPMN: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
/// Namespace of the vendor's own attributes, which is also ours.
pub const SOAR: &str = "https://soc.cloudsre.com/soar/v2";
const DIAGRAM: [&str; 3] = [
    "http://www.omg.org/spec/BPMN/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DC",
];
const FLOWABLE: [&str; 2] = ["http://flowable.org/bpmn", "http://activiti.org/bpmn"];
const CAMUNDA: &str = "http://camunda.org/schema/1.0/bpmn";
const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Which vocabulary a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// No namespace: attributes without a prefix.
    None,
    /// BPMN 2.0 models.
    Bpmn,
    /// BPMN diagrams: BPMN DI, DI and DC.
    Diagram,
    /// SecMaster and ourselves (`soar:`).
    Soar,
    /// Flowable, and Activiti before it.
    Flowable,
    /// Camunda 7.
    Camunda,
    /// Camunda 8.
    Zeebe,
    /// `xml:`, `xmlns:` and `xsi:`.
    Xml,
    /// Any other.
    Other,
}

impl Namespace {
    fn of(uri: &str) -> Self {
        match uri {
            "" => Self::None,
            BPMN => Self::Bpmn,
            SOAR => Self::Soar,
            CAMUNDA => Self::Camunda,
            ZEEBE => Self::Zeebe,
            XML | XMLNS | XSI => Self::Xml,
            uri if FLOWABLE.contains(&uri) => Self::Flowable,
            uri if DIAGRAM.contains(&uri) => Self::Diagram,
            _ => Self::Other,
        }
    }
}

/// Resolves every name of a tree. Fails on names that are not XML names, undeclared prefixes, declarations that XML
/// does not allow and attributes that are the same in two spellings. Recursion is bounded by the nesting limit.
pub(super) fn resolve(root: &mut Element) -> Result<(), Error> {
    resolve_in(root, &mut Vec::new())
}

/// One declaration in force: prefix (empty for the default namespace) and URI.
type Declarations = Vec<(String, String)>;

fn resolve_in(element: &mut Element, declared: &mut Declarations) -> Result<(), Error> {
    let outer = declared.len();
    for attribute in &element.attributes {
        if let Some(prefix) = declared_prefix(&attribute.name) {
            check_declaration(prefix, &attribute.value, &element.name)?;
            declared.push((prefix.to_owned(), attribute.value.clone()));
        }
    }
    let (prefix, _) = split_qname(&element.name).ok_or_else(|| Error::Name(element.name.clone()))?;
    element.namespace = Namespace::of(lookup(prefix.unwrap_or(""), declared, &element.name)?);

    // (URI, local name) of the prefixed attributes: two prefixes may stand for one namespace.
    let mut expanded: Vec<(&str, &str)> = Vec::new();
    for attribute in &mut element.attributes {
        let Attribute { name, namespace, .. } = attribute;
        let (prefix, local) = split_qname(name).ok_or_else(|| Error::Name(name.clone()))?;
        *namespace = match prefix {
            None if name == "xmlns" => Namespace::Xml,
            None => Namespace::None,
            Some("xmlns") => Namespace::Xml,
            Some(prefix) => {
                let uri = lookup(prefix, declared, &element.name)?;
                if expanded.contains(&(uri, local)) {
                    return Err(Error::DuplicateAttribute { element: element.name.clone(), attribute: name.clone() });
                }
                expanded.push((uri, local));
                Namespace::of(uri)
            }
        };
    }
    for child in &mut element.children {
        if let Node::Element(child) = child {
            resolve_in(child, declared)?;
        }
    }
    declared.truncate(outer);
    Ok(())
}

/// The prefix that an attribute declares: `a` for `xmlns:a`, empty for `xmlns`.
fn declared_prefix(attribute: &str) -> Option<&str> {
    if attribute == "xmlns" { Some("") } else { attribute.strip_prefix("xmlns:") }
}

fn check_declaration(prefix: &str, uri: &str, element: &str) -> Result<(), Error> {
    let allowed = match prefix {
        "xml" => uri == XML,
        "xmlns" => false,
        "" => uri != XML && uri != XMLNS,
        _ => !uri.is_empty() && uri != XML && uri != XMLNS,
    };
    if allowed { Ok(()) } else { Err(Error::Prefix { prefix: prefix.to_owned(), element: element.to_owned() }) }
}

fn lookup<'d>(prefix: &str, declared: &'d Declarations, element: &str) -> Result<&'d str, Error> {
    if prefix == "xml" {
        return Ok(XML);
    }
    match declared.iter().rev().find(|(known, _)| known == prefix) {
        Some((_, uri)) => Ok(uri),
        None if prefix.is_empty() => Ok(""),
        None => Err(Error::Prefix { prefix: prefix.to_owned(), element: element.to_owned() }),
    }
}
