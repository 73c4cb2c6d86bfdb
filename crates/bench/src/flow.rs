//! The workflows that are run, and how one is published: created, given a version, approved, enabled.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::api::{Session, text};
use crate::http::Connection;

/// The graph and the settings of its nodes.
pub(crate) struct Flow {
    elements: String,
    settings: Value,
    /// Its nodes, sorted.
    pub(crate) nodes: Vec<String>,
}

/// The language of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Cel,
    JavaScript,
}

impl Flow {
    /// Five nodes that only compute: start, script, exclusive gateway, a function of SecMasterUtilities, end. The alert's
    /// confidence decides at the gateway, and those that are used go on to the function.
    pub(crate) fn five_nodes(language: Language) -> Self {
        let format = match language {
            Language::Cel => "cel",
            Language::JavaScript => "javascript",
        };
        let elements = format!(
            r#"<bpmn:startEvent id="start"/>
            <bpmn:scriptTask id="score" scriptFormat="{format}"><bpmn:script>data_object.confidence * 10</bpmn:script></bpmn:scriptTask>
            <bpmn:exclusiveGateway id="serious" default="no"/>
            <bpmn:serviceTask id="extract"/>
            <bpmn:endEvent id="end"/>
            <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="score"/>
            <bpmn:sequenceFlow id="f2" sourceRef="score" targetRef="serious"/>
            <bpmn:sequenceFlow id="yes" sourceRef="serious" targetRef="extract">
              <bpmn:conditionExpression>nodes.score.output &gt; 20</bpmn:conditionExpression>
            </bpmn:sequenceFlow>
            <bpmn:sequenceFlow id="no" sourceRef="serious" targetRef="end"/>
            <bpmn:sequenceFlow id="f3" sourceRef="extract" targetRef="end"/>"#
        );
        let extract = json!({
            "component": "SecMasterUtilities",
            "action": "extractIps",
            "input": {"sourceString": "${data_object.description}"},
        });
        let nodes = ["end", "extract", "score", "serious", "start"].map(str::to_owned).to_vec();
        Self { elements, settings: json!({"extract": extract}), nodes }
    }

    /// Outward calls one after another, between start and end. `url` is where they go; run and step are appended.
    pub(crate) fn calls(count: u32, url: &str) -> Self {
        let mut elements = String::from("<bpmn:startEvent id=\"start\"/><bpmn:endEvent id=\"end\"/>");
        let mut settings = serde_json::Map::new();
        let mut nodes = vec!["end".to_owned(), "start".to_owned()];
        let mut before = "start".to_owned();
        for step in 1..=count {
            let id = format!("call{step}");
            elements += &format!("<bpmn:serviceTask id=\"{id}\"/>{}", flow(&before, &id));
            let input = json!({"url": format!("{url}/${{instance.id}}/{step}")});
            settings.insert(id.clone(), json!({"component": "HTTP", "action": "request", "input": input}));
            nodes.push(id.clone());
            before = id;
        }
        elements += &flow(&before, "end");
        nodes.sort();
        Self { elements, settings: Value::Object(settings), nodes }
    }

    fn xml(&self) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="muster:bench">
            <bpmn:process id="bench" isExecutable="true">{}</bpmn:process></bpmn:definitions>"#,
            self.elements
        )
    }

    /// Creates the workflow, has its version approved and enables it; the workflow's id.
    pub(crate) async fn publish(&self, session: &Session, connection: &mut Connection) -> anyhow::Result<String> {
        let workflow = workflow("bench", &alert_class(session, connection).await?);
        let created = session.call(connection, "POST", "/workflows", Some(workflow)).await?;
        let id = text(&created, "/data/id")?;
        let version = json!({
            "name": "bench",
            "description": "",
            "aop_type": "NORMAL",
            "taskflow": STANDARD.encode(self.xml()),
            "taskflow_type": "XML",
            "taskconfig": json!({"node_info": self.settings}).to_string(),
        });
        let versions = format!("/workflows/{id}/versions");
        let version = session.call(connection, "POST", &versions, Some(version)).await?;
        let version = text(&version, "/data/id")?;
        let path = format!("/workflows/versions/{version}");
        session.call(connection, "PUT", &path, Some(json!({"status": "pending_approval"}))).await?;
        let passed = json!({"content": "measured", "result": "PASS"});
        session.call(connection, "POST", &format!("{path}/approval"), Some(passed)).await?;
        let enabled = json!({"enabled": true, "version_id": version});
        session.call(connection, "PUT", &format!("/workflows/{id}"), Some(enabled)).await?;
        Ok(id.to_owned())
    }
}

fn flow(from: &str, to: &str) -> String {
    format!("<bpmn:sequenceFlow id=\"{from}_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>")
}

/// The body that creates a workflow.
pub(crate) fn workflow(name: &str, dataclass: &str) -> Value {
    json!({
        "name": name,
        "description": "Cuts a host off the network and opens a ticket.",
        "engine_type": "public_engine",
        "aop_type": "NORMAL",
        "dataclass_id": dataclass,
        "labels": "IP",
    })
}

/// The id of the data class Alert.
pub(crate) async fn alert_class(session: &Session, connection: &mut Connection) -> anyhow::Result<String> {
    let listed = session.call(connection, "GET", "/dataclasses?name=Alert&limit=10&offset=0", None).await?;
    let rows = listed["dataclass_details"].as_array().context("the answer has no list of data classes")?;
    let alert = rows.iter().find(|row| row["name"] == "Alert").context("there is no data class Alert")?;
    Ok(text(alert, "/id")?.to_owned())
}
