//! `…/soc/playbooks`: what they are made of, and helpers.

mod instances;
mod life;
mod manual;
mod parts;
mod reviews;
mod terraform;
mod transfer;
mod versions;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::product::Product;

pub(crate) const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";
pub(crate) const INVALID: (u16, &str) = (400, "SecMaster.20030001");
pub(crate) const NO_PLAYBOOK: (u16, &str) = (400, "SecMaster.20090501");
pub(crate) const NO_PART: (u16, &str) = (400, "SecMaster.20048004");
pub(crate) const NOT_ENABLED: (u16, &str) = (400, "SecMaster.20090504");
pub(crate) const STATE: (u16, &str) = (400, "SecMaster.20090505");
pub(crate) const INCOMPLETE: (u16, &str) = (400, "SecMaster.20090508");

const GRAPH: &str = r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"><bpmn:process id="p">
    <bpmn:startEvent id="s"/><way/><bpmn:endEvent id="e"/></bpmn:process></bpmn:definitions>"#;

fn flow(id: &str, from: &str, to: &str) -> String {
    format!(r#"<bpmn:sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}"/>"#)
}

/// The text of a field.
pub(crate) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {value}")).to_owned()
}

/// Playbooks of a workspace, as the administrator makes them.
pub(crate) struct Playbooks {
    pub(crate) product: Product,
    /// The class of alerts.
    pub(crate) class: String,
}

impl Playbooks {
    pub(crate) async fn new() -> Self {
        let product = Product::new().await;
        let list = product.get(&product.soc("dataclasses?business_code=Alert")).await;
        let class = text(&list["dataclass_details"][0], "id");
        Self { product, class }
    }

    /// `…/soc/playbooks/` and what follows.
    pub(crate) fn uri(&self, rest: &str) -> String {
        self.product.soc(&format!("playbooks/{rest}"))
    }

    /// `data` of a success.
    pub(crate) async fn data(&self, method: &str, uri: &str, body: Value) -> Value {
        self.product.ok(method, uri, Some(body)).await["data"].take()
    }

    /// The message of a refusal.
    pub(crate) async fn refused(&self, method: &str, uri: &str, body: Value, expected: (u16, &str)) -> String {
        self.product.refused(method, uri, Some(body), expected).await
    }

    /// A workflow with an approved version, which ends at once; its id and that version's.
    pub(crate) async fn workflow(&self, name: &str) -> (String, String) {
        self.workflow_with(name, "").await
    }

    /// A workflow with an approved version, with a node in the middle whose id is `n`.
    pub(crate) async fn workflow_with(&self, name: &str, node: &str) -> (String, String) {
        let way = if node.is_empty() { flow("f", "s", "e") } else { flow("f", "s", "n") + &flow("g", "n", "e") };
        let graph = GRAPH.replace("<way/>", &format!("{node}{way}"));
        let soc = |rest: &str| self.product.soc(&format!("workflows/{rest}"));
        let body =
            json!({"name": name, "engine_type": "public_engine", "aop_type": "NORMAL", "dataclass_id": self.class});
        let id = text(&self.data("POST", &self.product.soc("workflows"), body).await, "id");
        let body = json!({
            "name": "first", "aop_type": "NORMAL", "taskconfig": "{}", "taskflow_type": "XML",
            "taskflow": STANDARD.encode(graph),
        });
        let version = text(&self.data("POST", &soc(&format!("{id}/versions")), body).await, "id");
        self.data("PUT", &soc(&format!("versions/{version}")), json!({"status": "pending_approval"})).await;
        let verdict = json!({"result": "PASS", "content": "reads well"});
        self.data("POST", &soc(&format!("versions/{version}/approval")), verdict).await;
        (id, version)
    }

    /// An enabled workflow.
    pub(crate) async fn enabled_workflow(&self, name: &str) -> String {
        self.enabled_workflow_with(name, "").await
    }

    /// An enabled workflow with a node in the middle.
    pub(crate) async fn enabled_workflow_with(&self, name: &str, node: &str) -> String {
        let (id, version) = self.workflow_with(name, node).await;
        let uri = self.product.soc(&format!("workflows/{id}"));
        self.data("PUT", &uri, json!({"enabled": true, "version_id": version})).await;
        id
    }

    /// A playbook.
    pub(crate) async fn playbook(&self, name: &str) -> String {
        text(&self.data("POST", &self.product.soc("playbooks"), json!({"name": name})).await, "id")
    }

    /// A draft that runs the workflows whenever an alert is created, with what else is given.
    pub(crate) async fn draft(&self, playbook: &str, workflows: &[&str], other: Value) -> String {
        let actions: Vec<Value> = workflows.iter().map(|id| json!({"action_id": id})).collect();
        let mut body = json!({
            "dataclass_id": self.class, "trigger_type": "EVENT", "dataobject_create": true, "actions": actions,
        });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(other.as_object().expect("an object").clone());
        text(&self.data("POST", &self.uri(&format!("{playbook}/versions")), body).await, "id")
    }

    /// Makes a move of a version.
    pub(crate) async fn put(&self, version: &str, body: Value) -> Value {
        self.data("PUT", &self.uri(&format!("versions/{version}")), body).await
    }

    /// Decides on a version under review.
    pub(crate) async fn decide(&self, version: &str, result: &str) {
        self.data("POST", &self.uri(&format!("versions/{version}/approval")), json!({"result": result})).await;
    }

    /// A version of a new playbook that is approved; both ids.
    pub(crate) async fn published(&self, name: &str, workflows: &[&str], other: Value) -> (String, String) {
        let playbook = self.playbook(name).await;
        let version = self.draft(&playbook, workflows, other).await;
        self.put(&version, json!({"status": "APPROVING"})).await;
        self.decide(&version, "PASS").await;
        (playbook, version)
    }

    pub(crate) async fn show(&self, playbook: &str) -> Value {
        self.product.get(&self.uri(playbook)).await["data"].take()
    }

    pub(crate) async fn show_version(&self, version: &str) -> Value {
        self.product.get(&self.uri(&format!("versions/{version}"))).await["data"].take()
    }

    /// Enables a playbook with a version.
    pub(crate) async fn enable(&self, playbook: &str, version: &str) -> Value {
        self.data("PUT", &self.uri(playbook), json!({"enabled": true, "active_version_id": version})).await
    }
}
