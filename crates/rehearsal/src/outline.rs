//! What a document says its nodes are: the element, the name, the loop marker. Read from the document and not from the
//! executable graph, which knows how nodes run and not how they are drawn.

use std::collections::HashMap;
use std::sync::Arc;

use bpmn::Document;
use bpmn::document::{Element, Namespace};

/// The nodes of a document by id.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    shapes: HashMap<Arc<str>, Shape>,
    /// Id and name of every process, in the order of the document.
    pub(crate) processes: Vec<(Arc<str>, Arc<str>)>,
}

/// An element with an id.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The element's local name.
    pub(crate) element: Arc<str>,
    /// Its `name`; empty when it has none.
    pub(crate) name: Arc<str>,
    /// The loop marker: `standardLoop` or `multiInstance`.
    pub(crate) marker: Option<&'static str>,
    /// The activity that a boundary event for errors is attached to.
    pub(crate) catches_errors_of: Option<Arc<str>>,
}

impl Outline {
    pub(crate) fn of(document: &Document) -> Self {
        let mut outline = Self::default();
        // Depth is bounded, breadth is not: an explicit stack keeps the order of the document.
        let mut open: Vec<&Element> = vec![document.root()];
        while let Some(element) = open.pop() {
            if element.namespace() != Namespace::Bpmn {
                continue;
            }
            if let Some(id) = element.attribute("id").filter(|id| !id.is_empty()) {
                let shape = Shape::of(element);
                if element.local() == "process" {
                    outline.processes.push((id.into(), Arc::clone(&shape.name)));
                }
                outline.shapes.entry(id.into()).or_insert(shape);
            }
            let children = open.len();
            open.extend(element.elements());
            open[children..].reverse();
        }
        outline
    }

    /// The element of an id.
    pub(crate) fn shape(&self, id: &str) -> Option<&Shape> {
        self.shapes.get(id)
    }

    /// Whether the id is one of this BPMN element.
    pub(crate) fn is(&self, id: &str, element: &str) -> bool {
        self.shape(id).is_some_and(|shape| &*shape.element == element)
    }
}

impl Shape {
    fn of(element: &Element) -> Self {
        let marker = if element.child("standardLoopCharacteristics").is_some() {
            Some("standardLoop")
        } else if element.child("multiInstanceLoopCharacteristics").is_some() {
            Some("multiInstance")
        } else {
            None
        };
        let catches = element.local() == "boundaryEvent" && element.child("errorEventDefinition").is_some();
        Self {
            element: element.local().into(),
            name: element.attribute("name").unwrap_or_default().into(),
            marker,
            catches_errors_of: element.attribute("attachedToRef").filter(|_| catches).map(Arc::from),
        }
    }
}
