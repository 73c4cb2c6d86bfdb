//! Rules: what sets a version of a playbook off, besides that something happens at all.
//!
//! A rule is a document. With events it has conditions on the object, or an expression; with timers it says when the
//! clock ticks. `docs/playbooks.md` describes both.

use expr::condition::{Fields as ClassFields, Rule as Conditions};
use model::time::Zone;
use model::{Map, Value};

use super::timer::Timer;
use crate::field::Fields;

/// The trigger of versions that a clock sets off.
pub(crate) const TIMER: &str = "TIMER";

/// A rule that has been read.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    /// Of a version that events set off: which of them; without conditions, all.
    Event(Option<Conditions>),
    /// Of a version that a clock sets off.
    Timer(Box<Timer>),
}

/// Reads the rule of a version and adds what is wrong with it. None when it is wrong, and when there is none although
/// the version needs one, which is not wrong yet.
///
/// Of events, a rule that is not enabled does not count. A timer counts in any case: nothing else sets its version off.
pub(crate) fn read(
    fields: &mut Fields,
    trigger_type: &str,
    rule_enable: bool,
    document: Option<&Value>,
    class: &ClassFields,
    zone: Zone,
) -> Option<Rule> {
    if trigger_type != TIMER && !rule_enable {
        return Some(Rule::Event(None));
    }
    let Some(members) = document?.as_map() else {
        fields.violation(
            "rule must be an object, or text that holds one as JSON",
            "rule必须是对象，或包含JSON对象的文本",
        );
        return None;
    };
    let document = Document(members);
    if trigger_type == TIMER {
        return Timer::read(fields, &document, zone).map(Box::new).map(Rule::Timer);
    }
    event(fields, &document, class).map(|rule| Rule::Event(Some(rule)))
}

fn event(fields: &mut Fields, document: &Document<'_>, class: &ClassFields) -> Option<Conditions> {
    let kind = document.text(fields, "expression_type");
    let kind = fields.optional_one_of("rule.expression_type", kind, &["common", "custom"]);
    let expression = document.text(fields, "expression");
    if kind.as_deref() == Some("custom") || expression.is_some() {
        if document.list(fields, "conditions").is_some_and(|conditions| !conditions.is_empty()) && expression.is_some()
        {
            fields.violation(
                "rule has either conditions or an expression, not both",
                "rule只能包含conditions或expression之一",
            );
        }
        let expression = fields.required("rule.expression", expression);
        return Conditions::expression(&expression)
            .map_err(|error| {
                if !expression.is_empty() {
                    fields.violation(format!("rule.expression: {error}"), format!("rule.expression：{error}"));
                }
            })
            .ok();
    }
    let conditions = conditions(fields, document);
    let logics = texts(fields, document, "logics");
    match Conditions::conditions(&conditions?, &logics?, class) {
        Ok(rule) => Some(rule),
        Err(problems) => {
            fields.conditions("rule", &problems);
            None
        }
    }
}

/// The conditions of a document, as they are compiled: a name, and what is asked.
fn conditions(fields: &mut Fields, document: &Document<'_>) -> Option<Vec<(String, Vec<Value>)>> {
    let mut conditions = Vec::new();
    let mut well_formed = true;
    for (index, item) in document.list(fields, "conditions")?.iter().enumerate() {
        let at = |member: &str| format!("rule.conditions[{index}].{member}");
        let name = match item.get("name") {
            Value::Null => Some(String::new()),
            name => name.as_str().map(str::to_owned),
        };
        let data = item.get("data").as_list();
        if name.is_none() {
            fields.violation(format!("{} must be text", at("name")), format!("{}必须是文本", at("name")));
        }
        if data.is_none() {
            fields.violation(
                format!("{} must be a list of a field, an operator and a value", at("data")),
                format!("{}必须是由字段、运算符和值组成的列表", at("data")),
            );
        }
        match (name, data) {
            (Some(name), Some(data)) => conditions.push((name, data.to_vec())),
            (None, _) | (_, None) => well_formed = false,
        }
    }
    well_formed.then_some(conditions)
}

fn texts(fields: &mut Fields, document: &Document<'_>, name: &str) -> Option<Vec<String>> {
    let items = document.list(fields, name)?;
    let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    if texts.is_none() {
        fields.violation(format!("rule.{name} must be a list of texts"), format!("rule.{name}必须是文本列表"));
    }
    texts
}

/// The members of a rule. Null and empty texts are as if they were not there: the vendor's Terraform provider writes
/// both.
pub(super) struct Document<'a>(&'a Map);

impl<'a> Document<'a> {
    /// Whether a member has a value.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !matches!(value, Value::Null) && value.as_str() != Some(""))
    }

    /// A member that is text.
    pub(super) fn text(&self, fields: &mut Fields, name: &str) -> Option<String> {
        let value = self.get(name)?;
        if value.as_str().is_none() {
            fields.violation(format!("rule.{name} must be text"), format!("rule.{name}必须是文本"));
        }
        value.as_str().map(str::to_owned)
    }

    /// A member that is true or false, also as text; false when it is not there.
    pub(super) fn flag(&self, fields: &mut Fields, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
            Some(Value::Null | Value::Number(_) | Value::String(_) | Value::List(_) | Value::Map(_)) => {
                fields.violation(format!("rule.{name} must be true or false"), format!("rule.{name}必须是true或false"));
                false
            }
        }
    }

    /// A member that is a list; empty when it is not there.
    fn list(&self, fields: &mut Fields, name: &str) -> Option<&'a [Value]> {
        let Some(value) = self.get(name) else { return Some(&[]) };
        let list = value.as_list();
        if list.is_none() {
            fields.violation(format!("rule.{name} must be a list"), format!("rule.{name}必须是列表"));
        }
        list
    }
}

#[cfg(test)]
mod tests;
