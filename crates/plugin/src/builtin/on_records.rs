//! Actions on the server's data objects.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use model::{ActionId, Timestamp, Value};
use uuid::Uuid;

use crate::error::ActionError;
use crate::host::Host;
use crate::manifest::{Action, Behaviour, Call, Connector, Parameter};
use crate::records::{Caller, Records};

/// What an action on data objects is given.
pub(super) struct Request<'c> {
    /// The input, defaults filled in.
    pub(super) input: Value,
    /// Who calls.
    pub(super) caller: Caller,
    /// The data objects.
    pub(super) records: &'c dyn Records,
    /// The time.
    pub(super) now: Timestamp,
}

pub(super) type Doing<'r> = Pin<Box<dyn Future<Output = Result<Value, ActionError>> + Send + 'r>>;

/// An action on data objects.
struct OnRecords<F>(F);

#[async_trait]
impl<F> Connector for OnRecords<F>
where
    F: for<'r> Fn(&'r Request<'r>) -> Doing<'r> + Send + Sync,
{
    async fn run(&self, call: Call<'_>, host: &Host) -> Result<Value, ActionError> {
        let caller = call.caller();
        let request = Request { input: call.input, caller, records: host.records()?, now: host.clock().now() };
        (self.0)(&request).await
    }
}

/// An action on data objects.
pub(super) fn on_records(
    name: &'static str,
    description: &'static str,
    inputs: Vec<Parameter>,
    outputs: Vec<Parameter>,
    run: impl for<'r> Fn(&'r Request<'r>) -> Doing<'r> + Send + Sync + 'static,
) -> Action {
    let behaviour = Behaviour::Effect(Arc::new(OnRecords(run)));
    Action { id: ActionId(Uuid::nil()), name, description, inputs, outputs, behaviour }
}
