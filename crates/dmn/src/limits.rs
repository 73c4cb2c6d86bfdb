//! How large a document may be, and how far checking it goes. The limits hold before anything walks the document.

/// Longest document, in bytes.
pub const MAX_BYTES: usize = 10_000_000;
/// Deepest nesting of elements; the root is at depth 1.
pub const MAX_DEPTH: usize = 50;
/// Most elements. A cell of a table takes two.
pub const MAX_ELEMENTS: usize = 100_000;
/// Most nodes of any kind: elements, texts, comments, instructions.
pub const MAX_NODES: usize = 500_000;
/// Most attributes of one element.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most declarations of namespaces in a document: each element that has one copies those around it.
pub const MAX_NAMESPACES: usize = 1_000;
/// Most characters `<`, and most characters `=`, for each of which the parser sets memory aside.
pub(crate) const MAX_MARKS: usize = 1_000_000;

/// Most decisions in a chain that require each other.
pub const MAX_CHAIN: usize = 50;
/// Most problems that are told of one document.
pub const MAX_PROBLEMS: usize = 1_000;

/// Most rules of a table for which a warning about two of them is given.
pub(crate) const MAX_PAIRS: usize = 100;
/// Steps for finding out which inputs the rules of a document's tables take.
pub(crate) const SAMPLE_STEPS: u64 = 4_000_000;
/// Comparisons of what two rules of a table take, for all tables of a document.
pub(crate) const PAIR_STEPS: u64 = 20_000_000;
