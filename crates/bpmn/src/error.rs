//! Why a text is not a BPMN document.

use crate::document::Form;

/// Why a taskflow cannot be read or written. Everything here is refused on save; findings about what a readable
/// document *says* are [`crate::Problem`]s.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The taskflow is not standard Base64 with padding.
    #[error("the taskflow is not Base64: {0}")]
    NotBase64(String),
    /// The decoded taskflow is longer than [`crate::document::limits::MAX_BYTES`].
    #[error("the taskflow is too big: at most {0} bytes are allowed")]
    TooBig(usize),
    /// The decoded taskflow is not UTF-8.
    #[error("the taskflow is not UTF-8 text")]
    NotUtf8,
    /// The text is not JSON, or not the JSON form of XML.
    #[error("the taskflow is not BPMN in JSON form: {0}")]
    NotJson(String),
    /// The text is not well-formed XML.
    #[error("the taskflow is not well-formed XML: line {line}: {message}")]
    NotXml {
        /// Line of the text, from 1.
        line: u32,
        /// What is wrong.
        message: String,
    },
    /// The text is in the other form.
    #[error("the taskflow looks like {0}: taskflow_type must be {0} then")]
    OtherForm(Form),
    /// A document type declaration; entities are never expanded.
    #[error("the taskflow holds a document type declaration (DTD), which is not allowed")]
    Dtd,
    /// Elements (or JSON brackets) are nested deeper than allowed.
    #[error("the taskflow is nested too deeply: at most {0} levels of elements are allowed")]
    TooDeep(usize),
    /// More elements than allowed.
    #[error("the taskflow has too many elements: at most {0} are allowed")]
    TooManyElements(usize),
    /// More texts, comments and other nodes than allowed.
    #[error("the taskflow has too many texts and comments: at most {0} are allowed")]
    TooManyNodes(usize),
    /// One element has more attributes than allowed.
    #[error("the element '{element}' has too many attributes: at most {limit} are allowed")]
    TooManyAttributes {
        /// The element's name.
        element: String,
        /// How many are allowed.
        limit: usize,
    },
    /// An element or attribute name that XML does not allow.
    #[error("'{0}' is not a valid XML name")]
    Name(String),
    /// Two attributes of the same name.
    #[error("the element '{element}' has the attribute '{attribute}' twice")]
    DuplicateAttribute {
        /// The element's name.
        element: String,
        /// The attribute's name.
        attribute: String,
    },
    /// A prefix without a namespace declaration, or a declaration that XML does not allow.
    #[error("the namespace prefix '{prefix}' of '{element}' is not declared or not allowed")]
    Prefix {
        /// The prefix.
        prefix: String,
        /// The element that uses it.
        element: String,
    },
    /// Well-formed, but not a BPMN document.
    #[error("the taskflow is not BPMN: {0}")]
    NotBpmn(String),
    /// The document says something that XML cannot hold; only when writing XML.
    #[error("{place} cannot be written as XML: {what}")]
    Unwritable {
        /// Where it is.
        place: String,
        /// What XML cannot hold.
        what: String,
    },
}
