//! Which statuses are a success.

use model::Value;

use crate::error::ActionError;

/// Ranges of statuses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected(Vec<(u16, u16)>);

impl Expected {
    /// Reads `404`, `"2xx"`, `"200-204"` and comma-separated lists of them.
    pub(super) fn read(value: &Value) -> Result<Self, ActionError> {
        let parts = value.to_text().split(',').map(|part| range(part.trim())).collect::<Option<Vec<_>>>();
        parts.map(Self).ok_or_else(|| {
            ActionError::input(
                "expected_status",
                "expected statuses from 100 to 599 like 200, 2xx or 200-204, comma-separated",
            )
        })
    }

    pub(super) fn covers(&self, status: u16) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    if let Some(class) = text.to_ascii_lowercase().strip_suffix("xx") {
        let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        return Some((class * 100, class * 100 + 99));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (status(from)?, status(to)?);
    (from <= to).then_some((from, to))
}

fn status(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_classes_and_numbers_are_read() {
        let expected = Expected::read(&"2xx, 404,500-502".into()).expect("reads");
        for (status, covered) in [(200, true), (299, true), (300, false), (404, true), (501, true), (503, false)] {
            assert_eq!(expected.covers(status), covered, "{status}");
        }
        assert!(Expected::read(&Value::int(201)).expect("reads").covers(201));
        for text in ["", "x", "6xx", "0xx", "99", "600", "204-200", "200,", "2xxx", "-"] {
            assert!(Expected::read(&text.into()).is_err(), "{text}");
        }
    }
}
