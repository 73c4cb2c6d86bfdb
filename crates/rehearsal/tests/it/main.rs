//! Rehearsals over small BPMN texts.

mod calls;
mod cases;
mod failures;
mod forms;
mod mocks;
mod outcomes;
mod properties;
mod timers;
mod world;
mod worlds;
