//! Validation of content that need not be stored.

use bpmn::{Document, Form, Mode, Problem, Severity};
use model::WorkflowId;

use crate::ctx::Ctx;
use crate::error::{Error, Text};
use crate::field::Fields;
use crate::workflow::not_found as workflow_not_found;
use crate::{Service, code, content};

/// Content to validate.
#[derive(Debug, Clone, Default)]
pub struct Validate {
    /// `BASIC` (structure), `CIRCLE` (loops without a way out) or `APP_PARAMS` (settings of nodes).
    pub mode: Option<String>,
    /// Settings of nodes.
    pub taskconfig: Option<String>,
    /// The graph, Base64.
    pub taskflow: Option<String>,
    /// `JSON`, `XML`, or whatever it looks like.
    pub taskflow_type: Option<String>,
    /// The workflow that it is meant for.
    pub workflow_id: Option<String>,
}

/// Something that is wrong with the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The node's BPMN id; empty when the whole graph is meant.
    pub node: String,
    /// The rule's name, stable.
    pub rule: &'static str,
    /// Whether it blocks a submission.
    pub is_error: bool,
    /// A sentence.
    pub message: String,
}

impl From<Problem> for Finding {
    fn from(problem: Problem) -> Self {
        Self {
            node: problem.node.unwrap_or_default(),
            rule: problem.rule,
            is_error: problem.severity == Severity::Error,
            message: problem.message,
        }
    }
}

impl Service {
    /// Everything that is wrong with the content, in one mode. Content that is not BPMN at all is refused.
    pub async fn validate_version(&self, ctx: &Ctx, input: Validate) -> Result<Vec<Finding>, Error> {
        ctx.require("secmaster:workflowVersion:get")?;
        let mut fields = Fields::new();
        let mode = fields.one_of("mode", input.mode, &["BASIC", "CIRCLE", "APP_PARAMS"]);
        let taskconfig = fields.required("taskconfig", input.taskconfig);
        let taskflow = fields.required("taskflow", input.taskflow);
        let form = fields.optional_one_of("taskflow_type", input.taskflow_type, super::TASKFLOW_TYPES);
        let workflow: Option<WorkflowId> = fields.id("aopworkflow_id", input.workflow_id.as_deref());
        fields.finish()?;
        let modes: &'static [Mode] = match mode.as_str() {
            "BASIC" => &[Mode::Basic],
            "CIRCLE" => &[Mode::Circle],
            _ => &[Mode::AppParams],
        };
        if let Some(workflow) = workflow {
            let mut conn = self.inner.db.read().await?;
            if store::workflow::get(&mut conn, ctx.tenant, workflow).await?.is_none() {
                return Err(workflow_not_found(workflow));
            }
        }
        let document = match form.as_deref().and_then(Form::parse) {
            Some(form) => content::read(taskflow, form).await?,
            None => read_either(taskflow).await?,
        };
        let found = self.find_problems(ctx.tenant, document, taskconfig, modes).await?;
        Ok(found.problems.into_iter().map(Finding::from).collect())
    }
}

/// The contract's request does not say which form it holds.
async fn read_either(taskflow: String) -> Result<Document, Error> {
    content::blocking(taskflow.len(), move || {
        Document::from_taskflow(&taskflow, Form::Json)
            .or_else(|json| Document::from_taskflow(&taskflow, Form::Xml).map_err(|_| json))
    })
    .await?
    .map_err(|error| {
        Error::new(&code::TASKFLOW, Text::new(format!("taskflow: {error}"), format!("taskflow无效：{error}")))
    })
}
