//! The reference models of the BPMN Model Interchange Working Group, where they are available.

use std::path::PathBuf;

use bpmn::{Document, Form, Mode, compile, validate};

use crate::support::Components;

/// The models, or none with a message where there is no such folder.
#[expect(clippy::disallowed_methods, reason = "a test may be told where the models are")]
fn models() -> Vec<(String, String)> {
    let shared = std::env::var_os("MUSTER_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/bpmn/miwg-reference");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        #[expect(clippy::print_stderr, reason = "a skipped test should say so")]
        {
            eprintln!("skipped: no reference models in {}", folder.display());
        }
        return Vec::new();
    };
    let mut models: Vec<(String, String)> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bpmn"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    models.sort();
    assert!(!models.is_empty(), "{} holds no models", folder.display());
    models
}

#[test]
fn every_reference_model_is_read_and_kept_in_both_forms() {
    for (name, text) in models() {
        let document = Document::from_text(&text, Form::Xml).unwrap_or_else(|error| panic!("{name}: {error}"));
        let json = document.to_text(Form::Json).unwrap();
        let from_json = Document::from_text(&json, Form::Json).unwrap();
        assert_eq!(from_json, document, "{name}");
        let xml = from_json.to_text(Form::Xml).unwrap();
        let again = Document::from_text(&xml, Form::Xml).unwrap();
        assert_eq!(again, document, "{name}");
        assert_eq!(again.to_text(Form::Json).unwrap(), json, "{name}");
        // An independent parser sees the same elements in both texts.
        let count = |text: &str| {
            roxmltree::Document::parse(text).unwrap().descendants().filter(roxmltree::Node::is_element).count()
        };
        assert_eq!(count(&xml), count(&text), "{name}");
    }
}

#[test]
fn every_reference_model_gets_an_answer() {
    for (name, text) in models() {
        let document = Document::from_text(&text, Form::Xml).unwrap();
        let compiled = compile(&document, "");
        let found = validate(&document, "", &Mode::ALL, &Components);
        assert!(compiled.executable.is_some() || !compiled.problems.is_empty(), "{name}");
        // None of them is unknown to the table of elements.
        assert!(found.iter().all(|problem| problem.rule != "unknown_element"), "{name}: {found:#?}");
    }
}
