//! The XML of a document, within limits, with lines.

mod guard;
pub(crate) mod namespaces;

use roxmltree::{Node, ParsingOptions};

use crate::limits;
use crate::problem::{Place, Problem, Severity, rule};

/// A document that is XML.
pub(crate) struct Document<'t> {
    xml: roxmltree::Document<'t>,
    /// Where lines end.
    breaks: Vec<usize>,
}

impl<'t> Document<'t> {
    /// Reads the text, or says why it is refused.
    pub(crate) fn parse(text: &'t str) -> Result<Self, Problem> {
        let refused = |line: Option<u32>, message: String| {
            let (element, severity) = (None, Severity::Error);
            Problem { element, line, rule: rule::DOCUMENT, severity, message }
        };
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        guard::check(text).map_err(|message| refused(None, message))?;
        let nodes_limit = u32::try_from(limits::MAX_NODES).unwrap_or(u32::MAX);
        let options = ParsingOptions { nodes_limit, ..ParsingOptions::default() };
        let xml = roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
            roxmltree::Error::NodesLimitReached => {
                let most = limits::MAX_NODES;
                refused(None, format!("the document has too many texts and comments: at most {most} are allowed"))
            }
            error => refused(Some(error.pos().row), format!("the document is not well-formed XML: {error}")),
        })?;
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Ok(Self { xml, breaks })
    }

    pub(crate) fn root(&self) -> Node<'_, 't> {
        self.xml.root_element()
    }

    /// Where an element is, for messages.
    pub(crate) fn place(&self, node: Node<'_, '_>) -> Place {
        let line = 1 + self.breaks.partition_point(|at| *at < node.range().start);
        let element = node.ancestors().find_map(|around| around.attribute("id")).map(str::to_owned);
        Place { element, line: u32::try_from(line).ok() }
    }
}

/// The texts directly inside an element, put together.
pub(crate) fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|child| child.text()).collect()
}
