//! `…/soc/alerts`, `…/soc/incidents`, `…/soc/indicators`, `…/soc/vulnerability` and `…/soc/{dataclass_name}`.

mod change;
mod incident;
mod refusal;
mod search;
mod terraform;
mod transfer;

use serde_json::{Value, json};

use crate::product::Product;

pub(crate) const INVALID: (u16, &str) = (400, "SecMaster.20030001");
pub(crate) const GONE: (u16, &str) = (400, "SecMaster.20030005");
pub(crate) const UNKNOWN: &str = "00000000-0000-0000-0000-00000000dead";

/// `{"data_object": …}`.
#[expect(clippy::needless_pass_by_value, reason = "tests write the value in the call")]
pub(crate) fn object(data: Value) -> Option<Value> {
    Some(json!({ "data_object": data }))
}

impl Product {
    /// Creates an alert and gives it as it was answered.
    pub(crate) async fn alert(&self, data: Value) -> Value {
        self.ok("POST", &self.soc("alerts"), object(data)).await["data"].clone()
    }

    pub(crate) async fn alert_data(&self, id: &Value) -> Value {
        let id = id.as_str().expect("an id");
        self.get(&self.soc(&format!("alerts/{id}"))).await["data"]["data_object"].clone()
    }
}
