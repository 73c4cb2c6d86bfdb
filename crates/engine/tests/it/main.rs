//! The engine as its callers see it: commands in, events and effects out.

mod world;

mod calls;
mod debug;
mod elements;
mod errors;
mod events;
mod gateways;
mod hostile;
mod inclusive_oracle;
mod limits;
mod oracle;
mod properties;
mod scripts;
mod service_tasks;
mod sub_processes;
mod user_tasks;
