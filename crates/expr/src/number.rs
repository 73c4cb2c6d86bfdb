//! Arithmetic and order of numbers, whatever their spelling.
//!
//! Two 64-bit integers give an integer for `+ - * %` and for a division without rest; a result beyond 64 bits, any
//! other division and any operation with another number are calculated as `f64`.

use std::cmp::Ordering;

use model::Number;

use crate::compile::Arithmetic;

const DIVISION_BY_ZERO: &str = "division by zero";
const TOO_LARGE: &str = "the result is too large for a number";

/// 2^53 and 2^63; integers up to the first are exact as `f64`.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;
const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;

/// The bytes that reading the number costs beyond a fixed amount.
pub(crate) fn length(number: &Number) -> usize {
    match number {
        Number::Int(_) | Number::Float(_) => 0,
        Number::Exact(digits) => digits.len(),
    }
}

/// `a by b`; the error says what is wrong.
pub(crate) fn calculate(by: Arithmetic, a: &Number, b: &Number) -> Result<Number, &'static str> {
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        return integers(by, *a, *b);
    }
    let (a, b) = (a.as_f64(), b.as_f64());
    if !a.is_finite() || !b.is_finite() {
        return Err(TOO_LARGE);
    }
    let result = match by {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide | Arithmetic::Remainder if b == 0.0 => return Err(DIVISION_BY_ZERO),
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
    };
    Number::from_f64(result).ok_or(TOO_LARGE)
}

fn integers(by: Arithmetic, a: i64, b: i64) -> Result<Number, &'static str> {
    let (wide_a, wide_b) = (i128::from(a), i128::from(b));
    let wide = match by {
        Arithmetic::Add => wide_a + wide_b,
        Arithmetic::Subtract => wide_a - wide_b,
        Arithmetic::Multiply => wide_a * wide_b,
        Arithmetic::Divide | Arithmetic::Remainder if b == 0 => return Err(DIVISION_BY_ZERO),
        Arithmetic::Divide if wide_a % wide_b != 0 => return Ok(Number::Float(a as f64 / b as f64)),
        Arithmetic::Divide => wide_a / wide_b,
        Arithmetic::Remainder => wide_a % wide_b,
    };
    Ok(i64::try_from(wide).map_or(Number::Float(wide as f64), Number::Int))
}

/// `base ** exponent`. Exact for integers as long as 64 bits hold the result.
pub(crate) fn power(base: &Number, exponent: &Number) -> Result<Number, &'static str> {
    if let (Number::Int(base), Some(exponent)) = (base, exponent.as_i64())
        && let Ok(exponent) = u32::try_from(exponent)
        && let Some(result) = base.checked_pow(exponent)
    {
        return Ok(Number::Int(result));
    }
    let (base, exponent) = (base.as_f64(), exponent.as_f64());
    if base == 0.0 && exponent < 0.0 {
        return Err(DIVISION_BY_ZERO);
    }
    let result = base.powf(exponent);
    if result.is_nan() {
        return Err("the root of a negative number is not a number");
    }
    Number::from_f64(result).ok_or(TOO_LARGE)
}

/// `-a`
pub(crate) fn negate(a: &Number) -> Result<Number, &'static str> {
    match a {
        Number::Float(float) => Ok(Number::Float(-float)),
        Number::Int(_) | Number::Exact(_) => calculate(Arithmetic::Subtract, &Number::Int(0), a),
    }
}

/// The order of two numbers by value. It is total: `Number`'s own order compares through `f64` and is not.
///
/// A float stands for its shortest decimal spelling, so that `0.1` and a client's `0.10` are equal; from 2^53 on it
/// stands for the integer that it is.
pub(crate) fn compare(a: &Number, b: &Number) -> Ordering {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.cmp(b),
        // Adding zero makes -0 equal to 0.
        (Number::Float(a), Number::Float(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
        (Number::Int(int), Number::Float(float)) => int_to_float(*int, *float),
        (Number::Float(float), Number::Int(int)) => int_to_float(*int, *float).reverse(),
        (Number::Exact(_), _) | (_, Number::Exact(_)) => Decimal::of(a).compare(&Decimal::of(b)),
    }
}

fn int_to_float(int: i64, float: f64) -> Ordering {
    if float >= BEYOND_I64 {
        return Ordering::Less;
    }
    if float < -BEYOND_I64 {
        return Ordering::Greater;
    }
    let fraction = float.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    int.cmp(&(float.trunc() as i64)).then(fraction.reverse())
}

/// `±0.digits × 10^exponent`, without zeros at either end of the digits; no digits are zero.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    exponent: i64,
    digits: String,
}

impl Decimal {
    fn of(number: &Number) -> Self {
        match number {
            Number::Int(int) => Self::parse(&int.to_string()),
            Number::Float(float) if float.abs() >= EXACT_INTEGERS => Self::parse(&format!("{float:.0}")),
            Number::Float(float) => Self::parse(&format!("{float:e}")),
            Number::Exact(digits) => Self::parse(digits),
        }
    }

    /// Reads what is known to be a JSON number.
    fn parse(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let significant = format!("{whole}{fraction}");
        let digits = significant.trim_start_matches('0');
        let zeros = significant.len() - digits.len();
        let digits = digits.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self { negative: false, exponent: 0, digits };
        }
        let beyond = if exponent.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
        let written = exponent.parse().unwrap_or(beyond).clamp(i64::MIN / 2, i64::MAX / 2);
        Self { negative, exponent: written + whole.len() as i64 - zeros as i64, digits }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let sign = |decimal: &Self| match (decimal.digits.is_empty(), decimal.negative) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => -1,
        };
        let size = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { size().reverse() } else { size() })
    }
}

/// A spelling that equal numbers share.
pub(crate) fn canonical(number: &Number) -> String {
    let Decimal { negative, exponent, digits } = Decimal::of(number);
    format!("{}{digits}e{exponent}", if negative { "-" } else { "" })
}
