//! How large a document may be. The limits hold while a document is read, before anything recursive sees it.

use crate::Error;

/// Longest decoded taskflow, in bytes.
pub const MAX_BYTES: usize = 10_000_000;
/// Deepest nesting of elements; the root is at depth 1.
pub const MAX_DEPTH: usize = 50;
/// Most elements.
pub const MAX_ELEMENTS: usize = 50_000;
/// Most nodes of any kind: elements, texts, comments, instructions.
pub const MAX_NODES: usize = 200_000;
/// Most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 256;

/// Deepest nesting of JSON brackets: two for the envelope, an array and an object for each element, and an array and
/// an object for a text inside the deepest element.
pub(super) const MAX_JSON_DEPTH: usize = 2 + 2 * MAX_DEPTH + 2;

/// Most JSON values: ten for each node, which leaves room for attributes.
pub(super) const MAX_JSON_VALUES: usize = 10 * MAX_NODES;

/// What has been counted so far.
#[derive(Debug, Default)]
pub(super) struct Counted {
    elements: usize,
    nodes: usize,
}

impl Counted {
    /// Counts a node of any kind.
    pub(super) fn node(&mut self) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(Error::TooManyNodes(MAX_NODES)) } else { Ok(()) }
    }

    /// Counts an element, also as a node.
    pub(super) fn element(&mut self) -> Result<(), Error> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS { Err(Error::TooManyElements(MAX_ELEMENTS)) } else { self.node() }
    }
}
