//! Functions on numbers: exact on integers of up to 128 bits, `f64` otherwise.

use model::{Number, Value};

use super::{list as list_of, number, optional, order, pure, result, string};
use crate::builtin::arguments::{integer, list, text};
use crate::error::ActionError;
use crate::manifest::Action;

/// A number to calculate with.
#[derive(Clone, Copy)]
enum Amount {
    Whole(i128),
    Float(f64),
}

impl Amount {
    fn of(number: &Number) -> Self {
        match (number.as_i64(), number.digits().parse::<i128>()) {
            (Some(int), _) => Self::Whole(int.into()),
            (None, Ok(whole)) => Self::Whole(whole),
            (None, Err(_)) => Self::Float(number.as_f64()),
        }
    }

    fn float(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    fn value(self) -> Option<Value> {
        match self {
            Self::Whole(whole) => Number::parse(&whole.to_string()),
            Self::Float(float) => Number::from_f64(float),
        }
        .map(Value::Number)
    }
}

pub(super) fn actions() -> Vec<Action> {
    let two = || vec![number("a", "The first number."), number("b", "The second number.")];
    let one = || number("number", "The number.");
    let numbers = || vec![list_of("numbers", "The numbers.")];
    let out = || number("result", "The result.");
    vec![
        pure("add", "Adds two numbers.", two(), out(), |input| binary(input, i128::checked_add, |a, b| a + b)),
        pure("subtract", "Subtracts the second number from the first.", two(), out(), |input| {
            binary(input, i128::checked_sub, |a, b| a - b)
        }),
        pure("multiply", "Multiplies two numbers.", two(), out(), |input| {
            binary(input, i128::checked_mul, |a, b| a * b)
        }),
        pure("divide", "Divides the first number by the second.", two(), out(), |input| {
            refuse_zero(input)?;
            // Exact where it comes out even.
            binary(input, |a, b| if a.checked_rem(b) == Some(0) { a.checked_div(b) } else { None }, |a, b| a / b)
        }),
        pure(
            "modulo",
            "Gives the remainder of a division; it has the sign of the second number.",
            two(),
            out(),
            |input| {
                refuse_zero(input)?;
                binary(input, |a, b| a.checked_rem(b)?.checked_add(b)?.checked_rem(b), |a, b| ((a % b) + b) % b)
            },
        ),
        pure(
            "round",
            "Rounds a number.",
            vec![
                one(),
                optional(number("digits", "How many digits stay behind the point, 0 to 15.")).with_default(0),
                optional(string("mode", "half_up, up, down (towards zero), ceiling or floor.")).with_default("half_up"),
            ],
            out(),
            round,
        ),
        pure("absolute", "Takes a number's sign away.", vec![one()], out(), |input| {
            finish(match amount(input, "number")? {
                Amount::Whole(whole) => whole.checked_abs().map_or(Amount::Float((whole as f64).abs()), Amount::Whole),
                Amount::Float(float) => Amount::Float(float.abs()),
            })
        }),
        pure("minimum", "Gives the smallest of some numbers.", numbers(), out(), |input| {
            let items = checked(input)?;
            let least = items.iter().min_by(|a, b| order::compare(a, b));
            result("result", least.cloned().ok_or_else(empty)?)
        }),
        pure("maximum", "Gives the largest of some numbers.", numbers(), out(), |input| {
            let items = checked(input)?;
            let most = items.iter().max_by(|a, b| order::compare(a, b));
            result("result", most.cloned().ok_or_else(empty)?)
        }),
        pure("sum", "Adds up some numbers; 0 for none.", numbers(), out(), |input| finish(total(checked(input)?))),
        pure("average", "Gives the mean of some numbers.", numbers(), out(), |input| {
            let items = checked(input)?;
            if items.is_empty() {
                return Err(empty());
            }
            finish(Amount::Float(total(items).float() / items.len() as f64))
        }),
    ]
}

fn amount(input: &Value, name: &str) -> Result<Amount, ActionError> {
    match input.get(name) {
        Value::Number(number) => Ok(Amount::of(number)),
        other => Err(ActionError::input(name, format!("expected number, got {}", other.kind()))),
    }
}

/// The items of `numbers`, all of them numbers.
fn checked(input: &Value) -> Result<&[Value], ActionError> {
    let items = list(input, "numbers")?;
    match items.iter().position(|item| !matches!(item, Value::Number(_))) {
        Some(index) => {
            let kind = items[index].kind();
            Err(ActionError::input(&format!("numbers[{index}]"), format!("expected number, got {kind}")))
        }
        None => Ok(items),
    }
}

fn empty() -> ActionError {
    ActionError::input("numbers", "expected at least one number")
}

fn refuse_zero(input: &Value) -> Result<(), ActionError> {
    if amount(input, "b")?.float() == 0.0 { Err(ActionError::input("b", "it must not be 0")) } else { Ok(()) }
}

fn binary(
    input: &Value,
    exact: fn(i128, i128) -> Option<i128>,
    float: fn(f64, f64) -> f64,
) -> Result<Value, ActionError> {
    let (a, b) = (amount(input, "a")?, amount(input, "b")?);
    finish(combined(a, b, exact, float))
}

fn combined(a: Amount, b: Amount, exact: fn(i128, i128) -> Option<i128>, float: fn(f64, f64) -> f64) -> Amount {
    let whole = match (a, b) {
        (Amount::Whole(a), Amount::Whole(b)) => exact(a, b),
        (Amount::Whole(_) | Amount::Float(_), Amount::Float(_)) | (Amount::Float(_), Amount::Whole(_)) => None,
    };
    whole.map_or_else(|| Amount::Float(float(a.float(), b.float())), Amount::Whole)
}

fn total(items: &[Value]) -> Amount {
    let amounts =
        items.iter().filter_map(|item| if let Value::Number(number) = item { Some(Amount::of(number)) } else { None });
    amounts.fold(Amount::Whole(0), |sum, item| combined(sum, item, i128::checked_add, |a, b| a + b))
}

fn finish(amount: Amount) -> Result<Value, ActionError> {
    let value = amount.value().ok_or_else(|| {
        ActionError::permanent(crate::error::INPUT_INVALID, "the result is too large to be represented")
    })?;
    result("result", value)
}

fn round(input: &Value) -> Result<Value, ActionError> {
    let rounded = match text(input, "mode")? {
        "half_up" => f64::round,
        "up" => |x: f64| if x < 0.0 { x.floor() } else { x.ceil() },
        "down" => f64::trunc,
        "ceiling" => f64::ceil,
        "floor" => f64::floor,
        _ => return Err(ActionError::input("mode", "expected half_up, up, down, ceiling or floor")),
    };
    let digits = integer(input, "digits", 0..=15)?;
    let Amount::Float(number) = amount(input, "number")? else { return result("result", input.get("number").clone()) };
    let factor = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
    let scaled = number * factor;
    // Beyond 2^52 there is nothing behind the point any more.
    let float = if scaled.abs() < 4_503_599_627_370_496.0 { rounded(scaled) / factor } else { number };
    let whole = float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0;
    finish(if whole { Amount::Whole(float as i128) } else { Amount::Float(float) })
}
