//! The settings of a node, wherever they come from: `taskconfig`, `soar:` attributes or another tool's dialect.
//! Expressions are still text here; [`crate::compile()`] compiles them.

pub(crate) mod taskconfig;

pub(crate) mod read;

use std::sync::Arc;

use model::Value;

use crate::executable::{Binding, DueHandle, HandleParameter, OnError, OnFailure, Retry};

macro_rules! settings {
    ($($field:ident: $type:ty,)*) => {
        /// Settings by name; `None` where a source says nothing.
        #[derive(Debug, Default, Clone)]
        pub(crate) struct Settings {
            $(pub(crate) $field: Option<$type>,)*
        }

        impl Settings {
            /// These settings, completed by weaker ones.
            #[must_use]
            pub(crate) fn over(self, weaker: Settings) -> Settings {
                Settings { $($field: self.$field.or(weaker.$field),)* }
            }

            /// Names of the settings that nobody has taken.
            pub(crate) fn left(&self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$field.is_some() { names.push(stringify!($field)); })*
                names
            }
        }
    };
}

settings! {
    name: String,
    description: String,
    component: String,
    action: String,
    connection: String,
    input: Value,
    data_object: Value,
    output: Vec<(Arc<str>, String)>,
    timeout: String,
    retry: Retry,
    on_error: OnError,
    due: String,
    due_handle: DueHandle,
    handlers: Vec<Arc<str>>,
    view_parameters: Value,
    handle_parameters: Vec<HandleParameter>,
    result_variable: String,
    workflow: String,
    binding: Binding,
    code_variable: String,
    message_variable: String,
    key: String,
    payload: Value,
    collection: String,
    element: String,
    output_collection: String,
    output_element: String,
    concurrency: u32,
    on_failure: OnFailure,
    decision: String,
}
