//! What holds for every template.

use std::collections::{HashMap, HashSet};

use bpmn::document::Element;
use expr::condition::Fields as ClassFields;
use model::time::Zone;
use model::{ProjectId, Tenant, Timestamp, UserId, WorkspaceId};
use plugin::Registry;
use uuid::Uuid;

use super::*;
use crate::builtin::{self, Birth};
use crate::content::Known;
use crate::field::Fields;
use crate::playbook::rule;
use crate::version::ALL_MODES;

fn birth() -> Birth<'static> {
    Birth {
        tenant: Tenant { project: ProjectId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(2)) },
        creator_id: UserId(Uuid::from_u128(3)),
        creator_name: "admin",
        at: Timestamp(0),
    }
}

#[test]
fn graphs_have_neither_errors_nor_warnings() {
    let registry = Registry::builtin();
    let catalogue = Known { registry: &registry, connections: &[] };
    for (source, template) in SOURCES.iter().zip(&*TEMPLATES) {
        let document = Document::from_text(source.workflow, Form::Xml).expect("BPMN");
        let problems = bpmn::validate(&document, source.settings, ALL_MODES, &catalogue);
        assert!(problems.is_empty(), "{}: {problems:#?}", template.name);
    }
}

#[test]
fn the_page_on_templates_tells_each_as_it_is() {
    let page = include_str!("../../../../docs/how-to/templates.md");
    for template in &*TEMPLATES {
        let row = page.lines().find(|line| line.starts_with(&format!("| {} |", template.name)));
        assert!(row.is_some_and(|row| row.ends_with(&format!("| {} |", template.description))), "{}", template.name);
    }
}

/// Everything that is drawn, by the id of what it draws.
fn drawn<'e>(element: &'e Element, found: &mut HashMap<&'e str, &'e Element>) {
    for child in element.elements() {
        if let Some(id) = child.attribute("bpmnElement") {
            found.insert(id, child);
        }
        drawn(child, found);
    }
}

#[test]
fn every_node_and_flow_is_drawn_and_explained() {
    for (source, template) in SOURCES.iter().zip(&*TEMPLATES) {
        let document = Document::from_text(source.workflow, Form::Xml).expect("BPMN");
        let process = document.root().child("process").expect("a process");
        assert!(process.child("documentation").is_some(), "{}", template.name);
        let mut pictures = HashMap::new();
        drawn(document.root(), &mut pictures);
        for element in process.elements().filter(|element| element.local() != "documentation") {
            let id = element.attribute("id").expect("an id");
            let picture = pictures.get(id).unwrap_or_else(|| panic!("{}: {id} is not drawn", template.name));
            let (kind, parts) = match element.local() {
                "sequenceFlow" => ("BPMNEdge", picture.elements().filter(|part| part.local() == "waypoint").count()),
                _ => ("BPMNShape", picture.elements().filter(|part| part.local() == "Bounds").count() + 1),
            };
            assert_eq!(picture.local(), kind, "{}: {id}", template.name);
            assert!(parts >= 2, "{}: {id} has no place", template.name);
        }
    }
}

#[test]
fn names_are_unique_and_fit() {
    let names: HashSet<&str> = TEMPLATES.iter().map(|template| template.name.as_str()).collect();
    assert_eq!(names.len(), SOURCES.len());
    for template in &*TEMPLATES {
        assert!((1..=64).contains(&template.name.chars().count()), "{}", template.name);
        assert!(template.description.ends_with('.') && template.description.len() <= 1024, "{}", template.name);
    }
}

#[test]
fn rules_can_be_read_and_name_fields_that_there_are() {
    let classes = builtin::rows(&birth());
    for template in &*TEMPLATES {
        let Trigger { kind, create, update, rule: text } = &template.trigger;
        let document = Value::from_json(text).expect("JSON");
        let mut fields = Fields::new();
        let read =
            rule::read(&mut fields, kind, true, Some(&document), &ClassFields::new(Zone::DEFAULT), Zone::DEFAULT);
        fields.finish().unwrap_or_else(|error| panic!("{}: {error}", template.name));
        assert!(read.is_some(), "{}", template.name);
        assert_eq!(kind == "EVENT", *create || *update, "{}: a timer is set off by no object", template.name);

        let class = builtin::class_id(&template.dataclass, birth().tenant).expect("a built-in class");
        let keys: HashSet<&str> =
            classes.fields.iter().filter(|field| field.dataclass_id == class).map(|field| &*field.field_key).collect();
        for condition in document.get("conditions").as_list().unwrap_or_default() {
            let field = condition.get("data").as_list().and_then(|data| data[0].as_str()).expect("a field");
            assert!(keys.contains(field), "{}: {field}", template.name);
        }
    }
}
