//! One order and one notion of equality for values of any kind.
//!
//! The order is total, also over numbers that `f64` cannot tell apart, so that sorting never depends on luck.

use std::cmp::Ordering;

use model::{Number, Value};

/// Null, booleans, numbers, strings, lists, objects; within a kind by value.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => numbers(a, b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => {
            let unequal = a.iter().zip(b.iter()).map(|(a, b)| compare(a, b)).find(|order| order.is_ne());
            unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (Value::Map(_), Value::Map(_)) => key(a).cmp(&key(b)),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::List(_) => 4,
        Value::Map(_) => 5,
    }
}

fn numbers(a: &Number, b: &Number) -> Ordering {
    let (float_a, float_b) = (a.as_f64() + 0.0, b.as_f64() + 0.0); // turns -0 into 0
    float_a.total_cmp(&float_b).then_with(|| {
        let (a, b) = (number_key(a), number_key(b));
        let order = a.len().cmp(&b.len()).then_with(|| a.cmp(&b));
        if float_a < 0.0 { order.reverse() } else { order }
    })
}

/// A text that is the same for equal values: numbers by value, members of objects in any order.
pub(super) fn key(value: &Value) -> String {
    let mut text = String::new();
    write_key(value, &mut text);
    text
}

fn write_key(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number_key(number)),
        Value::Null | Value::Bool(_) | Value::String(_) => out.push_str(&value.to_json()),
        Value::List(items) => {
            out.push('[');
            for item in items.iter() {
                write_key(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Map(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in sorted {
                write_key(&Value::String(name.clone()), out);
                out.push(':');
                write_key(value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}

fn number_key(number: &Number) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(int), _) => int.to_string(),
        (None, float) => match number.digits() {
            // Plain integers beyond 64 bits keep their digits; everything else is as good as its float.
            digits if digits.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) => digits.into_owned(),
            digits if float.is_infinite() => digits.into_owned(),
            _ => format!("{float:e}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_one_order() {
        let sorted = Value::from_json(
            r#"[null,false,true,-9007199254740993,-9007199254740992,-1,0,1.5,2,9007199254740992,9007199254740993,
                12345678901234567890,12345678901234567891,"","a","b",[],[1],[1,2],[2],{"a":1}]"#,
        )
        .expect("JSON");
        let sorted = sorted.as_list().expect("list");
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn equal_values_have_equal_keys() {
        let key = |json: &str| key(&Value::from_json(json).expect("JSON"));
        assert_eq!(key("1"), key("1.0"));
        assert_eq!(key("1.10"), key("1.1"));
        assert_eq!(key(r#"{"a":1,"b":[2]}"#), key(r#"{"b":[2.0],"a":1}"#));
        assert_ne!(key(r#""1""#), key("1"));
        assert_ne!(key("9007199254740993"), key("9007199254740992"));
        assert_ne!(key(r#"["a,b"]"#), key(r#"["a","b"]"#));
    }
}
