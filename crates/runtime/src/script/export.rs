//! Turns JavaScript values into process values, within a budget of bytes and a depth.

use model::{Map, Number, Value};
use rquickjs::{Coerced, Ctx, Error, Function, Object, Value as JsValue};

use super::protocol::RESULT_LIMIT;

/// Deepest nesting of a result; also what ends a value that contains itself.
const MAX_DEPTH: usize = 100;

/// Why a JavaScript value is no process value.
pub(super) enum Refusal {
    /// A getter or `toJSON` threw.
    Thrown(Error),
    /// Its kind, size or depth; one sentence.
    Unfit(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Thrown(error)
    }
}

/// The budget of one run.
pub(super) struct Export {
    left: usize,
}

impl Export {
    /// A whole budget.
    pub(super) fn new() -> Self {
        Self { left: RESULT_LIMIT }
    }

    /// The process value; `what` names it in a refusal.
    pub(super) fn value<'js>(&mut self, ctx: &Ctx<'js>, value: JsValue<'js>, what: &str) -> Result<Value, Refusal> {
        self.convert(ctx, value, what, 0)
    }

    /// Takes bytes from the budget.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| Refusal::Unfit(too_large()))?;
        Ok(())
    }

    fn convert<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        value: JsValue<'js>,
        what: &str,
        depth: usize,
    ) -> Result<Value, Refusal> {
        if depth > MAX_DEPTH {
            return Err(unfit(what, "is nested more than 100 deep, or contains itself"));
        }
        self.charge(2)?; // a separator and the least that a value takes
        if value.is_function() {
            return Err(unfit(what, "holds a function"));
        }
        if value.is_symbol() {
            return Err(unfit(what, "holds a symbol"));
        }
        if let Some(truth) = value.as_bool() {
            return Ok(Value::Bool(truth));
        }
        if let Some(number) = value.as_number() {
            self.charge(8)?;
            return Ok(exported_number(number));
        }
        if let Some(text) = value.as_string() {
            let text = text.to_string()?;
            self.charge(text.len())?;
            return Ok(Value::from(text));
        }
        if value.is_big_int() {
            let digits = value.get::<Coerced<String>>()?.0;
            self.charge(digits.len())?;
            return Ok(Number::parse(&digits).map_or(Value::Null, Value::Number));
        }
        match value.into_object() {
            Some(object) => self.object(ctx, object, what, depth),
            None => Ok(Value::Null), // null and undefined
        }
    }

    fn object<'js>(&mut self, ctx: &Ctx<'js>, object: Object<'js>, what: &str, depth: usize) -> Result<Value, Refusal> {
        if let Some(to_json) = object.get::<_, JsValue<'js>>("toJSON")?.into_function() {
            return self.replaced(ctx, &to_json, object, what, depth);
        }
        if object.is_array() {
            // Through the property and not the array's own length, since an index may be a getter.
            let length: usize = object.get("length")?;
            let mut items = Vec::new();
            for index in 0..length {
                let index = u32::try_from(index).map_err(|_| Refusal::Unfit(too_large()))?;
                items.push(self.convert(ctx, object.get(index)?, what, depth + 1)?);
            }
            return Ok(Value::list(items));
        }
        let mut members = Map::new();
        for member in object.props::<String, JsValue<'js>>() {
            let (name, value) = member?;
            if value.is_undefined() {
                continue; // as JSON.stringify does
            }
            self.charge(name.len())?;
            members.insert(name.into(), self.convert(ctx, value, what, depth + 1)?);
        }
        Ok(Value::map(members))
    }

    /// What `toJSON` gives, which is not asked again.
    fn replaced<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        to_json: &Function<'js>,
        object: Object<'js>,
        what: &str,
        depth: usize,
    ) -> Result<Value, Refusal> {
        let value: JsValue<'js> = to_json.call((rquickjs::function::This(object),))?;
        self.convert(ctx, value, what, depth + 1)
    }
}

fn exported_number(number: f64) -> Value {
    // 2^53: up to there every integer is exact, and `3` is what a user expects to see for `3.0`.
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        return Value::int(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn unfit(what: &str, why: &str) -> Refusal {
    Refusal::Unfit(format!("{what} {why}"))
}

/// The sentence for a result beyond the limit.
pub(super) fn too_large() -> String {
    format!("the script's result is larger than {} KiB", RESULT_LIMIT >> 10)
}
