//! Every permission there is. Tests compare the list with the sources of this crate and with `docs/how-to/roles.md`.

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
    secmaster:dataclass:[get list update settings] =
        "Data classes, their fields and types; `settings` adds fields and says how objects are kept.";
    secmaster:workflow:[create get list update delete enable execute export import] =
        "Workflows; `enable` also disables and activates a version, `execute` starts an instance.";
    secmaster:workflowVersion:[create get list update delete approve] =
        "Versions of workflows; `update` also submits, `approve` passes or rejects.";
    secmaster:workflowInstance:[get list terminate retry debug] = "Running and finished workflows.";
    secmaster:playbook:[create get list update delete enable execute export import] =
        "Playbooks; `enable` also disables and activates a version, `execute` runs one by hand.";
    secmaster:playbookVersion:[create get list update delete approve] =
        "Versions of playbooks with their rules and actions; `update` also submits, `approve` passes or rejects.";
    secmaster:playbookInstance:[get list terminate retry] = "Running and finished playbooks.";
    secmaster:task:[get list update] = "To-dos; `update` answers them.";
    secmaster:component:[get list] = "Components and their actions.";
    secmaster:componentTemplate:[create get list update delete] = "Settings of actions, kept for use in workflows.";
    secmaster:connection:[create get list update delete] = "Connections and their credentials.";
    secmaster:note:[create list delete] = "Notes on data objects.";
    secmaster:alert:[create get list update delete import export] = "Alerts.";
    secmaster:incident:[create get list update delete import export] = "Incidents.";
    secmaster:indicator:[create get list update delete import export] = "Indicators.";
    secmaster:vulnerability:[create get list update delete import export] = "Vulnerabilities.";
    secmaster:dataobject:[create get list update delete import export] = "Objects of every other data class.";
    secmaster:attachment:[create get list delete] = "Files of to-dos and data objects.";
    secmaster:mapping:[list try] = "Mappings from events to data objects.";
    secmaster:source:[create get list update delete] = "Sources of events; `update` also renews their secrets.";
    secmaster:deadLetter:[get list replay delete] = "Events that could not be taken in.";
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
    fn the_use_cases_ask_for_the_listed_permissions_and_no_others() {
        let mut asked = BTreeSet::new();
        collect(&root().join("src"), &mut asked);
        let listed: BTreeSet<String> = OBJECTS
            .iter()
            .flat_map(|known| known.verbs.iter().map(|verb| format!("{}:{}:{verb}", known.service, known.name)))
            .collect();
        let (unlisted, unasked): (Vec<_>, Vec<_>) =
            (asked.difference(&listed).collect(), listed.difference(&asked).collect());
        assert!(unlisted.is_empty() && unasked.is_empty(), "not in OBJECTS: {unlisted:?}, never asked: {unasked:?}");
    }

    /// Adds every permission that is named in the sources outside tests.
    fn collect(folder: &Path, asked: &mut BTreeSet<String>) {
        for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                collect(&path, asked);
            } else if name.ends_with(".rs") && !["tests.rs", "permission.rs"].contains(&name.as_str()) {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let text = text.split("#[cfg(test)]\nmod tests {").next().expect("the part before");
                let is_permission = |literal: &&str| {
                    ["secmaster:", "iam:"].iter().any(|service| literal.starts_with(service))
                        && literal.matches(':').count() == 2
                        && !literal.contains('*')
                };
                asked.extend(text.split('"').filter(is_permission).map(str::to_owned));
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
