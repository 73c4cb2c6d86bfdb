//! What conditions mean, said once more and without regard for time: the measure of the properties.

use std::cmp::Ordering;

use model::Value;

/// How much later than the first of them the times of the tests are, in seconds; none of what is no time.
pub(super) const TIMES: [(&str, i64); 6] = [
    ("2025-07-18T06:00:00Z", 0),
    ("2025-07-18T14:00:00.000Z+0800", 0),
    ("2025-07-18T14:00:00+08:00", 0),
    ("2025-07-18 14:00:00", 0),
    ("2025-07-18T06:00:01.000Z", 1),
    ("2025-07-18T14:00:02Z+0800", 2),
];

/// The first of them in seconds since 1970.
pub(super) const EPOCH: i64 = 1_752_818_400;

/// A pattern with what it matches.
type Meaning = (&'static str, fn(&str) -> bool);

/// Patterns of the tests.
pub(super) const PATTERNS: [Meaning; 4] = [
    ("^a", |text| text.starts_with('a')),
    ("b$", |text| text.ends_with('b')),
    ("[0-9]", |text| text.contains(|c: char| c.is_ascii_digit())),
    ("(?i)^high$", |text| text.eq_ignore_ascii_case("high")),
];

/// Networks of 32 bits with their first address and how many they have.
pub(super) const NETWORKS: [(&str, u32, u64); 4] = [
    ("10.0.0.0/8", 0x0a00_0000, 1 << 24),
    ("10.0.0.1", 0x0a00_0001, 1),
    ("192.168.1.0/31", 0xc0a8_0100, 2),
    ("0.0.0.0/0", 0, 1 << 32),
];

/// The kinds of the tests' fields.
pub(super) fn kind(path: &str) -> &'static str {
    match path {
        "s" | "x.y" => "text",
        "n" | "y.n" => "number",
        "t" => "time",
        "b" => "boolean",
        _ => "",
    }
}

/// Whether a condition holds, its operator in its first spelling.
pub(super) fn holds(data: &[Value], object: &Value, old: Option<&Value>) -> bool {
    let path = data[0].as_str().expect("a path");
    let operator = data[1].as_str().expect("an operator");
    if let Some(operator) = operator.strip_prefix("not-") {
        let positive: Vec<Value> = [path.into(), operator.into()].into_iter().chain(data[2..].to_vec()).collect();
        return !holds(&positive, object, old);
    }
    let values = match path.strip_prefix("old.") {
        Some(path) => old.map(|old| leaves(old, path)).unwrap_or_default(),
        None => leaves(object, path),
    };
    let kind = kind(path.trim_start_matches("old."));
    match operator {
        "exists" => !values.is_empty(),
        "changed" => values != old.map(|old| leaves(old, path)).unwrap_or_default(),
        "!=" => !values.iter().any(|value| equal(value, &data[2], kind)),
        _ => values.iter().any(|value| asks(operator, value, &data[2], kind)),
    }
}

fn leaves(value: &Value, path: &str) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::List(items) => items.iter().flat_map(|item| leaves(item, path)).collect(),
        _ if path.is_empty() => vec![value.clone()],
        Value::Map(members) => {
            let keys: Vec<&str> = path.split('.').collect();
            let longest = (1..=keys.len()).rev().find(|count| members.contains_key(&*keys[..*count].join(".")));
            longest.map_or_else(Vec::new, |count| leaves(value.get(&keys[..count].join(".")), &keys[count..].join(".")))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn asks(operator: &str, value: &Value, wanted: &Value, kind: &str) -> bool {
    let order = |sides: &[Ordering]| order(value, wanted, kind).is_some_and(|order| sides.contains(&order));
    let parts =
        |test: &dyn Fn(&str, &str) -> bool| text(value).is_some_and(|value| test(&value, &text(wanted).unwrap()));
    match operator {
        "=" => equal(value, wanted, kind),
        "in" => wanted.as_str().unwrap().split(',').any(|wanted| equal(value, &wanted.into(), kind)),
        "<" => order(&[Ordering::Less]),
        "<=" => order(&[Ordering::Less, Ordering::Equal]),
        ">" => order(&[Ordering::Greater]),
        ">=" => order(&[Ordering::Greater, Ordering::Equal]),
        "contains" => parts(&|text, part| text.contains(part)),
        "startswith" => parts(&|text, part| text.starts_with(part)),
        "endswith" => parts(&|text, part| text.ends_with(part)),
        "like" => parts(&like),
        "regex" => parts(&|text, pattern| PATTERNS.iter().any(|(known, test)| *known == pattern && test(text))),
        "cidr" => parts(&within),
        _ => panic!("{operator}"),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_map().is_none().then(|| value.to_text().into_owned())
}

fn number(value: &Value) -> Option<f64> {
    let text = text(value)?;
    text.bytes().all(|c| c.is_ascii_digit() || b".-".contains(&c)).then(|| text.parse().ok())?
}

fn moment(value: &Value) -> Option<i64> {
    TIMES.iter().find(|(spelling, _)| value.as_str() == Some(spelling)).map(|(_, later)| EPOCH + later)
}

fn time(value: &Value) -> Option<i64> {
    // The other numbers of the tests are seconds, too.
    moment(value).or_else(|| number(value).map(|number| number as i64))
}

fn truth(value: &Value) -> Option<bool> {
    text(value)?.parse().ok()
}

fn equal(value: &Value, wanted: &Value, kind: &str) -> bool {
    match (kind, value) {
        ("text", _) => text(value) == text(wanted),
        ("number", _) => number(value).is_some() && number(value) == number(wanted),
        ("time", _) => time(value).is_some() && time(value) == time(wanted),
        ("boolean", _) => truth(value).is_some() && truth(value) == truth(wanted),
        (_, Value::String(_)) => {
            text(value) == text(wanted) || moment(value).is_some() && moment(value) == moment(wanted)
        }
        (_, Value::Number(_)) => number(value) == number(wanted),
        (_, Value::Bool(_)) => truth(value) == truth(wanted),
        _ => false,
    }
}

fn order(value: &Value, wanted: &Value, kind: &str) -> Option<Ordering> {
    let numbers = || number(value)?.partial_cmp(&number(wanted)?);
    match (kind, value) {
        ("number", _) | ("", Value::Number(_)) => numbers(),
        ("time", _) => Some(time(value)?.cmp(&time(wanted)?)),
        ("boolean", _) | ("", Value::Bool(_)) => Some(truth(value)?.cmp(&truth(wanted)?)),
        _ => {
            let moments = || if kind.is_empty() { Some(moment(value)?.cmp(&moment(wanted)?)) } else { None };
            let texts = || Some(text(value)?.cmp(&text(wanted)?));
            numbers().or_else(moments).or_else(texts)
        }
    }
}

fn like(text: &str, pattern: &str) -> bool {
    let mut rest = text.chars();
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = &pattern[1..];
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| like(&text[at..], rest))
        }
        Some(wanted) => {
            rest.next().is_some_and(|c| wanted == '_' || wanted == c)
                && like(rest.as_str(), &pattern[wanted.len_utf8()..])
        }
    }
}

fn within(address: &str, network: &str) -> bool {
    let mapped = address.strip_prefix("::ffff:").unwrap_or(address);
    let bytes: Option<Vec<u64>> = mapped.split('.').map(|byte| byte.parse().ok()).collect();
    let Some([a, b, c, d]) = bytes.as_deref() else { return false };
    let position = (a << 24) + (b << 16) + (c << 8) + d;
    let (_, first, count) = NETWORKS.iter().find(|(known, _, _)| *known == network).expect("a known network");
    (u64::from(*first)..u64::from(*first) + count).contains(&position)
}
