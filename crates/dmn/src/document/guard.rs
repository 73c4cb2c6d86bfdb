//! One pass over the text that finds what would cost the parser too much: it keeps what it has read, compares the
//! attributes of an element with each other, and copies namespaces.
//!
//! Only as much of XML is understood as that takes. Text that is not well-formed is passed on, since the parser stops
//! there and says what is wrong.

use crate::limits;

/// Says why the document is refused.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.len() > limits::MAX_BYTES {
        return Err(format!("the document is too long: at most {} bytes are allowed", limits::MAX_BYTES));
    }
    let marks = |mark: u8| text.bytes().filter(|byte| *byte == mark).count();
    if marks(b'<') > limits::MAX_MARKS || marks(b'=') > limits::MAX_MARKS {
        return Err(format!("the document has more than {} tags or attributes", limits::MAX_MARKS));
    }
    let mut counted = Counted::default();
    let mut at = 0;
    while let Some(start) = find(text, at, "<") {
        let rest = &text[start..];
        let end = if rest.starts_with("<!--") {
            find(text, start + 4, "-->")
        } else if rest.starts_with("<![CDATA[") {
            find(text, start + 9, "]]>")
        } else if rest.starts_with("<?") {
            find(text, start + 2, "?>")
        } else if rest.starts_with("<!DOCTYPE") {
            return Err("a document type declaration (DOCTYPE) is not allowed".to_owned());
        } else if rest.starts_with("<!") {
            None
        } else if rest.starts_with("</") {
            counted.depth = counted.depth.saturating_sub(1);
            find(text, start, ">")
        } else {
            counted.element(text, start)?
        };
        let Some(end) = end else { return Ok(()) };
        at = end + 1;
    }
    Ok(())
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    text.get(from..)?.find(what).map(|length| from + length)
}

#[derive(Default)]
struct Counted {
    depth: usize,
    elements: usize,
    namespaces: usize,
}

impl Counted {
    /// Reads the start tag at `start` and tells where its `>` is.
    fn element(&mut self, text: &str, start: usize) -> Result<Option<usize>, String> {
        self.elements += 1;
        self.depth += 1;
        if self.elements > limits::MAX_ELEMENTS {
            return Err(format!("the document has too many elements: at most {} are allowed", limits::MAX_ELEMENTS));
        }
        if self.depth > limits::MAX_DEPTH {
            return Err(format!("the document is nested too deep: at most {} levels are allowed", limits::MAX_DEPTH));
        }
        let mut attributes = 0;
        let mut at = start + 1;
        loop {
            let Some(length) = text[at..].find(['"', '\'', '>']) else { return Ok(None) };
            let found = at + length;
            let quote = match text.as_bytes()[found] {
                b'>' => {
                    self.depth -= usize::from(text[..found].ends_with('/'));
                    return Ok(Some(found));
                }
                b'"' => "\"",
                _ => "'",
            };
            attributes += 1;
            self.namespaces += usize::from(text[at..found].trim_start().starts_with("xmlns"));
            if attributes > limits::MAX_ATTRIBUTES {
                let most = limits::MAX_ATTRIBUTES;
                return Err(format!("an element has too many attributes: at most {most} are allowed"));
            }
            if self.namespaces > limits::MAX_NAMESPACES {
                let most = limits::MAX_NAMESPACES;
                return Err(format!("the document declares too many namespaces: at most {most} are allowed"));
            }
            let Some(close) = find(text, found + 1, quote) else { return Ok(None) };
            at = close + 1;
        }
    }
}
