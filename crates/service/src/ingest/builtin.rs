//! Mappings that come with the server, one file for each source. All of them make alerts.

use std::sync::LazyLock;

use model::Value;

use super::Mapping;

/// A mapping that comes with the server.
#[derive(Debug)]
pub struct Builtin {
    /// What sources name it by.
    pub name: &'static str,
    /// The mapping as a user would write it.
    pub document: &'static str,
}

macro_rules! builtins {
    ($($name:literal),* $(,)?) => {
        /// Every mapping that comes with the server.
        pub const BUILTINS: &[Builtin] =
            &[$(Builtin { name: $name, document: include_str!(concat!("builtin/", $name, ".json")) }),*];
    };
}

builtins!["aws-guardduty", "cef", "elastic-detection", "falco", "leef", "ocsf-finding", "suricata-eve", "wazuh"];

static COMPILED: LazyLock<Vec<(&'static str, Mapping)>> = LazyLock::new(|| {
    let compile = |builtin: &Builtin| {
        let document = Value::from_json(builtin.document).expect("a built-in mapping is JSON");
        (builtin.name, Mapping::parse(&document).expect("a built-in mapping holds"))
    };
    BUILTINS.iter().map(compile).collect()
});

/// The mapping of this name.
pub fn named(name: &str) -> Option<&'static Mapping> {
    COMPILED.iter().find(|(known, _)| *known == name).map(|(_, mapping)| mapping)
}

#[cfg(test)]
mod tests;
