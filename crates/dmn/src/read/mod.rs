//! From XML to definitions. Everything that is wrong is reported, and only a document without errors is definitions.

mod requirements;
mod table;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use expr::feel::Expression;
use roxmltree::Node;

use crate::definitions::{Decision, Definitions, Logic};
use crate::document::{self, Document, namespaces};
use crate::problem::{Problem, Problems, rule};
use crate::warn;
use requirements::Requirement;

/// Reads a DMN document.
///
/// # Errors
/// All that is wrong with it, in the order of the text. What is merely odd is told of documents that can be used:
/// [`Definitions::warnings`].
pub fn read(xml: &str) -> Result<Definitions, Vec<Problem>> {
    let document = Document::parse(xml).map_err(|problem| vec![problem])?;
    let mut reader =
        Reader { document: &document, namespace: "", by_id: HashMap::new(), problems: Problems::default() };
    let Some(decisions) = reader.definitions() else { return Err(reader.problems.sorted()) };
    let Reader { mut problems, .. } = reader;
    warn::about(&decisions, &mut problems);
    Ok(Definitions { decisions, warnings: problems.sorted() })
}

/// What stands in a document and changes no decision: types, which are not checked, drawing, and who decides.
const IGNORED_IN_DEFINITIONS: [&str; 12] = [
    "description",
    "extensionElements",
    "itemDefinition",
    "inputData",
    "decisionService",
    "knowledgeSource",
    "organizationUnit",
    "performanceIndicator",
    "elementCollection",
    "textAnnotation",
    "association",
    "group",
];

const IGNORED_IN_DECISIONS: [&str; 12] = [
    "description",
    "extensionElements",
    "question",
    "allowedAnswers",
    "variable",
    "authorityRequirement",
    "supportedObjective",
    "impactedPerformanceIndicator",
    "decisionMaker",
    "decisionOwner",
    "usingProcess",
    "usingTask",
];

/// Logic of the standard that is not evaluated, and what it is called.
const UNSUPPORTED_LOGIC: [(&str, &str); 10] = [
    ("invocation", "an invocation"),
    ("context", "a context"),
    ("relation", "a relation"),
    ("list", "a list"),
    ("functionDefinition", "a function"),
    ("conditional", "a conditional"),
    ("filter", "a filter"),
    ("for", "a loop"),
    ("every", "a quantified expression"),
    ("some", "a quantified expression"),
];

struct Reader<'d, 't> {
    document: &'d Document<'t>,
    /// The namespace of the document's elements.
    namespace: &'d str,
    /// The names of the elements directly in the document, by their ids.
    by_id: HashMap<&'d str, &'d str>,
    problems: Problems,
}

/// A decision before the decisions that it requires are found.
struct Draft {
    decision: Decision,
    requirements: Vec<Requirement>,
}

impl<'d, 't> Reader<'d, 't> {
    fn error(&mut self, rule: &'static str, node: Node<'_, '_>, message: impl Into<String>) {
        self.problems.error(rule, self.document.place(node), message);
    }

    /// The child elements of the standard; those of other vocabularies say nothing to us.
    fn elements(&self, node: Node<'d, 't>) -> impl Iterator<Item = Node<'d, 't>> + use<'d, 't> {
        let namespace = self.namespace;
        node.children().filter(move |child| child.is_element() && child.tag_name().namespace() == Some(namespace))
    }

    fn child(&self, node: Node<'d, 't>, name: &str) -> Option<Node<'d, 't>> {
        self.elements(node).find(|child| child.tag_name().name() == name)
    }

    /// The decisions of the document; none when something is wrong.
    fn definitions(&mut self) -> Option<Vec<Decision>> {
        let root = self.document.root();
        let (namespace, name) = (root.tag_name().namespace().unwrap_or(""), root.tag_name().name());
        if name != "definitions" || !namespaces::NAMESPACES.contains(&namespace) {
            let message = format!(
                "the root element is '{name}' of the namespace '{namespace}', not 'definitions' of DMN 1.1 to 1.5 (like {})",
                namespaces::NAMESPACES[2]
            );
            self.error(rule::DOCUMENT, root, message);
            return None;
        }
        self.namespace = namespace;
        self.language(root);
        self.ids(root);
        let with_id = self.elements(root).filter_map(|child| Some((child.attribute("id")?, child.tag_name().name())));
        self.by_id = with_id.collect();
        let mut drafts = Vec::new();
        for element in self.elements(root) {
            match element.tag_name().name() {
                "decision" => drafts.extend(self.decision(element)),
                "businessKnowledgeModel" => {
                    let message = "business knowledge models are not evaluated; write what it says as a decision";
                    self.error(rule::UNSUPPORTED_DECISION_LOGIC, element, message);
                }
                "import" => {
                    let message = "other documents are not imported; put all decisions into one document";
                    self.error(rule::UNSUPPORTED_IMPORT, element, message);
                }
                name if IGNORED_IN_DEFINITIONS.contains(&name) => {}
                name => self.unknown(name, element),
            }
        }
        if drafts.is_empty() && !self.problems.has_error() {
            self.error(rule::DOCUMENT, root, "the document has no decision");
        }
        self.names(&drafts);
        let decisions = self.connect(drafts);
        (!self.problems.has_error()).then_some(decisions)
    }

    fn unknown(&mut self, name: &str, element: Node<'_, '_>) {
        self.error(rule::UNKNOWN_ELEMENT, element, format!("'{name}' is no element of DMN that may stand here"));
    }

    /// Looks at the language of expressions that an element asks for.
    fn language(&mut self, element: Node<'_, '_>) {
        if let Some(language) = element.attribute("expressionLanguage")
            && !namespaces::is_feel(language)
        {
            let message =
                format!("the expression language '{language}' is not understood; only FEEL, as far as S-FEEL");
            self.error(rule::EXPRESSION_LANGUAGE, element, message);
        }
    }

    fn ids(&mut self, root: Node<'d, 't>) {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        for element in root.descendants().filter(|node| node.tag_name().namespace() == Some(self.namespace)) {
            let Some(id) = element.attribute("id") else { continue };
            let line = self.document.place(element).line.unwrap_or(0);
            if let Some(first) = seen.get(id).copied() {
                self.error(
                    rule::DUPLICATE_ID,
                    element,
                    format!("the id '{id}' is also that of an element in line {first}"),
                );
            }
            seen.entry(id).or_insert(line);
        }
    }

    fn decision(&mut self, element: Node<'d, 't>) -> Option<Draft> {
        let attribute = |node: Node<'d, 't>, name: &str| {
            let value: Option<Arc<str>> = node.attribute(name).map(str::trim).map(Arc::from);
            value.filter(|value| !value.is_empty())
        };
        let id = attribute(element, "id");
        let Some(name) = attribute(element, "name").or_else(|| id.clone()) else {
            self.error(rule::MISSING_NAME, element, "a decision needs an id or a name");
            return None;
        };
        let mut logic: Vec<(Node<'d, 't>, Option<Logic>)> = Vec::new();
        let mut requirements = Vec::new();
        for child in self.elements(element) {
            match child.tag_name().name() {
                "decisionTable" => logic.push((child, self.table(child).map(Logic::Table))),
                "literalExpression" => {
                    let expression = self.expression(child, "the literal expression");
                    logic.push((child, expression.map(Logic::Literal)));
                }
                "informationRequirement" => requirements.extend(self.requirement(child)),
                "knowledgeRequirement" => {
                    let message = "the decision requires a business knowledge model, which is not evaluated";
                    self.error(rule::UNSUPPORTED_DECISION_LOGIC, child, message);
                }
                name if IGNORED_IN_DECISIONS.contains(&name) => {}
                tag => match UNSUPPORTED_LOGIC.iter().find(|(known, _)| *known == tag) {
                    Some((_, called)) => {
                        let message = format!(
                            "the logic of the decision '{name}' is {called}; only decision tables and literal expressions \
                             are evaluated"
                        );
                        self.error(rule::UNSUPPORTED_DECISION_LOGIC, child, message);
                        logic.push((child, None));
                    }
                    None => self.unknown(tag, child),
                },
            }
        }
        if let Some((second, _)) = logic.get(1) {
            self.error(rule::UNKNOWN_ELEMENT, *second, format!("the decision '{name}' has more than one logic"));
        }
        let Some((_, found)) = logic.into_iter().next() else {
            let message = format!("the decision '{name}' has neither a decision table nor a literal expression");
            self.error(rule::MISSING_DECISION_LOGIC, element, message);
            return None;
        };
        let decision = Decision {
            variable: self.child(element, "variable").and_then(|variable| attribute(variable, "name")),
            place: self.document.place(element),
            logic: found?,
            required: Vec::new(),
            visible: BTreeMap::new(),
            id,
            name,
        };
        Some(Draft { decision, requirements })
    }

    /// The text of an expression or a cell.
    fn text(&mut self, element: Node<'d, 't>) -> String {
        for child in self.elements(element) {
            match child.tag_name().name() {
                "text" | "description" | "extensionElements" => {}
                "importedValues" => {
                    self.error(rule::UNSUPPORTED_IMPORT, child, "values are not imported; write an expression");
                }
                name => self.unknown(name, child),
            }
        }
        self.child(element, "text").map(document::text).unwrap_or_default()
    }

    /// Compiles the expression in an element; one that is missing is a problem.
    fn expression(&mut self, element: Node<'d, 't>, what: &str) -> Option<Expression> {
        let found = self.optional_expression(element, what)?;
        if found.is_none() {
            self.error(rule::MISSING_EXPRESSION, element, format!("{what} has no text"));
        }
        found
    }

    /// Compiles the expression in an element, where there may be none; the outer option is empty when it is not S-FEEL.
    fn optional_expression(&mut self, element: Node<'d, 't>, what: &str) -> Option<Option<Expression>> {
        self.language(element);
        let text = self.text(element);
        if text.trim().is_empty() {
            return Some(None);
        }
        match Expression::compile(&text) {
            Ok(expression) => Some(Some(expression)),
            Err(error) => {
                self.error(rule::EXPRESSION, element, format!("{what}: {error}"));
                None
            }
        }
    }
}
