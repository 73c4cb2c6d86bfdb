//! Tables told in another way: plain data, evaluated by trying everything. Shares nothing with the crate but the
//! notation that it is written in.

use std::cmp::Ordering;

/// An input or an output. Numbers are counted in halves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum V {
    Halves(i64),
    Text(&'static str),
    Truth(bool),
    Null,
}

#[derive(Debug, Clone)]
pub(crate) enum Test {
    Is(V),
    /// A side of the number line or of the alphabet, and whether its end belongs to it.
    Beside(Ordering, bool, V),
    Between(V, bool, V, bool),
}

#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Any,
    OneOf(Vec<Test>),
    NoneOf(Vec<Test>),
}

#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) values: Option<Vec<V>>,
    pub(crate) default: Option<V>,
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) policy: &'static str,
    pub(crate) inputs: Vec<Option<Vec<Test>>>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) rules: Vec<(Vec<Cell>, Vec<V>)>,
}

impl V {
    /// As S-FEEL and as JSON.
    pub(crate) fn written(self) -> String {
        match self {
            Self::Halves(halves) if halves % 2 == 0 => (halves / 2).to_string(),
            Self::Halves(halves) => format!("{}{}.5", if halves < 0 { "-" } else { "" }, halves.abs() / 2),
            Self::Text(text) => format!("\"{text}\""),
            Self::Truth(truth) => truth.to_string(),
            Self::Null => "null".to_owned(),
        }
    }

    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Halves(a), Self::Halves(b)) => Some(a.cmp(&b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Test {
    fn written(&self) -> String {
        match self {
            Self::Is(value) => value.written(),
            Self::Beside(side, with_end, end) => {
                let sign = if *side == Ordering::Less { "<" } else { ">" };
                format!("{sign}{} {}", if *with_end { "=" } else { "" }, end.written())
            }
            Self::Between(low, from, high, to) => format!(
                "{}{}..{}{}",
                if *from { "[" } else { "(" },
                low.written(),
                high.written(),
                if *to { "]" } else { ")" }
            ),
        }
    }

    /// Yes, no, or no answer.
    fn holds(&self, input: V) -> Option<bool> {
        let beside = |end: V, side: Ordering, with_end: bool| {
            input.order(end).map(|order| order == side || with_end && order == Ordering::Equal)
        };
        match self {
            Self::Is(value) => match (input, *value) {
                (V::Null, V::Null) => Some(true),
                (V::Null, _) | (_, V::Null) => Some(false),
                (V::Truth(a), V::Truth(b)) => Some(a == b),
                (a, b) => a.order(b).map(|order| order == Ordering::Equal),
            },
            Self::Beside(side, with_end, end) => beside(*end, *side, *with_end),
            Self::Between(low, from, high, to) => {
                match (beside(*low, Ordering::Greater, *from), beside(*high, Ordering::Less, *to)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }
            }
        }
    }
}

fn any(tests: &[Test], input: V) -> Option<bool> {
    let answers: Vec<Option<bool>> = tests.iter().map(|test| test.holds(input)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    if answers.contains(&None) { None } else { Some(false) }
}

impl Cell {
    fn written(&self) -> String {
        let tests = |tests: &[Test]| tests.iter().map(Test::written).collect::<Vec<_>>().join(", ");
        match self {
            Self::Any => "-".to_owned(),
            Self::OneOf(all) => tests(all),
            Self::NoneOf(all) => format!("not({})", tests(all)),
        }
    }

    fn passes(&self, input: V) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tests) => any(tests, input) == Some(true),
            Self::NoneOf(tests) => any(tests, input) == Some(false),
        }
    }
}

impl Table {
    /// In the notation of `support::sheet`, with the inputs `x0`, `x1` … and the outputs `y0`, `y1` …
    pub(crate) fn written(&self) -> String {
        let mut lines = vec![self.policy.to_owned()];
        for (index, values) in self.inputs.iter().enumerate() {
            let values = values.iter().map(|values| format!(" : {}", Cell::OneOf(values.clone()).written()));
            lines.push(format!("in x{index}{}", values.collect::<String>()));
        }
        for (index, output) in self.outputs.iter().enumerate() {
            let list = |values: &Vec<V>| values.iter().map(|value| value.written()).collect::<Vec<_>>().join(", ");
            let values = output.values.iter().map(|values| format!(" : {}", list(values))).collect::<String>();
            let default = output.default.iter().map(|value| format!(" ? {}", value.written())).collect::<String>();
            lines.push(format!("out y{index}{values}{default}"));
        }
        for (cells, outputs) in &self.rules {
            let cells: Vec<String> = cells.iter().map(Cell::written).collect();
            let outputs: Vec<String> = outputs.iter().map(|value| value.written()).collect();
            lines.push(format!("{} => {}", cells.join(" | "), outputs.join(" | ")));
        }
        lines.join("\n")
    }

    /// Whether the table takes such inputs at all.
    pub(crate) fn allows(&self, inputs: &[V]) -> bool {
        let one = |(values, input): (&Option<Vec<Test>>, &V)| {
            values.as_ref().is_none_or(|values| any(values, *input) == Some(true))
        };
        self.inputs.iter().zip(inputs).all(one)
    }

    /// Whether a rule (from 0) matches.
    pub(crate) fn matches(&self, rule: usize, inputs: &[V]) -> bool {
        self.rules[rule].0.iter().zip(inputs).all(|(cell, input)| cell.passes(*input))
    }

    fn row(&self, values: &[V]) -> String {
        if let [one] = values {
            return one.written();
        }
        let members = values.iter().enumerate().map(|(index, value)| format!("\"y{index}\":{}", value.written()));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }

    /// `value by rules`, or the code of the fault.
    pub(crate) fn outcome(&self, inputs: &[V]) -> String {
        if !self.allows(inputs) {
            return "Decision.InputNotAllowed".to_owned();
        }
        let mut hits: Vec<usize> = (0..self.rules.len()).filter(|rule| self.matches(*rule, inputs)).collect();
        let by = |hits: &[usize]| hits.iter().map(|rule| (rule + 1).to_string()).collect::<Vec<_>>().join(",");
        let outputs = |rule: usize| self.row(&self.rules[rule].1);
        if hits.is_empty() {
            if self.outputs.iter().all(|output| output.default.is_none()) {
                return "null by -".to_owned();
            }
            let defaults: Vec<V> = self.outputs.iter().map(|output| output.default.unwrap_or(V::Null)).collect();
            return format!("{} by -", self.row(&defaults));
        }
        let list = |hits: &[usize]| format!("[{}]", hits.iter().map(|hit| outputs(*hit)).collect::<Vec<_>>().join(","));
        let first = hits[0];
        match self.policy {
            "UNIQUE" if hits.len() > 1 => "Decision.NotUnique".to_owned(),
            "UNIQUE" | "FIRST" => format!("{} by {}", outputs(first), first + 1),
            "ANY" if hits.iter().any(|hit| self.rules[*hit].1 != self.rules[first].1) => "Decision.NotAny".to_owned(),
            "ANY" => format!("{} by {}", outputs(first), by(&hits)),
            "RULE ORDER" | "COLLECT" => format!("{} by {}", list(&hits), by(&hits)),
            "PRIORITY" | "OUTPUT ORDER" => {
                let mut places = Vec::new();
                for hit in &hits {
                    let mut place = Vec::new();
                    for (output, value) in self.outputs.iter().zip(&self.rules[*hit].1) {
                        let Some(values) = &output.values else { continue };
                        match values.iter().position(|listed| listed == value) {
                            Some(position) => place.push(position),
                            None => return "Decision.NoPriority".to_owned(),
                        }
                    }
                    places.push((place, *hit));
                }
                places.sort();
                hits = places.into_iter().map(|(_, hit)| hit).collect();
                let value = if self.policy == "PRIORITY" { outputs(hits[0]) } else { list(&hits) };
                format!("{value} by {}", by(&hits))
            }
            "COLLECT COUNT" => format!("{} by {}", hits.len(), by(&hits)),
            aggregation => {
                let mut numbers = Vec::new();
                for hit in &hits {
                    let V::Halves(halves) = self.rules[*hit].1[0] else { return "Decision.Aggregation".to_owned() };
                    numbers.push(halves);
                }
                let value = match aggregation {
                    "COLLECT SUM" => Some(numbers.iter().sum()),
                    "COLLECT MIN" => numbers.iter().min().copied(),
                    _ => numbers.iter().max().copied(),
                };
                format!("{} by {}", V::Halves(value.unwrap()).written(), by(&hits))
            }
        }
    }
}
