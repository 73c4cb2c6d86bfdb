//! Models as text, so that a case is one line of data and a failing random model can be pasted into the cases.
//!
//! ```text
//! +c1                              the variable c1 is true at the start
//! a:user  b:script(c1=false)       nodes: id, element, arguments
//! a>b>c   a>d?c1  a>e?!c2  a>f*    flows; with a condition; the default flow
//! s:sub{ … }   p:process{ … }      scopes
//! t:on(a,timer=60,aside)           a boundary event that does not interrupt
//! h:event{ hs:start(error=E) … }   an event sub-process
//! u:user(many=3,until=c1)          multi-instance (`each`: sequential); `while=c1,most=3,before`: a standard loop
//! undo:task(undoes=b)              the handler of the compensation boundary event b
//! ```

use super::model::{
    Condition, Definition, Element, Events, Flow, Gateway, Model, Node, NodeIx, Repeat, Scope, Sub, Task, Variable,
};

/// Reads a model. Text is written by tests only, so that a mistake in it ends the test.
pub(super) fn read(text: &str) -> Model {
    let mut reader = Reader { model: Model::default(), open: vec![0], references: Vec::new(), flows: Vec::new() };
    reader.model.scopes.push(Scope { id: "root".to_owned(), holder: None });
    for word in text.split_whitespace() {
        reader.word(word);
    }
    assert_eq!(reader.open.len(), 1, "a scope is not closed: {text}");
    reader.resolve();
    reader.model
}

struct Reader {
    model: Model,
    open: Vec<usize>,
    /// Names that may stand before what they name.
    references: Vec<(NodeIx, Reference)>,
    flows: Vec<String>,
}

enum Reference {
    Host(String),
    Undoes(String),
    Calls(String),
}

impl Reader {
    fn word(&mut self, word: &str) {
        if word == "}" {
            self.open.pop();
        } else if let Some(name) = word.strip_prefix('+') {
            self.model.variables.set(variable(name), true);
        } else if let Some((id, rest)) = word.split_once(':') {
            self.node(id, rest);
        } else {
            assert!(word.contains('>'), "neither a node nor a flow: {word}");
            self.flows.push(word.to_owned());
        }
    }

    fn node(&mut self, id: &str, rest: &str) {
        let scope = *self.open.last().expect("the root is never closed");
        let (rest, opens) = rest.strip_suffix('{').map_or((rest, false), |rest| (rest, true));
        let (kind, arguments) = match rest.split_once('(') {
            Some((kind, rest)) => (kind, rest.strip_suffix(')').expect("a closing bracket")),
            None => (rest, ""),
        };
        if kind == "process" {
            self.open.push(self.model.scopes.len());
            self.model.scopes.push(Scope { id: id.to_owned(), holder: None });
            return;
        }
        let node = self.model.nodes.len();
        let mut arguments = Arguments::read(arguments);
        let element = self.element(node, kind, &mut arguments);
        let repeat = arguments.repeat();
        if let Some(event) = arguments.value("undoes") {
            self.references.push((node, Reference::Undoes(event)));
        }
        let sets = arguments.sets();
        arguments.assert_used(id);
        assert!(self.model.find(id).is_none(), "the id {id} occurs twice");
        self.model.nodes.push(Node { id: id.to_owned(), scope, element, repeat, sets, undoes: None });
        if opens {
            self.open.push(self.model.scopes.len());
            self.model.scopes.push(Scope { id: id.to_owned(), holder: Some(node) });
        }
    }

    fn element(&mut self, node: NodeIx, kind: &str, arguments: &mut Arguments) -> Element {
        let inside = self.model.scopes.len();
        match kind {
            "start" => Element::Start(arguments.events()),
            "catch" => Element::Catch(arguments.events()),
            "throw" => Element::Throw(arguments.definition()),
            "end" => Element::End(arguments.definition()),
            "on" => {
                let host = arguments.word();
                self.references.push((node, Reference::Host(host)));
                Element::Boundary { host: 0, events: arguments.events() }
            }
            "call" => {
                let process = arguments.word();
                self.references.push((node, Reference::Calls(process)));
                Element::Call { process: 0 }
            }
            "task" => Element::Task(Task::Plain),
            "manual" => Element::Task(Task::Manual),
            "script" => Element::Task(Task::Script),
            "user" => Element::Task(Task::User),
            "service" => Element::Task(Task::Service),
            "send" => Element::Task(Task::Send(arguments.word())),
            "receive" => Element::Task(Task::Receive(arguments.word())),
            "xor" => Element::Gateway(Gateway::Exclusive),
            "and" => Element::Gateway(Gateway::Parallel),
            "or" => Element::Gateway(Gateway::Inclusive),
            "complex" => Element::Gateway(Gateway::Complex(arguments.word().parse().expect("a count"))),
            "events" => Element::Gateway(Gateway::EventBased),
            "sub" => Element::Sub { scope: inside, kind: Sub::Embedded },
            "event" => Element::Sub { scope: inside, kind: Sub::Event },
            "tx" => Element::Sub { scope: inside, kind: Sub::Transaction },
            "adhoc" => {
                let sequential = arguments.flag("sequential");
                let until = arguments.value("until").map(|text| condition(&text));
                Element::Sub { scope: inside, kind: Sub::AdHoc { sequential, until, keep: arguments.flag("keep") } }
            }
            other => panic!("no such element: {other}"),
        }
    }

    fn resolve(&mut self) {
        for (node, reference) in std::mem::take(&mut self.references) {
            match reference {
                Reference::Host(id) => {
                    let found = self.find(&id);
                    let Element::Boundary { host, .. } = &mut self.model.nodes[node].element else { continue };
                    *host = found;
                }
                Reference::Undoes(id) => self.model.nodes[node].undoes = Some(self.find(&id)),
                Reference::Calls(id) => {
                    let found = self.model.scopes.iter().position(|it| it.holder.is_none() && it.id == id);
                    let found = found.unwrap_or_else(|| panic!("no process {id}"));
                    self.model.nodes[node].element = Element::Call { process: found };
                }
            }
        }
        for chain in std::mem::take(&mut self.flows) {
            let mut parts = chain.split('>');
            let mut source = self.find(parts.next().unwrap_or_default());
            for part in parts {
                let (part, default) = part.strip_suffix('*').map_or((part, false), |part| (part, true));
                let (target, text) = part.split_once('?').map_or((part, None), |(target, text)| (target, Some(text)));
                let target = self.find(target);
                self.model.flows.push(Flow { source, target, condition: text.map(condition), default });
                source = target;
            }
        }
    }

    fn find(&self, id: &str) -> NodeIx {
        self.model.find(id).unwrap_or_else(|| panic!("no node {id}"))
    }
}

/// The arguments of a node; each is taken once.
struct Arguments(Vec<(String, Option<String>)>);

impl Arguments {
    fn read(text: &str) -> Self {
        let parts = text.split(',').filter(|part| !part.is_empty());
        Self(
            parts
                .map(|part| match part.split_once('=') {
                    Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                    None => (part.to_owned(), None),
                })
                .collect(),
        )
    }

    fn take(&mut self, wanted: impl Fn(&str, Option<&str>) -> bool) -> Option<(String, Option<String>)> {
        let at = self.0.iter().position(|(key, value)| wanted(key, value.as_deref()))?;
        Some(self.0.remove(at))
    }

    fn flag(&mut self, name: &str) -> bool {
        self.take(|key, value| key == name && value.is_none()).is_some()
    }

    fn value(&mut self, name: &str) -> Option<String> {
        self.take(|key, value| key == name && value.is_some()).and_then(|(_, value)| value)
    }

    /// The first argument.
    fn word(&mut self) -> String {
        assert!(!self.0.is_empty(), "an argument is missing");
        self.0.remove(0).0
    }

    fn sets(&mut self) -> Option<Condition> {
        let (name, value) = self.take(|key, value| is_variable(key) && value.is_some())?;
        Some(Condition { variable: variable(&name), value: value.as_deref() == Some("true") })
    }

    fn repeat(&mut self) -> Option<Repeat> {
        let number = |text: String| text.parse().expect("a number");
        if let Some(text) = self.value("while") {
            let most = self.value("most").map_or(3, number);
            return Some(Repeat::While { condition: condition(&text), most, before: self.flag("before") });
        }
        let parallel = self.value("many").map(|count| (count, false));
        let (count, sequential) = parallel.or_else(|| self.value("each").map(|count| (count, true)))?;
        let until = self.value("until").map(|text| condition(&text));
        Some(Repeat::Many { sequential, count: number(count), until })
    }

    fn events(&mut self) -> Events {
        let (aside, all) = (self.flag("aside"), self.flag("all"));
        let mut definitions = Vec::new();
        while let Some(definition) = self.definition() {
            definitions.push(definition);
        }
        Events { definitions, all, aside }
    }

    fn definition(&mut self) -> Option<Definition> {
        const NAMES: [&str; 10] = [
            "timer",
            "message",
            "signal",
            "error",
            "escalation",
            "conditional",
            "compensate",
            "link",
            "cancel",
            "terminate",
        ];
        let (name, value) = self.take(|key, _| NAMES.contains(&key))?;
        let text = value.clone().unwrap_or_default();
        Some(match name.as_str() {
            "timer" => {
                let (seconds, times) = text.split_once('x').unwrap_or((&text, "1"));
                Definition::Timer {
                    seconds: seconds.parse().expect("seconds"),
                    times: times.parse().expect("how often"),
                }
            }
            "message" => Definition::Message(text),
            "signal" => Definition::Signal(text),
            "error" => Definition::Error(value),
            "escalation" => Definition::Escalation(value),
            "conditional" => Definition::Conditional(condition(&text)),
            "compensate" => Definition::Compensation(value),
            "link" => Definition::Link(text),
            "cancel" => Definition::Cancel,
            _ => Definition::Terminate,
        })
    }

    fn assert_used(&self, id: &str) {
        assert!(self.0.is_empty(), "{id} has arguments that mean nothing: {:?}", self.0);
    }
}

fn is_variable(text: &str) -> bool {
    text.strip_prefix('c').is_some_and(|number| number.parse::<Variable>().is_ok_and(|number| number < 32))
}

fn variable(text: &str) -> Variable {
    assert!(is_variable(text), "not a variable: {text}");
    text[1..].parse().expect("a number")
}

fn condition(text: &str) -> Condition {
    match text.strip_prefix('!') {
        Some(name) => Condition { variable: variable(name), value: false },
        None => Condition { variable: variable(text), value: true },
    }
}
