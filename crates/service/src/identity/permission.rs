//! Every permission there is. `docs/how-to/roles.md` lists the same ones (a test compares), and a test reads the sources
//! of this crate for permissions that are asked for but not listed.

/// The verbs of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// `secmaster` or `iam`.
    pub service: &'static str,
    /// What is acted on.
    pub name: &'static str,
    /// What can be done to it.
    pub verbs: &'static [&'static str],
    /// What that is, for people.
    pub about: &'static str,
}

macro_rules! objects {
    ($($service:ident : $name:ident : [$($verb:ident)+] = $about:literal;)*) => {
        /// Every object with its verbs.
        pub const OBJECTS: &[Object] = &[$(Object {
            service: stringify!($service),
            name: stringify!($name),
            verbs: &[$(stringify!($verb)),+],
            about: $about,
        }),*];
    };
}

objects! {
    secmaster:workspace:[create get list update delete] = "Workspaces.";
    secmaster:dataclass:[get list create update delete] = "Data classes, their fields and types.";
    secmaster:workflow:[create get list update delete enable execute export import] =
        "Workflows; `enable` also disables and activates a version, `execute` starts an instance.";
    secmaster:workflowVersion:[create get list update delete approve] =
        "Versions of workflows; `update` also submits, `approve` passes or rejects.";
    secmaster:workflowInstance:[get list terminate retry debug] = "Running and finished workflows.";
    secmaster:task:[get list update] = "To-dos; `update` answers them.";
    secmaster:component:[get list] = "Components and their actions.";
    secmaster:connection:[create get list update delete] = "Connections and their credentials.";
    secmaster:audit:[list] = "The record of what people did.";
    iam:user:[create get list update delete] = "Users of the domain; `update` sets passwords.";
    iam:role:[create list update delete] = "Custom roles.";
    iam:binding:[create list delete] = "Who holds which role where.";
    iam:key:[create list update delete] = "Access keys of other users.";
    iam:project:[create list update] = "Projects in which the caller holds no role.";
    iam:token:[get delete] = "Tokens of other users.";
}

/// Whether a role may hold this text: `<service>:<object>:<verb>` with names from [`OBJECTS`], where `*` stands for any
/// object or any verb.
pub fn is_valid(permission: &str) -> bool {
    let mut parts = permission.split(':');
    let (Some(service), Some(object), Some(verb), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    OBJECTS.iter().any(|known| {
        known.service == service
            && (object == "*" || known.name == object)
            && (verb == "*" || known.verbs.contains(&verb))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
    }

    #[test]
    fn names_and_stars_are_valid_and_nothing_else() {
        for (permission, valid) in [
            ("secmaster:workflow:create", true),
            ("secmaster:*:get", true),
            ("secmaster:workflow:*", true),
            ("secmaster:*:*", true),
            ("iam:*:*", true),
            ("*:*:*", false),
            ("secmaster:*", false),
            ("secmaster:workflow:fly", false),
            ("secmaster:*:fly", false),
            ("secmaster:rocket:create", false),
            ("iam:workflow:create", false),
            ("secmaster:workflow:create:now", false),
            ("secmaster:work*:get", false),
            ("", false),
        ] {
            assert_eq!(is_valid(permission), valid, "{permission}");
        }
    }

    #[test]
    fn every_permission_that_a_use_case_asks_for_is_listed() {
        let mut asked = BTreeSet::new();
        collect(&root().join("src"), &mut asked);
        assert!(asked.len() > 10, "the sources were read: {asked:?}");
        let unknown: Vec<_> = asked.iter().filter(|permission| !is_valid(permission)).collect();
        assert!(unknown.is_empty(), "not in OBJECTS: {unknown:?}");
    }

    /// Adds every `require("…"` of the sources.
    fn collect(folder: &Path, asked: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                collect(&entry, asked);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("UTF-8");
                for service in ["secmaster", "iam"] {
                    for (at, _) in text.match_indices(&format!("require(\"{service}:")) {
                        let rest = &text[at + "require(\"".len()..];
                        asked.insert(rest[..rest.find('"').expect("ends")].to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn the_documentation_lists_the_same_permissions() {
        let page = root().join("../../docs/how-to/roles.md");
        let text = fs::read_to_string(&page).expect("docs/how-to/roles.md");
        let listed: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = OBJECTS
            .iter()
            .map(|object| {
                let verbs: Vec<String> = object.verbs.iter().map(|verb| format!("`{verb}`")).collect();
                format!("| `{}:{}` | {} | {} |", object.service, object.name, verbs.join(" "), object.about)
            })
            .collect();
        assert_eq!(listed, expected, "docs/how-to/roles.md should hold:\n{}", expected.join("\n"));
    }
}
