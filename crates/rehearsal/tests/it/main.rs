//! Rehearsals over small BPMN texts.

mod calls;
mod cases;
mod failures;
mod forms;
mod messages;
mod mocks;
mod outcomes;
mod properties;
mod timers;
mod world;
mod worlds;
