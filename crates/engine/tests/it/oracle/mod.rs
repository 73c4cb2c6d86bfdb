//! Random models of every element against an oracle that is written from the standard alone.
//!
//! - `model`, `text`, `xml`: a process as data, as a line of text, as BPMN.
//! - `interpret`: the token game of the standard; the set of acceptable outcomes.
//! - `cases`: small models with outcomes that are written from the standard. They test the oracle, and then the engine.
//! - `generate`: random models.
//! - `compare`, `on_the_engine`: the engine's outcome must be one of the oracle's, after every choice.
//! - `supported`: what the engine runs. A new element gets a line there, cases, and its place in `generate`.
//!
//! `MUSTER_ORACLE_SEED` and `MUSTER_ORACLE_MODELS` say where the seeds begin and how many models there are. A model that
//! differs is printed as text with its script: it can be pasted into the cases.

mod cases;
mod compare;
mod generate;
mod interpret;
mod model;
mod on_the_engine;
mod samples;
mod supported;
mod text;
mod xml;
