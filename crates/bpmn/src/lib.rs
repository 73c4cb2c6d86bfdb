//! BPMN 2.0 documents: read, write, validate, compile to an executable graph.

pub mod executable;

pub use executable::Executable;
