//! The page that lists components says what the registry says.

use std::fmt::Write as _;

use plugin::{Behaviour, Component, Parameter, Registry};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/connectors.md");
const START: &str = "<!-- generated from the manifests -->\n";

fn parameters(parameters: &[Parameter]) -> String {
    let described = parameters.iter().map(|parameter| {
        let (name, kind) = (parameter.name, parameter.kind.name());
        let default = parameter.default.as_ref().map(|value| format!(" = `{}`", value.to_json()));
        let optional = if parameter.required || default.is_some() { "" } else { "?" };
        format!("`{name}`{optional} {kind}{}", default.unwrap_or_default())
    });
    described.collect::<Vec<_>>().join(", ")
}

fn section(component: &Component) -> String {
    let mut text = format!("## {}\n\n{} Version {}.\n\n", component.name, component.description, component.version);
    if !component.connection.is_empty() {
        text.push_str("Connection:\n\n| Setting | Secret | Default | Meaning |\n| --- | --- | --- | --- |\n");
        for key in &component.connection {
            let (secret, default) = (if key.secret { "yes" } else { "" }, key.default.unwrap_or_default());
            writeln!(text, "| `{}` | {secret} | {default} | {} |", key.key, key.description).expect("a text takes all");
        }
        text.push('\n');
    }
    text.push_str("| Action | Runs | Takes | Gives | |\n| --- | --- | --- | --- | --- |\n");
    for action in &component.actions {
        let runs = match action.behaviour {
            Behaviour::Pure(_) => "in the turn",
            Behaviour::Effect(_) => "after the commit",
        };
        let (takes, gives) = (parameters(&action.inputs), parameters(&action.outputs));
        writeln!(text, "| `{}` | {runs} | {takes} | {gives} | {} |", action.name, action.description)
            .expect("a text takes all");
    }
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how a developer asks for the page to be written")]
fn the_page_lists_every_component_and_action() {
    let page = std::fs::read_to_string(PAGE).expect("docs/connectors.md");
    let (head, listed) = page.split_once(START).expect("the marker of the generated part");
    let sections: Vec<String> = Registry::builtin().components().iter().map(section).collect();
    let generated = sections.join("\n");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, format!("{head}{START}{generated}")).expect("docs/connectors.md is writable");
        return;
    }
    assert!(listed == generated, "docs/connectors.md is out of date: UPDATE_DOCS=1 cargo test -p muster-plugin docs");
}
